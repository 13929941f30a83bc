//! Holds a template message against the template: whatever Meta would refuse because the two do not fit together is told
//! before the call, all of it at once (P36, P37).
//!
//! Guarantee: values are looked at and never changed.
use domain::template::{AUTHENTICATION, Template};
use serde_json::Value;

use super::check::Violation;
use super::fill::lacks_value;
use crate::loose::Loose;
use crate::open::same_word;
use crate::templates::placeholders;

mod buttons;

pub(super) use buttons::button_place;

/// Longest body with its values filled in.
const BODY_MAX: usize = 1024;
/// Longest one-time code.
const CODE_MAX: usize = 15;
/// Components of which a message, or a card, has one at most.
const ONCE: &[&str] = &["header", "body", "carousel", "limited_time_offer", "tap_target_configuration"];

/// Checks the member `template` of a message whose form is right already.
pub fn fits(template: &Template, payload: &Value) -> Result<(), Vec<Violation>> {
    let mut check = Check {
        is_named: same_word(&template.parameter_format, "NAMED"),
        is_authentication: template.category == AUTHENTICATION,
        violations: Vec::new(),
    };
    let wanted = Parts::of(&template.components);
    let given = Parts(payload.list("components"));
    check.components("template.components", &wanted, &given);
    check.offer(&wanted, &given);
    check.cards(&wanted, &given);
    if check.violations.is_empty() { Ok(()) } else { Err(check.violations) }
}

/// The components of a template, of a message or of a card.
pub(super) struct Parts<'a>(pub(super) Vec<&'a Value>);

impl<'a> Parts<'a> {
    pub(super) fn of(components: &'a Value) -> Parts<'a> {
        Parts(components.items())
    }

    /// The first of a type, with its place.
    pub(super) fn find(&self, kind: &str) -> Option<(usize, &'a Value)> {
        self.all(kind).next()
    }

    pub(super) fn all(&self, kind: &str) -> impl Iterator<Item = (usize, &'a Value)> {
        let parts = self.0.iter().copied().enumerate();
        parts.filter(move |(_, part)| part.text("type").is_some_and(|word| same_word(&word, kind)))
    }

    /// What stands in a list of the first of a type.
    pub(super) fn inside(&self, kind: &str, list: &str) -> Vec<&'a Value> {
        self.find(kind).map_or_else(Vec::new, |(_, part)| part.list(list))
    }
}

struct Check {
    is_named: bool,
    is_authentication: bool,
    violations: Vec<Violation>,
}

impl Check {
    fn say(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.violations.push(Violation::new(field, message));
    }

    fn components(&mut self, path: &str, wanted: &Parts, given: &Parts) {
        self.values(path, given);
        self.twice(path, given);
        self.header(path, wanted.find("header").map(|(_, header)| header), given.find("header"));
        let body = wanted.find("body").map(|(_, body)| body.text("text").unwrap_or_else(|| self.unwritten_body()));
        let code = self.body(path, &body.unwrap_or_default(), given.find("body"));
        self.buttons(path, &wanted.inside("buttons", "buttons"), given, code.as_deref());
    }

    /// The text of codes is Meta's own, and may not be told.
    fn unwritten_body(&self) -> String {
        if self.is_authentication { "{{1}}".to_owned() } else { String::new() }
    }

    /// Each parameter has a value.
    fn values(&mut self, path: &str, given: &Parts) {
        for (index, component) in given.0.iter().enumerate() {
            for (at, parameter) in component.list("parameters").into_iter().enumerate() {
                if let Some(kind) = lacks_value(parameter) {
                    let message = "has no value: give one, or a fallback beside it";
                    self.say(format!("{path}[{index}].parameters[{at}].{kind}"), message);
                }
            }
        }
    }

    fn twice(&mut self, path: &str, given: &Parts) {
        for kind in ONCE {
            for (index, _) in given.all(kind).skip(1) {
                self.say(format!("{path}[{index}].type"), format!("is the second {kind}"));
            }
        }
    }

    fn header(&mut self, path: &str, wanted: Option<&Value>, given: Option<(usize, &Value)>) {
        let path = place(path, "header", given.map(|(index, _)| index));
        let parameters = given.map_or_else(Vec::new, |(_, header)| header.list("parameters"));
        let Some(header) = wanted else {
            if !parameters.is_empty() {
                self.say(path, "the template has no header");
            }
            return;
        };
        let format = header.text("format").unwrap_or_else(|| "TEXT".to_owned());
        if same_word(&format, "TEXT") {
            return self.texts(&path, &header.text("text").unwrap_or_default(), &parameters);
        }
        let format = format.to_lowercase();
        let is_it = |parameter: &&Value| parameter.text("type").is_some_and(|kind| same_word(&kind, &format));
        if parameters.len() != 1 || !parameters.iter().all(is_it) {
            self.say(path, format!("must have one parameter of type {format}"));
        }
    }

