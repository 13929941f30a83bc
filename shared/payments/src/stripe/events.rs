//! Stripe's events as what they tell us. An event of another kind, or about a thing that is none of ours, is `Other`.
use domain::Time;
use serde_json::Value;

use super::object::Object;
use super::{declines, states};
use crate::decline::{Decline, Hardness};
use crate::event::{Fact, PayEvent, RefundStatus};

/// The code of a payment that was said to come later and did not.
const NEVER_CAME: &str = "async_payment_failed";

pub(super) fn read(event: &Value) -> PayEvent {
    let event = Object(event);
    let kind = event.word("type");
    let fact = event.object("data").and_then(|data| data.object("object")).and_then(|object| fact(kind, &object));
    PayEvent {
        id: event.word("id").to_owned(),
        at: event.time("created").unwrap_or(Time::from_seconds(0)),
        fact: fact.unwrap_or_else(|| Fact::Other(kind.to_owned())),
    }
}

fn fact(kind: &str, object: &Object<'_>) -> Option<Fact> {
    let fact = match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => completed(object)?,
        "checkout.session.async_payment_failed" => Fact::Failed {
            payment: object.id("payment_intent")?,
            checkout: object.text("id"),
            order: object.order(),
            decline: Decline { hardness: Hardness::Soft, code: NEVER_CAME.to_owned(), message: None },
        },
        "checkout.session.expired" => Fact::Expired { checkout: object.text("id")?, order: object.order() },
        "payment_intent.succeeded" => Fact::Paid {
            payment: object.text("id")?,
            checkout: None,
            order: object.order(),
            amount: object.money("amount_received")?,
        },
        "payment_intent.processing" | "payment_intent.requires_action" => {
            Fact::Pending { payment: Some(object.text("id")?), checkout: None, order: object.order() }
        }
        "payment_intent.payment_failed" => Fact::Failed {
            payment: object.text("id")?,
            checkout: None,
            order: object.order(),
            decline: declines::read(&object.object("last_payment_error")?),
        },
        // `charge.refunded` says no more than their sum.
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            let refund = states::refund(object)?;
            match refund.status {
                RefundStatus::Failed | RefundStatus::Cancelled => Fact::RefundFailed(refund),
                RefundStatus::Pending
                | RefundStatus::ActionNeeded
                | RefundStatus::Succeeded
                | RefundStatus::Unknown(_) => Fact::Refunded(refund),
            }
        }
        "charge.dispute.created" => Fact::Disputed(states::dispute(object)?),
        "charge.dispute.funds_withdrawn" => Fact::Withdrawn(states::dispute(object)?),
        "charge.dispute.funds_reinstated" => Fact::Reinstated(states::dispute(object)?),
        "charge.dispute.closed" => Fact::DisputeClosed(states::dispute(object)?),
        "payment_method.automatically_updated" => Fact::CardRenewed(states::card(object)?),
        "payment_method.detached" => Fact::CardDetached { method: object.text("id")? },
        "customer.deleted" => Fact::CustomerDeleted { customer: object.text("id")? },
        _ => return None,
    };
    Some(fact)
}

/// The buyer is done: the money came, or is on its way.
fn completed(session: &Object<'_>) -> Option<Fact> {
    let (payment, checkout, order) = (session.id("payment_intent"), session.text("id"), session.order());
    match session.word("payment_status") {
        "paid" => Some(Fact::Paid { payment: payment?, checkout, order, amount: session.money("amount_total")? }),
        "unpaid" => Some(Fact::Pending { payment, checkout, order }),
        // Nothing was to be paid.
        _ => None,
    }
}
