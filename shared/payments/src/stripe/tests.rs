//! What of the client needs no peer: what is asked, and how each answer is read.
use domain::money::{Currency, Micros};
use http::Response;
use serde_json::json;

use super::*;

mod corpus;
mod events;

fn money(micros: i64, code: &str) -> Money {
    Money { amount: Micros::new(micros), currency: Currency::parse(code).unwrap() }
}

fn pairs(mut form: Form) -> Vec<(String, String)> {
    form_urlencoded::parse(form.finish().as_bytes()).into_owned().collect()
}

fn has(pairs: &[(String, String)], name: &str) -> Option<String> {
    let found: Vec<&String> = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect();
    assert!(found.len() < 2, "{name} stands {} times", found.len());
    found.first().map(|value| (*value).clone())
}

#[test]
fn a_checkout_is_ordered_as_stripe_wants_it() {
    let amount = money(50_000_000, "USD");
    let order = CheckoutOrder {
        key: "buy:top_1",
        order: "top_1",
        amount: &amount,
        title: "WhatsApp credits & more",
        buyer: Buyer::New { email: Some("ann@example.com") },
        keeps_card: true,
        success_url: "https://app.example/?cs={CHECKOUT_SESSION_ID}",
        cancel_url: "https://app.example/back",
        expires_at: Time::from_seconds(1_800_000_000),
    };
    let form = pairs(checkout_form(&order).unwrap());
    for (name, value) in [
        ("mode", "payment"),
        ("allowed_payment_method_types[0]", "card"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "5000"),
        ("line_items[0][price_data][product_data][name]", "WhatsApp credits & more"),
        ("metadata[order]", "top_1"),
        ("payment_intent_data[metadata][order]", "top_1"),
        ("payment_intent_data[setup_future_usage]", "off_session"),
        ("customer_creation", "always"),
        ("customer_email", "ann@example.com"),
        ("success_url", "https://app.example/?cs={CHECKOUT_SESSION_ID}"),
        ("expires_at", "1800000000"),
    ] {
        assert_eq!(has(&form, name).as_deref(), Some(value), "{name}");
    }
    // Removed from this version of the API.
    assert!(!form.iter().any(|(name, _)| name.starts_with("payment_method_types")));

    let known = CheckoutOrder { buyer: Buyer::Known("cus_1"), keeps_card: false, ..order.clone() };
    let form = pairs(checkout_form(&known).unwrap());
    assert_eq!(has(&form, "customer").as_deref(), Some("cus_1"));
    for name in ["customer_creation", "customer_email", "payment_intent_data[setup_future_usage]"] {
        assert_eq!(has(&form, name), None, "{name}");
    }
    let uneven = CheckoutOrder { amount: &money(10_001, "USD"), ..order };
    assert!(matches!(checkout_form(&uneven), Err(AmountRefusal::Uneven { .. })));
}

#[test]
fn a_saved_card_is_charged_without_its_owner() {
    let amount = money(500_000_000, "JPY");
    let charge = SavedCharge {
        key: "recharge:1",
        order: "top_2",
        amount: &amount,
        customer: "cus_1",
        method: "pm_1",
        title: "Credits",
    };
    let form = pairs(charge_form(&charge).unwrap());
    for (name, value) in [
        ("amount", "500"),
        ("currency", "jpy"),
        ("customer", "cus_1"),
        ("payment_method", "pm_1"),
        ("payment_method_types[0]", "card"),
        ("off_session", "true"),
        ("confirm", "true"),
        ("metadata[order]", "top_2"),
    ] {
        assert_eq!(has(&form, name).as_deref(), Some(value), "{name}");
    }
}

fn answer(status: u16, should_retry: Option<&str>, error: &Value) -> Response<Vec<u8>> {
    let answer = Response::builder().status(status);
    let answer = should_retry.into_iter().fold(answer, |answer, word| answer.header("Stripe-Should-Retry", word));
    answer.body(json!({"error": error}).to_string().into_bytes()).unwrap()
}

/// How an answer is taken, in a word.
fn taken(answer: &Response<Vec<u8>>) -> &'static str {
    match refusal::read(answer) {
        Refusal::Declined { .. } => "declined",
        Refusal::Error(PayError::Busy { .. }) => "busy",
        Refusal::Error(PayError::KeyReused { .. }) => "key reused",
        Refusal::Error(PayError::Credentials { .. }) => "credentials",
        Refusal::Error(PayError::Refused { .. }) => "refused",
        Refusal::Error(PayError::Unreadable { .. }) => "unreadable",
        Refusal::Error(PayError::Send(_) | PayError::Amount(_)) => "not an answer",
    }
}

