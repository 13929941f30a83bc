//! The Stripe side: what a business asks of Stripe to be paid, the page that its buyers pay at, and the events that tell of it.
//!
//! A call needs the key and the version; a call with a key against repetition is carried out once, and answered the same again.

mod afterwards;
mod amounts;
mod cards;
pub(crate) mod desk;
mod errors;
mod form;
mod intents;
mod objects;
pub(crate) mod page;
pub(crate) mod play;
pub(crate) mod sessions;
pub(crate) mod sign;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::clock;
use crate::core::Core;
use crate::graph::fault;
use crate::graph::parameters;
use crate::socket::Link;
use crate::state::faults::{Fault, Operation};
use crate::state::stripe::{SavedAnswer, StripeRequest};
use desk::Desk;
use errors::StripeError;
use form::Form;

/// The one version that is served.
pub(crate) const VERSION: &str = "2026-09-30.endive";
const KEY_LENGTH_MAX: usize = 255;

pub(crate) fn router() -> Router<Arc<Core>> {
    Router::new()
        .route("/v1/{*path}", any(answer))
        .route("/pay/{session}", get(page::show).post(page::pay))
        .fallback(async |method: Method, uri: http::Uri| StripeError::unrecognized(&method, uri.path()))
}

/// One call of Stripe's API.
struct Call {
    method: Method,
    /// Without `/v1/`.
    path: String,
    form: Form,
    headers: HeaderMap,
    link: Link,
}

impl FromRequest<Arc<Core>> for Call {
    type Rejection = StripeError;

    async fn from_request(request: Request, core: &Arc<Core>) -> Result<Self, StripeError> {
        let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
        let link = request.extensions().get::<ConnectInfo<Link>>();
        let link = link.map_or_else(Link::default, |ConnectInfo(link)| link.clone());
        let path = uri.path().strip_prefix("/v1/").unwrap_or_default().to_owned();
        let body = Bytes::from_request(request, core).await;
        let body = body.map_err(|error| StripeError::invalid("body", error.to_string()))?;
        let text =
            if method == Method::GET { uri.query().unwrap_or_default().into() } else { String::from_utf8_lossy(&body) };
        Ok(Self { method, path, form: Form(parameters(&text)), headers, link })
    }
}

impl Call {
    fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn key(&self) -> Option<String> {
        self.header("idempotency-key").filter(|_| self.method == Method::POST).map(str::to_owned)
    }

    fn operation(&self) -> Operation {
        match (self.method == Method::POST, self.path.as_str()) {
            (true, "checkout/sessions") => Operation::StripeCheckouts,
            (true, "payment_intents") => Operation::StripeCharges,
            _ => Operation::StripeOther,
        }
    }

    fn record(&self) -> StripeRequest {
        StripeRequest {
            method: self.method.to_string(),
            path: format!("/v1/{}", self.path),
            parameters: self.form.0.clone(),
            idempotency_key: self.key(),
            fault: None,
            status: None,
            replayed: false,
        }
    }
}

async fn answer(State(core): State<Arc<Core>>, call: Call) -> Response {
    let struck = core.write(|state| state.take_fault(call.operation(), None));
    let name = struck.as_ref().map(|fault| fault.name().to_owned());
    let mut record = StripeRequest { fault: name, ..call.record() };
    let (pause, struck) = match struck {
        // The wait lies before the end of the request, so that another one by the same key meets it.
        Some(Fault::Slow { delay_ms }) => (Duration::from_millis(delay_ms), None),
        Some(Fault::Error { code, status, .. }) => {
            let status = status.or(u16::try_from(code).ok()).unwrap_or(500);
            core.write(|state| state.stripe.requests.push_back(record));
            return StripeError::of_status(status).into_response();
        }
        other => (Duration::ZERO, other),
    };
    let carry_out = async {
        let (status, body, replayed) = carry_out(&core, &call, pause).await;
        (record.status, record.replayed) = (Some(status), replayed);
        core.write(|state| state.stripe.requests.push_back(record.clone()));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(body)).into_response();
        if replayed {
            response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        response.headers_mut().insert("stripe-version", HeaderValue::from_static(VERSION));
        response
    };
    fault::under(&core, &call.link, struck, carry_out).await
}

/// Status and body of the answer, and whether it is an earlier one.
async fn carry_out(core: &Arc<Core>, call: &Call, pause: Duration) -> (u16, Value, bool) {
    let fresh = |answer: Result<Value, StripeError>| match answer {
        Ok(body) => (200, body, false),
        Err(error) => (error.status, error.body(), false),
    };
    if let Err(error) = admit(core, call) {
        return fresh(Err(error));
    }
    let Some(key) = call.key() else {
        tokio::time::sleep(pause).await;
        return fresh(core.write(|state| act(&mut Desk { core, state, key: None }, call)));
    };
    match begin(core, call, &key) {
        Err(error) => return fresh(Err(error)),
        Ok(Some(earlier)) => return (earlier.status, earlier.body, true),
        Ok(None) => {}
    }
    tokio::time::sleep(pause).await;
    core.write(|state| {
        let answer = act(&mut Desk { core, state, key: Some(key.clone()) }, call);
        let keeps = answer.as_ref().map_or_else(StripeError::is_outcome, |_| true);
        let (status, body, replayed) = fresh(answer);
        state.stripe.in_flight.remove(&key);
        if keeps {
            let saved = SavedAnswer { asked: asked(call), status, body: body.clone(), at_s: clock::now_s() };
            state.stripe.answers.insert(key, saved);
        }
        (status, body, replayed)
    })
}

