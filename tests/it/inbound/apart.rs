//! Groups, calls and threads of another responder: told, and kept apart from the customer's own thread.
use serde_json::{Value, json};

use super::scene::{message, stamp};
use crate::world::World;
use crate::world::webhooks::{ANN, contact, now, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_a_group_is_told_and_touches_no_thread_of_its_author() {
    let world = World::start().await;
    let at = now() - 600;
    world.says(&[text(ANN, "wamid.own", at, "Just for you")]).await;
    let before = (world.anns_conversation().await, world.anns().await);
    let mut said = text(ANN, "wamid.group", at + 60, "Hi all");
    said["group_id"] = json!("group-1");
    let mut like = message(ANN, "wamid.r", at + 70, "reaction", json!({"message_id": "wamid.own", "emoji": "👍"}));
    like["group_id"] = json!("group-1");
    world.says(&[said.clone(), said, like]).await;
    assert_eq!((world.anns_conversation().await, world.anns().await), before);
    let told = world.events("group.message").await;
    assert_eq!(told.len(), 2, "each once: {told:#?}");
    let data = &told[1]["data"];
    assert_eq!((&data["group_id"], &data["participant"]["wa_id"]), (&json!("group-1"), &json!(ANN)));
    assert_eq!(data["message"], json!({"type": "text", "text": {"body": "Hi all"}, "wamid": "wamid.group"}));
    assert_eq!(told[1]["channel_id"], world.channel().id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_a_group_is_told() {
    let world = World::start().await;
    let created =
        json!({"type": "group_create", "group_id": "group-1", "timestamp": (now() - 9).to_string(), "request_id": "r"});
    world.told("group_lifecycle_update", json!({"groups": [created]})).await;
    let told = world.events("group.changed").await;
    assert_eq!((told.len(), &told[0]["data"]["raw"]), (1, &created));
}

fn call(id: &str, at: i64, event: &str, direction: &str) -> Value {
    json!({"id": id, "from": ANN, "to": "15550100200", "event": event, "direction": direction, "timestamp": at.to_string()})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_the_customer_opens_and_extends_the_window_and_is_no_message() {
    let world = World::start().await;
    let at = now() - 600;
    for _ in 0..2 {
        let calls =
            json!({"contacts": [contact(ANN, "Ann")], "calls": [call("wacid.1", at, "connect", "USER_INITIATED")]});
        world.told("calls", calls).await;
    }
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["window"]["state"], "open");
    assert_eq!(conversation["window"]["closes_at"], stamp(at + 24 * 3600));
    let silent = ["unread", "waiting_since", "last_inbound_at"].map(|name| conversation[name].clone());
    assert_eq!(json!(silent), json!([0, null, null]));
    assert!(world.anns().await.is_empty());
    assert_eq!(world.events("call.changed").await.len(), 1);
    let answer = world.reply(&conversation, "You called?").await;
    assert_eq!(answer.status, 202, "{}", answer.body);

    // A message from before the call shortens nothing, a call after it extends.
    world.says(&[text(ANN, "wamid.1", at - 30, "May I call?")]).await;
    assert_eq!(world.conversation_with(ANN).await["window"]["closes_at"], stamp(at + 24 * 3600));
    world.told("calls", json!({"calls": [call("wacid.2", at + 60, "connect", "USER_INITIATED")]})).await;
    for (id, event, direction) in
        [("wacid.2", "terminate", "USER_INITIATED"), ("wacid.3", "connect", "BUSINESS_INITIATED")]
    {
        world.told("calls", json!({"calls": [call(id, at + 300, event, direction)]})).await;
    }
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["window"]["closes_at"], stamp(at + 60 + 24 * 3600));
    assert_eq!(conversation["last_inbound_at"], stamp(at - 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_of_another_responder_is_told_and_changes_nothing() {
    let world = World::start().await;
    let at = now() - 60;
    let said = text(ANN, "wamid.s1", at, "For the agent");
    let sent = json!({"id": "wamid.s2", "timestamp": at.to_string(), "message": {"to": ANN, "type": "text", "text": {"body": "By the agent"}}});
    world.told("standby", json!({"standby": {"contacts": [contact(ANN, "Ann")], "messages": [said]}})).await;
    world.told("standby", json!({"standby": {"message_echoes": [sent]}})).await;
    let told = world.events("standby.message").await;
    for part in [said, sent] {
        assert!(told.iter().any(|event| event["data"]["raw"] == part), "{part}");
    }
    assert!(world.conversations("").await.is_empty() && world.events("contact.created").await.is_empty());
    let passed =
        json!({"sender": {"phone_number": ANN}, "timestamp": at.to_string(), "control_passed": {"metadata": "m"}});
    world.told("messaging_handovers", passed).await;
    assert_eq!(world.events("handover.changed").await.len(), 1);
}
