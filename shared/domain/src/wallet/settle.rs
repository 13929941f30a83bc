//! What is to become of a message's price, by all that is known of the message: Meta's word on it, not our guess, decides.
//!
//! The rule looks at facts only, so it may be asked at any time, in any order, and twice.
use std::time::Duration;

use super::{Price, PriceState};
use crate::Time;
use crate::message::{Message, State, Status};

/// How much longer Meta's word is waited for where the message may still go out.
const LONGER: Duration = Duration::from_secs(24 * 3600);

/// What is to be booked for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has its price, or nothing is known yet.
    Nothing,
    /// What is kept for it can be spent again.
    Void,
    /// It is to be paid as Meta says.
    Charge,
    /// It was paid and then not delivered.
    Reverse,
}

/// `is_charged`: what Meta's first word on the price says, once there is one. A message is charged once in its life.
pub fn verdict(message: &Message, is_charged: Option<bool>) -> Verdict {
    let state = message.price.as_ref().map(|price| price.state);
    if message.status() == Some(Status::Failed) || matches!(message.state(), State::Refused | State::Cancelled) {
        return match state {
            Some(PriceState::Held) => Verdict::Void,
            Some(PriceState::Posted) => Verdict::Reverse,
            Some(PriceState::Voided | PriceState::Expired | PriceState::Reversed) | None => Verdict::Nothing,
        };
    }
    match (state, is_charged) {
        (Some(PriceState::Posted | PriceState::Reversed), _) | (_, None) => Verdict::Nothing,
        (None | Some(PriceState::Held | PriceState::Voided | PriceState::Expired), Some(true)) => Verdict::Charge,
        (Some(PriceState::Held), Some(false)) => Verdict::Void,
        (None | Some(PriceState::Voided | PriceState::Expired), Some(false)) => Verdict::Nothing,
    }
}

/// What becomes of a hold whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// There is none, or its time is not over.
    Nothing,
    /// Meta dropped the message without a word.
    Expire,
    /// It may still go out, or may have gone out: it is looked at again then, and before that settled if it can be.
    Extend(Time),
}

pub fn expiry(message: &Message, now: Time) -> Expiry {
    let held = message.price.as_ref().filter(|price| price.state == PriceState::Held);
    let Some(Price { expires_at, .. }) = held.filter(|price| price.expires_at <= now) else { return Expiry::Nothing };
    let is_settled = message.pricing().is_some() || message.status() == Some(Status::Failed);
    match message.state() {
        State::Accepted if !is_settled => Expiry::Expire,
        // In doubt it stays held: nobody knows whether it was sent.
        State::Accepted
        | State::Queued
        | State::Sending
        | State::InDoubt
        | State::Refused
        | State::Cancelled
        | State::Scheduled
        | State::Received => Expiry::Extend((*expires_at).max(now).plus(LONGER)),
    }
}
