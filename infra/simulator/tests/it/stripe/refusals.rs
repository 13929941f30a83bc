//! What Stripe refuses, and what it repeats instead of doing it twice.

use serde_json::json;
use simulator::{Fault, FaultOrder, Operation};

use super::*;

#[tokio::test]
async fn a_call_needs_the_key_the_version_and_a_path() {
    let world = world().await;
    let url = world.simulator.stripe_url();
    let key = format!("Bearer {}", world.simulator.config().stripe_key);
    for (path, key, version, status) in [
        ("/v1/payment_intents", Some(key.as_str()), Some(VERSION), 200),
        ("/v1/payment_intents", None, Some(VERSION), 401),
        ("/v1/payment_intents", Some("Bearer sk_other"), Some(VERSION), 401),
        ("/v1/payment_intents", Some(&key), Some("2026-06-24.dahlia"), 400),
        ("/v1/payment_intents", Some(&key), None, 400),
        ("/v1/payouts", Some(&key), Some(VERSION), 404),
        ("/v1/refunds/re_none", Some(&key), Some(VERSION), 404),
        ("/ping", Some(&key), Some(VERSION), 404),
    ] {
        let mut request = Request::get(format!("{url}{path}"));
        for (name, value) in [("authorization", key), ("stripe-version", version)] {
            request = value.into_iter().fold(request, |request, value| request.header(name, value));
        }
        let answer = world.ask(request.body(Default::default()).unwrap()).await.unwrap();
        assert_eq!(answer.status, status, "{path} by {key:?} and {version:?}");
        assert_eq!(answer.json["error"].is_object(), status != 200);
    }
}

#[tokio::test]
async fn a_parameter_that_is_wrong_is_refused_by_name() {
    let world = world().await;
    for (name, value, code) in [
        ("payment_method_types[0]", "card", Some("parameter_unknown")),
        ("line_items[0][price]", "price_1", Some("parameter_unknown")),
        ("mode", "subscription", None),
        ("mode", "", Some("parameter_missing")),
        ("success_url", "", Some("parameter_missing")),
        ("line_items[0][quantity]", "", Some("parameter_missing")),
        ("line_items[0][price_data][unit_amount]", "49", Some("amount_too_small")),
        ("line_items[0][price_data][unit_amount]", "5.5", None),
        ("line_items[0][price_data][currency]", "USD", None),
        ("customer_creation", "always", None),
        ("expires_at", "1700000000", None),
    ] {
        let mut pairs = checkout().to_vec();
        pairs.retain(|(kept, _)| *kept != name);
        pairs.push((name, value));
        if name == "customer_creation" {
            pairs.push(("customer", "cus_none"));
        }
        let (key, body) = (format!("{name}={value}"), form(&pairs));
        let answer = world.stripe(Method::POST, "/v1/checkout/sessions", Some(&key), &body).await.unwrap();
        assert_eq!(answer.status, 400, "{name}={value}: {}", answer.text);
        if let Some(code) = code {
            assert_eq!(answer.json["error"]["code"], code, "{name}={value}");
        }
        assert!(answer.json["error"]["param"].is_string(), "{name}={value}");
        // What never began is not bound to its key.
        let again = world.stripe(Method::POST, "/v1/checkout/sessions", Some(&key), &form(&checkout())).await.unwrap();
        assert_eq!(again.status, 200, "{name}: {}", again.text);
    }
    assert!(world.told().await.is_empty());
}

#[tokio::test]
async fn a_key_is_carried_out_once_and_answered_the_same_again() {
    let world = world().await;
    let (customer, method) = world.saved().await;
    let first = world.charge(&customer, &method, "recharge:1").await.unwrap();
    let again = world.charge(&customer, &method, "recharge:1").await.unwrap();
    assert_eq!((first.status, &first.json), (200, &again.json));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = world.charge(&customer, "pm_card_visa", "recharge:1").await.unwrap();
    assert_eq!((other.status, &other.json["error"]["type"]), (400, &json!("idempotency_error")));

    // A decline is an answer, too.
    let declined = "pm_card_chargeDeclined";
    let first = world.charge(&customer, declined, "recharge:2").await.unwrap();
    let again = world.charge(&customer, declined, "recharge:2").await.unwrap();
    assert_eq!((first.status, &first.json), (402, &again.json));
    let payments = world.simulator.stripe_books()["payments"].as_array().unwrap().len();
    assert_eq!(payments, 3, "the purchase, the charge and the decline");
}

#[tokio::test]
async fn a_lost_answer_is_had_by_the_same_key() {
    let world = world().await;
    let (customer, method) = world.saved().await;
    let lost = FaultOrder::from(Fault::Reset { accepted: true }).on(Operation::StripeCharges);
    world.simulator.add_fault(lost);
    assert!(world.charge(&customer, &method, "recharge:1").await.is_err());
    world.simulator.add_fault(FaultOrder::from(Fault::error(500)).on(Operation::StripeCharges));
    let failed = world.charge(&customer, &method, "recharge:1").await.unwrap();
    assert_eq!((failed.status, &failed.json["error"]["type"]), (500, &json!("api_error")));
    let found = world.charge(&customer, &method, "recharge:1").await.unwrap();
    assert_eq!((found.status, &found.json["status"]), (200, &json!("succeeded")));
    assert_eq!(found.headers["idempotent-replayed"], "true");
    let told = world.objects("payment_intent.succeeded").await;
    assert_eq!(told.len(), 2, "the purchase and one charge");
    let requests = world.simulator.stripe_requests();
    let faults: Vec<Option<&str>> = requests.iter().rev().take(3).map(|request| request.fault.as_deref()).collect();
    assert_eq!(faults, [None, Some("error"), Some("reset")]);
}

#[tokio::test]
async fn two_calls_of_one_key_at_once_are_one() {
    let world = world().await;
    let (customer, method) = world.saved().await;
    world.simulator.add_fault(FaultOrder::from(Fault::Slow { delay_ms: 300 }).on(Operation::StripeCharges));
    let calls =
        tokio::join!(world.charge(&customer, &method, "recharge:1"), world.charge(&customer, &method, "recharge:1"));
    let mut statuses = [calls.0.unwrap().status, calls.1.unwrap().status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(world.objects("payment_intent.succeeded").await.len(), 2);
}
