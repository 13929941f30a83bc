//! Webhook bodies as Meta writes them: the envelope, the members that every `messages` value has, and the escaping of its JSON.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use serde_json::{Map, Value, json};

use crate::clock;
use crate::config::Config;
use crate::state::customers::Customer;
use crate::state::deliveries::Update;

/// How several updates share a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A change each, in one entry.
    #[default]
    Changes,
    /// An entry each.
    Entries,
    /// One change whose arrays hold them all, where field and number are the same.
    Values,
}

/// The body that tells these updates.
pub(crate) fn body(updates: &[Update], shape: Shape) -> String {
    let mut entries: Vec<(String, Option<i64>, Vec<Value>)> = Vec::new();
    for update in updates {
        let change = json!({"value": update.value, "field": update.field});
        let same_entry = |entry: &&mut (String, Option<i64>, Vec<Value>)| {
            shape != Shape::Entries && entry.0 == update.entry_id && entry.1 == update.entry_time
        };
        match entries.last_mut().filter(same_entry) {
            Some((_, _, changes)) => {
                let merged = shape == Shape::Values && changes.last_mut().is_some_and(|last| merge(last, &change));
                if !merged {
                    changes.push(change);
                }
            }
            None => entries.push((update.entry_id.clone(), update.entry_time, vec![change])),
        }
    }
    let entries: Vec<Value> = entries.into_iter().map(|(id, time, changes)| entry(&id, time, changes)).collect();
    to_meta_json(&json!({"object": "whatsapp_business_account", "entry": entries}))
}

fn entry(id: &str, time: Option<i64>, changes: Vec<Value>) -> Value {
    let mut entry = Map::new();
    entry.insert("id".into(), id.into());
    if let Some(time) = time {
        entry.insert("time".into(), time.into());
    }
    entry.insert("changes".into(), changes.into());
    entry.into()
}

/// Adds the arrays of one change to those of another about the same number; `false` when they do not belong together.
fn merge(into: &mut Value, change: &Value) -> bool {
    let same = |path: &str| into.pointer(path) == change.pointer(path);
    if !same("/field") || !same("/value/metadata") || change.pointer("/value/metadata").is_none() {
        return false;
    }
    let (Some(target), Some(source)) =
        (into.pointer_mut("/value").and_then(Value::as_object_mut), change.pointer("/value"))
    else {
        return false;
    };
    for (name, value) in source.as_object().into_iter().flatten() {
        match (target.get_mut(name), value) {
            (Some(Value::Array(have)), Value::Array(more)) => {
                let new: Vec<Value> =
                    more.iter().filter(|one| name != "contacts" || !have.contains(one)).cloned().collect();
                have.extend(new);
            }
            (Some(_), _) => {}
            (None, value) => {
                target.insert(name.clone(), value.clone());
            }
        }
    }
    true
}

/// An update on field `messages`: `members` beside the product and the number.
pub(crate) fn messages(config: &Config, members: Vec<(&str, Value)>) -> Update {
    let mut value = Map::new();
    value.insert("messaging_product".into(), "whatsapp".into());
    value.insert("metadata".into(), metadata(config));
    value.extend(members.into_iter().map(|(name, member)| (name.to_owned(), member)));
    Update { entry_id: config.waba_id.clone(), entry_time: None, field: "messages".into(), value: value.into() }
}

/// An update about the account: it carries the entry's time and no number.
pub(crate) fn account(config: &Config, field: &str, value: Value) -> Update {
    Update { entry_id: config.waba_id.clone(), entry_time: Some(clock::now_s()), field: field.into(), value }
}

pub(crate) fn metadata(config: &Config) -> Value {
    json!({"display_phone_number": config.display_digits(), "phone_number_id": config.phone_number_id})
}

/// One of `contacts`. The username is in what customers send and in later statuses, not in `sent`.
pub(crate) fn contact(customer: &Customer, wa_id: Option<&str>, with_username: bool) -> Value {
    let mut profile = Map::new();
    put(&mut profile, "name", customer.name.as_deref());
    put(&mut profile, "username", customer.username.as_deref().filter(|_| with_username));
    let mut contact = Map::new();
    contact.insert("profile".into(), profile.into());
    put(&mut contact, "wa_id", wa_id);
    put(&mut contact, "user_id", customer.bsuid.as_deref());
    put(&mut contact, "parent_user_id", customer.parent_bsuid.as_deref());
    contact.into()
}

/// Adds a text member if there is one: Meta leaves absent ones out.
pub(crate) fn put(object: &mut Map<String, Value>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        object.insert(name.to_owned(), text.into());
    }
}

/// JSON with non-ASCII as `\uXXXX` and `/` as `\/`, as Meta sends it. Whoever parses and writes it again gets other bytes.
pub(crate) fn to_meta_json(value: &Value) -> String {
    let mut bytes = Vec::new();
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, MetaFormatter)) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        // Writing a value to memory cannot fail; should it ever, plain JSON says the same.
        Err(_) => value.to_string(),
    }
}

struct MetaFormatter;

impl Formatter for MetaFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut units = [0_u16; 2];
        for c in fragment.chars() {
            match c {
                '/' => writer.write_all(b"\\/")?,
                c if c.is_ascii() => CompactFormatter.write_string_fragment(writer, c.encode_utf8(&mut [0; 4]))?,
                c => {
                    for unit in c.encode_utf16(&mut units) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(n: i64, time: Option<i64>) -> Update {
        let value = json!({"metadata": {"phone_number_id": "1"}, "contacts": [{"wa_id": "9"}], "messages": [n]});
        Update { entry_id: "w".into(), entry_time: time, field: "messages".into(), value }
    }

    #[test]
    fn bodies_are_ascii_with_escaped_slashes_and_surrogate_pairs() {
        let written = to_meta_json(&json!({"a": "é/😀\"\n"}));
        assert_eq!(written, r#"{"a":"\u00e9\/\ud83d\ude00\"\n"}"#);
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), json!({"a": "é/😀\"\n"}));
    }

    #[test]
    fn updates_share_a_body_in_three_shapes() {
        let updates = [update(1, None), update(2, None), update(3, Some(5))];
        let parsed = |shape| serde_json::from_str::<Value>(&body(&updates, shape)).unwrap();
        let count = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_array).map_or(0, Vec::len);

        assert_eq!(count(&parsed(Shape::Entries), "/entry"), 3);
        let changes = parsed(Shape::Changes);
        assert_eq!((count(&changes, "/entry"), count(&changes, "/entry/0/changes")), (2, 2));
        let values = parsed(Shape::Values);
        assert_eq!(count(&values, "/entry/0/changes"), 1);
        assert_eq!(count(&values, "/entry/0/changes/0/value/messages"), 2);
        assert_eq!(count(&values, "/entry/0/changes/0/value/contacts"), 1);
    }
}
