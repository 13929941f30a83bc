//! All that is found wrong with one body, in the order in which it is found.
use serde_json::Value;

use crate::send::Violation;
use crate::send::check::rule::{Rule, check_rule};

#[derive(Default)]
pub(super) struct Report(pub(super) Vec<Violation>);

impl Report {
    pub(super) fn say(&mut self, path: &str, message: impl Into<String>) {
        self.0.push(Violation::new(path, message));
    }

    /// `what` are counted: "characters", "buttons".
    pub(super) fn over(&mut self, path: &str, max: usize, what: &str) {
        self.0.push(Violation::over(path, max, what));
    }

    pub(super) fn rule(&mut self, path: &str, value: &Value, rule: &Rule) {
        check_rule(path, value, rule, &mut self.0);
    }

    /// The member as a text; it is said where it is missing or none.
    pub(super) fn text<'a>(&mut self, path: &str, of: &'a Value, name: &str) -> Option<&'a str> {
        let path = format!("{path}.{name}");
        match of.get(name) {
            None => self.say(&path, "is missing"),
            Some(Value::String(text)) => return Some(text),
            Some(_) => self.say(&path, "must be a string"),
        }
        None
    }

    /// The items of what must be a list.
    pub(super) fn items<'a>(&mut self, path: &str, value: &'a Value) -> &'a [Value] {
        let items = value.as_array().map(Vec::as_slice);
        if items.is_none() {
            self.say(path, "must be a list");
        }
        items.unwrap_or_default()
    }
}
