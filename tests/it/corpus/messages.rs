//! Each type of message: as what it shows in its thread, and whether it opens the window and waits for an answer.
use serde_json::{Value, json};

use super::fixtures::{interactive, medium, message, product, referral, text, unsupported, with, without_answer};
use crate::world::World;
use crate::world::webhooks::{contact, now};

struct Case {
    name: &'static str,
    /// Without its id, sender and time.
    message: Value,
    /// The type in the thread; the content is the message's member of that name.
    shown: &'static str,
    effect: Effect,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Opens the window, is unread, waits for an answer.
    Counts,
    /// Stands in the thread and changes nothing.
    Stands,
}

fn case(name: &'static str, message: Value, shown: &'static str, effect: Effect) -> Case {
    Case { name, message, shown, effect }
}

fn counts(name: &'static str, message: Value, shown: &'static str) -> Case {
    case(name, message, shown, Effect::Counts)
}

fn stands(name: &'static str, message: Value, shown: &'static str) -> Case {
    case(name, message, shown, Effect::Stands)
}

fn what_people_write() -> Vec<Case> {
    let place = json!({"latitude": 52.520008, "longitude": 13.404954, "name": "TV tower", "address": "Berlin"});
    let card = json!([{
        "name": {"formatted_name": "Cleo Cole", "first_name": "Cleo"},
        "phones": [{"phone": "+1 650 555 0177", "wa_id": "16505550177", "type": "CELL"}],
        "emails": [{"email": "cleo@example.org"}], "org": {"company": "Cole Ltd"},
    }]);
    let own_card = json!([{
        "name": {"formatted_name": "Me"}, "phones": [{"phone": "+16505550178"}], "origin": "contact_request",
    }]);
    let order = json!({"catalog_id": "77", "text": "Two, please", "product_items": [product(2), product(1)]});
    vec![
        counts("text", text("Do you have it in green? 👗"), "text"),
        counts("image", medium("image", "image/jpeg", json!({"caption": "this one"})), "image"),
        counts("audio", medium("audio", "audio/mpeg", json!({"voice": false})), "audio"),
        counts("voice message", medium("audio", "audio/ogg; codecs=opus", json!({"voice": true})), "audio"),
        counts("voice of old versions", medium("voice", "audio/ogg", json!({})), "voice"),
        counts("video", medium("video", "video/mp4", json!({"caption": "look"})), "video"),
        counts("document", medium("document", "application/pdf", json!({"filename": "order.pdf"})), "document"),
        counts("sticker", medium("sticker", "image/webp", json!({"animated": true})), "sticker"),
        counts("location", message("location", place), "location"),
        counts("contacts", message("contacts", card), "contacts"),
        counts("own phone on request", message("contacts", own_card), "contacts"),
        counts("order", message("order", order), "order"),
        counts("forwarded", with(text("Have you seen this?"), "context", json!({"forwarded": true})), "text"),
        counts("chain letter", with(text("Pass it on"), "context", json!({"frequently_forwarded": true})), "text"),
        counts("quoting", with(text("This one"), "context", json!({"from": "15550100200", "id": "wamid.Q"})), "text"),
        counts(
            "about a product",
            with(
                text("Is it there?"),
                "context",
                json!({"from": "15550100200", "id": "wamid.P", "referred_product": {"catalog_id": "77", "product_retailer_id": "sku-7"}}),
            ),
            "text",
        ),
        counts("from an ad", with(text("I saw your ad"), "referral", referral()), "text"),
    ]
}

fn what_people_answer() -> Vec<Case> {
    let flow = json!({"name": "flow", "body": "Sent", "response_json": "{\"flow_token\":\"t\",\"day\":\"monday\"}"});
    let address = json!({"name": "address_message", "body": "Elm St", "response_json": "not JSON"});
    let permission = json!({"response": "accept", "is_permanent": false, "expiration_timestamp": 1_795_999_999, "response_source": "user_action"});
    let payment = json!({"payment_method": "upi", "payment_timestamp": 1_795_000_000, "reference_id": "r-1"});
    let list = json!({"id": "size-l", "title": "L", "description": "Large"});
    vec![
        counts("template's button", message("button", json!({"payload": "YES", "text": "Yes, please"})), "button"),
        counts("button reply", interactive("button_reply", json!({"id": "yes", "title": "Yes"})), "interactive"),
        counts("list reply", interactive("list_reply", list), "interactive"),
        counts("answer of a flow", interactive("nfm_reply", flow), "interactive"),
        counts("address", interactive("nfm_reply", address), "interactive"),
        counts("call permission", interactive("call_permission_reply", permission), "interactive"),
        counts("payment method", interactive("payment_method", payment), "interactive"),
        counts("answer of a later kind", interactive("palm_reply", json!({"line": "long"})), "interactive"),
        counts("answer that WhatsApp left out", message("interactive", json!({"type": "button_reply"})), "interactive"),
    ]
}

fn placeholders() -> Vec<Case> {
    let empty = json!({"type": "text", "text": "not an object"});
    vec![
        counts("poll", unsupported(json!({"type": "poll_creation"}), 131_051), "unsupported"),
        counts("unavailable", unsupported(Value::Null, 131_060), "unsupported"),
        counts("later type", message("hologram", json!({"depth": 3})), "hologram"),
        counts("known type of another shape", empty, "text"),
        counts("no type at all", json!({"note": "nothing else"}), "unknown"),
        counts("medium of the phone's history", json!({"type": "media_placeholder"}), "media_placeholder"),
    ]
}

