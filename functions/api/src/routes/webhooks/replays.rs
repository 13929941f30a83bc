//! Jobs that deliver the kept events of a time again.
use axum::Json;
use axum::extract::State;
use domain::ids;
use domain::webhook as entity;
use lambda_http::http::StatusCode;
use serde::Deserialize;
use store::Put;
use utoipa::ToSchema;

use super::deliveries::active;
use super::rights::EventReader;
use super::view::ReplayView;
use super::{PATTERNS_MAX, load};
use crate::fields::{Identifier, Moment, Pattern, ReplayId, WebhookId};
use crate::input::{Input, Nothing};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReplay {
    from: Moment,
    /// To before this time; until now if absent.
    to: Option<Moment>,
    /// Of the types that the webhook takes, only these.
    #[serde(default)]
    #[schema(max_items = 50)]
    types: Vec<Pattern>,
}

/// Delivers the events of a time again, with the ids that they had: those of the journal, and then those of single messages
/// (`message.received` and its like) that the webhook took, or would have taken while it was paused. It takes the scope
/// `events:read` too.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/replay",
    params(("id" = WebhookId, Path)),
    request_body = NewReplay,
    responses((status = 202, body = ReplayView))
)]
pub(super) async fn replay(
    State(app): State<App>,
    EventReader(caller): EventReader,
    Input { id, body, fingerprint, .. }: Input<ids::WebhookId, Nothing, NewReplay>,
) -> AnswerWith<ReplayView> {
    active(&load(&app, &id).await?)?;
    if body.types.len() > PATTERNS_MAX {
        return Err(Problem::field("types", format!("must be at most {PATTERNS_MAX} types")));
    }
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let to = body.to.map_or(ticket.at, |Moment(to)| to).min(ticket.at);
    if to <= body.from.0 {
        return Err(Problem::field("from", "must be before `to`, and in the past"));
    }
    let replay = entity::Replay {
        id: ids::ReplayId::new(ticket.at, ticket.entropy),
        webhook_id: id,
        // Nothing is kept from before.
        from: body.from.0.max(ticket.at.minus(entity::EVENTS_KEPT)),
        to,
        types: body.types.into_iter().map(|pattern| pattern.0).collect(),
        state: entity::ReplayState::Running,
        is_in_log: false,
        last: None,
        looked_at: 0,
        asked_for: 0,
        requested_at: ticket.at,
        settled_at: None,
        revision: 0,
    };
    let replay = match app.store.replay_create(&replay).await? {
        Put::Written => replay,
        Put::Exists(before) => before,
    };
    Ok((StatusCode::ACCEPTED, Json(replay.into())))
}

/// Reads how far a replay is. It takes the scope `events:read` too.
#[utoipa::path(
    get,
    path = "/v1/webhooks/replays/{id}",
    params(("id" = ReplayId, Path)),
    responses((status = 200, body = ReplayView))
)]
pub(super) async fn read_replay(
    State(app): State<App>,
    _: EventReader,
    Input { id, .. }: Input<ids::ReplayId>,
) -> Answer<ReplayView> {
    let replay = app.store.replay_get(&id).await?;
    let replay = replay.ok_or_else(|| Problem::NotFound { what: ids::ReplayId::WHAT, id: id.to_string() })?;
    Ok(Json(replay.into()))
}
