//! What somebody is told of: messages that wait in their conversations, mentions, what was assigned to them.
//!
//! One notification for each user, kind and conversation: what comes while it is unopened counts up. Each user has rows of their
//! own, those of a group too, so that each opens, dismisses and puts off what is theirs. Counting twice is counting once.
use std::collections::BTreeSet;

use crate::ids::{ChannelId, ContactId, ConversationId, NotificationId, UserId};
use crate::{Time, words};

mod quiet;
mod rules;
#[cfg(test)]
mod tests;

pub use quiet::{Minute, QuietHours, Weekday};
pub use rules::{Plan, Rules, Way, plan};

/// Beyond this many the count is only "many".
pub const COUNT_MAX: usize = 99;

words! {
    pub enum NotificationKind {
        /// The conversation was given to the user or to one of their groups.
        Assignment = "assignment",
        /// A note names the user.
        Mention = "mention",
        /// The customer wrote in a conversation of the user's, or of one of their groups, or that they are told of in place of those.
        Message = "message",
    }
}

words! {
    pub enum NotificationState {
        Unopened = "unopened",
        Opened = "opened",
        Dismissed = "dismissed",
        /// Away until its reminder.
        Snoozed = "snoozed",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub id: NotificationId,
    pub user_id: UserId,
    pub kind: NotificationKind,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub conversation_id: ConversationId,
    pub state: NotificationState,
    /// One mark for each thing that it counts: a set, so that one that comes twice counts once.
    pub marks: BTreeSet<u32>,
    /// Of what it counts the first and the last, by the time at which it happened.
    pub first_at: Time,
    pub last_at: Time,
    /// When it was last opened or dismissed: what was there by then is not counted any more.
    pub handled_at: Option<Time>,
    pub reminder: Option<Reminder>,
    /// How often it began anew, and how often its reminder came since.
    pub run: u32,
    pub reminders: u32,
    pub created_at: Time,
    /// Grows with each write: a change is written on the revision that it was decided on, or not at all.
    pub revision: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub at: Time,
    /// It comes only if the customer waits for an answer then.
    pub only_if_unanswered: bool,
}

/// Something that somebody is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub user_id: UserId,
    pub kind: NotificationKind,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub conversation_id: ConversationId,
    /// Tells it from others.
    pub fact: String,
    pub at: Time,
    /// When it stood in the table, where the user could see it.
    pub stored_at: Time,
}

impl Occurrence {
    pub fn notification(&self) -> NotificationId {
        NotificationId::of(&self.user_id, self.kind.word(), &self.conversation_id)
    }

    fn mark(&self) -> u32 {
        self.fact.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

impl Notification {
    /// At most [`COUNT_MAX`].
    pub fn count(&self) -> usize {
        self.marks.len()
    }

    /// Which telling of it this is: one for each time that it begins anew, and one for each reminder.
    pub fn telling(&self) -> String {
        format!("{}.{}", self.run, self.reminders)
    }

    /// Whether somebody is to be told of it now who was not told of it as it was before.
    pub fn is_news(&self, before: Option<&Notification>) -> bool {
        let was_told =
            |before: &Notification| before.state == NotificationState::Unopened && before.telling() == self.telling();
        self.state == NotificationState::Unopened && !before.is_some_and(was_told)
    }

    /// The notification once it was opened or dismissed; `None` if it is so already.
    pub fn handled(&self, state: NotificationState, at: Time) -> Option<Notification> {
        let next =
            Notification { state, reminder: None, handled_at: self.handled_at.max(Some(at)), ..self.clone().next() };
        (self.state != state).then_some(next)
    }

    /// The notification once it was put off; `None` if it is so already.
    pub fn snoozed(&self, reminder: Reminder) -> Option<Notification> {
        let state = NotificationState::Snoozed;
        let is_so = self.state == state && self.reminder == Some(reminder);
        (!is_so).then(|| Notification { state, reminder: Some(reminder), ..self.clone().next() })
    }

    /// The notification once the time of its reminder has come. `waits`: whether the customer waits for an answer.
    pub fn reminded(&self, waits: bool, now: Time) -> Option<Notification> {
        let reminder = self.reminder.filter(|reminder| reminder.at <= now)?;
        if reminder.only_if_unanswered && !waits {
            return self.handled(NotificationState::Dismissed, now);
        }
        let reminders = self.reminders.saturating_add(1);
        Some(Notification { state: NotificationState::Unopened, reminder: None, reminders, ..self.clone().next() })
    }

    fn next(self) -> Notification {
        Notification { revision: self.revision.saturating_add(1), ..self }
    }
}

/// The notification after `occurrence`, or `None` if it counts that already, or was opened when that was there to be seen.
/// One that is away until its reminder counts up and stays away.
pub fn counted(existing: Option<&Notification>, occurrence: &Occurrence, now: Time) -> Option<Notification> {
    let Some(existing) = existing else { return Some(first(occurrence, now)) };
    if existing.handled_at.is_some_and(|handled| occurrence.stored_at <= handled) {
        return None;
    }
    let mut next = existing.clone();
    if matches!(existing.state, NotificationState::Opened | NotificationState::Dismissed) {
        next.state = NotificationState::Unopened;
        next.marks = BTreeSet::new();
        next.first_at = occurrence.at;
        next.last_at = occurrence.at;
        next.run = next.run.saturating_add(1);
        next.reminders = 0;
    }
    if !next.marks.contains(&occurrence.mark()) {
        if next.marks.len() < COUNT_MAX {
            next.marks.insert(occurrence.mark());
        }
        next.first_at = next.first_at.min(occurrence.at);
        next.last_at = next.last_at.max(occurrence.at);
    }
    (next != *existing).then(|| next.next())
}

fn first(occurrence: &Occurrence, now: Time) -> Notification {
    Notification {
        id: occurrence.notification(),
        user_id: occurrence.user_id.clone(),
        kind: occurrence.kind,
        channel_id: occurrence.channel_id.clone(),
        contact_id: occurrence.contact_id.clone(),
        conversation_id: occurrence.conversation_id.clone(),
        state: NotificationState::Unopened,
        marks: BTreeSet::from([occurrence.mark()]),
        first_at: occurrence.at,
        last_at: occurrence.at,
        handled_at: None,
        reminder: None,
        run: 1,
        reminders: 0,
        created_at: now,
        revision: 1,
    }
}
