//! The safety margin: shortly before Meta's end of the window nothing free-form goes out (P24).
use serde_json::json;

use super::HOUR;
use crate::truth::people::MESSAGE_SEND;
use crate::world::World;
use crate::world::webhooks::ANN;

#[tokio::test(flavor = "multi_thread")]
async fn in_the_last_minutes_only_a_template_goes_out() {
    let world = World::hasty().await;
    let conversation = world.closes_in(ANN, "wamid.1", 60).await;
    let window = &conversation["window"];
    assert_eq!((&window["state"], &window["can_send"]), (&json!("open"), &json!("template")));
    let remaining = window["remaining_seconds"].as_i64().unwrap();
    assert!((30..=60).contains(&remaining), "{remaining}");
    let refused = world.reply(&conversation, "Just in time?").await;
    assert!(refused.body["type"].as_str().unwrap().ends_with("window-closed"), "{}", refused.body);
    assert!(world.sends().is_empty());
    assert_eq!(world.template_to(ANN).await.status, 202);

    world.settle_on(json!({"window": {"safety_margin_seconds": 0}})).await;
    assert_eq!(world.conversation_with(ANN).await["window"]["can_send"], "free_form");
    assert_eq!(world.reply_and_settle(&conversation, "Just in time").await["status"], "read");
}

/// The rule is asked again when the message is sent: it waited too long in the queue.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_is_held_to_the_margin_as_well() {
    let world = World::hasty().await;
    let conversation = world.closes_in(ANN, "wamid.1", HOUR / 2).await;
    let waiting = world.stack.hold(MESSAGE_SEND);
    let answer = world.reply(&conversation, "1").await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    world.settle_on(json!({"window": {"safety_margin_seconds": 3600}})).await;
    drop(waiting);
    world.settle().await;
    let message = world.message(&answer.body["id"]).await;
    assert_eq!((&message["state"], &message["errors"][0]["title"]), (&json!("refused"), &json!("window-closed")));
    assert_eq!(world.events("message.refused").await.len(), 1);
}

/// The local stack runs windows faster on demand, and the settings with them.
#[tokio::test(flavor = "multi_thread")]
async fn at_speed_the_margin_is_as_much_shorter() {
    let world = World::with(|options| options.speed = 1440).await;
    let settings = world.get("/v1/settings").await;
    assert_eq!(
        settings["window"],
        json!({"safety_margin_seconds": 0, "closing_notice_minutes": 1, "entry_point_hours": 1})
    );
    let text: simulator::Inbound =
        serde_json::from_value(json!({"from": format!("+{ANN}"), "message": {"type": "text", "body": "Hello"}}))
            .unwrap();
    world.simulator().put_customer(serde_json::from_value(json!({"wa_id": ANN})).unwrap());
    world.simulator().inbound(text).unwrap();
    world.settle().await;
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["window"]["can_send"], "free_form", "{conversation}");
    assert_eq!(world.reply_and_settle(&conversation, "Welcome").await["status"], "read");
}
