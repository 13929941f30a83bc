//! What the simulated Stripe remembers: its objects, the answers that it repeats, what was asked of it, and what it is to do
//! with its next events.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock;

/// How long an answer is repeated to its key.
const ANSWER_S: i64 = 24 * 60 * 60;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StripeState {
    pub(crate) customers: BTreeMap<String, Customer>,
    pub(crate) methods: BTreeMap<String, Method>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) intents: BTreeMap<String, Intent>,
    pub(crate) refunds: BTreeMap<String, Refund>,
    pub(crate) disputes: BTreeMap<String, Dispute>,
    pub(crate) events: VecDeque<Event>,
    /// By idempotency key.
    pub(crate) answers: BTreeMap<String, SavedAnswer>,
    pub(crate) requests: VecDeque<StripeRequest>,
    pub(crate) plans: Vec<EventPlan>,
    pub(crate) paused: bool,
    /// Where events go, set anew after each start.
    #[serde(skip)]
    pub(crate) endpoint: Option<http::Uri>,
    /// Replace the configured ones, to play a rotation. Never written to disk.
    #[serde(skip)]
    pub(crate) secrets: Option<Vec<String>>,
    #[serde(skip)]
    pub(crate) key: Option<String>,
    /// Idempotency keys whose requests are being carried out.
    #[serde(skip)]
    pub(crate) in_flight: BTreeSet<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) created: i64,
}

/// A card that was given, and may be saved for a customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Method {
    pub(crate) id: String,
    /// The test card that it is, as `pm_card_visa`.
    pub(crate) card: String,
    pub(crate) customer: Option<String>,
    pub(crate) exp_year: i64,
    /// What the next charges end like, in place of what the card would do: names of test cards.
    pub(crate) script: VecDeque<String>,
    pub(crate) created: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) payment_status: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) title: String,
    pub(crate) customer: Option<String>,
    /// Whether a customer is made of the buyer.
    pub(crate) makes_customer: bool,
    pub(crate) email: Option<String>,
    pub(crate) saves_card: bool,
    pub(crate) reference: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) intent_metadata: BTreeMap<String, String>,
    pub(crate) description: Option<String>,
    pub(crate) success_url: String,
    pub(crate) cancel_url: Option<String>,
    pub(crate) intent: Option<String>,
    pub(crate) created: i64,
    pub(crate) expires_at: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: String,
    /// In the order of creation.
    pub(crate) seq: u64,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) received: i64,
    pub(crate) refunded: i64,
    pub(crate) currency: String,
    pub(crate) customer: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) saves_card: bool,
    pub(crate) charge: Option<String>,
    pub(crate) error: Option<Value>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) description: Option<String>,
    /// The session that it is the payment of.
    pub(crate) session: Option<String>,
    pub(crate) created: i64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) intent: String,
    pub(crate) charge: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) created: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) intent: String,
    pub(crate) charge: Option<String>,
    pub(crate) reason: String,
    pub(crate) created: i64,
}

/// Something that Stripe told, or would have told had it had an endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    /// Such as `payment_intent.succeeded`.
    pub kind: String,
    /// The exact body.
    pub body: String,
}

/// The first answer to a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SavedAnswer {
    /// Path and parameters.
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) at_s: i64,
}

/// One call of Stripe's API, whatever its caller was told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StripeRequest {
    pub method: String,
    /// From `/v1` on.
    pub path: String,
    pub parameters: Vec<(String, String)>,
    pub idempotency_key: Option<String>,
    /// The ordered fault that struck it.
    pub fault: Option<String>,
    /// Of the answer that was made; a fault may have kept it from the caller.
    pub status: Option<u16>,
    /// Whether it was the repetition of an earlier answer.
    pub replayed: bool,
}

/// What becomes of the next events, in place of one delivery at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventPlan {
    /// Only of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default = "one")]
    pub times: u32,
    /// 0: it is never told.
    #[serde(default = "one")]
    pub copies: u32,
    #[serde(default)]
    pub delay_ms: i64,
}

fn one() -> u32 {
    1
}

impl Default for EventPlan {
    fn default() -> Self {
        Self { kind: None, times: 1, copies: 1, delay_ms: 0 }
    }
}

impl StripeState {
    /// Everything forgotten but where events go and by what keys.
    pub(crate) fn fresh(&mut self) -> Self {
        let (endpoint, secrets, key) = (self.endpoint.take(), self.secrets.take(), self.key.take());
        Self { endpoint, secrets, key, ..Self::default() }
    }

    pub(crate) fn trim(&mut self, keep: usize) {
        let oldest = clock::now_s() - ANSWER_S;
        self.answers.retain(|_, answer| answer.at_s >= oldest);
        let surplus = self.requests.len().saturating_sub(keep);
        self.requests.drain(..surplus);
        let surplus = self.events.len().saturating_sub(keep);
        self.events.drain(..surplus);
    }

    /// Takes the oldest plan that fits an event of this kind, and counts it down.
    pub(crate) fn take_plan(&mut self, kind: &str) -> EventPlan {
        let fits = |plan: &EventPlan| plan.kind.as_deref().is_none_or(|wanted| wanted == kind);
        let Some(at) = self.plans.iter().position(fits) else { return EventPlan::default() };
        let plan = self.plans[at].clone();
        self.plans[at].times = plan.times.saturating_sub(1);
        if self.plans[at].times == 0 {
            self.plans.remove(at);
        }
        plan
    }
}
