//! The journal: events that no other row tells, kept for 30 days, a partition a day.
use std::time::Duration;

use domain::Time;
use domain::event::{Event, EventKind};
use domain::ids::{ChannelId, ContactId, ConversationId, EventId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode, pack, unpack};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys;
use crate::table::{Order, Put, Range, Store};

/// How long events, and the raw webhooks in them, are kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// How many reads one page of events may cost: of a rare kind it then has fewer events than asked for, and goes on.
const READS_MAX: usize = 10;

/// An event as it stands in a row, of the journal or of whoever has to tell it.
#[derive(Serialize, Deserialize)]
pub(crate) struct EventPart {
    id: String,
    kind: String,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    #[serde(with = "serde_bytes")]
    data: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct EventRow {
    #[serde(flatten)]
    event: EventPart,
    expires_at: i64,
}

impl Row for EventRow {
    const ENTITY: &'static str = "event";
}

impl EventPart {
    pub(crate) fn of(event: &Event) -> EventPart {
        EventPart {
            id: event.id.to_string(),
            kind: event.kind.to_string(),
            at: event.at.millis(),
            channel_id: event.channel_id.as_ref().map(ToString::to_string),
            contact_id: event.contact_id.as_ref().map(ToString::to_string),
            conversation_id: event.conversation_id.as_ref().map(ToString::to_string),
            data: pack(&event.data.to_string()),
        }
    }

    pub(crate) fn read(self, operation: &'static str) -> Result<Event, StoreError> {
        let odd = |what: &str| StoreError::row(operation, format!("an event with {what} unreadable"));
        let data = unpack(operation, &self.data)?;
        Ok(Event {
            id: EventId::parse(&self.id).ok_or_else(|| odd("its id"))?,
            kind: EventKind::parse(&self.kind).ok_or_else(|| odd("its kind"))?,
            at: Time::from_millis(self.at),
            channel_id: self.channel_id.as_deref().and_then(ChannelId::parse),
            contact_id: self.contact_id.as_deref().and_then(ContactId::parse),
            conversation_id: self.conversation_id.as_deref().and_then(ConversationId::parse),
            data: serde_json::from_str(&data).map_err(|error| StoreError::row(operation, error))?,
        })
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Event, StoreError> {
    let row: EventRow = decode(operation, item)?;
    row.event.read(operation)
}

impl Store {
    /// Twice is once: the key follows from the event's id and time.
    pub async fn event_add(&self, event: &Event) -> Result<Put<()>, StoreError> {
        const OPERATION: &str = "event_add";
        let row = EventRow { event: EventPart::of(event), expires_at: event.at.plus(KEPT).seconds() };
        match self.put_new(OPERATION, encode(OPERATION, &keys::event(&event.id, event.at), None, &row)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(_) => Ok(Put::Exists(())),
        }
    }

    /// The latest first, of all kinds or of one. Looks back over the days for which events are kept. A page may have fewer
    /// events than `limit`, or none, and still have a next one.
    pub async fn events_page(
        &self,
        kind: Option<EventKind>,
        limit: usize,
        after: Option<&Cursor>,
        now: Time,
    ) -> Result<Page<Event>, StoreError> {
        const OPERATION: &str = "events_page";
        let mut items: Vec<Event> = Vec::new();
        // A day's window events may be told a little ahead of their time: Meta's clock and ours differ.
        let mut day = now.plus(DAY);
        let oldest = now.minus(KEPT);
        let mut place = after.map(|cursor| cursor.0.clone());
        let (mut reads, mut last_read) = (0, None);
        while day >= oldest && items.len() <= limit && reads < READS_MAX {
            let pk = keys::event_day(day);
            let range = Range { index: None, pk: &pk, range: None, order: Order::Descending, limit: 200 };
            let page = self.query(OPERATION, range, place.as_deref()).await?;
            reads += usize::from(!page.items.is_empty());
            for item in page.items {
                let event = read(OPERATION, item)?;
                last_read = Some(keys::event(&event.id, event.at).sk);
                if kind.is_none_or(|kind| kind == event.kind) {
                    items.push(event);
                }
            }
            match page.next {
                Some(next) => place = Some(next.0),
                // The sort keys of all days are times: the same place bounds the day before.
                None => day = day.minus(DAY),
            }
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let last_shown = items.last().map(|event| keys::event(&event.id, event.at).sk);
        let next = if more { last_shown } else { last_read.filter(|_| day >= oldest) };
        Ok(Page { items, next: next.map(Cursor) })
    }

    /// Events of a time, the earliest first, from behind `after` on: up to `limit` of them. None only where there are no more.
    pub async fn events_between(
        &self,
        from: Time,
        to: Time,
        after: Option<(Time, &EventId)>,
        limit: usize,
    ) -> Result<Vec<Event>, StoreError> {
        const OPERATION: &str = "events_between";
        let end = keys::events_from(to);
        // The sort keys of all days are times: the same place bounds the days after.
        let low = after.map_or_else(|| keys::events_from(from), |(at, id)| format!("{} ", keys::event(id, at).sk));
        let mut day = after.map_or(from, |(at, _)| at).floor(DAY);
        while day < to {
            let pk = keys::event_day(day);
            let range = Some((low.as_str(), end.as_str()));
            let range = Range { index: None, pk: &pk, range, order: Order::Ascending, limit };
            let page = self.query(OPERATION, range, None).await?;
            if !page.items.is_empty() {
                return page.items.into_iter().map(|item| read(OPERATION, item)).collect();
            }
            day = day.plus(DAY);
        }
        Ok(Vec::new())
    }
}
