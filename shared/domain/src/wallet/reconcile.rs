//! A day of our charges held against what Meta says that it charged: by market and category, with a tolerance, since Meta's
//! figures are approximate.
//!
//! Our charges are counted on the day on which they were booked, Meta's on the day of the delivery.
use std::collections::BTreeMap;

use super::{Entry, EntryKind, Overflow};
use crate::Time;
use crate::calendar::Date;
use crate::money::{Currency, Micros};
use crate::pricing::{Category, Market};

/// One in so many may be missing on either side: half a per cent.
const TOLERANCE: u64 = 200;

/// What was charged for a kind of message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub messages: i64,
    pub cost: Micros,
}

impl Tally {
    pub(super) fn add(&mut self, messages: i64, cost: Micros) -> Result<(), Overflow> {
        self.messages = self.messages.checked_add(messages).ok_or(Overflow)?;
        self.cost = self.cost.checked_add(cost).ok_or(Overflow)?;
        Ok(())
    }
}

/// Some of what Meta says that it charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub market: Market,
    pub category: Category,
    pub messages: i64,
    /// In the wallet's currency; `None`: Meta does not say, or says it in another one.
    pub cost: Option<Micros>,
}

/// Both sides of one market and category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    pub market: Market,
    pub category: Category,
    pub ours: Tally,
    pub metas_messages: i64,
    pub metas_cost: Option<Micros>,
}

impl Compared {
    /// Whether the sides are further apart than may be.
    pub fn differs(&self) -> bool {
        let cost = self.metas_cost.is_some_and(|metas| apart(self.ours.cost.get(), metas.get()));
        cost || apart(self.ours.messages, self.metas_messages)
    }
}

fn apart(ours: i64, metas: i64) -> bool {
    ours.abs_diff(metas).saturating_mul(TOLERANCE) > metas.unsigned_abs()
}

crate::words! {
    pub enum ReconciliationState {
        /// Both sides say the same, as far as Meta's figures go.
        Agrees = "agrees",
        Differs = "differs",
        /// Meta did not say.
        Failed = "failed",
    }
}

/// The report about one account and day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    pub waba_id: String,
    /// In the account's time zone.
    pub day: Date,
    /// The wallet's.
    pub currency: Option<Currency>,
    /// What was charged, on either side.
    pub compared: Vec<Compared>,
    /// Why Meta did not say.
    pub problem: Option<String>,
    pub made_at: Time,
}

impl Reconciliation {
    pub fn state(&self) -> ReconciliationState {
        if self.problem.is_some() {
            ReconciliationState::Failed
        } else if self.compared.iter().any(Compared::differs) {
            ReconciliationState::Differs
        } else {
            ReconciliationState::Agrees
        }
    }
}

/// How many messages an entry charges for, and for how much: a reversal takes both back. `None`: it is about no message.
pub(super) fn charged(entry: &Entry) -> Result<Option<(i64, Micros)>, Overflow> {
    let messages = match entry.line.kind {
        EntryKind::Charge => 1,
        EntryKind::Reversal => -1,
        EntryKind::TopUp
        | EntryKind::Recharge
        | EntryKind::Adjustment
        | EntryKind::Refund
        | EntryKind::Dispute
        | EntryKind::Reinstatement => return Ok(None),
    };
    Ok(Some((messages, entry.line.amount.checked_neg().ok_or(Overflow)?)))
}

/// Our charges of a day, as they come.
#[derive(Clone, Debug, Default)]
pub struct Charges(BTreeMap<(Market, Category), Tally>);

impl Charges {
    pub fn add(&mut self, entry: &Entry) -> Result<(), Overflow> {
        if let (Some((messages, cost)), Some(about)) = (charged(entry)?, &entry.line.about) {
            let group = (about.quote.market.clone(), about.quote.category.clone());
            self.0.entry(group).or_default().add(messages, cost)?;
        }
        Ok(())
    }
}

/// Both sides by market and category, in that order.
pub fn reconcile(ours: &Charges, metas: &[Told]) -> Result<Vec<Compared>, Overflow> {
    let mut sides: BTreeMap<(Market, Category), (Tally, bool)> = BTreeMap::new();
    for told in metas {
        let group = (told.market.clone(), told.category.clone());
        let (tally, is_known) = sides.entry(group).or_insert((Tally::default(), true));
        tally.add(told.messages, told.cost.unwrap_or_default())?;
        *is_known &= told.cost.is_some();
    }
    // Of what Meta does not tell at all it says that it cost nothing, if it tells any cost.
    let tells_cost = metas.iter().all(|told| told.cost.is_some());
    for group in ours.0.keys() {
        sides.entry(group.clone()).or_insert((Tally::default(), tells_cost));
    }
    let compared = sides.into_iter().map(|(group, (metas, is_known))| {
        let ours = ours.0.get(&group).copied().unwrap_or_default();
        let ((market, category), metas_cost) = (group, is_known.then_some(metas.cost));
        Compared { market, category, ours, metas_messages: metas.messages, metas_cost }
    });
    Ok(compared.collect())
}
