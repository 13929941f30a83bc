//! What a message says, by its type.
use serde_json::Value;

use super::interactive::Interactive;
use super::system::System;
use crate::errors::GraphError;
use crate::loose::Loose;

#[derive(Clone, Debug)]
pub enum Content {
    Text {
        body: String,
    },
    Image(Media),
    Audio(Media),
    Video(Media),
    Document(Media),
    Sticker(Media),
    Location(Location),
    Contacts(Vec<SharedContact>),
    /// A quick-reply button of a template.
    Button {
        payload: Option<String>,
        text: Option<String>,
    },
    Interactive(Interactive),
    Order(Order),
    /// Without an emoji the reaction was taken back.
    Reaction {
        message_id: String,
        emoji: Option<String>,
    },
    System(System),
    /// An earlier message now says something else.
    Edit {
        message_id: String,
        content: Option<Box<Content>>,
    },
    /// An earlier message was deleted.
    Revoke {
        message_id: String,
    },
    /// WhatsApp, or this sample, did not say what the customer sent (P6). `kind` is what it was, where that is told.
    Unsupported {
        kind: Option<String>,
        codes: Vec<i64>,
    },
    /// A medium of the phone's history that follows in a webhook of its own.
    MediaPlaceholder,
    /// A type that is not known yet: kept raw, shown as a placeholder (P5).
    Unknown(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Valid for seven days.
    pub id: Option<String>,
    pub mime_type: Option<String>,
    pub sha256: Option<String>,
    pub caption: Option<String>,
    pub filename: Option<String>,
    /// Recorded in WhatsApp.
    pub voice: bool,
    /// A moving sticker.
    pub animated: bool,
    /// Valid for five minutes, and only with our token.
    pub url: Option<String>,
}

/// Coordinates stay the decimal text that Meta wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    pub latitude: Option<String>,
    pub longitude: Option<String>,
    pub name: Option<String>,
    pub address: Option<String>,
    pub url: Option<String>,
}

/// A contact card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedContact {
    pub name: Option<String>,
    pub phones: Vec<SharedPhone>,
    pub emails: Vec<String>,
    pub company: Option<String>,
    /// The customer answered a request for their own contact information: the phone is theirs.
    pub is_requested: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedPhone {
    pub phone: Option<String>,
    pub wa_id: Option<String>,
    pub kind: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    pub catalog_id: Option<String>,
    pub text: Option<String>,
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    pub product_retailer_id: Option<String>,
    pub quantity: Option<i64>,
    /// The decimal text that Meta wrote, in units of `currency`.
    pub price: Option<String>,
    pub currency: Option<String>,
}

/// The types whose member has the same name; also the order in which a missing type is inferred.
const KINDS: [&str; 17] = [
    "text",
    "image",
    "audio",
    "voice",
    "video",
    "document",
    "sticker",
    "location",
    "interactive",
    "button",
    "order",
    "reaction",
    "system",
    "edit",
    "revoke",
    "unsupported",
    "contacts",
];

impl Content {
    /// The type of a message that does not name it.
    pub(super) fn infer_kind(message: &Value) -> Option<String> {
        KINDS.iter().find(|kind| message.get(**kind).is_some()).map(|kind| (*kind).to_owned())
    }

    /// Never fails: a known type whose member is missing or of another shape is `Unsupported`.
    pub(super) fn read(kind: &str, message: &Value, errors: &[GraphError]) -> Content {
        let codes = || errors.iter().filter_map(|error| error.code).collect();
        if kind == "media_placeholder" {
            return Content::MediaPlaceholder;
        }
        if kind == "unsupported" {
            let kind = message.object("unsupported").and_then(|what| what.text("type"));
            return Content::Unsupported { kind, codes: codes() };
        }
        if !KINDS.contains(&kind) {
            return Content::Unknown(kind.to_owned());
        }
        let known = message.get(kind).and_then(|payload| Content::read_known(kind, payload, message));
        known.unwrap_or_else(|| Content::Unsupported { kind: Some(kind.to_owned()), codes: codes() })
    }

