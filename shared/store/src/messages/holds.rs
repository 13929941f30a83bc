//! Messages that are held back: still queued, found by the index `due`, and sent on as another attempt.
//!
//! A hold is written before its task is acknowledged, and released by a write that counts the attempt up; so nothing is
//! lost between the two, and a task of an attempt that is over says nothing.
use domain::Time;
use domain::health::BlockReason;
use domain::ids::{ChannelId, MessageId};
use domain::message::{Fault, HoldState, Message, State};
use domain::sending::{HoldPlan, waits};

use super::read_message;
use super::rows::{assemble, write_faults};
use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, DUE, DUE_SHARDS};
use crate::table::{Order, Range, Store, Updated};

/// Rows read at once of what stands ahead of a message.
const PAGE: usize = 100;

impl Store {
    /// Holds a queued message; `false` if it is none any more.
    pub async fn message_hold(&self, message: &Message, plan: &HoldPlan) -> Result<bool, StoreError> {
        let (due_pk, due_sk) = match (plan.reason, plan.until) {
            (BlockReason::Pace, until) => {
                (keys::paced_of(&message.id), keys::held_since(until.unwrap_or(message.received_at), &message.id))
            }
            (reason, _) => {
                (keys::held(&message.channel_id, reason), keys::held_since(message.received_at, &message.id))
            }
        };
        let mut values = values([
            (":queued", s(State::Queued.word())),
            (":attempt", n(message.attempt)),
            (":reason", s(plan.reason.word())),
            (":held", s(HoldState::Held.word())),
            (":due_pk", s(due_pk)),
            (":due_sk", s(due_sk)),
        ]);
        let mut expression =
            "SET #hold = :reason, #hold_state = :held, #due_pk = :due_pk, #due_sk = :due_sk".to_owned();
        match plan.until {
            Some(until) => {
                expression.push_str(", #hold_until = :until");
                values.insert(":until".to_owned(), n(until.millis()));
            }
            None => expression.push_str(" REMOVE #hold_until"),
        }
        let condition = "#state = :queued AND #attempt = :attempt";
        let updated = self.update("message_hold", &keys::message(&message.id), &expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// Sends a held message on, as another attempt. `to`: whether it goes for good or to find out. `false` if it is not
    /// held any more.
    pub async fn message_send_on(&self, message: &Message, to: HoldState) -> Result<bool, StoreError> {
        let values = values([
            (":queued", s(State::Queued.word())),
            (":attempt", n(message.attempt)),
            (":held", s(HoldState::Held.word())),
            (":to", s(to.word())),
            (":one", n(1)),
        ]);
        let expression = "SET #hold_state = :to REMOVE #due_pk, #due_sk ADD #attempt :one";
        let condition = "#state = :queued AND #attempt = :attempt AND #hold_state = :held";
        let key = keys::message(&message.id);
        let updated = self.update("message_send_on", &key, expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// Refuses a held message for good; `false` if it is not held any more.
    pub async fn message_hold_end(&self, message: &Message, fault: &Fault) -> Result<bool, StoreError> {
        let faults = write_faults(std::slice::from_ref(fault)).unwrap_or_default();
        let values = values([
            (":queued", s(State::Queued.word())),
            (":attempt", n(message.attempt)),
            (":held", s(HoldState::Held.word())),
            (":refused", s(State::Refused.word())),
            (":faults", s(faults)),
        ]);
        let expression = "SET #state = :refused, #faults = :faults REMOVE #due_pk, #due_sk";
        let condition = "#state = :queued AND #attempt = :attempt AND #hold_state = :held";
        let key = keys::message(&message.id);
        let updated = self.update("message_hold_end", &key, expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// Why a message still waits that stands before this one in its conversation, from `from` on, if one does.
    pub async fn message_ahead(&self, message: &Message, from: &MessageId) -> Result<Option<BlockReason>, StoreError> {
        const OPERATION: &str = "message_ahead";
        let (first, own) = (keys::message(from).sk, keys::message(&message.id).sk);
        let mut items = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let range = Range {
                index: None,
                pk: message.conversation_id.as_str(),
                range: Some((&first, &own)),
                order: Order::Descending,
                limit: PAGE,
            };
            let page = self.query(OPERATION, range, after.as_ref().map(|cursor| cursor.0.as_str())).await?;
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let messages = assemble(OPERATION, items)?.messages;
        Ok(messages.iter().filter(|earlier| earlier.id != message.id).find_map(waits))
    }

    /// The messages of a channel that are held for one reason, in the order in which they were asked for.
    pub async fn messages_held(
        &self,
        channel: &ChannelId,
        reason: BlockReason,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        self.messages_due(&keys::held(channel, reason), None, limit).await
    }

    /// Messages whose turn in their conversation has come; at most `limit` of each shard.
    pub async fn messages_paced(&self, now: Time, limit: usize) -> Result<Vec<Message>, StoreError> {
        let until = keys::due_until(now);
        let mut due = Vec::new();
        for shard in 0..DUE_SHARDS {
            due.extend(self.messages_due(&keys::paced(shard), Some(("0", &until)), limit).await?);
        }
        Ok(due)
    }

    pub(super) async fn messages_due(
        &self,
        pk: &str,
        range: Option<(&str, &str)>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        const OPERATION: &str = "messages_due";
        let range = Range { index: Some(DUE), pk, range, order: Order::Ascending, limit };
        let entries = self.query(OPERATION, range, None).await?.items;
        let rows = self.rows_of(OPERATION, &entries).await?;
        rows.into_iter().map(|item| read_message(OPERATION, item)).collect()
    }
}
