//! The phone's history fills threads and does nothing else (P41).
use serde_json::{Value, json};

use super::scene::{OWN, edit, message, stamp, to_ann};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, contact, now, text};

fn past(from: &str, wamid: &str, at: i64, status: &str) -> Value {
    let mut message = message(from, wamid, at, "text", json!({"body": wamid}));
    message["history_context"] = json!({"status": status});
    message
}

fn chunk(threads: Value) -> Value {
    json!({"history": [{"metadata": {"phase": 0, "chunk_order": 1, "progress": 55}, "threads": threads}]})
}

fn with_ann(messages: &[Value]) -> Value {
    chunk(json!([{"id": ANN, "messages": messages}]))
}

#[tokio::test(flavor = "multi_thread")]
async fn history_fills_threads_and_opens_waits_and_tells_nothing() {
    let world = World::start().await;
    let at = now() - 3600;
    let ann = [
        past(ANN, "wamid.1", at, "READ"),
        past(OWN, "wamid.2", at + 5, "PLAYED"),
        past(OWN, "wamid.3", at + 6, "ERROR"),
    ];
    let bob = [past(OWN, "wamid.4", at + 127, "DELIVERED"), past(BOB, "wamid.5", at + 128, "SOMETHING")];
    let context = json!({"wa_id": BOB, "user_id": "US.12", "username": "bob"});
    let threads = json!([{"id": ANN, "messages": ann}, {"id": BOB, "context": context, "messages": bob}]);
    for _ in 0..2 {
        world.told("history", chunk(threads.clone())).await;
    }
    for (wa_id, expected) in [
        (
            ANN,
            json!([
                ["inbound", "received", "read"],
                ["outbound", "accepted", "played"],
                ["outbound", "accepted", "failed"]
            ]),
        ),
        (BOB, json!([["outbound", "accepted", "delivered"], ["inbound", "received", null]])),
    ] {
        let conversation = world.conversation_with(wa_id).await;
        let thread = world.thread(&conversation).await;
        let facts = |message: &Value| json!([message["direction"], message["state"], message["status"]]);
        assert_eq!(json!(thread.iter().rev().map(facts).collect::<Vec<_>>()), expected);
        assert!(thread.iter().all(|message| message["source"] == "history"));
        let silent = ["unread", "waiting_since", "last_inbound_at", "last_outbound_at", "assignee"]
            .map(|name| conversation[name].clone());
        assert_eq!(json!(silent), json!([0, null, null, null, null]));
        assert_eq!(conversation["window"]["state"], "closed");
    }
    assert!(world.contact_with(BOB).await["identities"].to_string().contains("US.12"));
    assert_eq!(world.events("history.progress").await.len(), 1);
    for kind in ["window.opening", "conversation.assigned", "webhook.kept", "annotation.unmatched", "status.unmatched"]
    {
        assert!(world.events(kind).await.is_empty(), "{kind}");
    }
    let listed: Vec<Value> = world.conversations("").await.iter().map(|one| one["contact_id"].clone()).collect();
    let latest = world.conversation_with(BOB).await["contact_id"].clone();
    assert_eq!(listed[0], latest, "the latest history first");
}

/// A media placeholder gives way to its medium, whichever comes first.
#[tokio::test(flavor = "multi_thread")]
async fn a_placeholder_gives_way_to_its_medium() {
    let world = World::start().await;
    let at = now() - 3600;
    for (index, medium_first) in [false, true].into_iter().enumerate() {
        let wamid = format!("wamid.{index}");
        let placeholder = json!({
            "from": OWN, "id": wamid, "timestamp": at.to_string(), "type": "media_placeholder", "history_context": {"status": "READ"},
        });
        let image = json!({"id": "m1", "mime_type": "image/jpeg", "sha256": "x"});
        let medium = to_ann(message(OWN, &wamid, at, "image", image.clone()));
        let mut told = [with_ann(&[placeholder]), json!({"messages": [medium]})];
        if medium_first {
            told.reverse();
        }
        for members in told.iter().chain(&told) {
            world.told("history", members.clone()).await;
        }
        let shown = world.shown(&wamid).await;
        assert_eq!((&shown["type"], &shown["image"]), (&json!("image"), &image), "{medium_first}");
        assert_eq!((&shown["direction"], &shown["source"]), (&json!("outbound"), &json!("history")));
    }
    let theirs = message(ANN, "wamid.theirs", at, "image", json!({"id": "m2"}));
    world.told("history", json!({"messages": [theirs]})).await;
    assert_eq!(world.shown("wamid.theirs").await["direction"], "inbound");
    assert_eq!(world.conversation_with(ANN).await["unread"], 0);
}

