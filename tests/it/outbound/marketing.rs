//! Marketing templates go by the edge for marketing, as their category is when they are sent.
use serde_json::{Value, json};
use simulator::{Fault, FaultOrder, Template};

use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::ANN;

fn sale(category: &str) -> Template {
    Template::text("sale", "en_US", category, "Everything must go")
}

fn message() -> Value {
    agreed(json!({"type": "template", "template": {"name": "sale", "language": {"code": "en_US"}}}))
}

impl World {
    /// The last parts of the addresses that a message went to, in order.
    fn edges(&self, id: &Value) -> Vec<String> {
        let calls = self.calls_of_message(id).into_iter();
        calls.map(|send| send.path.rsplit('/').next().unwrap().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_category_of_today_decides_the_edge() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    for (category, edge, policy) in [
        ("UTILITY", "messages", Value::Null),
        ("MARKETING", "marketing_messages", json!("CLOUD_API_FALLBACK")),
        ("UTILITY", "messages", Value::Null),
    ] {
        world.has_templates(vec![sale(category)]).await;
        let sent = world.sent(&conversation, message()).await;
        assert_eq!(sent["state"], "accepted");
        assert_eq!(world.edges(&sent["id"]), [edge], "{category}");
        assert_eq!(world.calls_of_message(&sent["id"])[0].body["product_policy"], policy);
    }
}

/// What was accepted as a utility and became marketing on the way goes out as marketing.
#[tokio::test(flavor = "multi_thread")]
async fn the_edge_is_chosen_when_the_message_is_sent() {
    let world = World::patient().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    // Who agreed to news alone would not get it (P38).
    assert_eq!(world.consent(&conversation["contact_id"], &["marketing"], "given").await.status, 201);
    world.has_templates(vec![sale("UTILITY")]).await;
    let (queued, held) = world.put_off(130_429, world.send(&conversation, message())).await;
    let id = &queued.body["id"];
    world.simulator().put_template(simulator::TemplateOrder { template: sale("MARKETING"), notify: false });
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    world.settle().await;
    drop(held);
    world.settle().await;
    let edges = world.edges(id);
    let ends = [edges.first(), edges.last()].map(|edge| edge.map(String::as_str));
    assert_eq!(ends, [Some("messages"), Some("marketing_messages")]);
    assert_eq!(world.message(id).await["state"], "accepted");
    let again = world.sent(&conversation, message()).await;
    assert_eq!(world.edges(&again["id"]), ["marketing_messages"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_may_keep_to_the_cloud_api() {
    let world = World::start().await;
    world.prefers(json!({"marketing_api": "cloud_api"})).await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    world.has_templates(vec![sale("MARKETING")]).await;
    let sent = world.sent(&conversation, message()).await;
    assert_eq!(world.edges(&sent["id"]), ["messages"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_names_the_wrong_edge_sends_by_the_other_one() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    for (category, code, other) in [
        ("MARKETING", 131_055, Some("messages")),
        ("MARKETING", 134_100, Some("messages")),
        ("MARKETING", 134_102, Some("messages")),
        ("MARKETING", 131_063, None),
        ("UTILITY", 134_100, None),
        ("UTILITY", 131_063, Some("marketing_messages")),
    ] {
        world.has_templates(vec![sale(category)]).await;
        if other == Some("marketing_messages") {
            // Meta knows already what the mirror does not.
            world.simulator().put_template(simulator::TemplateOrder { template: sale("MARKETING"), notify: false });
            let here = simulator::SettingsPatch {
                disable_marketing_messages_on_cloud_api: Some(true),
                ..simulator::SettingsPatch::default()
            };
            world.simulator().change_settings(here);
        } else {
            world.simulator().add_fault(Fault::error(code));
        }
        let sent = world.sent(&conversation, message()).await;
        let first = if category == "MARKETING" { "marketing_messages" } else { "messages" };
        let expected: Vec<&str> = [Some(first), other].into_iter().flatten().collect();
        assert_eq!(world.edges(&sent["id"]), expected, "{category} {code}");
        let state = if other.is_some() { "accepted" } else { "refused" };
        assert_eq!(sent["state"], state, "{category} {code}: {sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_edge_is_tried_twice() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    world.has_templates(vec![sale("MARKETING")]).await;
    for code in [134_102, 131_063] {
        world.simulator().add_fault(Fault::error(code));
    }
    let sent = world.sent(&conversation, message()).await;
    assert_eq!((&sent["state"], &sent["errors"][0]["code"]), (&json!("refused"), &json!(131_063)));
    assert_eq!(world.edges(&sent["id"]), ["marketing_messages", "messages"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_caller_says_about_marketing_reaches_whatsapp() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    world.has_templates(vec![sale("MARKETING")]).await;
    let mut strict = message();
    strict["product_policy"] = json!("STRICT");
    strict["message_activity_sharing"] = json!(false);
    let sent = world.sent(&conversation, strict.clone()).await;
    let body = &world.calls_of_message(&sent["id"])[0].body;
    assert_eq!((&body["product_policy"], &body["message_activity_sharing"]), (&json!("STRICT"), &json!(false)));
    // Strict means by this edge or not at all.
    world.simulator().add_fault(FaultOrder::from(Fault::error(134_102)));
    let refused = world.sent(&conversation, strict).await;
    assert_eq!(refused["state"], "refused");
    assert_eq!(world.edges(&refused["id"]), ["marketing_messages"]);
}
