//! Where a process takes credit from: the wallet, and a purse of its own while others write the wallet at the same time.
//!
//! Guarantee: messages are accepted with their hold or not at all, and "not enough" is said only when it is so wherever the
//! credit lies.
use std::sync::{Mutex, PoisonError};

use domain::Time;
use domain::message::Message;
use domain::money::Micros;
use domain::wallet::{Credits, Price};

use super::holds::Taken;
use crate::error::StoreError;
use crate::table::Store;

/// How often others may be first.
const TRIES_MAX: u32 = 20;
/// A purse is filled for so many of what is asked for …
const PURSE_FOR: i64 = 200;
/// … but with no more than this part of what is available.
const PURSE_PART: i64 = 8;

/// How accepting messages with a price ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    New,
    /// The first of them is there already.
    Before,
    /// There is not enough credit; none where there is no wallet yet.
    Short {
        credits: Option<Credits>,
    },
}

#[derive(Debug)]
pub struct Till {
    /// The name of this process's purse.
    id: String,
    is_leased: Mutex<bool>,
}

impl Till {
    /// `id`: of this process alone.
    pub fn new(id: String) -> Till {
        Till { id, is_leased: Mutex::new(false) }
    }

    fn purse(&self) -> Option<&str> {
        let is_leased = *self.is_leased.lock().unwrap_or_else(PoisonError::into_inner);
        is_leased.then_some(self.id.as_str())
    }

    fn set_leased(&self, is_leased: bool) {
        *self.is_leased.lock().unwrap_or_else(PoisonError::into_inner) = is_leased;
    }

    /// Writes messages as queued with what they hold, all or nothing.
    pub async fn accept(&self, store: &Store, messages: &[Message], now: Time) -> Result<Accepted, StoreError> {
        let prices = messages.iter().filter_map(|message| message.price.as_ref());
        let total = Micros::sum(prices.map(Price::open)).unwrap_or(Micros::new(i64::MAX));
        let mut is_gathered = false;
        for _ in 0..TRIES_MAX {
            let purse = self.purse();
            match store.messages_accept(messages, total, purse).await {
                Ok(Taken::New) => return Ok(Accepted::New),
                Ok(Taken::Before) => return Ok(Accepted::Before),
                Ok(Taken::Short) if purse.is_some() => self.fill(store, total, now).await?,
                // It may lie in purses, also in those of others.
                Ok(Taken::Short) if !is_gathered => {
                    is_gathered = true;
                    store.purses_return(None).await?;
                }
                Ok(Taken::Short) => return Ok(Accepted::Short { credits: store.credits_get().await? }),
                Err(StoreError::Contended { .. }) => self.fill(store, total, now).await?,
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Contended { operation: "accept" })
    }

    /// Leases a block for the next messages; where the wallet has none to spare, it is taken from directly.
    async fn fill(&self, store: &Store, amount: Micros, now: Time) -> Result<(), StoreError> {
        let available = store.wallet_get().await?.map_or(0, |wallet| wallet.available.get());
        let block = amount.get().saturating_mul(PURSE_FOR).min(available.checked_div(PURSE_PART).unwrap_or_default());
        if block < amount.get() {
            self.set_leased(false);
            return Ok(());
        }
        match store.purse_lease(&self.id, Micros::new(block), now).await {
            Ok(is_leased) => self.set_leased(is_leased),
            // Somebody was first once more; the next try is another chance.
            Err(StoreError::Contended { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
