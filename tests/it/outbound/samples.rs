//! Every real send of the folder that `WHATSAPP_CORPUS` names, through the real path, to our own recipient.
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use simulator::{MediumInput, StatusPlan, Template};

use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

/// Samples that WhatsApp itself would refuse: shortened for print, or with a placeholder for a word.
const NOT_A_MESSAGE: &[&str] =
    &["interactive_none.json", "interactive_carousel__2.json", "spec_messages_send_multi_product_message.json"];

/// Name and body; `None`, with a note, if there is no corpus.
fn samples() -> Option<Vec<(String, Value)>> {
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: its sends are skipped");
        return None;
    };
    let mut samples = Vec::new();
    for (index, file) in fs::read_dir(corpus.join("send")).unwrap().enumerate() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut body: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        if !body["type"].is_string() || body[body["type"].as_str().unwrap()].is_null() {
            continue;
        }
        // Several samples name one template and give it different parameters.
        if let Some(template) = body["template"]["name"].as_str().map(|name| format!("{name}_{index}")) {
            body["template"]["name"] = json!(template);
        }
        samples.push((name, body));
    }
    assert!(!samples.is_empty());
    Some(samples)
}

/// A template that takes what the sample gives.
fn template(sample: &Value) -> Template {
    let text = |pointer: &str| sample.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let given = sample["template"]["components"].as_array().cloned().unwrap_or_default();
    let mut template = Template::text(&text("/template/name"), &text("/template/language/code"), "UTILITY", "Hello");
    let is_named = given.iter().any(|component| component["parameters"][0]["parameter_name"].is_string());
    template.parameter_format = if is_named { "NAMED".to_owned() } else { "POSITIONAL".to_owned() };
    template.components = components(&given);
    template
}

fn components(given: &[Value]) -> Vec<Value> {
    let of =
        |kind: &'static str| given.iter().filter(move |one| one["type"].as_str().unwrap().eq_ignore_ascii_case(kind));
    let mut made = Vec::new();
    for header in of("header") {
        let kind = header["parameters"][0]["type"].as_str().unwrap();
        made.push(match kind {
            "text" => json!({"type": "HEADER", "format": "TEXT", "text": variables(header)}),
            _ => json!({"type": "HEADER", "format": kind.to_uppercase()}),
        });
    }
    let body = of("body").next().map_or_else(|| "Hello".to_owned(), variables);
    made.push(json!({"type": "BODY", "text": body}));
    let kinds = of("button").map(|button| button["sub_type"].as_str().unwrap().to_uppercase());
    let buttons: Vec<Value> =
        kinds.map(|kind| json!({"type": kind, "text": "Tap", "url": "https://shop.test/{{1}}"})).collect();
    // A button may be left out of a send: those of the sample may stand behind others.
    let places =
        of("button").filter_map(|button| button["index"].as_u64().or_else(|| button["index"].as_str()?.parse().ok()));
    let missing = places.max().map_or(0, |last| usize::try_from(last).unwrap() + 1).saturating_sub(buttons.len());
    let fillers = std::iter::repeat_n(json!({"type": "QUICK_REPLY", "text": "Tap"}), missing);
    made.push(json!({"type": "BUTTONS", "buttons": fillers.chain(buttons).collect::<Vec<_>>()}));
    if of("limited_time_offer").next().is_some() {
        made.push(
            json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Now!", "has_expiration": true}}),
        );
    }
    for carousel in of("carousel") {
        let cards = carousel["cards"].as_array().unwrap().iter();
        let cards: Vec<Value> =
            cards.map(|card| json!({"components": components(card["components"].as_array().unwrap())})).collect();
        made.push(json!({"type": "CAROUSEL", "cards": cards}));
    }
    made
}

/// The ids of all files in a sample, wherever they stand.
fn media(sample: &Value) -> Vec<String> {
    const KINDS: [&str; 5] = ["image", "video", "audio", "document", "sticker"];
    match sample {
        Value::Object(members) => {
            let ids = KINDS.iter().filter_map(|kind| members.get(*kind)?["id"].as_str());
            ids.map(str::to_owned).chain(members.values().flat_map(media)).collect()
        }
        Value::Array(items) => items.iter().flat_map(media).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// A text with one variable for each parameter.
fn variables(component: &Value) -> String {
    let parameters = component["parameters"].as_array().unwrap().iter().enumerate();
    let variable = |(at, parameter): (usize, &Value)| match parameter["parameter_name"].as_str() {
        Some(name) => format!("{{{{{name}}}}}"),
        None => format!("{{{{{}}}}}", at + 1),
    };
    parameters.map(variable).collect::<Vec<_>>().join(" and ")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_send_of_the_corpus_reaches_whatsapp() {
    let Some(samples) = samples() else { return };
    let world = World::start().await;
    world.simulator().set_default_plan(StatusPlan::none());
    // Nobody is sent more at once than WhatsApp lets through.
    let mut people = Vec::new();
    for wa_id in [ANN, BOB, "16505550103", "16505550104"] {
        people.push(world.hears(wa_id, "Hello").await);
    }
    let templates = samples.iter().filter(|(_, body)| body["type"] == "template").map(|(_, body)| template(body));
    world.has_templates(templates.collect()).await;
    let media = samples.iter().flat_map(|(_, body)| media(body));
    for id in media.collect::<BTreeSet<_>>() {
        world.simulator().put_medium(&MediumInput { id: Some(id), ..MediumInput::default() }).unwrap();
    }
    let mut queued = Vec::new();
    for ((name, mut body), (conversation, hello)) in samples.into_iter().zip(people.iter().cycle()) {
        let kind = body["type"].as_str().unwrap().to_owned();
        for pointer in ["/context/message_id", "/reaction/message_id"] {
            if let Some(quoted) = body.pointer_mut(pointer) {
                *quoted = json!(hello);
            }
        }
        let mut message = json!({"type": kind, &kind: body[&kind]});
        for member in ["context", "message_activity_sharing", "product_policy", "recipient_identity_key_hash"] {
            if !body[member].is_null() {
                message[member] = body[member].clone();
            }
        }
        let answer = world.send(conversation, message).await;
        if NOT_A_MESSAGE.contains(&name.as_str()) {
            assert_eq!(answer.status, 422, "{name}: {}", answer.body);
            continue;
        }
        assert_eq!(answer.status, 202, "{name}: {}", answer.body);
        queued.push((name, kind, body, answer.body["id"].clone()));
    }
    world.settle().await;
    assert!(queued.len() > 60, "{}", queued.len());
    for (name, kind, body, id) in queued {
        let calls = world.calls_of_message(&id);
        assert!(calls.len() == 1 && calls[0].is_accepted(), "{name}: {calls:?}");
        assert_eq!(calls[0].body[&kind], body[&kind], "{name}");
        assert_eq!(calls[0].body.get("context"), body.get("context"), "{name}");
        assert_eq!(world.message(&id).await["state"], "accepted", "{name}");
    }
}
