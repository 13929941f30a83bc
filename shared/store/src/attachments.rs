//! Attachments: what came with a message stands behind it, an upload by itself. A row is replaced only where it is still
//! as it was seen, so that of two workers one counts.
use domain::Time;
use domain::access::Actor;
use domain::attachment::{Attached, Attachment, AttachmentState, MediaKind, Origin, Place, Scan};
use domain::ids::{AttachmentId, ChannelId, ConversationId, DocumentSourceId, MessageId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Order, Put, Range, Store};

#[derive(Serialize, Deserialize)]
pub(crate) struct AttachmentRow {
    id: String,
    kind: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    attempt: u32,
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<OriginRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uploaded_by: Option<String>,
}

/// Either an address, or a source with what is asked of it.
#[derive(Serialize, Deserialize)]
struct OriginRow {
    is_kind_open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_id: Option<String>,
}

impl OriginRow {
    fn of(origin: &Origin) -> OriginRow {
        let (url, source) = match &origin.place {
            Place::Link { url } => (Some(url.clone()), None),
            Place::Source { source, kind, id } => (None, Some((source.to_string(), kind.clone(), id.clone()))),
        };
        let (source_id, document) = source.map(|(source, kind, id)| (source, (kind, id))).unzip();
        let (document_kind, document_id) = document.unzip();
        OriginRow { is_kind_open: origin.is_kind_open, url, source_id, document_kind, document_id }
    }

    fn read(self) -> Option<Origin> {
        let source = self.source_id.as_deref().and_then(DocumentSourceId::parse);
        let place = match (self.url, source, self.document_kind, self.document_id) {
            (Some(url), _, _, _) => Place::Link { url },
            (None, Some(source), Some(kind), Some(id)) => Place::Source { source, kind, id },
            (None, _, _, _) => return None,
        };
        Some(Origin { place, is_kind_open: self.is_kind_open })
    }
}

impl Row for AttachmentRow {
    const ENTITY: &'static str = "attachment";
}

#[derive(Serialize, Deserialize)]
struct MetaFileRow {
    media_id: String,
    uploaded_at: i64,
    /// In seconds: past it Meta has forgotten the file, and the row may go.
    expires_at: i64,
}

impl Row for MetaFileRow {
    const ENTITY: &'static str = "meta-file";
}

/// A file of ours as Meta holds it for one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaFile {
    pub media_id: String,
    pub uploaded_at: Time,
    pub expires_at: Time,
}

/// An attachment in its place in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub attached: Attached,
    pub message_id: MessageId,
    pub at: Time,
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Attachment, StoreError> {
    let row: AttachmentRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("an attachment with {what} unreadable"));
    Ok(Attachment {
        id: AttachmentId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        kind: MediaKind::parse(&row.kind).ok_or_else(|| odd("its kind"))?,
        state: AttachmentState::parse(&row.state).ok_or_else(|| odd("its state"))?,
        scan: row.scan.map(|word| Scan::parse(&word).ok_or_else(|| odd("its scan"))).transpose()?,
        mime_type: row.mime_type,
        size: row.size,
        filename: row.filename,
        sha256: row.sha256,
        attempt: row.attempt,
        created_at: Time::from_millis(row.created_at),
        settled_at: row.settled_at.map(Time::from_millis),
        problem: row.problem,
        origin: row.origin.map(|origin| origin.read().ok_or_else(|| odd("its origin"))).transpose()?,
        uploaded_by: row.uploaded_by.map(|by| Actor::parse(&by).ok_or_else(|| odd("who uploaded it"))).transpose()?,
    })
}

