//! What can happen to a payment once it was made: refunds, disputes, and the end of those that take their time.

use serde_json::json;

use super::cards::{self, Ending};
use super::desk::Desk;
use super::objects;
use crate::clock;
use crate::ids;
use crate::state::stripe::{Dispute, Refund};

/// How a dispute goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Withdrawn,
    Reinstated,
    Won,
    Lost,
}

impl Desk<'_> {
    /// Gives back `amount`, or what is left. `Err` says why not.
    pub(crate) fn refund(&mut self, intent: &str, amount: Option<i64>, order: &Refund) -> Result<String, String> {
        let Some(intent) = self.intent(intent).filter(|intent| intent.status == "succeeded").cloned() else {
            return Err(format!("{intent} has no successful charge to refund"));
        };
        let left = intent.amount.saturating_sub(intent.refunded);
        let amount = amount.unwrap_or(left);
        if amount <= 0 || amount > left {
            return Err(format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"));
        }
        let method = intent.method.as_ref().and_then(|method| self.state.stripe.methods.get(method));
        let ending = method.and_then(|method| cards::find(&method.card)).map(|card| card.ending);
        let status = if ending == Some(Ending::RefundPends) { "pending" } else { "succeeded" };
        let refund = Refund {
            id: ids::stripe("re_3"),
            status: status.to_owned(),
            amount,
            currency: intent.currency.clone(),
            intent: intent.id.clone(),
            charge: intent.charge.clone(),
            created: clock::now_s(),
            ..order.clone()
        };
        let id = refund.id.clone();
        self.change(&intent.id, |intent| intent.refunded = intent.refunded.saturating_add(amount));
        self.tell("refund.created", objects::refund(&refund));
        if let Some(charge) = self.intent(&intent.id).map(objects::charge) {
            self.tell("charge.refunded", charge);
        }
        self.state.stripe.refunds.insert(id.clone(), refund);
        if ending == Some(Ending::RefundFails) {
            self.settle_refund(&id, false);
        }
        Ok(id)
    }

    /// A refund comes about, or does not after all. `false`: there is none such.
    pub(crate) fn settle_refund(&mut self, id: &str, succeeds: bool) -> bool {
        let Some(refund) = self.state.stripe.refunds.get_mut(id) else { return false };
        (if succeeds { "succeeded" } else { "failed" }).clone_into(&mut refund.status);
        let refund = refund.clone();
        self.tell("refund.updated", objects::refund(&refund));
        if !succeeds {
            self.change(&refund.intent, |intent| intent.refunded = intent.refunded.saturating_sub(refund.amount));
            self.tell("refund.failed", objects::refund(&refund));
        }
        true
    }

    /// The bank asks for the money, and takes it unless it only inquires.
    pub(crate) fn dispute(
        &mut self,
        intent: &str,
        amount: Option<i64>,
        reason: &str,
        is_inquiry: bool,
    ) -> Option<String> {
        let intent = self.intent(intent).filter(|intent| intent.status == "succeeded")?.clone();
        let dispute = Dispute {
            id: ids::stripe("du_1"),
            status: if is_inquiry { "warning_needs_response" } else { "needs_response" }.to_owned(),
            amount: amount.unwrap_or(intent.amount),
            currency: intent.currency,
            intent: intent.id,
            charge: intent.charge,
            reason: reason.to_owned(),
            created: clock::now_s(),
        };
        let id = dispute.id.clone();
        self.tell("charge.dispute.created", objects::dispute(&dispute));
        self.state.stripe.disputes.insert(id.clone(), dispute);
        if !is_inquiry {
            self.go_on(&id, Phase::Withdrawn);
        }
        Some(id)
    }

    /// `false`: there is no such dispute.
    pub(crate) fn go_on(&mut self, id: &str, phase: Phase) -> bool {
        let Some(dispute) = self.state.stripe.disputes.get_mut(id) else { return false };
        let is_inquiry = dispute.status.starts_with("warning_");
        let (status, kind) = match phase {
            Phase::Withdrawn => ("needs_response", "charge.dispute.funds_withdrawn"),
            Phase::Reinstated => ("won", "charge.dispute.funds_reinstated"),
            Phase::Won if is_inquiry => ("warning_closed", "charge.dispute.closed"),
            Phase::Won => ("won", "charge.dispute.closed"),
            Phase::Lost => ("lost", "charge.dispute.closed"),
        };
        status.clone_into(&mut dispute.status);
        let object = objects::dispute(dispute);
        self.tell(kind, object.clone());
        if phase == Phase::Won && !is_inquiry {
            self.tell("charge.dispute.funds_reinstated", object);
        }
        true
    }

    /// A payment that took its time comes, or does not. `false`: none such is on its way.
    pub(crate) fn settle(&mut self, intent: &str, succeeds: bool) -> bool {
        let Some(found) = self.intent(intent).filter(|intent| intent.status == "processing").cloned() else {
            return false;
        };
        if succeeds {
            self.succeed(intent);
        } else {
            self.change(intent, |intent| {
                intent.status = "requires_payment_method".to_owned();
                let message = "The customer's bank account does not have the money.";
                intent.error = Some(json!({"type": "card_error", "code": "payment_method_provider_decline",
                    "decline_code": "insufficient_funds", "message": message}));
            });
            self.tell_intent("payment_intent.payment_failed", intent);
        }
        if let Some(session) = found.session {
            self.settle_session(&session, succeeds);
        }
        true
    }
}
