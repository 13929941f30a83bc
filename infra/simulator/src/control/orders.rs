//! What the control operations take and give, beside the things they are about.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::state::templates::Template;
use crate::webhook::payload::Shape;

/// What became of an inbound message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub wamid: String,
    /// Meta's time of it, unix seconds.
    pub timestamp: i64,
    /// The delivery that brings it.
    pub delivery: u64,
}

/// A webhook of any content.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raw {
    pub field: String,
    pub value: Value,
    /// The account by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_id: Option<String>,
    /// Now by default where the value has no `metadata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_time: Option<i64>,
}

/// A body to post exactly as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verbatim {
    /// A string is posted as it is; anything else is written as Meta writes JSON.
    pub body: Value,
    /// How many times, all at once.
    #[serde(default = "once")]
    pub times: u32,
    /// Signs instead of the current app secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    #[serde(default)]
    pub signature: Signing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signing {
    #[default]
    Valid,
    /// Well-formed, but with another secret.
    Wrong,
    /// The header without a value.
    Empty,
    /// No header.
    Missing,
}

/// How held webhooks leave.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resume {
    /// Put what is due together, up to so many updates in a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    pub shape: Shape,
}

/// A template and whether the webhook hears of the change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateOrder {
    pub template: Template,
    #[serde(default)]
    pub notify: bool,
}

/// A customer's choice about marketing messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    pub from: String,
    pub value: Choice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Stop,
    Resume,
}

fn once() -> u32 {
    1
}

impl Verbatim {
    pub fn new(body: impl Into<Value>) -> Self {
        Self { body: body.into(), times: 1, secret: None, signature: Signing::Valid }
    }

    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    #[must_use]
    pub fn signed(self, signature: Signing) -> Self {
        Self { signature, ..self }
    }

    #[must_use]
    pub fn with_secret(self, secret: impl Into<String>) -> Self {
        Self { secret: Some(secret.into()), ..self }
    }
}

impl From<Template> for TemplateOrder {
    fn from(template: Template) -> Self {
        Self { template, notify: false }
    }
}

/// Why a control operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// `field` names the place in the request, as `messages[0].from`.
    #[error("{field}: {reason}")]
    Invalid { field: String, reason: String },
    #[error("there is no {what} '{id}'")]
    Unknown { what: &'static str, id: String },
    #[error("no webhook is set; PUT /_control/webhook first")]
    NoWebhook,
    #[error("{reason}")]
    Handshake { reason: String },
}

impl ControlError {
    pub(crate) fn invalid(field: &str, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.to_owned(), reason: reason.into() }
    }

    pub(crate) fn unknown(what: &'static str, id: &str) -> Self {
        Self::Unknown { what, id: id.to_owned() }
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let (status, field) = match &self {
            Self::Invalid { field, .. } => (StatusCode::BAD_REQUEST, Some(field.clone())),
            Self::Unknown { .. } => (StatusCode::NOT_FOUND, None),
            Self::NoWebhook => (StatusCode::CONFLICT, None),
            Self::Handshake { .. } => (StatusCode::BAD_GATEWAY, None),
        };
        (status, Json(json!({"error": {"message": self.to_string(), "field": field}}))).into_response()
    }
}
