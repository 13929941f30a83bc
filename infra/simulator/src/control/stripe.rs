//! The control side of Stripe: what happens there, where its events go and in what order, and what was asked of it.

use std::sync::Arc;

use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Control;
use super::http::{Body, Shared, control};
use super::orders::ControlError;
use crate::core::Core;
use crate::state::deliveries::Peer;
use crate::state::stripe::{Event, EventPlan, StripeRequest};
use crate::stripe::desk::Desk;
use crate::stripe::play::StripeAct;
use crate::webhook::deliver;

/// In what order events leave that were held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As they happened, and at once.
    #[default]
    AsTheyCame,
    /// The last one first, each when the one after it was tried.
    Reversed,
}

/// What Stripe is called and signs by; what is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StripeKeys {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// Each signs every event: two while a secret is rolled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_secrets: Option<Vec<String>>,
}

impl Control {
    /// Where Stripe's events go. None leave without.
    pub fn set_stripe_webhook(&self, url: &str) -> anyhow::Result<()> {
        let uri = deliver::callback(url)?;
        self.core.open_gate(|state| state.stripe.endpoint = Some(uri));
        Ok(())
    }

    /// Makes something happen at Stripe; what came of it, as its API would show it.
    pub fn play_stripe(&self, act: StripeAct) -> Result<Value, ControlError> {
        self.core.write(|state| Desk { core: &self.core, state, key: None }.play(act))
    }

    /// Everything that Stripe has: `sessions`, `payments`, `customers`, `methods`, `refunds`, `disputes`, `events`.
    pub fn stripe_books(&self) -> Value {
        self.core.write(|state| Desk { core: &self.core, state, key: None }.books())
    }

    /// Everything that Stripe told, oldest first, delivered or not.
    pub fn stripe_events(&self) -> Vec<Event> {
        self.core.read(|state| state.stripe.events.iter().cloned().collect())
    }

    /// Every call of Stripe's API, oldest first.
    pub fn stripe_requests(&self) -> Vec<StripeRequest> {
        self.core.read(|state| state.stripe.requests.iter().cloned().collect())
    }

    /// The next events that fit are told so.
    pub fn add_event_plan(&self, plan: EventPlan) {
        self.core.write(|state| state.stripe.plans.push(plan));
    }

    pub fn clear_event_plans(&self) {
        self.core.write(|state| state.stripe.plans.clear());
    }

    /// Holds Stripe's events back.
    pub fn pause_stripe(&self) {
        self.core.open_gate(|state| state.stripe.paused = true);
    }

    pub fn resume_stripe(&self, order: Order) {
        self.core.open_gate(|state| {
            state.stripe.paused = false;
            if order == Order::Reversed {
                let mut later = None;
                let held = state.deliveries.values_mut().rev();
                for one in held.filter(|one| one.peer == Peer::Stripe && one.attempts.is_empty()) {
                    one.after = later.replace(one.id);
                }
            }
        });
    }

    /// Plays a rotation of the key of the API or of the secrets that sign events.
    pub fn change_stripe_keys(&self, keys: StripeKeys) {
        self.core.write(|state| {
            state.stripe.key = keys.api_key.or_else(|| state.stripe.key.take());
            state.stripe.secrets = keys.webhook_secrets.or_else(|| state.stripe.secrets.take());
        });
    }
}

pub(super) fn router() -> Router<Arc<Core>> {
    Router::new()
        .route("/", get(books).post(play))
        .route("/requests", get(requests))
        .route("/event-plan", post(plan).delete(clear_plans))
        .route("/webhook", put(set_webhook))
        .route("/pause", post(pause))
        .route("/resume", post(resume))
        .route("/keys", put(keys))
}

async fn books(core: Shared) -> Json<Value> {
    Json(control(core).stripe_books())
}

async fn play(core: Shared, Body(act): Body<StripeAct>) -> Result<Json<Value>, ControlError> {
    control(core).play_stripe(act).map(Json)
}

async fn requests(core: Shared) -> Json<Vec<StripeRequest>> {
    Json(control(core).stripe_requests())
}

async fn plan(core: Shared, Body(plan): Body<EventPlan>) -> StatusCode {
    control(core).add_event_plan(plan);
    StatusCode::NO_CONTENT
}

async fn clear_plans(core: Shared) -> StatusCode {
    control(core).clear_event_plans();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    url: String,
}

async fn set_webhook(core: Shared, Body(webhook): Body<Webhook>) -> Result<StatusCode, ControlError> {
    let set = control(core).set_stripe_webhook(&webhook.url);
    set.map(|()| StatusCode::NO_CONTENT).map_err(|error| ControlError::invalid("url", format!("{error:#}")))
}

async fn pause(core: Shared) -> StatusCode {
    control(core).pause_stripe();
    StatusCode::NO_CONTENT
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Resume {
    order: Order,
}

async fn resume(core: Shared, Body(resume): Body<Resume>) -> StatusCode {
    control(core).resume_stripe(resume.order);
    StatusCode::NO_CONTENT
}

async fn keys(core: Shared, Body(keys): Body<StripeKeys>) -> StatusCode {
    control(core).change_stripe_keys(keys);
    StatusCode::NO_CONTENT
}
