//! Why an invocation ended without a response, worded as Lambda words it.

use std::time::Duration;

use serde_json::{Value, json};

/// The ways in which an invocation fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    #[error("the template has no function {0}")]
    UnknownFunction(String),
    #[error("the stack is shutting down")]
    Closed,
    #[error("{function}: the event has {size} bytes; Lambda takes at most 6 MB")]
    RequestTooLarge { function: String, size: usize },
    #[error("{function}: the response has {size} bytes; Lambda returns at most 6 MB")]
    ResponseTooLarge { function: String, size: usize },
    #[error("{function}: cannot start {program}: {reason}")]
    Spawn { function: String, program: String, reason: String },
    /// The process did not get as far as asking for its first event.
    #[error("{function}: initialisation failed: {reason}")]
    Init { function: String, reason: String },
    #[error("{function}: RequestId: {request_id} Error: Task timed out after {:.2} seconds", after.as_secs_f64())]
    TimedOut { function: String, request_id: String, after: Duration },
    /// The process ended in the middle of the invocation.
    #[error("{function}: RequestId: {request_id} Error: Runtime exited with error: {status}")]
    Exited { function: String, request_id: String, status: String },
    /// The function itself reported an error.
    #[error("{function}: {error_type}: {message}")]
    Unhandled { function: String, error_type: String, message: String },
}

impl InvokeError {
    /// Lambda's name for the failure.
    #[must_use]
    pub fn error_type(&self) -> &str {
        match self {
            Self::UnknownFunction(_) => "ResourceNotFoundException",
            Self::Closed => "ServiceException",
            Self::RequestTooLarge { .. } => "RequestTooLargeException",
            Self::ResponseTooLarge { .. } => "Function.ResponseSizeTooLarge",
            Self::Spawn { .. } => "Runtime.InvalidEntrypoint",
            Self::Init { .. } => "Runtime.InitError",
            Self::TimedOut { .. } => "Sandbox.Timedout",
            Self::Exited { .. } => "Runtime.ExitError",
            Self::Unhandled { error_type, .. } => error_type,
        }
    }

    /// The error a function reported by a body as the Runtime API documents it; what is missing is filled in.
    pub(super) fn reported(function: &str, body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_else(|_| json!({}));
        let member =
            |name: &str, fallback: &str| value.get(name).and_then(Value::as_str).unwrap_or(fallback).to_owned();
        Self::Unhandled {
            function: function.to_owned(),
            error_type: member("errorType", "Unhandled"),
            message: member("errorMessage", &String::from_utf8_lossy(body)),
        }
    }
}
