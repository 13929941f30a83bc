//! What a message costs, from the hold that was taken for it to the entry that it became.
use std::time::Duration;

use crate::Time;
use crate::money::Micros;
use crate::pricing::{Category, Quote};

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

/// Meta tries to deliver a message for so long, if its template does not say otherwise.
const DELIVERY: Duration = Duration::from_secs(30 * 24 * 3600);
/// A code is worth nothing later.
const DELIVERY_OF_CODES: Duration = Duration::from_secs(10 * 60);
/// How much longer Meta's last word is waited for.
const GRACE: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    pub state: PriceState,
    /// What was kept for the message; zero for one that nobody expected to cost anything.
    pub held: Micros,
    /// What it follows from: our forecast while it is held, Meta's word from then on.
    pub quote: Quote,
    /// Until when Meta's word on it is waited for.
    pub expires_at: Time,
}

impl Price {
    /// Credit is kept for a message that is quoted so. `ttl_seconds`: what its template says.
    pub fn hold(quote: Quote, ttl_seconds: Option<i64>, now: Time) -> Price {
        let told = ttl_seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        let is_code = quote.category == Category::AUTHENTICATION;
        let delivery = told.unwrap_or(if is_code { DELIVERY_OF_CODES } else { DELIVERY });
        let expires_at = now.plus(delivery).plus(GRACE);
        Price { state: PriceState::Held, held: quote.amount, quote, expires_at }
    }

    /// What is kept for the message now.
    pub fn open(&self) -> Micros {
        if self.state == PriceState::Held { self.held } else { Micros::ZERO }
    }

    /// What the message costs, as far as it is known.
    pub fn amount(&self) -> Micros {
        match self.state {
            PriceState::Held => self.held,
            PriceState::Posted => self.quote.amount,
            PriceState::Voided | PriceState::Expired | PriceState::Reversed => Micros::ZERO,
        }
    }
}
