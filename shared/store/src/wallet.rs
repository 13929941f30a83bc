//! The wallet and its ledger. Entries are numbered without gaps and never changed; what moves money is in `wallet/book.rs`.
use domain::Time;
use domain::ids::{ChannelId, ContactId, MessageId};
use domain::money::{Currency, Micros};
use domain::wallet::{Charged, Credits, Entry, EntryKind, Line, Wallet};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys;
use crate::messages::QuoteRow;
use crate::table::{Order, Range, Store};

mod adjustments;
mod book;
mod holds;
mod payer;
mod proof;
mod purses;
mod recharge;
mod reconciliations;
mod till;
mod top_ups;

pub(crate) use adjustments::read as read_adjustment;
pub(crate) use book::RowSide;
pub use book::{Booked, Booking, Bookings, Counted, Side};
pub use holds::Taken;
pub use proof::Proved;
pub(crate) use proof::read as read_proof;
pub(crate) use recharge::read as read_recharge;
pub(crate) use reconciliations::read as read_reconciliation;
pub use till::{Accepted, Till};
pub(crate) use top_ups::read as read_top_up;

/// How many entries are looked at in one go.
const STEP: usize = 100;
/// As much as DynamoDB gives at once, where many are wanted.
const EACH: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct WalletRow {
    currency: String,
    posted_micros: i64,
    available_micros: i64,
    seq: u64,
    last_at: i64,
}

impl Row for WalletRow {
    const ENTITY: &'static str = "wallet";
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    seq: u64,
    kind: String,
    amount_micros: i64,
    posted_after_micros: i64,
    currency: String,
    at: i64,
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(flatten)]
    about: Option<ChargedRow>,
}

impl Row for EntryRow {
    const ENTITY: &'static str = "entry";
}

#[derive(Serialize, Deserialize)]
struct ChargedRow {
    message_id: String,
    channel_id: String,
    contact_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    wamid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(flatten)]
    quote: QuoteRow,
}

fn currency(operation: &'static str, code: &str) -> Result<Currency, StoreError> {
    Currency::parse(code).ok_or_else(|| StoreError::row(operation, "a currency"))
}

impl EntryRow {
    fn of(entry: &Entry) -> EntryRow {
        let line = &entry.line;
        EntryRow {
            seq: entry.seq,
            kind: line.kind.to_string(),
            amount_micros: line.amount.get(),
            posted_after_micros: entry.posted_after.get(),
            currency: entry.currency.code().to_owned(),
            at: entry.at.millis(),
            reference: line.reference.clone(),
            reason: line.reason.clone(),
            by: line.by.clone(),
            about: line.about.as_ref().map(ChargedRow::of),
        }
    }
}

impl ChargedRow {
    fn of(about: &Charged) -> ChargedRow {
        ChargedRow {
            message_id: about.message.to_string(),
            channel_id: about.channel.to_string(),
            contact_id: about.contact.to_string(),
            wamid: about.wamid.clone(),
            template: about.template.clone(),
            agent: about.agent.clone(),
            quote: QuoteRow::of(&about.quote),
        }
    }

    fn read(self, operation: &'static str) -> Result<Charged, StoreError> {
        let odd = || StoreError::row(operation, "whom an entry is about");
        Ok(Charged {
            message: MessageId::parse(&self.message_id).ok_or_else(odd)?,
            channel: ChannelId::parse(&self.channel_id).ok_or_else(odd)?,
            contact: ContactId::parse(&self.contact_id).ok_or_else(odd)?,
            wamid: self.wamid,
            template: self.template,
            agent: self.agent,
            quote: self.quote.read(operation)?,
        })
    }
}

pub(crate) fn read_entry(operation: &'static str, item: Attributes) -> Result<Entry, StoreError> {
    let row: EntryRow = decode(operation, item)?;
    Ok(Entry {
        seq: row.seq,
        line: Line {
            kind: EntryKind::parse(&row.kind).ok_or_else(|| StoreError::row(operation, "an entry's kind"))?,
            amount: Micros::new(row.amount_micros),
            reference: row.reference,
            reason: row.reason,
            by: row.by,
            about: row.about.map(|about| about.read(operation)).transpose()?,
        },
        currency: currency(operation, &row.currency)?,
        posted_after: Micros::new(row.posted_after_micros),
        at: Time::from_millis(row.at),
    })
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Wallet, StoreError> {
    let row: WalletRow = decode(operation, item)?;
    Ok(Wallet {
        currency: currency(operation, &row.currency)?,
        posted: Micros::new(row.posted_micros),
        available: Micros::new(row.available_micros),
        seq: row.seq,
        last_at: Time::from_millis(row.last_at),
    })
}

/// Only entries of which all that is given is true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryFilter {
    pub kind: Option<EntryKind>,
    pub from: Option<Time>,
    /// The first moment that is not wanted any more.
    pub until: Option<Time>,
    pub message: Option<MessageId>,
    pub reference: Option<String>,
}