#[test]
fn an_answer_that_is_no_success_says_whether_to_try_again() {
    let invalid = |code| json!({"type": "invalid_request_error", "code": code, "message": "m"});
    let api = json!({"type": "api_error", "message": "m"});
    let key = json!({"type": "idempotency_error", "message": "m"});
    for (status, should_retry, error, expected) in [
        (402, None, json!({"type": "card_error", "code": "card_declined"}), "declined"),
        (402, Some("false"), json!({"type": "card_error", "code": "expired_card"}), "declined"),
        (400, None, invalid("parameter_unknown"), "refused"),
        (404, None, invalid("resource_missing"), "refused"),
        (400, None, key.clone(), "key reused"),
        (409, None, key, "busy"),
        (409, None, invalid("idempotency_key_in_use"), "busy"),
        (409, Some("false"), invalid("conflict"), "refused"),
        (429, None, invalid("rate_limit"), "busy"),
        (429, None, invalid("lock_timeout"), "busy"),
        (400, Some("true"), invalid("lock_timeout"), "busy"),
        (401, None, invalid("api_key_expired"), "credentials"),
        (403, None, invalid("permission"), "credentials"),
        (500, None, api.clone(), "busy"),
        (500, Some("true"), api.clone(), "busy"),
        (500, Some("false"), api.clone(), "refused"),
        (503, None, api, "busy"),
    ] {
        let answer = answer(status, should_retry, &error);
        assert_eq!(taken(&answer), expected, "{status} {should_retry:?} {error}");
    }
    let page = Response::builder().status(502).body(b"<html>".to_vec()).unwrap();
    assert_eq!(taken(&page), "unreadable");
}

#[test]
fn only_what_may_pass_by_itself_is_tried_again() {
    use domain::Retry;
    let unanswered = SendError::Unanswered { host: "api.stripe.com".to_owned(), source: "cut".into() };
    assert_eq!(PayError::Send(unanswered).retry(), Retry::Now);
    assert_ne!(PayError::Busy { status: 429, code: String::new() }.retry(), Retry::Never);
    assert_ne!(PayError::Unreadable { status: 502 }.retry(), Retry::Never);
    for error in [
        PayError::Unreadable { status: 200 },
        PayError::KeyReused { message: String::new() },
        PayError::Credentials { status: 401, message: String::new() },
        PayError::Refused { code: "resource_missing".to_owned(), message: String::new(), param: None },
        PayError::Amount(AmountRefusal::NotPositive),
    ] {
        assert_eq!(error.retry(), Retry::Never, "{error}");
    }
}

#[test]
fn what_stripe_says_of_a_charge_is_its_outcome() {
    for (status, expected) in [
        ("succeeded", "succeeded"),
        ("processing", "pending"),
        ("a_word_of_tomorrow", "pending"),
        ("requires_action", "action_needed"),
        ("requires_payment_method", "soft"),
        ("canceled", "soft"),
    ] {
        let intent = json!({"id": "pi_1", "status": status, "amount": 500, "amount_received": 500, "currency": "usd"});
        let found = match outcome(states::payment(&Object(&intent)).unwrap()) {
            ChargeOutcome::Succeeded { .. } => "succeeded",
            ChargeOutcome::Pending { .. } => "pending",
            ChargeOutcome::Declined { decline, .. } => decline.hardness.word(),
        };
        assert_eq!(found, expected, "{status}");
    }
}

#[test]
fn a_card_that_is_gone_will_never_pay() {
    let refused = |param: Option<&str>| PayError::Refused {
        code: "resource_missing".to_owned(),
        message: "No such PaymentMethod".to_owned(),
        param: param.map(str::to_owned),
    };
    for param in ["payment_method", "customer"] {
        let Ok(ChargeOutcome::Declined { payment: None, decline }) = gone(refused(Some(param))) else {
            panic!("{param} is no decline")
        };
        assert_eq!(decline.hardness, Hardness::Hard);
    }
    assert!(gone(refused(Some("amount"))).unwrap_err().is_missing());
    assert!(gone(refused(None)).is_err());
}

#[test]
fn ids_cannot_leave_their_place_in_the_address_and_the_key_is_never_printed() {
    let stripe = Stripe::new(Http::new(None).unwrap(), "http://stripe/", Token::new("sk_test_secret").unwrap());
    assert!(!format!("{stripe:?}").contains("sk_test"));
    assert_eq!(stripe.base, "http://stripe");
    assert_eq!(escape("../pi_1?x"), "..%2Fpi_1%3Fx");
}
