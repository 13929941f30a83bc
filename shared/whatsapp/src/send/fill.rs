//! Completes a template message: a value that is missing is the parameter's own `fallback`, else what the business set for
//! the template's variable (P36).
//!
//! Guarantee: a value that is there stays as it is, and every one that was put in is named.
use std::collections::BTreeMap;

use domain::template::{AUTHENTICATION, Fallbacks, Template};
use serde_json::{Value, json};

use super::check::{Violation, check_parameter_text};
use super::contract::{Parts, button_place};
use crate::loose::Loose;
use crate::open::same_word;
use crate::templates::placeholders;

/// Ours, beside the value of a parameter; Meta never sees it.
pub(super) const FALLBACK: &str = "fallback";
/// The types of parameters whose value is a text, and may so be missing.
const FILLED: &[&str] = &["text", "coupon_code", "payload"];

/// A template message without what only we understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    pub payload: Value,
    /// Where a value was put in: `template.components[0].parameters[1].text`.
    pub fields: Vec<String>,
}

/// `payload` is the member `template` of a message whose form is right.
pub fn fill(template: &Template, payload: &Value, defaults: &Fallbacks) -> Filled {
    let mut filled = Filled { payload: payload.clone(), fields: Vec::new() };
    own(filled.payload.get_mut("components"), "template.components", &mut filled.fields);
    if let Some(code) = filled.payload.pointer_mut("/language/code").filter(|code| is_hyphenated(code)) {
        *code = json!(template.language);
    }
    if !defaults.is_empty() {
        let is_named = same_word(&template.parameter_format, "NAMED");
        let wanted = Parts::of(&template.components);
        for (kind, values) in [("header", &defaults.header), ("body", &defaults.body)] {
            let text = wanted.find(kind).and_then(|(_, part)| part.text("text")).unwrap_or_default();
            filled.texts(kind, &placeholders(&text), values, is_named);
        }
        for (place, value) in &defaults.buttons {
            filled.button(*place, &wanted, value);
        }
    }
    filled
}

/// What is wrong with fallbacks that somebody wants to set: each is for a variable that the template has, and a value that
/// Meta takes.
pub fn check_fallbacks(template: &Template, fallbacks: &Fallbacks) -> Vec<Violation> {
    let mut violations = Vec::new();
    let wanted = Parts::of(&template.components);
    for (kind, values) in [("header", &fallbacks.header), ("body", &fallbacks.body)] {
        let text = wanted.find(kind).and_then(|(_, part)| part.text("text")).unwrap_or_default();
        let names = placeholders(&text);
        for (name, value) in values {
            let field = format!("{kind}.{name}");
            if !names.contains(name) {
                violations.push(Violation::new(field, format!("is no variable there: {}", names.join(", "))));
            } else if template.category == AUTHENTICATION {
                violations.push(Violation::new(field, "is a code, which nothing stands in for"));
            } else {
                check_parameter_text(&field, &json!(value), &mut violations);
            }
        }
    }
    let buttons = wanted.inside("buttons", "buttons");
    for (place, value) in &fallbacks.buttons {
        let field = format!("buttons.{place}");
        if template.category == AUTHENTICATION || !is_open(buttons.get(*place).copied()) {
            violations.push(Violation::new(field, "is no button whose address has a variable"));
        } else {
            check_parameter_text(&field, &json!(value), &mut violations);
        }
    }
    violations
}

/// Whether a button's address is to be completed.
fn is_open(button: Option<&Value>) -> bool {
    let address = button.filter(|button| is_kind(button, "url")).and_then(|button| button.text("url"));
    address.is_some_and(|address| !placeholders(&address).is_empty())
}

/// The type of a parameter that is to have a text and has none.
pub(super) fn lacks_value(parameter: &Value) -> Option<&'static str> {
    let kind = parameter.text("type")?;
    let kind = FILLED.iter().copied().find(|known| same_word(known, &kind))?;
    is_blank(parameter.get(kind)).then_some(kind)
}

fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(value) => value.as_str().is_some_and(|text| text.trim().is_empty()),
    }
}

