//! The `Idempotency-Key` of every route that creates.
use serde_json::{Value, json};

use super::document::{Operation, operations};
use super::requests::{Client, is_unchanged, state};
use crate::world::World;
use crate::world::webhooks::ANN;

const HEADER: &str = "Idempotency-Key";
const JSON: (&str, &str) = ("content-type", "application/json");

fn repeatable() -> Vec<Operation> {
    let operations: Vec<Operation> = operations().into_iter().filter(|operation| operation.takes(HEADER)).collect();
    assert!(operations.len() >= 8);
    operations
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_is_named() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    let long = "x".repeat(256);
    for operation in repeatable() {
        let body = operation.body(&world).to_string();
        for odd in ["", " ", "a b", "schlüssel", "\t", &long] {
            let reply = client.with("POST", &operation.to_nothing(), &[JSON, (HEADER, odd)], body.clone()).await;
            reply.names(HEADER, &format!("{} with {odd:?}", operation.name()));
        }
    }
    is_unchanged(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_stands_for_one_request() {
    let world = World::start().await;
    // The message of these tests fills in one word.
    let template = simulator::Template::text("hello_world", "en_US", "UTILITY", "Hello {{1}}");
    world.simulator().put_template(template.into());
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    world.settle().await;
    let client = Client::new(&world);
    let contact = world.post("/v1/contacts", json!({"phone": "+16505559109", "kind": "lead"})).await.body;
    let webhook = json!({"url": "https://127.0.0.1:9/hook", "events": ["window.*"]});
    let webhook = world.post("/v1/webhooks", webhook).await.body;
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.first", "Hello")).await;
    let conversation = world.conversation().await;
    for operation in repeatable() {
        let name = operation.name();
        let body = operation.body(&world);
        let of = match operation.path.split('/').nth(2) {
            Some("webhooks") => &webhook,
            Some("conversations") => &conversation,
            _ => &contact,
        };
        let path = operation.with_id(of["id"].as_str().unwrap());
        let send = async |body: &Value| client.with("POST", &path, &[JSON, (HEADER, "once")], body.to_string()).await;
        let first = send(&body).await;
        assert!((200..300).contains(&first.status), "{name}: {first:?}");
        world.settle().await;
        let before = state(&world).await;
        for _ in 0..2 {
            let again = send(&body).await;
            if operation.is("POST", "/v1/api-keys") || operation.is("POST", "/v1/webhooks") {
                again.is(409, &name);
            } else {
                assert_eq!((again.status, &again.body["id"]), (first.status, &first.body["id"]), "{name}: {again:?}");
            }
        }
        let other = send(&other(&body)).await;
        other.is(422, &name);
        assert!(other.body["type"].as_str().unwrap().ends_with("idempotency-key-reused"), "{name}: {}", other.body);
        world.settle().await;
        for ((path, before), (_, after)) in before.iter().zip(state(&world).await) {
            assert_eq!(*before, after, "{name} changed {path}");
        }
    }
}

/// A body as good, and not the same.
fn other(body: &Value) -> Value {
    let mut other = body.clone();
    for (name, value) in [
        ("name", json!("other")),
        ("nickname", json!("Other")),
        ("filename", json!("Other")),
        ("csv", json!("phone\n+16505559199")),
        ("key", json!("other")),
        ("amount_micros", json!(7_000_000)),
        ("message_activity_sharing", json!(false)),
        ("waba_id", Value::Null),
        ("source", json!("Other")),
        ("description", json!("Other")),
        ("types", json!([])),
        ("body", json!("Other")),
    ] {
        if body.get(name).is_some() {
            other[name] = value;
            return other;
        }
    }
    panic!("no member to change in {body}");
}
