//! What a message says beside its content: quotes, forwards, products, ads, and answers of flows as data.
use serde_json::{Value, json};

use super::scene::{message, stamp};
use crate::world::World;
use crate::world::webhooks::{ANN, now, text};

fn with(mut message: Value, name: &str, member: Value) -> Value {
    message[name] = member;
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_shows_what_it_refers_to() {
    let world = World::start().await;
    let none = json!({"message_id": null, "from": null, "forwarded": false, "frequently_forwarded": false, "referred_product": null});
    for (index, (context, changed)) in [
        (json!({"from": "15550100200", "id": "wamid.Q"}), json!({"message_id": "wamid.Q", "from": "15550100200"})),
        (json!({"forwarded": true}), json!({"forwarded": true})),
        (json!({"forwarded": true, "frequently_forwarded": "true"}), json!({"forwarded": true, "frequently_forwarded": true})),
        (
            json!({"from": 15550100200_i64, "id": "wamid.P", "referred_product": {"catalog_id": "77", "product_retailer_id": "sku"}}),
            json!({"message_id": "wamid.P", "from": "15550100200", "referred_product": {"catalog_id": "77", "product_retailer_id": "sku"}}),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let wamid = format!("wamid.{index}");
        world.says(&[with(text(ANN, &wamid, now() - 9, "Look"), "context", context.clone())]).await;
        let mut expected = none.clone();
        expected.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        assert_eq!(world.shown(&wamid).await["context"], expected, "{context}");
    }
    world.says(&[text(ANN, "wamid.plain", now() - 5, "Plain")]).await;
    let plain = world.shown("wamid.plain").await;
    assert_eq!([&plain["context"], &plain["referral"]], [&Value::Null; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_a_flow_is_data() {
    let world = World::start().await;
    for (index, (answer, data)) in [
        (
            "{\"flow_token\":\"t-1\",\"day\":\"monday\",\"guests\":3}",
            Some(json!({"flow_token": "t-1", "day": "monday", "guests": 3})),
        ),
        ("not JSON {", None),
    ]
    .into_iter()
    .enumerate()
    {
        let reply = json!({"name": "flow", "body": "Sent", "response_json": answer});
        let wamid = format!("wamid.{index}");
        let said = message(ANN, &wamid, now() - 9, "interactive", json!({"type": "nfm_reply", "nfm_reply": reply}));
        world.says(&[said]).await;
        let shown = world.shown(&wamid).await;
        let shown = &shown["interactive"]["nfm_reply"];
        assert_eq!((&shown["response_json"], shown.get("response")), (&json!(answer), data.as_ref()));
    }
}

fn ad(id: &str) -> Value {
    json!({
        "source_type": "ad", "source_id": id, "source_url": format!("https://fb.me/{id}"), "headline": "Spring sale",
        "body": "Chat with us", "media_type": "image", "image_url": "https://scontent.xx.fbcdn.net/a.jpg", "ctwa_clid": format!("click-{id}"),
    })
}

/// P50: on the message as it came, on the conversation the latest by Meta's time.
#[tokio::test(flavor = "multi_thread")]
async fn the_ad_that_a_customer_came_from_is_the_conversations_source() {
    let world = World::start().await;
    let at = now() - 600;
    let first = with(text(ANN, "wamid.1", at, "I saw your ad"), "referral", ad("1"));
    world.says(std::slice::from_ref(&first)).await;
    assert_eq!(world.shown("wamid.1").await["referral"], ad("1"));
    let source = |id: &str, at: i64| {
        json!({
            "type": "ad", "id": id, "url": format!("https://fb.me/{id}"), "headline": "Spring sale",
            "click_id": format!("click-{id}"), "at": stamp(at),
        })
    };
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["source"], source("1", at));
    assert_eq!((&conversation["unread"], &conversation["window"]["state"]), (&json!(1), &json!("open")));

    world.says(&[text(ANN, "wamid.2", at + 10, "And?")]).await;
    assert_eq!(world.conversation_with(ANN).await["source"], source("1", at), "another message leaves it");
    world.says(&[with(text(ANN, "wamid.4", at + 30, "Again"), "referral", ad("3"))]).await;
    world.says(&[with(text(ANN, "wamid.3", at + 20, "Late"), "referral", ad("2")), first]).await;
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["source"], source("3", at + 30), "what came late is not the latest");
    assert_eq!(conversation["unread"], 4);
    assert_eq!(conversation["last_inbound_at"], stamp(at + 30));

    // The row is written anew by what people do, and keeps it.
    let id = conversation["id"].as_str().unwrap();
    world.post(&format!("/v1/conversations/{id}/close"), json!(null)).await;
    world.says(&[text(ANN, "wamid.5", at + 40, "Still there")]).await;
    assert_eq!(world.conversation_with(ANN).await["source"], source("3", at + 30));
}

/// P6, P50: the placeholder of an ad's first message opens the lead with where it came from.
#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_first_message_of_an_ad_keeps_its_source() {
    let world = World::start().await;
    let errors = json!([{"code": 131_060, "title": "This message is currently unavailable."}]);
    let said =
        json!({"from": ANN, "id": "wamid.ad", "timestamp": now().to_string(), "type": "unsupported", "errors": errors});
    world.says(&[with(said, "referral", ad("9"))]).await;
    let conversation = world.conversation_with(ANN).await;
    assert_eq!((&conversation["source"]["id"], &conversation["unread"]), (&json!("9"), &json!(1)));
    assert_eq!(conversation["window"]["state"], "open");
    let shown = world.shown("wamid.ad").await;
    assert_eq!((&shown["errors"][0]["code"], &shown["referral"]["source_id"]), (&json!(131_060), &json!("9")));
    assert_eq!(world.contact_with(ANN).await["kind"], "lead");
}
