//! Holds a template send against the template: it must exist and be approved, and its parameters must fit in number and kind.

use serde_json::Value;

use super::errors::GraphError;
use super::send::Door;
use crate::state::State;
use crate::state::templates::{Template, component};

/// Longest body after its parameters are filled in.
const BODY_CHARS: usize = 1024;

/// The category of the template that a body sends; nothing for other messages. Refuses what Meta would refuse.
pub(crate) fn category(state: &State, body: &Value, door: Door, by_bsuid: bool) -> Result<Option<String>, GraphError> {
    let Some(send) = body.get("template") else {
        return if door == Door::Marketing { Err(GraphError::of(131_055)) } else { Ok(None) };
    };
    let text = |pointer: &str| send.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (name, language) = (text("/name"), text("/language/code"));
    let missing = || GraphError::detailed(132_001, format!("template name ({name}) does not exist in {language}"));
    let template = state.template(name, language).ok_or_else(missing)?;
    match template.status.as_str() {
        "APPROVED" => {}
        "PAUSED" => return Err(GraphError::detailed(132_015, format!("template ({name}) is paused"))),
        "DISABLED" => return Err(GraphError::detailed(132_016, format!("template ({name}) is disabled"))),
        _ => return Err(missing()),
    }
    if by_bsuid && template.category == "AUTHENTICATION" {
        return Err(GraphError::of(131_062));
    }
    if door == Door::Marketing && template.category != "MARKETING" {
        return Err(GraphError::of(134_100));
    }
    if door == Door::Messages
        && template.category == "MARKETING"
        && state.settings.disable_marketing_messages_on_cloud_api
    {
        return Err(GraphError::of(131_063));
    }
    let given = send.get("components").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    parameters(template, given)?;
    Ok(Some(if door == Door::Marketing { "MARKETING_LITE".into() } else { template.category.clone() }))
}

fn parameters(template: &Template, given: &[Value]) -> Result<(), GraphError> {
    let named = template.parameter_format.eq_ignore_ascii_case("NAMED");
    check_components(&template.components, given, named)?;
    if let Some(cards) =
        template.component("CAROUSEL").and_then(|carousel| carousel.get("cards")).and_then(Value::as_array)
    {
        let sent = component(given, "carousel").and_then(|carousel| carousel.get("cards")).and_then(Value::as_array);
        let sent = sent.map_or(&[][..], Vec::as_slice);
        if sent.len() != cards.len() {
            return Err(count_mismatch("carousel", sent.len(), cards.len()));
        }
        for (card, sent) in cards.iter().zip(sent) {
            check_components(components_of(card), components_of(sent), named)?;
        }
    }
    if template
        .component("LIMITED_TIME_OFFER")
        .is_some_and(|offer| offer.pointer("/limited_time_offer/has_expiration") == Some(&true.into()))
        && component(given, "limited_time_offer").is_none()
    {
        return Err(GraphError::missing("template['components']['limited_time_offer']"));
    }
    Ok(())
}