    /// The first value of the body, which is the code of an authentication template.
    fn body(&mut self, path: &str, text: &str, given: Option<(usize, &Value)>) -> Option<String> {
        let path = place(path, "body", given.map(|(index, _)| index));
        let parameters = given.map_or_else(Vec::new, |(_, body)| body.list("parameters"));
        self.texts(&path, text, &parameters);
        let names: usize = placeholders(text).iter().map(|name| name.chars().count().saturating_add(4)).sum();
        let values: usize = parameters.iter().filter_map(|one| value_of(one)).map(|value| value.chars().count()).sum();
        if text.chars().count().saturating_sub(names).saturating_add(values) > BODY_MAX {
            let message = format!("must not make the body longer than {BODY_MAX} characters");
            self.violations.push(Violation { limit: Some(BODY_MAX), ..Violation::new(path.as_str(), message) });
        }
        let code = parameters.first().and_then(|parameter| parameter.text("text")).filter(|_| self.is_authentication);
        if code.as_ref().is_some_and(|code| code.chars().count() > CODE_MAX) {
            let message = format!("must not be longer than {CODE_MAX} characters");
            let field = format!("{path}.parameters[0].text");
            self.violations.push(Violation { limit: Some(CODE_MAX), ..Violation::new(field, message) });
        }
        code
    }

    /// As many values as the text has placeholders, by name where they have names.
    fn texts(&mut self, path: &str, text: &str, parameters: &[&Value]) {
        let names = placeholders(text);
        if parameters.len() != names.len() {
            let listed =
                if self.is_named && !names.is_empty() { format!(": {}", names.join(", ")) } else { String::new() };
            self.say(
                format!("{path}.parameters"),
                format!("must be {} as the template has, not {}{listed}", names.len(), parameters.len()),
            );
        }
        let mut seen: Vec<String> = Vec::new();
        for (index, parameter) in parameters.iter().enumerate() {
            let path = format!("{path}.parameters[{index}]");
            let kind = parameter.text("type").unwrap_or_default();
            if !["text", "currency", "date_time"].iter().any(|known| same_word(&kind, known)) {
                self.say(format!("{path}.type"), "must be text, currency or date_time here");
            }
            match parameter.text("parameter_name") {
                None if !self.is_named => {}
                // Meta would go by the order, whatever the names say.
                Some(_) if !self.is_named => {
                    self.say(format!("{path}.parameter_name"), "is not for this template: its values go in order");
                }
                Some(name) if seen.contains(&name) => {
                    self.say(format!("{path}.parameter_name"), "is given twice");
                }
                Some(name) if names.contains(&name) => seen.push(name),
                Some(_) | None => {
                    let message = format!("must be one of the template's: {}", names.join(", "));
                    self.say(format!("{path}.parameter_name"), message);
                }
            }
        }
    }

    /// An offer that ends needs the time at which it does.
    fn offer(&mut self, wanted: &Parts, given: &Parts) {
        let offer =
            wanted.find("limited_time_offer").and_then(|(_, offer)| offer.object("limited_time_offer").cloned());
        let is_unknown = offer.is_none();
        let ends = offer.and_then(|offer| offer.flag("has_expiration")).unwrap_or_default();
        let told = given.inside("limited_time_offer", "parameters");
        let time = told.first().and_then(|one| one.object("limited_time_offer")?.number("expiration_time_ms"));
        if ends && time.is_none_or(|time| time <= 0) {
            let path =
                place("template.components", "limited_time_offer", given.find("limited_time_offer").map(|one| one.0));
            self.say(path, "must tell limited_time_offer.expiration_time_ms, as the offer of the template ends");
        }
        if let Some((index, _)) = given.find("limited_time_offer").filter(|_| is_unknown) {
            self.say(format!("template.components[{index}]"), "the template has no limited-time offer");
        }
    }

    fn cards(&mut self, wanted: &Parts, given: &Parts) {
        let (cards, sent) = (wanted.inside("carousel", "cards"), given.inside("carousel", "cards"));
        let path = place("template.components", "carousel", given.find("carousel").map(|one| one.0));
        if cards.len() != sent.len() {
            self.say(format!("{path}.cards"), format!("must be {}, as the template has", cards.len()));
            return;
        }
        for (at, card) in cards.iter().enumerate() {
            let by_index =
                |one: &&Value| one.number("card_index").is_some_and(|index| usize::try_from(index) == Ok(at));
            match sent.iter().position(by_index) {
                None => self.say(format!("{path}.cards"), format!("none has card_index {at}")),
                Some(place) => {
                    let given = sent.get(place).map_or_else(Vec::new, |card| card.list("components"));
                    let path = format!("{path}.cards[{place}].components");
                    self.components(&path, &Parts(card.list("components")), &Parts(given));
                }
            }
        }
    }
}

/// `template.components[2]`, or what is missing there.
fn place(path: &str, what: &str, index: Option<usize>) -> String {
    index.map_or_else(|| format!("{path}.{what}"), |index| format!("{path}[{index}]"))
}

/// What the customer reads in the place of a parameter.
pub(super) fn value_of(parameter: &Value) -> Option<String> {
    let fallback = |kind: &str| parameter.object(kind).and_then(|object| object.text("fallback_value"));
    parameter.text("text").or_else(|| fallback("currency")).or_else(|| fallback("date_time"))
}

#[cfg(test)]
pub(super) mod tests;
