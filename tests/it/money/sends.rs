//! From the hold to the entry.
use serde_json::{Value, json};

use super::{MARKETING, OFFER, RECEIPT, UTILITY, free, price, regular};
use crate::truth::people::number;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now, status};

const ALL: i64 = 10_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_template_holds_its_price_and_pays_what_meta_says() {
    let world = World::with_prices().await;
    let message = world.sells(OFFER, ANN).await;
    assert_eq!(price(&message), json!(["held", MARKETING, "marketing"]));
    assert_eq!(message["price"]["market"], "North America");
    assert_eq!(world.balance().await, (ALL - MARKETING, MARKETING, ALL));
    world.hears_of(&message, &[("sent", regular("marketing")), ("delivered", regular("marketing"))]).await;
    assert_eq!(price(&world.message(&message["id"]).await), json!(["posted", MARKETING, "marketing"]));
    assert_eq!(world.balance().await, (ALL - MARKETING, 0, ALL - MARKETING));
    let entry = &world.entries("&kind=charge").await[0];
    let about = &entry["message"];
    assert_eq!((&entry["amount_micros"], &entry["reference"]), (&json!(-MARKETING), &message["id"]));
    for (name, value) in [
        ("id", &message["id"]),
        ("conversation_id", &message["conversation_id"]),
        ("contact_id", &message["contact_id"]),
        ("channel_id", &message["channel_id"]),
        ("wamid", &message["wamid"]),
        ("template", &json!(OFFER)),
        ("category", &json!("marketing")),
        ("sent_by", &json!("bootstrap")),
    ] {
        assert_eq!(&about[name], value, "{name}");
    }
}

/// P16, P55: a charge is made once, whatever arrives how often and in which order.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_charged_once_whatever_arrives() {
    let world = World::with_prices().await;
    let words = ["read", "sent", "delivered"];
    let message = world.sells(OFFER, ANN).await;
    let bodies: Vec<Value> =
        words.iter().cycle().take(12).map(|word| world.status_of(&message, word, &regular("marketing"), 1)).collect();
    futures::future::join_all(bodies.iter().map(|body| world.deliver(body))).await;
    world.settle().await;
    for body in &bodies {
        world.deliver_and_settle(body).await;
    }
    assert_eq!(world.entries("&kind=charge").await.len(), 1);
    assert_eq!(world.balance().await, (ALL - MARKETING, 0, ALL - MARKETING));
}

/// P55: not our guess decides, but the type and the category that Meta tells first.
#[tokio::test(flavor = "multi_thread")]
async fn metas_category_and_type_decide() {
    let world = World::with_prices().await;
    let free_of = |kind: &str| free(kind, "utility");
    let mut paid = 0;
    let cases = [
        (regular("marketing"), json!(["posted", MARKETING, "marketing"]), MARKETING),
        (regular("utility"), json!(["posted", UTILITY, "utility"]), UTILITY),
        (free_of("free_customer_service"), json!(["voided", 0, "utility"]), 0),
        (free_of("free_entry_point"), json!(["voided", 0, "utility"]), 0),
        // `billable` goes, and counts only where there is no type.
        (
            json!({"billable": false, "type": "regular", "category": "utility"}),
            json!(["posted", UTILITY, "utility"]),
            UTILITY,
        ),
        (json!({"billable": false, "category": "utility"}), json!(["voided", 0, "utility"]), 0),
    ];
    // To another person each time: one who came by a free entry point costs nothing from then on.
    for (part, (pricing, expected, cost)) in cases.into_iter().enumerate() {
        let message = world.sells(RECEIPT, &number(part)).await;
        assert_eq!(price(&message), json!(["held", UTILITY, "utility"]));
        world.hears_of(&message, &[("sent", pricing.clone()), ("delivered", regular("authentication"))]).await;
        paid += cost;
        assert_eq!(price(&world.message(&message["id"]).await), expected, "{pricing}");
        assert_eq!(world.balance().await, (ALL - paid, 0, ALL - paid), "{pricing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_in_the_window_is_among_the_free_ones_and_one_that_is_not_is_paid() {
    let world = World::with_prices().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    let reply = world.reply_and_settle(&conversation, "Good morning").await;
    assert_eq!(reply["price"], Value::Null);
    assert_eq!(world.balance().await, (ALL, 0, ALL));
    world.hears_of(&reply, &[("sent", free("free_customer_service", "service"))]).await;
    assert_eq!(price(&world.message(&reply["id"]).await), json!(["voided", 0, "service"]));
    // Meta counts for itself: it charges what we took to be free.
    let reply = world.reply_and_settle(&conversation, "How can I help you?").await;
    world.hears_of(&reply, &[("sent", regular("service"))]).await;
    let service = UTILITY;
    assert_eq!(price(&world.message(&reply["id"]).await), json!(["posted", service, "service"]));
    assert_eq!(world.balance().await, (ALL - service, 0, ALL - service));
}

/// Nothing is metered, and nothing is counted, where the business pays Meta itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_unmetered_channel_costs_nothing() {
    let world = World::with_prices().await;
    world.charge("unmetered").await;
    let message = world.sells(OFFER, ANN).await;
    world.hears_of(&message, &[("sent", regular("marketing"))]).await;
    assert_eq!(world.message(&message["id"]).await["price"], Value::Null);
    assert_eq!(world.balance().await, (ALL, 0, ALL));
}

/// A second message of the category within a day belongs to the conversation that the first one paid for.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_paid_for_by_its_first_message() {
    let world = World::with_prices().await;
    let rate = |category: &str, rate: &str| json!({"market": "North America", "category": category, "rate": rate});
    let rates = json!({
        "currency": "USD", "model": "per_conversation", "valid_from": "2026-11-01", "source": "A reseller",
        "rates": [rate("marketing", "0.05"), rate("utility", "0.01")],
    });
    let loaded = world.call("PUT", "/v1/credits/rates", Some(rates)).await;
    assert!(loaded.status < 300, "{}", loaded.body);
    world.charge("per_conversation").await;
    let first = world.sells(OFFER, ANN).await;
    assert_eq!(price(&first), json!(["held", 50_000, "marketing"]));
    let second = world.sells(OFFER, ANN).await;
    let both = [&first, &second].map(|message| world.status_of(message, "sent", &regular("marketing"), 0));
    futures::future::join_all(both.iter().map(|body| world.deliver(body))).await;
    world.settle().await;
    assert_eq!(world.balance().await, (ALL - 50_000, 0, ALL - 50_000));
    let third = world.sells(OFFER, ANN).await;
    assert_eq!(third["price"], Value::Null, "the conversation is open");
    // Another category, and another person, are other conversations.
    assert_eq!(price(&world.sells(RECEIPT, ANN).await), json!(["held", 10_000, "utility"]));
    assert_eq!(price(&world.sells(OFFER, BOB).await), json!(["held", 50_000, "marketing"]));
}

/// A status of a message that somebody else sent from the number is none of ours.
#[tokio::test(flavor = "multi_thread")]
async fn messages_of_others_are_not_charged() {
    let world = World::with_prices().await;
    world.hears(ANN, "Hello").await;
    let mut report = status("wamid.of-another-system", ANN, "delivered", now());
    report["pricing"] = regular("marketing");
    world.deliver_and_settle(&world.status_webhook(report)).await;
    assert_eq!(world.balance().await, (ALL, 0, ALL));
}
