//! The rows of messages and statuses, and how they come together again.
use domain::Time;
use domain::health::BlockReason;
use domain::ids::{ChannelId, ContactId, MessageId};
use domain::message::{Direction, Dispatch, Fault, Hold, HoldState, Message, Source, State, StatusReport};
use domain::pacing::Priority;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codec::{Attributes, Row, decode, text, unpack};
use crate::error::StoreError;

/// What the API shows of a message's content is read from `raw`, so nothing of it is stored twice, and a type that a
/// later version understands shows in older messages too.
#[derive(Serialize, Deserialize)]
pub(super) struct MessageRow {
    id: String,
    channel_id: String,
    contact_id: String,
    direction: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wamid: Option<String>,
    at: i64,
    pub(super) received_at: i64,
    source: String,
    state: String,
    attempt: u32,
    /// Only of bulk.
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<String>,
    #[serde(with = "serde_bytes")]
    raw: Vec<u8>,
}

impl Row for MessageRow {
    const ENTITY: &'static str = "message";
}

impl MessageRow {
    pub(super) fn of(message: &Message, raw: Vec<u8>) -> MessageRow {
        MessageRow {
            id: message.id.to_string(),
            channel_id: message.channel_id.to_string(),
            contact_id: message.contact_id.to_string(),
            direction: message.direction.to_string(),
            kind: message.kind.clone(),
            context: message.context.clone(),
            wamid: message.wamid.clone(),
            at: message.at.millis(),
            received_at: message.received_at.millis(),
            source: message.source.to_string(),
            state: message.written_state.to_string(),
            attempt: message.attempt,
            priority: (message.dispatch.priority == Priority::Bulk).then(|| Priority::Bulk.to_string()),
            // A message is held by an update, never made so.
            hold: None,
            hold_state: None,
            hold_until: None,
            faults: write_faults(&message.faults),
            raw,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StatusRow {
    pub(super) message_id: String,
    pub(super) status: String,
    pub(super) at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wamid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) faults: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pricing: Option<String>,
    #[serde(with = "serde_bytes")]
    pub(super) raw: Vec<u8>,
}

impl Row for StatusRow {
    const ENTITY: &'static str = "status";
}

/// `None` for none, so that a message without errors has no attribute for them.
pub(super) fn write_faults(faults: &[Fault]) -> Option<String> {
    let fault = |fault: &Fault| serde_json::json!({"code": fault.code, "title": fault.title, "details": fault.details});
    (!faults.is_empty()).then(|| Value::Array(faults.iter().map(fault).collect()).to_string())
}

pub(super) fn read_faults(faults: Option<&str>) -> Vec<Fault> {
    let list: Vec<Value> = faults.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let read = |fault: &Value| Fault {
        code: fault["code"].as_i64().unwrap_or_default(),
        title: fault["title"].as_str().unwrap_or_default().to_owned(),
        details: fault["details"].as_str().map(str::to_owned),
    };
    list.iter().map(read).collect()
}

pub(crate) fn read_message(operation: &'static str, item: Attributes) -> Result<Message, StoreError> {
    let row: MessageRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a message with {what} unreadable"));
    let raw: Value =
        serde_json::from_str(&unpack(operation, &row.raw)?).map_err(|error| StoreError::row(operation, error))?;
    let id = MessageId::parse(&row.id).ok_or_else(|| odd("its id"))?;
    let reason = row.hold.as_deref().and_then(BlockReason::parse);
    let hold = reason.zip(row.hold_state.as_deref().and_then(HoldState::parse));
    Ok(Message {
        conversation_id: id.conversation(),
        id,
        channel_id: ChannelId::parse(&row.channel_id).ok_or_else(|| odd("channel_id"))?,
        contact_id: ContactId::parse(&row.contact_id).ok_or_else(|| odd("contact_id"))?,
        direction: Direction::parse(&row.direction).ok_or_else(|| odd("direction"))?,
        content: raw["message"][&row.kind].clone(),
        kind: row.kind,
        context: row.context,
        wamid: row.wamid,
        at: Time::from_millis(row.at),
        received_at: Time::from_millis(row.received_at),
        source: Source::parse(&row.source).ok_or_else(|| odd("source"))?,
        written_state: State::parse(&row.state).ok_or_else(|| odd("its state"))?,
        attempt: row.attempt,
        dispatch: Dispatch {
            priority: row.priority.as_deref().and_then(Priority::parse).unwrap_or(Priority::Reply),
            hold: hold.map(|(reason, state)| Hold { reason, until: row.hold_until.map(Time::from_millis), state }),
        },
        faults: read_faults(row.faults.as_deref()),
        reports: Vec::new(),
    })
}

pub(crate) fn read_report(operation: &'static str, item: Attributes) -> Result<(MessageId, StatusReport), StoreError> {
    let row: StatusRow = decode(operation, item)?;
    let message = MessageId::parse(&row.message_id).ok_or_else(|| StoreError::row(operation, "message_id"))?;
    let report = StatusReport {
        status: row.status,
        at: Time::from_millis(row.at),
        wamid: row.wamid,
        faults: read_faults(row.faults.as_deref()),
        pricing: row.pricing.and_then(|json| serde_json::from_str(&json).ok()),
    };
    Ok((message, report))
}

pub(super) struct Assembled {
    pub(super) messages: Vec<Message>,
    /// Statuses at the end whose message did not come yet.
    pub(super) rest: Vec<Attributes>,
}

/// Rows in descending order: each message comes after its statuses.
pub(super) fn assemble(operation: &'static str, items: Vec<Attributes>) -> Result<Assembled, StoreError> {
    let mut messages = Vec::new();
    let mut rest: Vec<Attributes> = Vec::new();
    for item in items {
        if text(&item, "entity") == Some(StatusRow::ENTITY) {
            rest.push(item);
            continue;
        }
        let mut message = read_message(operation, item)?;
        for status in rest.drain(..) {
            let (id, report) = read_report(operation, status)?;
            // A status whose message is gone belongs to nobody.
            if id == message.id {
                message.reports.push(report);
            }
        }
        messages.push(message);
    }
    Ok(Assembled { messages, rest })
}
