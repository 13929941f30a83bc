//! Lenient access to Meta's JSON: numbers in strings and strings as numbers, lists written as maps, empty strings in
//! place of absent members. What is not there, or is of another shape, reads as nothing; it never fails the rest.
use std::borrow::Cow;

use domain::Time;
use serde_json::Value;

/// A part that cannot be read at all. Its raw text stays with the caller.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("not readable as JSON")]
    Json(#[source] serde_json::Error),
    #[error("not a JSON object")]
    NotAnObject,
    #[error("{0} is missing")]
    Missing(&'static str),
    /// It was read, and says no.
    #[error("it was not done: {0}")]
    Declined(String),
}

/// Reads a JSON object. Text cut in the middle of an emoji, which JSON libraries refuse, is mended first.
pub(crate) fn object(json: &str) -> Result<Value, ReadError> {
    let value: Value = match serde_json::from_str(json) {
        Ok(value) => value,
        Err(_) => serde_json::from_str(&mend_surrogates(json)).map_err(ReadError::Json)?,
    };
    if value.is_object() { Ok(value) } else { Err(ReadError::NotAnObject) }
}

pub(crate) trait Loose {
    /// A string or a number, as text; an empty string counts as absent.
    fn text(&self, name: &str) -> Option<String>;
    fn number(&self, name: &str) -> Option<i64>;
    /// Seconds since 1970.
    fn time(&self, name: &str) -> Option<Time>;
    /// A day as `2026-11-22`, or a moment in RFC 3339.
    fn date(&self, name: &str) -> Option<Time>;
    fn flag(&self, name: &str) -> Option<bool>;
    fn object(&self, name: &str) -> Option<&Value>;
    /// The items of a list, or of a map whose keys are the numbers of the items.
    fn list(&self, name: &str) -> Vec<&Value>;
    /// A list, or this value itself where the list should be.
    fn items(&self) -> Vec<&Value>;
}

impl Loose for Value {
    fn text(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        let text = match value.as_str() {
            Some(text) => text.to_owned(),
            None if value.is_number() => value.to_string(),
            None => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    fn number(&self, name: &str) -> Option<i64> {
        let value = self.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    fn time(&self, name: &str) -> Option<Time> {
        self.number(name).map(Time::from_seconds)
    }

    fn date(&self, name: &str) -> Option<Time> {
        let text = self.get(name)?.as_str()?;
        Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")))
    }

    fn flag(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }

    fn object(&self, name: &str) -> Option<&Value> {
        self.get(name).filter(|value| value.is_object())
    }

    fn list(&self, name: &str) -> Vec<&Value> {
        self.get(name).map(Loose::items).unwrap_or_default()
    }

    fn items(&self) -> Vec<&Value> {
        if let Some(items) = self.as_array() {
            return items.iter().collect();
        }
        match self.as_object() {
            Some(map) if map.keys().all(|key| is_index(key)) => {
                let mut items: Vec<_> = map.iter().collect();
                items.sort_by_key(|(key, _)| (key.len(), *key));
                items.into_iter().map(|(_, item)| item).collect()
            }
            Some(_) => vec![self],
            None => Vec::new(),
        }
    }
}

/// Whether a member's name is the number of an item in a list that was written as a map.
pub(crate) fn is_index(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// The cursor behind a page, by its `paging`; none on the last page, though that has cursors too (P35).
pub(crate) fn next_cursor(paging: &Value) -> Option<String> {
    let next = paging.text("next")?;
    let in_address = || next.split(['?', '&']).find_map(|pair| pair.strip_prefix("after=")).map(str::to_owned);
    paging.object("cursors").and_then(|cursors| cursors.text("after")).or_else(in_address)
}

/// JSON that every library reads: Meta cuts texts in the middle of an emoji, and the half that stays is mended to U+FFFD.
pub fn mend(json: &str) -> Cow<'_, str> {
    let may_have_halves = json.contains("\\ud") || json.contains("\\uD");
    if may_have_halves { Cow::Owned(mend_surrogates(json)) } else { Cow::Borrowed(json) }
}

/// Replaces each half of a surrogate pair that lacks its other half by U+FFFD.
fn mend_surrogates(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let whole = match (code_unit(escape), escape.get(6..).and_then(code_unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                mended.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        let (kept, after) = escape.split_at(whole);
        mended.push_str(kept);
        rest = after;
    }
    mended.push_str(rest);
    mended
}

/// The code unit of a `\uXXXX` at the start of `text`.
fn code_unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_an_emoji_are_mended_and_whole_ones_kept() {
        for (json, text) in [
            (r#"{"t":"cut \ud83d"}"#, "cut \u{fffd}"),
            (r#"{"t":"\udc4d cut"}"#, "\u{fffd} cut"),
            (r#"{"t":"\ud83d\ud83d\udc4d"}"#, "\u{fffd}👍"),
            (r#"{"t":"\\ud83d \ud83d\n\u00e9 ü"}"#, "\\ud83d \u{fffd}\né ü"),
        ] {
            assert_eq!(object(json).unwrap().text("t").as_deref(), Some(text), "{json}");
            let mended: Value = serde_json::from_str(&mend(json)).unwrap();
            assert_eq!(mended["t"], text, "{json}");
        }
    }

    #[test]
    fn numbers_and_strings_stand_for_each_other() {
        let value =
            object(r#"{"a":"12","b":12,"c":"","d":null,"e":"x","f":"true","g":{"0":1,"1":2},"h":{"x":1}}"#).unwrap();
        assert_eq!(value.number("a"), Some(12));
        assert_eq!(value.text("b").as_deref(), Some("12"));
        assert_eq!((value.text("c"), value.text("d"), value.number("e")), (None, None, None));
        assert_eq!(value.flag("f"), Some(true));
        assert_eq!((value.list("g").len(), value.list("h").len(), value.list("a").len()), (2, 1, 0));
    }

    #[test]
    fn what_is_no_object_is_an_error_and_not_a_panic() {
        for json in ["", "[]", "\"\\", "{\"a\":\"\\ud8\"}", "nul", "{\"a\":\"\\"] {
            assert!(object(json).is_err(), "{json}");
        }
    }
}
