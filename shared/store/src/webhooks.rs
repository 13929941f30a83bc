//! Webhooks of the business: few rows in one partition, each written on the revision that was seen. What became of each event
//! on its way to one, and the jobs that deliver events again, are in files of their own.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Time;
use domain::contact::ContactKind;
use domain::ids::{ChannelId, SecretId, WebhookId};
use domain::message::Direction;
use domain::webhook::{Filter, Pattern, Pause, PauseReason, Webhook};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys;
use crate::table::{Order, Put, Range, Store};

mod deliveries;
mod replays;

pub(crate) use deliveries::read as read_delivery;
pub(crate) use replays::read as read_replay;

/// For how long a process goes by what it read.
const FRESH_FOR: Duration = Duration::from_secs(5);

#[derive(Serialize, Deserialize)]
struct WebhookRow {
    id: String,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    events: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pause_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<i64>,
    /// Where it is kept, not what it is.
    secret_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    previous_secrets: Vec<PreviousSecretRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<i64>,
    created_at: i64,
    revision: u32,
}

#[derive(Serialize, Deserialize)]
struct PreviousSecretRow {
    secret_id: String,
    until: i64,
}

impl Row for WebhookRow {
    const ENTITY: &'static str = "webhook";
}

fn item(operation: &'static str, webhook: &Webhook) -> Result<Attributes, StoreError> {
    let Filter { channel, direction, contact_kind, tag, label } = &webhook.filter;
    let previous =
        |(secret, until): &(SecretId, Time)| PreviousSecretRow { secret_id: secret.to_string(), until: until.millis() };
    let row = WebhookRow {
        id: webhook.id.to_string(),
        url: webhook.url.clone(),
        description: webhook.description.clone(),
        events: webhook.events.iter().map(|pattern| pattern.as_str().to_owned()).collect(),
        channel_id: channel.as_ref().map(ToString::to_string),
        direction: direction.map(|direction| direction.to_string()),
        contact_kind: contact_kind.map(|kind| kind.to_string()),
        tag: tag.clone(),
        label: label.clone(),
        pause_reason: webhook.paused.map(|pause| pause.reason.to_string()),
        paused_at: webhook.paused.map(|pause| pause.at.millis()),
        secret_id: webhook.secret.to_string(),
        previous_secrets: webhook.previous.iter().map(previous).collect(),
        failing_since: webhook.failing_since.map(Time::millis),
        created_at: webhook.created_at.millis(),
        revision: webhook.revision,
    };
    encode(operation, &keys::webhook(&webhook.id), None, &row)
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Webhook, StoreError> {
    let row: WebhookRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a webhook with {what} unreadable"));
    let secret = |text: &str| SecretId::parse(text).ok_or_else(|| odd("a secret's id"));
    let reason = row.pause_reason.map(|word| PauseReason::parse(&word).ok_or_else(|| odd("its pause"))).transpose()?;
    let channel = row.channel_id.map(|id| ChannelId::parse(&id).ok_or_else(|| odd("its channel")));
    let direction = row.direction.map(|word| Direction::parse(&word).ok_or_else(|| odd("its direction")));
    let contact_kind = row.contact_kind.map(|word| ContactKind::parse(&word).ok_or_else(|| odd("its kind")));
    let filter = Filter {
        channel: channel.transpose()?,
        direction: direction.transpose()?,
        contact_kind: contact_kind.transpose()?,
        tag: row.tag,
        label: row.label,
    };
    let previous = row.previous_secrets.into_iter();
    let previous = previous.map(|one| Ok((secret(&one.secret_id)?, Time::from_millis(one.until))));
    Ok(Webhook {
        id: WebhookId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        url: row.url,
        description: row.description,
        // A family of events that is gone has nothing to tell.
        events: row.events.iter().filter_map(|text| Pattern::parse(text)).collect(),
        filter,
        paused: reason.zip(row.paused_at).map(|(reason, at)| Pause { reason, at: Time::from_millis(at) }),
        secret: secret(&row.secret_id)?,
        previous: previous.collect::<Result<_, StoreError>>()?,
        failing_since: row.failing_since.map(Time::from_millis),
        created_at: Time::from_millis(row.created_at),
        revision: row.revision,
    })
}

impl Store {
    pub async fn webhook_create(&self, webhook: &Webhook) -> Result<Put<Webhook>, StoreError> {
        const OPERATION: &str = "webhook_create";
        match self.put_new(OPERATION, item(OPERATION, webhook)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read(OPERATION, item)?)),
        }
    }

    pub async fn webhook_get(&self, id: &WebhookId) -> Result<Option<Webhook>, StoreError> {
        const OPERATION: &str = "webhook_get";
        self.get(OPERATION, &keys::webhook(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// All of them, the oldest first.
    pub async fn webhooks_all(&self) -> Result<Vec<Webhook>, StoreError> {
        const OPERATION: &str = "webhooks_all";
        let range = || Range { index: None, pk: keys::WEBHOOKS, range: None, order: Order::Ascending, limit: 100 };
        self.query_all(OPERATION, range).await?.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// Writes `next` in place of the revision before it; `false` if others changed it meanwhile, or it is gone.
    pub async fn webhook_update(&self, next: &Webhook) -> Result<bool, StoreError> {
        const OPERATION: &str = "webhook_update";
        let seen = values([(":seen", n(next.revision.saturating_sub(1)))]);
        self.put_where(OPERATION, item(OPERATION, next)?, "#revision = :seen", seen).await
    }

    /// Deletes it as it was seen.
    pub async fn webhook_delete(&self, seen: &Webhook) -> Result<(), StoreError> {
        let values = values([(":seen", n(seen.revision))]);
        self.delete("webhook_delete", &keys::webhook(&seen.id), "#revision = :seen", values).await
    }
}

/// The webhooks as a process remembers them: read again when they are five seconds old, or known to have changed. So a
/// webhook may miss what happens in its first five seconds, and be told of what happens in those after its end.
#[derive(Debug)]
pub struct WebhooksReader {
    store: Store,
    held: Mutex<Option<(Time, Arc<Vec<Webhook>>)>>,
}

impl WebhooksReader {
    pub fn new(store: Store) -> WebhooksReader {
        WebhooksReader { store, held: Mutex::default() }
    }

    pub async fn get(&self, now: Time) -> Result<Arc<Vec<Webhook>>, StoreError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // A clock that was set back makes none of it younger.
        if let Some((since, webhooks)) = held
            && since <= now
            && now < since.plus(FRESH_FOR)
        {
            return Ok(webhooks);
        }
        let webhooks = Arc::new(self.store.webhooks_all().await?);
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&webhooks)));
        Ok(webhooks)
    }

    pub fn forget(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
