//! What Meta refuses of a template before anybody reviews it: the form of its name, language and category, what every
//! template needs, the lengths of its texts, and header files that were never uploaded.

use serde_json::{Map, Value, json};

use super::super::errors::GraphError;
use crate::state::State;
use crate::state::templates::component;

const CATEGORIES: [&str; 3] = ["AUTHENTICATION", "MARKETING", "UTILITY"];
const NAME_CHARS: usize = 512;
const BODY_CHARS: usize = 1_024;
const LINE_CHARS: usize = 60;

pub(super) fn name(body: &Value) -> Result<String, GraphError> {
    let name = text(body, "name")?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.chars().count() > NAME_CHARS || !name.chars().all(fits) {
        return Err(GraphError::parameter(
            "Param name must be at most 512 characters of lowercase letters, numbers and underscores.",
        ));
    }
    Ok(name)
}

pub(super) fn language(code: &str) -> Result<String, GraphError> {
    let (base, region) = code.split_once('_').map_or((code, None), |(base, region)| (base, Some(region)));
    let is_base = (2..=3).contains(&base.len()) && base.chars().all(|c| c.is_ascii_lowercase());
    let is_region =
        region.is_none_or(|region| (2..=4).contains(&region.len()) && region.chars().all(char::is_alphabetic));
    (is_base && is_region)
        .then(|| code.to_owned())
        .ok_or_else(|| GraphError::parameter(format!("Param language must be a known language code - got \"{code}\".")))
}

pub(super) fn category(word: &str) -> Result<String, GraphError> {
    let category = word.to_ascii_uppercase();
    if CATEGORIES.contains(&category.as_str()) {
        return Ok(category);
    }
    let known = CATEGORIES.join(", ");
    Err(GraphError::parameter(format!("Param category must be one of {{{known}}} - got \"{word}\".")))
}

pub(super) fn parameter_format(body: &Value) -> Result<String, GraphError> {
    let word = body.get("parameter_format").and_then(Value::as_str).unwrap_or("POSITIONAL");
    let format = word.to_ascii_uppercase();
    let details = || GraphError::parameter("Param parameter_format must be one of {NAMED, POSITIONAL}.");
    ["NAMED", "POSITIONAL"].contains(&format.as_str()).then_some(format).ok_or_else(details)
}

pub(super) fn text(body: &Value, name: &str) -> Result<String, GraphError> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| GraphError::parameter(format!("The parameter {name} is required.")))
}

/// Components as Meta lists them: type names in upper case, header files as the address of what was uploaded.
pub(super) fn components(state: &State, given: &Value, category: &str) -> Result<Vec<Value>, GraphError> {
    let given = listed(given).ok_or_else(|| GraphError::parameter("Param components must be an array."))?;
    let components: Vec<Value> = given.iter().map(upper).collect();
    let wrong = |subcode, title: &str, message: &str| Err(GraphError::template(subcode, title, message));
    let Some(body) = component(&components, "BODY") else {
        return wrong(2_388_072, "Message body is missing", "A template needs a component of type BODY.");
    };
    let told = |one: Option<&Value>| {
        one.and_then(|one| one.get("text")).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let words = told(Some(body));
    if words.is_empty() && category != "AUTHENTICATION" {
        return wrong(2_388_072, "Message body is missing", "The BODY component needs a text.");
    }
    let header = component(&components, "HEADER");
    for (what, words, limit) in [
        ("Body", words.clone(), BODY_CHARS),
        ("Header", told(header), LINE_CHARS),
        ("Footer", told(component(&components, "FOOTER")), LINE_CHARS),
    ] {
        if words.chars().count() > limit {
            return wrong(
                2_388_040,
                "Character limit exceeded",
                &format!("{what} can have at most {limit} characters."),
            );
        }
    }
    if words.trim().starts_with("{{") || words.trim().ends_with("}}") {
        return wrong(2_388_299, "Variables at the edge", "Variables can't be at the start or end of the template.");
    }
    for handle in handles(&components) {
        if !state.handles.iter().any(|file| file.handle == handle) {
            let message =
                "The header_handle is not one of an uploaded file. Upload the example by the Resumable Upload API.";
            return wrong(2_494_102, "Invalid media handle", message);
        }
    }
    Ok(components.into_iter().map(stored).collect())
}

/// A list, also where a form-encoded call made an object of it whose names are places.
fn listed(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items.clone()),
        Value::Object(places) if places.keys().all(|name| name.parse::<usize>().is_ok()) => {
            let mut items: Vec<(usize, Value)> =
                places.iter().filter_map(|(name, item)| Some((name.parse().ok()?, item.clone()))).collect();
            items.sort_by_key(|(place, _)| *place);
            Some(items.into_iter().map(|(_, item)| item).collect())
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// A component with its type names in upper case, however deep.
fn upper(value: &Value) -> Value {
    if let Some(items) = listed(value).filter(|items| !items.is_empty()) {
        return items.iter().map(upper).collect();
    }
    let Value::Object(members) = value else { return value.clone() };
    let shout = |name: &str, value: &Value| match value.as_str() {
        Some(word) if ["type", "format", "otp_type"].contains(&name) => word.to_ascii_uppercase().into(),
        Some(_) | None => upper(value),
    };
    members.iter().map(|(name, value)| (name.clone(), shout(name, value))).collect::<Map<_, _>>().into()
}

fn handles(components: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for component in components {
        let given = component.pointer("/example/header_handle").and_then(Value::as_array).into_iter().flatten();
        found.extend(given.filter_map(Value::as_str).map(str::to_owned));
        let cards = component.get("cards").and_then(Value::as_array).into_iter().flatten();
        for card in cards {
            let inner = card.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
            found.extend(handles(&inner));
        }
    }
    found
}

/// A handle comes back as the address of the file.
fn stored(mut component: Value) -> Value {
    if let Some(handles) = component.pointer_mut("/example/header_handle") {
        *handles = json!(["https://scontent.whatsapp.net/v/t61.29466-34/simulated"]);
    }
    if let Some(cards) = component.get_mut("cards").and_then(Value::as_array_mut) {
        for inner in cards.iter_mut().filter_map(|card| card.get_mut("components")?.as_array_mut()).flatten() {
            *inner = stored(inner.take());
        }
    }
    component
}