/// Whether a language is written as the web does, `en-US`, which Meta does not know.
fn is_hyphenated(code: &Value) -> bool {
    let parts = code.as_str().and_then(|code| code.split_once('-'));
    parts.is_some_and(|(language, country)| (2..=3).contains(&language.len()) && (2..=4).contains(&country.len()))
}

/// Takes the fallbacks out of all parameters, and puts them where a value is missing.
fn own(components: Option<&mut Value>, path: &str, fields: &mut Vec<String>) {
    for (index, component) in items(components) {
        let path = format!("{path}[{index}]");
        for (at, parameter) in items(component.get_mut("parameters")) {
            let missing = lacks_value(parameter);
            let fallback = parameter.as_object_mut().and_then(|members| members.remove(FALLBACK));
            if let (Some(kind), Some(fallback)) = (missing, fallback) {
                parameter[kind] = fallback;
                fields.push(format!("{path}.parameters[{at}].{kind}"));
            }
        }
        for (at, card) in items(component.get_mut("cards")) {
            own(card.get_mut("components"), &format!("{path}.cards[{at}].components"), fields);
        }
    }
}

fn items(list: Option<&mut Value>) -> impl Iterator<Item = (usize, &mut Value)> {
    list.and_then(Value::as_array_mut).into_iter().flatten().enumerate()
}

impl Filled {
    fn texts(&mut self, kind: &str, names: &[String], values: &BTreeMap<String, String>, is_named: bool) {
        for (place, name) in names.iter().enumerate() {
            let Some(value) = values.get(name) else { continue };
            let at = self.component(|part| is_kind(part, kind), || json!({"type": kind}));
            let is_it = |parameter: &Value| parameter.text("parameter_name").as_ref() == Some(name);
            let given = self.parameters(at);
            let found = if is_named { given.iter().position(is_it) } else { (place < given.len()).then_some(place) };
            match found {
                Some(found) => self.put(at, found, value),
                None if is_named => self.push(at, json!({"type": "text", "parameter_name": name, "text": value})),
                // One that stands behind others that are missing has no place yet.
                None if place == given.len() => self.push(at, json!({"type": "text", "text": value})),
                None => {}
            }
        }
    }

    fn button(&mut self, place: usize, wanted: &Parts, value: &str) {
        let buttons = wanted.inside("buttons", "buttons");
        if !is_open(buttons.get(place).copied()) {
            return;
        }
        let new = || json!({"type": "button", "sub_type": "url", "index": place.to_string()});
        let at = self.component(|part| is_kind(part, "button") && button_place(part) == Some(place), new);
        if self.parameters(at).is_empty() {
            self.push(at, json!({"type": "text", "text": value}));
        } else {
            self.put(at, 0, value);
        }
    }

    /// The place of the component, which is made if there is none.
    fn component(&mut self, is_it: impl Fn(&Value) -> bool, new: impl Fn() -> Value) -> usize {
        let components = self.payload.list("components");
        if let Some(found) = components.iter().position(|part| is_it(part)) {
            return found;
        }
        let last = components.len();
        match self.payload.get_mut("components").and_then(Value::as_array_mut) {
            Some(list) => list.push(new()),
            None => self.payload["components"] = json!([new()]),
        }
        last
    }

    fn parameters(&self, component: usize) -> Vec<Value> {
        let parameters = self.payload.list("components").get(component).map(|component| component.list("parameters"));
        parameters.unwrap_or_default().into_iter().cloned().collect()
    }

    fn push(&mut self, component: usize, parameter: Value) {
        let place = self.parameters(component).len();
        let component_of = &mut self.payload["components"][component];
        match component_of.get_mut("parameters").and_then(Value::as_array_mut) {
            Some(list) => list.push(parameter),
            None => component_of["parameters"] = json!([parameter]),
        }
        self.name(component, place);
    }

    fn put(&mut self, component: usize, place: usize, value: &str) {
        let parameter = &mut self.payload["components"][component]["parameters"][place];
        if lacks_value(parameter) == Some("text") {
            parameter["text"] = json!(value);
            self.name(component, place);
        }
    }

    fn name(&mut self, component: usize, place: usize) {
        self.fields.push(format!("template.components[{component}].parameters[{place}].text"));
    }
}