/// What an idempotency key is bound to.
fn asked(call: &Call) -> String {
    format!("{} {}", call.path, call.form.fingerprint())
}

/// Takes the key, unless it was answered before.
fn begin(core: &Core, call: &Call, key: &str) -> Result<Option<SavedAnswer>, StripeError> {
    if key.len() > KEY_LENGTH_MAX {
        let message = format!("Idempotency keys are limited to {KEY_LENGTH_MAX} characters");
        return Err(StripeError::invalid("idempotency_key", message));
    }
    core.write(|state| {
        if let Some(earlier) = state.stripe.answers.get(key) {
            let is_same = earlier.asked == asked(call);
            return if is_same { Ok(Some(earlier.clone())) } else { Err(StripeError::other_parameters(key)) };
        }
        if state.stripe.in_flight.insert(key.to_owned()) { Ok(None) } else { Err(StripeError::in_flight(key)) }
    })
}

/// The key, and the version, which Stripe itself would take from the account where a caller leaves it out.
fn admit(core: &Core, call: &Call) -> Result<(), StripeError> {
    let key = core.read(|state| state.stripe.key.clone()).unwrap_or_else(|| core.config.stripe_key.clone());
    match call.header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")) {
        None => return Err(StripeError::no_key()),
        Some(given) if given != key => return Err(StripeError::wrong_key()),
        Some(_) => {}
    }
    match call.header("stripe-version") {
        Some(VERSION) => {}
        given => {
            let message = format!("Invalid Stripe API version: {}", given.unwrap_or("none"));
            return Err(StripeError::invalid("stripe_version", message));
        }
    }
    let is_form = call.header(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/x-www-form"));
    if call.method == Method::POST && !call.form.0.is_empty() && !is_form {
        let message = "The request body must be application/x-www-form-urlencoded.";
        return Err(StripeError::invalid("content_type", message));
    }
    Ok(())
}

fn act(desk: &mut Desk<'_>, call: &Call) -> Result<Value, StripeError> {
    let form = &call.form;
    let segments: Vec<&str> = call.path.split('/').collect();
    let none = |what: &'static str, id: &str| StripeError::no_such(what, id, None);
    match (call.method.as_str(), segments.as_slice()) {
        ("POST", ["checkout", "sessions"]) => desk.create_session(form),
        ("GET", ["checkout", "sessions", id]) => {
            form.expect(&["expand[]"])?;
            desk.session(id).ok_or_else(|| none("checkout.session", id))
        }
        ("POST", ["checkout", "sessions", id, "expire"]) => {
            let is_there = desk.session(id).is_some();
            match desk.expire(id) {
                true => Ok(desk.session(id).unwrap_or_default()),
                false if is_there => {
                    Err(StripeError::invalid("session", "Only open Checkout Sessions can be expired."))
                }
                false => Err(none("checkout.session", id)),
            }
        }
        ("POST", ["payment_intents"]) => desk.create_intent(form),
        ("GET", ["payment_intents"]) => desk.list_intents(form),
        ("GET", ["payment_intents", id]) => desk.show_intent(id, form),
        ("POST", ["refunds"]) => desk.create_refund(form),
        ("GET", ["refunds", id]) => {
            desk.state.stripe.refunds.get(*id).map(objects::refund).ok_or_else(|| none("refund", id))
        }
        ("GET", ["disputes", id]) => {
            desk.state.stripe.disputes.get(*id).map(objects::dispute).ok_or_else(|| none("dispute", id))
        }
        ("POST", ["customers"]) => desk.create_customer(form),
        ("GET", ["customers", id]) => {
            desk.state.stripe.customers.get(*id).map(objects::customer).ok_or_else(|| none("customer", id))
        }
        ("DELETE", ["customers", id]) => {
            let deleted = json!({"id": id, "object": "customer", "deleted": true});
            if desk.delete_customer(id) { Ok(deleted) } else { Err(none("customer", id)) }
        }
        ("GET", ["payment_methods", id]) => {
            desk.state.stripe.methods.get(*id).map(objects::method).ok_or_else(|| none("PaymentMethod", id))
        }
        ("POST", ["payment_methods", id, "detach"]) => match desk.detach(id) {
            true => Ok(desk.state.stripe.methods.get(*id).map(objects::method).unwrap_or_default()),
            false => Err(none("PaymentMethod", id)),
        },
        _ => Err(StripeError::unrecognized(&call.method, &format!("/v1/{}", call.path))),
    }
}
