//! Webhooks of the business: which addresses are told which events, and what their requests are signed with.
//!
//! A secret is kept apart from the table, under a name that is used once. Where it and a row are written, the secret goes
//! first, so that no row ever names one that is not there; one that no row names is of no use to anybody.
use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::ids;
use domain::webhook::{self as entity, PauseReason, WEBHOOKS_MAX};
use lambda_http::http::StatusCode;
use runtime::{clock, random};
use serde::Deserialize;
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::fields::{
    ChannelId, ContactKind, Direction, Identifier, Label, Members, Pattern, Text, WebAddress, WebhookId, WebhookState,
    given, nullable,
};
use crate::input::{Input, Nothing};
use crate::outside::callable;
use crate::page::{Listing, PageQuery};
use crate::problem::{Outside, Problem};
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX};

mod deliveries;
mod replays;
mod rights;
mod view;

use deliveries::{
    __path_of_webhook, __path_read_delivery, __path_retry, __path_test, of_webhook, read_delivery, retry, test,
};
use replays::{__path_read_replay, __path_replay, read_replay, replay};
use rights::EventReader;
use view::{SecretView, WebhookView};

area! {
    ManageWebhooks: list, create, read, change, delete, rotate, test, of_webhook, read_delivery, retry, replay, read_replay;
}

const LIST: &str = "webhooks";
const PATTERNS_MAX: usize = 50;
/// As other libraries for Standard Webhooks expect it.
const SECRET_PREFIX: &str = "whsec_";

type Description = Text<500>;
type Tag = Text<64>;

/// An event passes that is of the channel, about a message of the direction, and of a contact and a conversation that are so
/// when it is delivered: what does not say so does not pass.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookFilterInput {
    channel_id: Option<ChannelId>,
    direction: Option<Direction>,
    contact_kind: Option<ContactKind>,
    /// Of the contact.
    tag: Option<Tag>,
    /// Of the conversation.
    label: Option<Label>,
}

impl From<WebhookFilterInput> for entity::Filter {
    fn from(filter: WebhookFilterInput) -> entity::Filter {
        entity::Filter {
            channel: filter.channel_id.map(|id| id.0),
            direction: filter.direction.map(|word| word.0),
            contact_kind: filter.contact_kind.map(|word| word.0),
            tag: filter.tag.map(|tag| tag.0),
            label: filter.label.map(|label| label.0),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// Of the public internet, over HTTPS.
    url: WebAddress,
    #[schema(min_items = 1, max_items = 50)]
    events: Vec<Pattern>,
    #[schema(value_type = Option<WebhookFilterInput>)]
    filter: Option<Members<WebhookFilterInput>>,
    description: Option<Description>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    url: Option<WebAddress>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    events: Option<Vec<Pattern>>,
    /// All of it at once; null for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<WebhookFilterInput>)]
    filter: Option<Option<Members<WebhookFilterInput>>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Description>)]
    description: Option<Option<Description>>,
    /// What happens while it is paused is not delivered; `POST /v1/webhooks/{id}/replay` makes up for it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    state: Option<WebhookState>,
}

impl WebhookPatch {
    fn apply(&self, seen: &entity::Webhook) -> entity::Webhook {
        let mut next = match (self.state.map(|word| word.0), seen.paused) {
            (Some(entity::WebhookState::Paused), None) => seen.paused(PauseReason::Asked, clock::now()),
            (Some(entity::WebhookState::Active), Some(_)) => seen.resumed(),
            (Some(_) | None, _) => seen.next(),
        };
        if let Some(WebAddress(url)) = &self.url {
            next.url.clone_from(url);
        }
        if let Some(events) = &self.events {
            next.events = events.iter().map(|pattern| pattern.0.clone()).collect();
        }
        if let Some(filter) = &self.filter {
            next.filter = filter.clone().map(|Members(filter)| filter.into()).unwrap_or_default();
        }
        if let Some(description) = &self.description {
            next.description = description.as_ref().map(|text| text.0.clone());
        }
        next
    }
}

/// The webhook that the path names.
async fn load(app: &App, id: &ids::WebhookId) -> Result<entity::Webhook, Problem> {
    let webhook = app.store.webhook_get(id).await?;
    webhook.ok_or_else(|| Problem::NotFound { what: ids::WebhookId::WHAT, id: id.to_string() })
}

fn check_patterns(field: &str, events: &[Pattern]) -> Result<(), Problem> {
    match events.len() {
        1..=PATTERNS_MAX => Ok(()),
        _ => Err(Problem::field(field, format!("must name 1 to {PATTERNS_MAX} types"))),
    }
}

async fn check_channel(app: &App, filter: Option<&Members<WebhookFilterInput>>) -> Result<(), Problem> {
    let Some(id) = filter.and_then(|Members(filter)| filter.channel_id.as_ref()) else { return Ok(()) };
    match app.store.channel_get(&id.0).await? {
        Some(_) => Ok(()),
        None => Err(Problem::unknown("filter.channel_id", format!("names {}, which does not exist", id.0))),
    }
}

/// Makes a secret and keeps it, under a new name.
async fn new_secret(app: &App) -> Result<(ids::SecretId, String), Problem> {
    let id = ids::SecretId::new(clock::now(), random::entropy());
    let secret = format!("{SECRET_PREFIX}{}", STANDARD.encode(random::secret()));
    app.vault.keep(id.as_str(), &secret).await?;
    Ok((id, secret))
}

