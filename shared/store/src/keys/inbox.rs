//! The keys of the work in the inbox: places among the conversations of somebody, notes, what each user has read, views.
use std::time::Duration;

use domain::Time;
use domain::channel::Assignee;
use domain::conversation::ConversationStatus;
use domain::ids::{ConversationId, GroupId, MessageId, NoteId, UserId, ViewId};

use super::{DUE_SHARDS, IndexKey, Key, key};
use crate::channels::assignee_text;

const HOUR: Duration = Duration::from_secs(3600);

/// The place by the last activity, rounded to the hour: within it nothing changes in the indexes that most messages would write.
pub(crate) fn active(at: Time, id: &ConversationId) -> String {
    format!("{}#{id}", at.floor(HOUR).sortable())
}

/// Sorts before every place of the hour of `at`.
pub(crate) fn active_from(at: Time) -> String {
    at.floor(HOUR).sortable()
}

/// Whether two places lie in the same hour. The one look into a key, where keys are made.
pub(crate) fn same_hour(one: &str, other: &str) -> bool {
    one.split('#').next() == other.split('#').next()
}

/// Whose conversation it is, and its status: the first half of `assigned` and `attending`.
pub(crate) fn assigned(to: &Assignee, status: ConversationStatus) -> String {
    format!("assigned#{}#{status}", assignee_text(Some(to)))
}

/// The conversations that carry a label have a row each among its own.
pub(crate) fn labelled(label: &str) -> String {
    format!("label#{label}")
}

pub(crate) const SNOOZED: &str = "snoozed";

/// A row of a conversation among those of a label, or among those that are put off.
pub(crate) fn facet(among: &str, at: Time, id: &ConversationId) -> Key {
    key(among, active(at, id))
}

/// That a conversation is to come back stands beside it.
pub(crate) fn snooze(id: &ConversationId) -> Key {
    key(id.as_str(), "snooze")
}

pub(crate) fn due_snoozes(shard: u8) -> String {
    format!("snooze#{shard}")
}

pub(crate) fn due_snooze(until: Time, id: &ConversationId) -> IndexKey {
    let shard = id.as_str().bytes().last().unwrap_or_default() % DUE_SHARDS;
    (due_snoozes(shard), super::due_at(until, id))
}

/// What a user has read of a conversation.
pub(crate) fn seen(id: &ConversationId, by: &UserId) -> Key {
    key(id.as_str(), format!("seen#{by}"))
}

/// Notes stand in the conversation's partition, in the order in which they were written.
pub(crate) fn note(conversation: &ConversationId, id: &NoteId) -> Key {
    key(conversation.as_str(), format!("note#{id}"))
}

/// Before every note of that time.
pub(crate) fn first_note(at: Time) -> String {
    format!("note#{}{}", NoteId::PREFIX, MessageId::first_place(at))
}

pub(crate) const NOTES: (&str, &str) = ("note#", "note#~");

pub(crate) fn view(id: &ViewId) -> Key {
    key(id.as_str(), "view")
}

pub(crate) fn list_views_of_user(user: &UserId) -> String {
    format!("views#{user}")
}

pub(crate) fn list_views_of_group(group: &GroupId) -> String {
    format!("views#{group}")
}

pub(crate) const LIST_VIEWS_OF_ALL: &str = "views#all";
