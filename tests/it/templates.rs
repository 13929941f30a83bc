//! Templates: a message is held against its template before Meta is asked (P36, P37).
mod changes;
mod course;
mod crashes;
mod mirror;
mod samples;
mod scenes;

use serde_json::{Value, json};
use simulator::Template;

use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::ANN;

/// A send of the template `order` with these components.
fn send(world: &World, components: Value) -> Value {
    agreed(json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{ANN}")}, "type": "template",
        "template": {"name": "order", "language": {"code": "en_US"}, "components": components},
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_does_not_fit_its_template_is_refused_before_the_call() {
    let world = World::start().await;
    let mut order = Template::text("order", "en_US", "UTILITY", "Your order {{1}} comes {{2}}.");
    order.components.push(json!({"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://shop.test/{{1}}"}]}));
    world.simulator().put_template(order.into());
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    world.settle().await;

    let text = |text: &str| json!({"type": "text", "text": text});
    let body = json!({"type": "body", "parameters": [text("A-17"), text("today")]});
    let button = json!({"type": "button", "sub_type": "url", "index": "0", "parameters": [text("a17")]});
    for (components, fields) in [
        (json!([]), vec!["template.components.body.parameters", "template.components.button"]),
        (json!([button]), vec!["template.components.body.parameters"]),
        (json!([{"type": "body", "parameters": [text("A-17")]}, button]), vec!["template.components[0].parameters"]),
    ] {
        let refused = world.post("/v1/messages", send(&world, components)).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.body["type"], "https://casement.dev/problems/template-parameters", "{}", refused.body);
        let errors = refused.body["errors"].as_array().unwrap().iter();
        assert_eq!(errors.map(|error| error["field"].as_str().unwrap()).collect::<Vec<_>>(), fields);
    }
    assert!(world.sends().is_empty() && world.conversations("").await.is_empty(), "nothing was made or sent");

    let sent = world.post("/v1/messages", send(&world, json!([body, button]))).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    assert_eq!(world.message(&sent.body["id"]).await["status"], "read");
}
