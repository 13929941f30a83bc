//! Rules of the type `template`: the shapes of components and parameters. How many the template takes is known to
//! whoever has the template.
use serde_json::Value;

use super::media::FILE;
use super::rule::{MANY, Member, Rule, Violation, check_rule, check_text, none_of, optional, required};
use crate::open::same_word;
use crate::send::fill::{FALLBACK, lacks_value};

pub(super) const MEMBERS: &[Member] = &[
    required("name", Rule::Text { max: 512 }),
    required("language", Rule::Object(LANGUAGE)),
    // Of the API before the cloud; Meta still takes it.
    optional("namespace", Rule::String),
    optional("components", Rule::Custom(check_components)),
];

const LANGUAGE: &[Member] =
    &[required("code", Rule::Text { max: 32 }), optional("policy", Rule::Words(&["deterministic"]))];

const COMPONENTS: &[&str] = &[
    "header",
    "body",
    "footer",
    "button",
    "carousel",
    "limited_time_offer",
    "tap_target_configuration",
    "call_permission_request",
];

const COMPONENT_MEMBERS: &[&str] = &["type", "sub_type", "index", "parameters", "cards"];

const BUTTONS: &[&str] = &[
    "quick_reply",
    "url",
    "copy_code",
    "flow",
    "catalog",
    "mpm",
    "spm",
    "voice_call",
    "order_details",
    "order_status",
    "request_contact_info",
];

/// Buttons of which a template has one, so that no index is needed.
const BUTTONS_WITHOUT_INDEX: &[&str] = &["voice_call"];

/// The types of parameters. The value of each stands in the member of the same name.
const PARAMETERS: &[(&str, Rule)] = &[
    ("text", Rule::Custom(check_parameter_text)),
    (
        "currency",
        Rule::Open(&[
            required("fallback_value", Rule::Filled),
            required("code", Rule::Text { max: 3 }),
            required("amount_1000", Rule::Number),
        ]),
    ),
    ("date_time", Rule::Open(&[required("fallback_value", Rule::Filled)])),
    ("image", FILE),
    ("video", FILE),
    ("document", FILE),
    (
        "location",
        Rule::Open(&[
            required("latitude", Rule::Degrees { max: 90.0 }),
            required("longitude", Rule::Degrees { max: 180.0 }),
        ]),
    ),
    ("product", Rule::Open(&[required("product_retailer_id", Rule::Filled), optional("catalog_id", Rule::Filled)])),
    ("payload", Rule::Filled),
    ("coupon_code", Rule::Text { max: CODE_MAX }),
    ("action", Rule::Open(&[])),
    ("ttl_minutes", Rule::Number),
    ("limited_time_offer", Rule::Open(&[required("expiration_time_ms", Rule::Number)])),
    ("tap_target_configuration", Rule::List { min: 1, max: MANY, of: &Rule::Open(&[]) }),
    ("order_status", Rule::Open(&[])),
];

/// A hydrated body is at most this long, so a single value cannot be longer.
const PARAMETER_TEXT_MAX: usize = 1024;
const SPACES_MAX: usize = 4;
/// Longest code that a button copies.
const CODE_MAX: usize = 20;
const CARDS_MAX: usize = 10;

fn check_components(path: &str, value: &Value, violations: &mut Vec<Violation>) {
    each(path, value, violations, |path, component, violations| {
        check_component(path, component, COMPONENTS, violations);
    });
}

/// Runs `check` on every item of what must be a list.
fn each(path: &str, value: &Value, violations: &mut Vec<Violation>, check: impl Fn(&str, &Value, &mut Vec<Violation>)) {
    match value.as_array() {
        None => violations.push(Violation::new(path, "must be a list")),
        Some(items) => {
            for (index, item) in items.iter().enumerate() {
                check(&format!("{path}[{index}]"), item, violations);
            }
        }
    }
}

/// Whether the item is an object; members that it does not take are named.
fn is_object(path: &str, item: &Value, members: &[&str], violations: &mut Vec<Violation>) -> bool {
    let Some(object) = item.as_object() else {
        violations.push(Violation::new(path, "must be an object"));
        return false;
    };
    for name in object.keys().filter(|name| !members.contains(&name.as_str())) {
        violations.push(Violation::new(format!("{path}.{name}"), "is not known"));
    }
    true
}

