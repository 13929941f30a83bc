//! The rows of messages and statuses, and how they come together again.
use domain::Time;
use domain::attachment::Attachment;
use domain::health::BlockReason;
use domain::ids::{ChannelId, ContactId, MessageId};
use domain::message::{Direction, Dispatch, Fault, Hold, HoldState, Message, Source, State, StatusReport, Told};
use domain::pacing::Priority;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::annotations::{AnnotationRow, read_annotation};
use super::media::{self, MediaRow};
use super::price::PriceRow;
use super::schedule;
use crate::attachments::{self, AttachmentRow};
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
    /// Only of what we write by ourselves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    automatic: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<String>,
    /// Who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(flatten)]
    media: MediaRow,
    #[serde(flatten)]
    price: PriceRow,
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
            automatic: message.dispatch.is_automatic,
            valid_until: message.dispatch.valid_until.map(Time::millis),
            // A message is held by an update, never made so.
            hold: None,
            hold_state: None,
            hold_until: None,
            faults: write_faults(&message.faults),
            by: message.dispatch.by.clone(),
            media: MediaRow::of(&message.media),
            price: PriceRow::of(message.price.as_ref()),
            raw,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StatusRow {
    /// Absent while the message is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    status: String,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    wamid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    faults: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pricing: Option<String>,
    #[serde(with = "serde_bytes")]
    raw: Vec<u8>,
}

impl StatusRow {
    pub(super) fn of(message: Option<&MessageId>, report: &StatusReport, raw: Vec<u8>) -> StatusRow {
        StatusRow {
            message_id: message.map(ToString::to_string),
            status: report.status.clone(),
            at: report.at.millis(),
            wamid: report.wamid.clone(),
            participant: report.participant.clone(),
            faults: write_faults(&report.faults),
            pricing: report.pricing.as_ref().map(ToString::to_string),
            raw,
        }
    }
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
        told: told(&raw["message"]),
        kind: row.kind,
        options: raw["options"].clone(),
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
            is_automatic: row.automatic,
            valid_until: row.valid_until.map(Time::from_millis),
            by: row.by,
            schedule: schedule::read(&raw),
        },
        price: row.price.read(operation)?,
        faults: read_faults(row.faults.as_deref()),
        reports: Vec::new(),
        annotations: Vec::new(),
        media: media::read(operation, row.media, &raw)?,
    })
}

fn told(message: &Value) -> Told {
    let member = |name: &str| message.get(name).filter(|member| member.is_object()).cloned();
    let status = message["history_context"]["status"].as_str().map(str::to_ascii_lowercase);
    Told {
        context: member("context"),
        referral: member("referral"),
        // The history has a word of its own for what failed.
        status: status.map(|word| if word == "error" { "failed".to_owned() } else { word }),
    }
}

/// The status, and the JSON that it came as.
pub(super) fn read_status(operation: &'static str, item: Attributes) -> Result<(StatusReport, String), StoreError> {
    let (_, report, raw) = read_status_row(operation, item)?;
    Ok((report, raw))
}

pub(crate) fn read_report(operation: &'static str, item: Attributes) -> Result<(MessageId, StatusReport), StoreError> {
    let (message, report, _) = read_status_row(operation, item)?;
    Ok((message.ok_or_else(|| StoreError::row(operation, "message_id"))?, report))
}

fn read_status_row(
    operation: &'static str,
    item: Attributes,
) -> Result<(Option<MessageId>, StatusReport, String), StoreError> {
    let row: StatusRow = decode(operation, item)?;
    let raw = unpack(operation, &row.raw)?;
    let conversation = serde_json::from_str::<Value>(&raw).ok().and_then(|mut raw| {
        let conversation = raw.get_mut("conversation").filter(|told| told.is_object())?.take();
        Some(conversation)
    });
    let report = StatusReport {
        status: row.status,
        at: Time::from_millis(row.at),
        wamid: row.wamid,
        faults: read_faults(row.faults.as_deref()),
        pricing: row.pricing.and_then(|json| serde_json::from_str(&json).ok()),
        conversation,
        participant: row.participant,
    };
    Ok((row.message_id.as_deref().and_then(MessageId::parse), report, raw))
}

pub(super) struct Assembled {
    pub(super) messages: Vec<Message>,
    /// What stands behind a message, at the end, whose message did not come yet.
    pub(super) rest: Vec<Attributes>,
}

/// Rows in descending order: each message comes after its statuses, its annotations and its attachment.
pub(super) fn assemble(operation: &'static str, items: Vec<Attributes>) -> Result<Assembled, StoreError> {
    let mut messages = Vec::new();
    let mut rest: Vec<Attributes> = Vec::new();
    for item in items {
        if text(&item, "entity") != Some(MessageRow::ENTITY) {
            rest.push(item);
            continue;
        }
        let mut message = read_message(operation, item)?;
        for behind in rest.drain(..) {
            attach(operation, &mut message, behind)?;
        }
        if message.media.attached.is_empty() {
            message.media.attached.extend(Attachment::expected(&message).map(|expected| expected.summary()));
        }
        messages.push(message);
    }
    Ok(Assembled { messages, rest })
}

/// What stands behind a message that is gone belongs to nobody.
fn attach(operation: &'static str, message: &mut Message, item: Attributes) -> Result<(), StoreError> {
    match text(&item, "entity") {
        Some(StatusRow::ENTITY) => {
            let (id, report) = read_report(operation, item)?;
            if id == message.id {
                message.reports.push(report);
            }
        }
        Some(AnnotationRow::ENTITY) => {
            let (id, _, annotation) = read_annotation(operation, item)?;
            if id.as_ref() == Some(&message.id) {
                message.annotations.push(annotation);
            }
        }
        Some(AttachmentRow::ENTITY) => {
            let attachment = attachments::read(operation, item)?;
            if attachment.id.message().as_ref() == Some(&message.id) {
                message.media.attached.push(attachment.summary());
            }
        }
        _ => {}
    }
    Ok(())
}
