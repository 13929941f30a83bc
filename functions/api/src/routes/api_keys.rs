//! Keys to the API. A key is shown once, when it is made; only its hash is kept.
use axum::Json;
use axum::extract::{Extension, State};
use domain::access as entity;
use domain::ids;
use lambda_http::http::StatusCode;
use runtime::{clock, random};
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::{self, Caller};
use crate::fields::{ApiKeyId, Identifier, Role, Stamp, Text, Word};
use crate::input::{Input, Nothing};
use crate::page::{Listing, PageQuery};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App};

area! {
    ManageSetup: list, create, revoke;
}

/// Tells our keys from other secrets, for whoever finds one in a log or a repository.
const KEY_PREFIX: &str = "csm_";

type Name = Text<200>;

#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
struct ApiKeyView {
    id: ApiKeyId,
    name: String,
    role: Role,
    created_at: Stamp,
    revoked_at: Option<Stamp>,
}

impl From<entity::ApiKey> for ApiKeyView {
    fn from(key: entity::ApiKey) -> ApiKeyView {
        ApiKeyView {
            id: key.id.into(),
            name: key.name,
            role: Word(key.role),
            created_at: Stamp(key.created_at),
            revoked_at: key.revoked_at.map(Stamp),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
struct CreatedView {
    #[serde(flatten)]
    shown: ApiKeyView,
    /// The key itself. It cannot be shown again.
    key: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApiKey {
    name: Name,
    role: Role,
}

/// Lists keys, revoked ones too, the oldest first.
#[utoipa::path(get, path = "/v1/api-keys", params(PageQuery), responses((status = 200, body = Listing<ApiKeyView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<ApiKeyView>> {
    let keys = app.store.api_keys_all().await?;
    Ok(Json(Listing::part("api-keys", keys, &query, |key| key.id.as_str(), ApiKeyView::from)?))
}

/// Makes a key and shows it, this once.
#[utoipa::path(post, path = "/v1/api-keys", request_body = NewApiKey, responses((status = 201, body = CreatedView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewApiKey>,
) -> AnswerWith<CreatedView> {
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let id = ids::ApiKeyId::new(ticket.at, ticket.entropy);
    if ticket.is_repeated {
        return Err(Problem::KeyShownOnce { id: id.to_string() });
    }
    let created = entity::ApiKey { id, name: body.name.0, role: body.role.0, created_at: ticket.at, revoked_at: None };
    let key = format!("{KEY_PREFIX}{}", random::token());
    match app.store.api_key_create(&hex::encode(auth::hash(&key)), &created).await? {
        Put::Written => Ok((StatusCode::CREATED, Json(CreatedView { shown: created.into(), key }))),
        Put::Exists(()) => Err(Problem::ChangedMeanwhile),
    }
}

/// Revokes a key. From the answer on it is refused.
#[utoipa::path(delete, path = "/v1/api-keys/{id}", params(("id" = ApiKeyId, Path)), responses((status = 204)))]
async fn revoke(State(app): State<App>, Input { id, .. }: Input<ids::ApiKeyId>) -> Result<StatusCode, Problem> {
    let is_there = app.store.api_key_revoke(&id, clock::now()).await?;
    if is_there {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::NotFound { what: ids::ApiKeyId::WHAT, id: id.to_string() })
    }
}
