//! What costs another amount than when it was taken, because Meta moved its template to another category meanwhile.
use serde_json::json;
use simulator::{StatusPlan, Template, TemplateOrder};

use super::{MARKETING, RECEIPT, UTILITY, price};
use crate::world::World;
use crate::world::webhooks::ANN;

/// A receipt that waits to be sent when Meta makes marketing of its template; what became of it.
async fn made_marketing(credits: i64) -> (World, serde_json::Value) {
    let world = World::priced(|options| options.time_scale = 5).await;
    world.adjust(credits, "USD").await;
    world.simulator().set_default_plan(StatusPlan::none());
    world.has_templates(vec![Template::text(RECEIPT, "en_US", "UTILITY", "We have your money.")]).await;
    let contact = world.post("/v1/contacts", json!({"phone": format!("+{ANN}"), "kind": "lead"})).await.body;
    assert_eq!(world.consent(&contact["id"], &["marketing"], "given").await.status, 201);
    let (queued, held) = world.put_off(130_429, world.post("/v1/messages", world.order_of(RECEIPT, ANN))).await;
    assert_eq!(price(&queued.body), json!(["held", UTILITY, "utility"]));
    let template = Template::text(RECEIPT, "en_US", "MARKETING", "We have your money.");
    world.simulator().put_template(TemplateOrder { template, notify: false });
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    world.settle().await;
    drop(held);
    world.settle().await;
    let message = world.message(&queued.body["id"]).await;
    (world, message)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dearer_category_is_held_before_the_message_goes_out() {
    let (world, message) = made_marketing(1_000_000).await;
    assert_eq!(message["state"], "accepted", "{message}");
    assert_eq!(price(&message), json!(["held", MARKETING, "marketing"]));
    assert_eq!(world.balance().await, (1_000_000 - MARKETING, MARKETING, 1_000_000));
    world.hears_of(&message, &[("delivered", super::regular("marketing"))]).await;
    assert_eq!(world.balance().await, (1_000_000 - MARKETING, 0, 1_000_000 - MARKETING));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_cannot_be_paid_is_refused_and_nothing_is_sent() {
    let (world, message) = made_marketing(MARKETING - 1).await;
    assert_eq!(
        (&message["state"], &message["errors"][0]["title"]),
        (&json!("refused"), &json!("insufficient-credits"))
    );
    assert_eq!(price(&message), json!(["voided", 0, "utility"]));
    assert_eq!(world.balance().await, (MARKETING - 1, 0, MARKETING - 1));
    assert!(world.received_by(ANN).is_empty());
}

/// Each of several files is a message of its own, and holds its own price.
#[tokio::test(flavor = "multi_thread")]
async fn the_parts_of_a_message_hold_what_each_may_cost() {
    let world = World::with_prices().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    let card = json!({
        "currency": "USD", "valid_from": "2026-11-01", "source": "Our contract", "rules": {"free_service_messages": 0},
        "rates": [{"market": "North America", "category": "service", "rate": "4"}],
    });
    assert_eq!(world.call("PUT", "/v1/credits/rates", Some(card)).await.status, 200);
    let files = |count: usize| {
        let file = |part: usize| json!({"link": format!("https://shop.example/{part}.png"), "kind": "image"});
        let files: Vec<serde_json::Value> = (0..count).map(file).collect();
        json!({
            "channel_id": world.channel().id, "to": {"contact_id": conversation["contact_id"]},
            "type": "attachments", "attachments": files,
        })
    };
    let refused = world.post("/v1/messages", files(3)).await;
    assert_eq!((refused.status, super::problem(&refused)), (422, "insufficient-credits"), "{}", refused.body);
    let taken = world.post("/v1/messages", files(2)).await;
    assert_eq!(taken.status, 202, "{}", taken.body);
    world.settle().await;
    let parent = world.message(&taken.body["id"]).await;
    for child in parent["children"].as_array().unwrap() {
        let child = world.message(&child["id"]).await;
        assert_eq!((&child["state"], price(&child)), (&json!("accepted"), json!(["held", 4_000_000, "service"])));
    }
    assert_eq!(world.balance().await, (2_000_000, 8_000_000, 10_000_000));
}
