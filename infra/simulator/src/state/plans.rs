//! What becomes of accepted messages: which statuses are told, when, how often and in which order.

use serde::{Deserialize, Serialize};

use super::State;
use super::faults::same_recipient;

/// The statuses of one accepted message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatusPlan {
    /// In the order of this list where their times are equal; left out ones are never told.
    pub statuses: Vec<PlannedStatus>,
    /// All of them in one webhook body, when the last one is due.
    pub aggregated: bool,
    pub pricing: PricingOn,
}

/// One status to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedStatus {
    pub status: Status,
    /// Milliseconds after acceptance at which the webhook leaves.
    #[serde(default)]
    pub after_ms: u64,
    /// How many times it is told.
    #[serde(default = "once")]
    pub copies: u32,
    /// Seconds by which its own timestamp is later than the acceptance.
    #[serde(default)]
    pub offset_s: i64,
    /// Delivered to the webhook before the send itself is answered.
    #[serde(default)]
    pub before_answer: bool,
    /// Error of a `failed` status; 131026 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Sent,
    Delivered,
    Read,
    Played,
    Failed,
}

/// Which statuses carry `pricing`; Meta puts it on `sent` and on one of `delivered` and `read`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricingOn {
    #[default]
    SentAndDelivered,
    Sent,
    Delivered,
    Nothing,
}

/// A plan for the next `times` accepted messages, before the standing one applies again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanOrder {
    pub plan: StatusPlan,
    #[serde(default = "once")]
    pub times: u32,
    /// Only messages to this phone number or user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
}

fn once() -> u32 {
    1
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }
}

impl From<Status> for PlannedStatus {
    fn from(status: Status) -> Self {
        Self { status, after_ms: 0, copies: 1, offset_s: 0, before_answer: false, code: None, details: None }
    }
}

impl PlannedStatus {
    #[must_use]
    pub fn after_ms(self, after_ms: u64) -> Self {
        Self { after_ms, ..self }
    }

    #[must_use]
    pub fn copies(self, copies: u32) -> Self {
        Self { copies, ..self }
    }

    #[must_use]
    pub fn before_answer(self) -> Self {
        Self { before_answer: true, ..self }
    }

    #[must_use]
    pub fn code(self, code: i64) -> Self {
        Self { code: Some(code), ..self }
    }
}

impl Default for StatusPlan {
    /// Sent, delivered and read, in this order and soon.
    fn default() -> Self {
        let steps = [(Status::Sent, 10), (Status::Delivered, 40), (Status::Read, 80)];
        Self::of(steps.map(|(status, after_ms)| PlannedStatus::from(status).after_ms(after_ms)))
    }
}

impl StatusPlan {
    pub fn of(statuses: impl IntoIterator<Item = PlannedStatus>) -> Self {
        Self { statuses: statuses.into_iter().collect(), aggregated: false, pricing: PricingOn::default() }
    }

    /// No status is ever told.
    pub fn none() -> Self {
        Self::of([])
    }

    /// One `failed` status with this error.
    pub fn failed(code: i64) -> Self {
        Self::of([PlannedStatus::from(Status::Failed).after_ms(10).code(code)])
    }

    /// The same statuses in one webhook body.
    #[must_use]
    pub fn aggregated(self) -> Self {
        Self { aggregated: true, ..self }
    }
}

impl From<StatusPlan> for PlanOrder {
    fn from(plan: StatusPlan) -> Self {
        Self { plan, times: 1, recipient: None }
    }
}

impl PlanOrder {
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    #[must_use]
    pub fn for_recipient(self, recipient: impl Into<String>) -> Self {
        Self { recipient: Some(recipient.into()), ..self }
    }
}

impl State {
    /// The plan for a message that was just accepted; `recipient` is its `to` or `recipient`.
    pub(crate) fn take_plan(&mut self, recipient: &str) -> StatusPlan {
        let fits =
            |order: &PlanOrder| order.recipient.as_deref().is_none_or(|wanted| same_recipient(Some(recipient), wanted));
        let Some(at) = self.plans.iter().position(fits) else {
            return self.default_plan.clone();
        };
        let Some(order) = self.plans.get_mut(at) else {
            return self.default_plan.clone();
        };
        order.times = order.times.saturating_sub(1);
        let plan = order.plan.clone();
        if order.times == 0 {
            self.plans.remove(at);
        }
        plan
    }
}
