//! What the calling user is told of: read, opened, dismissed, put off. Nobody reaches those of another user.
use axum::Json;
use axum::extract::{Extension, State};
use domain::Time;
use domain::access::Sight;
use domain::ids;
use domain::notification::{self as entity, COUNT_MAX};
use futures::future::try_join_all;
use runtime::clock;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{
    ChannelId, ContactId, ConversationId, Moment, NotificationId, NotificationKind, NotificationState, Stamp, Whole,
    Word,
};
use crate::input::{Input, Nothing};
use crate::page::{self, Limit, Listing, Place};
use crate::problem::Problem;
use crate::{Answer, App, EDIT_TRIES_MAX, sight};

mod rules;

use rules::{__path_change_rules, __path_read_rules, change_rules, read_rules};

area! {
    ReadInbox: list, read, read_rules;
    WriteInbox: open, dismiss, snooze, change_rules;
}

const LIST: &str = "notifications";
const DAY: u64 = 24 * 3600;
/// The longest that something is put off.
const LATEST: std::time::Duration = std::time::Duration::from_secs(365 * DAY);
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

type Minutes = Whole<1, { 30 * 24 * 60 }>;
type Hours = Whole<1, { 30 * 24 }>;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NotificationsQuery {
    /// Only those in this state; `unopened` unless given.
    #[param(inline)]
    state: Option<NotificationState>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Place>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Notification)]
struct NotificationView {
    /// One for each kind and conversation: it begins anew with what comes after it was opened or dismissed.
    id: NotificationId,
    kind: NotificationKind,
    state: NotificationState,
    channel_id: ChannelId,
    contact_id: ContactId,
    conversation_id: ConversationId,
    /// How often it happened since it began; 99: so often or more.
    count: usize,
    first_at: Stamp,
    last_at: Stamp,
    /// When it was last opened or dismissed.
    handled_at: Option<Stamp>,
    /// While it is snoozed.
    remind_at: Option<Stamp>,
    /// Whether its reminder comes only if the customer waits for an answer then.
    only_if_unanswered: bool,
    /// How often a reminder of it came since it began.
    reminders: u32,
}

