//! Notifications: a row for each user, kind and conversation, written on the revision that it was decided on.
use std::time::Duration;

use domain::Time;
use domain::ids::{ChannelId, ContactId, ConversationId, NotificationId, UserId};
use domain::notification::{Notification, NotificationKind, NotificationState, Reminder};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys::{self, DUE, DUE_SHARDS, LIST};
use crate::table::{Order, Put, Range, Store};

mod rules;
mod summaries;

pub use summaries::Summary;
pub(crate) use summaries::read as read_summary;

/// For how long after the last that happened to it.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

#[derive(Serialize, Deserialize)]
struct NotificationRow {
    id: String,
    user_id: String,
    kind: String,
    channel_id: String,
    contact_id: String,
    conversation_id: String,
    state: String,
    marks: Vec<u32>,
    first_at: i64,
    last_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    handled_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remind_at: Option<i64>,
    #[serde(default)]
    only_if_unanswered: bool,
    run: u32,
    reminders: u32,
    created_at: i64,
    revision: u32,
    expires_at: i64,
    /// While it waits for its reminder.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_sk: Option<String>,
}

impl Row for NotificationRow {
    const ENTITY: &'static str = "notification";
}

fn item(operation: &'static str, notification: &Notification) -> Result<Attributes, StoreError> {
    let Notification { id, user_id, state, last_at, .. } = notification;
    let reminder = notification.reminder.as_ref();
    let (due_pk, due_sk) = reminder.map(|reminder| keys::due_reminder(user_id, reminder.at, id)).unzip();
    let latest = [Some(*last_at), notification.handled_at, reminder.map(|reminder| reminder.at)];
    let latest = latest.into_iter().flatten().max().unwrap_or(*last_at);
    let row = NotificationRow {
        id: id.to_string(),
        user_id: user_id.to_string(),
        kind: notification.kind.to_string(),
        channel_id: notification.channel_id.to_string(),
        contact_id: notification.contact_id.to_string(),
        conversation_id: notification.conversation_id.to_string(),
        state: state.to_string(),
        marks: notification.marks.iter().copied().collect(),
        first_at: notification.first_at.millis(),
        last_at: last_at.millis(),
        handled_at: notification.handled_at.map(Time::millis),
        remind_at: reminder.map(|reminder| reminder.at.millis()),
        only_if_unanswered: reminder.is_some_and(|reminder| reminder.only_if_unanswered),
        run: notification.run,
        reminders: notification.reminders,
        created_at: notification.created_at.millis(),
        revision: notification.revision,
        expires_at: latest.plus(KEPT).seconds(),
        due_pk,
        due_sk,
    };
    let list = keys::list_notifications(user_id, *state, *last_at, id);
    encode(operation, &keys::notification(user_id, id), Some(&list), &row)
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Notification, StoreError> {
    let row: NotificationRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a notification with {what} unreadable"));
    let reminder = |at| Reminder { at: Time::from_millis(at), only_if_unanswered: row.only_if_unanswered };
    Ok(Notification {
        id: NotificationId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        user_id: UserId::parse(&row.user_id).ok_or_else(|| odd("its user"))?,
        kind: NotificationKind::parse(&row.kind).ok_or_else(|| odd("its kind"))?,
        channel_id: ChannelId::parse(&row.channel_id).ok_or_else(|| odd("its channel"))?,
        contact_id: ContactId::parse(&row.contact_id).ok_or_else(|| odd("its contact"))?,
        conversation_id: ConversationId::parse(&row.conversation_id).ok_or_else(|| odd("its conversation"))?,
        state: NotificationState::parse(&row.state).ok_or_else(|| odd("its state"))?,
        marks: row.marks.into_iter().collect(),
        first_at: Time::from_millis(row.first_at),
        last_at: Time::from_millis(row.last_at),
        handled_at: row.handled_at.map(Time::from_millis),
        reminder: row.remind_at.map(reminder),
        run: row.run,
        reminders: row.reminders,
        created_at: Time::from_millis(row.created_at),
        revision: row.revision,
    })
}

impl Store {
    pub async fn notification_get(
        &self,
        user: &UserId,
        id: &NotificationId,
    ) -> Result<Option<Notification>, StoreError> {
        const OPERATION: &str = "notification_get";
        self.get(OPERATION, &keys::notification(user, id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// Writes it in place of the revision before, or as the first; `false` if others changed it meanwhile.
    pub async fn notification_write(&self, next: &Notification) -> Result<bool, StoreError> {
        const OPERATION: &str = "notification_write";
        let item = item(OPERATION, next)?;
        if next.revision <= 1 {
            return Ok(self.put_new(OPERATION, item).await? == Put::Written);
        }
        let seen = values([(":seen", n(next.revision.saturating_sub(1)))]);
        self.put_where(OPERATION, item, "#revision = :seen", seen).await
    }

    /// Those of a user in one state, the one that counted something last first.
    pub async fn notifications_page(
        &self,
        user: &UserId,
        state: NotificationState,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Notification>, StoreError> {
        const OPERATION: &str = "notifications_page";
        let pk = keys::list_notifications_in(user, state);
        let range = Range { index: Some(LIST), pk: &pk, range: None, order: Order::Descending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let rows = self.rows_of(OPERATION, &page.items).await?;
        let read = rows.into_iter().map(|item| read(OPERATION, item));
        // The index may lag behind the row.
        let is_so = |notification: &Notification| notification.state == state;
        let items: Result<Vec<_>, _> = read.filter(|one| one.as_ref().map_or(true, is_so)).collect();
        Ok(Page { items: items?, next: page.next })
    }

    /// How many of a user's are in one state, up to `most`. No row is read for it.
    pub async fn notifications_count(
        &self,
        user: &UserId,
        state: NotificationState,
        most: usize,
    ) -> Result<usize, StoreError> {
        let pk = keys::list_notifications_in(user, state);
        let range = Range { index: Some(LIST), pk: &pk, range: None, order: Order::Descending, limit: most };
        Ok(self.query("notifications_count", range, None).await?.items.len())
    }

    /// Those whose reminder's time has come by `now`, of each shard the longest overdue first and at most `limit`.
    pub async fn reminders_due(&self, now: Time, limit: usize) -> Result<Vec<Notification>, StoreError> {
        const OPERATION: &str = "reminders_due";
        let until = keys::due_until(now);
        let mut due = Vec::new();
        for shard in 0..DUE_SHARDS {
            let pk = keys::due_reminders(shard);
            let range = Range { index: Some(DUE), pk: &pk, range: Some(("0", &until)), order: Order::Ascending, limit };
            let entries = self.query(OPERATION, range, None).await?.items;
            for item in self.rows_of(OPERATION, &entries).await? {
                due.push(read(OPERATION, item)?);
            }
        }
        // The index may lag behind the row.
        due.retain(|one| one.reminder.is_some_and(|reminder| reminder.at <= now));
        Ok(due)
    }
}
