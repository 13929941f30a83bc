//! Meta's word that there is no window (131047), late and out of order (P24).
use serde_json::{Value, json};

use super::HOUR;
use crate::world::World;
use crate::world::webhooks::{ANN, now, status};

async fn refused(world: &World, message: &Value, at: i64) {
    let mut failed = status(message["wamid"].as_str().unwrap(), ANN, "failed", at);
    failed["errors"] = json!([{"code": 131_047, "title": "Re-engagement message"}]);
    failed["biz_opaque_callback_data"] = message["id"].clone();
    world.deliver_and_settle(&world.status_webhook(failed)).await;
}

async fn state(world: &World) -> Value {
    world.conversation_with(ANN).await["window"]["state"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_customer_did_since_opens_a_window_again() {
    let world = World::hasty().await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    world.deliver_and_settle(&world.written(ANN, "wamid.1", now() - 2 * HOUR, "Hello")).await;
    let sent = world.reply_and_settle(&world.conversation_with(ANN).await, "Welcome").await;
    let at = now() - HOUR;
    refused(&world, &sent, at).await;
    assert_eq!(state(&world).await, "closed");
    let closed = world.events("window.closed").await;
    assert_eq!((closed.len(), &closed[0]["data"]["reason"]), (1, &json!("refused_by_whatsapp")));

    // On its way while Meta refused, and older than that: it opens nothing.
    world.deliver_and_settle(&world.written(ANN, "wamid.2", at - 60, "Anybody?")).await;
    assert_eq!(state(&world).await, "closed");
    world.deliver_and_settle(&world.written(ANN, "wamid.1", now() - 2 * HOUR, "Hello")).await;
    assert_eq!(state(&world).await, "closed", "a duplicate");
    world.deliver_and_settle(&world.written(ANN, "wamid.3", at + 60, "Hello?")).await;
    assert_eq!(state(&world).await, "open");
    refused(&world, &sent, at).await;
    assert_eq!(state(&world).await, "open", "it was told before");
    assert_eq!(world.windows_are_looked_at().await["closed"], 0);
    assert_eq!(world.events("window.opening").await.len(), 2);
}

/// The refusal overtakes the message that came before it: what it opened is closed all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_comes_first_is_remembered() {
    let world = World::hasty().await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    let sent = world.template_to(ANN).await;
    world.settle().await;
    let sent = world.message(&sent.body["id"]).await;
    refused(&world, &sent, now() - HOUR).await;
    world.deliver_and_settle(&world.written(ANN, "wamid.1", now() - 2 * HOUR, "Hello")).await;
    assert_eq!(state(&world).await, "closed");
    world.deliver_and_settle(&world.written(ANN, "wamid.2", now() - 60, "Hello?")).await;
    assert_eq!(state(&world).await, "open");
}
