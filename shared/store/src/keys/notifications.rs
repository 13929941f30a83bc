//! The keys of notifications and of what tells of them: rules, summaries, open sockets.
use domain::Time;
use domain::ids::{NotificationId, UserId};
use domain::notification::{NotificationState, Way};

use super::{DUE_SHARDS, IndexKey, Key, key};

/// A user's notifications stand in the user's partition, so that nobody's id leads to those of somebody else.
pub(crate) fn notification(user: &UserId, id: &NotificationId) -> Key {
    key(user.as_str(), format!("notification#{id}"))
}

/// Those in one state, by the last thing that they count, rounded as the activity of conversations.
pub(crate) fn list_notifications(user: &UserId, state: NotificationState, last: Time, id: &NotificationId) -> IndexKey {
    let place = format!("{}#{id}", last.floor(std::time::Duration::from_secs(60)).sortable());
    (list_notifications_in(user, state), place)
}

pub(crate) fn list_notifications_in(user: &UserId, state: NotificationState) -> String {
    format!("notifications#{user}#{state}")
}

pub(crate) fn notification_rules(user: &UserId) -> Key {
    key(user.as_str(), "notification-rules")
}

/// What follows the quiet hours of a user.
pub(crate) fn summary(user: &UserId) -> Key {
    key(user.as_str(), "summary")
}

/// That something was told by one way.
pub(crate) fn told(user: &UserId, subject: &str, way: Way) -> Key {
    key(user.as_str(), format!("told#{way}#{subject}"))
}

fn shard(user: &UserId) -> u8 {
    user.as_str().bytes().last().unwrap_or_default() % DUE_SHARDS
}

pub(crate) fn due_reminders(shard: u8) -> String {
    format!("reminder#{shard}")
}

pub(crate) fn due_reminder(user: &UserId, at: Time, id: &NotificationId) -> IndexKey {
    (due_reminders(shard(user)), format!("{}#{id}", at.sortable()))
}

pub(crate) fn due_summaries(shard: u8) -> String {
    format!("summary#{shard}")
}

pub(crate) fn due_summary(user: &UserId, at: Time) -> IndexKey {
    (due_summaries(shard(user)), format!("{}#{user}", at.sortable()))
}

/// By the hash of what a browser shows.
pub(crate) fn live_ticket(hash: &str) -> Key {
    key(format!("live-ticket#{hash}"), "live-ticket")
}

/// All open sockets: whoever tells them something reads them together.
pub(crate) const SOCKETS: &str = "sockets";

pub(crate) fn socket(connection: &str) -> Key {
    key(SOCKETS, connection)
}
