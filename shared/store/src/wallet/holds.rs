//! Messages that hold credit: taking it in the transaction that accepts them, and finding them by the time at which Meta's word is
//! waited for no longer.
use domain::Time;
use domain::message::{Message, State};
use domain::money::Micros;
use domain::wallet::{Price, PriceState};

use crate::codec::text;
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, HOLD_SHARDS, HOLDS};
use crate::messages::{outbound_item, price_update, read_message};
use crate::table::{Order, Range, Store, Updated};

/// How taking credit for messages ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    New,
    /// One of the messages is there already.
    Before,
    /// There is not enough where it was to be taken from.
    Short,
}

impl Store {
    /// Writes messages as queued, and takes what they hold together from a purse or from the wallet, all or nothing.
    pub async fn messages_accept(
        &self,
        messages: &[Message],
        total: Micros,
        purse: Option<&str>,
    ) -> Result<Taken, StoreError> {
        const OPERATION: &str = "messages_accept";
        let currency = messages.iter().find_map(|message| Some(&message.price.as_ref()?.quote.currency));
        let mut transaction = self.transaction(OPERATION);
        for message in messages {
            transaction = transaction.put_new(outbound_item(OPERATION, message)?);
        }
        let mut taken = values([(":total", n(total.get())), (":less", n(total.get().saturating_neg()))]);
        let mut condition = "#available_micros >= :total";
        if let Some(currency) = currency {
            taken.insert(":currency".to_owned(), s(currency.code()));
            condition = "#available_micros >= :total AND #currency = :currency";
        }
        let key = purse.map_or_else(keys::wallet, keys::purse);
        let outcome = transaction.update(&key, "ADD #available_micros :less", condition, taken).commit().await?;
        Ok(match outcome {
            Ok(()) => Taken::New,
            Err(failures) if failures.iter().take(messages.len()).any(Option::is_some) => Taken::Before,
            Err(_) => Taken::Short,
        })
    }

    /// Takes `more` from the wallet for a message that is still to go out: its price, if it has one, becomes `to`.
    pub async fn hold_raise(&self, message: &Message, to: &Price, more: Micros) -> Result<Taken, StoreError> {
        let from = message.price.as_ref().map(|price| price.state);
        let (expression, mut condition, mut change) = price_update(from, to, Some(&message.id))?;
        condition.push_str(" AND #state = :queued AND #attempt = :attempt");
        change.insert(":queued".to_owned(), s(State::Queued.word()));
        change.insert(":attempt".to_owned(), n(message.attempt));
        let taken = values([
            (":more", n(more.get())),
            (":less", n(more.get().saturating_neg())),
            (":currency", s(to.quote.currency.code())),
        ]);
        let outcome = self
            .transaction("hold_raise")
            .update(&keys::message(&message.id), &expression, &condition, change)
            .update(
                &keys::wallet(),
                "ADD #available_micros :less",
                "#available_micros >= :more AND #currency = :currency",
                taken,
            )
            .commit()
            .await?;
        Ok(match outcome.as_ref().map_err(Vec::as_slice) {
            Ok(()) => Taken::New,
            Err([Some(_), _]) => Taken::Before,
            Err(_) => Taken::Short,
        })
    }

    /// Messages whose hold was to end before `until`, the longest overdue first, at most `limit` of each shard; all that hold
    /// credit where it is none.
    pub async fn messages_holding(&self, until: Option<Time>, limit: usize) -> Result<Vec<Message>, StoreError> {
        const OPERATION: &str = "messages_holding";
        let last = until.map_or_else(|| "~".to_owned(), keys::due_until);
        let mut found = Vec::new();
        for shard in 0..HOLD_SHARDS {
            let pk = keys::holds(shard);
            let range =
                Range { index: Some(HOLDS), pk: &pk, range: Some(("0", &last)), order: Order::Ascending, limit };
            let entries = self.query(OPERATION, range, None).await?.items;
            let rows = self.rows_of(OPERATION, &entries).await?;
            // The index may lag behind the row.
            let held = rows.into_iter().filter(|row| text(row, "price_state") == Some(PriceState::Held.word()));
            let held: Result<Vec<Message>, StoreError> = held.map(|item| read_message(OPERATION, item)).collect();
            found.extend(held?);
        }
        Ok(found)
    }

    /// Waits longer for Meta's word; `false` if the hold has ended or was put off by others.
    pub async fn hold_extend(&self, message: &Message, until: Time) -> Result<bool, StoreError> {
        let Some(price) = &message.price else { return Ok(false) };
        let values = values([
            (":held", s(PriceState::Held.word())),
            (":before", n(price.expires_at.millis())),
            (":until", n(until.millis())),
            (":sk", s(keys::hold(until, &message.id).1)),
        ]);
        let expression = "SET #price_until = :until, #holds_sk = :sk";
        let condition = "#price_state = :held AND #price_until = :before";
        let updated = self.update("hold_extend", &keys::message(&message.id), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