/// What the business sent in the past does not say to whom: the thread of its placeholder does.
#[tokio::test(flavor = "multi_thread")]
async fn a_medium_that_names_no_customer_belongs_where_its_placeholder_is() {
    let world = World::start().await;
    let at = now() - 3600;
    let placeholder =
        |wamid: &str| json!({"from": OWN, "id": wamid, "timestamp": at.to_string(), "type": "media_placeholder"});
    let medium =
        |wamid: &str| json!({"messages": [message(OWN, wamid, at, "image", json!({"id": "m1", "caption": wamid}))]});
    world.told("history", with_ann(&[placeholder("wamid.1")])).await;
    for _ in 0..2 {
        world.told("history", medium("wamid.1")).await;
    }
    let shown = world.shown("wamid.1").await;
    assert_eq!((&shown["type"], &shown["direction"]), (&json!("image"), &json!("outbound")));
    assert!(world.events("webhook.kept").await.is_empty());
    world.told("history", medium("wamid.2")).await;
    assert_eq!(world.events("webhook.kept").await.len(), 1, "it is told until then");
    for _ in 0..2 {
        world.told("history", with_ann(&[placeholder("wamid.2")])).await;
    }
    assert_eq!(world.shown("wamid.2").await["image"]["caption"], "wamid.2");
    assert_eq!(world.anns().await.len(), 2);
}

/// One message, and it is live, whichever of the two is told first.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_message_that_is_also_history_is_one_live_message() {
    let world = World::start().await;
    let at = now() - 60;
    for (wa_id, history_first) in [(ANN, true), (BOB, false)] {
        let wamid = format!("wamid.{wa_id}");
        let live = world.messages_webhook(
            world.value(json!({"contacts": [contact(wa_id, "Name")], "messages": [text(wa_id, &wamid, at, "live")]})),
        );
        let old = chunk(json!([{"id": wa_id, "messages": [past(wa_id, &wamid, at, "READ")]}]));
        if history_first {
            world.told("history", old.clone()).await;
            assert_eq!(world.conversation_with(wa_id).await["window"]["state"], "closed");
        }
        world.deliver_and_settle(&live).await;
        world.told("history", old).await;
        let conversation = world.conversation_with(wa_id).await;
        let thread = world.thread(&conversation).await;
        assert_eq!(
            (thread.len(), &thread[0]["source"], &thread[0]["text"]["body"]),
            (1, &json!("live"), &json!("live"))
        );
        assert_eq!((&conversation["unread"], &conversation["window"]["state"]), (&json!(1), &json!("open")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_messages_of_the_history_is_shown_on_them() {
    let world = World::start().await;
    let at = now() - 3600;
    let like = message(ANN, "wamid.r", at + 2, "reaction", json!({"message_id": "wamid.2", "emoji": "👍"}));
    let mended = edit(OWN, "wamid.e", at + 3, "wamid.2", "mended");
    world.told("history", with_ann(&[like, mended, past(OWN, "wamid.2", at, "READ")])).await;
    let shown = world.shown("wamid.2").await;
    assert_eq!((&shown["reactions"][0]["by"], &shown["edited"]["by"]), (&json!("customer"), &json!("business")));
    assert_eq!(shown["edited"]["at"], stamp(at + 3));
    assert_eq!(world.anns().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_history_is_told() {
    let world = World::start().await;
    let errors = json!([{"code": 2_593_109, "title": "History sync is turned off"}]);
    world.told("history", json!({"history": [{"errors": errors}]})).await;
    let told = world.events("history.declined").await;
    assert_eq!((told.len(), &told[0]["data"]["raw"]["errors"]), (1, &errors));
    assert_eq!(told[0]["channel_id"], world.channel().id.as_str());
}

/// A conversation that history began is the customer's like any other once they write.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_a_history_writes() {
    let world = World::start().await;
    let at = now() - 3600;
    world.told("history", with_ann(&[past(ANN, "wamid.old", at, "READ")])).await;
    let before = world.conversation_with(ANN).await;
    let path = format!("/v1/conversations/{}/assign", before["id"].as_str().unwrap());
    assert_eq!(world.post(&path, Value::Null).await.status, 200);
    assert_eq!(world.conversations("").await.len(), 1, "it stays in the list");
    world.says(&[text(ANN, "wamid.new", now() - 5, "Hello again")]).await;
    let conversation = world.conversation_with(ANN).await;
    assert_eq!((&conversation["unread"], &conversation["window"]["state"]), (&json!(1), &json!("open")));
    assert_eq!(conversation["id"], before["id"]);
    assert_eq!(world.contact_with(ANN).await["name"], "Ann Ash", "the profile names whom the history did not");
}