fn what_whatsapp_says_itself() -> Vec<Case> {
    let system = |name, kind: &str, members: Value| {
        let mut content = json!({"type": kind, "body": format!("WhatsApp says {kind}")});
        content.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        stands(name, message("system", content), "system")
    };
    vec![
        system("new number", "user_changed_number", json!({"wa_id": "16505559001", "user_id": "US.9001"})),
        system("new user id", "user_changed_user_id", json!({"user_id": "US.9002", "previous_user_id": "US.8002"})),
        system("new device", "user_identity_changed", json!({"identity": {"hash": "h", "acknowledged": false}})),
        system("new number of old versions", "customer_changed_number", json!({"new_wa_id": "16505559003"})),
        system("new device of old versions", "customer_identity_changed", json!({})),
        system("something later", "user_learned_to_fly", json!({"height": 3})),
    ]
}

/// The number of the person who sends the case at `index`.
fn person(index: usize) -> String {
    format!("1650556{index:04}")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_type_of_message_shows_as_what_it_is_and_counts_if_it_calls_for_an_answer() {
    let world = World::start().await;
    let groups = [what_people_write(), what_people_answer(), placeholders(), what_whatsapp_says_itself()];
    let cases: Vec<Case> = groups.into_iter().flatten().collect();
    let at = now() - 60;
    let mut messages = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let mut message = case.message.clone();
        message["from"] = json!(person(index));
        message["id"] = json!(format!("wamid.{index}"));
        message["timestamp"] = json!(at.to_string());
        messages.push(message);
    }
    // WhatsApp's own notes come without contacts.
    let people = cases.iter().enumerate().filter(|(_, case)| case.shown != "system");
    let contacts: Vec<Value> = people.map(|(index, case)| contact(&person(index), case.name)).collect();
    world
        .deliver_and_settle(&world.messages_webhook(world.value(json!({"contacts": contacts, "messages": messages}))))
        .await;

    for (index, case) in cases.iter().enumerate() {
        let conversation = world.conversation_with(&person(index)).await;
        let thread = world.thread(&conversation).await;
        assert_eq!(thread.len(), 1, "{}: {thread:?}", case.name);
        check_message(case, &thread[0], at);
        check_effect(case, &conversation);
    }
    assert!(world.events("webhook.kept").await.is_empty(), "every message has a thread");
}

fn check_message(case: &Case, shown: &Value, at: i64) {
    let name = case.name;
    assert_eq!(shown["type"], case.shown, "{name}");
    let mut content = shown.get(case.shown).cloned().unwrap_or_default();
    without_answer(&mut content);
    assert_eq!(content, case.message[case.shown], "{name}");
    assert_eq!(shown["referral"], case.message["referral"], "{name}");
    assert_eq!(shown["at"], domain::Time::from_seconds(at).to_string(), "{name}");
    let facts = [&shown["direction"], &shown["source"], &shown["state"], &shown["status"]];
    assert_eq!(facts, [&json!("inbound"), &json!("live"), &json!("received"), &Value::Null], "{name}");
    let quoted = case.message["context"]["id"].clone();
    assert_eq!(shown["context"]["message_id"], quoted, "{name}");
    let codes =
        |errors: &Value| errors.as_array().into_iter().flatten().map(|error| error["code"].clone()).collect::<Vec<_>>();
    assert_eq!(codes(&shown["errors"]), codes(&case.message["errors"]), "{name}");
}

fn check_effect(case: &Case, conversation: &Value) {
    let counts = case.effect == Effect::Counts;
    let name = case.name;
    assert_eq!(conversation["window"]["state"], if counts { "open" } else { "closed" }, "{name}");
    assert_eq!(conversation["unread"], i64::from(counts), "{name}");
    assert_eq!(conversation["waiting_since"].is_string(), counts, "{name}");
    assert_eq!(conversation["last_inbound_at"].is_string(), counts, "{name}");
}

/// Early versions wrote numbers for times and left the type out; Meta cuts texts in the middle of an emoji.
#[tokio::test(flavor = "multi_thread")]
async fn odd_spellings_are_read() {
    let world = World::start().await;
    let at = now() - 5;
    let odd = json!({"from": person(0), "id": "wamid.odd", "timestamp": at, "text": {"body": "no type, a number for a time"}});
    let cut = json!({"from": person(1), "id": "wamid.cut", "timestamp": at.to_string(), "type": "text", "text": {"body": "cut HERE"}});
    let value =
        world.value(json!({"contacts": [contact(&person(0), "A"), contact(&person(1), "B")], "messages": [odd, cut]}));
    let body = world.messages_webhook(value).to_string().replace("HERE", "\\ud83d");
    assert_eq!(world.post_webhook(simulator::Verbatim::new(body)).await, [200]);
    world.settle().await;

    let thread = world.thread(&world.conversation_with(&person(0)).await).await;
    assert_eq!(
        (&thread[0]["type"], &thread[0]["text"]["body"]),
        (&json!("text"), &json!("no type, a number for a time"))
    );
    assert_eq!(thread[0]["at"], domain::Time::from_seconds(at).to_string());
    let thread = world.thread(&world.conversation_with(&person(1)).await).await;
    assert_eq!(thread[0]["text"]["body"], "cut \u{fffd}");
}
