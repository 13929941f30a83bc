//! The log of what was delivered, tries that somebody asks for, and a try of a webhook itself.
use axum::Json;
use axum::extract::State;
use domain::event::{Event, EventKind};
use domain::ids;
use domain::webhook as entity;
use runtime::{clock, random};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::load;
use super::rights::EventReader;
use super::view::{DeliveryDetail, DeliveryView};
use crate::fields::{DeliveryId, DeliveryState, Identifier, WebhookId};
use crate::input::Input;
use crate::page::{self, Limit, Listing, Place};
use crate::problem::{Outside, Problem};
use crate::{Answer, App, EDIT_TRIES_MAX};

const LIST: &str = "deliveries";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveriesQuery {
    /// Only those in this state.
    #[param(inline)]
    state: Option<DeliveryState>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Place>,
}

async fn find(app: &App, id: &ids::DeliveryId) -> Result<entity::Delivery, Problem> {
    let delivery = app.store.delivery_get(id).await?;
    delivery.ok_or_else(|| Problem::NotFound { what: ids::DeliveryId::WHAT, id: id.to_string() })
}

/// Lists the deliveries of a webhook, those of the latest event first. They are kept for 30 days. It takes the scope
/// `events:read` too.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries",
    params(("id" = WebhookId, Path), DeliveriesQuery),
    responses((status = 200, body = Listing<DeliveryView>))
)]
pub(super) async fn of_webhook(
    State(app): State<App>,
    _: EventReader,
    Input { id, query, .. }: Input<ids::WebhookId, DeliveriesQuery>,
) -> Answer<Listing<DeliveryView>> {
    let state = query.state.map(|word| word.0);
    // A place in the list of one state is none in that of another.
    let list = state.map_or_else(|| LIST.to_owned(), |state| format!("{LIST}-{state}"));
    let cursor = page::cursor(query.cursor.as_ref(), &list)?;
    load(&app, &id).await?;
    let page = app.store.deliveries_page(&id, state, query.limit.0, cursor.as_ref()).await?;
    Ok(Json(Listing::of(&list, page, DeliveryView::from)))
}

/// Reads a delivery with what it says. It takes the scope `events:read` too.
#[utoipa::path(
    get,
    path = "/v1/webhooks/deliveries/{id}",
    params(("id" = DeliveryId, Path)),
    responses((status = 200, body = DeliveryDetail))
)]
pub(super) async fn read_delivery(
    State(app): State<App>,
    _: EventReader,
    Input { id, .. }: Input<ids::DeliveryId>,
) -> Answer<DeliveryDetail> {
    Ok(Json(find(&app, &id).await?.into()))
}

/// Delivers an event anew, now, with all tries before it. It takes the scope `events:read` too.
#[utoipa::path(
    post,
    path = "/v1/webhooks/deliveries/{id}/retry",
    params(("id" = DeliveryId, Path)),
    responses((status = 200, body = DeliveryView))
)]
pub(super) async fn retry(
    State(app): State<App>,
    _: EventReader,
    Input { id, .. }: Input<ids::DeliveryId>,
) -> Answer<DeliveryView> {
    for _ in 0..EDIT_TRIES_MAX {
        let seen = find(&app, &id).await?;
        active(&load(&app, &seen.webhook_id).await?)?;
        let asked_by = format!("retry {}", seen.revision);
        let Some(again) = seen.asked_again(&asked_by) else { return Err(Outside::DeliveryUnderWay.into()) };
        if app.store.delivery_update(&again).await? {
            return Ok(Json(again.into()));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Tries out a webhook: it gets an event `webhook.tested`, whatever it asks for otherwise.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/test",
    params(("id" = WebhookId, Path)),
    responses((status = 200, body = DeliveryView))
)]
pub(super) async fn test(State(app): State<App>, Input { id, .. }: Input<ids::WebhookId>) -> Answer<DeliveryView> {
    let webhook = load(&app, &id).await?;
    active(&webhook)?;
    let now = clock::now();
    let event = Event {
        id: ids::EventId::new(now, random::entropy()),
        kind: EventKind::WebhookTested,
        at: now,
        channel_id: None,
        contact_id: None,
        conversation_id: None,
        data: json!({"webhook_id": webhook.id.as_str()}),
    };
    let delivery = entity::Delivery::queued(&webhook.id, event, None, now);
    app.store.delivery_create(&delivery).await?;
    Ok(Json(delivery.into()))
}

/// What is paused gets nothing, whoever asks for it.
pub(super) fn active(webhook: &entity::Webhook) -> Result<(), Problem> {
    if webhook.paused.is_none() { Ok(()) } else { Err(Outside::WebhookPaused.into()) }
}