impl Store {
    async fn attachment_row(&self, id: &AttachmentId) -> Result<Option<Attachment>, StoreError> {
        const OPERATION: &str = "attachment_get";
        self.get(OPERATION, &keys::attachment(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// With whether it has a row yet: what came with a message is known before anything is written about it.
    pub async fn attachment_get(&self, id: &AttachmentId) -> Result<Option<(Attachment, bool)>, StoreError> {
        if let Some(found) = self.attachment_row(id).await? {
            return Ok(Some((found, true)));
        }
        let Some(message) = id.message() else { return Ok(None) };
        let message = self.message_get(&message).await?;
        Ok(message.as_ref().and_then(Attachment::expected).map(|expected| (expected, false)))
    }

    /// Writes the row of an attachment in place of `seen`, or as a new one; `false` if it is no longer as it was seen.
    pub async fn attachment_replace(&self, seen: Option<&Attachment>, new: &Attachment) -> Result<bool, StoreError> {
        const OPERATION: &str = "attachment_replace";
        let row = AttachmentRow {
            id: new.id.to_string(),
            kind: new.kind.to_string(),
            state: new.state.to_string(),
            scan: new.scan.map(|scan| scan.to_string()),
            mime_type: new.mime_type.clone(),
            size: new.size,
            filename: new.filename.clone(),
            sha256: new.sha256.clone(),
            attempt: new.attempt,
            created_at: new.created_at.millis(),
            settled_at: new.settled_at.map(Time::millis),
            problem: new.problem.clone(),
            origin: new.origin.as_ref().map(OriginRow::of),
            uploaded_by: new.uploaded_by.as_ref().map(ToString::to_string),
        };
        let list = new.id.message().map(|message| keys::list_attachments(&message));
        let item = encode(OPERATION, &keys::attachment(&new.id), list.as_ref(), &row)?;
        let Some(seen) = seen else {
            return Ok(matches!(self.put_new(OPERATION, item).await?, Put::Written));
        };
        let mut values = values([(":state", s(seen.state.word())), (":attempt", n(seen.attempt))]);
        let mut condition = "#state = :state AND #attempt = :attempt AND ".to_owned();
        match seen.scan {
            None => condition.push_str("attribute_not_exists(#scan)"),
            Some(scan) => {
                values.insert(":scan".to_owned(), s(scan.word()));
                condition.push_str("#scan = :scan");
            }
        }
        self.put_where(OPERATION, item, &condition, values).await
    }

    /// The attachments of a conversation, of both directions, the latest first.
    pub async fn attachments_page(
        &self,
        conversation: &ConversationId,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Held>, StoreError> {
        const OPERATION: &str = "attachments_page";
        let pk = keys::list_attachments_of(conversation);
        let range = Range { index: Some(keys::LIST), pk: &pk, range: None, order: Order::Descending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let mut items = Vec::new();
        for item in self.rows_of(OPERATION, &page.items).await? {
            if text(&item, "entity") == Some(AttachmentRow::ENTITY) {
                let attachment = read(OPERATION, item)?;
                let Some(message_id) = attachment.id.message() else { continue };
                let at = attachment.created_at;
                items.push(Held { attached: attachment.summary(), message_id, at });
                continue;
            }
            let message = crate::messages::read_message(OPERATION, item)?;
            let (message_id, at) = (message.id, message.at);
            let held = |attached| Held { attached, message_id: message_id.clone(), at };
            items.extend(message.media.attached.into_iter().map(held));
        }
        Ok(Page { items, next: page.next })
    }

    pub async fn meta_file_get(&self, id: &AttachmentId, channel: &ChannelId) -> Result<Option<MetaFile>, StoreError> {
        let row: Option<MetaFileRow> = self.get_row("meta_file_get", &keys::meta_file(id, channel)).await?;
        Ok(row.map(|row| MetaFile {
            media_id: row.media_id,
            uploaded_at: Time::from_millis(row.uploaded_at),
            expires_at: Time::from_seconds(row.expires_at),
        }))
    }

    /// The last upload counts: each of them is good.
    pub async fn meta_file_put(
        &self,
        id: &AttachmentId,
        channel: &ChannelId,
        file: &MetaFile,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "meta_file_put";
        let row = MetaFileRow {
            media_id: file.media_id.clone(),
            uploaded_at: file.uploaded_at.millis(),
            expires_at: file.expires_at.seconds(),
        };
        self.put(OPERATION, encode(OPERATION, &keys::meta_file(id, channel), None, &row)?).await
    }
}