    fn read_known(kind: &str, payload: &Value, message: &Value) -> Option<Content> {
        if kind == "contacts" {
            return Some(Content::Contacts(payload.items().into_iter().map(SharedContact::read).collect()));
        }
        if !payload.is_object() {
            return None;
        }
        let message_id = || payload.text("original_message_id");
        Some(match kind {
            "text" => Content::Text { body: payload.get("body")?.as_str()?.to_owned() },
            "image" => Content::Image(Media::read(payload)),
            "audio" | "voice" => Content::Audio(Media::read(payload)),
            "video" => Content::Video(Media::read(payload)),
            "document" => Content::Document(Media::read(payload)),
            "sticker" => Content::Sticker(Media::read(payload)),
            "location" => Content::Location(Location::read(payload)),
            "button" => Content::Button { payload: payload.text("payload"), text: payload.text("text") },
            "interactive" => Content::Interactive(Interactive::read(payload)?),
            "order" => Content::Order(Order::read(payload)),
            "reaction" => Content::Reaction { message_id: payload.text("message_id")?, emoji: payload.text("emoji") },
            "system" => Content::System(System::read(payload, message)),
            "edit" => Content::Edit { message_id: message_id()?, content: Content::read_edited(payload) },
            "revoke" => Content::Revoke { message_id: message_id()? },
            _ => return None,
        })
    }

    fn read_edited(edit: &Value) -> Option<Box<Content>> {
        let message = edit.object("message")?;
        let kind = message.text("type").or_else(|| Content::infer_kind(message))?;
        // An edit of an edit would be no message; refusing it also bounds how deep this can go.
        (kind != "edit").then(|| Box::new(Content::read(&kind, message, &GraphError::read_list(message))))
    }

    /// The medium to fetch, if it has one.
    pub fn media(&self) -> Option<&Media> {
        match self {
            Content::Image(media)
            | Content::Audio(media)
            | Content::Video(media)
            | Content::Document(media)
            | Content::Sticker(media) => Some(media),
            Content::Text { .. }
            | Content::Location(_)
            | Content::Contacts(_)
            | Content::Button { .. }
            | Content::Interactive(_)
            | Content::Order(_)
            | Content::Reaction { .. }
            | Content::System(_)
            | Content::Edit { .. }
            | Content::Revoke { .. }
            | Content::Unsupported { .. }
            | Content::MediaPlaceholder
            | Content::Unknown(_) => None,
        }
    }
}

impl Media {
    fn read(value: &Value) -> Media {
        Media {
            id: value.text("id"),
            mime_type: value.text("mime_type"),
            sha256: value.text("sha256"),
            caption: value.text("caption"),
            filename: value.text("filename"),
            voice: value.flag("voice").unwrap_or_default(),
            animated: value.flag("animated").unwrap_or_default(),
            url: value.text("url"),
        }
    }
}

impl Location {
    fn read(value: &Value) -> Location {
        Location {
            latitude: value.text("latitude"),
            longitude: value.text("longitude"),
            name: value.text("name"),
            address: value.text("address"),
            url: value.text("url"),
        }
    }
}

impl SharedContact {
    fn read(value: &Value) -> SharedContact {
        let phone = |phone: &Value| SharedPhone {
            phone: phone.text("phone"),
            wa_id: phone.text("wa_id"),
            kind: phone.text("type"),
        };
        SharedContact {
            name: value.object("name").and_then(|name| name.text("formatted_name").or_else(|| name.text("first_name"))),
            phones: value.list("phones").into_iter().map(phone).collect(),
            emails: value.list("emails").into_iter().filter_map(|email| email.text("email")).collect(),
            company: value.object("org").and_then(|org| org.text("company")),
            is_requested: value.text("origin").as_deref() == Some("contact_request"),
        }
    }
}

impl Order {
    fn read(value: &Value) -> Order {
        let item = |item: &Value| Item {
            product_retailer_id: item.text("product_retailer_id"),
            quantity: item.number("quantity"),
            price: item.text("item_price"),
            currency: item.text("currency"),
        };
        Order {
            catalog_id: value.text("catalog_id"),
            text: value.text("text"),
            items: value.list("product_items").into_iter().map(item).collect(),
        }
    }
}
