//! What a function returned, as the HTTP response that API Gateway makes of it.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::Value;

/// A response of payload format 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    cookies: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// Reads what the function returned: an object with `statusCode`, or any other JSON, which is the body of a 200.
///
/// # Errors
/// Why it is no response.
pub(super) fn read(returned: &[u8]) -> Result<Response, String> {
    let value: Value = serde_json::from_slice(returned).map_err(|error| format!("it is not JSON: {error}"))?;
    if value.get("statusCode").is_none() {
        return bare(&value);
    }
    let reply: Reply = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let body = match reply.body {
        Some(body) if reply.is_base64_encoded => {
            BASE64_STANDARD.decode(body).map_err(|error| format!("its body is not base64: {error}"))?.into()
        }
        Some(body) => Bytes::from(body),
        None => Bytes::new(),
    };
    let mut response =
        Response::builder().status(reply.status_code).body(Body::from(body)).map_err(|error| error.to_string())?;
    let headers = response.headers_mut();
    for (name, value) in &reply.headers {
        let name = HeaderName::try_from(name).map_err(|error| format!("header {name}: {error}"))?;
        headers.insert(name, header_value(&plain(value))?);
    }
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    // These describe the connection, which is not the function's.
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRANSFER_ENCODING);
    for cookie in &reply.cookies {
        headers.append(header::SET_COOKIE, header_value(cookie)?);
    }
    Ok(response)
}

fn bare(value: &Value) -> Result<Response, String> {
    let builder = Response::builder().header(header::CONTENT_TYPE, "application/json");
    builder.body(Body::from(plain(value))).map_err(|error| error.to_string())
}

/// A string as it is, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn header_value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::try_from(text).map_err(|error| format!("header value: {error}"))
}
