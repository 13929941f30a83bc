//! The saved card does not pay: who is asked again and when, and who is told.
use serde_json::{Value, json};
use simulator::StripeAct;

use super::scenes::{TWENTY, VISA};
use crate::world::World;

async fn low_with(world: &World, card: &str) -> Value {
    world.bought().await;
    world.script(&[card]);
    world.recharge_at_five(json!({})).await;
    world.adds(-19_000_000).await;
    world.settle().await;
    world.auto_recharge().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_soft_decline_waits_for_another_day() {
    let world = World::start().await;
    let now = low_with(&world, "pm_card_chargeDeclinedInsufficientFunds").await;
    assert_eq!((&now["state"], &now["spent_this_month_micros"]), (&json!("backing_off"), &json!(0)), "{now}");
    world.adds(-500_000).await;
    world.settle().await;
    assert_eq!(world.charges().len(), 1, "the card is not asked again before its time");
    let failed = world.events("credits.recharge_failed").await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["data"]["code"], "insufficient_funds");
    // The event of the refusal, told once more, is no second refusal.
    for event in world.simulator().stripe_events() {
        world.stripe(StripeAct::Resend { event: event.id, copies: 1 });
    }
    world.settle().await;
    assert_eq!(world.auto_recharge().await["until"], now["until"]);
    // Whoever sets it up anew asks now.
    world.recharge_at_five(json!({})).await;
    assert_eq!((world.charges().len(), world.available().await), (2, 500_000 + TWENTY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_will_not_pay_is_not_asked_again_and_somebody_gets_a_link() {
    for (card, reason) in [
        ("pm_card_chargeDeclinedStolenCard", "declined"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ] {
        let world = World::start().await;
        let off = low_with(&world, card).await;
        assert_eq!((&off["state"], &off["off_reason"]), (&json!("off"), &json!(reason)), "{off}");
        world.adds(-500_000).await;
        world.settle().await;
        assert_eq!(world.charges().len(), 1);
        let told = world.events("credits.recharge_off").await;
        assert_eq!((told.len(), &told[0]["data"]["reason"]), (1, &json!(reason)));
        let wanted = world.events("credits.payment_wanted").await;
        assert_eq!(wanted.len(), 1);
        let top_up = world.top_up(&wanted[0]["data"]["top_up_id"]).await;
        assert_eq!(top_up["checkout_url"], wanted[0]["data"]["url"]);
        assert_eq!((&top_up["amount_micros"], &top_up["requested_by"]), (&json!(TWENTY), &Value::Null));
        // The owner pays there, with a card that is kept, and says that it may be charged.
        world.pay(&top_up, VISA);
        world.settle().await;
        assert_eq!(world.available().await, 500_000 + TWENTY);
        assert_eq!(world.auto_recharge().await["card"]["agreed_with"], top_up["id"]);
        world.recharge_at_five(json!({})).await;
        world.adds(-TWENTY).await;
        world.settle().await;
        assert_eq!((world.charges().len(), world.available().await), (2, 500_000 + TWENTY));
    }
}

/// The bank takes days: nothing else is bought meanwhile, and who is asked does not charge again.
#[tokio::test(flavor = "multi_thread")]
async fn a_charge_without_an_answer_is_asked_for_and_not_repeated() {
    let world = World::start().await;
    let now = low_with(&world, "pm_usBankAccount_success").await;
    assert_eq!(now["state"], "in_flight", "{now}");
    let attempt = json!({"id": now["top_up_id"]});
    world.adds(-500_000).await;
    world.ask_about(&attempt).await;
    assert_eq!((world.charges().len(), world.available().await), (1, 500_000));
    world.stripe(StripeAct::Settle { payment: world.payment(&attempt), succeeds: true });
    world.settle().await;
    assert_eq!((world.charges().len(), world.available().await), (1, 500_000 + TWENTY));
    assert_eq!(world.auto_recharge().await["state"], "idle");
}