impl EntryFilter {
    fn takes(&self, entry: &Entry) -> bool {
        let about = entry.line.about.as_ref();
        self.kind.is_none_or(|kind| entry.line.kind == kind)
            && self.from.is_none_or(|from| from <= entry.at)
            && self.until.is_none_or(|until| entry.at < until)
            && self.message.as_ref().is_none_or(|message| about.is_some_and(|about| about.message == *message))
            && self.reference.as_ref().is_none_or(|reference| entry.line.reference == *reference)
    }
}

impl Store {
    pub async fn wallet_get(&self) -> Result<Option<Wallet>, StoreError> {
        const OPERATION: &str = "wallet_get";
        self.get(OPERATION, &keys::wallet()).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// The wallet with what is leased out of it.
    pub async fn credits_get(&self) -> Result<Option<Credits>, StoreError> {
        let Some(wallet) = self.wallet_get().await? else { return Ok(None) };
        let leased = Micros::sum(self.purses().await?.into_iter().map(|purse| purse.available));
        Ok(Some(Credits { wallet, leased: leased.unwrap_or_default() }))
    }

    /// The latest first.
    pub async fn entries_page(
        &self,
        filter: &EntryFilter,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Entry>, StoreError> {
        const OPERATION: &str = "entries_page";
        // The numbers of entries follow their times: both ends are found by halving.
        let low = match filter.from {
            Some(from) => self.entry_from(from).await?,
            None => 0,
        };
        let high = match filter.until {
            Some(until) => self.entry_from(until).await?,
            None => u64::MAX,
        };
        let (low, high) = (keys::entry(low).sk, keys::entry(high).sk);
        let mut items = Vec::new();
        let mut place = after.map(|cursor| cursor.0.clone());
        loop {
            let range = Range {
                index: None,
                pk: keys::WALLET,
                range: Some((&low, &high)),
                order: Order::Descending,
                limit: STEP.max(limit),
            };
            let page = self.query(OPERATION, range, place.as_deref()).await?;
            for item in page.items {
                let entry = read_entry(OPERATION, item)?;
                if filter.takes(&entry) {
                    items.push(entry);
                }
            }
            place = page.next.map(|cursor| cursor.0);
            if place.is_none() || items.len() > limit {
                break;
            }
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|entry| Cursor(keys::entry(entry.seq).sk));
        Ok(Page { items, next })
    }

    /// Entries from `seq` on in their order, at most `limit`.
    pub async fn entries_from(&self, seq: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        const OPERATION: &str = "entries_from";
        let (low, high) = (keys::entry(seq).sk, keys::entry(u64::MAX).sk);
        let range = Range { index: None, pk: keys::WALLET, range: Some((&low, &high)), order: Order::Ascending, limit };
        let page = self.query(OPERATION, range, None).await?;
        page.items.into_iter().map(|item| read_entry(OPERATION, item)).collect()
    }

    /// Goes through the entries that were made from `from` on and before `until`, in their order, and stops after `most`;
    /// whether that was all.
    pub async fn entries_each<E: From<StoreError>>(
        &self,
        from: Time,
        until: Time,
        most: usize,
        mut each: impl FnMut(&Entry) -> Result<(), E>,
    ) -> Result<bool, E> {
        let (mut next, mut seen) = (self.entry_from(from).await?, 0);
        loop {
            let entries = self.entries_from(next, EACH).await?;
            for entry in &entries {
                if entry.at >= until {
                    return Ok(true);
                }
                if seen == most {
                    return Ok(false);
                }
                each(entry)?;
                seen += 1;
            }
            match entries.last() {
                Some(last) if entries.len() == EACH => next = last.seq.saturating_add(1),
                Some(_) | None => return Ok(true),
            }
        }
    }

    /// The number of the first entry that was made at `at` or later; one more than the last if there is none.
    pub async fn entry_from(&self, at: Time) -> Result<u64, StoreError> {
        const OPERATION: &str = "entry_from";
        let (mut low, mut high) = (1, self.wallet_get().await?.map_or(0, |wallet| wallet.seq).saturating_add(1));
        while low < high {
            let middle = low.midpoint(high);
            let item = self.get(OPERATION, &keys::entry(middle)).await?;
            match item.map(|item| read_entry(OPERATION, item)).transpose()? {
                Some(entry) if entry.at < at => low = middle.saturating_add(1),
                Some(_) | None => high = middle,
            }
        }
        Ok(low)
    }
}
