//! Messages that were asked for ahead of time. One stands in its conversation's partition at the time at which it is to go, so that
//! it has its place in the thread when it went, and in the index `due` until it is queued, refused or cancelled.
//!
//! Guarantee: each of the three is one write on the state that was seen, and being queued takes the credit in the same transaction:
//! so of a person who cancels and a run that queues, and of two runs, one is too late.
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::ids::{ConversationId, MessageId};
use domain::message::{Fault, Message, State};
use domain::money::Micros;
use domain::sending::Schedule;
use domain::wallet::{Credits, Price};
use serde_json::{Value, json};

use super::media::raw;
use super::price::price_update;
use super::read_message;
use super::rows::{assemble, write_faults};
use crate::codec::{Attributes, pack, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{Values, n, s, values};
use crate::keys::{self, DUE, DUE_SHARDS};
use crate::table::{Order, Range, Store, Updated};

/// How often others may be first at the wallet.
const TRIES_MAX: u32 = 20;
/// Rows of a thread in which an answer is looked for, the latest first.
const THREAD_MAX: usize = 400;

/// How queueing a message whose time has come ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Queued {
    Done,
    /// It is not scheduled any more.
    Changed,
    /// There is not enough credit; none where there is no wallet yet.
    Short {
        credits: Option<Credits>,
    },
}

/// Lists a scheduled message by its time.
pub(super) fn list(item: &mut Attributes, message: &Message) {
    if message.written_state == State::Scheduled
        && let Some(schedule) = &message.dispatch.schedule
    {
        item.insert(DUE.pk.to_owned(), s(keys::scheduled_of(&message.id)));
        item.insert(DUE.sk.to_owned(), s(keys::held_since(schedule.send_at, &message.id)));
    }
}

pub(super) fn write(message: &Message, raw: &mut Value) {
    let Some(schedule) = &message.dispatch.schedule else { return };
    raw["schedule"] = json!({
        "send_at": schedule.send_at.millis(), "asked_at": schedule.asked_at.millis(),
        "only_if_unanswered": schedule.only_if_unanswered,
    });
    if let Some(fallback) = &schedule.fallback {
        raw["schedule"]["fallback"] = fallback.clone();
    }
    if let Some((kind, content)) = &schedule.instead_of {
        raw["schedule"]["instead_of"] = json!({"kind": kind, "content": content});
    }
}

pub(super) fn read(raw: &Value) -> Option<Schedule> {
    let schedule = raw.get("schedule")?;
    let time = |name: &str| schedule[name].as_i64().map(Time::from_millis);
    let replaced = schedule.get("instead_of");
    Some(Schedule {
        send_at: time("send_at")?,
        asked_at: time("asked_at")?,
        only_if_unanswered: schedule["only_if_unanswered"].as_bool().unwrap_or_default(),
        fallback: schedule.get("fallback").cloned(),
        instead_of: replaced.and_then(|of| Some((of["kind"].as_str()?.to_owned(), of["content"].clone()))),
    })
}

impl Store {
    /// Messages of a shard whose time has come, in its order.
    pub async fn messages_due_to_go(&self, shard: u8, now: Time, limit: usize) -> Result<Vec<Message>, StoreError> {
        let until = keys::due_until(now);
        self.messages_due(&keys::scheduled(shard), Some(("0", &until)), limit).await
    }

    /// How many shards there are.
    pub fn due_shards() -> impl Iterator<Item = u8> {
        0..DUE_SHARDS
    }

