//! What is malformed, or not known yet: kept, shown as what it is, and of no harm to its neighbours (P5, P6).
use serde_json::{Value, json};

use crate::world::World;
use crate::world::webhooks::{ANN, BOB, contact, entry, now, status, text, webhook};

/// What is kept of a webhook, by the text that it contains.
fn kept<'a>(events: &'a [Value], needle: &str) -> &'a Value {
    let holds = |event: &&Value| event["data"].to_string().contains(needle);
    events.iter().find(holds).unwrap_or_else(|| panic!("{needle} is not among {events:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_malformed_atom_harms_no_neighbour() {
    let world = World::start().await;
    let conversation = world.met(BOB).await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    let answer = world.reply_and_settle(&conversation, "Welcome").await;
    let without_wamid = json!({"from": ANN, "timestamp": "1", "type": "text", "text": {"body": "no wamid"}});
    let from_nobody = json!({"id": "wamid.nobody", "timestamp": "1", "type": "text", "text": {"body": "from nobody"}});
    let value = world.value(json!({
        "contacts": [contact(ANN, "Ann Ash"), contact(BOB, "Bob Birch")],
        "messages": [
            text(ANN, "wamid.1", now() - 2, "before"), "not an object", 7, Value::Null, [["nested"]],
            without_wamid, from_nobody, text(ANN, "wamid.2", now() - 1, "after"),
        ],
        "statuses": [
            {"status": "sent", "recipient_id": BOB, "note": "status without a wamid"}, "no status",
            status(answer["wamid"].as_str().unwrap(), BOB, "delivered", now()),
        ],
        "surprises": [{"of": "an unknown list"}],
    }));
    world.deliver_and_settle(&world.messages_webhook(value)).await;

    assert_eq!(world.texts(ANN).await, ["before", "after"]);
    assert_eq!(world.message(&answer["id"]).await["status"], "delivered");
    let events = world.events("webhook.kept").await;
    for needle in
        ["not an object", "no wamid", "from nobody", "nested", "status without a wamid", "no status", "unknown list"]
    {
        kept(&events, needle);
    }
    assert!(kept(&events, "no wamid")["data"]["because"].is_string());
    assert_eq!(kept(&events, "unknown list")["data"]["field"], "messages.surprises");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_fields_and_broken_frames_are_kept_and_their_neighbours_applied() {
    let world = World::start().await;
    let good =
        world.value(json!({"contacts": [contact(ANN, "Ann")], "messages": [text(ANN, "wamid.1", now(), "good")]}));
    let mut body = webhook(&[entry(
        &world,
        &[
            ("telepathy", json!({"thought": "an unknown field"})),
            ("messages", good),
            ("messages", json!("a value that is no object")),
        ],
    )]);
    let entries = body["entry"].as_array_mut().unwrap();
    entries.push(json!("an entry that is no object"));
    entries.push(json!({"id": "1", "changes": "changes that are no list"}));
    body["novelty"] = json!({"unknown": "member of the body"});
    world.deliver_and_settle(&body).await;

    assert_eq!(world.texts(ANN).await, ["good"]);
    let events = world.events("webhook.kept").await;
    assert_eq!(kept(&events, "an unknown field")["data"]["field"], "telepathy");
    kept(&events, "a value that is no object");
    kept(&events, "an entry that is no object");
    kept(&events, "changes that are no list");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_we_do_not_know_is_a_placeholder_in_the_thread() {
    let world = World::start().await;
    let mut hologram = text(ANN, "wamid.1", now() - 1, "");
    hologram.as_object_mut().unwrap().remove("text");
    hologram["type"] = json!("hologram");
    hologram["hologram"] = json!({"id": "h1", "depth": 3});
    hologram["unheard_of"] = json!(["x"]);
    let mut no_type = hologram.clone();
    no_type["id"] = json!("wamid.2");
    no_type.as_object_mut().unwrap().remove("type");
    let value = world.value(json!({
        "contacts": [contact(ANN, "Ann")], "messages": [hologram, no_type, text(ANN, "wamid.3", now(), "as usual")],
    }));
    world.deliver_and_settle(&world.messages_webhook(value)).await;

    let thread = world.thread(&world.conversation_with(ANN).await).await;
    assert_eq!(thread.len(), 3, "{thread:?}");
    let by = |wamid: &str| thread.iter().find(|message| message["wamid"] == wamid).unwrap();
    assert_eq!(by("wamid.1")["type"], "hologram");
    assert_eq!(by("wamid.1")["hologram"]["depth"], 3);
    assert_eq!(by("wamid.2")["type"], "unknown");
    assert_eq!(by("wamid.3")["text"]["body"], "as usual");
    let conversation = world.conversation_with(ANN).await;
    assert_eq!((&conversation["unread"], &conversation["window"]["state"]), (&json!(3), &json!("open")));
}

/// P6: the first message of an ad's chat may come as a placeholder. The lead is not lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_first_message_makes_a_lead_a_conversation_and_a_placeholder() {
    let world = World::start().await;
    let message = json!({
        "from": ANN, "id": "wamid.ad", "timestamp": now().to_string(), "type": "unsupported",
        "errors": [{
            "code": 131_060, "title": "This message is currently unavailable.",
            "message": "This message is currently unavailable.", "error_data": {"details": "Open the phone to see it."},
        }],
        "referral": {"source_type": "ad", "source_id": "120", "source_url": "https://fb.me/x", "ctwa_clid": "c1"},
    });
    let value = world.value(json!({"contacts": [contact(ANN, "Ann Ash")], "messages": [message]}));
    world.deliver_and_settle(&world.messages_webhook(value)).await;

    let contact = world.contact_with(ANN).await;
    assert_eq!((&contact["kind"], &contact["name"]), (&json!("lead"), &json!("Ann Ash")));
    let conversation = world.conversation_with(ANN).await;
    assert_eq!((&conversation["unread"], &conversation["window"]["state"]), (&json!(1), &json!("open")));
    let thread = world.thread(&conversation).await;
    assert_eq!((thread.len(), &thread[0]["type"]), (1, &json!("unsupported")));
    assert_eq!(thread[0]["errors"][0]["code"], 131_060);
    assert_eq!(thread[0]["errors"][0]["details"], "Open the phone to see it.");
}

/// Signed and yet no webhook that we understand: kept as text for a person to look at.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_body_that_is_no_webhook_is_kept() {
    let world = World::start().await;
    for body in ["not JSON at all", r#"{"object":"page","entry":[{"id":"of another product"}]}"#, "[]", "5"] {
        assert_eq!(world.post_webhook(simulator::Verbatim::new(body)).await, [200], "{body}");
    }
    world.settle().await;
    let events = world.events("webhook.kept").await;
    assert_eq!(events.len(), 4, "{events:#?}");
    kept(&events, "not JSON at all");
    kept(&events, "of another product");
}
