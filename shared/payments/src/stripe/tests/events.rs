//! Each kind of event and what it tells; what is new or not ours harms nothing.
use ring::hmac;

use super::*;
use crate::event::{DisputeStatus, Fact, RefundStatus};

fn read(kind: &str, object: Value) -> Fact {
    let event = json!({"id": "evt_1", "object": "event", "type": kind, "created": 1_800_000_000,
        "data": {"object": object}});
    let event = super::super::events::read(&event);
    assert_eq!((event.id.as_str(), event.at), ("evt_1", Time::from_seconds(1_800_000_000)));
    event.fact
}

fn session(payment_status: &str) -> Value {
    json!({"id": "cs_1", "object": "checkout.session", "payment_intent": "pi_1", "payment_status": payment_status,
        "amount_total": 5000, "currency": "usd", "metadata": {"order": "top_1"}})
}

fn intent(status: &str) -> Value {
    json!({"id": "pi_1", "object": "payment_intent", "status": status, "amount": 5000, "amount_received": 5000,
        "currency": "usd", "metadata": {"order": "top_1"},
        "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"}})
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn money_that_came_is_paid_and_nothing_else_is() {
    let paid = |checkout: Option<&str>| Fact::Paid {
        payment: "pi_1".to_owned(),
        checkout: checkout.map(str::to_owned),
        order: text("top_1"),
        amount: money(50_000_000, "USD"),
    };
    assert_eq!(read("checkout.session.completed", session("paid")), paid(Some("cs_1")));
    assert_eq!(read("checkout.session.async_payment_succeeded", session("paid")), paid(Some("cs_1")));
    assert_eq!(read("payment_intent.succeeded", intent("succeeded")), paid(None));
    let whole = json!({"id": "cs_1", "payment_intent": intent("succeeded"), "payment_status": "paid",
        "amount_total": 5000, "currency": "usd", "metadata": {"order": "top_1"}});
    assert_eq!(read("checkout.session.completed", whole), paid(Some("cs_1")));

    let pending = Fact::Pending { payment: text("pi_1"), checkout: text("cs_1"), order: text("top_1") };
    assert_eq!(read("checkout.session.completed", session("unpaid")), pending);
    for kind in ["payment_intent.processing", "payment_intent.requires_action"] {
        let pending = Fact::Pending { payment: text("pi_1"), checkout: None, order: text("top_1") };
        assert_eq!(read(kind, intent("processing")), pending, "{kind}");
    }
    let free = Fact::Other("checkout.session.completed".to_owned());
    assert_eq!(read("checkout.session.completed", session("no_payment_required")), free);
}

#[test]
fn what_failed_says_why_and_whether_more_can_come() {
    let Fact::Failed { checkout: None, decline, order, .. } =
        read("payment_intent.payment_failed", intent("requires_payment_method"))
    else {
        panic!("it failed")
    };
    assert_eq!((decline.code.as_str(), decline.hardness), ("insufficient_funds", Hardness::Soft));
    assert_eq!(order, text("top_1"));
    let Fact::Failed { checkout, decline, .. } = read("checkout.session.async_payment_failed", session("unpaid"))
    else {
        panic!("it failed")
    };
    assert_eq!((checkout, decline.code.as_str()), (text("cs_1"), "async_payment_failed"));
    let expired = Fact::Expired { checkout: "cs_1".to_owned(), order: text("top_1") };
    assert_eq!(read("checkout.session.expired", session("unpaid")), expired);
}

#[test]
fn refunds_are_told_by_their_own_id_and_state() {
    for (kind, status, came) in [
        ("refund.created", "succeeded", true),
        ("refund.created", "pending", true),
        ("refund.created", "requires_action", true),
        ("refund.updated", "succeeded", true),
        ("refund.updated", "a_word_of_tomorrow", true),
        ("refund.updated", "failed", false),
        ("refund.updated", "canceled", false),
        ("refund.failed", "failed", false),
    ] {
        let object =
            json!({"id": "re_1", "payment_intent": "pi_1", "amount": 1000, "currency": "usd", "status": status});
        let fact = read(kind, object);
        let (Fact::Refunded(refund) | Fact::RefundFailed(refund)) = &fact else { panic!("{kind} {status}: {fact:?}") };
        assert_eq!(matches!(fact, Fact::Refunded(_)), came, "{kind} {status}");
        assert_eq!((refund.id.as_str(), refund.payment.as_deref()), ("re_1", Some("pi_1")));
        assert_eq!(refund.amount, money(10_000_000, "USD"));
        assert_eq!(refund.status == RefundStatus::Unknown(status.to_owned()), status == "a_word_of_tomorrow");
    }
    // The sum of a charge's refunds has no id to reverse it by.
    assert_eq!(read("charge.refunded", json!({"id": "ch_1"})), Fact::Other("charge.refunded".to_owned()));
}

