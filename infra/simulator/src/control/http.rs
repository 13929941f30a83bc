//! The control operations over HTTP, under `/_control`: JSON in and out; what a request has too much is refused by name.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Control;
use super::orders::{ControlError, Preference, Raw, Resume, TemplateOrder, Told, Verbatim};
use crate::core::Core;
use crate::state::charges::Charge;
use crate::state::customers::{Customer, CustomerInput};
use crate::state::deliveries::{Attempt, Delivery};
use crate::state::faults::FaultOrder;
use crate::state::media::{Medium, MediumInput, MediumPatch};
use crate::state::plans::{PlanOrder, StatusPlan};
use crate::state::reviews::{Act, ReviewOrder, ReviewPlan};
use crate::state::sends::SendRecord;
use crate::state::settings::{Settings, SettingsPatch};
use crate::state::templates::Template;
use crate::state::uploads::UploadedFile;
use crate::webhook::inbound::Inbound;
use crate::webhook::payload::Shape;

pub(crate) fn router() -> Router<Arc<Core>> {
    Router::new()
        .route("/customers", get(customers).post(put_customer))
        .route("/inbound", post(inbound))
        .route("/inbound/batch", post(inbound_batch))
        .route("/media", get(media).post(put_medium))
        .route("/media/{id}", axum::routing::patch(change_medium))
        .route("/preferences", post(preferences))
        .route("/raw", post(raw))
        .route("/deliver", post(deliver))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/status-plan", get(plans).put(set_plan).post(add_plan).delete(clear_plans))
        .route("/templates", get(templates).post(put_template))
        .route("/templates/{id}", post(play).delete(delete_template))
        .route("/review-plan", get(reviews).put(set_review).post(add_review).delete(clear_reviews))
        .route("/uploads", get(uploaded).post(know_handle))
        .route("/charges", get(charges).post(add_charge).delete(clear_charges))
        .route("/sends", get(sends).delete(clear_sends))
        .route("/deliveries", get(deliveries).delete(clear_deliveries))
        .route("/deliveries/{id}", get(delivery))
        .route("/webhook", put(set_webhook).get(webhook))
        .route("/webhook/pause", post(pause))
        .route("/webhook/resume", post(resume))
        .route("/webhook/drain", post(drain))
        .route("/settings", get(settings).patch(change_settings))
        .route("/reset", post(reset))
        .nest("/stripe", super::stripe::router())
        .fallback(unknown)
}

/// A JSON body read with the path of what is wrong in it. An empty body counts as `{}`.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ControlError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ControlError> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| ControlError::invalid("body", error.to_string()))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let mut reader = serde_json::Deserializer::from_slice(text);
        serde_path_to_error::deserialize(&mut reader)
            .map(Body)
            .map_err(|error| ControlError::invalid(&error.path().to_string(), error.inner().to_string()))
    }
}

/// What every route works on.
pub(super) type Shared = State<Arc<Core>>;

pub(super) fn control(State(core): Shared) -> Control {
    Control { core }
}

async fn customers(core: Shared) -> Json<Vec<Customer>> {
    Json(control(core).customers())
}

async fn put_customer(core: Shared, Body(input): Body<CustomerInput>) -> Json<Customer> {
    Json(control(core).put_customer(input))
}

async fn inbound(core: Shared, Body(message): Body<Inbound>) -> Result<Json<Told>, ControlError> {
    control(core).inbound(message).map(Json)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    messages: Vec<Inbound>,
    #[serde(default)]
    shape: Shape,
}

async fn inbound_batch(core: Shared, Body(batch): Body<Batch>) -> Result<Json<Vec<Told>>, ControlError> {
    control(core).inbound_batch(batch.messages, batch.shape).map(Json)
}

async fn media(core: Shared) -> Json<Vec<Medium>> {
    Json(control(core).media())
}

async fn put_medium(core: Shared, Body(input): Body<MediumInput>) -> Result<Json<Medium>, ControlError> {
    control(core).put_medium(&input).map(Json)
}

async fn change_medium(
    core: Shared,
    Path(id): Path<String>,
    Body(patch): Body<MediumPatch>,
) -> Result<Json<Medium>, ControlError> {
    control(core).change_medium(&id, &patch).map(Json)
}

async fn preferences(core: Shared, Body(preference): Body<Preference>) -> Result<Json<Value>, ControlError> {
    control(core).set_preference(&preference).map(queued)
}

async fn raw(core: Shared, Body(raw): Body<Raw>) -> Json<Value> {
    queued(control(core).raw(raw))
}

fn queued(delivery: u64) -> Json<Value> {
    Json(json!({"delivery": delivery}))
}

async fn deliver(core: Shared, Body(verbatim): Body<Verbatim>) -> Result<Json<Vec<Attempt>>, ControlError> {
    control(core).deliver(verbatim).await.map(Json)
}

async fn faults(core: Shared) -> Json<Vec<FaultOrder>> {
    Json(control(core).faults())
}

async fn add_fault(core: Shared, Body(order): Body<FaultOrder>) -> StatusCode {
    control(core).add_fault(order);
    StatusCode::NO_CONTENT
}

async fn clear_faults(core: Shared) -> StatusCode {
    control(core).clear_faults();
    StatusCode::NO_CONTENT
}

