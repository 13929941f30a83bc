//! The one way in which money moves: bookings, each an entry or a hold that is freed, together with what must change with it.
//!
//! Guarantee: an entry, the balance and what the booking follows from change in one transaction. What a booking follows from
//! is a condition of it, so that it is made once however often it is asked for.
use std::collections::HashSet;

use domain::Time;
use domain::calendar::Month;
use domain::ids::{ChannelId, ConversationId, MessageId};
use domain::money::{Currency, Micros};
use domain::pricing::Quote;
use domain::wallet::{Entry, Line, Overflow, Price, PriceState, Wallet};

use super::{EntryRow, WalletRow};
use crate::codec::{Row, encode};
use crate::error::StoreError;
use crate::expression::{Values, n, s, values};
use crate::keys;
use crate::messages::price_update;
use crate::rates::Counts;
use crate::table::{Store, Transaction};

/// How often others may be first.
const TRIES_MAX: u32 = 50;
/// DynamoDB takes this many writes in a transaction.
const WRITES_MAX: usize = 100;

#[derive(Clone, Debug)]
pub struct Booking {
    /// The entry; none where a hold is freed and nothing is paid.
    pub line: Option<Line>,
    /// What was held for it until now.
    pub freed: Micros,
    pub sides: Vec<Side>,
    /// What it adds to the counts that later quotes are forecast by.
    pub counted: Option<Counted>,
}

/// A message that was settled, to be counted.
#[derive(Clone, Debug)]
pub struct Counted {
    pub quote: Quote,
    pub channel: ChannelId,
    pub conversation: ConversationId,
    /// When Meta delivered it.
    pub at: Time,
    /// Of the account's time zone.
    pub month: Month,
}

/// What must be so for a booking, and becomes otherwise with it.
#[derive(Clone, Debug)]
pub enum Side {
    /// The message's price was in this state, or it had none, and is `to` from then on.
    Price { message: MessageId, from: Option<PriceState>, to: Price },
    /// A fact of which there is one booking for ever.
    Once(String),
    /// Anything else, by an update of one row.
    Row(RowSide),
}

impl Side {
    /// The row that it writes.
    fn key(&self) -> keys::Key {
        match self {
            Side::Price { message, .. } => keys::message(message),
            Side::Once(fact) => keys::once(fact),
            Side::Row(row) => row.key.clone(),
        }
    }
}

/// An update of one row as part of a booking.
#[derive(Clone, Debug)]
pub struct RowSide {
    pub(crate) key: keys::Key,
    pub(crate) expression: String,
    pub(crate) condition: String,
    pub(crate) values: Values,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Booked {
    /// With the entry, if it makes one.
    Now(Option<Box<Entry>>),
    /// What it follows from is not so any more: it was booked before, or is not to be.
    Before,
    /// The wallet has another currency.
    OtherCurrency(Currency),
    /// The balance would be larger than can be counted.
    Overflow,
}

/// How bookings ended, in their order.
#[derive(Clone, Debug)]
pub struct Bookings {
    pub outcomes: Vec<Booked>,
    /// How often others were first.
    pub retries: u32,
}

impl Store {
    /// Makes bookings in `currency`, in their order. Those that share a transaction are made together.
    pub async fn book(&self, currency: &Currency, bookings: &[Booking], now: Time) -> Result<Bookings, StoreError> {
        let mut outcomes: Vec<Option<Booked>> = vec![None; bookings.len()];
        let mut retries = 0;
        while outcomes.iter().any(Option::is_none) {
            if retries >= TRIES_MAX {
                return Err(StoreError::Contended { operation: "book" });
            }
            let wallet = self.wallet_get().await?;
            if let Some(other) = wallet.as_ref().filter(|wallet| wallet.currency != *currency) {
                let other = Booked::OtherCurrency(other.currency.clone());
                outcomes
                    .iter_mut()
                    .filter(|outcome| outcome.is_none())
                    .for_each(|outcome| *outcome = Some(other.clone()));
                break;
            }
            let batch = Batch::of(wallet, currency, bookings, &mut outcomes, now);
            if !self.book_batch(batch, &mut outcomes).await? {
                retries += 1;
            }
        }
        Ok(Bookings { outcomes: outcomes.into_iter().flatten().collect(), retries })
    }

