//! Attachments as the API shows them.
use std::collections::BTreeMap;

use domain::attachment::{Attached, Attachment, Place};
use serde::Serialize;
use store::Held;
use utoipa::ToSchema;

use crate::fields::{AttachmentId, AttachmentState, DocumentSourceId, MediaKind, MessageId, ScanState, Stamp, Word};
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
#[schema(as = FromSource)]
struct FromSourceView {
    source_id: DocumentSourceId,
    kind: String,
    id: String,
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
    /// The document of another system that it is; null for any other file.
    from_source: Option<FromSourceView>,
    /// Fetches the file, to be saved; null while it may not be fetched.
    download: Option<LinkView>,
    /// Shows the file in place; null for types that a browser does not show, or that bring scripts.
    preview: Option<LinkView>,
    /// Brings the file; null once it is there.
    upload: Option<LinkView>,
}

impl AttachmentView {
    /// The links: to save it, to show it, to bring it.
    pub(super) fn of(attachment: Attachment, [download, preview, upload]: [Option<Link>; 3]) -> AttachmentView {
        let place = attachment.origin.map(|origin| origin.place);
        let from_source = place.and_then(|place| match place {
            Place::Link { .. } => None,
            Place::Source { source, kind, id } => Some(FromSourceView { source_id: source.into(), kind, id }),
        });
        AttachmentView {
            from_source,
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
            preview: preview.map(LinkView::from),
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
