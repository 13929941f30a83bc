//! Adding the ledger up, and what the last proof found.
use domain::Time;
use domain::money::Micros;
use domain::wallet::{Difference, Price, Proof, Sum};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::keys;
use crate::table::Store;

/// Entries that are read in one go.
const PAGE: usize = 1_000;
/// More messages than that are not in flight in a shard.
const HOLDS_MAX: usize = 100_000;

/// What the last proof found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    pub at: Time,
    pub entries: u64,
    pub posted: Micros,
    pub summed: Micros,
    pub available: Micros,
    pub leased: Micros,
    pub held: Micros,
    /// None: all adds up.
    pub differences: Vec<Difference>,
}

#[derive(Serialize, Deserialize)]
struct ProofRow {
    at: i64,
    entries: u64,
    posted_micros: i64,
    summed_micros: i64,
    available_micros: i64,
    leased_micros: i64,
    held_micros: i64,
    differences: Vec<String>,
}

impl Row for ProofRow {
    const ENTITY: &'static str = "proof";
}

impl From<&Proof> for Proved {
    fn from(proof: &Proof) -> Proved {
        Proved {
            at: proof.at,
            entries: proof.sum.entries,
            posted: proof.credits.wallet.posted,
            summed: proof.sum.micros,
            available: proof.credits.wallet.available,
            leased: proof.credits.leased,
            held: proof.held,
            differences: proof.differences(),
        }
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Proved, StoreError> {
    let row: ProofRow = decode(operation, item)?;
    Ok(Proved {
        at: Time::from_millis(row.at),
        entries: row.entries,
        posted: Micros::new(row.posted_micros),
        summed: Micros::new(row.summed_micros),
        available: Micros::new(row.available_micros),
        leased: Micros::new(row.leased_micros),
        held: Micros::new(row.held_micros),
        differences: row.differences.iter().filter_map(|word| Difference::parse(word)).collect(),
    })
}

impl Store {
    /// Adds up what there is. `None`: there is no wallet, or it moved meanwhile, so that nothing can be said.
    pub async fn ledger_prove(&self, now: Time) -> Result<Option<Proof>, StoreError> {
        let Some(before) = self.credits_get().await? else { return Ok(None) };
        let mut sum = Sum::default();
        loop {
            let entries = self.entries_from(sum.entries.saturating_add(1), PAGE).await?;
            entries.iter().for_each(|entry| sum.add(entry));
            if entries.len() < PAGE {
                break;
            }
        }
        let holding = self.messages_holding(None, HOLDS_MAX).await?;
        let held = Micros::sum(holding.iter().filter_map(|message| message.price.as_ref().map(Price::open)));
        let after = self.credits_get().await?;
        let proof = Proof { at: now, credits: before, sum, held: held.unwrap_or_default() };
        Ok(after.filter(|after| *after == proof.credits).map(|_| proof))
    }

    pub async fn proof_put(&self, proved: &Proved) -> Result<(), StoreError> {
        const OPERATION: &str = "proof_put";
        let row = ProofRow {
            at: proved.at.millis(),
            entries: proved.entries,
            posted_micros: proved.posted.get(),
            summed_micros: proved.summed.get(),
            available_micros: proved.available.get(),
            leased_micros: proved.leased.get(),
            held_micros: proved.held.get(),
            differences: proved.differences.iter().map(ToString::to_string).collect(),
        };
        self.put(OPERATION, encode(OPERATION, &keys::proof(), None, &row)?).await
    }

    pub async fn proof_get(&self) -> Result<Option<Proved>, StoreError> {
        const OPERATION: &str = "proof_get";
        self.get(OPERATION, &keys::proof()).await?.map(|item| read(OPERATION, item)).transpose()
    }
}
