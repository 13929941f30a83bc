//! What people do with a conversation: who takes it, closes it, puts it off, and what each of them has read.
use std::collections::BTreeSet;
use std::time::Duration;

use super::{Conversation, ConversationStatus, Turned, UNREAD_MAX, answers_all};
use crate::Time;
use crate::access::Actor;
use crate::channel::Assignee;
use crate::ids::UserId;

/// Labels of one conversation.
pub const LABELS_MAX: usize = 20;
/// A conversation is put off for no longer.
pub const SNOOZE_MAX: Duration = Duration::from_secs(366 * 24 * 3600);
const LABEL_MAX: usize = 50;

/// A message of the business that a person or another system wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// When it went out; of one written elsewhere, on the phone, Meta's time.
    pub at: Time,
    /// `None`: it was written elsewhere, and nobody here knows by whom.
    pub author: Option<Actor>,
}

/// Another user has the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBy(pub UserId);

/// The conversation after `user` took it: from nobody, from a group, and by force also from another user.
pub fn pick_up(existing: &Conversation, user: &UserId, is_forced: bool, now: Time) -> Result<Conversation, TakenBy> {
    match &existing.assignee {
        Some(Assignee::User(other)) if other != user && !is_forced => Err(TakenBy(other.clone())),
        Some(_) | None => {
            let mut next = existing.clone();
            next.give(Some(Assignee::User(user.clone())), &Actor::User(user.clone()), now);
            Ok(next)
        }
    }
}

/// Whether a text can be a label: short, in one line, without blanks around it.
pub fn is_label(text: &str) -> bool {
    let is_short = (1..=LABEL_MAX).contains(&text.chars().count());
    is_short && text.trim() == text && !text.chars().any(char::is_control)
}

impl Conversation {
    /// Gives it to somebody, or to nobody.
    pub fn give(&mut self, to: Option<Assignee>, by: &Actor, now: Time) {
        if self.assignee != to {
            self.assignee = to;
            self.turned = Some(Turned { at: now, by: Some(by.clone()) });
        }
    }

    /// Closes it: nothing in it waits, is unread or comes back by itself. What came since, which nobody has seen, keeps it open.
    pub fn close(&mut self, by: &Actor, now: Time) {
        if self.status == ConversationStatus::Closed || !answers_all(self, now) {
            return;
        }
        self.status = ConversationStatus::Closed;
        self.waiting_since = None;
        self.handled_at = Some(now);
        self.seen_at = Some(now);
        self.unread.clear();
        self.snoozed_until = None;
        self.turned = Some(Turned { at: now, by: Some(by.clone()) });
    }

    pub fn reopen(&mut self, by: &Actor, now: Time) {
        if self.status == ConversationStatus::Closed {
            self.status = ConversationStatus::Open;
            self.turned = Some(Turned { at: now, by: Some(by.clone()) });
        }
    }

    /// Takes it back before its time.
    pub fn wake(&mut self, by: &Actor, now: Time) {
        if self.snoozed_until.take().is_some() {
            self.turned = Some(Turned { at: now, by: Some(by.clone()) });
        }
    }

    pub fn is_snoozed(&self, now: Time) -> bool {
        self.snoozed_until.is_some_and(|until| now < until)
    }

    /// How many messages `user` has not read. Where there are so many that they are not told apart any more, what came after the
    /// user read shows as one.
    pub fn unread_of(&self, seen: Option<&Seen>) -> usize {
        let Some(seen) = seen else { return self.unread.len() };
        let open = self.unread.difference(&seen.marks).count();
        let is_full = self.unread.len() >= UNREAD_MAX && self.arrived_at > Some(seen.at);
        open.max(usize::from(is_full))
    }
}

/// What one user has read of what is unread in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub marks: BTreeSet<u32>,
    pub at: Time,
}
