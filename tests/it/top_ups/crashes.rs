//! Each function on the way of a purchase killed before and after each of its calls.
use serde_json::{Value, json};

use super::scenes::{CREDIT_TOPUP, TWENTY, VISA};
use crate::truth::crashes::{Scene, nothing};
use crate::truth::people::{API, EVENT_RELAY};
use crate::world::World;

/// A purchase for a customer's number, asked for until there is an answer, and paid.
async fn buy(world: &World, number: &str) {
    let wish = json!({"amount_micros": TWENTY, "currency": "EUR", "save_card": true});
    let mut top_up = Value::Null;
    for _ in 0..5 {
        let key = format!("buy-{number}");
        let answer =
            world.call_as(world.stack.admin_key(), "POST", "/v1/credits/top-ups", Some(wish.clone()), Some(&key));
        let answer = answer.await;
        if answer.status == 202 {
            top_up = answer.body;
            break;
        }
        assert!(answer.status >= 500, "{}", answer.body);
    }
    world.settle().await;
    assert_eq!(world.sessions(&top_up).len(), 1);
    world.pay(&top_up, VISA);
    world.settle().await;
}

/// What the last purchase came to.
async fn look(world: &World, _: &str) -> Value {
    let last = world.get("/v1/credits/top-ups?limit=1").await["items"][0].clone();
    let about = world.entries(&format!("&reference={}", last["id"].as_str().unwrap())).await;
    let amounts: Vec<&Value> = about.iter().map(|entry| &entry["amount_micros"]).collect();
    json!([last["state"], last["granted_micros"], amounts, world.auto_recharge().await["card"]["last4"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_survives_a_crash_at_every_step_of_credit_topup() {
    let world = World::hasty().await;
    Scene { function: CREDIT_TOPUP, prepare: nothing, act: buy, look }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_survives_a_crash_at_every_step_of_the_api_and_the_relay() {
    for function in [API, EVENT_RELAY] {
        let world = World::hasty().await;
        Scene { function, prepare: nothing, act: buy, look }.survives_every_crash(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recharge_survives_a_crash_at_every_step_of_credit_topup() {
    let world = World::hasty().await;
    world.bought().await;
    let prepare = async |world: &World, _: &str| {
        // Setting it up anew forgets the purchases of the hour, which would bound those of this test.
        world.adds(TWENTY - world.available().await).await;
        world.settle().await;
        world.recharge_at_five(json!({})).await;
    };
    let act = async |world: &World, _: &str| {
        world.adds(-19_000_000).await;
        world.settle().await;
    };
    let look = async |world: &World, _: &str| {
        let now = world.auto_recharge().await;
        let last = world.charges().last().unwrap()["metadata"]["order"].clone();
        let paid = world.charges().iter().filter(|charge| charge["metadata"]["order"] == last).count();
        json!([now["state"], world.available().await, paid])
    };
    Scene { function: CREDIT_TOPUP, prepare, act, look }.survives_every_crash(&world).await;
    let recharges = world.ledger().await.into_iter().filter(|(kind, _)| kind == "recharge").count();
    assert_eq!(recharges, world.charges().len(), "each charge is one entry");
}
