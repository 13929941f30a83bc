//! A purchase from the link to the credit, however the money comes or does not.
use serde_json::{Value, json};
use simulator::StripeAct;

use super::scenes::{TWENTY, VISA};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_in_the_answer_and_its_payment_becomes_credit() {
    let world = World::start().await;
    let answer = world.ask_to_buy(json!({"success_url": "https://shop.example/paid"})).await;
    assert_eq!((answer.status, &answer.body["state"]), (202, &json!("awaiting_payment")), "{}", answer.body);
    let url = answer.body["checkout_url"].as_str().unwrap();
    assert_eq!(world.sessions(&answer.body)[0]["url"], url);
    assert_eq!(world.available().await, 0, "a link is no credit");
    world.settle().await;

    world.pay(&answer.body, "pm_card_chargeDeclined");
    world.settle().await;
    let declined = world.top_up(&answer.body["id"]).await;
    assert_eq!(declined["state"], "awaiting_payment", "the buyer may try another card: {declined}");
    world.pay(&answer.body, VISA);
    world.settle().await;
    let paid = world.top_up(&answer.body["id"]).await;
    assert_eq!(
        (&paid["state"], &paid["granted_micros"], &paid["problem"]),
        (&json!("granted"), &json!(TWENTY), &Value::Null)
    );
    assert_eq!(world.ledger().await, [("top_up".to_owned(), TWENTY)]);
    assert_eq!(world.available().await, TWENTY);
    assert_eq!(world.events("credits.topped_up").await.len(), 1);
    let listed = world.get("/v1/credits/top-ups").await;
    assert_eq!(listed["items"], json!([paid]));
    assert_eq!(world.auto_recharge().await["card"], Value::Null, "nobody agreed to that");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_done_and_has_not_paid_gets_credit_when_the_money_comes() {
    let world = World::start().await;
    for (succeeds, state, credit) in [(true, "granted", TWENTY), (false, "failed", TWENTY)] {
        let top_up = world.link(json!({})).await;
        world.pay(&top_up, "pm_usBankAccount_success");
        world.settle().await;
        let waiting = world.top_up(&top_up["id"]).await;
        assert_eq!(waiting["state"], "processing", "unpaid is not paid: {waiting}");
        let before = world.ledger().await.len();
        world.stripe(StripeAct::Settle { payment: world.payment(&top_up), succeeds });
        world.settle().await;
        let ended = world.top_up(&top_up["id"]).await;
        assert_eq!(ended["state"], state, "{ended}");
        assert_eq!(world.ledger().await.len(), before + usize::from(succeeds));
        assert_eq!(world.available().await, credit);
    }
    assert_eq!(world.events("credits.top_up_failed").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_nobody_paid_at_is_over() {
    let world = World::start().await;
    let top_up = world.link(json!({})).await;
    world.stripe(StripeAct::Expire { session: world.session(&top_up) });
    world.settle().await;
    let over = world.top_up(&top_up["id"]).await;
    assert_eq!((&over["state"], &over["checkout_url"]), (&json!("expired"), &Value::Null));
    assert_eq!(world.ledger().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_asks_twice_with_one_key_gets_one_link() {
    let world = World::start().await;
    let wish = json!({"amount_micros": TWENTY, "currency": "EUR"});
    let ask = async || {
        let key = world.stack.admin_key();
        world.call_as(key, "POST", "/v1/credits/top-ups", Some(wish.clone()), Some("buy-1")).await
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!((first.status, &first.body), (202, &second.body));
    assert_eq!(world.books("sessions").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_kept_with_consent_and_goes_with_its_owner() {
    let world = World::start().await;
    let top_up = world.bought().await;
    let card = world.auto_recharge().await["card"].clone();
    assert_eq!((&card["brand"], &card["last4"], &card["agreed_with"]), (&json!("visa"), &json!("4242"), &top_up["id"]));
    // The next purchase is by the customer whom Stripe knows.
    let next = world.link(json!({})).await;
    let customer = world.books("customers")[0]["id"].clone();
    assert_eq!(world.sessions(&next)[0]["customer"], customer);
    world.recharge_at_five(json!({})).await;
    let method = world.books("methods").last().unwrap()["id"].as_str().unwrap().to_owned();
    world.stripe(StripeAct::Detach { method });
    world.settle().await;
    let gone = world.auto_recharge().await;
    assert_eq!((&gone["card"], &gone["off_reason"]), (&Value::Null, &json!("no_card")), "{gone}");
    assert_eq!(world.events("credits.recharge_off").await.len(), 1);
}
