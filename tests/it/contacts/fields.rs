//! Typed fields, stages, and leads that become contacts.
use serde_json::{Value, json};

use super::path_of;
use crate::world::{Answer, World};

fn names(answer: &Answer, status: u16, field: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let errors = answer.body["errors"].as_array().unwrap();
    assert!(errors.iter().any(|error| error["field"] == field), "{field}: {}", answer.body);
}

async fn define(world: &World, key: &str, kind: &str, more: Value) -> Value {
    let mut body = json!({"key": key, "label": format!("The {key}"), "module": "both", "type": kind});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = world.post("/v1/contact-fields", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_held_to_the_definitions_and_free_ones_stay_free() {
    let world = World::start().await;
    let before = world.added("+16505558101", json!({"fields": {"size": "huge", "note": "x"}})).await;
    define(&world, "size", "choice", json!({"options": ["S", "M"]})).await;
    define(&world, "employees", "number", json!({})).await;
    for (fields, wrong) in [(json!({"size": "XL"}), "fields.size"), (json!({"employees": "many"}), "fields.employees")]
    {
        let body = json!({"phone": "+16505558102", "kind": "lead", "fields": fields});
        names(&world.post("/v1/contacts", body).await, 400, wrong);
        names(&world.call("PATCH", &path_of(&before, ""), Some(json!({"fields": fields}))).await, 400, wrong);
    }
    let added =
        world.added("+16505558102", json!({"fields": {"size": "m", "employees": "12", "free": "as ever"}})).await;
    assert_eq!(
        added["fields"],
        json!({"size": "M", "employees": "12", "free": "as ever"}),
        "as the options are spelled"
    );
    // What stood there before anybody defined it stays until it is changed.
    let patched = world.patched(&before, json!({"fields": {"note": "y"}})).await;
    assert_eq!(patched["fields"], json!({"size": "huge", "note": "y"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_are_unique_change_and_go() {
    let world = World::start().await;
    let field = define(&world, "city", "text", json!({"label": "City", "module": "leads", "required": true})).await;
    for (key, label, status) in
        [("city", "Other", 409), ("other", "CITY", 409), ("other", "full name", 400), ("other", "A]b", 400)]
    {
        let body = json!({"key": key, "label": label, "module": "both", "type": "text"});
        assert_eq!(world.post("/v1/contact-fields", body).await.status, status, "{key} {label}");
    }
    names(&world.post("/v1/contacts", json!({"phone": "+16505558103", "kind": "lead"})).await, 400, "fields.city");
    world.added("+16505558104", json!({"kind": "contact"})).await;
    let path = format!("/v1/contact-fields/{}", field["id"].as_str().unwrap());
    let patched = world.call("PATCH", &path, Some(json!({"label": "Town", "required": false}))).await;
    assert_eq!((patched.status, &patched.body["label"], &patched.body["key"]), (200, &json!("Town"), &json!("city")));
    world.added("+16505558103", json!({})).await;
    assert_eq!(world.call("DELETE", &path, None).await.status, 204);
    assert_eq!(world.get("/v1/contact-fields").await["items"], json!([]));
    assert_eq!(world.call("DELETE", &path, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_becomes_a_contact_once() {
    let world = World::start().await;
    define(&world, "vat", "text", json!({"module": "contacts", "required": true})).await;
    let lead = world.added("+16505558105", json!({"name": "Ann"})).await;
    assert_eq!(lead["stage"], "new", "the default of the settings");
    let convert = async |body: Value| world.post(&path_of(&lead, "/convert"), body).await;
    names(&convert(json!({})).await, 400, "fields.vat");
    names(&convert(json!({"stage": "nowhere", "fields": {"vat": "DE1"}})).await, 400, "stage");
    for _ in 0..2 {
        let converted = convert(json!({"stage": "customer", "fields": {"vat": "DE1"}})).await;
        assert_eq!(converted.status, 200, "{}", converted.body);
        let view = &converted.body;
        assert_eq!(
            (&view["kind"], &view["stage"], &view["fields"]["vat"]),
            (&json!("contact"), &json!("customer"), &json!("DE1"))
        );
        world.settle().await;
        assert_eq!(world.events("contact.converted").await.len(), 1);
    }
    let turns: Vec<Value> =
        world.timeline(&lead, 10).await.iter().map(|moment| moment["turn"]["type"].clone()).collect();
    assert!(turns.contains(&json!("converted")) && turns.contains(&json!("stage_changed")), "{turns:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_are_what_the_settings_say() {
    let world = World::start().await;
    world.settle_on(json!({"contacts": {"stages": ["open", "won"], "default_stage": null}})).await;
    let contact = world.added("+16505558106", json!({})).await;
    assert_eq!(contact["stage"], Value::Null);
    assert_eq!(world.patched(&contact, json!({"stage": "won"})).await["stage"], "won");
    world.settle_on(json!({"contacts": {"stages": ["open"], "default_stage": "open"}})).await;
    assert_eq!(world.patched(&contact, json!({"name": "Still won"})).await["stage"], "won");
    let answer = world.call("PATCH", "/v1/settings", Some(json!({"contacts": {"default_stage": "gone"}}))).await;
    names(&answer, 400, "contacts.default_stage");
}
