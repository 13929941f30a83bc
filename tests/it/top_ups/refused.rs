//! What cannot be bought, and why.
use serde_json::{Value, json};

use crate::world::World;

fn kind(body: &Value) -> String {
    body["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_that_cannot_be_charged_are_refused_before_anything_is_asked() {
    let world = World::start().await;
    for (micros, currency, why) in [
        (0, "EUR", "more than 0"),
        (-5, "EUR", "more than 0"),
        (490_000, "EUR", "at least 500000"),
        (20_000_001, "EUR", "a multiple of 10000"),
        (500_500_000, "JPY", "a multiple of 1000000"),
        (5_124_000, "KWD", "a multiple of 10000"),
        (1_000_000_000_001, "EUR", "at most"),
        (i64::MAX, "EUR", "at most"),
    ] {
        let refused = world.ask_to_buy(json!({"amount_micros": micros, "currency": currency})).await;
        let error = &refused.body["errors"][0];
        assert_eq!((refused.status, &error["field"]), (400, &json!("amount_micros")), "{micros} {currency}");
        assert!(error["message"].as_str().unwrap().contains(why), "{micros} {currency}: {error}");
    }
    let unknown = world.ask_to_buy(json!({"currency": "XXQ"})).await;
    assert_eq!(unknown.body["errors"][0]["field"], "currency");
    let without = world.post("/v1/credits/top-ups", json!({"amount_micros": 5_000_000})).await;
    assert_eq!(without.body["errors"][0]["field"], "currency");
    assert_eq!(world.simulator().stripe_requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_keeps_its_currency_and_credit_needs_a_channel() {
    let world = World::start().await;
    world.bought().await;
    assert_eq!(kind(&world.ask_to_buy(json!({"currency": "USD"})).await.body), "other-currency");
    let by_default = world.post("/v1/credits/top-ups", json!({"amount_micros": 5_000_000})).await;
    assert_eq!(by_default.body["currency"], "EUR");
    let channel = format!("/v1/channels/{}", world.channel().id);
    assert_eq!(world.call("DELETE", &channel, None).await.status, 200);
    assert_eq!(kind(&world.ask_to_buy(json!({})).await.body), "no-active-channel");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_of_the_provider_nothing_is_for_sale() {
    let world = World::start().await;
    let parameter = world.stack.template().parameters["StripeKeyParameter"].clone();
    world.stack.aws().put_parameter(&parameter, " ").unwrap();
    assert_eq!(kind(&world.ask_to_buy(json!({})).await.body), "payments-not-configured");
}

/// Two first purchases in two currencies: the second one's money is not lost, and somebody is told.
#[tokio::test(flavor = "multi_thread")]
async fn money_that_the_wallet_cannot_take_is_told() {
    let world = World::start().await;
    let (euro, dollar) = (world.link(json!({})).await, world.link(json!({"currency": "USD"})).await);
    for top_up in [&euro, &dollar] {
        world.pay(top_up, super::scenes::VISA);
        world.settle().await;
    }
    let stuck = world.top_up(&dollar["id"]).await;
    assert_eq!((&stuck["state"], &stuck["problem"]["code"]), (&json!("stuck"), &json!("other-currency")));
    assert_eq!(world.events("credits.top_up_failed").await.len(), 1);
    assert_eq!(world.available().await, super::scenes::TWENTY);
}
