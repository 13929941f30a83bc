//! The thread of one contact on one channel, its customer service window, and what an inbound message changes in it.
//!
//! Every change moves forward only (later time wins), so that applying a message twice, late or out of order ends in the
//! same conversation.
use std::collections::BTreeSet;
use std::time::Duration;

use crate::access::Actor;
use crate::channel::Assignee;
use crate::health::BlockReason;
use crate::ids::{ChannelId, ContactId, ConversationId, MessageId};
use crate::message::{Direction, Message, Source, State, Status};
use crate::{Time, words};

mod entry_point;
mod window;
mod work;

pub use entry_point::{EntryPoint, EntryPointState, FreeEntry, Standing, told as entry_point_told};
pub use window::{Look, WINDOW, Window, WindowState, look, refuse};
pub use work::{LABELS_MAX, Reply, SNOOZE_MAX, Seen, TakenBy, is_label, pick_up};

use entry_point::answered as entry_point_answered;
use window::window_after;

/// A message that comes within this time of its being written is not late.
pub const PROMPT: Duration = Duration::from_secs(3600);
/// Beyond this many the count is only "many".
pub const UNREAD_MAX: usize = 40;

words! {
    pub enum ConversationStatus {
        Open = "open",
        Closed = "closed",
    }
}

/// The ad or the post that brought the customer, as the latest message that names one tells it (P50).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// `ad`, `post` or a later word.
    pub kind: Option<String>,
    pub id: Option<String>,
    pub url: Option<String>,
    pub headline: Option<String>,
    /// The id of the click; absent for ads in Status.
    pub click_id: Option<String>,
    /// Meta's time of the message.
    pub at: Time,
}

/// That somebody did something with a conversation, or that it changed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    pub at: Time,
    /// `None`: a message or the clock did it.
    pub by: Option<Actor>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub id: ConversationId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    pub status: ConversationStatus,
    pub assignee: Option<Assignee>,
    /// When it was last given, closed, reopened, put off or taken back.
    pub turned: Option<Turned>,
    pub window: Option<Window>,
    /// Meta said at this time that no window was open (P24): what the customer wrote before opens none any more.
    pub refused_at: Option<Time>,
    /// Of the window that closes then it was looked at whether `window.closing` is to be told.
    pub noticed: Option<Time>,
    /// What is known of the free entry point beside the referral that offers it.
    pub entry_point: EntryPoint,
    /// Meta's time of the customer's last live message.
    pub last_inbound_at: Option<Time>,
    pub last_outbound_at: Option<Time>,
    /// Meta's time of the last message that the business sent elsewhere, on its phone: it answers all before it.
    pub echoed_at: Option<Time>,
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
    /// Up to which of their messages the customer is to be shown that they were read.
    pub read_receipt: Option<Signal>,
    /// That somebody is writing an answer, and when they last said so.
    pub typing: Option<Signal>,
    pub source: Option<Referral>,
    /// When something was last written or told in it: its place among others.
    pub active_at: Time,
    /// The last message of a person of the business, and who wrote it.
    pub last_reply: Option<Reply>,
    /// The contact's owner, as event-relay copies it here.
    pub owner: Option<Assignee>,
    pub labels: BTreeSet<String>,
    /// It is out of the lists until then, or until the customer writes.
    pub snoozed_until: Option<Time>,
    pub created_at: Time,
    /// Grows with each write: a change that was decided on one revision is written on that revision or not at all.
    pub revision: i64,
}

impl Conversation {
    pub fn signal(&self, kind: SignalKind) -> Option<&Signal> {
        match kind {
            SignalKind::Receipt => self.read_receipt.as_ref(),
            SignalKind::Typing => self.typing.as_ref(),
        }
    }

    /// Whether the customer was not yet to be shown that their messages up to this one were read. Meta's times are whole
    /// seconds: of two in one, the last to arrive is the one that is asked about.
    pub fn lacks_receipt(&self, read: &Signal) -> bool {
        self.read_receipt
            .as_ref()
            .is_none_or(|receipt| receipt.at < read.at || (receipt.at == read.at && receipt != read))
    }
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
    /// The first message that was held again, as far as anybody knows, see [`crate::sending::looks_from`].
    pub again: Option<MessageId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub message: MessageId,
    pub reason: BlockReason,
}

words! {
    pub enum SignalKind {
        /// That their messages were read.
        Receipt = "receipt",
        /// That an answer is being written. Meta shows the messages as read, too.
        Typing = "typing",
    }
}

