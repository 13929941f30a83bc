//! Which types of events, in the input and output.
use std::borrow::Cow;

use domain::webhook;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

const LENGTH_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(pub(crate) webhook::Pattern);

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        let text = String::deserialize(deserializer)?;
        let pattern = webhook::Pattern::parse(&text).map(Pattern);
        pattern.ok_or_else(|| D::Error::custom("must be a type of events, a family of them such as message.*, or *"))
    }
}

impl PartialSchema for Pattern {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(LENGTH_MAX));
        text.description(Some("A type of events, a family of them such as `message.*`, or `*`.")).into()
    }
}

impl ToSchema for Pattern {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("EventPattern")
    }
}
