//! What of API Gateway's event (payload format 2.0) matters here, and the answer. Everything else in the event is skipped
//! unread: it is several times the size of what is needed.
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    #[serde(default)]
    headers: Headers,
    request_context: RequestContext,
    #[serde(default)]
    query_string_parameters: Query,
    pub body: Option<String>,
    #[serde(default)]
    pub is_base64_encoded: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Headers {
    #[serde(rename = "x-hub-signature-256")]
    signature: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

#[derive(Debug, Default, Deserialize)]
struct Query {
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    #[serde(rename = "hub.verify_token")]
    verify_token: Option<String>,
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
}

/// The handshake's parameters.
pub(crate) struct Handshake<'a> {
    pub(crate) mode: Option<&'a str>,
    pub(crate) verify_token: Option<&'a str>,
    pub(crate) challenge: Option<&'a str>,
}

impl HttpEvent {
    pub(crate) fn method(&self) -> &str {
        &self.request_context.http.method
    }

    pub(crate) fn signature(&self) -> Option<&str> {
        self.headers.signature.as_deref()
    }

    pub(crate) fn query(&self) -> Handshake<'_> {
        let query = &self.query_string_parameters;
        Handshake {
            mode: query.mode.as_deref(),
            verify_token: query.verify_token.as_deref(),
            challenge: query.challenge.as_deref(),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpAnswer {
    status_code: u16,
    headers: AnswerHeaders,
    body: String,
    is_base64_encoded: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct AnswerHeaders {
    #[serde(rename = "content-type")]
    content_type: &'static str,
}

impl HttpAnswer {
    pub(crate) fn text(status_code: u16, body: &str) -> HttpAnswer {
        let headers = AnswerHeaders { content_type: "text/plain; charset=utf-8" };
        HttpAnswer { status_code, headers, body: body.to_owned(), is_base64_encoded: false }
    }

    pub(crate) fn empty(status_code: u16) -> HttpAnswer {
        HttpAnswer::text(status_code, "")
    }
}
