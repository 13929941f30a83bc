//! The wallet, its ledger, and requests to top it up. An entry's key is its top-up: booking twice is booking once.
use domain::Time;
use domain::ids::TopUpId;
use domain::money::{Currency, Micros};
use domain::wallet::{Entry, EntryKind, TopUp, TopUpState, Wallet};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Order, Put, Range, Store, Updated};

#[derive(Serialize, Deserialize)]
struct WalletRow {
    currency: String,
    balance_micros: i64,
}

impl Row for WalletRow {
    const ENTITY: &'static str = "wallet";
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    top_up_id: String,
    kind: String,
    amount_micros: i64,
    currency: String,
    reason: String,
    by: String,
    at: i64,
}

impl Row for EntryRow {
    const ENTITY: &'static str = "entry";
}

#[derive(Serialize, Deserialize)]
struct TopUpRow {
    id: String,
    amount_micros: i64,
    currency: String,
    reason: String,
    requested_by: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    requested_at: i64,
}

impl Row for TopUpRow {
    const ENTITY: &'static str = "top-up";
}

/// How booking a grant ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    Booked,
    /// The top-up has its outcome already.
    Settled,
    /// The wallet has another currency by now.
    OtherCurrency,
}

fn currency(operation: &'static str, code: &str) -> Result<Currency, StoreError> {
    Currency::parse(code).ok_or_else(|| StoreError::row(operation, "a currency"))
}

pub(crate) fn read_entry(operation: &'static str, item: Attributes) -> Result<Entry, StoreError> {
    let row: EntryRow = decode(operation, item)?;
    Ok(Entry {
        top_up: TopUpId::parse(&row.top_up_id).ok_or_else(|| StoreError::row(operation, "top_up_id"))?,
        kind: EntryKind::parse(&row.kind).ok_or_else(|| StoreError::row(operation, "an entry's kind"))?,
        amount: Micros::new(row.amount_micros),
        currency: currency(operation, &row.currency)?,
        reason: row.reason,
        by: row.by,
        at: Time::from_millis(row.at),
    })
}

pub(crate) fn read_top_up(operation: &'static str, item: Attributes) -> Result<TopUp, StoreError> {
    let row: TopUpRow = decode(operation, item)?;
    Ok(TopUp {
        id: TopUpId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "a top-up's id"))?,
        amount: Micros::new(row.amount_micros),
        currency: currency(operation, &row.currency)?,
        reason: row.reason,
        requested_by: row.requested_by,
        state: TopUpState::parse(&row.state).ok_or_else(|| StoreError::row(operation, "a top-up's state"))?,
        problem: row.problem,
        requested_at: Time::from_millis(row.requested_at),
    })
}

impl Store {
    pub async fn wallet_get(&self) -> Result<Option<Wallet>, StoreError> {
        const OPERATION: &str = "wallet_get";
        let row: Option<WalletRow> = self.get_row(OPERATION, &keys::wallet()).await?;
        let wallet = |row: WalletRow| {
            Ok(Wallet { currency: currency(OPERATION, &row.currency)?, balance: Micros::new(row.balance_micros) })
        };
        row.map(wallet).transpose()
    }

    /// The latest first.
    pub async fn entries_page(&self, limit: usize, after: Option<&Cursor>) -> Result<Page<Entry>, StoreError> {
        const OPERATION: &str = "entries_page";
        let range = Range { index: None, pk: "wallet", range: Some(keys::ENTRIES), order: Order::Descending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let items = page.items.into_iter().map(|item| read_entry(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    pub async fn top_up_create(&self, top_up: &TopUp) -> Result<Put<TopUp>, StoreError> {
        const OPERATION: &str = "top_up_create";
        let row = TopUpRow {
            id: top_up.id.to_string(),
            amount_micros: top_up.amount.get(),
            currency: top_up.currency.code().to_owned(),
            reason: top_up.reason.clone(),
            requested_by: top_up.requested_by.clone(),
            state: top_up.state.to_string(),
            problem: top_up.problem.clone(),
            requested_at: top_up.requested_at.millis(),
        };
        match self.put_new(OPERATION, encode(OPERATION, &keys::top_up(&top_up.id), None, &row)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read_top_up(OPERATION, item)?)),
        }
    }

    pub async fn top_up_get(&self, id: &TopUpId) -> Result<Option<TopUp>, StoreError> {
        const OPERATION: &str = "top_up_get";
        self.get(OPERATION, &keys::top_up(id)).await?.map(|item| read_top_up(OPERATION, item)).transpose()
    }

    /// Books a grant: the entry, the balance and the top-up's state change together or not at all.
    pub async fn grant_book(&self, entry: &Entry) -> Result<Granted, StoreError> {
        const OPERATION: &str = "grant_book";
        let row = EntryRow {
            top_up_id: entry.top_up.to_string(),
            kind: entry.kind.to_string(),
            amount_micros: entry.amount.get(),
            currency: entry.currency.code().to_owned(),
            reason: entry.reason.clone(),
            by: entry.by.clone(),
            at: entry.at.millis(),
        };
        let granted =
            values([(":granted", s(TopUpState::Granted.word())), (":requested", s(TopUpState::Requested.word()))]);
        let credit = values([
            (":amount", n(entry.amount.get())),
            (":currency", s(entry.currency.code())),
            (":entity", s(WalletRow::ENTITY)),
            (":v", n(WalletRow::VERSION)),
        ]);
        let outcome = self
            .transaction(OPERATION)
            .put_new(encode(OPERATION, &keys::entry(&entry.top_up), None, &row)?)
            .update(
                &keys::wallet(),
                "SET #currency = :currency, #entity = :entity, #v = :v ADD #balance_micros :amount",
                "attribute_not_exists(#currency) OR #currency = :currency",
                credit,
            )
            .update(&keys::top_up(&entry.top_up), "SET #state = :granted", "#state = :requested", granted)
            .commit()
            .await?;
        Ok(match outcome.as_ref().map_err(Vec::as_slice) {
            Ok(()) => Granted::Booked,
            Err([None, Some(_), None]) => Granted::OtherCurrency,
            Err(_) => Granted::Settled,
        })
    }

    /// `false` if the top-up has its outcome already.
    pub async fn top_up_refuse(&self, id: &TopUpId, problem: &str) -> Result<bool, StoreError> {
        let values = values([
            (":refused", s(TopUpState::Refused.word())),
            (":requested", s(TopUpState::Requested.word())),
            (":problem", s(problem)),
        ]);
        let expression = "SET #state = :refused, #problem = :problem";
        let updated =
            self.update("top_up_refuse", &keys::top_up(id), expression, "#state = :requested", values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
