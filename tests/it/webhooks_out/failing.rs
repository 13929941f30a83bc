//! Receivers that do not take what they are told.
use std::time::Duration;

use domain::Time;
use domain::ids::DeliveryId;
use serde_json::{Value, json};

use crate::world::World;
use crate::world::receiver::{Receiver, Reply};

fn at(value: &Value) -> Time {
    Time::parse(value.as_str().unwrap_or_else(|| panic!("{value} is no time"))).unwrap()
}

/// Makes a delivery's next try due now, as after its wait, and has it made.
async fn wait_over(world: &World, delivery: &Value, tries: u32) {
    let inside = world.inside().await;
    let id = DeliveryId::parse(delivery["id"].as_str().unwrap()).unwrap();
    let mut row = inside.store.delivery_get(&id).await.unwrap().unwrap();
    row.next_try_at = Some(Time::from_millis(1));
    row.tries_in_a_row = tries;
    row.revision += 1;
    assert!(inside.store.delivery_update(&row).await.unwrap());
    let report = world.stack.tick("due-tasks").await.unwrap();
    assert_eq!(report["delivered_again"], 1, "{report}");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_tried_again_with_the_same_id() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    shop.next(Reply::of(500).saying("x".repeat(5000)));
    world.meets("+16505559100").await;
    let log = world.deliveries(&webhook, "?state=waiting").await;
    assert_eq!((log.len(), &log[0]["tries"], &log[0]["last_try"]["status"]), (1, &json!(1), &json!(500)));
    assert_eq!(log[0]["last_try"]["response"].as_str().unwrap().len(), 1024, "the beginning of the answer");
    let wait = at(&log[0]["next_try_at"]).millis() - at(&log[0]["last_try"]["at"]).millis();
    assert!((5000..10_000).contains(&wait), "{wait} ms");
    assert!(world.webhook_now(&webhook).await["failing_since"].is_string());
    // Not before its time.
    let report = world.stack.tick("due-tasks").await.unwrap();
    assert_eq!(report["delivered_again"], 0);

    tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap() + 100)).await;
    assert_eq!(world.stack.tick("due-tasks").await.unwrap()["delivered_again"], 1);
    world.settle().await;
    let received = shop.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    assert_eq!(received[0].body, received[1].body);
    let log = world.deliveries(&webhook, "").await;
    assert_eq!((&log[0]["state"], &log[0]["tries"]), (&json!("delivered"), &json!(2)));
    assert!(world.deliveries(&webhook, "?state=waiting").await.is_empty());
    assert_eq!(world.webhook_now(&webhook).await["failing_since"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_asks_for_time_is_given_it() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    shop.next(Reply::of(429).with("Retry-After", "3600"));
    world.meets("+16505559100").await;
    let log = world.deliveries(&webhook, "").await;
    let wait = at(&log[0]["next_try_at"]).millis() - at(&log[0]["last_try"]["at"]).millis();
    assert!((3_600_000..3_620_000).contains(&wait), "{wait} ms");
}

/// Where it points to is not called, and gets nothing that was meant for another.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (world, shop, other) = (World::start().await, Receiver::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    shop.next(Reply::of(307).with("Location", other.url("/stolen")));
    world.meets("+16505559100").await;
    let log = world.deliveries(&webhook, "").await;
    assert_eq!((&log[0]["state"], &log[0]["last_try"]["status"]), (&json!("waiting"), &json!(307)));
    assert!(other.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_gone_is_paused_at_once_and_told_of() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    let watch = world.tells(&shop.url("/watch"), &["webhook.*"]).await;
    shop.next(Reply::of(410));
    world.meets("+16505559100").await;
    let now = world.webhook_now(&webhook).await;
    assert_eq!((&now["state"], &now["pause_reason"]), (&json!("paused"), &json!("gone")));
    let events = world.events("webhook.paused").await;
    assert_eq!((events.len(), &events[0]["data"]["webhook_id"]), (1, &webhook["id"]));
    assert_eq!(events[0]["data"]["reason"], "gone");
    let told: Vec<Value> = shop.received_at("/watch").iter().map(|told| told.json()["type"].clone()).collect();
    assert!(told.contains(&json!("webhook.paused")), "{told:?}");

    world.meets("+16505559101").await;
    assert_eq!(shop.received_at("/hook").len(), 1, "it is told nothing while it is paused");
    let path = format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap());
    for (method, path, body) in [
        ("POST", format!("{path}/test"), None),
        ("POST", format!("{path}/replay"), Some(json!({"from": "2026-01-01T00:00:00Z"}))),
    ] {
        let refused = world.call(method, &path, body).await;
        assert_eq!(refused.status, 409, "{path}: {}", refused.body);
        assert!(refused.body["type"].as_str().unwrap().ends_with("webhook-paused"));
    }
    let answer = world.call("PATCH", &path, Some(json!({"state": "active"}))).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("active")));
    world.settle().await;
    world.meets("+16505559102").await;
    assert_eq!(shop.received_at("/hook").len(), 2);
    assert_eq!(world.webhook_now(&watch).await["state"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_last_try_it_is_given_up_and_told_of() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["*"]).await;
    shop.always(Reply::of(503));
    world.meets("+16505559100").await;
    let log = world.deliveries(&webhook, "").await;
    let delivery = log.iter().find(|delivery| delivery["event_type"] == "contact.created").unwrap();
    wait_over(&world, delivery, 9).await;
    let failed = world.deliveries(&webhook, "?state=failed").await;
    assert_eq!((failed.len(), &failed[0]["id"]), (1, &delivery["id"]), "{failed:?}");
    assert_eq!(failed[0]["next_try_at"], Value::Null);
    let events = world.events("webhook.delivery_failed").await;
    assert_eq!(events.len(), 1);
    for (member, value) in [
        ("webhook_id", &webhook["id"]),
        ("delivery_id", &delivery["id"]),
        ("event_id", &delivery["event_id"]),
        ("event_type", &json!("contact.created")),
        ("status", &json!(503)),
    ] {
        assert_eq!(events[0]["data"][member], *value, "{member}");
    }
    let told: Vec<Value> = shop.received().iter().map(|told| told.json()["type"].clone()).collect();
    assert!(!told.contains(&json!("webhook.delivery_failed")), "a webhook is not told of itself: {told:?}");

    // What was given up is delivered when somebody says so.
    shop.always(Reply::of(200));
    let path = format!("/v1/webhooks/deliveries/{}", delivery["id"].as_str().unwrap());
    let again = world.call("POST", &format!("{path}/retry"), None).await;
    assert_eq!((again.status, &again.body["state"]), (200, &json!("queued")), "{}", again.body);
    world.settle().await;
    let detail = world.get(&path).await;
    assert_eq!((&detail["state"], &detail["tries"]), (&json!("delivered"), &json!(3)));
    assert!(detail["event_data"].is_object());
}

