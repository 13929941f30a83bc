//! Media: files that customers send, and files that are uploaded to be sent.
//!
//! A medium has a life apart from its message (P23): the message is there at once, its file is fetched with retries of its
//! own, and what came of that stands on the attachment.
use serde_json::Value;

use crate::access::Actor;
use crate::ids::{AttachmentId, DocumentSourceId, MessageId};
use crate::message::{Direction, Message, Source};
use crate::{Time, words};

words! {
    pub enum AttachmentState {
        /// Being fetched from Meta, or waiting for its upload.
        Pending = "pending",
        Stored = "stored",
        /// Meta no longer has it: media of customers are kept there for seven days.
        Expired = "expired",
        /// Larger than WhatsApp's own limit for any file.
        TooBig = "too_big",
        /// All tries failed; `retry` starts anew.
        Failed = "failed",
        /// A virus scan condemned it; the file is deleted.
        Infected = "infected",
    }
}

words! {
    /// What the business's own virus scanner says, where the deployment asks for one.
    pub enum Scan {
        Pending = "pending",
        Clean = "clean",
        Infected = "infected",
    }
}

words! {
    /// What WhatsApp shows a file as.
    pub enum MediaKind {
        Image = "image",
        Video = "video",
        Audio = "audio",
        /// Audio that shows as recorded in WhatsApp.
        Voice = "voice",
        Document = "document",
        Sticker = "sticker",
    }
}

impl MediaKind {
    /// The Cloud API's message type that carries it.
    pub fn message_type(self) -> &'static str {
        if self == MediaKind::Voice { MediaKind::Audio.word() } else { self.word() }
    }

    pub fn takes_caption(self) -> bool {
        matches!(self, MediaKind::Image | MediaKind::Video | MediaKind::Document)
    }
}

/// What a message says about a file of its own, without its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    pub id: AttachmentId,
    pub kind: MediaKind,
    pub state: AttachmentState,
    pub mime_type: Option<String>,
    /// In bytes.
    pub size: Option<u64>,
    pub filename: Option<String>,
}

/// Where a file is fetched from that is neither a customer's nor brought by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub place: Place,
    /// Nobody said what WhatsApp is to show it as: that follows from its type, once that is known.
    pub is_kind_open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Link {
        url: String,
    },
    Source {
        source: DocumentSourceId,
        /// The document's.
        kind: String,
        id: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub id: AttachmentId,
    pub kind: MediaKind,
    pub state: AttachmentState,
    /// `None`: no scan was asked for when it was stored.
    pub scan: Option<Scan>,
    pub mime_type: Option<String>,
    /// In bytes; of an upload as announced, until it is stored.
    pub size: Option<u64>,
    pub filename: Option<String>,
    /// Of the bytes that are stored, in hex; of fetched files only.
    pub sha256: Option<String>,
    /// Counts how often fetching was begun anew.
    pub attempt: u32,
    pub created_at: Time,
    /// When the state became what it is.
    pub settled_at: Option<Time>,
    /// What went wrong last, or what the scanner said.
    pub problem: Option<String>,
    pub origin: Option<Origin>,
    /// Of an upload; `None` where it was made before that was kept.
    pub uploaded_by: Option<Actor>,
}

impl Attachment {
    /// Whether we fetch its file ourselves, and nobody brings it.
    pub fn is_fetched(&self) -> bool {
        self.id.message().is_some() || self.origin.is_some()
    }

    pub fn summary(&self) -> Attached {
        Attached {
            id: self.id.clone(),
            kind: self.kind,
            state: self.state,
            mime_type: self.mime_type.clone(),
            size: self.size,
            filename: self.filename.clone(),
        }
    }

    /// Stored, and released by the scanner if there is one.
    pub fn is_usable(&self) -> bool {
        self.state == AttachmentState::Stored && self.scan.is_none_or(|scan| scan == Scan::Clean)
    }

    /// Why it is not usable, if it is not.
    pub fn obstacle(&self) -> Option<String> {
        let why = match (self.scan, &self.problem) {
            (Some(scan), _) => format!("its scan is {scan}"),
            (None, Some(problem)) => format!("it is {}: {problem}", self.state),
            (None, None) => format!("it is {}", self.state),
        };
        (!self.is_usable()).then_some(why)
    }

    /// Where its bytes are in the bucket.
    pub fn object_key(&self) -> String {
        let folder = if self.id.message().is_some() { "inbound" } else { "uploads" };
        format!("{folder}/{}", self.id)
    }

    /// The attachment as a message that has a medium makes it, before anything is known about the file.
    pub fn expected(message: &Message) -> Option<Attachment> {
        let medium = medium(message)?;
        Some(Attachment {
            id: AttachmentId::of_message(&message.id),
            kind: medium.kind,
            state: AttachmentState::Pending,
            scan: None,
            mime_type: medium.mime_type.map(str::to_owned),
            size: None,
            filename: medium.filename.map(str::to_owned),
            sha256: None,
            attempt: 1,
            created_at: message.received_at,
            settled_at: None,
            problem: None,
            origin: None,
            uploaded_by: None,
        })
    }
}

/// A medium that Meta holds for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Medium<'a> {
    pub kind: MediaKind,
    /// Meta's id.
    pub id: &'a str,
    pub mime_type: Option<&'a str>,
    pub filename: Option<&'a str>,
}