fn components_of(card: &Value) -> &[Value] {
    card.get("components").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn check_components(wanted: &[Value], given: &[Value], named: bool) -> Result<(), GraphError> {
    header(component(wanted, "HEADER"), component(given, "header"), named)?;
    // The text of codes is Meta's own: one without a text has the code in it.
    let body = component(wanted, "BODY").map_or("", |body| text(body).unwrap_or("{{1}}"));
    let parameters = component(given, "body").map_or(&[][..], parameters_of);
    texts("body", body, parameters, named)?;
    filled_length(body, parameters)?;
    let buttons = component(wanted, "BUTTONS").and_then(|one| one.get("buttons")).and_then(Value::as_array);
    check_buttons(buttons.map_or(&[][..], Vec::as_slice), given)
}

fn header(wanted: Option<&Value>, given: Option<&Value>, named: bool) -> Result<(), GraphError> {
    let parameters = given.map_or(&[][..], parameters_of);
    let format = wanted.and_then(|header| header.get("format")).and_then(Value::as_str).unwrap_or("TEXT");
    if format.eq_ignore_ascii_case("TEXT") {
        return texts("header", wanted.and_then(text).unwrap_or_default(), parameters, named);
    }
    let received = parameters.first().and_then(kind).unwrap_or("UNKNOWN");
    if parameters.len() == 1 && received.eq_ignore_ascii_case(format) {
        return Ok(());
    }
    let details =
        format!("header: Format mismatch, expected {}, received {}", format.to_uppercase(), received.to_uppercase());
    Err(GraphError::detailed(132_012, details))
}

/// The parameters of a text: as many as it has variables, each with its name where they are named.
fn texts(place: &str, text: &str, given: &[Value], named: bool) -> Result<(), GraphError> {
    let variables = variables(text);
    if given.len() != variables.len() {
        return Err(count_mismatch(place, given.len(), variables.len()));
    }
    for parameter in given {
        if !matches!(kind(parameter), Some("text" | "currency" | "date_time")) {
            let received = kind(parameter).unwrap_or("UNKNOWN").to_uppercase();
            return Err(GraphError::detailed(
                132_012,
                format!("{place}: Format mismatch, expected TEXT, received {received}"),
            ));
        }
        let name = parameter.get("parameter_name").and_then(Value::as_str);
        if named && !name.is_some_and(|name| variables.contains(&name)) {
            let name = name.unwrap_or_default();
            return Err(GraphError::detailed(
                132_012,
                format!("{place}: Parameter name '{name}' is missing or not one of the template"),
            ));
        }
        let value = parameter.get("text").and_then(Value::as_str).unwrap_or_default();
        if value.contains(['\n', '\t']) || value.contains("     ") {
            let details = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces";
            return Err(GraphError::detailed(132_018, details));
        }
    }
    Ok(())
}

fn filled_length(body: &str, given: &[Value]) -> Result<(), GraphError> {
    let fixed = body.chars().count();
    let placeholders: usize = variables(body).iter().map(|name| name.chars().count() + 4).sum();
    let filled: usize = given.iter().filter_map(shown_text).map(|text| text.chars().count()).sum();
    if fixed.saturating_sub(placeholders) + filled > BODY_CHARS {
        return Err(GraphError::detailed(
            132_005,
            format!("body: the translated text is longer than {BODY_CHARS} characters"),
        ));
    }
    Ok(())
}

fn shown_text(parameter: &Value) -> Option<&str> {
    let fallback = |kind: &str| parameter.get(kind).and_then(|object| object.get("fallback_value"));
    parameter.get("text").or_else(|| fallback("currency")).or_else(|| fallback("date_time")).and_then(Value::as_str)
}

/// Buttons whose template leaves something open need a parameter; others may have one (a payload) but none beyond them.
fn check_buttons(buttons: &[Value], given: &[Value]) -> Result<(), GraphError> {
    let sent: Vec<(usize, &Value)> =
        given.iter().filter(|one| kind(one) == Some("button")).filter_map(|one| Some((index(one)?, one))).collect();
    for (at, button) in buttons.iter().enumerate() {
        let type_name = kind(button).unwrap_or_default().to_ascii_uppercase();
        let open = match type_name.as_str() {
            "URL" => button.get("url").and_then(Value::as_str).is_some_and(|url| !variables(url).is_empty()),
            "COPY_CODE" | "OTP" | "MPM" => true,
            _ => false,
        };
        if open && !sent.iter().any(|(index, one)| *index == at && !parameters_of(one).is_empty()) {
            return Err(GraphError::detailed(
                131_008,
                format!("buttons: Button at index {at} of type {type_name} requires a parameter"),
            ));
        }
    }
    match sent.iter().find(|(index, _)| *index >= buttons.len()) {
        Some((index, _)) => Err(GraphError::detailed(132_000, format!("buttons: there is no button at index {index}"))),
        None => Ok(()),
    }
}

fn index(button: &Value) -> Option<usize> {
    match button.get("index") {
        None => Some(0),
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_u64().and_then(|index| usize::try_from(index).ok()),
    }
}

fn kind(value: &Value) -> Option<&str> {
    value.get("type").and_then(Value::as_str)
}

fn text(component: &Value) -> Option<&str> {
    component.get("text").and_then(Value::as_str)
}

fn parameters_of(component: &Value) -> &[Value] {
    component.get("parameters").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn count_mismatch(place: &str, given: usize, expected: usize) -> GraphError {
    let details = format!(
        "{place}: number of localizable_params ({given}) does not match the expected number of params ({expected})"
    );
    GraphError::detailed(132_000, details)
}

/// The distinct variables `{{…}}` of a text, in order.
fn variables(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for part in text.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}")
            && !found.contains(&name.trim())
        {
            found.push(name.trim());
        }
    }
    found
}