/// Five days of nothing but failures.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_for_days_is_paused() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    shop.always(Reply::of(500));
    world.meets("+16505559100").await;
    let inside = world.inside().await;
    let mut row = inside.store.webhooks_all().await.unwrap().remove(0);
    row.failing_since = Some(row.failing_since.unwrap().minus(Duration::from_secs(5 * 24 * 3600)));
    assert!(inside.store.webhook_update(&row.next()).await.unwrap());
    let waiting = world.deliveries(&webhook, "").await[0].clone();
    wait_over(&world, &waiting, 1).await;
    let now = world.webhook_now(&webhook).await;
    assert_eq!((&now["state"], &now["pause_reason"]), (&json!("paused"), &json!("failing")));
    assert_eq!(world.events("webhook.paused").await.len(), 1);

    // What waits for its next try is not tried any more.
    let waiting = world.deliveries(&webhook, "").await[0].clone();
    assert_eq!(waiting["state"], "waiting");
    wait_over(&world, &waiting, 1).await;
    assert_eq!(world.deliveries(&webhook, "?state=cancelled").await.len(), 1);
    assert_eq!(shop.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_fails_after_fifteen_seconds_and_holds_up_no_other() {
    let (world, slow, quick) = (World::start().await, Receiver::start().await, Receiver::start().await);
    let webhook = world.tells(&slow.url("/hook"), &["contact.created"]).await;
    world.tells(&quick.url("/hook"), &["contact.created"]).await;
    slow.next(Reply::of(200).after(Duration::from_secs(60)));
    let made = world.post("/v1/contacts", json!({"phone": "+16505559100", "kind": "lead"})).await;
    assert_eq!(made.status, 201);
    let begun = std::time::Instant::now();
    while quick.received().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(14), "the quick one waits for the slow one");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.settle().await;
    let log = world.deliveries(&webhook, "").await;
    assert_eq!((&log[0]["state"], &log[0]["last_try"]["status"]), (&json!("waiting"), &Value::Null));
    let took = log[0]["last_try"]["took_ms"].as_u64().unwrap();
    assert!((15_000..20_000).contains(&took), "{took} ms");
    assert!(log[0]["last_try"]["problem"].as_str().unwrap().contains("longer than 15 seconds"), "{log:?}");
}
