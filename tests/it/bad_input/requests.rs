//! Requests as nobody should send them, and what every refusal must look like.
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::Value;

use crate::world::World;

const JSON: (&str, &str) = ("content-type", "application/json");

/// Whoever sends them.
pub(crate) struct Client {
    http: net::Http,
    url: String,
    key: String,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(world: &World) -> Client {
        Client {
            http: net::Http::new(None).unwrap(),
            url: world.stack.api_url(),
            key: world.stack.admin_key().to_owned(),
        }
    }

    /// A request with these headers and no others.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let answer = self.http.send(request.body(body.into()).unwrap(), Duration::from_secs(60)).await.unwrap();
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        Reply { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
    }

    /// With a good key.
    pub(crate) async fn with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        let bearer = format!("Bearer {}", self.key);
        let all: Vec<(&str, &str)> =
            [("authorization", bearer.as_str())].into_iter().chain(headers.iter().copied()).collect();
        self.send(method, path, &all, body).await
    }

    pub(crate) async fn json(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.with(method, path, &[JSON], body.to_string()).await
    }

    pub(crate) async fn text(&self, method: &str, path: &str, body: impl Into<Bytes>) -> Reply {
        self.with(method, path, &[JSON], body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.with("GET", path, &[], Bytes::new()).await
    }

    /// With another key, and a body that nothing takes.
    pub(crate) async fn as_role(&self, key: &str, method: &str, path: &str) -> Reply {
        let bearer = format!("Bearer {key}");
        let body = if method == "GET" { "" } else { r#"{"surprise": 1}"# };
        self.send(method, path, &[("authorization", &bearer), JSON], body).await
    }
}

impl Reply {
    /// It is a refusal as every other: RFC 9457, and no fault of ours.
    pub(crate) fn is_problem(&self, what: &str) {
        assert!((400..500).contains(&self.status), "{what}: {self:?}");
        let content_type = self.headers.get("content-type").map(|value| value.to_str().unwrap());
        assert_eq!(content_type, Some("application/problem+json"), "{what}: {self:?}");
        assert_eq!(self.body["status"], self.status, "{what}");
        for member in ["type", "title", "detail"] {
            assert!(
                self.body[member].as_str().is_some_and(|text| !text.is_empty()),
                "{what}: no {member} in {}",
                self.body
            );
        }
    }

    pub(crate) fn is(&self, status: u16, what: &str) {
        self.is_problem(what);
        assert_eq!(self.status, status, "{what}: {}", self.body);
    }

    /// It says that this field is wrong, and why.
    pub(crate) fn names(&self, field: &str, what: &str) {
        self.is_problem(what);
        assert!(matches!(self.status, 400 | 422), "{what}: {}", self.body);
        let errors = self.body["errors"].as_array().unwrap_or_else(|| panic!("{what}: no field in {}", self.body));
        let error = errors.iter().find(|error| error["field"] == field);
        let error = error.unwrap_or_else(|| panic!("{what}: {field} is not named in {}", self.body));
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{what}: {error}");
    }
}

/// All that the lists of the API show, but for the audit log: it holds what was asked for, also what came to nothing.
pub(crate) async fn state(world: &World) -> Vec<(String, Value)> {
    let mut state = Vec::new();
    for operation in super::document::closed() {
        if operation.method == "GET" && !operation.has_id() && operation.path != "/v1/audit" {
            let mut answer = world.call("GET", &operation.path, None).await;
            // What only a user has is not there for the administrator's key.
            assert!(answer.status == 200 || answer.body["type"].to_string().contains("user-needed"), "{answer:?}");
            for item in answer.body["items"].as_array_mut().into_iter().flatten() {
                // It counts down.
                item["window"]["remaining_seconds"].take();
            }
            state.push((operation.path.clone(), answer.body));
        }
    }
    state
}

/// Nothing was written or sent.
pub(crate) async fn is_unchanged(world: &World, before: &[(String, Value)]) {
    world.settle().await;
    for ((path, before), (_, after)) in before.iter().zip(state(world).await) {
        assert_eq!(*before, after, "{path}");
    }
    assert!(world.sends().is_empty());
}