impl From<entity::Notification> for NotificationView {
    fn from(one: entity::Notification) -> NotificationView {
        NotificationView {
            count: one.count(),
            id: one.id.into(),
            kind: Word(one.kind),
            state: Word(one.state),
            channel_id: one.channel_id.into(),
            contact_id: one.contact_id.into(),
            conversation_id: one.conversation_id.into(),
            first_at: Stamp(one.first_at),
            last_at: Stamp(one.last_at),
            handled_at: one.handled_at.map(Stamp),
            remind_at: one.reminder.map(|reminder| Stamp(reminder.at)),
            only_if_unanswered: one.reminder.is_some_and(|reminder| reminder.only_if_unanswered),
            reminders: one.reminders,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct NotificationList {
    items: Vec<NotificationView>,
    /// Where the next page starts; null on the last one.
    next_cursor: Option<String>,
    /// How many are unopened; 99: so many or more.
    unopened: usize,
}

/// When to be reminded: one of the three.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reminder)]
struct Snooze {
    /// In so many minutes.
    #[schema(inline)]
    minutes: Option<Minutes>,
    /// In so many hours.
    #[schema(inline)]
    hours: Option<Hours>,
    /// At this time, within a year.
    until: Option<Moment>,
    /// The reminder comes only if the customer waits for an answer then; otherwise the notification is dismissed.
    #[serde(default)]
    only_if_unanswered: bool,
}

impl Snooze {
    fn reminder(&self, now: Time) -> Result<entity::Reminder, Problem> {
        let after = |seconds: u64| now.plus(std::time::Duration::from_secs(seconds));
        let at = match (&self.minutes, &self.hours, &self.until) {
            (Some(Whole(minutes)), None, None) => after(u64::from(*minutes) * MINUTE),
            (None, Some(Whole(hours)), None) => after(u64::from(*hours) * HOUR),
            (None, None, Some(Moment(until))) if now < *until && *until <= now.plus(LATEST) => *until,
            (None, None, Some(_)) => return Err(Problem::field("until", "must be ahead, and within a year")),
            _ => return Err(Problem::field("body", "must have one of minutes, hours and until")),
        };
        Ok(entity::Reminder { at, only_if_unanswered: self.only_if_unanswered })
    }
}

/// The user that the caller acts as.
pub(super) fn user(caller: &Caller) -> Result<&ids::UserId, Problem> {
    caller.user.as_ref().ok_or(Problem::UserNeeded)
}

async fn load(app: &App, caller: &Caller, id: &ids::NotificationId) -> Result<entity::Notification, Problem> {
    let found = app.store.notification_get(user(caller)?, id).await?;
    let found = found.ok_or_else(|| sight::missing(id))?;
    if sight::within(app, caller, &found.conversation_id).await? { Ok(found) } else { Err(sight::missing(id)) }
}

/// Those of them whose conversations are in sight: one that was given to somebody else is none of the user's any more (P45).
async fn in_sight(
    app: &App,
    caller: &Caller,
    mut items: Vec<entity::Notification>,
) -> Result<Vec<entity::Notification>, Problem> {
    let seen = items.iter().map(|one| sight::within(app, caller, &one.conversation_id));
    let mut seen = try_join_all(seen).await?.into_iter();
    items.retain(|_| seen.next().unwrap_or_default());
    Ok(items)
}

/// How many are unopened and in sight, at most [`COUNT_MAX`].
async fn unopened(app: &App, caller: &Caller, user: &ids::UserId) -> Result<usize, Problem> {
    const STATE: entity::NotificationState = entity::NotificationState::Unopened;
    if caller.sight == Sight::All {
        return Ok(app.store.notifications_count(user, STATE, COUNT_MAX).await?);
    }
    let (mut count, mut after) = (0_usize, None);
    loop {
        let page = app.store.notifications_page(user, STATE, COUNT_MAX, after.as_ref()).await?;
        count = count.saturating_add(in_sight(app, caller, page.items).await?.len()).min(COUNT_MAX);
        after = page.next;
        if after.is_none() || count == COUNT_MAX {
            return Ok(count);
        }
    }
}

/// Lists the caller's notifications in one state, the one in which something happened last first.
#[utoipa::path(get, path = "/v1/notifications", params(NotificationsQuery), responses((status = 200, body = NotificationList)))]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, NotificationsQuery>,
) -> Answer<NotificationList> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let state = query.state.map_or(entity::NotificationState::Unopened, |state| state.0);
    let user = user(&caller)?;
    let mut page = app.store.notifications_page(user, state, query.limit.0, cursor.as_ref()).await?;
    page.items = in_sight(&app, &caller, page.items).await?;
    let unopened = unopened(&app, &caller, user).await?;
    let Listing { items, next_cursor } = Listing::of(LIST, page, NotificationView::from);
    Ok(Json(NotificationList { items, next_cursor, unopened }))
}

/// Reads one of the caller's notifications.
#[utoipa::path(get, path = "/v1/notifications/{id}", params(("id" = NotificationId, Path)), responses((status = 200, body = NotificationView)))]
async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::NotificationId>,
) -> Answer<NotificationView> {
    Ok(Json(load(&app, &caller, &id).await?.into()))
}

/// Says that the caller looked at it. What comes from then on begins it anew.
#[utoipa::path(post, path = "/v1/notifications/{id}/open", params(("id" = NotificationId, Path)), responses((status = 200, body = NotificationView)))]
async fn open(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::NotificationId>,
) -> Answer<NotificationView> {
    edit(&app, &caller, &id, |one, now| one.handled(entity::NotificationState::Opened, now)).await
}

/// Puts it aside unread. What comes from then on begins it anew.
#[utoipa::path(post, path = "/v1/notifications/{id}/dismiss", params(("id" = NotificationId, Path)), responses((status = 200, body = NotificationView)))]
async fn dismiss(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::NotificationId>,
) -> Answer<NotificationView> {
    edit(&app, &caller, &id, |one, now| one.handled(entity::NotificationState::Dismissed, now)).await
}

/// Puts it off: it goes away, comes back at its time, unopened, and is told again by all ways. What comes meanwhile counts up.
#[utoipa::path(
    post,
    path = "/v1/notifications/{id}/snooze",
    params(("id" = NotificationId, Path)),
    request_body = Snooze,
    responses((status = 200, body = NotificationView))
)]
async fn snooze(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::NotificationId, Nothing, Snooze>,
) -> Answer<NotificationView> {
    let reminder = body.reminder(clock::now())?;
    edit(&app, &caller, &id, |one, _| one.snoozed(reminder)).await
}

/// Writes what `change` makes of it as it is; decides anew if something is counted at the same time.
async fn edit(
    app: &App,
    caller: &Caller,
    id: &ids::NotificationId,
    change: impl Fn(&entity::Notification, Time) -> Option<entity::Notification> + Send,
) -> Answer<NotificationView> {
    for _ in 0..EDIT_TRIES_MAX {
        let seen = load(app, caller, id).await?;
        let Some(next) = change(&seen, clock::now()) else { return Ok(Json(seen.into())) };
        if app.store.notification_write(&next).await? {
            return Ok(Json(next.into()));
        }
    }
    Err(Problem::ChangedMeanwhile)
}
