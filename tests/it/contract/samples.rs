//! Every template of the folder that `WHATSAPP_CORPUS` names: mirrored, checked, previewed, and sent with values of its own.
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use simulator::{StatusPlan, Template};

use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::{ANN, BOB};

/// Every object of a sample that has the components of a template, with lists where the sample writes maps of numbers.
fn templates_in(sample: &Value, found: &mut Vec<Value>) {
    match sample {
        Value::Object(members) if members.get("components").is_some() && members.get("name").is_some() => {
            found.push(with_lists(sample));
        }
        Value::Object(members) => members.values().for_each(|value| templates_in(value, found)),
        Value::Array(items) => items.iter().for_each(|item| templates_in(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn with_lists(value: &Value) -> Value {
    match value {
        Value::Object(members) if !members.is_empty() && members.keys().all(|name| name.parse::<usize>().is_ok()) => {
            Value::Array(members.values().map(with_lists).collect())
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), with_lists(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(with_lists).collect()),
        other => other.clone(),
    }
}

fn samples() -> Option<Vec<(String, Template)>> {
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: its templates are skipped");
        return None;
    };
    let mut all = Vec::new();
    for file in fs::read_dir(corpus.join("templates")).unwrap() {
        let path = file.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut found = Vec::new();
        templates_in(&serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap(), &mut found);
        for sample in found {
            // Several samples have one name.
            let name = format!("sample_{}", all.len());
            all.push((format!("{file}: {}", sample["name"]), template(&name, &sample)));
        }
    }
    assert!(all.len() > 40, "{}", all.len());
    Some(all)
}

fn template(name: &str, sample: &Value) -> Template {
    let category = sample["category"].as_str().unwrap_or_default().to_uppercase();
    let known = ["MARKETING", "UTILITY", "AUTHENTICATION"].contains(&category.as_str());
    let category = if known { category } else { "UTILITY".to_owned() };
    let mut template = Template::text(name, "en_US", &category, "");
    template.components = sample["components"].as_array().unwrap().clone();
    let names = template.components.iter().flat_map(|part| variables(&part["text"]));
    let is_named = names.into_iter().any(|name| name.parse::<u32>().is_err());
    template.parameter_format = if is_named { "NAMED" } else { "POSITIONAL" }.to_owned();
    template
}

/// The distinct names between double braces.
fn variables(text: &Value) -> Vec<String> {
    let pieces = text.as_str().unwrap_or_default().split("{{").skip(1);
    let mut names: Vec<String> = pieces.filter_map(|piece| Some(piece.split_once("}}")?.0.trim().to_owned())).collect();
    names.sort();
    names.dedup();
    names
}

fn is_kind(part: &Value, kind: &str) -> bool {
    part["type"].as_str().is_some_and(|word| word.eq_ignore_ascii_case(kind))
}

/// What a message gives for these components of a template.
fn values(components: &[Value], is_code: bool) -> Vec<Value> {
    let texts = |text: &Value| {
        let value = |name: &String| match name.parse::<u32>() {
            Ok(_) => json!({"type": "text", "text": format!("v{name}")}),
            Err(_) => json!({"type": "text", "parameter_name": name, "text": format!("v{name}")}),
        };
        variables(text).iter().map(value).collect::<Vec<_>>()
    };
    let mut given = Vec::new();
    for part in components {
        if is_kind(part, "header") {
            let format = part["format"].as_str().unwrap_or("TEXT").to_lowercase();
            let value = match format.as_str() {
                "text" => Value::Null,
                "location" => json!({"latitude": 1, "longitude": 2, "name": "Shop", "address": "Street"}),
                "product" => json!({"product_retailer_id": "p", "catalog_id": "1"}),
                _ => json!({"link": "https://shop.test/file"}),
            };
            let parameters = match value.is_null() {
                true => texts(&part["text"]),
                false => vec![json!({"type": format, &format: value})],
            };
            given.push(json!({"type": "header", "parameters": parameters}));
        } else if is_kind(part, "body") {
            let parameters = if is_code && part["text"].is_null() {
                vec![json!({"type": "text", "text": "v1"})]
            } else {
                texts(&part["text"])
            };
            given.push(json!({"type": "body", "parameters": parameters}));
        } else if is_kind(part, "limited_time_offer") {
            given.push(json!({"type": "limited_time_offer", "parameters": [
                {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1_999_999_999_000_u64}},
            ]}));
        } else if is_kind(part, "buttons") {
            given.extend(part["buttons"].as_array().unwrap().iter().enumerate().filter_map(button));
        } else if is_kind(part, "carousel") {
            let card = |(at, card): (usize, &Value)| json!({"card_index": at, "components": values(card["components"].as_array().unwrap(), false)});
            let cards: Vec<Value> = part["cards"].as_array().unwrap().iter().enumerate().map(card).collect();
            given.push(json!({"type": "carousel", "cards": cards}));
        }
    }
    given
}

fn button((at, button): (usize, &Value)) -> Option<Value> {
    let (sub_type, parameter) = match button["type"].as_str().unwrap().to_uppercase().as_str() {
        "URL" if !variables(&button["url"]).is_empty() => ("url", json!({"type": "text", "text": "v1"})),
        "OTP" => ("url", json!({"type": "text", "text": "v1"})),
        "COPY_CODE" => ("copy_code", json!({"type": "coupon_code", "coupon_code": "TEN"})),
        "MPM" => (
            "mpm",
            json!({"type": "action", "action": {
                "thumbnail_product_retailer_id": "p", "sections": [{"title": "All", "product_items": [{"product_retailer_id": "p"}]}],
            }}),
        ),
        "FLOW" => ("flow", json!({"type": "action", "action": {"flow_token": "t"}})),
        "QUICK_REPLY" => ("quick_reply", json!({"type": "payload", "payload": "p"})),
        _ => return None,
    };
    Some(json!({"type": "button", "sub_type": sub_type, "index": at.to_string(), "parameters": [parameter]}))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_of_the_corpus_is_mirrored_checked_and_sent() {
    let Some(samples) = samples() else { return };
    let world = World::start().await;
    world.simulator().set_default_plan(StatusPlan::none());
    // Nobody is sent more at once than WhatsApp lets through.
    let mut people = Vec::new();
    for wa_id in [ANN, BOB, "16505550103", "16505550104"] {
        people.push(world.hears(wa_id, "Hello").await.0);
    }
    world.has_templates(samples.iter().map(|(_, template)| template.clone()).collect()).await;
    let mut queued = Vec::new();
    for ((sample, template), conversation) in samples.iter().zip(people.iter().cycle()) {
        let components = values(&template.components, template.category == "AUTHENTICATION");
        let content = json!({"name": template.name, "language": {"code": "en_US"}, "components": components});
        let message = agreed(json!({
            "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
            "type": "template", "template": content,
        }));
        let preview = world.preview(message.clone()).await;
        assert_eq!(preview["can_send"], true, "{sample}: {preview}");
        let shown = preview["messages"][0].to_string();
        let is_open = shown.replace(&preview["messages"][0]["content"].to_string(), "").contains("{{");
        assert!(!is_open, "{sample}: every variable has its value: {shown}");
        let sent = world.post("/v1/messages", message).await;
        assert_eq!(sent.status, 202, "{sample}: {}", sent.body);
        queued.push((sample, content, sent.body["id"].clone()));
    }
    world.settle().await;
    for (sample, content, id) in queued {
        let calls = world.calls_of_message(&id);
        assert!(calls.len() == 1 && calls[0].is_accepted(), "{sample}: {calls:?}");
        assert_eq!(calls[0].body["template"], content, "{sample}: values are never altered");
    }
}
