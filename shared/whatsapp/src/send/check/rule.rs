//! The words in which the tables of rules are written, and their reading.
use serde_json::{Map, Value};

use crate::open::same_word;

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
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Violation {
        Violation { field: field.into(), limit: None, message: message.into() }
    }

    /// `what` are counted: "characters", "rows".
    pub(crate) fn over(field: impl Into<String>, max: usize, what: &str) -> Violation {
        Violation { limit: Some(max), ..Violation::new(field, format!("must not have more than {max} {what}")) }
    }
}

/// A member of an object.
pub(crate) struct Member {
    name: &'static str,
    is_required: bool,
    rule: Rule,
}

pub(crate) enum Rule {
    /// Not blank, and at most so many characters.
    Text {
        max: usize,
    },
    /// At most so many characters, perhaps none.
    Short {
        max: usize,
    },
    /// Not blank.
    Filled,
    String,
    Flag,
    /// A number, also one written as a string.
    Number,
    /// A number, at most so far from zero.
    Degrees {
        max: f64,
    },
    /// One of these, in any case.
    Words(&'static [&'static str]),
    /// An object with these members and no others.
    Object(&'static [Member]),
    /// An object with these members, and others that Meta may know.
    Open(&'static [Member]),
    /// An object whose `type` says which rule it follows.
    Tagged(&'static [(&'static str, Rule)]),
    List {
        min: usize,
        max: usize,
        of: &'static Rule,
    },
    All(&'static [Rule]),
    Custom(fn(&str, &Value, &mut Vec<Violation>)),
}

/// For lists that have no end of their own.
pub(crate) const MANY: usize = usize::MAX;

pub(crate) const fn required(name: &'static str, rule: Rule) -> Member {
    Member { name, is_required: true, rule }
}

pub(crate) const fn optional(name: &'static str, rule: Rule) -> Member {
    Member { name, is_required: false, rule }
}

pub(crate) fn check_rule(path: &str, value: &Value, rule: &Rule, violations: &mut Vec<Violation>) {
    let mut demand = |holds: bool, message: &str| {
        if !holds {
            violations.push(Violation::new(path, message));
        }
    };
    match rule {
        Rule::Text { max } => check_text(path, value, *max, violations),
        Rule::Short { max } => check_length(path, value, *max, violations),
        Rule::Filled => check_text(path, value, MANY, violations),
        Rule::String => demand(value.is_string(), "must be a string"),
        Rule::Flag => demand(value.is_boolean(), "must be true or false"),
        Rule::Number => demand(number(value).is_some(), "must be a number"),
        Rule::Degrees { max } => {
            let is_near = number(value).is_some_and(|degrees| degrees.abs() <= *max);
            demand(is_near, &format!("must be a number from -{max} to {max}"));
        }
        Rule::Words(words) => {
            let is_one = value.as_str().is_some_and(|word| words.iter().any(|known| same_word(word, known)));
            demand(is_one, &none_of(words));
        }
        Rule::Object(members) => {
            if let Some(object) = check_members(path, value, members, violations) {
                let is_known = |name: &str| members.iter().any(|member| member.name == name);
                for name in object.keys().filter(|name| !is_known(name)) {
                    violations.push(Violation::new(format!("{path}.{name}"), "is not known"));
                }
            }
        }
        Rule::Open(members) => drop(check_members(path, value, members, violations)),
        Rule::Tagged(kinds) => check_tagged(path, value, kinds, violations),
        Rule::List { min, max, of } => check_list(path, value, (*min, *max), of, violations),
        Rule::All(rules) => rules.iter().for_each(|rule| check_rule(path, value, rule, violations)),
        Rule::Custom(check) => check(path, value, violations),
    }
}

/// The object, with its members checked; `None` if it is none.
fn check_members<'a>(
    path: &str,
    value: &'a Value,
    members: &[Member],
    violations: &mut Vec<Violation>,
) -> Option<&'a Map<String, Value>> {
    let Some(object) = value.as_object() else {
        violations.push(Violation::new(path, "must be an object"));
        return None;
    };
    for member in members {
        let path = format!("{path}.{}", member.name);
        match object.get(member.name) {
            Some(value) => check_rule(&path, value, &member.rule, violations),
            None if member.is_required => violations.push(Violation::new(path, "is missing")),
            None => {}
        }
    }
    Some(object)
}

fn check_tagged(path: &str, value: &Value, kinds: &[(&str, Rule)], violations: &mut Vec<Violation>) {
    if !value.is_object() {
        violations.push(Violation::new(path, "must be an object"));
        return;
    }
    let word = value.get("type").and_then(Value::as_str).unwrap_or_default();
    match kinds.iter().find(|(kind, _)| same_word(word, kind)) {
        Some((_, rule)) => check_rule(path, value, rule, violations),
        None => {
            let known: Vec<&str> = kinds.iter().map(|(kind, _)| *kind).collect();
            violations.push(Violation::new(format!("{path}.type"), none_of(&known)));
        }
    }
}

fn check_list(path: &str, value: &Value, (min, max): (usize, usize), of: &Rule, violations: &mut Vec<Violation>) {
    let Some(items) = value.as_array() else {
        violations.push(Violation::new(path, "must be a list"));
        return;
    };
    if items.len() > max {
        violations.push(Violation::over(path, max, "items"));
    }
    if items.len() < min {
        violations.push(Violation::new(path, format!("must have at least {min}")));
    }
    for (index, item) in items.iter().enumerate() {
        check_rule(&format!("{path}[{index}]"), item, of, violations);
    }
}

pub(crate) fn check_text(path: &str, value: &Value, max: usize, violations: &mut Vec<Violation>) {
    match value.as_str() {
        Some(text) if text.trim().is_empty() => violations.push(Violation::new(path, "must not be empty")),
        Some(_) | None => check_length(path, value, max, violations),
    }
}

fn check_length(path: &str, value: &Value, max: usize, violations: &mut Vec<Violation>) {
    match value.as_str() {
        None => violations.push(Violation::new(path, "must be a string")),
        Some(text) if text.chars().count() > max => {
            let message = format!("must not be longer than {max} characters");
            violations.push(Violation { limit: Some(max), ..Violation::new(path, message) });
        }
        Some(_) => {}
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite())
}

pub(crate) fn none_of(words: &[&str]) -> String {
    format!("is none of: {}", words.join(", "))
}
