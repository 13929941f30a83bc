//! Stripe's errors in the body in which they come.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StripeError {
    pub(crate) status: u16,
    /// `invalid_request_error`, `card_error`, `idempotency_error` or `api_error`.
    pub(crate) kind: &'static str,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    /// What a card error has beside these.
    pub(crate) more: Map<String, Value>,
}

impl StripeError {
    pub(crate) fn new(status: u16, kind: &'static str, code: Option<&str>, message: impl Into<String>) -> Self {
        let (code, message) = (code.map(str::to_owned), message.into());
        Self { status, kind, code, message, param: None, more: Map::new() }
    }

    fn about(self, param: &str) -> Self {
        Self { param: Some(param.to_owned()), ..self }
    }

    fn request(code: Option<&str>, message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", code, message)
    }

    pub(crate) fn unknown(param: &str) -> Self {
        Self::request(Some("parameter_unknown"), format!("Received unknown parameter: {param}")).about(param)
    }

    pub(crate) fn missing(param: &str) -> Self {
        Self::request(Some("parameter_missing"), format!("Missing required param: {param}.")).about(param)
    }

    pub(crate) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::request(None, message).about(param)
    }

    pub(crate) fn coded(code: &str, param: &str, message: impl Into<String>) -> Self {
        Self::request(Some(code), message).about(param)
    }

    /// 404 where the object is what is asked for, 400 where a parameter names it.
    pub(crate) fn no_such(what: &str, id: &str, param: Option<&str>) -> Self {
        let message = format!("No such {what}: '{id}'");
        let error = Self::new(404, "invalid_request_error", Some("resource_missing"), message);
        match param {
            Some(param) => Self { status: 400, ..error }.about(param),
            None => error.about("id"),
        }
    }

    pub(crate) fn unrecognized(method: &http::Method, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs");
        Self::new(404, "invalid_request_error", None, message)
    }

    pub(crate) fn no_key() -> Self {
        Self::new(401, "invalid_request_error", None, "You did not provide an API key.")
    }

    pub(crate) fn wrong_key() -> Self {
        Self::new(401, "invalid_request_error", None, "Invalid API Key provided: sk_test_***")
    }

    pub(crate) fn other_parameters(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key \
             other than '{key}' if you meant to execute a different request."
        );
        Self::new(400, "idempotency_error", None, message)
    }

    pub(crate) fn in_flight(key: &str) -> Self {
        let message = format!("There is currently another in-progress request using this Idempotent Key: {key}.");
        Self::new(409, "idempotency_error", Some("idempotency_key_in_use"), message)
    }

    /// What a fault of this status says.
    pub(crate) fn of_status(status: u16) -> Self {
        let (kind, code) = match status {
            429 => ("invalid_request_error", Some("rate_limit")),
            500.. => ("api_error", None),
            _ => ("invalid_request_error", None),
        };
        Self::new(status, kind, code, "An error was ordered of the simulator.")
    }

    /// Whether it is what a request came to, and not that it was no proper request: only the former is repeated to its key.
    pub(crate) fn is_outcome(&self) -> bool {
        self.status == 402 || self.status >= 500
    }

    pub(crate) fn body(&self) -> Value {
        let mut error = Map::new();
        error.insert("type".into(), self.kind.into());
        error.insert("message".into(), self.message.clone().into());
        if let Some(code) = &self.code {
            error.insert("code".into(), code.clone().into());
            error.insert("doc_url".into(), format!("https://stripe.com/docs/error-codes/{code}").into());
        }
        if let Some(param) = &self.param {
            error.insert("param".into(), param.clone().into());
        }
        error.extend(self.more.clone());
        json!({"error": error})
    }
}

impl IntoResponse for StripeError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(self.body())).into_response()
    }
}
