//! What opens the window and what does not, by kind (P41, P43).
use serde_json::{Value, json};

use super::{DAY, message};
use crate::world::World;
use crate::world::webhooks::{ANN, contact, entry, now, text, webhook};

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_customer_sends_now_opens_the_window() {
    let world = World::hasty().await;
    let media = |kind: &str| json!({"type": kind, kind: {"id": "1", "mime_type": "image/png", "sha256": "x"}});
    let reply = |kind: &str| json!({"type": "interactive", "interactive": {"type": kind, kind: {"id": "1", "title": "Yes", "name": "flow", "body": "Sent", "response_json": "{}"}}});
    let system = json!({"type": "system", "system": {"type": "user_identity_changed", "body": "New code", "identity": {"hash": "x"}}});
    let kinds: Vec<(&str, Value, bool)> = vec![
        ("text", json!({"type": "text", "text": {"body": "Hi"}}), true),
        ("image", media("image"), true),
        ("video", media("video"), true),
        ("audio", media("audio"), true),
        ("document", media("document"), true),
        ("sticker", media("sticker"), true),
        ("location", json!({"type": "location", "location": {"latitude": 1, "longitude": 2}}), true),
        ("contacts", json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Bob"}}]}), true),
        ("button", json!({"type": "button", "button": {"payload": "1", "text": "Yes"}}), true),
        ("button reply", reply("button_reply"), true),
        ("list reply", reply("list_reply"), true),
        ("flow reply", reply("nfm_reply"), true),
        ("order", json!({"type": "order", "order": {"catalog_id": "1", "product_items": []}}), true),
        ("unsupported", json!({"type": "unsupported", "errors": [{"code": 131_051}]}), true),
        ("of a later type", json!({"type": "hologram", "hologram": {}}), true),
        ("reaction", json!({"type": "reaction", "reaction": {"message_id": "wamid.old", "emoji": "👍"}}), false),
        (
            "edit",
            json!({"type": "edit", "edit": {"original_message_id": "wamid.old", "message": {"type": "text", "text": {"body": "Ho"}}}}),
            false,
        ),
        ("revoke", json!({"type": "revoke", "revoke": {"original_message_id": "wamid.old"}}), false),
        ("system", system, false),
        ("group", json!({"type": "text", "text": {"body": "Hi"}, "group_id": "g1"}), false),
    ];
    for (index, (kind, content, opens)) in kinds.into_iter().enumerate() {
        let from = format!("165055510{index:02}");
        // Everybody wrote once, long ago.
        world.deliver(&world.written(&from, "wamid.old", now() - 2 * DAY, "Hello")).await;
        world.settle().await;
        let mut content = content;
        content["id"] = json!(format!("wamid.{index}"));
        world.deliver_and_settle(&message(&world, &from, content, now() - 5)).await;
        check(&world, &from, kind, opens).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_by_other_ways_opens_no_window() {
    let world = World::hasty().await;
    world.deliver_and_settle(&world.written(ANN, "wamid.old", now() - 2 * DAY, "Hello")).await;
    let written = |wamid: &str| text(ANN, wamid, now() - 5, "Hi");
    let mut echo = text("15550100200", "wamid.echo", now() - 5, "On the phone");
    echo["to"] = json!(ANN);
    let history = json!([{"metadata": {"phase": 0, "chunk_order": 1, "progress": 50}, "threads": [{"id": ANN, "messages": [written("wamid.h")]}]}]);
    for (field, members) in [
        ("smb_message_echoes", json!({"message_echoes": [echo]})),
        ("history", json!({"history": history})),
        ("standby", json!({"standby": {"messages": [written("wamid.s")], "contacts": [contact(ANN, "Ann Ash")]}})),
        ("messaging_handovers", json!({"sender": {"phone_number": ANN}, "timestamp": now(), "type": "control_passed"})),
        (
            "calls",
            json!({"calls": [{"id": "c1", "event": "terminate", "direction": "USER_INITIATED", "from": ANN, "timestamp": now().to_string()}]}),
        ),
        (
            "calls",
            json!({"calls": [{"id": "c2", "event": "connect", "direction": "BUSINESS_INITIATED", "from": "15550100200", "to": ANN, "timestamp": now().to_string()}]}),
        ),
    ] {
        world.deliver_and_settle(&webhook(&[entry(&world, &[(field, world.value(members))])])).await;
        check(&world, ANN, field, false).await;
    }
    world.deliver_and_settle(&world.written(ANN, "wamid.late", now() - DAY - 1, "Late")).await;
    check(&world, ANN, "a message whose own window is over", false).await;
    let call = json!({"calls": [{"id": "c3", "event": "connect", "direction": "USER_INITIATED", "from": ANN, "timestamp": now().to_string()}]});
    world.deliver_and_settle(&webhook(&[entry(&world, &[("calls", world.value(call))])])).await;
    check(&world, ANN, "a call of the customer", true).await;
    assert_eq!(world.events("window.opening").await.len(), 1);
}

async fn check(world: &World, from: &str, kind: &str, opens: bool) {
    let window = world.conversation_with(from).await["window"].clone();
    let shown = (&window["state"], &window["can_send"], window["remaining_seconds"].as_i64().unwrap() > 0);
    let expected = if opens { ("open", "free_form") } else { ("closed", "template") };
    assert_eq!(shown, (&json!(expected.0), &json!(expected.1), opens), "{kind}: {window}");
}