async fn plans(core: Shared) -> Json<Value> {
    let (default, next) = control(core).plans();
    Json(json!({"default": default, "next": next}))
}

async fn set_plan(core: Shared, Body(plan): Body<StatusPlan>) -> StatusCode {
    control(core).set_default_plan(plan);
    StatusCode::NO_CONTENT
}

async fn add_plan(core: Shared, Body(order): Body<PlanOrder>) -> StatusCode {
    control(core).add_plan(order);
    StatusCode::NO_CONTENT
}

async fn clear_plans(core: Shared) -> StatusCode {
    control(core).clear_plans();
    StatusCode::NO_CONTENT
}

async fn templates(core: Shared) -> Json<Vec<Template>> {
    Json(control(core).templates())
}

async fn put_template(core: Shared, Body(order): Body<TemplateOrder>) -> Json<Template> {
    Json(control(core).put_template(order))
}

async fn delete_template(core: Shared, Path(id): Path<String>) -> Result<StatusCode, ControlError> {
    control(core).delete_template(&id).map(|()| StatusCode::NO_CONTENT)
}

async fn play(core: Shared, Path(id): Path<String>, Body(act): Body<Act>) -> Result<StatusCode, ControlError> {
    control(core).play(&id, act).map(|()| StatusCode::NO_CONTENT)
}

async fn reviews(core: Shared) -> Json<Value> {
    let (default, next) = control(core).reviews();
    Json(json!({"default": default, "next": next}))
}

async fn set_review(core: Shared, Body(plan): Body<ReviewPlan>) -> StatusCode {
    control(core).set_default_review(plan);
    StatusCode::NO_CONTENT
}

async fn add_review(core: Shared, Body(order): Body<ReviewOrder>) -> StatusCode {
    control(core).add_review(order);
    StatusCode::NO_CONTENT
}

async fn clear_reviews(core: Shared) -> StatusCode {
    control(core).clear_reviews();
    StatusCode::NO_CONTENT
}

async fn uploaded(core: Shared) -> Json<Vec<UploadedFile>> {
    Json(control(core).uploaded())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handle {
    handle: String,
    file_type: String,
}

async fn know_handle(core: Shared, Body(file): Body<Handle>) -> StatusCode {
    control(core).know_handle(&file.handle, &file.file_type);
    StatusCode::NO_CONTENT
}

async fn charges(core: Shared) -> Json<Vec<Charge>> {
    Json(control(core).charges())
}

async fn add_charge(core: Shared, Body(charge): Body<Charge>) -> StatusCode {
    control(core).add_charge(charge);
    StatusCode::NO_CONTENT
}

async fn clear_charges(core: Shared) -> StatusCode {
    control(core).clear_charges();
    StatusCode::NO_CONTENT
}

async fn sends(core: Shared) -> Json<Vec<SendRecord>> {
    Json(control(core).sends())
}

async fn clear_sends(core: Shared) -> StatusCode {
    control(core).clear_sends();
    StatusCode::NO_CONTENT
}

async fn deliveries(core: Shared) -> Json<Vec<Delivery>> {
    Json(control(core).deliveries())
}

async fn delivery(core: Shared, Path(id): Path<u64>) -> Result<Json<Delivery>, ControlError> {
    control(core).delivery(id).map(Json).ok_or_else(|| ControlError::unknown("delivery", &id.to_string()))
}

async fn clear_deliveries(core: Shared) -> StatusCode {
    control(core).clear_deliveries();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    url: String,
    #[serde(default = "yes")]
    verify: bool,
}

fn yes() -> bool {
    true
}

async fn webhook(core: Shared) -> Json<Value> {
    Json(json!({"url": control(core).webhook()}))
}

async fn set_webhook(core: Shared, Body(webhook): Body<Webhook>) -> Result<StatusCode, ControlError> {
    let control = control(core);
    let set = if webhook.verify {
        control.set_webhook(&webhook.url).await
    } else {
        control.set_webhook_unverified(&webhook.url)
    };
    set.map(|()| StatusCode::NO_CONTENT).map_err(|error| ControlError::Handshake { reason: format!("{error:#}") })
}

async fn pause(core: Shared) -> StatusCode {
    control(core).pause();
    StatusCode::NO_CONTENT
}

async fn resume(core: Shared, Body(resume): Body<Resume>) -> StatusCode {
    control(core).resume(resume);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drain {
    #[serde(default = "ten_seconds")]
    timeout_ms: u64,
}

fn ten_seconds() -> u64 {
    10_000
}

async fn drain(core: Shared, Body(drain): Body<Drain>) -> Json<Value> {
    let drained = control(core).drain(Duration::from_millis(drain.timeout_ms)).await;
    Json(json!({"drained": drained}))
}

async fn settings(core: Shared) -> Json<Settings> {
    Json(control(core).settings())
}

async fn change_settings(core: Shared, Body(patch): Body<SettingsPatch>) -> Json<Settings> {
    Json(control(core).change_settings(patch))
}

async fn reset(core: Shared) -> StatusCode {
    control(core).reset();
    StatusCode::NO_CONTENT
}

async fn unknown(uri: Uri) -> Response {
    let message = format!("there is no control operation {}; infra/simulator/README.md lists them", uri.path());
    (StatusCode::NOT_FOUND, Json(json!({"error": {"message": message, "field": null}}))).into_response()
}
