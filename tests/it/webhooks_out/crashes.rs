//! Functions killed before and after each single call that they make: what is to be told is told all the same, with one id and
//! one row for it.
use serde_json::{Value, json};

use crate::truth::crashes::{Scene, nothing};
use crate::truth::people::EVENT_RELAY;
use crate::world::World;
use crate::world::receiver::Receiver;

const WEBHOOK_DELIVER: &str = "WebhookDeliverFunction";

/// What became of the event about one contact.
async fn told(world: &World, shop: &Receiver, webhook: &Value, phone: &str) -> Value {
    let contact = world.contact_with(phone).await["id"].clone();
    let received = shop.received();
    let theirs = received.iter().filter(|told| told.json()["data"]["contact_id"] == contact);
    let mut ids: Vec<&str> = theirs.map(|told| told.header("webhook-id")).collect();
    ids.dedup();
    let log = world.deliveries(webhook, "?limit=100").await;
    let rows: Vec<&Value> = log.iter().filter(|row| ids.contains(&row["event_id"].as_str().unwrap())).collect();
    let states: Vec<&Value> = rows.iter().map(|row| &row["state"]).collect();
    json!({"ids": ids.len(), "rows": states})
}

async fn survives(function: &'static str) {
    let (world, shop) = (World::hasty().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    let act = async |world: &World, phone: &str| {
        let made = world.post("/v1/contacts", json!({"phone": format!("+{phone}"), "kind": "lead"})).await;
        assert_eq!(made.status, 201, "{}", made.body);
    };
    let look = async |world: &World, phone: &str| told(world, &shop, &webhook, phone).await;
    Scene { function, prepare: nothing, act, look }.survives_every_crash(&world).await;
    let seen = told(&world, &shop, &webhook, &crate::truth::people::number(0)).await;
    assert_eq!(seen, json!({"ids": 1, "rows": ["delivered"]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_survives_a_crash_at_every_step() {
    survives(WEBHOOK_DELIVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn telling_webhooks_survives_a_crash_at_every_step_of_event_relay() {
    survives(EVENT_RELAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_survives_a_crash_at_every_step() {
    let (world, shop) = (World::hasty().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    world.meets("+16505558000").await;
    let act = async |world: &World, _: &str| {
        let path = format!("/v1/webhooks/{}/replay", webhook["id"].as_str().unwrap());
        let answer = world.post(&path, json!({"from": "2026-01-01T00:00:00Z"})).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
    };
    let look = async |world: &World, _: &str| {
        let log = world.deliveries(&webhook, "").await;
        json!([log.len(), log[0]["state"]])
    };
    Scene { function: WEBHOOK_DELIVER, prepare: nothing, act, look }.survives_every_crash(&world).await;
}

/// The queue may hand out a task twice, and the stream may tell a change twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_comes_twice_is_one_delivery() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    let hold = world.stack.hold(WEBHOOK_DELIVER);
    let made = world.post("/v1/contacts", json!({"phone": "+16505559100", "kind": "lead"})).await;
    assert_eq!(made.status, 201);
    let queue = world.stack.template().queues.values().find(|queue| queue.logical_id == "WebhookQueue").unwrap();
    let waiting = loop {
        let waiting = world.stack.aws().sqs().peek(&queue.arn).unwrap();
        if !waiting.is_empty() {
            break waiting;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    let again = local::aws::NewMessage { body: waiting[0].body.clone(), ..local::aws::NewMessage::default() };
    world.stack.aws().sqs().send(&queue.arn, &again).unwrap();
    drop(hold);
    world.settle().await;
    assert_eq!(shop.received().len(), 1);
    assert_eq!(world.deliveries(&webhook, "").await.len(), 1);
}
