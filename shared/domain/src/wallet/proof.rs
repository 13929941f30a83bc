//! Whether the ledger adds up: the entries to the balance, and what is available, leased and held to the same.
use super::{Credits, Entry};
use crate::Time;
use crate::money::Micros;

/// The entries of a ledger, added up one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub entries: u64,
    pub micros: Micros,
    /// The first entry that does not follow from the one before it.
    pub broken_at: Option<u64>,
}

impl Sum {
    pub fn add(&mut self, entry: &Entry) {
        let seq = self.entries.saturating_add(1);
        let micros = self.micros.checked_add(entry.line.amount);
        let follows = entry.seq == seq && micros == Some(entry.posted_after);
        if !follows && self.broken_at.is_none() {
            self.broken_at = Some(seq);
        }
        (self.entries, self.micros) = (seq, micros.unwrap_or(self.micros));
    }
}

/// What was found at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub at: Time,
    pub credits: Credits,
    pub sum: Sum,
    /// What the messages that hold credit hold together.
    pub held: Micros,
}

crate::words! {
    pub enum Difference {
        /// An entry is missing, is changed or stands in the wrong place.
        Chain = "chain",
        /// The entries do not add up to the balance.
        Balance = "balance",
        /// What is available, leased and held does not add up to the balance.
        Holds = "holds",
    }
}

impl Proof {
    pub fn differences(&self) -> Vec<Difference> {
        let wallet = &self.credits.wallet;
        let found = [
            (Difference::Chain, self.sum.broken_at.is_some() || self.sum.entries != wallet.seq),
            (Difference::Balance, self.sum.micros != wallet.posted),
            (Difference::Holds, self.credits.held() != Some(self.held)),
        ];
        found.into_iter().filter_map(|(difference, is_there)| is_there.then_some(difference)).collect()
    }
}
