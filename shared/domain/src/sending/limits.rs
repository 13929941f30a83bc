//! How many people the business may write to first, how often one person, and how long a message may wait for its turn.
//!
//! What goes out within a customer service window is never counted and never limited. Meta counts the people whom all numbers of
//! a portfolio write to first, each once, in a moving day; we count the same before each such send, by the hour, so that a person
//! is counted for a day and up to an hour more. Of the business's own caps each is about one contact, over all channels; Meta's
//! own limit on marketing to one person is another matter, see [`crate::reach`].
use std::collections::BTreeMap;
use std::time::Duration;

use super::{Refusal, Situation, TemplateUse};
use crate::conversation::mark;
use crate::health::{Fact, Health};
use crate::message::Message;
use crate::settings::{Cap, LimitSettings, Settings};
use crate::template::{AUTHENTICATION, MARKETING};
use crate::{Time, words};

const HOUR: Duration = Duration::from_secs(3600);
/// So many whole hours before the present one may hold some of the moving day.
const HOURS: i64 = 24;

/// An hour, counted from 1970.
pub fn hour(at: Time) -> i64 {
    at.seconds().div_euclid(3600)
}

fn start(hour: i64) -> Time {
    Time::from_seconds(hour.saturating_mul(3600))
}

/// What was sent to one contact outside its windows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sends {
    /// The hour in which the contact stands among the people whom the business wrote to first.
    pub started: Option<i64>,
    /// The latest, the oldest first; kept only where a cap asks for them.
    pub recent: Vec<Sent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub at: Time,
    /// Which message it was: the same one is not counted twice.
    pub mark: u32,
    pub is_marketing: bool,
}

impl Sends {
    fn is_counted(&self, now: Time) -> bool {
        self.started.is_some_and(|started| started >= hour(now).saturating_sub(HOURS))
    }
}

/// How many people the portfolio wrote to first, by the hour of the last time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Started(pub BTreeMap<i64, i64>);

impl Started {
    fn moving(&self, now: Time) -> impl Iterator<Item = (i64, u64)> {
        let first = hour(now).saturating_sub(HOURS);
        self.0.range(first..).map(|(hour, count)| (*hour, u64::try_from(*count).unwrap_or_default()))
    }

    pub fn used(&self, now: Time) -> u64 {
        self.moving(now).fold(0, |sum, (_, count)| sum.saturating_add(count))
    }

    /// When there is room under `limit`, if nobody else is written to meanwhile.
    pub fn room_at(&self, limit: u64, now: Time) -> Option<Time> {
        let mut used = self.used(now);
        for (hour, count) in self.moving(now) {
            used = used.saturating_sub(count);
            if used < limit {
                return Some(start(hour.saturating_add(HOURS).saturating_add(1)));
            }
        }
        None
    }
}

/// How many people may be written to first in a day. `None`: as many as there are, or Meta has not told.
pub fn messaging_limit(health: &Health) -> Option<u64> {
    health.facts.get(&Fact::MessagingLimit)?.value.parse().ok()
}

words! {
    /// What a cap of the business's own is about.
    pub enum Capped {
        Marketing = "marketing",
        BusinessInitiated = "business_initiated",
    }
}

/// A cap as it bears on a message.
fn caps(limits: &LimitSettings) -> [(Capped, Option<Cap>); 2] {
    [
        (Capped::Marketing, limits.marketing_per_contact),
        (Capped::BusinessInitiated, limits.business_initiated_per_contact),
    ]
}

/// Whether a message of this category falls under the cap. A code that the person asked for falls under none.
fn falls_under(capped: Capped, category: &str) -> bool {
    match capped {
        Capped::Marketing => category == MARKETING,
        Capped::BusinessInitiated => category != AUTHENTICATION,
    }
}

/// From when on another message fits under the cap, if that is not now. `but`: this one does not count.
fn fits_at(sends: &Sends, capped: Capped, cap: Cap, but: Option<u32>, now: Time) -> Option<Time> {
    let counts = |sent: &&Sent| {
        (capped == Capped::BusinessInitiated || sent.is_marketing)
            && Some(sent.mark) != but
            && now < sent.at.plus(cap.span())
    };
    let within: Vec<Time> = sends.recent.iter().filter(counts).map(|sent| sent.at).collect();
    let most = usize::try_from(cap.messages).unwrap_or(usize::MAX);
    let frees = within.len().checked_sub(most)?;
    within.get(frees).map(|at| at.plus(cap.span()))
}

