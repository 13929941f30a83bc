//! Stripe's objects as what they mean for us. None: the object lacks what each of its kind has.
use super::declines;
use super::object::Object;
use crate::event::{Dispute, DisputeStatus, Refund, RefundStatus};
use crate::provider::{Checkout, CheckoutState, CheckoutStatus, PaymentState, PaymentStatus, SavedCard};

pub(super) fn checkout(session: &Object<'_>) -> Option<Checkout> {
    Some(Checkout { id: session.text("id")?, url: session.text("url")?, expires_at: session.time("expires_at")? })
}

pub(super) fn checkout_state(session: &Object<'_>) -> Option<CheckoutState> {
    let status = match session.word("status") {
        "open" => CheckoutStatus::Open,
        "complete" => CheckoutStatus::Complete,
        "expired" => CheckoutStatus::Expired,
        other => CheckoutStatus::Unknown(other.to_owned()),
    };
    Some(CheckoutState {
        id: session.text("id")?,
        status,
        is_paid: session.word("payment_status") == "paid",
        payment: session.id("payment_intent"),
        order: session.order(),
        customer: session.id("customer"),
        amount: session.money("amount_total"),
        url: session.text("url"),
    })
}

pub(super) fn payment(intent: &Object<'_>) -> Option<PaymentState> {
    let status = match intent.word("status") {
        "requires_payment_method" | "requires_confirmation" => PaymentStatus::Unpaid,
        "processing" => PaymentStatus::Pending,
        "requires_action" => PaymentStatus::ActionNeeded,
        "succeeded" => PaymentStatus::Succeeded,
        "canceled" => PaymentStatus::Cancelled,
        other => PaymentStatus::Unknown(other.to_owned()),
    };
    let amount = if status == PaymentStatus::Succeeded { "amount_received" } else { "amount" };
    Some(PaymentState {
        id: intent.text("id")?,
        status,
        order: intent.order(),
        customer: intent.id("customer"),
        amount: intent.money(amount)?,
        decline: intent.object("last_payment_error").map(|error| declines::read(&error)),
    })
}

/// None, too, for what is no card.
pub(super) fn card(method: &Object<'_>) -> Option<SavedCard> {
    let card = method.object("card")?;
    Some(SavedCard {
        customer: method.id("customer"),
        method: method.text("id")?,
        brand: card.word("brand").to_owned(),
        last4: card.word("last4").to_owned(),
        exp_month: card.number("exp_month")?.try_into().ok()?,
        exp_year: card.number("exp_year")?.try_into().ok()?,
    })
}

pub(super) fn refund(refund: &Object<'_>) -> Option<Refund> {
    let status = match refund.word("status") {
        "pending" => RefundStatus::Pending,
        "requires_action" => RefundStatus::ActionNeeded,
        "succeeded" => RefundStatus::Succeeded,
        "failed" => RefundStatus::Failed,
        "canceled" => RefundStatus::Cancelled,
        other => RefundStatus::Unknown(other.to_owned()),
    };
    let payment = refund.id("payment_intent");
    Some(Refund { id: refund.text("id")?, payment, amount: refund.money("amount")?, status })
}

pub(super) fn dispute(dispute: &Object<'_>) -> Option<Dispute> {
    let status = match dispute.word("status") {
        "warning_needs_response" => DisputeStatus::InquiryOpen,
        "warning_under_review" => DisputeStatus::InquiryUnderReview,
        "warning_closed" => DisputeStatus::InquiryClosed,
        "needs_response" => DisputeStatus::Open,
        "under_review" => DisputeStatus::UnderReview,
        "won" => DisputeStatus::Won,
        "lost" => DisputeStatus::Lost,
        "prevented" => DisputeStatus::Prevented,
        other => DisputeStatus::Unknown(other.to_owned()),
    };
    let payment = dispute.id("payment_intent");
    Some(Dispute { id: dispute.text("id")?, payment, amount: dispute.money("amount")?, status })
}
