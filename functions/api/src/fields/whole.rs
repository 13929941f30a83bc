//! Whole numbers in the input, each with its range.
use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole<const MIN: u32, const MAX: u32>(pub(crate) u32);

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Whole<MIN, MAX>, D::Error> {
        let wrong = || D::Error::custom(format!("must be a whole number from {MIN} to {MAX}"));
        let number =
            serde_json::Value::deserialize(deserializer)?.as_u64().and_then(|number| u32::try_from(number).ok());
        number.filter(|number| (MIN..=MAX).contains(number)).map(Whole).ok_or_else(wrong)
    }
}

impl<const MIN: u32, const MAX: u32> PartialSchema for Whole<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(MIN)).maximum(Some(MAX)).into()
    }
}

impl<const MIN: u32, const MAX: u32> ToSchema for Whole<MIN, MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Whole{MIN}To{MAX}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_keep_to_their_range() {
        for (given, expected) in [
            (json!(0), Some(0)),
            (json!(30), Some(30)),
            (json!(31), None),
            (json!(-1), None),
            (json!(1.5), None),
            (json!("3"), None),
            (json!(null), None),
            (json!(u64::MAX), None),
        ] {
            let read = serde_json::from_value::<Whole<0, 30>>(given.clone()).ok().map(|whole| whole.0);
            assert_eq!(read, expected, "{given}");
        }
    }
}