/// The caps that are reached, each with when another message fits under it.
pub fn capped_until(sends: &Sends, limits: &LimitSettings, now: Time) -> BTreeMap<Capped, Time> {
    let reached = caps(limits).into_iter().filter_map(|(capped, cap)| {
        let until = fits_at(sends, capped, cap?, None, now)?;
        Some((capped, until))
    });
    reached.collect()
}

/// The business's own caps. `message`: one that is about to be sent, and may have been counted in an earlier try.
pub(super) fn frequency(situation: &Situation, message: Option<&Message>) -> Result<(), Refusal> {
    let TemplateUse::Found(template) = situation.template else { return Ok(()) };
    if situation.is_open() {
        return Ok(());
    }
    let own = message.map(|message| mark(&message.id));
    for (capped, cap) in caps(&situation.settings.limits) {
        let Some(cap) = cap.filter(|_| falls_under(capped, &template.category)) else { continue };
        if let Some(not_before) = fits_at(situation.sends, capped, cap, own, situation.now) {
            return Err(Refusal::FrequencyCap { capped, cap, not_before });
        }
    }
    Ok(())
}

/// Meta's limit on the people whom the business writes to first.
pub(super) fn messaging(situation: &Situation) -> Result<(), Refusal> {
    let Some(limit) = messaging_limit(situation.health) else { return Ok(()) };
    if situation.is_open() || situation.sends.is_counted(situation.now) {
        return Ok(());
    }
    let used = situation.started.used(situation.now);
    if used < limit {
        return Ok(());
    }
    Err(Refusal::MessagingLimit { limit, used, room_at: situation.started.room_at(limit, situation.now) })
}

/// What a send adds to what is known of its contact and of the portfolio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub sends: Sends,
    /// The hour in which the person is counted from now on, and the one in which no more.
    pub enters: Option<i64>,
    pub leaves: Option<i64>,
}

/// `None`: nothing is to be counted, or it has been.
pub fn count(situation: &Situation, message: &Message) -> Option<Count> {
    let TemplateUse::Found(template) = situation.template else { return None };
    if situation.is_open() {
        return None;
    }
    let (known, now, own) = (situation.sends, hour(situation.now), mark(&message.id));
    let mut sends = Sends { started: known.started.max(Some(now)), recent: known.recent.clone() };
    let is_asked_for = |(capped, cap): (Capped, Option<Cap>)| cap.is_some() && falls_under(capped, &template.category);
    let is_kept = caps(&situation.settings.limits).into_iter().any(is_asked_for);
    if is_kept && !sends.recent.iter().any(|sent| sent.mark == own) {
        let is_marketing = template.category == MARKETING;
        sends.recent.push(Sent { at: situation.now, mark: own, is_marketing });
        let most = usize::try_from(Cap::MESSAGES_MAX).unwrap_or(usize::MAX);
        let longest = HOUR.saturating_mul(Cap::HOURS_MAX);
        sends.recent.retain(|sent| situation.now < sent.at.plus(longest));
        sends.recent.sort_by_key(|sent| sent.at);
        sends.recent.drain(..sends.recent.len().saturating_sub(most));
    }
    let enters = sends.started.filter(|_| sends.started != known.started);
    let leaves = known.started.filter(|_| enters.is_some() && known.is_counted(situation.now));
    (sends != *known).then_some(Count { sends, enters, leaves })
}

/// A message that its sender gave until then, or that waited for longer than the business wants, is not sent any more: what it
/// says may no longer be so.
pub fn in_time(message: &Message, settings: &Settings, now: Time) -> Result<(), Refusal> {
    let hold = message.dispatch.hold.as_ref();
    let waits_until = hold.map(|_| message.received_at.plus(settings.limits.held_at_most()));
    match [message.dispatch.valid_until, waits_until].into_iter().flatten().min() {
        Some(until) if until <= now => Err(Refusal::TooLate { until, held: hold.map(|hold| hold.reason) }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
