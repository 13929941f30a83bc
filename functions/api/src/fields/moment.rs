//! Times in the input: RFC 3339, with an offset or Z.
use std::borrow::Cow;

use domain::Time;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

pub(crate) const EXPECTED: &str = "must be a time of RFC 3339 after 1970, such as 2026-11-22T04:30:00Z";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Time);

impl Moment {
    pub(crate) fn read(text: &str) -> Option<Moment> {
        Time::parse(text).filter(|at| at.millis() > 0).map(Moment)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        Moment::read(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom(EXPECTED))
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).description(Some("RFC 3339")).into()
    }
}

impl ToSchema for Moment {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Moment")
    }
}