/// The medium to fetch for a message: a customer's, or one that a human sent from the phone. What was sent from here is
/// here already.
pub fn medium(message: &Message) -> Option<Medium<'_>> {
    let is_ours = message.direction == Direction::Outbound && message.source == Source::Live;
    let kind = MediaKind::parse(&message.kind).filter(|_| !is_ours)?;
    let text = |name: &str| message.content.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    Some(Medium { kind, id: text("id")?, mime_type: text("mime_type"), filename: text("filename") })
}

/// A message of an attachment as a part of its parent: what the child will be.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The Cloud API's type.
    pub kind: String,
    /// The Cloud API's object; with `attachment_id` in place of `id` for a file of ours.
    pub content: Value,
    pub attached: Option<Attached>,
}

/// What a message has to do with media, apart from its content.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageMedia {
    /// Its file is not on Meta's side yet: it is not sent before.
    pub is_awaited: bool,
    /// Meta's id of the file, once it is there.
    pub meta_id: Option<String>,
    /// Meta no longer knew the id and the file was uploaded anew; that is done once.
    pub is_renewed: bool,
    pub attached: Vec<Attached>,
    /// The message that this one is a part of.
    pub parent: Option<MessageId>,
    /// Of a parent: what its children are to be, in order.
    pub parts: Vec<Part>,
    /// Of a parent: those of its children that are there, in order.
    pub children: Vec<Message>,
}

/// The content that goes to Meta: its own id of the file in place of ours.
pub fn content_for_meta(message: &Message) -> Value {
    let mut content = message.content.clone();
    let place = named_file(&content).unwrap_or_default();
    let medium = content.pointer_mut(&place).and_then(Value::as_object_mut);
    if let (Some(members), Some(id)) = (medium, &message.media.meta_id)
        && members.remove(ATTACHMENT_ID).is_some()
    {
        members.insert("id".to_owned(), Value::String(id.clone()));
    }
    content
}

/// Where in a content the medium stands that is a file of ours, as a JSON pointer: at its top, or in a template's header.
pub fn named_file(content: &Value) -> Option<String> {
    if content.get(ATTACHMENT_ID).is_some() {
        return Some(String::new());
    }
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    for (at, component) in list(content, "components").iter().enumerate() {
        for (place, parameter) in list(component, "parameters").iter().enumerate() {
            let kinds = [MediaKind::Image, MediaKind::Video, MediaKind::Document].map(MediaKind::word);
            let named = |kind: &&str| parameter.get(*kind).is_some_and(|medium| medium.get(ATTACHMENT_ID).is_some());
            if let Some(kind) = kinds.iter().find(|kind| named(kind)) {
                return Some(format!("/components/{at}/parameters/{place}/{kind}"));
            }
        }
    }
    None
}

/// The member by which a medium's object names a file of ours, in place of the Cloud API's `id` and `link`.
pub const ATTACHMENT_ID: &str = "attachment_id";

/// How long Meta keeps what we uploaded, less a day for clocks and queues.
pub const UPLOAD_KEPT: std::time::Duration = std::time::Duration::from_secs(29 * 86_400);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, ContactId, ConversationId};
    use crate::message::State;
    use serde_json::json;

    fn message(kind: &str, content: Value, direction: Direction, source: Source) -> Message {
        let (channel_id, contact_id) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
        let conversation_id = ConversationId::of(&channel_id, &contact_id);
        let at = Time::from_seconds(1);
        Message {
            id: MessageId::of_wamid(&conversation_id, at, "w"),
            conversation_id,
            channel_id,
            contact_id,
            direction,
            kind: kind.to_owned(),
            content,
            options: Value::Null,
            context: None,
            told: Default::default(),
            wamid: None,
            at,
            received_at: at,
            source,
            written_state: State::Received,
            attempt: 1,
            dispatch: crate::message::Dispatch::default(),
            price: None,
            faults: vec![],
            reports: vec![],
            annotations: vec![],
            media: MessageMedia::default(),
        }
    }

    #[test]
    fn only_media_that_meta_holds_for_us_are_fetched() {
        use Direction::{Inbound, Outbound};
        use Source::{Echo, History, Live};
        let with_id = || json!({"id": "1", "mime_type": "image/png"});
        for (kind, content, direction, source, is_fetched) in [
            ("image", with_id(), Inbound, Live, true),
            ("voice", with_id(), Inbound, Live, true),
            ("sticker", with_id(), Inbound, History, true),
            ("document", with_id(), Outbound, Echo, true),
            ("image", with_id(), Outbound, Live, false),
            ("image", json!({}), Inbound, Live, false),
            ("image", json!({"id": ""}), Inbound, Live, false),
            ("text", json!({"body": "x", "id": "1"}), Inbound, Live, false),
            ("order", with_id(), Inbound, Live, false),
        ] {
            let message = message(kind, content, direction, source);
            assert_eq!(medium(&message).is_some(), is_fetched, "{kind} {direction} {source}");
        }
    }

    #[test]
    fn an_attachment_is_used_only_when_it_is_there_and_no_scanner_holds_it() {
        let message = message("image", json!({"id": "1"}), Direction::Inbound, Source::Live);
        let expected = Attachment::expected(&message).unwrap();
        for (state, scan, is_usable) in [
            (AttachmentState::Stored, None, true),
            (AttachmentState::Stored, Some(Scan::Clean), true),
            (AttachmentState::Stored, Some(Scan::Pending), false),
            (AttachmentState::Infected, Some(Scan::Infected), false),
            (AttachmentState::Pending, None, false),
        ] {
            assert_eq!(Attachment { state, scan, ..expected.clone() }.is_usable(), is_usable, "{state} {scan:?}");
        }
    }
}