/// Lists webhooks, the oldest first.
#[utoipa::path(get, path = "/v1/webhooks", params(PageQuery), responses((status = 200, body = Listing<WebhookView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<WebhookView>> {
    let webhooks = app.store.webhooks_all().await?;
    Ok(Json(Listing::part(LIST, webhooks, &query, |webhook| webhook.id.as_str(), WebhookView::from)?))
}

/// Makes a webhook, and shows the secret of its signatures, this once. What happens in its first seconds may not reach it. It
/// takes the scope `events:read` too.
#[utoipa::path(post, path = "/v1/webhooks", request_body = NewWebhook, responses((status = 201, body = SecretView)))]
async fn create(
    State(app): State<App>,
    EventReader(caller): EventReader,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewWebhook>,
) -> AnswerWith<SecretView> {
    check_patterns("events", &body.events)?;
    check_channel(&app, body.filter.as_ref()).await?;
    callable(&app, "url", &body.url.0).await?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let id = ids::WebhookId::new(ticket.at, ticket.entropy);
    let shown_once = |id: &ids::WebhookId| Problem::from(Outside::SecretShownOnce { id: id.to_string() });
    let all = app.store.webhooks_all().await?;
    if all.iter().any(|webhook| webhook.id == id) {
        return Err(shown_once(&id));
    }
    if all.len() >= WEBHOOKS_MAX {
        return Err(Outside::TooMany { what: ids::WebhookId::WHAT, most: WEBHOOKS_MAX }.into());
    }
    let (secret_id, secret) = new_secret(&app).await?;
    let webhook = entity::Webhook {
        id,
        url: body.url.0,
        description: body.description.map(|text| text.0),
        events: body.events.into_iter().map(|pattern| pattern.0).collect(),
        filter: body.filter.map(|Members(filter)| filter.into()).unwrap_or_default(),
        paused: None,
        secret: secret_id,
        previous: Vec::new(),
        failing_since: None,
        created_at: ticket.at,
        revision: 0,
    };
    match app.store.webhook_create(&webhook).await? {
        Put::Written => Ok((StatusCode::CREATED, Json(SecretView { shown: webhook.into(), secret }))),
        Put::Exists(_) => {
            app.vault.remove(webhook.secret.as_str()).await?;
            Err(shown_once(&webhook.id))
        }
    }
}

/// Reads a webhook.
#[utoipa::path(get, path = "/v1/webhooks/{id}", params(("id" = WebhookId, Path)), responses((status = 200, body = WebhookView)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::WebhookId>) -> Answer<WebhookView> {
    Ok(Json(load(&app, &id).await?.into()))
}

/// Changes a webhook, pauses it, or lets it go on. It takes the scope `events:read` too.
#[utoipa::path(
    patch,
    path = "/v1/webhooks/{id}",
    params(("id" = WebhookId, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = WebhookView))
)]
async fn change(
    State(app): State<App>,
    _: EventReader,
    Input { id, body, .. }: Input<ids::WebhookId, Nothing, WebhookPatch>,
) -> Answer<WebhookView> {
    load(&app, &id).await?;
    if let Some(events) = &body.events {
        check_patterns("events", events)?;
    }
    check_channel(&app, body.filter.as_ref().and_then(Option::as_ref)).await?;
    if let Some(WebAddress(url)) = &body.url {
        callable(&app, "url", url).await?;
    }
    for _ in 0..EDIT_TRIES_MAX {
        let next = body.apply(&load(&app, &id).await?);
        if app.store.webhook_update(&next).await? {
            return Ok(Json(next.into()));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Deletes a webhook. What was on its way to it is not delivered any more.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", params(("id" = WebhookId, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, Input { id, .. }: Input<ids::WebhookId>) -> Result<StatusCode, Problem> {
    let mut seen = load(&app, &id).await?;
    for _ in 0..EDIT_TRIES_MAX {
        app.store.webhook_delete(&seen).await?;
        let Some(changed) = app.store.webhook_get(&id).await? else {
            for secret in std::iter::once(&seen.secret).chain(seen.previous.iter().map(|(secret, _)| secret)) {
                app.vault.remove(secret.as_str()).await?;
            }
            return Ok(StatusCode::NO_CONTENT);
        };
        seen = changed;
    }
    Err(Problem::ChangedMeanwhile)
}

/// Gives a webhook another secret, and shows it, this once. For 24 hours its requests carry signatures of the one before too,
/// also where the new one is replaced meanwhile: if an answer was lost, ask again.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/rotate-secret",
    params(("id" = WebhookId, Path)),
    responses((status = 200, body = SecretView))
)]
async fn rotate(State(app): State<App>, Input { id, .. }: Input<ids::WebhookId>) -> Answer<SecretView> {
    load(&app, &id).await?;
    let (secret_id, secret) = new_secret(&app).await?;
    for _ in 0..EDIT_TRIES_MAX {
        let (next, dropped) = load(&app, &id).await?.rotated(secret_id.clone(), clock::now());
        if app.store.webhook_update(&next).await? {
            for secret in &dropped {
                app.vault.remove(secret.as_str()).await?;
            }
            return Ok(Json(SecretView { shown: next.into(), secret }));
        }
    }
    app.vault.remove(secret_id.as_str()).await?;
    Err(Problem::ChangedMeanwhile)
}