    /// `false`: others were first.
    async fn book_batch(&self, batch: Batch<'_>, outcomes: &mut [Option<Booked>]) -> Result<bool, StoreError> {
        const OPERATION: &str = "book";
        if batch.planned.is_empty() {
            return Ok(true);
        }
        let mut transaction = self.transaction(OPERATION);
        // Which booking each write is of.
        let mut owners = Vec::new();
        if batch.moves() {
            transaction = batch.wallet(transaction);
            owners.push(None);
        }
        for planned in &batch.planned {
            if let Some(entry) = &planned.entry {
                let item = encode(OPERATION, &keys::entry(entry.seq), None, &EntryRow::of(entry))?;
                transaction = transaction.put_new(item);
                owners.push(None);
            }
            for side in &planned.booking.sides {
                transaction = write(transaction, side)?;
                owners.push(Some(planned.place));
            }
        }
        for side in batch.counts().sides() {
            transaction = write(transaction, &side)?;
            owners.push(None);
        }
        let failures = match transaction.commit().await {
            Ok(Ok(())) => {
                for planned in batch.planned {
                    if let Some(outcome) = outcomes.get_mut(planned.place) {
                        *outcome = Some(Booked::Now(planned.entry.map(Box::new)));
                    }
                }
                return Ok(true);
            }
            Ok(Err(failures)) => failures,
            Err(StoreError::Contended { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let mut is_told = false;
        for (owner, failure) in owners.iter().zip(&failures) {
            if let (Some(place), Some(_)) = (owner, failure)
                && let Some(outcome) = outcomes.get_mut(*place)
            {
                *outcome = Some(Booked::Before);
                is_told = true;
            }
        }
        Ok(is_told)
    }
}

struct Planned<'a> {
    place: usize,
    booking: &'a Booking,
    entry: Option<Entry>,
}

/// The first open bookings, as many as a transaction takes.
struct Batch<'a> {
    seen: Option<Wallet>,
    after: Wallet,
    planned: Vec<Planned<'a>>,
}

impl<'a> Batch<'a> {
    fn of(
        seen: Option<Wallet>,
        currency: &Currency,
        bookings: &'a [Booking],
        outcomes: &mut [Option<Booked>],
        now: Time,
    ) -> Batch<'a> {
        let mut after = seen.clone().unwrap_or_else(|| Wallet::empty(currency.clone()));
        let (mut planned, mut writes, mut touched) = (Vec::new(), 1, HashSet::new());
        for (place, (booking, outcome)) in bookings.iter().zip(outcomes).enumerate() {
            if outcome.is_some() {
                continue;
            }
            let rows: Vec<keys::Key> = booking.sides.iter().map(Side::key).collect();
            // What is counted takes two more at most.
            let more = usize::from(booking.line.is_some()) + rows.len() + 2 * usize::from(booking.counted.is_some());
            let is_full = writes + more > WRITES_MAX || rows.iter().any(|row| touched.contains(row));
            // A transaction writes no row twice either. The rest waits, so that all keep their order.
            if is_full && !planned.is_empty() {
                break;
            }
            match after.book(booking.line.clone(), booking.freed, now) {
                Ok((next, entry)) => {
                    after = next;
                    writes += more;
                    touched.extend(rows);
                    planned.push(Planned { place, booking, entry });
                }
                Err(Overflow) => *outcome = Some(Booked::Overflow),
            }
        }
        Batch { seen, after, planned }
    }

    /// What only counts leaves the wallet as it is, or is not.
    fn moves(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| *seen != self.after)
            || self.planned.iter().any(|planned| planned.entry.is_some())
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for Counted { quote, channel, conversation, at, month } in
            self.planned.iter().filter_map(|planned| planned.booking.counted.as_ref())
        {
            counts.add(quote, channel, conversation, *at, *month);
        }
        counts
    }

    /// Holds take from what is available meanwhile: it is moved by what was booked, and not set.
    fn wallet<'t>(&self, transaction: Transaction<'t>) -> Transaction<'t> {
        let before = self.seen.as_ref().map_or(Micros::ZERO, |seen| seen.available);
        let moved = self.after.available.checked_sub(before).unwrap_or_default();
        let mut values = values([
            (":moved", n(moved.get())),
            (":posted", n(self.after.posted.get())),
            (":seq", n(self.after.seq)),
            (":last_at", n(self.after.last_at.millis())),
            (":currency", s(self.after.currency.code())),
            (":entity", s(WalletRow::ENTITY)),
            (":v", n(WalletRow::VERSION)),
        ]);
        let condition = match &self.seen {
            None => "attribute_not_exists(#pk)",
            Some(seen) => {
                values.insert(":seen".to_owned(), n(seen.seq));
                "#seq = :seen"
            }
        };
        let expression = "SET #posted_micros = :posted, #seq = :seq, #last_at = :last_at, #currency = :currency, \
                          #entity = :entity, #v = :v ADD #available_micros :moved";
        transaction.update(&keys::wallet(), expression, condition, values)
    }
}

fn write<'t>(transaction: Transaction<'t>, side: &Side) -> Result<Transaction<'t>, StoreError> {
    let key = side.key();
    Ok(match side {
        Side::Price { from, to, .. } => {
            let (expression, condition, values) = price_update(*from, to, None)?;
            transaction.update(&key, &expression, &condition, values)
        }
        Side::Once(_) => transaction.put_new(crate::codec::bare("book", &key, "once")?),
        Side::Row(row) => transaction.update(&key, &row.expression, &row.condition, row.values.clone()),
    })
}
