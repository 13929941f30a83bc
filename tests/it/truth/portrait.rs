//! What `/v1` shows of a person, without ids and without our own clock: two people with whom the same happened look alike.
use serde_json::{Value, json};

use crate::world::World;

/// Members that differ from run to run: ids, our own times, and Meta's times of what was sent just now.
const VOLATILE: &[&str] = &[
    "id",
    "contact_id",
    "conversation_id",
    "channel_id",
    "message_id",
    "created_at",
    "received_at",
    "last_outbound_at",
    "remaining_seconds",
];

/// Events that follow from what people and Meta do.
const EVENTS: &[&str] = &[
    "contact.created",
    "conversation.assigned",
    "conversation.closed",
    "message.in_doubt",
    "message.refused",
    "window.opening",
    "window.closed",
];

pub async fn portrait(world: &World, wa_id: &str) -> Value {
    let contact = world.contact_with(wa_id).await;
    let mut conversation = world.conversation_with(wa_id).await;
    if conversation["last_reply"].is_object() {
        conversation["last_reply"]["at"].take();
    }
    let mut events = Vec::new();
    for kind in EVENTS {
        let about = |event: &Value| event["contact_id"] == contact["id"];
        events.extend(world.events(kind).await.into_iter().filter(about));
    }
    // A window's events have Meta's times, all others ours.
    for event in events.iter_mut().filter(|event| !event["type"].as_str().unwrap().starts_with("window.")) {
        event["at"] = Value::Null;
    }
    let thread: Vec<Value> = world.thread(&conversation).await.into_iter().map(message).collect();
    let mut portrait = json!({"contact": contact, "conversation": conversation, "thread": thread, "events": events});
    strip(&mut portrait);
    // The number stands in wamids and names too.
    serde_json::from_str(&portrait.to_string().replace(wa_id, "SOMEONE")).unwrap()
}

/// Of what we sent, neither Meta's id nor the times are the same twice.
fn message(mut message: Value) -> Value {
    if message["direction"] == "outbound" {
        message["wamid"] = json!(message["wamid"].is_string());
        message["at"] = Value::Null;
        let statuses: Vec<String> = message["statuses"].as_object().unwrap().keys().cloned().collect();
        message["statuses"] = json!(statuses);
    }
    message
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !VOLATILE.contains(&name.as_str()));
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}
