//! The customer service window under failure: closed by Meta's word, opened by Meta's time (P24, P41).
use serde_json::{Value, json};
use simulator::{Fault, StatusPlan};

use crate::world::World;
use crate::world::webhooks::{ANN, now, status, text};

const DAY: i64 = 24 * 3600;

async fn assert_closed(world: &World) {
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["window"]["state"], "closed");
    let calls = world.sends().len();
    let refused = world.reply(&conversation, "Still there?").await;
    assert!(refused.body["type"].as_str().unwrap().ends_with("window-closed"), "{}", refused.body);
    world.settle().await;
    assert_eq!(world.sends().len(), calls, "Meta was not called");
    assert_eq!(world.events("window.closed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn meta_closes_the_window_by_webhook() {
    let world = World::start().await;
    world.deliver_and_settle(&world.written(ANN, "wamid.1", now() - 60, "Hello")).await;
    let conversation = world.conversation_with(ANN).await;
    world.simulator().add_plan(StatusPlan::failed(131_047));
    let message = world.reply_and_settle(&conversation, "Welcome").await;
    assert_eq!((&message["status"], &message["errors"][0]["code"]), (&json!("failed"), &json!(131_047)));
    assert_closed(&world).await;
    // A new message of the customer opens it again.
    world.writes(ANN, "wamid.2", "Hello again").await;
    world.settle().await;
    assert_eq!(world.conversation_with(ANN).await["window"]["state"], "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn meta_closes_the_window_by_its_answer() {
    let world = World::start().await;
    let conversation = world.met(ANN).await;
    world.simulator().add_fault(Fault::error(131_047));
    let message = world.reply_and_settle(&conversation, "Welcome").await;
    assert_eq!((&message["state"], &message["errors"][0]["code"]), (&json!("refused"), &json!(131_047)));
    assert_closed(&world).await;
}

/// A refusal is about the moment of the send: one that comes late, or twice, says nothing about what was opened since.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_refusal_does_not_close_a_window_that_opened_since() {
    let world = World::start().await;
    world.simulator().set_default_plan(StatusPlan::none());
    world.deliver_and_settle(&world.written(ANN, "wamid.1", now() - 3600, "Hello")).await;
    let answer = world.reply_and_settle(&world.conversation_with(ANN).await, "Welcome").await;
    world.deliver_and_settle(&world.written(ANN, "wamid.2", now() - 10, "Hello again")).await;
    let mut failed = status(answer["wamid"].as_str().unwrap(), ANN, "failed", now() - 1800);
    failed["errors"] = json!([{"code": 131_047, "title": "Re-engagement message"}]);
    world.deliver_and_settle(&world.status_webhook(failed)).await;
    assert_eq!(world.message(&answer["id"]).await["status"], "failed");
    assert_eq!(world.conversation_with(ANN).await["window"]["state"], "open");
}

/// Meta's time counts: a message that comes days late, in whatever order, opens nothing that is over.
#[tokio::test(flavor = "multi_thread")]
async fn the_window_follows_metas_time_in_whatever_order_messages_arrive() {
    let world = World::start().await;
    let times = [now() - 3 * DAY, now() - 600, now() - 2 * DAY, now() - 3600];
    for (index, at) in times.iter().enumerate() {
        world.deliver_and_settle(&world.written(ANN, &format!("wamid.{index}"), *at, &index.to_string())).await;
    }
    let conversation = world.conversation_with(ANN).await;
    let seconds = |value: &Value| {
        let time: domain::Time = domain::Time::parse(value.as_str().unwrap()).unwrap();
        time.seconds()
    };
    assert_eq!(conversation["window"]["state"], "open");
    assert_eq!(seconds(&conversation["window"]["closes_at"]), times[1] + DAY);
    assert_eq!(seconds(&conversation["last_inbound_at"]), times[1]);
    assert_eq!(conversation["unread"], 4);
    assert_eq!(world.texts(ANN).await, ["0", "2", "3", "1"]);
}

/// P43: what is no message of the customer opens no window and calls for no answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_opens_no_window_and_waits_for_no_answer() {
    let world = World::start().await;
    world.deliver_and_settle(&world.written(ANN, "wamid.1", now() - 2 * DAY, "Hello")).await;
    let id = world.conversation_with(ANN).await["id"].as_str().unwrap().to_owned();
    assert_eq!(world.call("POST", &format!("/v1/conversations/{id}/read"), None).await.status, 200);
    let mut reaction = text(ANN, "wamid.2", now(), "");
    reaction.as_object_mut().unwrap().remove("text");
    reaction["type"] = json!("reaction");
    reaction["reaction"] = json!({"message_id": "wamid.1", "emoji": "\u{1f44d}"});
    let body = world.messages_webhook(world.value(json!({"messages": [reaction]})));
    world.deliver_and_settle(&body).await;
    let conversation = world.conversation_with(ANN).await;
    assert_eq!((&conversation["window"]["state"], &conversation["unread"]), (&json!("closed"), &json!(0)));
    let thread = world.thread(&conversation).await;
    assert_eq!((thread.len(), &thread[0]["reactions"][0]["by"]), (1, &json!("customer")));
}
