//! A template that changes while a message is on its way.
use serde_json::json;
use simulator::{Template, TemplateOrder};

use super::text;
use crate::world::World;
use crate::world::webhooks::ANN;

/// What fitted when it was taken, and does not fit any more, is refused here and not by WhatsApp.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_held_against_the_template_as_it_is_when_it_is_sent() {
    let world = World::patient().await;
    world.has_templates(vec![Template::text("order", "en_US", "UTILITY", "Order {{1}}.")]).await;
    world.hears(ANN, "Hello").await;
    let order = world.to_ann("order", &json!([{"type": "body", "parameters": [text("A")]}]));
    let (queued, held) = world.put_off(130_429, world.post("/v1/messages", order)).await;
    let id = &queued.body["id"];
    let calls = world.calls_of_message(id).len();
    let template = Template::text("order", "en_US", "UTILITY", "Order {{1}} comes {{2}}.");
    world.simulator().put_template(TemplateOrder { template, notify: false });
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    world.settle().await;
    drop(held);
    world.settle().await;
    let message = world.message(id).await;
    assert_eq!((&message["state"], &message["errors"][0]["title"]), (&json!("refused"), &json!("template-parameters")));
    assert_eq!(world.calls_of_message(id).len(), calls, "WhatsApp was not asked again");
}
