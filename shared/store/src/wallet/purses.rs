//! Purses: blocks of credit that one busy process keeps apart, so that not every message writes the wallet's row.
//!
//! Guarantee: credit moves between the wallet and a purse in one transaction, so it is never in both and never in neither; a
//! process that dies leaves its purse behind, whose credit comes back when the lease is over.
use std::time::Duration;

use domain::Time;
use domain::money::{Currency, Micros};
use serde::{Deserialize, Serialize};

use crate::codec::{Row, decode};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Order, Range, Store};

/// How long a process may spend from its purse before what is left goes back.
const LEASE: Duration = Duration::from_secs(5 * 60);
/// An empty one is forgotten after that.
const KEPT: Duration = Duration::from_secs(24 * 3600);

#[derive(Serialize, Deserialize)]
struct PurseRow {
    id: String,
    /// The wallet's.
    currency: String,
    available_micros: i64,
    until: i64,
    /// The table forgets it then: said only of one that is empty and stays so.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl Row for PurseRow {
    const ENTITY: &'static str = "purse";
}

pub(super) struct Purse {
    id: String,
    pub(super) available: Micros,
    until: Time,
    is_returned: bool,
}

impl Store {
    pub(super) async fn purses(&self) -> Result<Vec<Purse>, StoreError> {
        const OPERATION: &str = "purses";
        let range =
            || Range { index: None, pk: keys::WALLET, range: Some(keys::PURSES), order: Order::Ascending, limit: 100 };
        let items = self.query_all(OPERATION, range).await?;
        let read = |item| {
            let row: PurseRow = decode(OPERATION, item)?;
            let (available, until) = (Micros::new(row.available_micros), Time::from_millis(row.until));
            Ok(Purse { id: row.id, available, until, is_returned: row.expires_at.is_some() })
        };
        items.into_iter().map(read).collect()
    }

    /// Moves `amount` from the wallet into a purse; `false` if there is not as much, or in another currency.
    pub async fn purse_lease(
        &self,
        id: &str,
        amount: Micros,
        currency: &Currency,
        now: Time,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "purse_lease";
        let taken = values([
            (":amount", n(amount.get())),
            (":less", n(amount.get().saturating_neg())),
            (":currency", s(currency.code())),
        ]);
        let put = values([
            (":amount", n(amount.get())),
            (":id", s(id)),
            (":currency", s(currency.code())),
            (":until", n(now.plus(LEASE).millis())),
            (":entity", s(PurseRow::ENTITY)),
            (":v", n(PurseRow::VERSION)),
        ]);
        let has = "#available_micros >= :amount AND #currency = :currency";
        let into = "SET #id = :id, #currency = :currency, #until = :until, #entity = :entity, #v = :v \
                    REMOVE #expires_at ADD #available_micros :amount";
        let outcome = self
            .transaction(OPERATION)
            .update(&keys::wallet(), "ADD #available_micros :less", has, taken)
            .update(&keys::purse(id), into, "attribute_not_exists(#pk) OR #id = :id", put)
            .commit()
            .await?;
        Ok(outcome.is_ok())
    }

    /// Brings back what is left in purses whose lease is over at `now`; all of them where `now` is none.
    pub async fn purses_return(&self, now: Option<Time>) -> Result<usize, StoreError> {
        const OPERATION: &str = "purses_return";
        let mut returned = 0;
        for purse in self.purses().await? {
            if purse.is_returned || now.is_some_and(|now| now < purse.until) {
                continue;
            }
            let back = values([(":amount", n(purse.available.get()))]);
            let empty = values([
                (":zero", n(0)),
                (":amount", n(purse.available.get())),
                (":expires_at", n(purse.until.plus(KEPT).seconds())),
            ]);
            let emptied = "SET #available_micros = :zero, #expires_at = :expires_at";
            let outcome = self
                .transaction(OPERATION)
                .update(&keys::purse(&purse.id), emptied, "#available_micros = :amount", empty)
                .update(&keys::wallet(), "ADD #available_micros :amount", "attribute_exists(#pk)", back)
                .commit()
                .await;
            returned += match outcome {
                Ok(Ok(())) => 1,
                // One that was spent from meanwhile is met again.
                Ok(Err(_)) | Err(StoreError::Contended { .. }) => 0,
                Err(error) => return Err(error),
            };
        }
        Ok(returned)
    }
}
