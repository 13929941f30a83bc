//! Messages that come to nothing give back what was held, and those of which nobody knows keep it.
use serde_json::{Value, json};
use simulator::{Fault, FaultOrder};

use super::{MARKETING, OFFER, RECEIPT, UTILITY, price, regular};
use crate::world::World;
use crate::world::webhooks::ANN;

const ALL: i64 = 10_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_fails_gives_its_hold_back() {
    let world = World::with_prices().await;
    let message = world.sells(OFFER, ANN).await;
    world.hears_of(&message, &[("sent", Value::Null), ("failed", Value::Null)]).await;
    assert_eq!(price(&world.message(&message["id"]).await), json!(["voided", 0, "marketing"]));
    assert_eq!(world.balance().await, (ALL, 0, ALL));
}

/// P17: what failed and arrived after all is paid, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_is_taken_back_is_paid_late() {
    let world = World::with_prices().await;
    let message = world.sells(OFFER, ANN).await;
    world.hears_of(&message, &[("failed", Value::Null)]).await;
    assert_eq!(world.balance().await, (ALL, 0, ALL));
    world.hears_of(&message, &[("delivered", regular("marketing")), ("read", regular("marketing"))]).await;
    assert_eq!(price(&world.message(&message["id"]).await), json!(["posted", MARKETING, "marketing"]));
    assert_eq!(world.balance().await, (ALL - MARKETING, 0, ALL - MARKETING));
}

/// Meta charges what it delivers: a price that came with `sent` is taken back when the message fails.
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_reversed_once_when_the_message_is_not_delivered() {
    let world = World::with_prices().await;
    let message = world.sells(OFFER, ANN).await;
    world.hears_of(&message, &[("sent", regular("marketing"))]).await;
    assert_eq!(world.balance().await, (ALL - MARKETING, 0, ALL - MARKETING));
    world.hears_of(&message, &[("failed", Value::Null), ("failed", Value::Null), ("sent", regular("marketing"))]).await;
    assert_eq!(price(&world.message(&message["id"]).await), json!(["reversed", 0, "marketing"]));
    assert_eq!(world.balance().await, (ALL, 0, ALL));
    let kinds: Vec<Value> = world.entries("").await.iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["reversal", "charge", "adjustment"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_meta_refuses_gives_its_hold_back() {
    let world = World::with_prices().await;
    world.simulator().add_fault(FaultOrder::from(Fault::error(131_026)));
    let answer = world.post("/v1/messages", world.order_of(RECEIPT, ANN)).await;
    assert_eq!(price(&answer.body), json!(["held", UTILITY, "utility"]));
    world.settle().await;
    let message = world.message(&answer.body["id"]).await;
    assert_eq!((&message["state"], price(&message)), (&json!("refused"), json!(["voided", 0, "utility"])));
    assert_eq!(world.balance().await, (ALL, 0, ALL));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_doubt_stays_held_until_a_status_or_a_person_decides() {
    let world = World::with_prices().await;
    for (accepted, ending) in [(true, "status"), (false, "give_up")] {
        world.simulator().add_fault(FaultOrder::from(Fault::Reset { accepted }));
        let answer = world.post("/v1/messages", world.order_of(RECEIPT, ANN)).await;
        world.settle().await;
        let message = world.message(&answer.body["id"]).await;
        assert_eq!((&message["state"], price(&message)), (&json!("in_doubt"), json!(["held", UTILITY, "utility"])));
        let (_, held, _) = world.balance().await;
        assert_eq!(held, UTILITY);
        if ending == "status" {
            let wamid = world.simulator().accepted().last().unwrap().wamid().unwrap().to_owned();
            let told = json!({"id": message["id"], "wamid": wamid});
            world.hears_of(&told, &[("delivered", regular("utility"))]).await;
            assert_eq!(world.balance().await, (ALL - UTILITY, 0, ALL - UTILITY));
        }
    }
}
