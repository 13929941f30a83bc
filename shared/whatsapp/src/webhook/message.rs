//! A message as a webhook brings it: from a customer, or an echo of one that the business sent elsewhere.
use domain::Time;
use serde_json::Value;
use serde_json::value::RawValue;

use super::contact::Person;
use super::content::Content;
use crate::errors::GraphError;
use crate::loose::{self, Loose, ReadError};

#[derive(Clone, Debug)]
pub struct Message {
    pub wamid: String,
    pub from: Person,
    /// Only echoes name it.
    pub to: Person,
    /// Meta's time.
    pub at: Option<Time>,
    /// Meta's word for the type; inferred from the members where it is missing.
    pub kind: String,
    pub content: Content,
    /// The member that is named like the type, as it came; null if there is none.
    pub payload: Value,
    pub context: Option<Context>,
    pub referral: Option<Referral>,
    pub group_id: Option<String>,
    pub errors: Vec<GraphError>,
}

/// What a message refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The quoted message; absent on forwarded ones.
    pub wamid: Option<String>,
    /// Who wrote the quoted message.
    pub from: Option<String>,
    pub forwarded: bool,
    pub frequently_forwarded: bool,
    pub catalog_id: Option<String>,
    pub product_retailer_id: Option<String>,
}

/// The ad or post that the customer came from; only on the first message after the click (P50).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referral {
    /// `ad`, `post` or a later word.
    pub source_type: Option<String>,
    pub source_id: Option<String>,
    pub source_url: Option<String>,
    pub headline: Option<String>,
    pub body: Option<String>,
    pub media_type: Option<String>,
    /// The picture, video or thumbnail, the first that is there.
    pub media_url: Option<String>,
    /// The id of the click; absent for ads in Status.
    pub click_id: Option<String>,
    pub welcome_text: Option<String>,
}

impl Message {
    pub fn read(raw: &RawValue) -> Result<Message, ReadError> {
        let value = loose::object(raw.get())?;
        let kind = value.text("type").or_else(|| Content::infer_kind(&value)).unwrap_or_default();
        let errors = GraphError::read_list(&value);
        Ok(Message {
            wamid: value.text("id").ok_or(ReadError::Missing("id"))?,
            from: Person::read(&value, &["from"], &["from_user_id"], &["from_parent_user_id"]),
            to: Person::read(&value, &["to"], &["to_user_id", "recipient"], &["to_parent_user_id"]),
            at: value.time("timestamp"),
            content: Content::read(&kind, &value, &errors),
            payload: value.get(&kind).cloned().unwrap_or_default(),
            context: value.object("context").map(Context::read),
            referral: value.object("referral").map(Referral::read),
            group_id: value.text("group_id"),
            errors,
            kind,
        })
    }
}

impl Context {
    fn read(value: &Value) -> Context {
        let product = value.object("referred_product").unwrap_or(&Value::Null);
        Context {
            wamid: value.text("id"),
            from: value.text("from"),
            forwarded: value.flag("forwarded").unwrap_or_default(),
            frequently_forwarded: value.flag("frequently_forwarded").unwrap_or_default(),
            catalog_id: product.text("catalog_id"),
            product_retailer_id: product.text("product_retailer_id"),
        }
    }
}

impl Referral {
    fn read(value: &Value) -> Referral {
        Referral {
            source_type: value.text("source_type"),
            source_id: value.text("source_id"),
            source_url: value.text("source_url"),
            headline: value.text("headline"),
            body: value.text("body"),
            media_type: value.text("media_type"),
            media_url: ["image_url", "video_url", "thumbnail_url"].iter().find_map(|name| value.text(name)),
            click_id: value.text("ctwa_clid"),
            welcome_text: value.object("welcome_message").and_then(|message| message.text("text")),
        }
    }
}
