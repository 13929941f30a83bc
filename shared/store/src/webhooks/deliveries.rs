//! Deliveries: one row for each webhook and event, whose state is the lease of whoever tries. It is in an index only while
//! things do not go well.
use std::time::Duration;

use domain::Time;
use domain::event::Event;
use domain::ids::{DeliveryId, EventId, WebhookId};
use domain::webhook::{Attempt, Delivery, DeliveryState, Lease};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::events::EventPart;
use crate::expression::{n, values};
use crate::keys::{self, DUE, DUE_SHARDS, LIST};
use crate::table::{Order, Put, Range, Store};

/// How long the log is kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many reads one page of the log may cost: of deliveries in a rare state it then has fewer, and goes on.
const READS_MAX: usize = 10;

#[derive(Serialize, Deserialize)]
struct DeliveryRow {
    id: String,
    event: EventPart,
    state: String,
    tries: u32,
    tries_in_a_row: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_holder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<AttemptRow>,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<i64>,
    revision: u32,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_sk: Option<String>,
}

impl Row for DeliveryRow {
    const ENTITY: &'static str = "webhook-delivery";
}

#[derive(Serialize, Deserialize)]
struct AttemptRow {
    at: i64,
    took_ms: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

fn is_listed(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Waiting | DeliveryState::Failed | DeliveryState::Cancelled)
}

