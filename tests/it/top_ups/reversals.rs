//! Refunds and disputes: once each, also below zero, also before the credit was booked.
use serde_json::{Value, json};
use simulator::{EventPlan, Order, StripeAct};

use super::scenes::{TWENTY, VISA};
use crate::world::World;

impl World {
    /// All that Stripe ever told, once more.
    async fn told_again(&self) {
        for event in self.simulator().stripe_events().into_iter().rev() {
            self.stripe(StripeAct::Resend { event: event.id, copies: 2 });
        }
        self.settle().await;
    }

    fn refund(&self, payment: &str, minor: Option<i64>) -> String {
        let refund = self.stripe(StripeAct::Refund { payment: payment.to_owned(), amount: minor });
        refund["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_part_that_is_refunded_is_taken_back_once() {
    let world = World::start().await;
    let top_up = world.bought().await;
    let payment = world.payment(&top_up);
    world.refund(&payment, Some(500));
    world.refund(&payment, Some(500));
    world.adds(-15_000_000).await;
    world.settle().await;
    assert_eq!(world.available().await, -5_000_000, "it may fall below zero");
    world.told_again().await;
    let refunds: Vec<(String, i64)> = world.ledger().await.into_iter().filter(|(kind, _)| kind == "refund").collect();
    assert_eq!(refunds, vec![("refund".to_owned(), -5_000_000); 2]);
    let about = world.entries(&format!("&reference={}", top_up["id"].as_str().unwrap())).await;
    assert_eq!(about.len(), 3, "all of it is about the purchase");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_does_not_arrive_is_credit_again() {
    let world = World::start().await;
    let top_up = world.bought().await;
    let refund = world.refund(&world.payment(&top_up), None);
    world.settle().await;
    assert_eq!(world.available().await, 0);
    world.stripe(StripeAct::SettleRefund { refund, succeeds: false });
    world.settle().await;
    world.told_again().await;
    assert_eq!(world.available().await, TWENTY);
}

/// The refund is heard of before the payment: what it takes back is booked first.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_before_the_credit_leaves_nothing() {
    let world = World::start().await;
    let top_up = world.link(json!({})).await;
    world.simulator().pause_stripe();
    world.pay(&top_up, VISA);
    world.refund(&world.payment(&top_up), None);
    world.simulator().resume_stripe(Order::Reversed);
    world.settle().await;
    assert_eq!(world.ledger().await, [("top_up".to_owned(), TWENTY), ("refund".to_owned(), -TWENTY)]);
    assert_eq!(world.top_up(&top_up["id"]).await["state"], "granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_takes_the_money_and_a_won_one_brings_it_back() {
    for (won, lost_event, left) in [
        (true, None, TWENTY),
        (false, None, 0),
        (true, Some("charge.dispute.funds_withdrawn"), TWENTY),
        (true, Some("charge.dispute.funds_reinstated"), TWENTY),
        (false, Some("charge.dispute.funds_withdrawn"), 0),
    ] {
        let world = World::start().await;
        let top_up = world.bought().await;
        world.recharge_at_five(json!({})).await;
        let silence = EventPlan { copies: 0, ..EventPlan::default() };
        lost_event.into_iter().for_each(|kind| world.tell(Some(kind), silence.clone()));
        let payment = world.payment(&top_up);
        let dispute = world.stripe(StripeAct::Dispute { payment, amount: None, is_inquiry: false });
        world.settle().await;
        let off = world.auto_recharge().await;
        assert_eq!((&off["state"], &off["off_reason"]), (&json!("off"), &json!("disputed")), "{off}");
        assert_eq!(world.events("credits.disputed").await.len(), 1);
        if lost_event.is_none() {
            assert_eq!(world.available().await, 0);
        }
        world.stripe(StripeAct::Close { dispute: dispute["id"].as_str().unwrap().to_owned(), won });
        world.settle().await;
        assert_eq!(world.available().await, left, "{won} without {lost_event:?}");
        world.simulator().clear_event_plans();
        world.told_again().await;
        assert_eq!(world.available().await, left, "{won} without {lost_event:?}, told again");
        assert_eq!(world.charges(), Vec::<Value>::new(), "a disputed card is not charged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_the_banks_takes_nothing() {
    let world = World::start().await;
    let payment = world.payment(&world.bought().await);
    world.stripe(StripeAct::Dispute { payment, amount: None, is_inquiry: true });
    world.settle().await;
    assert_eq!(world.available().await, TWENTY);
    assert_eq!(world.events("credits.disputed").await.len(), 1);
}