    /// All that wait, in the order of their times.
    pub async fn messages_scheduled(&self, limit: usize, after: Option<&Cursor>) -> Result<Page<Message>, StoreError> {
        const OPERATION: &str = "messages_scheduled";
        let (mut entries, mut is_more) = (Vec::new(), false);
        for shard in 0..DUE_SHARDS {
            let pk = keys::scheduled(shard);
            let range = Range { index: Some(DUE), pk: &pk, range: None, order: Order::Ascending, limit };
            let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
            is_more |= page.next.is_some();
            entries.extend(page.items);
        }
        let place = |entry: &Attributes| text(entry, DUE.sk).unwrap_or_default().to_owned();
        entries.sort_by_key(place);
        is_more |= entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| is_more).map(|last| Cursor(place(last)));
        let rows = self.rows_of(OPERATION, &entries).await?;
        let items: Result<Vec<Message>, StoreError> =
            rows.into_iter().map(|item| read_message(OPERATION, item)).collect();
        let mut items = items?;
        // The index may lag behind the row.
        items.retain(|message| message.written_state == State::Scheduled);
        Ok(Page { items, next })
    }

    /// Those of one conversation: they stand at the end of its thread.
    pub async fn messages_scheduled_in(
        &self,
        conversation: &ConversationId,
        now: Time,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Message>, StoreError> {
        const OPERATION: &str = "messages_scheduled_in";
        // One that is overdue still waits.
        let first = keys::message(&MessageId::new(conversation, now.minus(Duration::from_secs(3600)), [0; 10])).sk;
        let range = Range {
            index: None,
            pk: conversation.as_str(),
            range: Some((&first, keys::MESSAGES.1)),
            order: Order::Ascending,
            limit,
        };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let (mut rows, next) = (page.items, page.next);
        rows.reverse();
        let mut items = assemble(OPERATION, rows)?.messages;
        items.reverse();
        items.retain(|message| message.written_state == State::Scheduled);
        Ok(Page { items, next })
    }

    /// What stands in a thread from a time on until now, the latest first.
    pub async fn messages_since(
        &self,
        conversation: &ConversationId,
        since: Time,
        now: Time,
    ) -> Result<Vec<Message>, StoreError> {
        const OPERATION: &str = "messages_since";
        let first = keys::message(&MessageId::new(conversation, since.floor(Duration::from_secs(1)), [0; 10])).sk;
        let last = format!("{}~", keys::message(&MessageId::new(conversation, now, [255; 10])).sk);
        let range = Range {
            index: None,
            pk: conversation.as_str(),
            range: Some((&first, &last)),
            order: Order::Descending,
            limit: THREAD_MAX,
        };
        Ok(assemble(OPERATION, self.query(OPERATION, range, None).await?.items)?.messages)
    }

    /// Queues a message whose time has come, as it is to go now, and takes what it holds from the wallet.
    pub async fn schedule_queue(&self, seen: &Message, next: &Message, now: Time) -> Result<Queued, StoreError> {
        const OPERATION: &str = "schedule_queue";
        let (expression, condition, change) = queueing(seen, next, now)?;
        let key = keys::message(&seen.id);
        let Some(price) = &next.price else {
            let updated = self.update(OPERATION, &key, &expression, &condition, change).await?;
            return Ok(if matches!(updated, Updated::Done) { Queued::Done } else { Queued::Changed });
        };
        let total = price.open();
        for _ in 0..TRIES_MAX {
            let taken = values([
                (":total", n(total.get())),
                (":less", n(total.get().saturating_neg())),
                (":currency", s(price.quote.currency.code())),
            ]);
            let transaction = self.transaction(OPERATION).update(&key, &expression, &condition, change.clone()).update(
                &keys::wallet(),
                "ADD #available_micros :less",
                "#available_micros >= :total AND #currency = :currency",
                taken,
            );
            match transaction.commit().await {
                Ok(Ok(())) => return Ok(Queued::Done),
                Ok(Err(failures)) if matches!(failures.first(), Some(Some(_))) => return Ok(Queued::Changed),
                Ok(Err(_)) => {
                    let credits = self.credits_get().await?;
                    if !credits.as_ref().is_some_and(|credits| covers(credits, total, price)) {
                        return Ok(Queued::Short { credits });
                    }
                    // It lies in the purses of busy processes.
                    self.purses_return(None).await?;
                }
                Err(StoreError::Contended { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }

    /// Ends a scheduled message that is not to go; `false` if it is not scheduled any more.
    pub async fn schedule_end(
        &self,
        message: &Message,
        state: State,
        fault: Option<&Fault>,
    ) -> Result<bool, StoreError> {
        let (condition, mut values) = waiting(message);
        values.insert(":state".to_owned(), s(state.word()));
        let mut expression = "SET #state = :state".to_owned();
        if let Some(faults) = fault.and_then(|fault| write_faults(std::slice::from_ref(fault))) {
            values.insert(":faults".to_owned(), s(faults));
            expression.push_str(", #faults = :faults");
        }
        expression.push_str(" REMOVE #due_pk, #due_sk");
        let updated = self.update("schedule_end", &keys::message(&message.id), &expression, &condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}

/// The condition that nobody was first.
fn waiting(seen: &Message) -> (String, Values) {
    let values = values([(":scheduled", s(State::Scheduled.word())), (":attempt", n(seen.attempt))]);
    ("#state = :scheduled AND #attempt = :attempt".to_owned(), values)
}

/// The message's own part of being queued. Its attempt is another one, as its files are asked for anew with each.
fn queueing(seen: &Message, next: &Message, now: Time) -> Result<(String, String, Values), StoreError> {
    let (mut condition, mut change) = waiting(seen);
    let (mut sets, mut removes) = (String::new(), String::new());
    if let Some(price) = &next.price {
        let (expression, more, priced) = price_update(None, price, Some(&seen.id))?;
        let (set, remove) = expression.split_once(" REMOVE ").unwrap_or((&expression, ""));
        sets = format!(", {}", set.trim_start_matches("SET "));
        removes = if remove.is_empty() { String::new() } else { format!(", {remove}") };
        condition = format!("{condition} AND {more}");
        change.extend(priced);
    }
    change.extend(values([(":queued", s(State::Queued.word())), (":now", n(now.millis())), (":one", n(1))]));
    if (&seen.kind, &seen.content) != (&next.kind, &next.content) {
        sets.push_str(", #kind = :kind, #raw = :raw");
        removes.push_str(", #awaits_media, #list_pk, #list_sk");
        change.insert(":kind".to_owned(), s(&next.kind));
        change.insert(":raw".to_owned(), AttributeValue::B(pack(&raw(next)).into()));
    }
    let expression =
        format!("SET #state = :queued, #received_at = :now{sets} REMOVE #due_pk, #due_sk{removes} ADD #attempt :one");
    Ok((expression, condition, change))
}

fn covers(credits: &Credits, total: Micros, price: &Price) -> bool {
    credits.wallet.currency == price.quote.currency && credits.available() >= Some(total)
}