fn is_kind(part: &Value, kind: &str) -> bool {
    part.text("type").is_some_and(|word| same_word(&word, kind))
}

#[cfg(test)]
mod tests {
    use super::super::contract::tests::template;
    use super::*;

    fn text(value: Value) -> Value {
        json!({"type": "text", "text": value})
    }

    #[test]
    fn a_missing_value_is_the_fallback_and_a_given_one_stays() {
        let template = template("UTILITY", "POSITIONAL", json!([{"type": "BODY", "text": "Hello {{1}}"}]));
        let with = |value: Value| json!({"type": "text", "text": value, "fallback": "there"});
        for (parameter, shown, fields) in [
            (with(json!("Ann")), json!("Ann"), 0),
            (with(json!(" ")), json!("there"), 1),
            (with(json!("")), json!("there"), 1),
            (with(Value::Null), json!("there"), 1),
            (json!({"type": "text", "fallback": "there"}), json!("there"), 1),
            (text(json!("")), json!(""), 0),
            (json!({"type": "coupon_code", "fallback": "TEN"}), Value::Null, 1),
            (json!({"type": "image", "image": {"id": "1"}, "fallback": "x"}), Value::Null, 0),
        ] {
            let payload = json!({"components": [{"type": "body", "parameters": [parameter]}]});
            let filled = fill(&template, &payload, &Fallbacks::default());
            let one = &filled.payload["components"][0]["parameters"][0];
            assert_eq!(one["text"], shown, "{parameter}");
            assert!(one.get("fallback").is_none(), "{one}");
            assert_eq!(filled.fields.len(), fields, "{parameter}");
        }
    }

    #[test]
    fn fallbacks_stand_in_cards_too() {
        let template = template("MARKETING", "POSITIONAL", json!([]));
        let card = json!({"card_index": 0, "components": [{"type": "body", "parameters": [{"type": "text", "fallback": "you"}]}]});
        let filled =
            fill(&template, &json!({"components": [{"type": "carousel", "cards": [card]}]}), &Fallbacks::default());
        assert_eq!(filled.fields, ["template.components[0].cards[0].components[0].parameters[0].text"]);
    }

    #[test]
    fn the_template_s_own_fallbacks_fill_what_a_message_leaves_out() {
        let buttons = json!({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY"}, {"type": "URL", "url": "https://x.test/{{1}}"}]});
        let two = json!([{"type": "HEADER", "format": "TEXT", "text": "For {{1}}"}, {"type": "BODY", "text": "{{1}}, {{2}}"}, buttons]);
        let named = json!([{"type": "BODY", "text": "{{first}} {{last}}"}]);
        let list = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let all = Fallbacks {
            header: list(&[("1", "you")]),
            body: list(&[("1", "friend"), ("2", "soon"), ("last", "Doe")]),
            buttons: BTreeMap::from([(1, "home".to_owned())]),
        };
        let body = |parameters: Value| json!({"type": "body", "parameters": parameters});
        let button = json!({"type": "button", "sub_type": "url", "index": "1", "parameters": [text(json!("home"))]});
        let header = json!({"type": "header", "parameters": [text(json!("you"))]});
        let name = |name: &str, value: &str| json!({"type": "text", "parameter_name": name, "text": value});
        for (format, components, given, expected) in [
            (
                "POSITIONAL",
                &two,
                json!([]),
                json!([header, body(json!([text(json!("friend")), text(json!("soon"))])), button]),
            ),
            (
                "POSITIONAL",
                &two,
                json!([body(json!([text(json!("Ann"))]))]),
                json!([body(json!([text(json!("Ann")), text(json!("soon"))])), header, button]),
            ),
            // Of what is left out in the middle nothing is known: the first has no value, and the second none.
            ("NAMED", &named, json!([]), json!([body(json!([name("last", "Doe")]))])),
            (
                "NAMED",
                &named,
                json!([body(json!([name("last", ""), name("first", "Ann")]))]),
                json!([body(json!([name("last", "Doe"), name("first", "Ann")]))]),
            ),
        ] {
            let template = template("UTILITY", format, components.clone());
            let filled = fill(&template, &json!({"components": given}), &all);
            assert_eq!(filled.payload["components"], expected, "{given}");
        }
    }
}
