//! Notes each change in the audit log before it is made, and afterwards what came of it.
//!
//! Guarantee: a request that changes something is not worked on before its entry is in the table. What the caller sent wrong
//! is refused before that and changes nothing. Left out are messages and marks, which come in numbers and carry their
//! author themselves ([`UNNOTED`]).
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use domain::access::Actor;
use domain::audit::{Ask, Entry, Head, field_names};
use lambda_http::http::{Method, StatusCode};
use runtime::{chain, clock, random};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::StoreError;

use crate::App;
use crate::auth::Caller;
use crate::problem::Problem;

/// What changes nothing, or tells by itself who did it and comes too often for one chain.
const UNNOTED: &[(&str, &str)] = &[
    ("POST", "/v1/conversations/{id}/read"),
    ("POST", "/v1/conversations/{id}/typing"),
    ("POST", "/v1/live/tickets"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/preview"),
    ("POST", "/v1/notifications/{id}/dismiss"),
    ("POST", "/v1/notifications/{id}/open"),
    ("POST", "/v1/notifications/{id}/snooze"),
];
/// How often an entry is tried when others come first: for some ten seconds, in which hundreds at once find their places. And the
/// longest pause before the first repetition, which grows with each up to a bound.
const TRIES_MAX: u32 = 80;
const PAUSE_MS: u64 = 8;
const PAUSE_GROWS_UNTIL: u32 = 30;
/// An answer that names what was made is far smaller.
const ANSWER_MAX: usize = 1024 * 1024;

/// The end of the chain as this process knows it.
#[derive(Default)]
pub(crate) struct Chain(Mutex<Option<Head>>);

impl Chain {
    fn known(&self) -> Option<Head> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, head: Head) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
    }
}

/// What is to be noted of one request.
#[derive(Clone)]
pub(crate) struct Note {
    actor: Actor,
    credential: String,
    method: Method,
    route: String,
    entry: Arc<Mutex<Option<Entry>>>,
}

/// What of a request comes into its entry.
pub(crate) struct Sent<'a> {
    pub(crate) target: Option<&'a str>,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) idempotency: Option<&'a str>,
}

impl Note {
    /// Nothing for what changes nothing.
    pub(crate) fn of(caller: &Caller, request: &Request) -> Option<Note> {
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>()?.as_str().to_owned();
        let is_unnoted = UNNOTED.iter().any(|unnoted| *unnoted == (method.as_str(), route.as_str()));
        let is_reading = method == Method::GET || method == Method::HEAD;
        (!is_reading && !is_unnoted).then(|| Note {
            actor: caller.actor(),
            credential: caller.key.clone(),
            method,
            route,
            entry: Arc::default(),
        })
    }

    /// Writes the entry. The handler comes after it.
    pub(crate) async fn write(&self, app: &App, sent: Sent<'_>) -> Result<(), Problem> {
        let ask = Ask {
            at: clock::now(),
            actor: self.actor.clone(),
            credential: self.credential.clone(),
            method: self.method.to_string(),
            route: self.route.clone(),
            target: sent.target.map(str::to_owned),
            fields: fields(sent.query, sent.body),
            idempotency: sent.idempotency.map(|key| hex::encode(Sha256::digest(key))),
        };
        let entry = append(app, ask).await?;
        *self.entry.lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
        Ok(())
    }

    /// Adds what was answered. That it could not be added undoes nothing of what was done.
    pub(crate) async fn answered(self, app: &App, response: Response) -> Response {
        let entry = self.entry.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(entry) = entry else {
            if response.status().is_success() {
                return Problem::Internal(format!("{} {} was not noted", self.method, self.route).into())
                    .into_response();
            }
            return response;
        };
        let status = response.status();
        let (response, made) = if matches!(status, StatusCode::CREATED | StatusCode::ACCEPTED) {
            made(response).await
        } else {
            (response, None)
        };
        if let Err(error) = app.store.audit_answer(&entry, status.as_u16(), made.as_deref()).await {
            tracing::warn!(error = chain(&error), number = entry.number, "an outcome is missing in the audit log");
        }
        response
    }
}

/// The answer, and the id in it.
async fn made(response: Response) -> (Response, Option<String>) {
    let (parts, body) = response.into_parts();
    match to_bytes(body, ANSWER_MAX).await {
        Ok(bytes) => {
            let id =
                serde_json::from_slice::<Value>(&bytes).ok().and_then(|body| body["id"].as_str().map(str::to_owned));
            (Response::from_parts(parts, Body::from(bytes)), id)
        }
        Err(error) => (Problem::Internal(error.into()).into_response(), None),
    }
}

/// Puts an entry behind the end of the chain, wherever that is by now.
async fn append(app: &App, ask: Ask) -> Result<Entry, Problem> {
    for attempt in 1..=TRIES_MAX {
        let head = match app.chain.known() {
            Some(head) => head,
            None => app.store.audit_head().await?,
        };
        let entry = Entry::next(&head, ask.clone());
        match app.store.audit_add(&head, &entry).await {
            Ok(Ok(())) => {
                app.chain.learn(entry.head());
                return Ok(entry);
            }
            Ok(Err(head)) => app.chain.learn(head),
            Err(StoreError::Contended { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(pause(attempt)).await;
    }
    Err(Problem::Unavailable("the audit log is written to by too many at once".into()))
}

/// Longer with each attempt, and of another length for everybody.
fn pause(attempt: u32) -> Duration {
    let [draw, ..] = random::entropy();
    Duration::from_millis(PAUSE_MS * u64::from(attempt.min(PAUSE_GROWS_UNTIL)) * u64::from(draw) / 255)
}

/// Names of parameters, of members, and of the members of these.
fn fields(query: &str, body: &[u8]) -> Vec<String> {
    let parameters = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| format!("{name}"));
    let mut names: Vec<String> = parameters.collect();
    if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
        for (name, value) in members {
            match value.as_object().filter(|inner| !inner.is_empty()) {
                Some(inner) => names.extend(inner.keys().map(|inner| format!("{name}.{inner}"))),
                None => names.push(name),
            }
        }
    }
    field_names(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_noted_and_never_what_they_say() {
        let body = br#"{"name": "Ann", "limits": {"marketing": 3}, "tags": ["vip"], "fields": {}}"#;
        assert_eq!(fields("replace=true", body), ["replace", "fields", "limits.marketing", "name", "tags"]);
        assert_eq!(fields("", b"phone,purpose\n+1650"), Vec::<String>::new());
    }
}
