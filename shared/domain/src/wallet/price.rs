//! What a message costs, from the hold that was taken for it to the entry that it became.
use crate::Time;
use crate::money::{Currency, Micros};

crate::words! {
    pub enum PriceState {
        /// Credit is kept for it.
        Held = "held",
        /// It became an entry of the ledger.
        Posted = "posted",
        /// It cost nothing, and what was kept can be spent again.
        Voided = "voided",
        /// Meta never said what became of it, and what was kept can be spent again.
        Expired = "expired",
        /// It became an entry, and was then not delivered: a second entry took the first one back.
        Reversed = "reversed",
    }
}

/// What an amount follows from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// Whose rate it is: the market of the recipient.
    pub market: String,
    /// Meta's word for what is paid for: `marketing`, `utility` …
    pub category: String,
    /// The rate card.
    pub card: String,
    /// From which volume in the month on the rate holds.
    pub tier_from: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    pub state: PriceState,
    /// What was kept for the message; zero for one that nobody expected to cost anything.
    pub held: Micros,
    /// What it came to, once it became an entry.
    pub posted: Option<Micros>,
    pub currency: Currency,
    pub basis: Basis,
    /// Until when Meta's word on it is waited for.
    pub expires_at: Time,
}

impl Price {
    pub fn held(amount: Micros, currency: Currency, basis: Basis, expires_at: Time) -> Price {
        Price { state: PriceState::Held, held: amount, posted: None, currency, basis, expires_at }
    }

    /// What is kept for the message now.
    pub fn open(&self) -> Micros {
        if self.state == PriceState::Held { self.held } else { Micros::ZERO }
    }

    /// What the message costs, as far as it is known.
    pub fn amount(&self) -> Micros {
        match self.state {
            PriceState::Held => self.held,
            PriceState::Posted => self.posted.unwrap_or(self.held),
            PriceState::Voided | PriceState::Expired | PriceState::Reversed => Micros::ZERO,
        }
    }
}
