//! Whether a template on Meta's side is what was asked for: how a lost answer to an edit is settled.
use serde_json::Value;

use crate::loose::{Loose, is_index};

/// Whether all that was asked for is there. Meta adds members, and shows other examples than it was given.
pub fn is_as_asked(asked: &Value, found: &Value) -> bool {
    match (asked, found) {
        (Value::Object(asked), Value::Object(_)) => {
            let counts = |name: &str| name != "example" && !is_index(name);
            asked.iter().filter(|(name, _)| counts(name)).all(|(name, asked)| {
                let found = found.get(name).unwrap_or(&Value::Null);
                is_as_asked(asked, found)
            })
        }
        (Value::Array(asked), found) => {
            let found = found.items();
            asked.len() == found.len() && asked.iter().zip(found).all(|(asked, found)| is_as_asked(asked, found))
        }
        (Value::String(asked), Value::String(found)) => asked.eq_ignore_ascii_case(found),
        (asked, found) => asked == found,
    }
}
