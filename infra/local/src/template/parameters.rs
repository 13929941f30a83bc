//! The values of the template's parameters: what the caller gives, or else the default, held against what is allowed.

use std::collections::BTreeMap;

use super::fields::{Fields, Text};
use super::problems::Problems;
use super::tree::Entry;

/// Reads the section; `line` is where messages about the caller's own values point when no parameter bears their name.
pub(super) fn read(
    problems: &Problems,
    entries: Vec<Entry>,
    line: usize,
    overrides: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    for name in overrides.keys() {
        if !entries.iter().any(|entry| entry.key == *name) {
            let known: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
            problems.report(line, format!("there is no parameter {name}; understood: {}", known.join(", ")));
        }
    }
    let mut values = BTreeMap::new();
    for Entry { key, line, node } in entries {
        let value = parameter(Fields::new(problems, key.clone(), node), line, overrides.get(&key));
        // A parameter without a usable value is reported; references to it need not be as well.
        values.insert(key, value.unwrap_or_default());
    }
    values
}

fn parameter(mut fields: Fields<'_>, line: usize, given: Option<&String>) -> Option<String> {
    fields.needs(&["Type"]);
    let number = fields.choice("Type", &[("String", false), ("Number", true)]);
    fields.text("Description");
    let default = fields.text("Default");
    let allowed = fields.texts("AllowedValues");
    let Some(Text { line, value }) = given.map(|value| Text { line, value: value.clone() }).or(default) else {
        fields.report(line, "has no default, and no value is given for it");
        return None;
    };
    if number == Some(true) && value.parse::<i64>().is_err() {
        fields.report(line, format!("{value} is not a whole number"));
    }
    if !allowed.is_empty() {
        let words: Vec<(&str, ())> = allowed.iter().map(|text| (text.value.as_str(), ())).collect();
        fields.choose("the value", &Text { line, value: value.clone() }, &words)?;
    }
    Some(value)
}
