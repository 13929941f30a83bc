//! Meta's errors: the table of codes with their HTTP status and title, and the body in which they come.

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::ids;

/// What is known of a code. `status` is the one in Meta's table, also where rates are concerned (400, not 429).
pub(crate) struct Known {
    pub(crate) code: i64,
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    pub(crate) details: Option<&'static str>,
}

const fn row(code: i64, status: u16, title: &'static str) -> Known {
    Known { code, status, title, details: None }
}

const fn detailed(code: i64, status: u16, title: &'static str, details: &'static str) -> Known {
    Known { code, status, title, details: Some(details) }
}

const TABLE: &[Known] = &[
    row(0, 401, "AuthException"),
    row(1, 400, "API Unknown"),
    row(2, 503, "API Service"),
    row(3, 500, "API Method"),
    row(4, 400, "Application request limit reached"),
    row(10, 403, "Application does not have permission for this action"),
    row(17, 429, "User request limit reached"),
    row(33, 400, "Parameter value is not valid"),
    row(100, 400, "Invalid parameter"),
    row(104, 401, "An access token is required to request this resource"),
    row(190, 401, "Invalid OAuth access token"),
    row(200, 403, "API Permission"),
    row(368, 403, "Temporarily blocked for policies violations"),
    row(613, 429, "Calls to this api have exceeded the rate limit"),
    row(803, 404, "Object not found"),
    row(80_007, 400, "Rate limit issues"),
    row(130_403, 400, "User is blocked by the business"),
    detailed(130_429, 400, "Rate limit hit", "Cloud API message throughput has been reached."),
    detailed(
        130_472,
        400,
        "User's number is part of an experiment",
        "Failed to send message because this user's phone number is part of an experiment",
    ),
    row(130_497, 403, "Business account is restricted from messaging users in this country"),
    detailed(131_000, 500, "Something went wrong", "Message failed to send due to an unknown error."),
    row(131_005, 403, "Access denied"),
    row(131_008, 400, "Required parameter is missing"),
    row(131_009, 400, "Parameter value is not valid"),
    detailed(131_016, 500, "Service unavailable", "A service is temporarily unavailable."),
    row(131_021, 400, "Recipient cannot be sender"),
    detailed(131_026, 400, "Message undeliverable", "Message Undeliverable."),
    row(131_030, 400, "Recipient phone number not in allowed list"),
    row(131_031, 403, "Business Account locked"),
    row(131_036, 400, "Message payload is no longer available"),
    row(131_037, 400, "Display name approval is needed before this number can send messages"),
    detailed(
        131_042,
        400,
        "Business eligibility payment issue",
        "Message failed to send because there were one or more errors related to your payment method.",
    ),
    row(131_045, 500, "Incorrect certificate"),
    detailed(
        131_047,
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    detailed(
        131_048,
        400,
        "Spam rate limit hit",
        "Message failed to send because there are restrictions on how many messages can be sent from this phone number.",
    ),
    detailed(
        131_049,
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
    ),
    detailed(
        131_050,
        400,
        "User has stopped marketing messages",
        "The user has chosen to stop receiving marketing messages from this business.",
    ),
    row(131_051, 400, "Unsupported message type"),
    row(131_052, 400, "Media download error"),
    detailed(131_053, 400, "Media upload error", "The media could not be fetched from its link."),
    row(131_055, 400, "Method not allowed"),
    detailed(
        131_056,
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages sent from this phone number to the same phone number in a short period of time.",
    ),
    row(131_057, 500, "Account in maintenance mode"),
    row(131_059, 400, "Invalid paging cursor"),
    row(131_061, 400, "Template cannot be sent through this endpoint"),
    row(131_062, 400, "Business-scoped User ID (BSUID) recipients are not supported for this message."),
    row(131_063, 400, "Marketing messages are disabled on Cloud API"),
    row(131_070, 400, "The thread is owned by another responder"),
    row(132_000, 400, "Number of parameters does not match the expected number of params"),
    row(132_001, 404, "Template name does not exist in the translation"),
    row(132_005, 400, "Translated text too long"),
    row(132_007, 400, "Template format character policy violated"),
    row(132_012, 400, "Parameter format does not match format in the created template"),
    row(132_015, 400, "Template is Paused"),
    row(132_016, 400, "Template is Disabled"),
    row(132_018, 400, "There's an issue with the parameters in your template"),
    row(132_068, 400, "Flow is blocked"),
    row(132_069, 400, "Flow is throttled"),
    row(133_000, 500, "Incomplete deregistration"),
    row(133_004, 503, "Server is temporarily unavailable"),
    row(133_005, 400, "Two step verification PIN mismatch"),
    row(133_006, 400, "Phone number re-verification needed"),
    row(133_010, 400, "Phone number is not registered"),
    row(133_015, 400, "Please wait a few minutes before registering this phone number"),
    row(133_016, 400, "Account register or deregister rate limit exceeded"),
    row(134_011, 400, "WhatsApp Payments terms of service has not been accepted"),
    row(134_100, 400, "Only marketing messages are supported"),
    row(134_101, 400, "Template is still syncing"),
    row(134_102, 400, "Template is not available"),
    row(135_000, 400, "Generic user error"),
    row(137_000, 400, "Identity key hash mismatch"),
];

/// A code that is not in the table: the caller chose it and gives what it wants told.
const OTHER: Known = row(-1, 400, "Unknown error");

pub(crate) fn known(code: i64) -> &'static Known {
    TABLE.iter().find(|known| known.code == code).unwrap_or(&OTHER)
}

