//! Stripe's objects as its API and its events show them.

use serde_json::{Value, json};

use super::cards;
use crate::state::stripe::{Customer, Dispute, Intent, Method, Refund, Session};

pub(crate) fn customer(customer: &Customer) -> Value {
    json!({
        "id": customer.id, "object": "customer", "created": customer.created, "email": customer.email,
        "name": customer.name, "metadata": customer.metadata, "livemode": false, "default_source": null,
        "delinquent": false, "description": null,
        "invoice_settings": {"default_payment_method": null},
    })
}

pub(crate) fn method(method: &Method) -> Value {
    let card = cards::find(&method.card);
    let number = card.map_or("", |card| card.number);
    let last4 = &number[number.len().saturating_sub(4)..];
    let mut object = json!({
        "id": method.id, "object": "payment_method", "created": method.created, "customer": method.customer,
        "livemode": false, "metadata": {}, "type": "card", "allow_redisplay": "limited",
        "billing_details": {"email": null, "name": null, "phone": null},
    });
    if card.is_some_and(|card| card.brand == "bank") {
        object["type"] = "us_bank_account".into();
        object["us_bank_account"] = json!({"bank_name": "STRIPE TEST BANK", "last4": last4});
    } else {
        object["card"] = json!({
            "brand": card.map_or("unknown", |card| card.brand), "last4": last4, "exp_month": 8,
            "exp_year": method.exp_year, "country": "US", "funding": "credit", "fingerprint": "AOB934RVNwzk6xtn",
            "checks": {"cvc_check": "pass"}, "networks": {"available": ["visa"], "preferred": null},
        });
    }
    object
}

/// `page` is the address that it can be paid at.
pub(crate) fn session(session: &Session, page: &str) -> Value {
    let url = (session.status == "open").then_some(page);
    json!({
        "id": session.id, "object": "checkout.session", "mode": "payment", "status": session.status,
        "payment_status": session.payment_status, "amount_subtotal": session.amount, "amount_total": session.amount,
        "currency": session.currency, "customer": session.customer, "customer_email": session.email,
        "customer_creation": if session.makes_customer { Value::from("always") } else { Value::Null },
        "client_reference_id": session.reference, "metadata": session.metadata, "payment_intent": session.intent,
        "success_url": session.success_url, "cancel_url": session.cancel_url, "created": session.created,
        "expires_at": session.expires_at, "livemode": false, "url": url, "payment_method_types": ["card"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "automatic_tax": {"enabled": false}, "adaptive_pricing": {"enabled": false},
    })
}

pub(crate) fn intent(intent: &Intent) -> Value {
    json!({
        "id": intent.id, "object": "payment_intent", "status": intent.status, "amount": intent.amount,
        "amount_received": intent.received, "amount_capturable": 0, "currency": intent.currency,
        "customer": intent.customer, "payment_method": intent.method, "latest_charge": intent.charge,
        "last_payment_error": intent.error, "metadata": intent.metadata, "description": intent.description,
        "setup_future_usage": intent.saves_card.then_some("off_session"), "created": intent.created,
        "capture_method": "automatic_async", "confirmation_method": "automatic", "livemode": false,
        "payment_method_types": ["card"], "next_action": null, "canceled_at": null, "cancellation_reason": null,
    })
}

pub(crate) fn charge(intent: &Intent) -> Value {
    json!({
        "id": intent.charge, "object": "charge", "amount": intent.amount, "amount_captured": intent.received,
        "amount_refunded": intent.refunded, "refunded": intent.refunded == intent.amount, "currency": intent.currency,
        "customer": intent.customer, "payment_intent": intent.id, "payment_method": intent.method,
        "paid": intent.status == "succeeded", "metadata": intent.metadata, "created": intent.created,
        "livemode": false, "status": intent.status, "description": intent.description,
    })
}

pub(crate) fn refund(refund: &Refund) -> Value {
    json!({
        "id": refund.id, "object": "refund", "amount": refund.amount, "currency": refund.currency,
        "charge": refund.charge, "payment_intent": refund.intent, "status": refund.status, "reason": refund.reason,
        "metadata": refund.metadata, "created": refund.created,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
    })
}

pub(crate) fn dispute(dispute: &Dispute) -> Value {
    json!({
        "id": dispute.id, "object": "dispute", "amount": dispute.amount, "currency": dispute.currency,
        "charge": dispute.charge, "payment_intent": dispute.intent, "status": dispute.status,
        "reason": dispute.reason, "created": dispute.created, "is_charge_refundable": false, "livemode": false,
        "metadata": {}, "balance_transactions": [], "evidence": {}, "evidence_details": {"submission_count": 0},
    })
}
