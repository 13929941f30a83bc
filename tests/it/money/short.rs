//! Not enough credit: said before WhatsApp is called, with the amounts; what customers write is taken all the same (P54).
use serde_json::json;

use super::{MARKETING, OFFER, RECEIPT, UTILITY, price, problem};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_paid_is_refused_with_the_amounts() {
    let world = World::with_prices().await;
    world.adjust(-(10_000_000 - MARKETING - 1), "USD").await;
    let first = world.sells(OFFER, ANN).await;
    assert_eq!(price(&first), json!(["held", MARKETING, "marketing"]));
    let calls = world.sends().len();
    let refused = world.post("/v1/messages", world.order_of(OFFER, BOB)).await;
    assert_eq!((refused.status, problem(&refused)), (422, "insufficient-credits"));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("0.025 USD") && detail.contains("0.000001 USD"), "{detail}");
    world.settle().await;
    assert_eq!(world.sends().len(), calls, "WhatsApp was not asked");
    // What the customer writes is stored, and an answer in the window costs nothing.
    let (conversation, _) = world.hears(BOB, "Are you there?").await;
    assert_eq!(world.reply_and_settle(&conversation, "Always").await["state"], "accepted");
    // What the first one gives back can be spent.
    world.hears_of(&first, &[("failed", json!(null))]).await;
    assert_eq!(world.post("/v1/messages", world.order_of(RECEIPT, BOB)).await.status, 202);
    world.settle().await;
    let (available, held, posted) = world.balance().await;
    assert_eq!((available + held, held), (posted, UTILITY));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_never_take_more_than_there_is() {
    let world = World::with_prices().await;
    world.adjust(-(10_000_000 - 7 * UTILITY - 100), "USD").await;
    let sends = (0..20).map(|part| {
        let wa_id = crate::truth::people::number(part);
        let world = &world;
        async move { world.post("/v1/messages", world.order_of(RECEIPT, &wa_id)).await.status }
    });
    let statuses = futures::future::join_all(sends).await;
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 7, "{statuses:?}");
    world.settle().await;
    let (available, held, _) = world.balance().await;
    assert_eq!((available, held), (100, 7 * UTILITY));
}

/// The same request again is the same message and the same hold.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_holds_once() {
    let world = World::with_prices().await;
    let message = world.order_of(RECEIPT, ANN);
    let ask = || world.call_as(world.stack.admin_key(), "POST", "/v1/messages", Some(message.clone()), Some("order-7"));
    let (first, second) = (ask().await, ask().await);
    assert_eq!((first.status, second.status), (202, 202), "{}", second.body);
    assert_eq!(first.body["id"], second.body["id"]);
    world.settle().await;
    assert_eq!(world.balance().await.1, UTILITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_wallet_nothing_that_costs_is_sent() {
    let world = World::priced(|_| {}).await;
    let refused = world.post("/v1/messages", world.order_of("hello_world", ANN)).await;
    assert_eq!((refused.status, problem(&refused)), (422, "insufficient-credits"));
}