/// What the customer is to be shown, apart from messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The customer's message that it is about.
    pub wamid: String,
    /// Of a receipt Meta's time of that message, of typing the time at which somebody typed.
    pub at: Time,
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
    pub referral: Option<Referral>,
}

impl Arrival {
    pub fn closes_at(&self) -> Time {
        self.at.plus(WINDOW)
    }

    pub fn mark(&self) -> u32 {
        mark(&self.message)
    }
}

/// The mark that stands for a message among the unread ones.
pub fn mark(message: &MessageId) -> u32 {
    message.place().bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The conversation after `arrival`, or `None` if it already holds all that the message brings.
///
/// `now` tells whether the window that the message opens is still open: a message that arrives days late is stored, but
/// opens nothing.
pub fn receive(existing: &Conversation, arrival: &Arrival, now: Time) -> Option<Conversation> {
    let mut next = existing.clone();
    if existing.last_inbound_at.is_none_or(|last| last < arrival.at) {
        next.last_inbound_at = Some(arrival.at);
        next.window = window_after(existing, arrival.at, now);
    }
    next.active_at = existing.active_at.max(arrival.at);
    next.arrived_at = existing.arrived_at.max(Some(arrival.received_at));
    let after = |moment: Option<Time>| moment.is_none_or(|moment| moment < arrival.received_at);
    let is_answered = existing.echoed_at.is_some_and(|echoed| arrival.at < echoed) || !after(existing.handled_at);
    let is_news = existing.arrived_at < Some(arrival.received_at);
    if !is_answered {
        next.status = ConversationStatus::Open;
        // One that comes again wakes nobody: who put the conversation off knew it.
        next.snoozed_until = existing.snoozed_until.filter(|_| !is_news);
        next.waiting_since = Some(existing.waiting_since.map_or(arrival.at, |since| since.min(arrival.at)));
    }
    if !is_answered && after(existing.seen_at) && existing.unread.len() < UNREAD_MAX {
        next.unread.insert(arrival.mark());
    }
    if next.assignee.is_none() && existing.last_inbound_at.is_none() {
        next.assignee.clone_from(&arrival.assign_to);
    }
    let turn = |of: &Conversation| (of.status, of.snoozed_until, of.assignee.clone());
    if turn(&next) != turn(existing) {
        next.turned = Some(Turned { at: now, by: None });
    }
    let is_later = |referral: &Referral| existing.source.as_ref().is_none_or(|source| source.at < referral.at);
    if let Some(referral) = arrival.referral.as_ref().filter(|referral| is_later(referral)) {
        next.source = Some(referral.clone());
    }
    next.entry_point = entry_point_answered(&next, next.last_outbound_at);
    (next != *existing).then_some(next)
}

/// The conversation after a call of the customer: the window opens as for a message, and nothing waits for an answer.
pub fn call(existing: &Conversation, at: Time, now: Time) -> Option<Conversation> {
    let mut next = Conversation { window: window_after(existing, at, now), ..existing.clone() };
    if next.window != existing.window {
        next.active_at = existing.active_at.max(at);
    }
    (next != *existing).then_some(next)
}

/// The conversation after a person of the business wrote in it elsewhere, on the phone. It answers all that the customer
/// had written by then, and opens no window (P41). `later` tells, of what the customer wrote after it, Meta's times and marks.
pub fn echo(existing: &Conversation, echo: &Arrival, later: &[(Time, u32)]) -> Option<Conversation> {
    let mut next = existing.clone();
    next.last_outbound_at = existing.last_outbound_at.max(Some(echo.at));
    next.active_at = existing.active_at.max(echo.at);
    if existing.last_reply.as_ref().is_none_or(|reply| reply.at < echo.at) {
        next.last_reply = Some(Reply { at: echo.at, author: None });
    }
    if existing.echoed_at.is_none_or(|echoed| echoed < echo.at) {
        next.echoed_at = Some(echo.at);
        next.entry_point = entry_point_answered(&next, Some(echo.at));
        if is_last(existing, echo) {
            next.handled_at = existing.handled_at.max(Some(echo.received_at));
            next.waiting_since = None;
            next.unread.clear();
        } else if let Some(since) = existing.waiting_since.filter(|since| *since <= echo.at) {
            next.waiting_since = later.iter().map(|(at, _)| *at).min().or(Some(since));
            next.unread.retain(|unread| later.iter().any(|(_, mark)| mark == unread));
        }
    }
    (next != *existing).then_some(next)
}

/// Whether the customer wrote nothing after the echo.
pub fn is_last(existing: &Conversation, echo: &Arrival) -> bool {
    existing.last_inbound_at.is_none_or(|last| last <= echo.at)
}

/// Whether a message that somebody asked to send at `asked_at` answers all that the customer wrote. What came while it was on
/// its way was seen by nobody, and goes on waiting.
pub fn answers_all(conversation: &Conversation, asked_at: Time) -> bool {
    conversation.arrived_at.is_none_or(|arrived| arrived <= asked_at)
}

/// When an answer has handled the conversation that was `seen`, once it has claimed it.
pub fn handled_by(seen: Option<&Conversation>, answer: &Message) -> Time {
    let asked_at = answer.received_at;
    seen.and_then(|seen| seen.handled_at).map_or(asked_at, |handled| handled.max(asked_at))
}

/// Since when the customer waits once `message` has given its claim back: others have written since `before` was seen, and this is
/// what was `found`. What came around the claim was seen by nobody; what others closed or answered waits no more.
pub fn waits_once_released(before: Option<&Conversation>, found: &Conversation, message: &Message) -> Option<Time> {
    let handled_before = before.and_then(|before| before.handled_at);
    let handled_at = if message.is_answer() { Some(handled_by(before, message)) } else { handled_before };
    let is_left = found.status == ConversationStatus::Open
        && found.handled_at == handled_at
        && found.echoed_at == before.and_then(|before| before.echoed_at);
    let has_come = found.arrived_at > before.and_then(|before| before.arrived_at);
    let waited = before.and_then(|before| before.waiting_since);
    waited.or(found.last_inbound_at.filter(|_| has_come)).filter(|_| is_left)
}

/// Whether an answer that did not arrive may make the customer wait again.
pub fn may_wait_again(conversation: &Conversation) -> bool {
    conversation.status == ConversationStatus::Open
        && conversation.waiting_since.is_none()
        && conversation.last_inbound_at.is_some()
}

/// Whether the customer waits again: what handled the conversation last was an answer that did not arrive, and of all that was
/// sent since they wrote nothing answers them. `thread`: the latest messages.
pub fn waits_again(conversation: &Conversation, thread: &[Message]) -> bool {
    let answers = thread.iter().filter(|message| message.direction == Direction::Outbound && message.is_answer());
    let mut handled_by_lost = false;
    for answer in answers {
        let is_lost = answer.state() == State::Refused || answer.status() == Some(Status::Failed);
        let is_since = match answer.source {
            Source::Live => answers_all(conversation, answer.received_at),
            Source::Echo => Some(answer.at) >= conversation.last_inbound_at,
            Source::History | Source::Import => false,
        };
        if !is_lost && is_since && answer.state() == State::Accepted {
            return false;
        }
        handled_by_lost |= is_lost && conversation.handled_at == Some(answer.received_at);
    }
    may_wait_again(conversation) && handled_by_lost
}

/// What makes `arrival` a plain case: it is newer than all that happened in the conversation, so that [`receive`] can be
/// written as one update that needs no reading first. `store` repeats these rules in that update's condition. One that was long
/// on its way may move the window's end by so little that its place among the ends must be found anew.
pub fn is_plain(arrival: &Arrival, now: Time) -> bool {
    now < arrival.at.plus(PROMPT) && arrival.referral.is_none()
}

/// The conversation that a first message starts, before [`receive`] adds the message to it.
pub fn start(arrival: &Arrival) -> Conversation {
    Conversation {
        id: arrival.conversation.clone(),
        channel_id: arrival.channel.clone(),
        contact_id: arrival.contact.clone(),
        status: ConversationStatus::Open,
        assignee: None,
        turned: None,
        window: None,
        refused_at: None,
        noticed: None,
        entry_point: EntryPoint::default(),
        last_inbound_at: None,
        last_outbound_at: None,
        echoed_at: None,
        arrived_at: None,
        handled_at: None,
        seen_at: None,
        waiting_since: None,
        unread: BTreeSet::new(),
        sending: None,
        pace: Pace::default(),
        read_receipt: None,
        typing: None,
        source: None,
        active_at: arrival.at,
        last_reply: None,
        owner: None,
        labels: BTreeSet::new(),
        snoozed_until: None,
        created_at: arrival.received_at,
        revision: 0,
    }
}

#[cfg(test)]
mod tests;
