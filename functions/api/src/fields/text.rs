//! Texts in the input, each with its limits.
use std::borrow::Cow;

use domain::{identity, inbox};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Not blank, and at most `MAX` characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<const MAX: usize>(pub(crate) String);

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<MAX>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.trim().is_empty() || text.chars().count() > MAX {
            return Err(D::Error::custom(format!("must have 1 to {MAX} characters and not be blank")));
        }
        Ok(Text(text))
    }
}

impl<const MAX: usize> PartialSchema for Text<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX)).into()
    }
}

impl<const MAX: usize> ToSchema for Text<MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Text{MAX}"))
    }
}

/// Declares a text with a form of its own: `read` gives its canonical spelling, or nothing.
macro_rules! form {
    ($(#[$meta:meta])* $name:ident, $max:literal, $expected:literal, $read:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) String);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let read: fn(&str) -> Option<String> = $read;
                let text = String::deserialize(deserializer)?;
                let found = if text.len() > $max { None } else { read(&text) };
                found.map($name).ok_or_else(|| D::Error::custom(concat!("must be ", $expected)))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some($max));
                text.description(Some(concat!("Must be ", $expected, "."))).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

fn kept(text: &str, is_good: bool) -> Option<String> {
    is_good.then(|| text.to_owned())
}

form!(Phone, 32, "a phone with its country code, such as +16505551234", identity::phone);
form!(PhoneEnding, 32, "the end of a phone: 4 to 15 digits", domain::contact_search::ending);
form!(Bsuid, 135, "a business-scoped user id, such as US.13491208655302741918", |text| {
    kept(text, identity::is_bsuid(text))
});
form!(
    /// Meta's id of a number or an account.
    MetaId,
    64,
    "an id of Meta's: up to 64 letters, digits, - and _",
    |text| kept(text, !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)))
);
form!(Email, 254, "an e-mail address", |text| kept(text, identity::is_email(text)));
form!(FieldKey, 64, "a key: small letters, digits and _, beginning with a letter", |text| {
    let is_good = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    kept(text, is_good && text.starts_with(|first: char| first.is_ascii_lowercase()))
});
form!(MimeType, 127, "a MIME type, such as application/pdf", |text| kept(text, whatsapp::media::is_mime_type(text)));
form!(WebAddress, 2000, "an address of the web, such as https://shop.example/paid", |text| {
    let host = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let is_good = host.is_some_and(|host| host.starts_with(|first: char| first.is_ascii_alphanumeric()));
    kept(text, is_good && text.bytes().all(|byte| byte.is_ascii_graphic()))
});
form!(CardId, 64, "the id of a card of rates: up to 64 small letters, digits, `.`, `-` and `_`", |text| {
    kept(text, domain::pricing::CardId::parse(text).is_some())
});
form!(Country, 2, "a country of ISO 3166: two capital letters, such as DE", |text| {
    kept(text, domain::pricing::Country::parse(text).is_some())
});
form!(Day, 10, "a day, such as 2026-10-01", |text| kept(text, domain::calendar::Date::parse(text).is_some()));
form!(MinuteOfDay, 5, "a minute of the day, such as 07:30", |text| {
    domain::notification::Minute::parse(text).map(|minute| minute.to_string())
});
form!(TimeZone, 64, "the name of a time zone, such as Europe/Berlin", |text| {
    domain::calendar::Zone::parse(text).map(|zone| zone.name().to_owned())
});
form!(Span, 6, "so many hours, days, weeks or months of 30 days, such as 2d", |text| {
    inbox::Span::parse(text).map(|span| span.to_string())
});
form!(Within, 6, "`today`, or so many hours, days, weeks or months of 30 days, such as 2d", |text| {
    inbox::Within::parse(text).map(|within| within.to_string())
});
form!(Label, 200, "a label: 1 to 50 characters in one line, without blanks around them", |text| {
    kept(text, domain::conversation::is_label(text))
});
form!(
    /// Somebody whom a filter names.
    Who,
    30,
    "`me` or the id of a user",
    |text| kept(text, inbox::Who::parse(text).is_some())
);
form!(
    /// Whom a conversation is given to.
    Whose,
    30,
    "`me`, `none`, a role, or the id of a user or a group",
    |text| kept(text, inbox::Whose::parse(text).is_some())
);
form!(Currency, 3, "a currency of ISO 4217: three capital letters, such as EUR", |text| {
    domain::money::Currency::parse(text).map(|currency| currency.code().to_owned())
});

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'a> Deserialize<'a>>(text: &str) -> bool {
        serde_json::from_value::<T>(serde_json::Value::String(text.to_owned())).is_ok()
    }

    #[test]
    fn texts_keep_to_their_form() {
        for (is_taken, expected, text) in [
            (read::<Text<3>>("äöü"), true, "äöü"),
            (read::<Text<3>>("abcd"), false, "abcd"),
            (read::<Text<3>>(" \n"), false, "blank"),
            (read::<Phone>("+1 650 555 1234"), true, "a phone"),
            (read::<Phone>("12"), false, "no phone"),
            (read::<Bsuid>("US.13491208655302741918"), true, "a bsuid"),
            (read::<Bsuid>("16505551234"), false, "no bsuid"),
            (read::<MetaId>("102290129340398"), true, "an id"),
            (read::<MetaId>("1#2"), false, "no id"),
            (read::<MetaId>(""), false, "empty"),
            (read::<Email>("ann@example.org"), true, "an address"),
            (read::<Email>("ann@example"), false, "no host"),
            (read::<Email>("a b@example.org"), false, "a blank"),
            (read::<WebAddress>("https://shop.example/paid?by={CHECKOUT_SESSION_ID}"), true, "an address"),
            (read::<WebAddress>("http://127.0.0.1:8080"), true, "a local address"),
            (read::<WebAddress>("javascript:alert(1)"), false, "no web"),
            (read::<WebAddress>("https:///paid"), false, "no host"),
            (read::<WebAddress>("https://shop.example/a b"), false, "a blank"),
            (read::<Currency>("EUR"), true, "EUR"),
            (read::<Currency>("euro"), false, "euro"),
        ] {
            assert_eq!(is_taken, expected, "{text}");
        }
    }
}
