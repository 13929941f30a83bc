//! What customers do: every kind of message that a webhook can bring from them, as the control API takes it.

mod build;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

pub(crate) use build::{new_id, update, with_medium};

/// A message from a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// Phone number, user id or username of a known customer.
    pub from: String,
    pub message: Content,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<InboundContext>,
    /// The advertisement that was clicked, with Meta's own members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Value>,
    /// Meta's time, unix seconds; by default such that the window closes 24 h / speed from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// The wamid; made up by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What a message refers to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InboundContext {
    /// The quoted message, or the one whose button was pressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    pub forwarded: bool,
    pub frequently_forwarded: bool,
    /// `{catalog_id, product_retailer_id}`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referred_product: Option<Value>,
}

/// Media members; what is absent is made up.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What a customer sent or did.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Content {
    Text {
        body: String,
    },
    Image {
        #[serde(default)]
        media: Media,
    },
    Video {
        #[serde(default)]
        media: Media,
    },
    Audio {
        #[serde(default)]
        media: Media,
    },
    /// Audio that was recorded in WhatsApp.
    Voice {
        #[serde(default)]
        media: Media,
    },
    Document {
        #[serde(default)]
        media: Media,
    },
    Sticker {
        #[serde(default)]
        media: Media,
        #[serde(default)]
        animated: bool,
    },
    Location {
        latitude: Number,
        longitude: Number,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        address: Option<String>,
        #[serde(default)]
        url: Option<String>,
    },
    Contacts {
        contacts: Vec<Value>,
    },
    /// A quick reply button of a template.
    Button {
        payload: String,
        text: String,
    },
    ButtonReply {
        id: String,
        title: String,
    },
    ListReply {
        id: String,
        title: String,
        #[serde(default)]
        description: Option<String>,
    },
    /// The answer to a Flow (`name` "flow") or an address request ("address_message").
    NfmReply {
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        body: Option<String>,
        response: Value,
    },
    /// Any other `interactive` object, as given.
    Interactive {
        interactive: Value,
    },
    Order {
        catalog_id: String,
        product_items: Vec<Value>,
        #[serde(default)]
        text: Option<String>,
    },
    /// Without `emoji` a reaction is taken back.
    Reaction {
        message_id: String,
        #[serde(default)]
        emoji: Option<String>,
    },
    /// The customer has a new phone number, and with it a new user id.
    UserChangedNumber {
        wa_id: String,
        #[serde(default)]
        bsuid: Option<String>,
    },
    /// The customer has a new user id and the phone number stays unknown.
    UserChangedUserId {
        bsuid: String,
    },
    UserIdentityChanged {
        #[serde(default)]
        hash: Option<String>,
    },
    /// Something that the API does not carry, as `poll_creation`.
    Unsupported {
        #[serde(default)]
        kind: Option<String>,
        #[serde(default)]
        code: Option<i64>,
    },
    Edit {
        original_message_id: String,
        message: Value,
    },
    Revoke {
        original_message_id: String,
    },
}
