//! Buying credit by itself when the balance is low, and saying that it is low.
//!
//! Guarantees: one purchase is under way at a time, and the next begins only when the last one is known to have ended; no
//! month adds more than its cap, no hour more than a few purchases; a card that refuses is asked at most three times. Each alert
//! is told once until the balance has been above its level again.
use std::time::Duration;

use crate::Time;
use crate::calendar::{Month, Zone};
use crate::ids::TopUpId;
use crate::money::{Currency, Micros};

/// Tries after which a card that declines softly is given up.
const TRIES_MAX: u8 = 3;
/// How long to wait after the first and the second of them: three tries within three days.
const PAUSES: [Duration; 2] = [Duration::from_secs(24 * 3600), Duration::from_secs(48 * 3600)];
/// Purchases in one hour: an amount that does not lift the balance above its minimum must not buy on and on.
const HOURLY_MAX: usize = 3;
const HOUR: Duration = Duration::from_secs(3600);
const AGAIN: Duration = Duration::from_secs(15 * 60);

/// How many alert levels there may be.
pub const ALERTS_MAX: usize = 10;

/// The card that may be charged while its owner is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub method: String,
    pub brand: String,
    pub last4: String,
    pub exp_month: u8,
    pub exp_year: u16,
}

/// Who pays, as the provider knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    pub customer: Option<String>,
    pub card: Option<Card>,
    /// When its owner agreed to its being charged again, and with which top-up.
    pub agreed_at: Time,
    pub agreed_with: TopUpId,
    /// Where they came back to, for links that we make by ourselves.
    pub success_url: String,
    pub cancel_url: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RechargeSettings {
    pub is_enabled: bool,
    pub currency: Currency,
    /// Below it credit is bought.
    pub minimum: Micros,
    pub amount: Micros,
    /// The most that a month adds, by Coordinated Universal Time; none: no cap.
    pub monthly_cap: Option<Micros>,
    /// Balances below which somebody is told.
    pub alerts: Vec<Micros>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsRefusal {
    /// From an empty balance it would not lift it above the minimum, and buy again and again.
    AmountBelowMinimum,
    AmountNotPositive,
    MinimumNegative,
    CapBelowAmount,
    TooManyAlerts,
    AlertTwice,
}

impl RechargeSettings {
    pub fn check(&self) -> Result<(), SettingsRefusal> {
        let twice = |(place, level): (usize, &Micros)| self.alerts.iter().take(place).any(|other| other == level);
        if self.minimum < Micros::ZERO {
            Err(SettingsRefusal::MinimumNegative)
        } else if self.amount <= Micros::ZERO {
            Err(SettingsRefusal::AmountNotPositive)
        } else if self.amount < self.minimum {
            Err(SettingsRefusal::AmountBelowMinimum)
        } else if self.monthly_cap.is_some_and(|cap| cap < self.amount) {
            Err(SettingsRefusal::CapBelowAmount)
        } else if self.alerts.len() > ALERTS_MAX {
            Err(SettingsRefusal::TooManyAlerts)
        } else if self.alerts.iter().enumerate().any(twice) {
            Err(SettingsRefusal::AlertTwice)
        } else {
            Ok(())
        }
    }
}

crate::words! {
    /// Why nothing is bought any more until somebody says so.
    pub enum OffReason {
        /// The card was declined for good, or too often.
        Declined = "declined",
        /// The bank wants to see the card's owner.
        AuthenticationRequired = "authentication_required",
        /// There is no saved card.
        NoCard = "no_card",
        /// A payment is disputed.
        Disputed = "disputed",
        /// The provider does not take the charge.
        Refused = "refused",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RechargeState {
    Idle,
    /// Nothing is bought before that time.
    BackingOff(Time),
    Off(OffReason),
}

crate::words! {
    /// The state, as it is shown.
    pub enum RechargePhase {
        Idle = "idle",
        InFlight = "in_flight",
        BackingOff = "backing_off",
        Off = "off",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub top_up: TopUpId,
    pub amount: Micros,
    pub since: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recharge {
    pub settings: RechargeSettings,
    pub state: RechargeState,
    /// The purchase under way. Whatever else changes, no other begins before it has ended.
    pub in_flight: Option<Attempt>,
    /// Declines of the card in a row.
    pub fails: u8,
    /// What this month has added, with what is under way.
    pub spent: Option<(Month, Micros)>,
    /// The month whose cap was met.
    pub capped: Option<Month>,
    /// When the latest purchases began.
    pub starts: Vec<Time>,
    /// The alert levels that the balance is below of.
    pub alerted: Vec<Micros>,
    /// What could be spent when that was seen.
    pub seen: Option<Micros>,
    /// The key that set it up.
    pub changed_by: String,
    pub changed_at: Time,
    /// Counts the changes.
    pub revision: u32,
}

/// Why a purchase brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setback {
    /// It may pass another day.
    Soft,
    Off(OffReason),
}

/// What follows from the balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    Nothing,
    /// It is to be kept so.
    Keep(Recharge),
    /// Credit is to be bought, by the top-up that `in_flight` names.
    Buy(Recharge),
}

fn month(at: Time) -> Month {
    Zone::default().date(at).month()
}

impl Recharge {
    pub fn new(settings: RechargeSettings, by: String, now: Time) -> Recharge {
        Recharge {
            settings,
            state: RechargeState::Idle,
            in_flight: None,
            fails: 0,
            spent: None,
            capped: None,
            starts: Vec::new(),
            alerted: Vec::new(),
            seen: None,
            changed_by: by,
            changed_at: now,
            revision: 1,
        }
    }

    /// Set up anew: what was off is tried again, what was bought in the last hour counts no more, and a purchase under way goes on.
    #[must_use]
    pub fn set_up(&self, settings: RechargeSettings, by: String, now: Time) -> Recharge {
        let (changed_by, changed_at) = (by, now);
        let next = Recharge { settings, state: RechargeState::Idle, fails: 0, changed_by, changed_at, ..self.clone() };
        Recharge { capped: None, starts: Vec::new(), ..next }.counted()
    }

    pub fn phase(&self) -> RechargePhase {
        match (&self.in_flight, self.state) {
            (Some(_), _) => RechargePhase::InFlight,
            (None, RechargeState::Idle) => RechargePhase::Idle,
            (None, RechargeState::BackingOff(_)) => RechargePhase::BackingOff,
            (None, RechargeState::Off(_)) => RechargePhase::Off,
        }
    }

    /// What the month has added, with what is under way.
    pub fn spent_in(&self, at: Time) -> Micros {
        self.spent.filter(|(of, _)| *of == month(at)).map_or(Micros::ZERO, |(_, spent)| spent)
    }

    /// When it is to be looked at though the balance does not change.
    pub fn due_at(&self) -> Option<Time> {
        match self.state {
            RechargeState::BackingOff(until) if self.settings.is_enabled && self.in_flight.is_none() => Some(until),
            RechargeState::Idle | RechargeState::BackingOff(_) | RechargeState::Off(_) => None,
        }
    }

    /// When it is looked at again, should nobody have done anything about it.
    pub fn due_again(now: Time) -> Time {
        now.plus(AGAIN)
    }

    /// What a balance of `available` asks for; `id` is that of the top-up that it may come to.
    pub fn check(&self, available: Micros, has_card: bool, id: &TopUpId, now: Time) -> Plan {
        let mut next = self.clone();
        next.alerted = self.settings.alerts.iter().copied().filter(|level| available < *level).collect();
        if next.alerted != self.alerted {
            next.seen = Some(available);
        }
        let is_bought = next.buy(available, has_card, id, now);
        match next == *self {
            true => Plan::Nothing,
            false if is_bought => Plan::Buy(next.counted()),
            false => Plan::Keep(next.counted()),
        }
    }

    /// `true` if a purchase begins.
    fn buy(&mut self, available: Micros, has_card: bool, id: &TopUpId, now: Time) -> bool {
        let is_waiting = match self.state {
            RechargeState::Idle => false,
            RechargeState::BackingOff(until) => now < until,
            RechargeState::Off(_) => true,
        };
        if !self.settings.is_enabled || self.in_flight.is_some() || is_waiting {
            return false;
        }
        if available >= self.settings.minimum {
            // What is short next time is another matter.
            self.state = RechargeState::Idle;
            self.fails = 0;
            return false;
        }
        if !has_card {
            self.state = RechargeState::Off(OffReason::NoCard);
            return false;
        }
        let (spent, amount) = (self.spent_in(now), self.settings.amount);
        let total = spent.checked_add(amount);
        let is_capped = self.settings.monthly_cap.is_some_and(|cap| total.is_none_or(|total| total > cap));
        let (Some(total), false) = (total, is_capped) else {
            self.capped = Some(month(now));
            self.state = RechargeState::BackingOff(next_month(now));
            return false;
        };
        self.starts.retain(|start| start.plus(HOUR) > now);
        if let Some(oldest) = self.starts.first().filter(|_| self.starts.len() >= HOURLY_MAX) {
            self.state = RechargeState::BackingOff(oldest.plus(HOUR));
            return false;
        }
        self.state = RechargeState::Idle;
        self.starts.push(now);
        self.spent = Some((month(now), total));
        self.in_flight = Some(Attempt { top_up: id.clone(), amount, since: now });
        true
    }

    /// The purchase brought its credit, even where it was given up meanwhile. To be kept with its booking, once.
    #[must_use]
    pub fn succeeded(&self, id: &TopUpId, paid: Micros, now: Time) -> Recharge {
        let mut next = Recharge { fails: 0, ..self.clone() };
        if self.is_under_way(id) {
            next.in_flight = None;
        } else {
            next.spent = Some((month(now), self.spent_in(now).checked_add(paid).unwrap_or(paid)));
        }
        if let RechargeState::BackingOff(_) = self.state {
            next.state = RechargeState::Idle;
        }
        next.counted()
    }

    fn is_under_way(&self, id: &TopUpId) -> bool {
        self.in_flight.as_ref().is_some_and(|attempt| attempt.top_up == *id)
    }

    /// The purchase ended without credit. None if it is not the one under way.
    pub fn failed(&self, id: &TopUpId, setback: Setback, now: Time) -> Option<Recharge> {
        let attempt = self.in_flight.as_ref().filter(|attempt| attempt.top_up == *id)?;
        let mut next = Recharge { in_flight: None, fails: self.fails.saturating_add(1), ..self.clone() };
        let spent = self.spent.filter(|(of, _)| *of == month(attempt.since));
        next.spent = spent.map(|(of, spent)| (of, spent.checked_sub(attempt.amount).unwrap_or_default()));
        let pause = PAUSES.get(usize::from(self.fails)).filter(|_| next.fails < TRIES_MAX);
        next.state = match (self.state, setback, pause) {
            (RechargeState::Off(reason), ..) | (_, Setback::Off(reason), _) => RechargeState::Off(reason),
            (_, Setback::Soft, Some(pause)) => RechargeState::BackingOff(now.plus(*pause)),
            (_, Setback::Soft, None) => RechargeState::Off(OffReason::Declined),
        };
        Some(next.counted())
    }

    /// Buys nothing more by itself; none if it is so already.
    pub fn off(&self, reason: OffReason) -> Option<Recharge> {
        let is_on = self.settings.is_enabled && !matches!(self.state, RechargeState::Off(_));
        is_on.then(|| Recharge { state: RechargeState::Off(reason), ..self.clone() }.counted())
    }

    fn counted(self) -> Recharge {
        Recharge { revision: self.revision.saturating_add(1), ..self }
    }
}

/// The beginning of the next month.
fn next_month(now: Time) -> Time {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let this = month(now);
    let days = (1..=32).map(|days: u32| now.floor(DAY).plus(DAY.saturating_mul(days)));
    days.into_iter().find(|day| month(*day) != this).unwrap_or(now.plus(DAY))
}

#[cfg(test)]
mod tests;
