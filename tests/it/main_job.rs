//! The main job: a customer writes, an agent answers, the window closes.
use serde_json::json;
use simulator::{Content, CustomerInput, Inbound};

use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::now;

const DAY: i64 = 24 * 3600;

/// A customer whom the simulator knows.
fn ann(world: &World) {
    let customer = json!({"wa_id": "16505550101", "name": "Ann Ash"});
    world.simulator().put_customer(serde_json::from_value::<CustomerInput>(customer).unwrap());
}

async fn writes(world: &World, body: &str, timestamp: i64) {
    let message: Content = serde_json::from_value(json!({"type": "text", "body": body})).unwrap();
    let inbound = Inbound {
        from: "+16505550101".to_owned(),
        message,
        context: None,
        referral: None,
        timestamp: Some(timestamp),
        id: None,
    };
    world.simulator().inbound(inbound).unwrap();
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_writes_an_agent_answers_and_the_window_closes() {
    let world = World::start().await;
    ann(&world);
    writes(&world, "Do you have it in green?", now()).await;

    let unanswered = world.conversations("?view=unreplied").await;
    assert_eq!(unanswered.len(), 1);
    let conversation = &unanswered[0];
    assert_eq!(conversation["channel_id"], world.channel().id.as_str());
    assert_eq!(conversation["window"]["state"], "open");
    assert_eq!(conversation["unread"], 1);
    let contact = world.get(&format!("/v1/contacts/{}", conversation["contact_id"].as_str().unwrap())).await;
    assert_eq!(contact["kind"], "lead");
    assert_eq!(contact["name"], "Ann Ash");
    let thread = world.thread(conversation).await;
    assert_eq!(thread[0]["text"]["body"], "Do you have it in green?");

    let reply = world.reply_and_settle(conversation, "Yes, in M and L.").await;
    assert_eq!(reply["state"], "accepted");
    assert_eq!(reply["status"], "read");
    for status in ["sent", "delivered", "read"] {
        assert!(reply["statuses"][status].is_string(), "{reply}");
    }
    let sends = world.sends();
    assert_eq!(sends.len(), 1);
    assert_eq!(sends[0].body["text"]["body"], "Yes, in M and L.");
    assert_eq!(sends[0].body["biz_opaque_callback_data"], reply["id"]);
    assert!(world.conversations("?view=unreplied").await.is_empty());
    assert_eq!(world.conversation().await["unread"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_four_hours_after_the_last_message_only_a_template_goes_out() {
    let world = World::start().await;
    ann(&world);
    writes(&world, "Are you there?", now() - DAY + 3).await;
    let conversation = world.conversation().await;
    assert_eq!(conversation["window"]["state"], "open");
    assert_eq!(world.stack.tick("window-expiry").await.unwrap()["closed"], 0);

    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(world.stack.tick("window-expiry").await.unwrap()["closed"], 1);
    world.settle().await;
    assert_eq!(world.conversation().await["window"]["state"], "closed");
    let events = world.events("window.closed").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["conversation_id"], conversation["id"]);

    let refused = world.reply(&conversation, "Sorry for the wait").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body["type"].as_str().unwrap().ends_with("window-closed"), "{}", refused.body);
    assert!(world.sends().is_empty(), "Meta was not called");

    let template = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
        "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}},
    });
    let sent = world.post("/v1/messages", agreed(template)).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    assert_eq!(world.message(&sent.body["id"]).await["state"], "accepted");
    assert_eq!(world.sends().len(), 1);
}