/// A refusal in Meta's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    pub status: u16,
    pub code: i64,
    pub subcode: Option<i64>,
    /// `OAuthException` or `GraphMethodException`.
    pub kind: &'static str,
    pub message: String,
    /// `error_data.details`: what a program may build on, beside the code.
    pub details: Option<String>,
    pub is_transient: Option<bool>,
    /// `error_user_title` and `error_user_msg`: what management calls say to people, in place of details.
    pub user: Option<Box<(String, String)>>,
}

impl GraphError {
    /// The error of a code, with its own title and details.
    pub(crate) fn of(code: i64) -> Self {
        let Known { status, title, details, .. } = *known(code);
        Self {
            status,
            code,
            subcode: None,
            kind: "OAuthException",
            message: format!("(#{code}) {title}"),
            details: details.map(str::to_owned),
            is_transient: None,
            user: None,
        }
    }

    pub(crate) fn detailed(code: i64, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::of(code) }
    }

    /// 100: a parameter of the call itself is wrong.
    pub(crate) fn parameter(details: impl Into<String>) -> Self {
        Self::detailed(100, details)
    }

    /// 100 with a subcode: a template breaks a rule of Meta's, told in words for people.
    pub(crate) fn template(subcode: i64, title: &str, message: impl Into<String>) -> Self {
        let user = Some(Box::new((title.to_owned(), message.into())));
        Self {
            message: "Invalid parameter".into(),
            subcode: Some(subcode),
            is_transient: Some(false),
            user,
            ..Self::of(100)
        }
    }

    /// 131008: something that the message's type needs is not there.
    pub(crate) fn missing(path: &str) -> Self {
        Self::detailed(131_008, format!("Parameter '{path}' is missing."))
    }

    /// 131009: something is there and not allowed so.
    pub(crate) fn invalid(details: impl Into<String>) -> Self {
        Self::detailed(131_009, details)
    }

    pub(crate) fn bad_token() -> Self {
        Self {
            message: "Invalid OAuth access token - Cannot parse access token".into(),
            details: None,
            ..Self::of(190)
        }
    }

    pub(crate) fn no_token() -> Self {
        Self { message: "An access token is required to request this resource.".into(), details: None, ..Self::of(104) }
    }

    /// 100 with subcode 33: no such object, or not ours, or not this kind of request.
    pub(crate) fn unsupported(method: &Method, id: &str) -> Self {
        let verb = method.as_str().to_ascii_lowercase();
        let message = format!(
            "Unsupported {verb} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does \
             not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
        );
        Self { subcode: Some(33), kind: "GraphMethodException", message, details: None, ..Self::of(100) }
    }

    pub(crate) fn unknown_path(path: &str) -> Self {
        let message = format!("Unknown path components: {path}");
        Self { code: 2500, message, details: None, ..Self::of(100) }
    }

    pub(crate) fn body(&self) -> Value {
        let mut error = Map::new();
        error.insert("message".into(), self.message.as_str().into());
        error.insert("type".into(), self.kind.into());
        error.insert("code".into(), self.code.into());
        if let Some(details) = &self.details {
            error.insert("error_data".into(), json!({"messaging_product": "whatsapp", "details": details}));
        }
        if let Some(subcode) = self.subcode {
            error.insert("error_subcode".into(), subcode.into());
        }
        if let Some(transient) = self.is_transient {
            error.insert("is_transient".into(), transient.into());
        }
        if let Some((title, message)) = self.user.as_deref() {
            error.insert("error_user_title".into(), title.as_str().into());
            error.insert("error_user_msg".into(), message.as_str().into());
        }
        error.insert("fbtrace_id".into(), ids::trace().into());
        json!({"error": error})
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, axum::Json(self.body())).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = format!("OAuth \"Facebook Platform\" \"invalid_token\" \"{}\"", self.message);
            if let Ok(challenge) = challenge.parse() {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_metas_form() {
        let body = GraphError::detailed(131_056, "Too fast").body();
        let error = body.get("error").unwrap();
        assert_eq!(error.get("message").unwrap(), "(#131056) (Business Account, Consumer Account) pair rate limit hit");
        assert_eq!(error.get("type").unwrap(), "OAuthException");
        assert_eq!(error.get("code").unwrap(), 131_056);
        assert_eq!(error.get("error_data").unwrap(), &json!({"messaging_product": "whatsapp", "details": "Too fast"}));
        assert!(error.get("fbtrace_id").unwrap().is_string());
    }

    #[test]
    fn the_table_has_each_code_once() {
        let mut codes: Vec<i64> = TABLE.iter().map(|known| known.code).collect();
        codes.dedup();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
    }
}
