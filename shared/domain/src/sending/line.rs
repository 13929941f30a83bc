//! The line in which the messages of a conversation wait, and how one that is held again keeps its place in it.
//!
//! The conversation tells the last who waits, and whoever comes after it waits too. One that was released goes past that
//! mark, so a message that is held again leaves another: from there on nobody goes before the messages ahead have gone.
//! The mark only says where to look. The messages' own rows say who waits, so one that stays behind holds up nobody.
use crate::Time;
use crate::conversation::Conversation;
use crate::health::{BlockReason, Scope};
use crate::ids::MessageId;
use crate::message::{Hold, HoldState, Message, State};

/// A message is kept back until somebody releases it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldPlan {
    pub reason: BlockReason,
    pub until: Option<Time>,
    /// Where its place in the pace of its conversation is taken already.
    pub paid_at: Option<Time>,
    /// Whether what comes after it in the conversation waits behind it.
    pub is_barrier: bool,
    /// Whether it is the first that is held again.
    pub is_again: bool,
}

impl HoldPlan {
    pub fn new(reason: BlockReason, until: Option<Time>) -> HoldPlan {
        HoldPlan { reason, until, paid_at: None, is_barrier: reason.scope() == Scope::All, is_again: false }
    }

    /// The plan in the order of the conversation. A message that was held before keeps its place among those that it was
    /// held with, whatever holds it now, and a barrier behind it stays where it is: so nothing overtakes anything.
    #[must_use]
    pub fn in_order(self, message: &Message, conversation: Option<&Conversation>, now: Time) -> HoldPlan {
        let Some(before) = &message.dispatch.hold else { return self };
        let pace = conversation.map(|conversation| &conversation.pace);
        let barrier = pace.and_then(|pace| pace.held.as_ref());
        let again = pace.and_then(|pace| pace.again.as_ref());
        HoldPlan {
            reason: before.reason,
            until: self.until.or((before.reason == BlockReason::Pace).then_some(now)),
            paid_at: None,
            is_barrier: self.is_barrier && barrier.is_none_or(|held| held.message.place() <= message.id.place()),
            is_again: is_in_order(before) && again.is_none_or(|again| message.id.place() < again.place()),
        }
    }
}

/// What a claim changes in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Stays,
    /// Those ahead of this message are gone.
    BeginsHere,
    /// Nobody waits behind this message any more.
    Ends,
}

/// What stands in one line: the rest is held for what it is, and goes when it may.
fn is_in_order(hold: &Hold) -> bool {
    hold.reason.scope() == Scope::All
}

fn is_released(message: &Message) -> bool {
    message.dispatch.hold.as_ref().is_some_and(|hold| hold.state != HoldState::Held && is_in_order(hold))
}

/// From which message on somebody ahead of this one may still wait. `None`: nobody, or the barrier stops it anyway.
pub fn looks_from<'a>(message: &Message, conversation: Option<&'a Conversation>) -> Option<&'a MessageId> {
    let pace = &conversation?.pace;
    let stops = pace.held.is_none() || is_released(message);
    pace.again.as_ref().filter(|again| stops && again.place() < message.id.place())
}

/// Why this message still waits, or is on its way after it did.
pub fn waits(message: &Message) -> Option<BlockReason> {
    let hold = message.dispatch.hold.as_ref().filter(|hold| is_in_order(hold))?;
    (message.state() == State::Queued).then_some(hold.reason)
}

/// For a message that nobody ahead stops.
pub(super) fn after(message: &Message, conversation: Option<&Conversation>) -> Line {
    let held = conversation.and_then(|conversation| conversation.pace.held.as_ref());
    let has_looked = looks_from(message, conversation).is_some();
    match held {
        Some(held) if held.message == message.id => Line::Ends,
        None if has_looked => Line::Ends,
        Some(_) if has_looked => Line::BeginsHere,
        Some(_) | None => Line::Stays,
    }
}

#[cfg(test)]
mod tests;
