//! Each function on the way of a purchase killed before and after each of its calls.
use local::aws::{Fault, FaultAction};
use serde_json::{Value, json};
use simulator::EventPlan;

use super::scenes::{CREDIT_TOPUP, TWENTY, VISA};
use crate::truth::crashes::{Scene, nothing};
use crate::truth::people::{API, EVENT_RELAY};
use crate::world::World;

/// A link for a customer's number, asked for until there is an answer.
async fn ask(world: &World, number: &str) {
    let wish = json!({"amount_micros": TWENTY, "currency": "EUR", "save_card": true});
    let (admin, key) = (world.stack.admin_key(), format!("buy-{number}"));
    for _ in 0..5 {
        let answer = world.call_as(admin, "POST", "/v1/credits/top-ups", Some(wish.clone()), Some(&key)).await;
        if answer.status == 202 {
            world.settle().await;
            assert_eq!(world.sessions(&answer.body).len(), 1);
            return;
        }
        assert!(answer.status >= 500, "{}", answer.body);
    }
    panic!("there is never a link");
}

async fn last(world: &World) -> Value {
    world.get("/v1/credits/top-ups?limit=1").await["items"][0].clone()
}

async fn pay(world: &World, _: &str) {
    one_event(world);
    world.pay(&last(world).await, VISA);
    world.settle().await;
}

async fn buy(world: &World, number: &str) {
    ask(world, number).await;
    pay(world, number).await;
}

/// Stripe tells a payment once: two events at a time would not make the same calls each time.
fn one_event(world: &World) {
    world.tell(Some("payment_intent.succeeded"), EventPlan { copies: 0, ..EventPlan::default() });
}

/// Under a key that the first scene did not use.
async fn ask_anew(world: &World, number: &str) {
    ask(world, &format!("again-{number}")).await;
}

/// What the last purchase came to.
async fn look(world: &World, _: &str) -> Value {
    let last = last(world).await;
    let about = world.entries(&format!("&reference={}", last["id"].as_str().unwrap())).await;
    let amounts: Vec<&Value> = about.iter().map(|entry| &entry["amount_micros"]).collect();
    json!([last["state"], last["granted_micros"], amounts, world.auto_recharge().await["card"]["last4"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_survives_a_crash_at_every_step_of_credit_topup() {
    let world = World::hasty().await;
    // The first purchase differs from all others.
    world.bought().await;
    // In two, so that it is one invocation each time, and the calls of it are the same.
    Scene { function: CREDIT_TOPUP, prepare: nothing, act: ask, look }.survives_every_crash(&world).await;
    Scene { function: CREDIT_TOPUP, prepare: ask_anew, act: pay, look }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_survives_a_crash_at_every_step_of_the_relay() {
    let world = World::hasty().await;
    Scene { function: EVENT_RELAY, prepare: nothing, act: buy, look }.survives_every_crash(&world).await;
}

/// How often it looks for the link differs each time, what it writes does not: the key of the request, and the top-up.
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_survives_a_crash_at_each_write_of_the_api() {
    let world = World::hasty().await;
    let mut number = 0;
    for nth in [1, 2] {
        for action in [FaultAction::KillBeforeExecuting, FaultAction::KillAfterExecuting] {
            number += 1;
            world.stack.aws().faults().add(Fault::new(API, action).on("PutItem").nth(nth));
            buy(&world, &number.to_string()).await;
            assert!(world.stack.aws().faults().pending().is_empty(), "write {nth} was not reached");
            assert_eq!(look(&world, "").await, json!(["granted", TWENTY, [TWENTY], "4242"]));
            assert_eq!(world.available().await, number * TWENTY);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recharge_survives_a_crash_at_every_step_of_credit_topup() {
    let world = World::hasty().await;
    world.bought().await;
    let prepare = async |world: &World, _: &str| {
        // Setting it up anew forgets the purchases of the hour, which would bound those of this test.
        let missing = TWENTY - world.available().await;
        if missing != 0 {
            world.adds(missing).await;
            world.settle().await;
        }
        world.recharge_at_five(json!({})).await;
    };
    let act = async |world: &World, _: &str| {
        one_event(world);
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
