//! The thread of one contact on one channel, its customer service window, and what an inbound message changes in it.
//!
//! Every change moves forward only (later time wins), so that applying a message twice, late or out of order ends in the
//! same conversation.
use std::collections::BTreeSet;
use std::time::Duration;

use crate::channel::Assignee;
use crate::health::BlockReason;
use crate::ids::{ChannelId, ContactId, ConversationId, MessageId};
use crate::{Time, words};

/// The customer service window after each message of the customer, by Meta's clock.
pub const WINDOW: Duration = Duration::from_secs(24 * 3600);
/// Beyond this many the count is only "many".
pub const UNREAD_MAX: usize = 40;

words! {
    pub enum ConversationStatus {
        Open = "open",
        Closed = "closed",
    }
}

words! {
    pub enum WindowState {
        Open = "open",
        Closed = "closed",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub opened_at: Time,
    pub closes_at: Time,
    /// As last written; the clock decides, see [`Window::is_open`].
    pub state: WindowState,
}

impl Window {
    pub fn is_open(&self, now: Time) -> bool {
        self.state == WindowState::Open && now < self.closes_at
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub id: ConversationId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub status: ConversationStatus,
    pub assignee: Option<Assignee>,
    pub window: Option<Window>,
    /// Meta's time of the customer's last live message.
    pub last_inbound_at: Option<Time>,
    pub last_outbound_at: Option<Time>,
    /// When the customer's last message was stored here, however old it was.
    pub arrived_at: Option<Time>,
    /// When somebody last answered or closed: messages received before wait for nothing.
    pub handled_at: Option<Time>,
    /// When somebody last read, answered or closed: messages received before are not unread.
    pub seen_at: Option<Time>,
    /// Meta's time of the first message that nobody has answered.
    pub waiting_since: Option<Time>,
    /// One mark per unread message: a set, so that a message that arrives twice counts once.
    pub unread: BTreeSet<u32>,
    /// The send that holds this conversation, see [`crate::sending`].
    pub sending: Option<SendClaim>,
    pub pace: Pace,
    pub created_at: Time,
    /// Grows with each write: a change that was decided on one revision is written on that revision or not at all.
    pub revision: i64,
}

/// Which attempt to send which message last went from this conversation to Meta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendClaim {
    pub message: MessageId,
    pub attempt: u32,
}

/// How fast this conversation may go on, and what waits in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// When the debt of what was sent is paid, see [`crate::pacing`].
    pub paid_at: Option<Time>,
    /// The last message that is held here, and why: what comes after it waits behind it.
    pub held: Option<Held>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub message: MessageId,
    pub reason: BlockReason,
}

/// A live message of the customer, as far as the conversation is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub conversation: ConversationId,
    pub channel: ChannelId,
    pub contact: ContactId,
    pub message: MessageId,
    /// Meta's time.
    pub at: Time,
    /// When we first stored it; a redelivery keeps the first one.
    pub received_at: Time,
    pub assign_to: Option<Assignee>,
}

impl Arrival {
    pub fn closes_at(&self) -> Time {
        self.at.plus(WINDOW)
    }

    /// The mark that stands for this message among the unread ones.
    pub fn mark(&self) -> u32 {
        self.message.place().bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

/// The conversation after `arrival`, or `None` if it already holds all that the message brings.
///
/// `now` tells whether the window that the message opens is still open: a message that arrives days late is stored, but
/// opens nothing. A window that has run out, but that window-expiry has not yet closed, goes on as if it had not.
pub fn receive(existing: &Conversation, arrival: &Arrival, now: Time) -> Option<Conversation> {
    let mut next = existing.clone();
    let newer = existing.last_inbound_at.is_none_or(|last| last < arrival.at);
    if newer {
        next.last_inbound_at = Some(arrival.at);
        if arrival.closes_at() > now && existing.window.is_none_or(|window| window.closes_at < arrival.closes_at()) {
            let held = existing.window.filter(|window| window.state == WindowState::Open);
            let opened_at = held.map_or(arrival.at, |window| window.opened_at);
            next.window = Some(Window { opened_at, closes_at: arrival.closes_at(), state: WindowState::Open });
        }
    }
    next.arrived_at = existing.arrived_at.max(Some(arrival.received_at));
    let after = |moment: Option<Time>| moment.is_none_or(|moment| moment < arrival.received_at);
    if after(existing.handled_at) {
        next.status = ConversationStatus::Open;
        next.waiting_since = Some(existing.waiting_since.map_or(arrival.at, |since| since.min(arrival.at)));
    }
    if after(existing.handled_at) && after(existing.seen_at) && existing.unread.len() < UNREAD_MAX {
        next.unread.insert(arrival.mark());
    }
    if next.assignee.is_none() && existing.last_inbound_at.is_none() {
        next.assignee.clone_from(&arrival.assign_to);
    }
    (next != *existing).then_some(next)
}

/// Whether a message that somebody asked to send at `asked_at` answers all that the customer wrote. What came while it was on
/// its way was seen by nobody, and goes on waiting.
pub fn answers_all(conversation: &Conversation, asked_at: Time) -> bool {
    conversation.arrived_at.is_none_or(|arrived| arrived <= asked_at)
}

/// What makes `arrival` a plain case: it is newer than all that happened in the conversation, so that [`receive`] can be
/// written as one update that needs no reading first. `store` repeats these rules in that update's condition.
pub fn is_plain(arrival: &Arrival, now: Time) -> bool {
    arrival.closes_at() > now
}

/// The conversation that a first message starts, before [`receive`] adds the message to it.
pub fn start(arrival: &Arrival) -> Conversation {
    Conversation {
        id: arrival.conversation.clone(),
        channel_id: arrival.channel.clone(),
        contact_id: arrival.contact.clone(),
        status: ConversationStatus::Open,
        assignee: None,
        window: None,
        last_inbound_at: None,
        last_outbound_at: None,
        arrived_at: None,
        handled_at: None,
        seen_at: None,
        waiting_since: None,
        unread: BTreeSet::new(),
        sending: None,
        pace: Pace::default(),
        created_at: arrival.received_at,
        revision: 0,
    }
}

/// What the window-expiry function does with a conversation that fell due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Close,
    /// The customer wrote again meanwhile: look again then.
    LookAgain(Time),
    /// Closed already.
    Nothing,
}

pub fn expiry(window: Option<&Window>, now: Time) -> Expiry {
    match window {
        None => Expiry::Nothing,
        Some(window) => match window.state {
            WindowState::Closed => Expiry::Nothing,
            WindowState::Open if window.closes_at <= now => Expiry::Close,
            WindowState::Open => Expiry::LookAgain(window.closes_at),
        },
    }
}

#[cfg(test)]
mod tests;
