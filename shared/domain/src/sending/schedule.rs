//! Messages that were asked for ahead of time: what becomes of one when its time has come (P48).
//!
//! What was true when it was asked for may not be any more. So the rules are asked once more when it is due, and everything that
//! stops it ends it with a reason.
use std::time::Duration;

use serde_json::Value;

use super::{Refusal, Situation, TemplateUse, may_go};
use crate::conversation::Conversation;
use crate::message::{Direction, Fault, Message, Source, State};
use crate::{Time, words};

/// How far ahead a message is taken.
pub const AHEAD_MAX: Duration = Duration::from_secs(180 * 24 * 3600);
/// A time that was over by less is that of a slow clock: the message goes at once.
pub const TOLERANCE: Duration = Duration::from_secs(60);

/// When a message is to go that was not to go at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub send_at: Time,
    /// When it was asked for.
    pub asked_at: Time,
    /// Not if the customer or the business wrote meanwhile.
    pub only_if_unanswered: bool,
    /// The Cloud API's object of a template that goes in its place where no window is open by then.
    pub fallback: Option<Value>,
    /// What it was to say, once the template took its place: its type and its content.
    pub instead_of: Option<(String, Value)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    Now,
    Later,
    Over,
    TooFar,
}

/// What the time that somebody asks for means.
pub fn timing(send_at: Time, now: Time) -> Timing {
    if send_at > now.plus(AHEAD_MAX) {
        Timing::TooFar
    } else if send_at > now {
        Timing::Later
    } else if send_at.plus(TOLERANCE) >= now {
        Timing::Now
    } else {
        Timing::Over
    }
}

words! {
    /// Who made a message superfluous that was to go only if nobody did.
    pub enum Answered {
        Customer = "customer_wrote",
        Business = "business_replied",
    }
}

impl From<Answered> for Fault {
    fn from(answered: Answered) -> Fault {
        let details = match answered {
            Answered::Customer => "The customer has written since the message was asked for.",
            Answered::Business => "Somebody has replied to the customer since the message was asked for.",
        };
        Fault { code: 0, title: answered.word().to_owned(), details: Some(details.to_owned()) }
    }
}

/// Whether anything was said since that is to be looked at: what was, stands in the thread.
pub fn may_be_answered(schedule: &Schedule, conversation: Option<&Conversation>) -> bool {
    let Some(conversation) = conversation.filter(|_| schedule.only_if_unanswered) else { return false };
    // Meta's times are whole seconds.
    let since = schedule.asked_at.minus(Duration::from_secs(1));
    let times = [
        conversation.arrived_at,
        conversation.last_inbound_at,
        conversation.last_outbound_at,
        conversation.echoed_at,
        conversation.handled_at,
    ];
    times.into_iter().flatten().any(|at| at > since)
}

/// Who wrote since. `thread`: what stands in the conversation from the time on at which the message was asked for.
///
/// The customer has with whatever came here after that, also if they wrote it before: whoever asked had not seen it. The business
/// has with a message that a person sent, here or on the phone; not with what it sends by itself, nor with what was scheduled too,
/// so that one reminder does not end the next.
pub fn answered(schedule: &Schedule, conversation: Option<&Conversation>, thread: &[Message]) -> Option<Answered> {
    if !schedule.only_if_unanswered {
        return None;
    }
    let asked_at = schedule.asked_at;
    let came = conversation.and_then(|conversation| conversation.arrived_at.max(conversation.last_inbound_at));
    if came.is_some_and(|came| came > asked_at) {
        return Some(Answered::Customer);
    }
    let replies = |message: &&Message| {
        let is_since = match message.source {
            Source::Echo => message.at.seconds() >= asked_at.seconds(),
            Source::Live => message.at > asked_at,
            Source::History | Source::Import => false,
        };
        let is_sent = !matches!(message.state(), State::Refused | State::Cancelled | State::Scheduled);
        let is_reply = message.direction == Direction::Outbound && message.is_answer();
        is_since && is_sent && is_reply && message.dispatch.schedule.is_none()
    };
    thread.iter().find(replies).map(|_| Answered::Business)
}

/// What becomes of a message whose time may have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// It has its outcome, or its time has not come.
    Nothing,
    Queue,
    /// No window is open: its template is to be asked for.
    TryFallback,
    Cancel(Answered),
    Refuse(Refusal),
}

/// Blocks and limits that pass are not looked at: the message is queued, and held like any other. `is_fallback`: whether it is the
/// template that is asked about.
pub fn due(message: &Message, situation: &Situation, thread: &[Message], is_fallback: bool) -> Due {
    let (now, scheduled) = (situation.now, message.dispatch.schedule.as_ref());
    let waits = |schedule: &&Schedule| message.state() == State::Scheduled && schedule.send_at <= now;
    let Some(schedule) = scheduled.filter(waits) else { return Due::Nothing };
    // Nobody looked for so long that what it says may no longer be so.
    let until = schedule.send_at.plus(situation.settings.limits.held_at_most());
    if until <= now {
        return Due::Refuse(Refusal::TooLate { until, held: None });
    }
    if let Some(answered) = answered(schedule, situation.conversation, thread) {
        return Due::Cancel(answered);
    }
    match may_go(message, situation) {
        Ok(()) => Due::Queue,
        Err(Refusal::WindowClosed { .. })
            if schedule.fallback.is_some() && !is_fallback && *situation.template == TemplateUse::None =>
        {
            Due::TryFallback
        }
        Err(refusal) => Due::Refuse(refusal),
    }
}

#[cfg(test)]
mod tests;
