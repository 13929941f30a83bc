//! Values for what a message leaves out: its own, and those that the business set for the template.
use serde_json::{Value, json};
use simulator::Template;

use super::{problems, text};
use crate::world::World;
use crate::world::webhooks::ANN;

impl World {
    async fn template_id(&self, name: &str) -> String {
        let templates = self.get("/v1/templates?limit=100").await;
        let found = templates["items"].as_array().unwrap().iter().find(|one| one["name"] == name).cloned();
        found.unwrap()["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_message_leaves_out_is_what_the_business_set() {
    let world = World::start().await;
    let mut hello = Template::text("hello", "en_US", "UTILITY", "Hello {{first_name}}, from {{shop}}.");
    hello.parameter_format = "NAMED".to_owned();
    world.has_templates(vec![hello]).await;
    world.hears(ANN, "Hello").await;
    let path = format!("/v1/templates/{}/fallbacks", world.template_id("hello").await);
    let set = json!({"header": {}, "body": {"first_name": "there", "shop": "the shop"}, "buttons": {}});
    assert_eq!(world.call("PUT", &path, Some(set.clone())).await.body, set);
    // A sync leaves them alone.
    world.has_templates(vec![]).await;
    assert_eq!(world.get(&path).await, set);
    let named = |name: &str, value: Value| json!({"type": "text", "parameter_name": name, "text": value});
    for (parameters, body) in [
        (json!([]), "Hello there, from the shop."),
        (json!([named("first_name", json!("Ann"))]), "Hello Ann, from the shop."),
        (json!([named("shop", Value::Null), named("first_name", json!(""))]), "Hello there, from the shop."),
    ] {
        let message = world.to_ann("hello", &json!([{"type": "body", "parameters": parameters}]));
        let preview = world.preview(message.clone()).await;
        assert_eq!(preview["messages"][0]["body"], body, "{preview}");
        let sent = world.post("/v1/messages", message).await;
        assert_eq!(sent.status, 202, "{}", sent.body);
        world.settle().await;
        assert_eq!(world.message(&sent.body["id"]).await["state"], "accepted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_fallback_a_missing_value_is_refused_by_its_place() {
    let world = World::start().await;
    world.has_templates(vec![Template::text("hello", "en_US", "UTILITY", "Hello {{1}}.")]).await;
    world.hears(ANN, "Hello").await;
    let message = world.to_ann("hello", &json!([{"type": "body", "parameters": [text(" ")]}]));
    assert_eq!(problems(&world.preview(message.clone()).await), ["template-parameters"]);
    let refused = world.post("/v1/messages", message).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.body["errors"][0]["field"], "template.components[0].parameters[0].text", "{}", refused.body);
    assert!(world.sends().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_is_for_a_variable_of_the_template() {
    let world = World::start().await;
    let mut order = Template::text("order", "en_US", "UTILITY", "Hello {{1}}.");
    order.components.push(json!({"type": "BUTTONS", "buttons": [
        {"type": "QUICK_REPLY", "text": "No"}, {"type": "URL", "text": "Go", "url": "https://shop.test/{{1}}"},
    ]}));
    let code = Template::text("code", "en_US", "AUTHENTICATION", "*{{1}}* is your code.");
    world.has_templates(vec![order, code]).await;
    for (name, fallbacks, fields) in [
        ("order", json!({"body": {"1": "there"}, "buttons": {"1": "home"}}), vec![]),
        ("order", json!({"body": {"2": "x"}, "header": {"1": "x"}}), vec!["header.1", "body.2"]),
        ("order", json!({"body": {"1": "a\nb"}}), vec!["body.1"]),
        ("order", json!({"body": {"1": " "}}), vec!["body.1"]),
        ("order", json!({"buttons": {"0": "x", "7": "x"}}), vec!["buttons.0", "buttons.7"]),
        ("order", json!({"buttons": {"first": "x"}}), vec!["buttons.first"]),
        ("code", json!({"body": {"1": "1234"}}), vec!["body.1"]),
    ] {
        let path = format!("/v1/templates/{}/fallbacks", world.template_id(name).await);
        let answer = world.call("PUT", &path, Some(fallbacks)).await;
        let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
        let wrong: Vec<&str> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!((answer.status, wrong), (if fields.is_empty() { 200 } else { 400 }, fields));
    }
}
