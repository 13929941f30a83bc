//! Failures that were ordered: what the next calls to the Graph side run into instead of, or after, their effect.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::State;

/// The next `times` matching calls fail in one way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultOrder {
    pub fault: Fault,
    #[serde(default = "once")]
    pub times: u32,
    /// Only sends to this phone number or user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    #[serde(default)]
    pub operation: Operation,
}

/// Which call of the Graph side a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `POST …/messages` and `…/marketing_messages`, read marks included.
    #[default]
    Messages,
    /// Everything about templates but reading a single one: lists, creation, edits, deletion, the library, previews.
    MessageTemplates,
    /// The Resumable Upload API: sessions and their bytes.
    Uploads,
    /// `POST …/media`.
    Media,
    /// Reading a number, the list of numbers, a template, the account or a file.
    Nodes,
    /// Stripe's `POST /v1/checkout/sessions`.
    StripeCheckouts,
    /// Stripe's `POST /v1/payment_intents`.
    StripeCharges,
    /// Whatever else is asked of Stripe.
    StripeOther,
}

/// One way to fail. Where `accepted` is true the call has its full effect first, statuses included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Meta's error body of this code; what is not given comes from the table of known codes.
    Error {
        code: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subcode: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        details: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        is_transient: Option<bool>,
    },
    /// No answer ever comes.
    Timeout {
        #[serde(default = "yes")]
        accepted: bool,
    },
    /// This answer, word for word, in place of the call's own; it has no effect.
    Answer {
        #[serde(default = "ok")]
        status: u16,
        body: Value,
    },
    /// The answer comes late.
    Slow { delay_ms: u64 },
    /// 502 with an HTML body.
    BadGateway {
        #[serde(default)]
        accepted: bool,
    },
    /// The connection is reset.
    Reset {
        #[serde(default)]
        accepted: bool,
    },
}

fn once() -> u32 {
    1
}

fn ok() -> u16 {
    200
}

fn yes() -> bool {
    true
}

impl Fault {
    /// The error of a code, as Meta words it.
    pub fn error(code: i64) -> Self {
        Self::Error { code, status: None, subcode: None, title: None, details: None, is_transient: None }
    }

    /// For the record of the send.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Error { .. } => "error",
            Self::Timeout { .. } => "timeout",
            Self::Answer { .. } => "answer",
            Self::Slow { .. } => "slow",
            Self::BadGateway { .. } => "bad_gateway",
            Self::Reset { .. } => "reset",
        }
    }
}

impl From<Fault> for FaultOrder {
    fn from(fault: Fault) -> Self {
        Self { fault, times: 1, recipient: None, operation: Operation::Messages }
    }
}

impl FaultOrder {
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    #[must_use]
    pub fn for_recipient(self, recipient: impl Into<String>) -> Self {
        Self { recipient: Some(recipient.into()), ..self }
    }

    #[must_use]
    pub fn on(self, operation: Operation) -> Self {
        Self { operation, ..self }
    }
}

impl State {
    /// Takes the oldest order that fits, and counts it down. `recipient` is the `to` or `recipient` of a send.
    pub(crate) fn take_fault(&mut self, operation: Operation, recipient: Option<&str>) -> Option<Fault> {
        let at = self.faults.iter().position(|order| {
            order.operation == operation
                && order.recipient.as_deref().is_none_or(|wanted| same_recipient(recipient, wanted))
        })?;
        let order = self.faults.get_mut(at)?;
        order.times = order.times.saturating_sub(1);
        let fault = order.fault.clone();
        if order.times == 0 {
            self.faults.remove(at);
        }
        Some(fault)
    }
}

/// Whether an order for `wanted` means a send to `actual`, however a phone number is written.
pub(crate) fn same_recipient(actual: Option<&str>, wanted: &str) -> bool {
    let plain = |id: &str| id.trim_start_matches('+').replace([' ', '-', '(', ')', '.'], "");
    actual.is_some_and(|actual| plain(actual) == plain(wanted))
}
