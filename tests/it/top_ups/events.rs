//! Stripe's events doubled, out of order, late, lost, forged; its answers lost.
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use simulator::{EventPlan, Fault, FaultOrder, Operation, Order, StripeAct, StripeKeys};

use super::scenes::{TWENTY, VISA};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_grants_once_however_its_events_come() {
    let world = World::start().await;
    let mut bought = 0;
    for plan in [
        EventPlan { copies: 3, times: 9, ..EventPlan::default() },
        EventPlan { delay_ms: 300, times: 2, ..EventPlan::default() },
    ] {
        let top_up = world.link(json!({})).await;
        world.tell(None, plan);
        world.pay(&top_up, VISA);
        world.settle().await;
        world.simulator().clear_event_plans();
        bought += TWENTY;
        assert_eq!(world.available().await, bought);
    }
    // Both events, the later one first.
    let top_up = world.link(json!({})).await;
    world.simulator().pause_stripe();
    world.pay(&top_up, VISA);
    world.simulator().resume_stripe(Order::Reversed);
    world.settle().await;
    assert_eq!(world.available().await, bought + TWENTY);
    // All that was ever told, once more.
    for event in world.simulator().stripe_events() {
        world.stripe(StripeAct::Resend { event: event.id, copies: 2 });
    }
    world.settle().await;
    assert_eq!(world.available().await, bought + TWENTY);
    assert_eq!(world.ledger().await.len(), 3);
}

/// Only one of the two events of a payment arrives.
#[tokio::test(flavor = "multi_thread")]
async fn either_event_of_a_payment_is_enough() {
    let world = World::start().await;
    for (bought, lost) in [(1, "payment_intent.succeeded"), (2, "checkout.session.completed")] {
        let top_up = world.link(json!({})).await;
        world.tell(Some(lost), EventPlan { copies: 0, ..EventPlan::default() });
        world.pay(&top_up, VISA);
        world.settle().await;
        assert_eq!(world.available().await, bought * TWENTY, "without {lost}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_told_is_found_by_asking() {
    let world = World::start().await;
    let silence = || EventPlan { copies: 0, times: 99, ..EventPlan::default() };
    let (paid, open, over) = (world.link(json!({})).await, world.link(json!({})).await, world.link(json!({})).await);
    world.tell(None, silence());
    world.pay(&paid, VISA);
    world.stripe(StripeAct::Expire { session: world.session(&over) });
    world.settle().await;
    assert_eq!(world.available().await, 0);
    for (top_up, state) in [(&paid, "granted"), (&open, "awaiting_payment"), (&over, "expired")] {
        world.ask_about(top_up).await;
        assert_eq!(world.top_up(&top_up["id"]).await["state"], state);
    }
    assert_eq!(world.available().await, TWENTY);
    // The events come after all.
    for event in world.simulator().stripe_events() {
        world.stripe(StripeAct::Resend { event: event.id, copies: 1 });
    }
    world.settle().await;
    assert_eq!(world.available().await, TWENTY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_whose_answer_is_lost_is_made_once() {
    let world = World::hasty().await;
    for fault in [Fault::Reset { accepted: true }, Fault::BadGateway { accepted: true }, Fault::error(500)] {
        world.simulator().add_fault(FaultOrder::from(fault.clone()).on(Operation::StripeCheckouts));
        let top_up = world.link(json!({})).await;
        assert_eq!(top_up["state"], "awaiting_payment", "{fault:?}: {top_up}");
        assert_eq!(world.sessions(&top_up).len(), 1, "{fault:?}");
        assert_eq!(world.simulator().faults().len(), 0, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_of_ours_signed_is_refused() {
    let world = World::start().await;
    let top_up = world.link(json!({})).await;
    world.simulator().pause_stripe();
    world.pay(&top_up, VISA);
    let event = world.simulator().stripe_events().pop().unwrap();
    let post = async |signature: Option<&str>| {
        let mut request = Request::post(format!("{}/webhooks/stripe", world.stack.api_url()));
        if let Some(signature) = signature {
            request = request.header("stripe-signature", signature);
        }
        world.ask(request.body(Bytes::from(event.body.clone())).unwrap()).await.status().as_u16()
    };
    let now = crate::world::webhooks::now();
    for signature in [None, Some("t=1"), Some(""), Some(&format!("t={now},v1={}", "0".repeat(64)))] {
        assert_eq!(post(signature).await, 400, "{signature:?}");
    }
    assert_eq!(world.available().await, 0);
    world.simulator().resume_stripe(Order::AsTheyCame);
    world.settle().await;
    assert_eq!(world.available().await, TWENTY);
}

/// The key of the API was exchanged, and Stripe signs with the old secret and the new one.
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_without_losing_anything() {
    let world = World::start().await;
    let first = world.link(json!({})).await;
    let old = world.simulator().config().stripe_webhook_secrets.clone();
    let rolled = [vec!["whsec_new".to_owned()], old].concat();
    let keys = StripeKeys { api_key: Some("sk_test_new".to_owned()), webhook_secrets: Some(rolled) };
    world.simulator().change_stripe_keys(keys);
    let parameter = world.stack.template().parameters["StripeKeyParameter"].clone();
    world.stack.aws().put_parameter(&parameter, "sk_test_new").unwrap();
    world.pay(&first, VISA);
    world.settle().await;
    let second = world.link(json!({})).await;
    assert_eq!(second["state"], "awaiting_payment", "{second}");
    assert_eq!(world.available().await, TWENTY);
}

/// The row of an order that this deployment never made: another one shares the account.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_sell_is_no_credit_here() {
    let world = World::start().await;
    let other = World::start().await;
    let top_up = other.link(json!({})).await;
    other.pay(&top_up, VISA);
    let bodies: Vec<Value> =
        other.simulator().stripe_events().iter().map(|event| serde_json::from_str(&event.body).unwrap()).collect();
    other.settle().await;
    for body in bodies {
        let answer = world.post_as_stripe(&body).await;
        assert_eq!(answer, 200, "{body}");
    }
    assert_eq!(world.available().await, 0);
    assert_eq!(world.ledger().await, []);
}
