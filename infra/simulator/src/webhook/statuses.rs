//! The statuses that follow an accepted message: their members, and the webhooks that its plan asks for.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::payload::{self, Shape, put};
use crate::clock;
use crate::core::Core;
use crate::graph::errors;
use crate::state::State;
use crate::state::charges::Charge;
use crate::state::customers::Customer;
use crate::state::deliveries::Update;
use crate::state::plans::{PlannedStatus, PricingOn, Status, StatusPlan};

/// An accepted message, as far as its statuses tell of it.
pub(crate) struct Sent {
    pub(crate) wamid: String,
    pub(crate) conversation_id: String,
    /// `to` or `recipient` as the sender wrote it.
    pub(crate) input: String,
    pub(crate) by_bsuid: bool,
    /// The number it went to, where it went to one.
    pub(crate) wa_id: Option<String>,
    pub(crate) customer: Option<Customer>,
    pub(crate) opaque: Option<String>,
    pub(crate) pricing: Pricing,
    /// Of the recipient, where it is known.
    pub(crate) country: String,
    /// Unix seconds until which the free entry point window runs.
    pub(crate) free_until: Option<i64>,
    pub(crate) accepted_s: i64,
    /// Only `sent` is told of reactions.
    pub(crate) is_reaction: bool,
    pub(crate) failure: Option<Failure>,
}

/// Why Meta will fail a message that it accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: i64,
    pub(crate) details: Option<String>,
}

/// What a message costs, in the words of the webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pricing {
    pub(crate) kind: &'static str,
    pub(crate) category: String,
    pub(crate) is_exempt: bool,
}

impl Pricing {
    /// Exempted senders get a subtype, and pay nothing.
    fn subtype(&self) -> Option<&'static str> {
        (self.is_exempt && self.kind == "regular").then_some("paid_exempt")
    }
}

/// Puts the planned statuses on their way. Returns the deliveries that must be made before the send is answered.
pub(crate) fn schedule(core: &Arc<Core>, state: &mut State, sent: &Sent) -> Vec<u64> {
    let plan = fitting(state.take_plan(&sent.input), sent);
    let now = clock::now_ms();
    charge(core, state, &plan, sent);
    let mut first = Vec::new();
    let mut together: Vec<Update> = Vec::new();
    let mut last_ms = now;
    for planned in &plan.statuses {
        let update = payload::messages(&core.config, members(state, &plan, planned, sent));
        let due_ms = now.saturating_add_unsigned(planned.after_ms);
        for _ in 0..planned.copies {
            if plan.aggregated {
                together.push(update.clone());
                last_ms = last_ms.max(due_ms);
                continue;
            }
            let id = core.send_webhook(state, vec![update.clone()], due_ms, Shape::Changes);
            first.extend(planned.before_answer.then_some(id));
        }
    }
    if !together.is_empty() {
        let id = core.send_webhook(state, together, last_ms, Shape::Values);
        first.extend(plan.statuses.iter().any(|planned| planned.before_answer).then_some(id));
    }
    first
}

/// What is delivered is charged.
fn charge(core: &Core, state: &mut State, plan: &StatusPlan, sent: &Sent) {
    let arrives =
        |planned: &&PlannedStatus| matches!(planned.status, Status::Delivered | Status::Read | Status::Played);
    let Some(arrived) = plan.statuses.iter().find(arrives).filter(|_| !sent.is_reaction) else { return };
    let word = |text: &str| text.to_ascii_uppercase().replace('-', "_");
    state.charges.push(Charge {
        at: Some(sent.accepted_s + arrived.offset_s),
        country: sent.country.clone(),
        phone_number: Some(core.config.display_digits()),
        pricing_type: word(sent.pricing.kind),
        pricing_category: word(&sent.pricing.category),
        volume: 1,
    });
}

/// The plan as it applies to this message: a failed one has no other status, a reaction no later one.
fn fitting(plan: StatusPlan, sent: &Sent) -> StatusPlan {
    let StatusPlan { statuses, aggregated, pricing } = plan;
    let statuses = match &sent.failure {
        Some(failure) => (statuses.into_iter().take(1))
            .map(|first| PlannedStatus {
                status: Status::Failed,
                code: Some(failure.code),
                details: failure.details.clone(),
                ..first
            })
            .collect(),
        None if sent.is_reaction => {
            statuses.into_iter().filter(|planned| matches!(planned.status, Status::Sent | Status::Failed)).collect()
        }
        None => statuses,
    };
    StatusPlan { statuses, aggregated, pricing }
}

