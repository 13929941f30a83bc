//! Messages and their statuses, in their conversation's partition. The key of a message that comes from Meta follows from its
//! wamid and Meta's time, a status's from its message and its word: inserting is deduplicating.
use domain::Time;
use domain::ids::{ConversationId, MessageId};
use domain::message::{Fault, Message, Source, State, StatusReport};

use crate::codec::{Attributes, decode, encode, pack};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Order, Put, Range, Store, Updated};

mod annotations;
mod holds;
mod lookup;
mod media;
mod placeholders;
mod price;
mod rows;
mod schedule;
mod waits;

pub use annotations::NewAnnotation;
pub(crate) use media::outbound_item;
pub use placeholders::Placeholder;
pub(crate) use price::{QuoteRow, price_update};
use rows::{MessageRow, StatusRow, assemble, write_faults};
pub(crate) use rows::{read_message, read_report};
pub use schedule::Queued;

/// The type of a medium in the phone's history, which follows in a webhook of its own.
const PLACEHOLDER: &str = "media_placeholder";

/// A message to be stored, with the JSON that it came as.
pub struct NewMessage<'a> {
    pub message: &'a Message,
    /// `{"message": …, "contact": …}` of an inbound one; of an outbound one `{"message": {<type>: …}}`.
    pub raw: &'a str,
}

impl NewMessage<'_> {
    fn item(&self, operation: &'static str) -> Result<Attributes, StoreError> {
        let message = self.message;
        let row = MessageRow::of(message, pack(self.raw));
        let is_listed = message.media.parts.is_empty() && !message.media.attached.is_empty();
        let list = is_listed.then(|| keys::list_attachments(&message.id));
        let mut item = encode(operation, &keys::message(&message.id), list.as_ref(), &row)?;
        price::list_hold(&mut item, &message.id, message.price.as_ref());
        schedule::list(&mut item, message);
        Ok(item)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    New,
    /// It was there; this is when it first came.
    Before {
        received_at: Time,
    },
}

/// How an attempt to send ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted { wamid: String },
    Refused { fault: Fault },
    InDoubt,
}

impl Store {
    /// What the phone's history told of a message gives way to the message itself, and a placeholder of it to its medium.
    pub async fn message_insert(&self, new: NewMessage<'_>) -> Result<Inserted, StoreError> {
        const OPERATION: &str = "message_insert";
        let item = new.item(OPERATION)?;
        let mut values = values([(":history", s(Source::History.word()))]);
        let gives_way = if new.message.source == Source::History {
            values
                .extend(crate::expression::values([(":placeholder", s(PLACEHOLDER)), (":kind", s(&new.message.kind))]));
            "#source = :history AND #kind = :placeholder AND #kind <> :kind"
        } else {
            "#source = :history"
        };
        match self.put_over(OPERATION, item, gives_way, values).await? {
            Put::Written => Ok(Inserted::New),
            Put::Exists(item) => {
                let row: MessageRow = decode(OPERATION, item)?;
                Ok(Inserted::Before { received_at: Time::from_millis(row.received_at) })
            }
        }
    }

    /// The message with all that was reported about it.
    pub async fn message_get(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        const OPERATION: &str = "message_get";
        let key = keys::message(id);
        let last = format!("{}#~", key.sk);
        let range =
            Range { index: None, pk: &key.pk, range: Some((&key.sk, &last)), order: Order::Descending, limit: 100 };
        let page = self.query(OPERATION, range, None).await?;
        let mut message = assemble(OPERATION, page.items)?.messages.pop();
        if let Some(message) = message.as_mut().filter(|message| !message.media.parts.is_empty()) {
            message.media.children = self.message_children(message).await?;
        }
        Ok(message)
    }

    /// One page of a conversation, the latest message first.
    pub async fn messages_page(
        &self,
        conversation: &ConversationId,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Message>, StoreError> {
        const OPERATION: &str = "messages_page";
        let mut messages = Vec::new();
        let mut after = after.map(|cursor| cursor.0.clone());
        // Going down, the statuses of a message come before it; those that a page cut off wait for the next.
        let mut waiting: Vec<Attributes> = Vec::new();
        loop {
            let range = Range {
                index: None,
                pk: conversation.as_str(),
                range: Some(keys::MESSAGES),
                order: Order::Descending,
                limit: limit.saturating_mul(4),
            };
            let page = self.query(OPERATION, range, after.as_deref()).await?;
            waiting.extend(page.items);
            let assembled = assemble(OPERATION, std::mem::take(&mut waiting))?;
            waiting = assembled.rest;
            messages.extend(assembled.messages);
            after = page.next.map(|cursor| cursor.0);
            if after.is_none() || messages.len() > limit {
                break;
            }
        }
        let more = messages.len() > limit;
        messages.truncate(limit);
        self.messages_join(&mut messages).await?;
        let next = messages.last().filter(|_| more).map(|message| Cursor(keys::message(&message.id).sk));
        // Meta's times are whole seconds: within one, the order of arrival decides (P8).
        messages
            .sort_by_key(|message| std::cmp::Reverse((message.at.seconds(), message.received_at, message.id.clone())));
        Ok(Page { items: messages, next })
    }

    /// Adds what Meta reported. The same report twice is one.
    pub async fn status_insert(
        &self,
        message: &MessageId,
        report: &StatusReport,
        raw: &str,
    ) -> Result<Put<()>, StoreError> {
        const OPERATION: &str = "status_insert";
        let row = StatusRow::of(Some(message), report, pack(raw));
        let key = keys::status(message, &report.status, report.participant.as_deref());
        match self.put_new(OPERATION, encode(OPERATION, &key, None, &row)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(_) => Ok(Put::Exists(())),
        }
    }

    /// Writes how an attempt ended, unless the message has an outcome already; `false` if it has.
    pub async fn message_settle(&self, id: &MessageId, attempt: u32, outcome: &Outcome) -> Result<bool, StoreError> {
        let mut values = values([(":queued", s(State::Queued.word())), (":attempt", n(attempt))]);
        let (state, expression) = match outcome {
            Outcome::Accepted { wamid } => {
                values.insert(":wamid".to_owned(), s(wamid));
                (State::Accepted, "SET #state = :state, #wamid = :wamid")
            }
            Outcome::Refused { fault } => {
                let faults = write_faults(std::slice::from_ref(fault)).unwrap_or_default();
                values.insert(":faults".to_owned(), s(faults));
                (State::Refused, "SET #state = :state, #faults = :faults")
            }
            Outcome::InDoubt => (State::InDoubt, "SET #state = :state"),
        };
        values.insert(":state".to_owned(), s(state.word()));
        let condition = "#state = :queued AND #attempt = :attempt";
        let updated = self.update("message_settle", &keys::message(id), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// Puts a message in doubt back into the queue, or gives it up; a person decided. `false` if it is not in doubt.
    pub async fn message_resolve(&self, id: &MessageId, attempt: u32, resend: bool) -> Result<bool, StoreError> {
        let state = if resend { State::Queued } else { State::Cancelled };
        let values = values([
            (":doubt", s(State::InDoubt.word())),
            (":attempt", n(attempt)),
            (":state", s(state.word())),
            (":one", n(u8::from(resend))),
        ]);
        let condition = "#state = :doubt AND #attempt = :attempt";
        let expression = "SET #state = :state ADD #attempt :one";
        let updated = self.update("message_resolve", &keys::message(id), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
