//! The one form in which a body is checked, kept and sent: lists are lists, and Meta's words are written as Meta writes them.
//!
//! Guarantee: no text that a customer will read is touched.
use domain::template::language;
use serde_json::{Map, Value};

use crate::loose::{Loose, is_index};

/// Members whose values are words of Meta's, which it takes in any case and gives back in capitals.
const WORDS: &[&str] = &["type", "format", "otp_type", "category"];

/// Lists that were written as maps (`{"0": …, "1": …}`) become lists, at any depth.
pub(super) fn lists(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(lists).collect()),
        Value::Object(members) if !members.is_empty() && members.keys().all(|name| is_index(name)) => {
            let value = Value::Object(members);
            Value::Array(value.items().into_iter().cloned().map(lists).collect())
        }
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, lists(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// The members of a body with its words, languages and numbers in their own form.
pub(super) fn members(body: Map<String, Value>) -> Map<String, Value> {
    body.into_iter().map(|(name, value)| (name.clone(), member(&name, lists(value)))).collect()
}

fn member(name: &str, value: Value) -> Value {
    match (name, value) {
        ("category", Value::String(word)) => Value::String(capitals(&word)),
        ("parameter_format", Value::String(word)) => Value::String(word.to_ascii_lowercase()),
        ("language", Value::String(code)) => Value::String(language(code.trim())),
        ("languages", Value::Array(codes)) => {
            Value::Array(codes.into_iter().map(|code| member("language", code)).collect())
        }
        ("message_send_ttl_seconds", Value::String(text)) => match text.trim().parse::<i64>() {
            Ok(seconds) => seconds.into(),
            Err(_) => Value::String(text),
        },
        ("components", value) => words(value),
        ("library_template_button_inputs", value) => words(value),
        (_, value) => value,
    }
}

fn words(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(words).collect()),
        Value::Object(members) => Value::Object(members.into_iter().map(word_member).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

fn word_member((name, value): (String, Value)) -> (String, Value) {
    let word = value.as_str().filter(|_| WORDS.contains(&name.as_str())).map(capitals);
    let value = match word {
        Some(word) => Value::String(word),
        None if name == "example" => example(value),
        None => words(value),
    };
    (name, value)
}

/// Meta's samples write the examples of one variable as a text, as a list, and as a list of lists.
fn example(value: Value) -> Value {
    let listed = |value: Value| if value.is_string() { Value::Array(vec![value]) } else { value };
    let Value::Object(members) = value else { return value };
    let told = |(name, value): (String, Value)| {
        let value = match name.as_str() {
            "header_text" | "header_handle" => listed(value),
            "body_text" => {
                let rows = listed(value);
                let is_row = rows.as_array().is_some_and(|row| row.iter().any(Value::is_string));
                if is_row { Value::Array(vec![rows]) } else { rows }
            }
            _ => value,
        };
        (name, value)
    };
    Value::Object(members.into_iter().map(told).collect())
}

/// Only what can be a word: anything else is told as it was written.
fn capitals(word: &str) -> String {
    word.to_ascii_uppercase().replace('-', "_")
}
