//! All that a request brings, checked: the id in its path, its query, its body. A part that a route does not take must not
//! be there. What is well formed and changes something is noted in the audit log before the handler is given it.
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use lambda_http::http::HeaderMap;
use lambda_http::http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::App;
use crate::audit::{Note, Sent};
use crate::fields::Identifier;
use crate::idempotent::Fingerprint;
use crate::problem::Problem;

mod errors;

/// The largest body that is read, in bytes.
pub(crate) const BODY_MAX: usize = 256 * 1024;

pub(crate) struct Input<P = Nothing, Q = Nothing, B = Nothing> {
    /// The id in the path.
    pub(crate) id: P,
    pub(crate) query: Q,
    pub(crate) body: B,
    /// What tells this request from others, for its `Idempotency-Key`.
    pub(crate) fingerprint: Fingerprint,
}

/// No id, no parameter, no member.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

pub(crate) trait FromPath: Sized {
    fn read(segment: Option<&str>) -> Result<Self, Problem>;
}

impl FromPath for Nothing {
    fn read(_: Option<&str>) -> Result<Nothing, Problem> {
        Ok(Nothing {})
    }
}

impl<T: Identifier> FromPath for T {
    fn read(segment: Option<&str>) -> Result<T, Problem> {
        segment.and_then(T::read).ok_or_else(|| Problem::field("id", T::expected()))
    }
}

impl<P, Q, B> FromRequest<App> for Input<P, Q, B>
where
    P: FromPath + Send,
    Q: DeserializeOwned + Send,
    B: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Input<P, Q, B>, Problem> {
        let (mut parts, body) = request.into_parts();
        let segments = RawPathParams::from_request_parts(&mut parts, app).await;
        let segments = segments.map_err(|_| Problem::field("path", "must be percent-encoded UTF-8"))?;
        let target = segments.iter().next().map(|(_, segment)| segment);
        let id = P::read(target)?;
        let query = read_query(parts.uri.query().unwrap_or_default())?;
        // The body is in memory already, so its size is all that can be wrong here.
        let bytes = axum::body::to_bytes(body, BODY_MAX).await.map_err(|_| Problem::BodyTooLarge)?;
        let fingerprint = Fingerprint::of(&parts, &bytes)?;
        let body = read_body(&parts.headers, &bytes)?;
        if let Some(note) = parts.extensions.get::<Note>() {
            let query = parts.uri.query().unwrap_or_default();
            note.write(app, Sent { target, query, body: &bytes, idempotency: fingerprint.key() }).await?;
        }
        Ok(Input { id, query, body, fingerprint })
    }
}

fn read_query<Q: DeserializeOwned>(query: &str) -> Result<Q, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let field = error.path().to_string();
        errors::field(&field, &error.into_inner().to_string())
    })
}

/// No body reads as an empty object, and a table as an object that has nothing but it.
fn read_body<B: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<B, Problem> {
    if bytes.is_empty() {
        return parse(b"{}");
    }
    match media_type(headers).as_str() {
        "application/json" => parse(bytes),
        "text/csv" => {
            let table = std::str::from_utf8(bytes).map_err(|_| Problem::field("body", "must be UTF-8"))?;
            parse(serde_json::json!({"csv": table}).to_string().as_bytes())
        }
        _ => Err(Problem::UnsupportedMediaType),
    }
}

/// A part of a body whose form depends on the rest; `path` is where it stands.
pub(crate) fn parse_value<T: DeserializeOwned>(path: &str, value: serde_json::Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().to_string();
        let place = match inner.as_str() {
            "." => path.to_owned(),
            inner if inner.starts_with('[') => format!("{path}{inner}"),
            inner => format!("{path}.{inner}"),
        };
        errors::json(&place, &error.into_inner())
    })
}

fn media_type(headers: &HeaderMap) -> String {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn parse<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Problem> {
    // serde would read a list of a body's values as the body.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::field("body", "must be an object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        errors::json(&field, &error.into_inner())
    })?;
    json.end().map_err(|error| errors::json("", &error))?;
    Ok(body)
}
