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
use crate::fields::{ApiKeyId, Id, Identifier, Role, Scope, Stamp, Text, UserId, Word};
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
    /// Null for a key that acts as a user: it may what the user may.
    role: Option<Role>,
    /// The user that the key acts as.
    user_id: Option<UserId>,
    /// What of all that its role may the key may; null: all of it.
    scopes: Option<Vec<Scope>>,
    created_at: Stamp,
    revoked_at: Option<Stamp>,
}

impl From<entity::ApiKey> for ApiKeyView {
    fn from(key: entity::ApiKey) -> ApiKeyView {
        let (role, user) = match key.grant {
            entity::Grant::Role(role) => (Some(Word(role)), None),
            entity::Grant::User(user) => (None, Some(user.into())),
        };
        ApiKeyView {
            id: key.id.into(),
            name: key.name,
            role,
            user_id: user,
            scopes: key.scopes.map(|scopes| scopes.into_iter().map(Word).collect()),
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

/// Either `role` or `user_id`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApiKey {
    name: Name,
    role: Option<Role>,
    /// The user that the key acts as: it may, and sees, what the user does at the moment.
    user_id: Option<UserId>,
    /// The only things that the key may do, each of them one that its role may.
    #[schema(min_items = 1)]
    scopes: Option<Vec<Scope>>,
}

/// Whose rights a key is to have, and the role that this is now.
async fn granted(app: &App, body: &NewApiKey) -> Result<(entity::Grant, entity::Role), Problem> {
    match (&body.role, &body.user_id) {
        (Some(role), None) => Ok((entity::Grant::Role(role.0), role.0)),
        (None, Some(Id(id))) => {
            let user = app.store.user_get(id).await?;
            let user = user.ok_or_else(|| Problem::unknown("user_id", "names a user who does not exist"))?;
            Ok((entity::Grant::User(user.id), user.role))
        }
        (Some(_), Some(_)) | (None, None) => Err(Problem::field("role", "is needed, unless user_id is given")),
    }
}

/// Scopes only ever take away: from the role, and from what the caller's own key may do.
fn scoped(
    caller: &Caller,
    role: entity::Role,
    scopes: Option<&[Scope]>,
) -> Result<Option<Vec<entity::Permission>>, Problem> {
    let Some(scopes) = scopes else {
        let is_free = caller.scopes.is_none();
        return if is_free { Ok(None) } else { Err(Problem::field("scopes", "is missing; your own key has some")) };
    };
    if scopes.is_empty() {
        return Err(Problem::field("scopes", "must not be empty"));
    }
    if let Some(index) = scopes.iter().position(|Word(scope)| !role.may(*scope)) {
        return Err(Problem::field(format!("scopes[{index}]"), format!("must be something that role {role} may do")));
    }
    let mut scopes: Vec<entity::Permission> = scopes.iter().map(|scope| scope.0).collect();
    scopes.sort_unstable();
    scopes.dedup();
    caller.gives(&scopes)?;
    Ok(Some(scopes))
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
    let (grant, role) = granted(&app, &body).await?;
    let scopes = scoped(&caller, role, body.scopes.as_deref())?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let id = ids::ApiKeyId::new(ticket.at, ticket.entropy);
    if ticket.is_repeated {
        return Err(Problem::KeyShownOnce { id: id.to_string() });
    }
    let created = entity::ApiKey { id, name: body.name.0, grant, scopes, created_at: ticket.at, revoked_at: None };
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
