//! Messages: sending, reading, and deciding about one in doubt.
//!
//! Sending here is writing the message as queued; the table's stream carries it to message-send.
use axum::Json;
use axum::extract::{Extension, State};
use domain::ids;
use domain::message as entity;
use domain::sending::{Grounds, Situation, permit, resolvable_at};
use lambda_http::http::StatusCode;
use runtime::clock;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Identifier, MessageId, vocabulary};
use crate::idempotent::Ticket;
use crate::input::{Input, Nothing};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App, sight};

mod agreed;
mod attach;
mod compose;
mod examine;
mod merge;
mod plan;
mod preview;
mod price;
mod send;
mod target;
mod told;
mod view;

use compose::NewMessage;
use preview::PreviewView;
pub(super) use view::MessageView;
use view::SentView;

area! {
    WriteInbox: create, preview, resolve;
    ReadInbox: read;
}

domain::words! {
    pub(crate) enum Decision {
        /// Queue it again. The customer may then receive it twice.
        Resend = "resend",
        GiveUp = "give_up",
    }
}

vocabulary! { ResolveAction = Decision }

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    action: ResolveAction,
}

/// A message whose conversation is in sight.
pub(super) async fn find(app: &App, caller: &Caller, id: &ids::MessageId) -> Result<entity::Message, Problem> {
    sight::message(app, caller, id).await?;
    load(app, id).await
}

pub(super) async fn load(app: &App, id: &ids::MessageId) -> Result<entity::Message, Problem> {
    let message = app.store.message_get(id).await?;
    let mut message = message.ok_or_else(|| Problem::NotFound { what: ids::MessageId::WHAT, id: id.to_string() })?;
    app.store.annotations_join(&id.conversation(), std::slice::from_mut(&mut message)).await?;
    Ok(message)
}

/// Sends a message: it is checked, stored and queued, with `send_at` for later. What came of it shows at `GET /v1/messages/{id}`.
#[utoipa::path(post, path = "/v1/messages", request_body = NewMessage, responses((status = 202, body = SentView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewMessage>,
) -> AnswerWith<SentView> {
    let merged = merge::merged(&app, &caller, body, &Ticket::new()).await?;
    let told = merged.teller();
    let draft = merged.draft(&caller)?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let is_split = draft.is_split;
    let messages = send::queue(&app, draft, &ticket).await.map_err(told)?;
    let parts = is_split.then(|| messages.iter().map(|message| message.id.clone().into()).collect());
    let first = messages.into_iter().next().ok_or(Problem::ChangedMeanwhile)?;
    Ok((StatusCode::ACCEPTED, Json(SentView::of(first, parts))))
}

/// Shows what would become of a message: the text as the customer will see it, the window, and everything that speaks
/// against sending it now. Nothing is written or sent.
#[utoipa::path(
    post,
    path = "/v1/messages/preview",
    request_body = NewMessage,
    responses((status = 200, body = PreviewView))
)]
async fn preview(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, .. }: Input<Nothing, Nothing, NewMessage>,
) -> Answer<PreviewView> {
    let ticket = Ticket::new();
    let merged = merge::merged(&app, &caller, body, &ticket).await?;
    let told = merged.teller();
    let mut draft = merged.draft(&caller)?;
    let mut problems = std::mem::take(&mut draft.problems);
    let mut plan = plan::plan(&app, &draft, &ticket).await.map_err(told)?;
    problems.extend(examine::examine(&app, &draft, &mut plan, ticket.at).await?.into_iter().map(told));
    Ok(Json(PreviewView::of(plan, &problems)))
}

/// Reads a message.
#[utoipa::path(get, path = "/v1/messages/{id}", params(("id" = MessageId, Path)), responses((status = 200, body = MessageView)))]
async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::MessageId>,
) -> Answer<MessageView> {
    Ok(Json(find(&app, &caller, &id).await?.into()))
}

/// Decides about a message in doubt: WhatsApp was called, gave no answer, and no status settled it in 15 minutes.
#[utoipa::path(
    post,
    path = "/v1/messages/{id}/resolve",
    params(("id" = MessageId, Path)),
    request_body = Resolution,
    responses((status = 200, body = MessageView))
)]
async fn resolve(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::MessageId, Nothing, Resolution>,
) -> Answer<MessageView> {
    let now = clock::now();
    let message = find(&app, &caller, &id).await?;
    if message.state() != entity::State::InDoubt {
        return Err(Problem::NotInDoubt { state: message.state() });
    }
    let conversation = app.store.conversation_get(&message.conversation_id).await?;
    let not_before = resolvable_at(&message, conversation.as_ref());
    if now < not_before {
        return Err(Problem::TooEarly { not_before });
    }
    let is_resend = body.action.0 == Decision::Resend;
    if is_resend {
        let channel = app.store.channel_get(&message.channel_id).await?;
        let channel = channel.ok_or_else(|| Problem::unknown("channel_id", "names a channel that does not exist"))?;
        let template = app.store.template_used(&channel.waba_id, &message.kind, &message.content).await?;
        let health = app.store.health_of(&channel).await?;
        let contact = app.store.contact_get(&message.contact_id).await?;
        let contact = contact.ok_or(Problem::ChangedMeanwhile)?;
        let settings = app.store.settings_get().await?;
        let started = examine::started(&app, &health, &template, now).await?;
        let situation = Situation {
            channel: &channel,
            health: &health,
            reach: &contact.reach,
            consent: Grounds { consents: &contact.consents, message: Some(&message.id) },
            conversation: conversation.as_ref(),
            ahead: None,
            template: &template,
            settings: &settings,
            sends: &contact.sends,
            started: &started,
            now,
        };
        permit(&situation).map_err(Problem::SendRefused)?;
    }
    let is_done = app.store.message_resolve(&id, message.attempt, is_resend).await?;
    let message = load(&app, &id).await?;
    if is_done { Ok(Json(message.into())) } else { Err(Problem::NotInDoubt { state: message.state() }) }
}