fn members(state: &State, plan: &StatusPlan, planned: &PlannedStatus, sent: &Sent) -> Vec<(&'static str, Value)> {
    let status = status(state, plan, planned, sent);
    let mut members = Vec::new();
    // A failed status names nobody beside the recipient; a sent one leaves the username out.
    if let Some(customer) = sent.customer.as_ref().filter(|_| planned.status != Status::Failed) {
        let contact = payload::contact(customer, shown_wa_id(sent), planned.status != Status::Sent);
        members.push(("contacts", json!([contact])));
    }
    members.push(("statuses", json!([status])));
    members
}

fn status(state: &State, plan: &StatusPlan, planned: &PlannedStatus, sent: &Sent) -> Value {
    let failed = planned.status == Status::Failed;
    let mut status = Map::new();
    status.insert("id".into(), sent.wamid.as_str().into());
    status.insert("status".into(), planned.status.name().into());
    status.insert("timestamp".into(), (sent.accepted_s + planned.offset_s).to_string().into());
    put(&mut status, "recipient_id", shown_wa_id(sent));
    if let Some(customer) = sent.customer.as_ref().filter(|_| !failed || sent.by_bsuid) {
        put(&mut status, "recipient_user_id", customer.bsuid.as_deref());
        put(&mut status, "recipient_parent_user_id", customer.parent_bsuid.as_deref());
    }
    if failed {
        status.insert("errors".into(), json!([error(planned)]));
    } else {
        if let Some(conversation) = conversation(state, planned, sent) {
            status.insert("conversation".into(), conversation);
        }
        if carries_pricing(plan, planned.status) {
            status.insert("pricing".into(), pricing(&sent.pricing));
        }
    }
    put(&mut status, "biz_opaque_callback_data", sent.opaque.as_deref());
    status.into()
}

/// Statuses of a message to a phone always name it; of one to a user id only where the phone is no secret.
fn shown_wa_id(sent: &Sent) -> Option<&str> {
    if sent.by_bsuid { sent.customer.as_ref().and_then(Customer::visible_wa_id) } else { sent.wa_id.as_deref() }
}

fn error(planned: &PlannedStatus) -> Value {
    let code = planned.code.unwrap_or(131_026);
    let known = errors::known(code);
    let details = planned.details.as_deref().or(known.details).unwrap_or(known.title);
    json!({
        "code": code,
        "title": known.title,
        "message": known.title,
        "error_data": {"details": details},
        "href": "/documentation/business-messaging/whatsapp/support/error-codes",
    })
}

/// Since version 24 only messages in a free entry point window have a conversation.
fn conversation(state: &State, planned: &PlannedStatus, sent: &Sent) -> Option<Value> {
    let (origin, ends) = match sent.free_until {
        Some(until) => ("referral_conversion", until),
        None if state.settings.webhook_version < 24 => {
            (sent.pricing.category.as_str(), sent.accepted_s + clock::WINDOW_S)
        }
        None => return None,
    };
    let mut conversation = Map::new();
    conversation.insert("id".into(), sent.conversation_id.as_str().into());
    if planned.status == Status::Sent {
        conversation.insert("expiration_timestamp".into(), ends.to_string().into());
    }
    conversation.insert("origin".into(), json!({"type": origin.replace('-', "_")}));
    Some(conversation.into())
}

fn carries_pricing(plan: &StatusPlan, status: Status) -> bool {
    let has_delivered = plan.statuses.iter().any(|planned| planned.status == Status::Delivered);
    let on_arrival = match status {
        Status::Delivered => true,
        Status::Read => !has_delivered,
        Status::Sent | Status::Played | Status::Failed => false,
    };
    match plan.pricing {
        PricingOn::SentAndDelivered => status == Status::Sent || on_arrival,
        PricingOn::Sent => status == Status::Sent,
        PricingOn::Delivered => on_arrival,
        PricingOn::Nothing => false,
    }
}

fn pricing(pricing: &Pricing) -> Value {
    let mut told = json!({
        "billable": pricing.kind == "regular",
        "pricing_model": "PMP",
        "type": pricing.kind,
        "category": pricing.category,
    });
    if let Some(subtype) = pricing.subtype() {
        told["subtype"] = subtype.into();
    }
    told
}
