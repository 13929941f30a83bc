//! The prepaid balance and its ledger: entries are only ever added, each with the balance after it; credit that messages in
//! flight may cost is held on the messages themselves.
//!
//! Guarantee: `posted` is the sum of the entries, and `available` is what is posted and neither held nor in a purse. Money
//! moves by bookings alone, which are decided here and written in one transaction.
use crate::Time;
use crate::ids::{ChannelId, ContactId, ConversationId, MessageId};
use crate::money::{Currency, Micros};
use crate::pricing::Quote;

mod adjustment;
mod costs;
mod dispute;
mod price;
mod proof;
mod recharge;
mod reconcile;
mod settle;
mod top_up;

pub use adjustment::{ADJUSTMENT_MAX, Adjustment, AdjustmentRefusal, AdjustmentState, adjust};
pub use costs::{CostBy, Costs};
pub use dispute::{DisputePhase, DisputeWord, phases};
pub use price::{Price, PriceState};
pub use proof::{Difference, Proof, Sum};
pub use recharge::{
    ALERTS_MAX, Attempt, Card, OffReason, Payer, Plan, Recharge, RechargePhase, RechargeSettings, RechargeState,
    Setback, SettingsRefusal,
};
pub use reconcile::{Charges, Compared, Reconciliation, ReconciliationState, Tally, Told, reconcile};
pub use settle::{Expiry, Verdict, expiry, verdict};
pub use top_up::{Errand, NOT_CONFIGURED, News, Payee, TOP_UP_MAX, TopUp, TopUpMethod, TopUpState, Trouble, Wish};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// A wallet has one currency for its life.
    pub currency: Currency,
    /// The sum of the entries. Negative where Meta, or a card's owner, took more than there was.
    pub posted: Micros,
    /// What the next message may take.
    pub available: Micros,
    /// Of the latest entry.
    pub seq: u64,
    /// When the latest entry was made.
    pub last_at: Time,
}

/// The wallet as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credits {
    pub wallet: Wallet,
    /// What processes that send much keep apart for themselves, see the store's purses.
    pub leased: Micros,
}

impl Credits {
    /// What can be spent, wherever it lies.
    pub fn available(&self) -> Option<Micros> {
        self.wallet.available.checked_add(self.leased)
    }

    /// What messages in flight hold.
    pub fn held(&self) -> Option<Micros> {
        self.wallet.posted.checked_sub(self.available()?)
    }
}

crate::words! {
    pub enum EntryKind {
        /// Credit that was bought.
        TopUp = "top_up",
        /// Credit that was bought by itself when the balance was low.
        Recharge = "recharge",
        /// What an administrator put right by hand.
        Adjustment = "adjustment",
        /// What a message cost.
        Charge = "charge",
        /// A charge of a message that Meta delivered to nobody after all.
        Reversal = "reversal",
        /// A payment that was given back.
        Refund = "refund",
        /// A payment that the card's owner disputes.
        Dispute = "dispute",
        /// A dispute that was won.
        Reinstatement = "reinstatement",
    }
}

/// What an entry is about, where it is about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged {
    pub message: MessageId,
    pub channel: ChannelId,
    pub contact: ContactId,
    pub wamid: Option<String>,
    /// The name of the template.
    pub template: Option<String>,
    /// The key that sent it; nobody where we did by ourselves.
    pub agent: Option<String>,
    /// What it cost, and by which rate.
    pub quote: Quote,
}

impl Charged {
    pub fn conversation(&self) -> ConversationId {
        self.message.conversation()
    }
}

/// An entry to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: EntryKind,
    /// Added to the balance; negative for what is taken.
    pub amount: Micros,
    /// What it follows from: a message, a top-up, a payment, a refund.
    pub reference: String,
    pub reason: Option<String>,
    /// The key that asked for it.
    pub by: Option<String>,
    pub about: Option<Charged>,
}

/// An entry of the ledger. It is never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without gaps.
    pub seq: u64,
    pub line: Line,
    pub currency: Currency,
    /// The balance with this entry.
    pub posted_after: Micros,
    /// Never before the entry before it.
    pub at: Time,
}

/// The amounts are larger than a wallet can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl Wallet {
    pub fn empty(currency: Currency) -> Wallet {
        Wallet { currency, posted: Micros::ZERO, available: Micros::ZERO, seq: 0, last_at: Time::from_millis(0) }
    }

    /// The wallet after one booking, and its entry: `freed` was held and can be spent again, or is taken by `line`.
    pub fn book(&self, line: Option<Line>, freed: Micros, now: Time) -> Result<(Wallet, Option<Entry>), Overflow> {
        let amount = line.as_ref().map_or(Micros::ZERO, |line| line.amount);
        let mut after = self.clone();
        let available = self.available.checked_add(freed).and_then(|available| available.checked_add(amount));
        after.available = available.ok_or(Overflow)?;
        let Some(line) = line else { return Ok((after, None)) };
        after.posted = self.posted.checked_add(amount).ok_or(Overflow)?;
        after.seq = self.seq.checked_add(1).ok_or(Overflow)?;
        after.last_at = self.last_at.max(now);
        let entry = Entry {
            seq: after.seq,
            line,
            currency: self.currency.clone(),
            posted_after: after.posted,
            at: after.last_at,
        };
        Ok((after, Some(entry)))
    }
}

#[cfg(test)]
mod tests;
