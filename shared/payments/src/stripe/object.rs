//! Lenient access to Stripe's objects: what is absent, or of another shape than it was, reads as nothing.
use domain::Time;
use serde_json::Value;

use super::amounts::from_minor;
use crate::provider::Money;

pub(super) struct Object<'a>(pub(super) &'a Value);

impl<'a> Object<'a> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A text that each object of its kind has.
    pub(super) fn word(&self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    pub(super) fn time(&self, name: &str) -> Option<Time> {
        self.number(name).map(Time::from_seconds)
    }

    pub(super) fn object(&self, name: &str) -> Option<Object<'a>> {
        self.0.get(name).filter(|value| value.is_object()).map(Object)
    }

    /// The id of another object, which may stand in its place whole.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        self.text(name).or_else(|| self.object(name)?.text("id"))
    }

    /// Our id of what it is about.
    pub(super) fn order(&self) -> Option<String> {
        self.object("metadata")?.text("order")
    }

    /// The amount of this name, in the object's currency.
    pub(super) fn money(&self, name: &str) -> Option<Money> {
        from_minor(self.number(name)?, self.word("currency"))
    }
}
