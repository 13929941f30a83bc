//! `GET /{version}/message_template_library`: a small library of its own, in the shape of Meta's, and the components of a
//! template that is made from it.

use serde_json::{Value, json};

use super::super::Call;
use super::super::errors::GraphError;
use super::list::cursor;
use crate::core::Core;

pub(super) const NODE: &str = "message_template_library";

fn entries() -> Vec<Value> {
    vec![
        json!({
            "name": "parcel_on_its_way_1", "language": "en_US", "category": "UTILITY", "topic": "ORDER_MANAGEMENT",
            "usecase": "SHIPMENT_CONFIRMATION", "industry": ["E_COMMERCE"], "header": "On its way",
            "body": "Hello {{1}}, your parcel {{2}} has left our warehouse and arrives on {{3}}.",
            "body_params": ["Ana", "#4711", "Friday"], "body_param_types": ["TEXT", "TEXT", "TEXT"],
            "buttons": [{"type": "URL", "text": "Track parcel", "url": "https://www.example.com/"}],
            "id": "7200000000000001",
        }),
        json!({
            "name": "parcel_on_its_way_1", "language": "es", "category": "UTILITY", "topic": "ORDER_MANAGEMENT",
            "usecase": "SHIPMENT_CONFIRMATION", "industry": ["E_COMMERCE"], "header": "En camino",
            "body": "Hola {{1}}, tu paquete {{2}} ha salido de nuestro almacén y llega el {{3}}.",
            "body_params": ["Ana", "#4711", "viernes"], "body_param_types": ["TEXT", "TEXT", "TEXT"],
            "buttons": [{"type": "URL", "text": "Seguir paquete", "url": "https://www.example.com/"}],
            "id": "7200000000000002",
        }),
        json!({
            "name": "payment_received_2", "language": "en_US", "category": "UTILITY", "topic": "PAYMENTS",
            "usecase": "PAYMENT_CONFIRMATION", "industry": ["E_COMMERCE", "FINANCIAL_SERVICES"],
            "body": "Thank you {{1}}, we have received your payment of {{2}}.",
            "body_params": ["Ana", "$75.00"], "body_param_types": ["TEXT", "AMOUNT"], "id": "7200000000000003",
        }),
        json!({
            "name": "balance_low_1", "language": "en_US", "category": "UTILITY", "topic": "PAYMENTS",
            "usecase": "LOW_BALANCE_WARNING", "industry": ["FINANCIAL_SERVICES"], "header": "Your balance is low",
            "body": "Hello {{1}}, the balance of your account ending in {{2}} is below {{3}}.",
            "body_params": ["Ana", "1234", "$50.00"], "body_param_types": ["TEXT", "NUMBER", "AMOUNT"],
            "buttons": [
                {"type": "URL", "text": "Make a deposit", "url": "https://www.example.com/"},
                {"type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+18005551234"},
            ],
            "id": "7200000000000004",
        }),
        json!({
            "name": "how_was_it_1", "language": "en_US", "category": "UTILITY", "topic": "CUSTOMER_FEEDBACK",
            "usecase": "FEEDBACK_SURVEY", "industry": ["E_COMMERCE"],
            "body": "Hello {{1}}, how happy are you with your order {{2}}?",
            "body_params": ["Ana", "#4711"], "body_param_types": ["TEXT", "TEXT"],
            "buttons": [{"type": "QUICK_REPLY", "text": "Very"}, {"type": "QUICK_REPLY", "text": "Not really"}],
            "id": "7200000000000005",
        }),
    ]
}

/// The library under the filters of the query, in pages.
pub(super) fn list(core: &Core, call: &Call) -> Result<Value, GraphError> {
    if call.edge.is_some() && call.node != core.config.waba_id {
        return Err(GraphError::unsupported(&call.method, &call.node));
    }
    let same = |entry: &Value, name: &str| {
        call.parameter(name).is_none_or(|wanted| match entry.get(name) {
            Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(wanted)),
            Some(one) => one.as_str() == Some(wanted),
            None => false,
        })
    };
    let mentions = |entry: &Value| {
        call.parameter("search").is_none_or(|wanted| {
            let wanted = wanted.trim_matches('"').to_lowercase();
            ["name", "header", "body", "footer"]
                .iter()
                .filter_map(|name| entry.get(*name)?.as_str())
                .any(|text| text.to_lowercase().contains(&wanted))
        })
    };
    let filters = ["topic", "usecase", "industry", "language", "name"];
    let found: Vec<Value> =
        entries().into_iter().filter(|entry| mentions(entry) && filters.iter().all(|name| same(entry, name))).collect();
    let mut answer = json!({"data": found});
    if let (false, Some(answer)) = (found.is_empty(), answer.as_object_mut()) {
        let cursors = json!({"cursors": {"before": cursor(0), "after": cursor(found.len() - 1)}});
        answer.insert("paging".into(), cursors);
    }
    Ok(answer)
}

/// The components of a library template, with the business's own addresses in its buttons.
pub(super) fn components(name: &str, language: &str, inputs: Option<&Value>) -> Result<Vec<Value>, GraphError> {
    let is_it = |entry: &Value| entry["name"] == name && entry["language"] == language;
    let Some(entry) = entries().into_iter().find(is_it) else {
        return Err(GraphError::parameter(format!("There is no library template '{name}' in {language}.")));
    };
    let mut components = Vec::new();
    if let Some(header) = entry.get("header") {
        components.push(json!({"type": "HEADER", "format": "TEXT", "text": header}));
    }
    components.push(json!({"type": "BODY", "text": entry["body"], "example": {"body_text": [entry["body_params"]]}}));
    let buttons: Vec<Value> = entry.get("buttons").and_then(Value::as_array).cloned().unwrap_or_default();
    if !buttons.is_empty() {
        components.push(json!({"type": "BUTTONS", "buttons": filled(buttons, inputs)?}));
    }
    Ok(components)
}

fn filled(mut buttons: Vec<Value>, inputs: Option<&Value>) -> Result<Vec<Value>, GraphError> {
    // Meta takes the list as JSON and as a string that holds JSON.
    let inputs: Vec<Value> = match inputs {
        Some(Value::String(text)) => serde_json::from_str(text)
            .map_err(|error| GraphError::parameter(format!("Param library_template_button_inputs: {error}")))?,
        Some(Value::Array(inputs)) => inputs.clone(),
        _ => Vec::new(),
    };
    for button in &mut buttons {
        let kind = button["type"].as_str().unwrap_or_default().to_owned();
        let member = match kind.as_str() {
            "URL" => "url",
            "PHONE_NUMBER" => "phone_number",
            _ => continue,
        };
        let input = inputs.iter().find(|input| input["type"] == kind.as_str());
        let value =
            input.and_then(|input| if kind == "URL" { input.pointer("/url/base_url") } else { input.get(member) });
        let (Some(value), Some(button)) = (value, button.as_object_mut()) else {
            let details = format!("Param library_template_button_inputs must have an input of type {kind}.");
            return Err(GraphError::parameter(details));
        };
        button.insert(member.into(), value.clone());
        if let Some(example) = input.and_then(|input| input.pointer("/url/url_suffix_example")) {
            button.insert("example".into(), json!([example]));
        }
    }
    Ok(buttons)
}
