//! The record of what was sent to the Graph side, so that a test can see exactly what arrived and what was made of it.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One `POST …/messages` or `…/marketing_messages`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendRecord {
    pub id: u64,
    /// Unix milliseconds of arrival.
    pub at_ms: i64,
    pub path: String,
    /// Request headers; the token is not kept.
    pub headers: BTreeMap<String, String>,
    /// The request body, or a string where it was no JSON.
    pub body: Value,
    /// The ordered fault that struck it.
    pub fault: Option<String>,
    pub outcome: Outcome,
}

/// What was made of a send, whatever its sender was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    Accepted {
        wamid: String,
        /// Whom it went to.
        wa_id: Option<String>,
        user_id: Option<String>,
        /// `to` had no `+`, so it went to a number with the business's own country code before it.
        misdelivered: bool,
        /// The error that its `failed` status will tell, where Meta accepts first and fails later.
        fails_with: Option<i64>,
    },
    MarkedRead {
        message_id: String,
        typing: bool,
    },
    Refused {
        status: u16,
        code: i64,
        details: Option<String>,
    },
    /// A fault struck before anything was accepted.
    Lost,
}

impl SendRecord {
    /// The id that the message got, if it was accepted.
    pub fn wamid(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Accepted { wamid, .. } => Some(wamid),
            Outcome::MarkedRead { .. } | Outcome::Refused { .. } | Outcome::Lost => None,
        }
    }

    pub fn is_accepted(&self) -> bool {
        self.wamid().is_some()
    }
}

/// Headers for the record: names as sent, values readable, the token withheld.
pub(crate) fn visible_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let show = |name: &http::HeaderName, value: &http::HeaderValue| {
        if name == AUTHORIZATION {
            "withheld".to_owned()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        }
    };
    headers.iter().map(|(name, value)| (name.to_string(), show(name, value))).collect()
}
