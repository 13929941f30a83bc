//! What a message has to do with media: the files that it waits for, and the parts of a message of several attachments.
use domain::attachment::{Attached, AttachmentState, MediaKind, MessageMedia, Part};
use domain::ids::{AttachmentId, MessageId};
use domain::message::{Message, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::rows::assemble;
use super::schedule;
use super::{Inserted, NewMessage};
use crate::codec::Attributes;
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Order, Range, Store, Updated};

/// The attributes of a message's row that change while its media go ahead of it.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct MediaRow {
    #[serde(default, skip_serializing_if = "is_false")]
    awaits_media: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    meta_media_id: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    media_renewed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl MediaRow {
    pub(super) fn of(media: &MessageMedia) -> MediaRow {
        MediaRow {
            awaits_media: media.is_awaited,
            meta_media_id: media.meta_id.clone(),
            media_renewed: media.is_renewed,
            parent_id: media.parent.as_ref().map(ToString::to_string),
        }
    }
}

fn write_attached(attached: &Attached) -> Value {
    json!({
        "id": attached.id.as_str(), "kind": attached.kind.word(), "mime_type": attached.mime_type,
        "size": attached.size, "filename": attached.filename,
    })
}

/// A file of ours that a message sends: it was there, or the message would not be.
fn read_attached(value: &Value) -> Option<Attached> {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    Some(Attached {
        id: AttachmentId::parse(value["id"].as_str()?)?,
        kind: MediaKind::parse(value["kind"].as_str()?)?,
        state: AttachmentState::Stored,
        mime_type: text("mime_type"),
        size: value["size"].as_u64(),
        filename: text("filename"),
    })
}

/// What is kept of an outbound message, in the form of what is kept of an inbound one.
pub(super) fn raw(message: &Message) -> String {
    let mut raw = json!({"message": {&message.kind: &message.content}});
    let part = |part: &Part| json!({"kind": part.kind, "content": part.content, "attached": part.attached.as_ref().map(write_attached)});
    schedule::write(message, &mut raw);
    if !message.options.is_null() {
        raw["options"] = message.options.clone();
    }
    if !message.media.parts.is_empty() {
        raw["parts"] = message.media.parts.iter().map(part).collect();
    } else if !message.media.attached.is_empty() {
        raw["attached"] = message.media.attached.iter().map(write_attached).collect();
    }
    raw.to_string()
}

/// The row of a message that we send.
pub(crate) fn outbound_item(operation: &'static str, message: &Message) -> Result<Attributes, StoreError> {
    NewMessage { message, raw: &raw(message) }.item(operation)
}

pub(super) fn read(operation: &'static str, row: MediaRow, raw: &Value) -> Result<MessageMedia, StoreError> {
    let list = |name: &str| raw[name].as_array().into_iter().flatten();
    let part = |part: &Value| Part {
        kind: part["kind"].as_str().unwrap_or_default().to_owned(),
        content: part["content"].clone(),
        attached: read_attached(&part["attached"]),
    };
    let parts: Vec<Part> = list("parts").map(part).collect();
    let attached = match parts.is_empty() {
        true => list("attached").filter_map(read_attached).collect(),
        false => parts.iter().filter_map(|part| part.attached.clone()).collect(),
    };
    let parent = row.parent_id.map(|id| MessageId::parse(&id).ok_or_else(|| StoreError::row(operation, "parent_id")));
    Ok(MessageMedia {
        is_awaited: row.awaits_media,
        meta_id: row.meta_media_id,
        is_renewed: row.media_renewed,
        attached,
        parent: parent.transpose()?,
        parts,
        children: Vec::new(),
    })
}

impl Store {
    /// Stores a message that is to be sent.
    pub async fn message_queue(&self, message: &Message) -> Result<Inserted, StoreError> {
        self.message_insert(NewMessage { message, raw: &raw(message) }).await
    }

    /// The children of a parent that are there, in order.
    pub(super) async fn message_children(&self, parent: &Message) -> Result<Vec<Message>, StoreError> {
        const OPERATION: &str = "message_children";
        let Some(index) = u32::try_from(parent.media.parts.len()).ok().and_then(|count| count.checked_sub(1)) else {
            return Ok(Vec::new());
        };
        let (first, last) = (keys::message(&parent.id), keys::message(&parent.id.part(parent.at, index)));
        let end = format!("{}#~", last.sk);
        let range = (first.sk.as_str(), end.as_str());
        let range = Range { index: None, pk: &first.pk, range: Some(range), order: Order::Descending, limit: 200 };
        let mut found = assemble(OPERATION, self.query(OPERATION, range, None).await?.items)?.messages;
        found.retain(|message| message.media.parent.as_ref() == Some(&parent.id));
        found.reverse();
        Ok(found)
    }

    /// Gives each parent of a page its children. They stand right behind it and are on the page already, unless it ends
    /// between them.
    pub(super) async fn messages_join(&self, messages: &mut [Message]) -> Result<(), StoreError> {
        let parents: Vec<usize> = messages
            .iter()
            .enumerate()
            .filter(|(_, message)| !message.media.parts.is_empty() && !message.media.is_awaited)
            .map(|(index, _)| index)
            .collect();
        for index in parents {
            let Some(parent) = messages.get(index) else { continue };
            let is_child = |message: &&Message| message.media.parent.as_ref() == Some(&parent.id);
            let mut children: Vec<Message> = messages.iter().filter(is_child).cloned().collect();
            children.sort_by(|one, other| one.id.cmp(&other.id));
            if children.len() < parent.media.parts.len() {
                children = self.message_children(parent).await?;
            }
            if let Some(parent) = messages.get_mut(index) {
                parent.media.children = children;
            }
        }
        Ok(())
    }

    /// Lets a message go whose file is on Meta's side now; `false` if it does not wait any more.
    pub async fn message_release(&self, id: &MessageId, attempt: u32, meta_id: &str) -> Result<bool, StoreError> {
        let values = values([(":queued", s(State::Queued.word())), (":attempt", n(attempt)), (":media", s(meta_id))]);
        let expression = "SET #meta_media_id = :media REMOVE #awaits_media";
        let condition = "#state = :queued AND #attempt = :attempt AND attribute_exists(#awaits_media)";
        let updated = self.update("message_release", &keys::message(id), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// A parent's part is done when all its children are there.
    pub async fn message_hand_over(&self, id: &MessageId) -> Result<(), StoreError> {
        let values = values([(":queued", s(State::Queued.word())), (":accepted", s(State::Accepted.word()))]);
        let expression = "SET #state = :accepted REMOVE #awaits_media";
        self.update("message_hand_over", &keys::message(id), expression, "#state = :queued", values).await?;
        Ok(())
    }

    /// Lets a message wait for its file once more, which Meta no longer knows; `false` if that was tried before, or the
    /// attempt is over.
    pub async fn message_renew(&self, id: &MessageId, attempt: u32) -> Result<bool, StoreError> {
        let values = values([
            (":queued", s(State::Queued.word())),
            (":attempt", n(attempt)),
            (":yes", aws_sdk_dynamodb::types::AttributeValue::Bool(true)),
            (":one", n(1)),
        ]);
        let expression = "SET #awaits_media = :yes, #media_renewed = :yes ADD #attempt :one";
        let condition = "#state = :queued AND #attempt = :attempt AND attribute_not_exists(#media_renewed)";
        let updated = self.update("message_renew", &keys::message(id), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
