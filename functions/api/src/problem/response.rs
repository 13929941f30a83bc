//! A problem on the wire: RFC 9457.
use axum::response::{IntoResponse, Response};
use domain::sending::Refusal;
use lambda_http::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::http::{HeaderValue, StatusCode};
use runtime::chain;
use serde::Serialize;
use utoipa::ToSchema;
use whatsapp::send::Violation;

use super::{Problem, template};
use crate::fields::{Purpose, Stamp, Word};

const TYPES: &str = "https://casement.dev/problems/";
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// One thing that is wrong with the input.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Where: a path such as `to.phone`, or the name of a parameter.
    pub(crate) field: String,
    pub(crate) message: String,
    /// The number that was exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<usize>,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), message: message.into(), limit: None }
    }
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> FieldError {
        FieldError { field: violation.field, message: violation.message, limit: violation.limit }
    }
}

/// Why a request was refused (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Stable; its last part says why, `window-closed` for example.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Option<Vec<FieldError>>)]
    errors: &'a [FieldError],
    /// The id of what exists already, or of who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// When the same request may succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Stamp>,
    /// The limit that is reached, and how much of it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<u64>,
    /// What the consent that is wanting is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
    /// Since when it is withdrawn, or waits for the person's yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Stamp>,
}

impl Problem {
    pub(crate) fn body(&self) -> ProblemBody<'_> {
        let (code, status, title) = self.facts();
        let mut body = ProblemBody {
            kind: format!("{TYPES}{code}"),
            title,
            status: status.as_u16(),
            detail: self.detail(),
            errors: &[],
            id: None,
            not_before: None,
            limit: None,
            used: None,
            purpose: None,
            since: None,
        };
        match self {
            Problem::InvalidInput(errors)
            | Problem::UnknownReference(errors)
            | Problem::InvalidMessage(errors)
            | Problem::TooLong(errors)
            | Problem::AttachmentNotReady(errors)
            | Problem::FileRefused(errors)
            | Problem::TemplateRules(errors)
            | Problem::InvalidRates(errors)
            | Problem::TemplateParameters(errors) => body.errors = errors,
            Problem::AlreadyExists { id, .. } | Problem::KeyShownOnce { id } => body.id = Some(id),
            Problem::AlreadyTaken { by } => body.id = Some(by.as_str()),
            Problem::Outside(refusal) => (body.errors, body.id) = (refusal.errors(), refusal.id()),
            Problem::SendRefused(Refusal::MessagingLimit { limit, used, room_at }) => {
                (body.limit, body.used, body.not_before) = (Some(*limit), Some(*used), room_at.map(Stamp));
            }
            Problem::SendRefused(Refusal::FrequencyCap { cap, not_before, .. }) => {
                (body.limit, body.not_before) = (Some(cap.messages.into()), Some(Stamp(*not_before)));
            }
            Problem::Text(problem) => (body.errors, body.id) = (problem.errors(), problem.id()),
            Problem::TooEarly { not_before } => body.not_before = Some(Stamp(*not_before)),
            Problem::TemplateDenied(denied) => body.not_before = template::not_before(denied).map(Stamp),
            Problem::SendRefused(Refusal::NoConsent(lack)) => {
                body.purpose = Some(Word(lack.purpose));
                body.since = lack.since.map(Stamp);
            }
            Problem::MalformedJson { .. }
            | Problem::Unauthenticated(_)
            | Problem::Forbidden(_)
            | Problem::NotScheduled { .. }
            | Problem::NotFound { .. }
            | Problem::NoSuchRoute { .. }
            | Problem::MethodNotAllowed { .. }
            | Problem::NotInDoubt { .. }
            | Problem::NotRetriable { .. }
            | Problem::NotScanned { .. }
            | Problem::ChangedMeanwhile
            | Problem::UserNeeded
            | Problem::ViewNotYours
            | Problem::GroupInUse
            | Problem::OnYourself
            | Problem::UnknownUser
            | Problem::BodyTooLarge
            | Problem::UnsupportedMediaType
            | Problem::RefusedByMeta(_)
            | Problem::SendRefused(_)
            | Problem::OtherCurrency { .. }
            | Problem::NoActiveChannel
            | Problem::PaymentsNotConfigured
            | Problem::NoSavedCard
            | Problem::NoWallet
            | Problem::IdempotencyKeyReused
            | Problem::Unavailable(_)
            | Problem::Internal(_) => {}
        }
        body
    }

    fn log(&self) {
        if let Problem::Unavailable(source) | Problem::Internal(source) = self {
            tracing::error!(error = chain(source.as_ref()), "a request failed on our side");
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let (_, status, _) = self.facts();
        let mut response = (status, axum::Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
