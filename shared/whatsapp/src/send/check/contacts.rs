//! Rules of the type `contacts`: cards of people.
use serde_json::Value;

use super::rule::{MANY, Member, Rule, Violation, optional, required};

pub(super) const CONTACTS: Rule = Rule::List { min: 1, max: 257, of: &Rule::Object(CARD) };

const CARD: &[Member] = &[
    required("name", Rule::All(&[Rule::Open(NAME), Rule::Custom(has_a_second_name)])),
    optional("phones", Rule::List { min: 0, max: MANY, of: &Rule::Open(PHONE) }),
    optional("emails", Rule::List { min: 0, max: MANY, of: &Rule::Open(&[optional("email", Rule::String)]) }),
    optional("urls", Rule::List { min: 0, max: MANY, of: &Rule::Open(&[optional("url", Rule::String)]) }),
    optional("addresses", Rule::List { min: 0, max: MANY, of: &Rule::Open(&[]) }),
    optional("org", Rule::Open(&[])),
    optional("birthday", Rule::String),
];

const PHONE: &[Member] = &[optional("phone", Rule::String), optional("wa_id", Rule::String)];

const NAME: &[Member] = &[
    required("formatted_name", Rule::Filled),
    optional("first_name", Rule::String),
    optional("last_name", Rule::String),
    optional("middle_name", Rule::String),
    optional("prefix", Rule::String),
    optional("suffix", Rule::String),
];

/// Meta wants one more part of the name beside the formatted one.
fn has_a_second_name(path: &str, name: &Value, violations: &mut Vec<Violation>) {
    let parts = ["first_name", "last_name", "middle_name", "prefix", "suffix"];
    if name.is_object() && parts.iter().all(|part| name.get(part).is_none()) {
        let message = format!("must have one more beside formatted_name: {}", parts.join(", "));
        violations.push(Violation::new(path, message));
    }
}
