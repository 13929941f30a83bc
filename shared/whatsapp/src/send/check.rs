//! What must hold of a message before Meta is asked to send it. Each type is a row of [`TYPES`], each of its members a
//! row of rules; a rule that needs code of its own is a function.
use serde_json::Value;

use super::template;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, from the type on: `text.body`, `template.components[0].parameters[1]`.
    pub field: String,
    /// The number that must not be exceeded, if it is about one.
    pub limit: Option<usize>,
    pub message: String,
}

impl Violation {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Violation {
        Violation { field: field.into(), limit: None, message: message.into() }
    }
}

/// A member of a payload.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) is_required: bool,
    pub(super) rule: Rule,
}

pub(super) enum Rule {
    /// Not blank, and at most so many characters.
    Text {
        max: usize,
    },
    Flag,
    Words(&'static [&'static str]),
    Object(&'static [Member]),
    Custom(fn(&str, &Value, &mut Vec<Violation>)),
}

pub(super) const fn required(name: &'static str, rule: Rule) -> Member {
    Member { name, is_required: true, rule }
}

pub(super) const fn optional(name: &'static str, rule: Rule) -> Member {
    Member { name, is_required: false, rule }
}

const TYPES: &[(&str, &[Member])] = &[
    ("text", &[required("body", Rule::Text { max: 4096 }), optional("preview_url", Rule::Flag)]),
    ("template", template::MEMBERS),
];

/// Checks the member named like the type. What only the template or the window can tell is not checked here.
pub fn check(kind: &str, payload: &Value) -> Result<(), Vec<Violation>> {
    let Some((_, members)) = TYPES.iter().find(|(name, _)| *name == kind) else {
        let known: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
        return Err(vec![Violation::new("type", format!("is none of: {}", known.join(", ")))]);
    };
    let mut violations = Vec::new();
    check_object(kind, payload, members, &mut violations);
    if violations.is_empty() { Ok(()) } else { Err(violations) }
}

fn check_object(path: &str, value: &Value, members: &[Member], violations: &mut Vec<Violation>) {
    let Some(object) = value.as_object() else {
        violations.push(Violation::new(path, "must be an object"));
        return;
    };
    for member in members {
        let path = format!("{path}.{}", member.name);
        match object.get(member.name) {
            Some(value) => check_rule(&path, value, &member.rule, violations),
            None if member.is_required => violations.push(Violation::new(path, "is missing")),
            None => {}
        }
    }
    for name in object.keys().filter(|name| members.iter().all(|member| member.name != *name)) {
        violations.push(Violation::new(format!("{path}.{name}"), "is not known"));
    }
}

fn check_rule(path: &str, value: &Value, rule: &Rule, violations: &mut Vec<Violation>) {
    match rule {
        Rule::Text { max } => check_text(path, value, *max, violations),
        Rule::Flag if value.is_boolean() => {}
        Rule::Flag => violations.push(Violation::new(path, "must be true or false")),
        Rule::Words(words) if value.as_str().is_some_and(|word| words.contains(&word)) => {}
        Rule::Words(words) => violations.push(Violation::new(path, format!("is none of: {}", words.join(", ")))),
        Rule::Object(members) => check_object(path, value, members, violations),
        Rule::Custom(check) => check(path, value, violations),
    }
}

pub(super) fn check_text(path: &str, value: &Value, max: usize, violations: &mut Vec<Violation>) {
    match value.as_str() {
        None => violations.push(Violation::new(path, "must be a string")),
        Some(text) if text.trim().is_empty() => violations.push(Violation::new(path, "must not be empty")),
        Some(text) if text.chars().count() > max => violations.push(Violation {
            limit: Some(max),
            ..Violation::new(path, format!("must not be longer than {max} characters"))
        }),
        Some(_) => {}
    }
}