#[test]
fn each_phase_of_a_dispute_is_told_apart() {
    let dispute = |status| {
        json!({"id": "du_1", "payment_intent": "pi_1", "charge": "ch_1", "amount": 5000, "currency": "usd",
            "status": status})
    };
    let Fact::Disputed(inquiry) = read("charge.dispute.created", dispute("warning_needs_response")) else {
        panic!("an inquiry")
    };
    assert!(inquiry.status.is_inquiry());
    let Fact::Disputed(opened) = read("charge.dispute.created", dispute("needs_response")) else { panic!("opened") };
    assert!(!opened.status.is_inquiry());
    assert_eq!((opened.id.as_str(), &opened.amount), ("du_1", &money(50_000_000, "USD")));
    assert!(matches!(read("charge.dispute.funds_withdrawn", dispute("needs_response")), Fact::Withdrawn(_)));
    assert!(matches!(read("charge.dispute.funds_reinstated", dispute("won")), Fact::Reinstated(_)));
    for (word, status) in [
        ("won", DisputeStatus::Won),
        ("lost", DisputeStatus::Lost),
        ("warning_closed", DisputeStatus::InquiryClosed),
        ("prevented", DisputeStatus::Prevented),
        ("a_word_of_tomorrow", DisputeStatus::Unknown("a_word_of_tomorrow".to_owned())),
    ] {
        let Fact::DisputeClosed(closed) = read("charge.dispute.closed", dispute(word)) else { panic!("{word}") };
        assert_eq!(closed.status, status);
    }
}

#[test]
fn cards_and_customers_come_and_go() {
    let method = json!({"id": "pm_1", "customer": "cus_1",
        "card": {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030}});
    let Fact::CardRenewed(card) = read("payment_method.automatically_updated", method) else { panic!("renewed") };
    assert_eq!((card.method.as_str(), card.last4.as_str(), card.exp_month, card.exp_year), ("pm_1", "4242", 8, 2030));
    let detached = Fact::CardDetached { method: "pm_1".to_owned() };
    assert_eq!(read("payment_method.detached", json!({"id": "pm_1", "customer": null})), detached);
    let deleted = Fact::CustomerDeleted { customer: "cus_1".to_owned() };
    assert_eq!(read("customer.deleted", json!({"id": "cus_1"})), deleted);
}

#[test]
fn what_is_new_odd_or_not_ours_is_other() {
    for (kind, object) in [
        ("plan.created", json!({"id": "price_1"})),
        ("payment_intent.succeeded", json!({})),
        ("payment_intent.succeeded", json!({"id": "pi_1", "amount_received": "5000", "currency": "usd"})),
        ("payment_intent.succeeded", json!({"id": "pi_1", "amount_received": 5000, "currency": "coins"})),
        ("checkout.session.completed", json!("cs_1")),
        ("refund.created", json!(null)),
    ] {
        assert_eq!(read(kind, object.clone()), Fact::Other(kind.to_owned()), "{object}");
    }
    let Fact::Paid { order, .. } = read(
        "payment_intent.succeeded",
        json!({"id": "pi_9", "amount_received": 5000, "currency": "usd", "metadata": {"shop": "other"}}),
    ) else {
        panic!("somebody else's payment")
    };
    assert_eq!(order, None);
}

#[test]
fn a_webhook_is_read_only_when_it_is_signed() {
    let now = Time::from_seconds(1_800_000_000);
    let sign = |body: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"whsec_1");
        let mac = hmac::sign(&key, &[b"1800000000.", body].concat());
        format!("t=1800000000,v1={}", hex::encode(mac))
    };
    let read = |signature: Option<&str>, body: &[u8]| {
        let header = |name: &str| signature.filter(|_| name == "stripe-signature");
        Stripe::parse_webhook(&Secrets::parse("whsec_1").unwrap(), header, body, now)
    };
    let event = json!({"id": "evt_1", "type": "customer.deleted", "data": {"object": {"id": "cus_1"}}}).to_string();
    let signature = sign(event.as_bytes());
    let events = read(Some(&signature), event.as_bytes()).unwrap();
    assert!(matches!(&events[..], [PayEvent { fact: Fact::CustomerDeleted { .. }, .. }]));

    let other = event.replace("cus_1", "cus_2");
    assert!(matches!(read(Some(&signature), other.as_bytes()), Err(WebhookError::Forged)));
    assert!(matches!(read(None, event.as_bytes()), Err(WebhookError::Unsigned)));
    assert!(matches!(read(Some(&sign(b"{")), b"{"), Err(WebhookError::Unreadable(_))));
}
