//! Annotations of messages, each right behind its message; and what came before the message that it is about, which is
//! kept until the message is read or stored. The row of one kind and author only moves forward by Meta's time.
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::ids::{ChannelId, ConversationId, MessageId};
use domain::message::{Annotation, AnnotationKind, Author, Message, StatusReport};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rows::{StatusRow, read_status};
use crate::codec::{Attributes, Row, decode, encode, pack, text, unpack};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, Key};
use crate::table::{Order, Range, Store};

/// How long something waits for the message that it is about.
const WAITS: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many of a conversation's annotations that wait for their message are read with its messages.
const EARLY_MAX: usize = 100;

#[derive(Serialize, Deserialize)]
pub(super) struct AnnotationRow {
    /// Absent while the message is not known.
    message_id: Option<String>,
    /// The message's wamid.
    target: String,
    kind: String,
    author: String,
    at: i64,
    #[serde(with = "serde_bytes")]
    raw: Vec<u8>,
}

impl Row for AnnotationRow {
    const ENTITY: &'static str = "annotation";
}

/// An annotation to be stored, with the JSON that it came as.
pub struct NewAnnotation<'a> {
    pub kind: AnnotationKind,
    pub by: Author,
    /// Meta's time.
    pub at: Time,
    /// Its own.
    pub wamid: &'a str,
    /// Of the message that it is about.
    pub target: &'a str,
    /// The atom, as a message would have it.
    pub raw: &'a str,
}

/// The annotation and the message that it stands behind, where there is one.
pub(super) fn read_annotation(
    operation: &'static str,
    item: Attributes,
) -> Result<(Option<MessageId>, String, Annotation), StoreError> {
    let row: AnnotationRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("an annotation with {what} unreadable"));
    let raw: Value =
        serde_json::from_str(&unpack(operation, &row.raw)?).map_err(|error| StoreError::row(operation, error))?;
    let kind = AnnotationKind::parse(&row.kind).ok_or_else(|| odd("its kind"))?;
    let content = match kind {
        AnnotationKind::Reaction => &raw["message"]["reaction"],
        AnnotationKind::Edit => &raw["message"]["edit"]["message"],
        AnnotationKind::Revoke => &Value::Null,
    };
    let annotation = Annotation {
        kind,
        by: Author::parse(&row.author).ok_or_else(|| odd("its author"))?,
        at: Time::from_millis(row.at),
        content: content.clone(),
    };
    Ok((row.message_id.as_deref().and_then(MessageId::parse), row.target, annotation))
}

impl Store {
    /// Puts an annotation behind its message.
    pub async fn annotation_put(&self, message: &MessageId, new: &NewAnnotation<'_>) -> Result<(), StoreError> {
        let key = keys::annotation(message, new.kind.word(), new.by.word());
        let id = ("#message_id = :message_id", ":message_id", s(message.as_str()));
        self.annotation_write("annotation_put", &key, new, id).await
    }

    /// Keeps an annotation whose message did not come yet.
    pub async fn annotation_keep(
        &self,
        conversation: &ConversationId,
        new: &NewAnnotation<'_>,
        now: Time,
    ) -> Result<(), StoreError> {
        let key = keys::early_annotation(conversation, new.target, new.kind.word(), new.by.word());
        let expiry = ("#expires_at = :expires_at", ":expires_at", n(now.plus(WAITS).seconds()));
        self.annotation_write("annotation_keep", &key, new, expiry).await
    }

    /// Meta tells whole seconds: within one the last to arrive stands, and what was there already changes nothing.
    async fn annotation_write(
        &self,
        operation: &'static str,
        key: &Key,
        new: &NewAnnotation<'_>,
        (more, name, value): (&str, &str, AttributeValue),
    ) -> Result<(), StoreError> {
        let values = values([
            (":entity", s(AnnotationRow::ENTITY)),
            (":v", n(AnnotationRow::VERSION)),
            (":target", s(new.target)),
            (":kind", s(new.kind.word())),
            (":author", s(new.by.word())),
            (":at", n(new.at.millis())),
            (":raw", AttributeValue::B(pack(new.raw).into())),
            (":wamid", s(new.wamid)),
            (":wamids", AttributeValue::Ss(vec![new.wamid.to_owned()])),
            (name, value),
        ]);
        let expression = format!(
            "SET #entity = :entity, #v = :v, #target = :target, #kind = :kind, #author = :author, #at = :at, #raw = :raw, \
             {more} ADD #wamids :wamids"
        );
        let condition = "attribute_not_exists(#pk) OR #at < :at OR (#at = :at AND NOT contains(#wamids, :wamid))";
        self.update(operation, key, &expression, condition, values).await?;
        Ok(())
    }

    /// Adds to messages of a conversation what was done to them before they came here.
    pub async fn annotations_join(
        &self,
        conversation: &ConversationId,
        messages: &mut [Message],
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "annotations_join";
        let (low, high) = keys::EARLY_ANNOTATIONS;
        let range = Range {
            index: None,
            pk: conversation.as_str(),
            range: Some((low, high)),
            order: Order::Ascending,
            limit: EARLY_MAX,
        };
        for item in self.query(OPERATION, range, None).await?.items {
            let (_, target, annotation) = read_annotation(OPERATION, item)?;
            if let Some(message) = messages.iter_mut().find(|message| message.wamid() == Some(&target)) {
                message.annotations.push(annotation);
            }
        }
        Ok(())
    }

    /// Keeps a status of a message that we do not hold, in case it comes after its statuses.
    pub async fn status_keep(
        &self,
        channel: &ChannelId,
        wamid: &str,
        report: &StatusReport,
        raw: &str,
        now: Time,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "status_keep";
        let key = keys::early_status(channel, wamid, &report.status, report.participant.as_deref());
        let mut item = encode(OPERATION, &key, None, &StatusRow::of(None, report, pack(raw)))?;
        item.insert("expires_at".to_owned(), n(now.plus(WAITS).seconds()));
        self.put_new(OPERATION, item).await?;
        Ok(())
    }

    /// Gives a message the statuses that came before it.
    pub async fn statuses_adopt(
        &self,
        channel: &ChannelId,
        wamid: &str,
        message: &MessageId,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "statuses_adopt";
        let pk = keys::early_statuses(channel, wamid);
        let range = Range { index: None, pk: &pk, range: None, order: Order::Ascending, limit: EARLY_MAX };
        for item in self.query(OPERATION, range, None).await?.items {
            if text(&item, "entity") == Some(StatusRow::ENTITY) {
                let (report, raw) = read_status(OPERATION, item)?;
                self.status_insert(message, &report, &raw).await?;
            }
        }
        Ok(())
    }
}
