//! Secrets that change, webhooks that are tried out, and events that are asked for again.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::desk::is_signed;
use crate::world::World;
use crate::world::receiver::{Receiver, Reply};

fn path(webhook: &Value, rest: &str) -> String {
    format!("/v1/webhooks/{}{rest}", webhook["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_is_nowhere_in_the_table() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let body = json!({"url": shop.url("/hook"), "events": ["*"], "description": "The shop"});
    let first = world.call_as(world.stack.admin_key(), "POST", "/v1/webhooks", Some(body.clone()), Some("one")).await;
    let secret = first.body["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    let again = world.call_as(world.stack.admin_key(), "POST", "/v1/webhooks", Some(body), Some("one")).await;
    assert_eq!((again.status, &again.body["id"]), (409, &first.body["id"]), "{}", again.body);
    assert!(again.body["type"].as_str().unwrap().ends_with("secret-shown-once"));
    let shown = world.get("/v1/webhooks").await.to_string() + &world.webhook_now(&first.body).await.to_string();
    assert!(shown.contains("The shop") && !shown.contains("whsec_"), "{shown}");
    let rows = format!("{:?}", world.inside().await.store.webhooks_all().await.unwrap());
    assert!(!rows.contains(&secret), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_signs_on_while_others_take_its_place() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    world.meets("+16505559100").await;
    let rotate = async || {
        let answer = world.call("POST", &path(&webhook, "/rotate-secret"), None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        world.settle().await;
        answer.body
    };
    let second = rotate().await;
    assert_ne!(second["secret"], webhook["secret"]);
    assert!(second["previous_secret_until"].is_string());
    world.meets("+16505559101").await;
    let third = rotate().await;
    world.meets("+16505559102").await;
    let received = shop.received();
    let signed = |received, secrets: [&Value; 3]| secrets.map(|secret| is_signed(received, &secret["secret"]));
    let secrets = [&webhook, &second, &third];
    assert_eq!(signed(&received[0], secrets), [true, false, false]);
    assert_eq!(signed(&received[1], secrets), [true, true, false]);
    assert_eq!(signed(&received[2], secrets), [true; 3], "also where the first answer was lost and asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_can_be_tried_out() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    let answer = world.call("POST", &path(&webhook, "/test"), None).await;
    assert_eq!((answer.status, &answer.body["event_type"]), (200, &json!("webhook.tested")), "{}", answer.body);
    world.settle().await;
    let received = shop.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].json()["type"], "webhook.tested");
    assert!(is_signed(&received[0], &webhook["secret"]));
    let log = world.deliveries(&webhook, "?state=delivered").await;
    assert_eq!((log.len(), &log[0]["id"]), (1, &answer.body["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_comes_in_pages_and_by_state() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    for number in 0..7 {
        if number % 3 == 0 {
            shop.next(Reply::of(500));
        }
        world.meets(&format!("+1650555910{number}")).await;
    }
    for (state, expected) in [("", 7), ("state=delivered&", 4), ("state=waiting&", 3), ("state=failed&", 0)] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = world.get(&path(&webhook, &format!("/deliveries?{state}limit=2{cursor}"))).await;
            let items = page["items"].as_array().unwrap().clone();
            assert!(items.len() <= 2);
            seen.extend(items.iter().map(|delivery| delivery["event_at"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen.len(), expected, "{state}");
        assert!(seen.is_sorted_by(|one, next| one >= next), "the latest first: {seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_a_time_are_delivered_again_with_their_ids() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    for number in 0..3 {
        world.meets(&format!("+1650555910{number}")).await;
    }
    let before: BTreeSet<String> =
        world.events("contact.created").await.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
    let webhook = world.tells(&shop.url("/hook"), &["contact.*", "channel.*"]).await;
    world.meets("+16505559109").await;
    assert_eq!(shop.received().len(), 1, "what was before is not told by itself");

    let wish = json!({"from": "2026-01-01T00:00:00Z", "types": ["contact.created"]});
    let answer = world.post(&path(&webhook, "/replay"), wish).await;
    assert_eq!((answer.status, &answer.body["state"]), (202, &json!("running")), "{}", answer.body);
    world.settle().await;
    let replay = world.get(&format!("/v1/webhooks/replays/{}", answer.body["id"].as_str().unwrap())).await;
    assert_eq!((&replay["state"], &replay["asked_for"]), (&json!("done"), &json!(4)), "{replay}");
    assert!(replay["looked_at"].as_u64().unwrap() >= 4);
    let received = shop.received();
    assert_eq!(received.len(), 5);
    let ids: BTreeSet<String> = received.iter().map(|told| told.header("webhook-id").to_owned()).collect();
    assert!(ids.len() == 4 && ids.is_superset(&before), "{ids:?}");
    assert!(received.iter().all(|told| told.json()["type"] == "contact.created"));
    let log = world.deliveries(&webhook, "").await;
    assert_eq!(log.len(), 4, "one row for each event");

    for wrong in
        [json!({"from": "2096-01-01T00:00:00Z"}), json!({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"})]
    {
        let refused = world.post(&path(&webhook, "/replay"), wrong).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (400, &json!("from")));
    }
}
