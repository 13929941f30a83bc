//! Ids in the input and output.
use std::borrow::Cow;

use domain::ids;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// An id of `domain`, as the API names and describes it.
pub(crate) trait Identifier: Sized {
    const NAME: &'static str;
    /// What it is the id of.
    const WHAT: &'static str;
    const PREFIX: &'static str;
    const LENGTH: usize;

    fn read(text: &str) -> Option<Self>;
    fn text(&self) -> &str;

    /// What an id must look like, as the end of a sentence about it.
    fn expected() -> String {
        format!("must be the id of a {}: {} and {} letters and digits", Self::WHAT, Self::PREFIX, Self::LENGTH)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: Identifier> From<T> for Id<T> {
    fn from(id: T) -> Id<T> {
        Id(id)
    }
}

impl<T: Identifier> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.text())
    }
}

impl<'de, T: Identifier> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id<T>, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::read(&text).map(Id).ok_or_else(|| D::Error::custom(T::expected()))
    }
}

impl<T: Identifier> PartialSchema for Id<T> {
    fn schema() -> RefOr<Schema> {
        let pattern = format!("^{}[0-9a-hjkmnp-tv-z]{{{}}}$", T::PREFIX, T::LENGTH);
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).into()
    }
}

impl<T: Identifier> ToSchema for Id<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::NAME)
    }
}

macro_rules! identifiers {
    ($($name:ident $length:literal $what:literal),+ $(,)?) => {
        $(
            pub(crate) type $name = Id<ids::$name>;

            impl Identifier for ids::$name {
                const NAME: &'static str = stringify!($name);
                const WHAT: &'static str = $what;
                const PREFIX: &'static str = ids::$name::PREFIX;
                const LENGTH: usize = $length;

                fn read(text: &str) -> Option<ids::$name> {
                    ids::$name::parse(text)
                }

                fn text(&self) -> &str {
                    self.as_str()
                }
            }
        )+
    };
}

identifiers! {
    ApiKeyId 26 "API key",
    AttachmentId 52 "attachment",
    CannedTextId 26 "canned text",
    ChannelId 26 "channel",
    ConsentId 26 "consent",
    ContactFieldId 26 "contact field",
    ContactId 26 "contact",
    ContactImportId 26 "contact import",
    ConversationId 26 "conversation",
    DeliveryId 52 "delivery",
    DocumentSourceId 26 "document source",
    EventId 26 "event",
    GroupId 26 "group",
    MessageId 52 "message",
    NotificationId 26 "notification",
    NoteId 26 "note",
    ReplayId 26 "replay",
    TemplateId 26 "template",
    AdjustmentId 26 "adjustment",
    TopUpId 26 "top-up",
    UserId 26 "user",
    ViewId 26 "view",
    WebhookId 26 "webhook",
}
