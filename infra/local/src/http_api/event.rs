//! The event of payload format 2.0, from a request and its route.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::request::Parts;
use http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use super::routes::Found;
use crate::{random, wall_clock};

/// A request as it came in.
pub(super) struct Incoming<'a> {
    pub(super) parts: &'a Parts,
    /// The decoded path.
    pub(super) path: &'a str,
    pub(super) body: &'a [u8],
    pub(super) peer: SocketAddr,
    pub(super) request_id: &'a str,
    pub(super) account: &'a str,
}

/// The event for the function. Members without content are left out, as API Gateway leaves them out.
pub(super) fn build(incoming: &Incoming<'_>, found: &Found<'_>) -> Value {
    let parts = incoming.parts;
    let query = parts.uri.query().unwrap_or_default();
    let mut event = Map::new();
    event.insert("version".into(), json!("2.0"));
    event.insert("routeKey".into(), json!(found.key));
    event.insert("rawPath".into(), json!(incoming.path));
    event.insert("rawQueryString".into(), json!(query));
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event.insert("cookies".into(), json!(cookies));
    }
    event.insert("headers".into(), json!(headers(incoming)));
    if !query.is_empty() {
        event.insert("queryStringParameters".into(), json!(query_parameters(query)));
    }
    event.insert("requestContext".into(), context(incoming, found));
    if !found.parameters.is_empty() {
        event.insert("pathParameters".into(), json!(found.parameters));
    }
    if incoming.body.is_empty() {
        event.insert("isBase64Encoded".into(), json!(false));
    } else {
        let text = std::str::from_utf8(incoming.body).ok().filter(|_| is_text(&parts.headers));
        event.insert(
            "body".into(),
            text.map_or_else(|| json!(BASE64_STANDARD.encode(incoming.body)), |text| json!(text)),
        );
        event.insert("isBase64Encoded".into(), json!(text.is_none()));
    }
    Value::Object(event)
}

fn context(incoming: &Incoming<'_>, found: &Found<'_>) -> Value {
    let now = wall_clock::now();
    let headers = &incoming.parts.headers;
    let host = text(headers, &header::HOST);
    json!({
        "accountId": incoming.account,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.split('.').next(),
        "http": {
            "method": incoming.parts.method.as_str(),
            "path": incoming.path,
            "protocol": format!("{:?}", incoming.parts.version),
            "sourceIp": incoming.peer.ip().to_string(),
            "userAgent": text(headers, &header::USER_AGENT),
        },
        "requestId": incoming.request_id,
        "routeKey": found.key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "timeEpoch": now.as_millisecond(),
    })
}

/// Names in lower case, the values of one name joined by a comma; the cookie header has a place of its own.
fn headers(incoming: &Incoming<'_>) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in incoming.parts.headers.iter().filter(|(name, _)| *name != header::COOKIE) {
        append(&mut joined, name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
    }
    append(&mut joined, "x-forwarded-for", &incoming.peer.ip().to_string());
    for (name, value) in [("x-forwarded-port", "443"), ("x-forwarded-proto", "https")] {
        joined.insert(name.to_owned(), value.to_owned());
    }
    let trace = format!("Root=1-{:08x}-{}", wall_clock::now_ms() / 1000, random::token::<12>());
    joined.entry("x-amzn-trace-id".to_owned()).or_insert(trace);
    joined
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let all =
        headers.get_all(header::COOKIE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    all.flat_map(|line| line.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>()).collect()
}

pub(crate) fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        append(&mut joined, &decode(name, true), &decode(value, true));
    }
    joined
}

fn append(joined: &mut BTreeMap<String, String>, name: &str, value: &str) {
    joined
        .entry(name.to_owned())
        .and_modify(|earlier| {
            earlier.push(',');
            earlier.push_str(value);
        })
        .or_insert_with(|| value.to_owned());
}

/// Undoes percent-encoding, and `+` for a space where `plus` says so. What is not valid encoding stays as it is.
pub(crate) fn decode(text: &str, plus: bool) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = if byte == b'%' { after.first_chunk::<2>().and_then(hex_byte) } else { None };
        rest = if escaped.is_some() { &after[2..] } else { after };
        decoded.push(escaped.unwrap_or(if plus && byte == b'+' { b' ' } else { byte }));
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex_byte(digits: &[u8; 2]) -> Option<u8> {
    let mut byte = [0];
    hex::decode_to_slice(digits, &mut byte).ok()?;
    Some(byte[0])
}

/// Whether API Gateway hands a body of this type over as text: exactly these types, and not a request without a type.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = text(headers, &header::CONTENT_TYPE).to_ascii_lowercase();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/") || ["application/json", "application/xml", "application/javascript"].contains(&essence)
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
