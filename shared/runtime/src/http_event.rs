//! What of API Gateway's event (payload format 2.0) matters to a webhook, and the answer. Everything else in the event is skipped
//! unread: it is several times the size of what is needed.
use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// `H` and `Q` name the headers and the parameters of the query that are read. Header names come in small letters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent<H, Q = IgnoredAny> {
    #[serde(default)]
    pub headers: H,
    request_context: RequestContext,
    pub query_string_parameters: Option<Q>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

impl<H, Q> HttpEvent<H, Q> {
    pub fn method(&self) -> &str {
        &self.request_context.http.method
    }

    /// The exact bytes that were posted. None where they were not passed on whole.
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        let body = self.body.as_deref().unwrap_or_default();
        if self.is_base64_encoded { STANDARD.decode(body).ok().map(Cow::Owned) } else { Some(body.as_bytes().into()) }
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
    pub fn text(status_code: u16, body: &str) -> HttpAnswer {
        let headers = AnswerHeaders { content_type: "text/plain; charset=utf-8" };
        HttpAnswer { status_code, headers, body: body.to_owned(), is_base64_encoded: false }
    }

    pub fn empty(status_code: u16) -> HttpAnswer {
        HttpAnswer::text(status_code, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_the_bytes_that_were_posted() {
        for (body, bytes) in [
            (r#""body": "{\"a\": 1}", "isBase64Encoded": false"#, Some(&b"{\"a\": 1}"[..])),
            (r#""body": "eyJhIjogMX0=", "isBase64Encoded": true"#, Some(b"{\"a\": 1}")),
            (r#""body": "&", "isBase64Encoded": true"#, None),
            (r#""isBase64Encoded": false"#, Some(b"")),
        ] {
            let event = format!(r#"{{"headers": {{}}, "requestContext": {{"http": {{"method": "POST"}}}}, {body}}}"#);
            let event: HttpEvent<IgnoredAny> = serde_json::from_str(&event).unwrap();
            assert_eq!((event.method(), event.bytes().as_deref()), ("POST", bytes), "{body}");
        }
    }
}
