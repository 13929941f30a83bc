//! A rate in the input: a decimal text or a JSON number, read digit by digit and never as a float.
use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

const LENGTH_MAX: usize = 32;

/// Its digits as they were written. What is wrong with them is said with all else that is wrong with the card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rate(pub(crate) String);

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        let is_decimal = domain::money::Micros::parse(&text).is_ok() && text.len() <= LENGTH_MAX;
        let wrong = || D::Error::custom("must be a decimal number such as 0.0118, of six decimals at most");
        is_decimal.then_some(Rate(text)).ok_or_else(wrong)
    }
}

impl PartialSchema for Rate {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(LENGTH_MAX));
        let number = ObjectBuilder::new().schema_type(Type::Number);
        OneOfBuilder::new().item(text.examples(["0.0118"])).item(number).into()
    }
}

impl ToSchema for Rate {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Rate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_keep_their_digits() {
        #[derive(Deserialize)]
        struct Body {
            rates: Vec<Line>,
        }
        #[derive(Deserialize)]
        struct Line {
            rate: Rate,
        }
        for (json, expected) in [
            ("0.0118", Some("0.0118")),
            ("\"0.0118\"", Some("0.0118")),
            // As a float it is another number.
            ("9007199254.740993", Some("9007199254.740993")),
            ("1", Some("1")),
            ("1e-3", None),
            ("0.0000001", None),
            ("\"free\"", None),
            ("true", None),
            ("null", None),
            ("{}", None),
        ] {
            // The way in which bodies are read.
            let body = format!(r#"{{"rates": [{{"rate": {json}}}]}}"#);
            let mut reader = serde_json::Deserializer::from_slice(body.as_bytes());
            let read = serde_path_to_error::deserialize::<_, Body>(&mut reader);
            if let Err(error) = &read {
                assert_eq!(error.path().to_string(), "rates[0].rate", "{json}");
            }
            let read = read.ok().and_then(|body| body.rates.into_iter().next()).map(|line| line.rate.0);
            assert_eq!(read.as_deref(), expected, "{json}");
        }
    }
}