/// The item's `type`, if it is one of `known`.
fn known_word<'a>(
    path: &str,
    item: &'a Value,
    name: &str,
    known: &[&str],
    violations: &mut Vec<Violation>,
) -> Option<&'a str> {
    let word = item.get(name).and_then(Value::as_str);
    let found = word.filter(|word| known.iter().any(|known| same_word(word, known)));
    if found.is_none() {
        violations.push(Violation::new(format!("{path}.{name}"), none_of(known)));
    }
    found
}

fn check_component(path: &str, component: &Value, known: &[&str], violations: &mut Vec<Violation>) {
    if !is_object(path, component, COMPONENT_MEMBERS, violations) {
        return;
    }
    let Some(kind) = known_word(path, component, "type", known, violations) else { return };
    if same_word(kind, "button") {
        check_button(path, component, violations);
    }
    if same_word(kind, "carousel") {
        check_cards(path, component, violations);
    }
    if let Some(parameters) = component.get("parameters") {
        each(&format!("{path}.parameters"), parameters, violations, check_parameter);
    }
}

fn check_button(path: &str, button: &Value, violations: &mut Vec<Violation>) {
    let Some(kind) = known_word(path, button, "sub_type", BUTTONS, violations) else { return };
    let index = match button.get("index") {
        Some(index) => index.as_u64().or_else(|| index.as_str()?.parse().ok()),
        None if BUTTONS_WITHOUT_INDEX.iter().any(|known| same_word(kind, known)) => return,
        None => None,
    };
    if index.is_none_or(|index| index > 9) {
        violations.push(Violation::new(format!("{path}.index"), "must be the button's place, 0 to 9"));
    }
}

fn check_cards(path: &str, carousel: &Value, violations: &mut Vec<Violation>) {
    let path = format!("{path}.cards");
    let cards = carousel.get("cards").unwrap_or(&Value::Null);
    if cards.as_array().is_some_and(|cards| cards.len() > CARDS_MAX) {
        violations.push(Violation::over(path.as_str(), CARDS_MAX, "items"));
    }
    each(&path, cards, violations, |path, card, violations| {
        if !card.is_object() {
            violations.push(Violation::new(path, "must be an object"));
            return;
        }
        if card.get("card_index").is_none_or(|index| !index.is_u64()) {
            violations.push(Violation::new(format!("{path}.card_index"), "must be the card's place"));
        }
        let components = card.get("components").unwrap_or(&Value::Null);
        each(&format!("{path}.components"), components, violations, |path, component, violations| {
            // A card holds no carousel, which also bounds how deep this goes.
            check_component(path, component, &["header", "body", "button"], violations);
        });
    });
}

fn check_parameter(path: &str, parameter: &Value, violations: &mut Vec<Violation>) {
    // Meta gives parameters further options (`payment_link_preview`) and names what it does not take, so they pass.
    if !parameter.is_object() {
        violations.push(Violation::new(path, "must be an object"));
        return;
    }
    let kinds: Vec<&str> = PARAMETERS.iter().map(|(kind, _)| *kind).collect();
    let Some(word) = known_word(path, parameter, "type", &kinds, violations) else { return };
    let known = PARAMETERS.iter().find(|(kind, _)| same_word(word, kind));
    // What a missing value is to be is known to whoever has the template.
    if let Some((kind, rule)) = known.filter(|_| lacks_value(parameter).is_none()) {
        let value_path = format!("{path}.{kind}");
        match parameter.get(*kind) {
            Some(value) => check_rule(&value_path, value, rule, violations),
            None => violations.push(Violation::new(value_path, "is missing")),
        }
    }
    if let Some(fallback) = parameter.get(FALLBACK) {
        check_parameter_text(&format!("{path}.{FALLBACK}"), fallback, violations);
    }
    if let Some(name) = parameter.get("parameter_name") {
        check_text(&format!("{path}.parameter_name"), name, PARAMETER_TEXT_MAX, violations);
    }
}

/// Meta refuses these after the call, and the text is not ours to change (P36).
pub(in crate::send) fn check_parameter_text(path: &str, value: &Value, violations: &mut Vec<Violation>) {
    // Meta's own sample of quick replies has flags for texts.
    if value.is_boolean() {
        return;
    }
    check_text(path, value, PARAMETER_TEXT_MAX, violations);
    let text = value.as_str().unwrap_or_default();
    if text.contains(['\n', '\r', '\t']) {
        violations.push(Violation::new(path, "must not have line breaks or tabs"));
    }
    if text.contains(&" ".repeat(SPACES_MAX + 1)) {
        violations.push(Violation::over(path, SPACES_MAX, "spaces in a row"));
    }
}
