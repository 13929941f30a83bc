//! Attachments as the API shows them.
use std::collections::BTreeMap;

use domain::attachment::{Attached, Attachment};
use serde::Serialize;
use store::Held;
use utoipa::ToSchema;

use crate::fields::{AttachmentId, AttachmentState, MediaKind, MessageId, ScanState, Stamp, Word};
use crate::files::Link;

/// A request that needs no key of ours.
#[derive(Serialize, ToSchema)]
#[schema(as = Link)]
struct LinkView {
    /// `GET` or `PUT`.
    method: String,
    url: String,
    /// What the request must carry, exactly so; browsers set `content-length` themselves.
    headers: BTreeMap<String, String>,
    expires_at: Stamp,
}

impl From<Link> for LinkView {
    fn from(link: Link) -> LinkView {
        let headers = link.headers.into_iter().map(|(name, value)| (name.to_string(), value));
        LinkView {
            method: link.method.to_string(),
            url: link.url,
            headers: headers.collect(),
            expires_at: Stamp(link.expires_at),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Attachment)]
pub(super) struct AttachmentView {
    id: AttachmentId,
    state: AttachmentState,
    kind: MediaKind,
    /// What the business's scanner said; null where none was asked for.
    scan: Option<ScanState>,
    mime_type: Option<String>,
    /// In bytes; unknown until the file is fetched.
    size: Option<u64>,
    filename: Option<String>,
    /// Of the stored bytes, in hex; of fetched files only.
    sha256: Option<String>,
    /// The message that it came with; null for an upload.
    message_id: Option<MessageId>,
    created_at: Stamp,
    /// When it became what it is.
    settled_at: Option<Stamp>,
    /// What went wrong last, or what the scanner said.
    problem: Option<String>,
    /// Fetches the file; null while it may not be fetched.
    download: Option<LinkView>,
    /// Brings the file; null once it is there.
    upload: Option<LinkView>,
}

impl AttachmentView {
    pub(super) fn of(attachment: Attachment, download: Option<Link>, upload: Option<Link>) -> AttachmentView {
        AttachmentView {
            state: Word(attachment.state),
            kind: Word(attachment.kind),
            scan: attachment.scan.map(Word),
            mime_type: attachment.mime_type,
            size: attachment.size,
            filename: attachment.filename,
            sha256: attachment.sha256,
            message_id: attachment.id.message().map(Into::into),
            id: attachment.id.into(),
            created_at: Stamp(attachment.created_at),
            settled_at: attachment.settled_at.map(Stamp),
            problem: attachment.problem,
            download: download.map(LinkView::from),
            upload: upload.map(LinkView::from),
        }
    }
}

/// A file of a message, in short; `GET /v1/attachments/{id}` has the rest.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageAttachment)]
pub(in crate::routes) struct AttachedView {
    id: AttachmentId,
    state: AttachmentState,
    kind: MediaKind,
    mime_type: Option<String>,
    /// In bytes; unknown until the file is fetched.
    size: Option<u64>,
    filename: Option<String>,
}

impl From<Attached> for AttachedView {
    fn from(attached: Attached) -> AttachedView {
        AttachedView {
            id: attached.id.into(),
            state: Word(attached.state),
            kind: Word(attached.kind),
            mime_type: attached.mime_type,
            size: attached.size,
            filename: attached.filename,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConversationAttachment)]
pub(super) struct HeldView {
    #[serde(flatten)]
    attached: AttachedView,
    /// The message that it came or went with.
    message_id: MessageId,
    at: Stamp,
}

impl From<Held> for HeldView {
    fn from(held: Held) -> HeldView {
        HeldView { attached: held.attached.into(), message_id: held.message_id.into(), at: Stamp(held.at) }
    }
}