fn item(operation: &'static str, delivery: &Delivery) -> Result<Attributes, StoreError> {
    let (due_pk, due_sk) = delivery.next_try_at.map(|at| keys::due_delivery(at, &delivery.id)).unzip();
    let last = delivery.last.as_ref().map(|last| AttemptRow {
        at: last.at.millis(),
        took_ms: last.took_ms,
        status: last.status,
        answer: last.answer.clone(),
        problem: last.problem.clone(),
    });
    let row = DeliveryRow {
        id: delivery.id.to_string(),
        event: EventPart::of(&delivery.event),
        state: delivery.state.to_string(),
        tries: delivery.tries,
        tries_in_a_row: delivery.tries_in_a_row,
        asked_by: delivery.asked_by.clone(),
        lease_holder: delivery.lease.as_ref().map(|lease| lease.holder.clone()),
        lease_until: delivery.lease.as_ref().map(|lease| lease.until.millis()),
        next_try_at: delivery.next_try_at.map(Time::millis),
        last,
        created_at: delivery.created_at.millis(),
        settled_at: delivery.settled_at.map(Time::millis),
        revision: delivery.revision,
        expires_at: delivery.created_at.plus(KEPT).seconds(),
        due_pk,
        due_sk,
    };
    let list = is_listed(delivery.state).then(|| keys::list_deliveries(&delivery.id, delivery.state.word()));
    encode(operation, &keys::delivery(&delivery.id), list.as_ref(), &row)
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Delivery, StoreError> {
    let row: DeliveryRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a delivery with {what} unreadable"));
    let id = DeliveryId::parse(&row.id).ok_or_else(|| odd("its id"))?;
    let lease = row.lease_holder.zip(row.lease_until);
    Ok(Delivery {
        webhook_id: id.webhook(),
        id,
        event: row.event.read(operation)?,
        state: DeliveryState::parse(&row.state).ok_or_else(|| odd("its state"))?,
        tries: row.tries,
        tries_in_a_row: row.tries_in_a_row,
        asked_by: row.asked_by,
        lease: lease.map(|(holder, until)| Lease { holder, until: Time::from_millis(until) }),
        next_try_at: row.next_try_at.map(Time::from_millis),
        last: row.last.map(|last| Attempt {
            at: Time::from_millis(last.at),
            took_ms: last.took_ms,
            status: last.status,
            answer: last.answer,
            problem: last.problem,
        }),
        created_at: Time::from_millis(row.created_at),
        settled_at: row.settled_at.map(Time::from_millis),
        revision: row.revision,
    })
}

impl Store {
    /// Writes the row of a delivery that has none yet.
    pub async fn delivery_create(&self, delivery: &Delivery) -> Result<Put<Box<Delivery>>, StoreError> {
        const OPERATION: &str = "delivery_create";
        match self.put_new(OPERATION, item(OPERATION, delivery)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(Box::new(read(OPERATION, item)?))),
        }
    }

    pub async fn delivery_get(&self, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
        const OPERATION: &str = "delivery_get";
        self.get(OPERATION, &keys::delivery(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// Writes `next` in place of the revision before it; `false` if others were faster.
    pub async fn delivery_update(&self, next: &Delivery) -> Result<bool, StoreError> {
        const OPERATION: &str = "delivery_update";
        let seen = values([(":seen", n(next.revision.saturating_sub(1)))]);
        self.put_where(OPERATION, item(OPERATION, next)?, "#revision = :seen", seen).await
    }

    /// The log of a webhook, the latest event first. A page may have fewer deliveries than `limit`, or none, and still have a
    /// next one.
    pub async fn deliveries_page(
        &self,
        webhook: &WebhookId,
        state: Option<DeliveryState>,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Delivery>, StoreError> {
        const OPERATION: &str = "deliveries_page";
        if let Some(state) = state.filter(|state| is_listed(*state)) {
            let pk = keys::list_deliveries_of(webhook, state.word());
            let range = Range { index: Some(LIST), pk: &pk, range: None, order: Order::Descending, limit };
            let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
            let rows = self.rows_of(OPERATION, &page.items).await?.into_iter();
            let read: Result<Vec<Delivery>, StoreError> = rows.map(|item| read(OPERATION, item)).collect();
            // The index may lag behind the row.
            let items = read?.into_iter().filter(|delivery| delivery.state == state).collect();
            return Ok(Page { items, next: page.next });
        }
        let mut items = Vec::new();
        let mut place = after.cloned();
        for _ in 0..READS_MAX {
            let left = limit.saturating_sub(items.len());
            let range = Some(keys::DELIVERIES);
            let range = Range { index: None, pk: webhook.as_str(), range, order: Order::Descending, limit: left };
            let page = self.query(OPERATION, range, place.as_ref().map(|cursor| cursor.0.as_str())).await?;
            for item in page.items {
                let delivery = read(OPERATION, item)?;
                if state.is_none_or(|state| state == delivery.state) {
                    items.push(delivery);
                }
            }
            place = page.next;
            if place.is_none() || items.len() >= limit {
                break;
            }
        }
        Ok(Page { items, next: place })
    }

    /// The events of a time in the log of a webhook, the earliest first, from behind `after` on: up to `limit` of them. None only
    /// where there are no more.
    pub async fn logged_between(
        &self,
        webhook: &WebhookId,
        (from, to): (Time, Time),
        after: Option<(Time, &EventId)>,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError> {
        const OPERATION: &str = "logged_between";
        let low = match after {
            Some((at, id)) => format!("{} ", keys::delivery(&DeliveryId::of(webhook, at, id)).sk),
            None => keys::delivery(&DeliveryId::first(webhook, from)).sk,
        };
        let end = keys::delivery(&DeliveryId::first(webhook, to)).sk;
        if end < low {
            return Ok(Vec::new());
        }
        let range = Some((low.as_str(), end.as_str()));
        let range = Range { index: None, pk: webhook.as_str(), range, order: Order::Ascending, limit };
        let page = self.query(OPERATION, range, None).await?;
        page.items.into_iter().map(|item| read(OPERATION, item).map(|delivery| delivery.event)).collect()
    }

    /// Deliveries whose next try was due by `now`, of each shard the longest overdue first.
    pub async fn deliveries_due(&self, now: Time, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        const OPERATION: &str = "deliveries_due";
        let until = keys::due_until(now);
        let mut due = Vec::new();
        for shard in 0..DUE_SHARDS {
            let (pk, range) = (keys::due_deliveries(shard), Some(("0", until.as_str())));
            let range = Range { index: Some(DUE), pk: &pk, range, order: Order::Ascending, limit };
            let entries = self.query(OPERATION, range, None).await?.items;
            for item in self.rows_of(OPERATION, &entries).await? {
                due.push(read(OPERATION, item)?);
            }
        }
        // The index may lag behind the row.
        due.retain(|delivery| delivery.next_try_at.is_some_and(|at| at <= now));
        Ok(due)
    }
}
