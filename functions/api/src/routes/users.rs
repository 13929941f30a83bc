//! Users: those who log in, and whom conversations are assigned to.
use axum::Json;
use axum::extract::{Extension, State};
use domain::access as entity;
use domain::ids;
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::UserWrite;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Email, GroupId, Identifier, Reach, Role, Stamp, Text, UserId, Word, given, nullable};
use crate::input::{Input, Nothing};
use crate::page::{Listing, PageQuery};
use crate::people::groups_must_exist;
use crate::problem::Problem;
use crate::sight::missing;
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX};

area! {
    ReadInbox: list, read;
    ManageSetup: create, change;
}

const GROUPS_MAX: usize = 40;

type Name = Text<200>;
/// As long as OpenID Connect lets a `sub` be.
type ExternalId = Text<255>;

#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserView {
    id: UserId,
    name: String,
    email: Option<String>,
    role: Role,
    /// Whose work an agent sees.
    reach: Reach,
    groups: Vec<GroupId>,
    /// Who is not is refused, whatever they come with.
    is_active: bool,
    /// What the identity provider calls them (`sub`).
    external_id: Option<String>,
    created_at: Stamp,
}

impl From<entity::User> for UserView {
    fn from(user: entity::User) -> UserView {
        UserView {
            id: user.id.into(),
            name: user.name,
            email: user.email,
            role: Word(user.role),
            reach: Word(user.reach),
            groups: user.groups.into_iter().map(GroupId::from).collect(),
            is_active: user.is_active,
            external_id: user.external_id,
            created_at: Stamp(user.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    name: Name,
    /// Nobody else's. Who logs in with it verified, and is not known yet, is this user.
    email: Option<Email>,
    role: Role,
    /// Whose work an agent sees: `own`, `group` (also that of their groups and of everybody in them) or `all`, unless given.
    /// Others see everything.
    reach: Option<Reach>,
    #[serde(default)]
    #[schema(max_items = 40)]
    groups: Vec<GroupId>,
    /// What the identity provider calls them (`sub`). Set by itself when they first log in.
    #[schema(inline)]
    external_id: Option<ExternalId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<Name>)]
    name: Option<Name>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Email>)]
    email: Option<Option<Email>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    role: Option<Role>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    reach: Option<Reach>,
    /// Takes the place of all groups.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 40)]
    groups: Option<Vec<GroupId>>,
    /// `false` refuses the user from the answer on, with every key and token.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_active: Option<bool>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<ExternalId>)]
    external_id: Option<Option<ExternalId>>,
}

impl UserPatch {
    fn apply(&self, user: &mut entity::User, groups: Option<&Vec<ids::GroupId>>) {
        if let Some(name) = &self.name {
            user.name.clone_from(&name.0);
        }
        if let Some(email) = &self.email {
            user.email = email.as_ref().map(|email| email.0.clone());
        }
        if let Some(Word(role)) = self.role {
            user.role = role;
        }
        if let Some(Word(reach)) = self.reach {
            user.reach = reach;
        }
        if let Some(groups) = groups {
            user.groups.clone_from(groups);
        }
        if let Some(is_active) = self.is_active {
            user.is_active = is_active;
        }
        if let Some(external_id) = &self.external_id {
            user.external_id = external_id.as_ref().map(|id| id.0.clone());
        }
    }
}

/// Groups that are there, each once.
async fn checked(app: &App, groups: Vec<GroupId>) -> Result<Vec<ids::GroupId>, Problem> {
    if groups.len() > GROUPS_MAX {
        return Err(Problem::field("groups", format!("must have at most {GROUPS_MAX} groups")));
    }
    let mut groups: Vec<ids::GroupId> = groups.into_iter().map(|group| group.0).collect();
    groups_must_exist(&app.store, &groups, "groups").await?;
    groups.sort_unstable();
    groups.dedup();
    Ok(groups)
}

fn taken(by: &ids::UserId) -> Problem {
    Problem::AlreadyExists { what: ids::UserId::WHAT, id: by.to_string() }
}

async fn load(app: &App, id: &ids::UserId) -> Result<entity::User, Problem> {
    app.store.user_get(id).await?.ok_or_else(|| missing(id))
}

/// Lists users, the oldest first.
#[utoipa::path(get, path = "/v1/users", params(PageQuery), responses((status = 200, body = Listing<UserView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<UserView>> {
    let users = app.store.users_all().await?;
    Ok(Json(Listing::part("users", users, &query, |user| user.id.as_str(), UserView::from)?))
}

/// Adds a user. Their role may nothing that the caller may not.
#[utoipa::path(post, path = "/v1/users", request_body = NewUser, responses((status = 201, body = UserView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewUser>,
) -> AnswerWith<UserView> {
    caller.gives(&body.role.0.permissions())?;
    let groups = checked(&app, body.groups).await?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let user = entity::User {
        id: ids::UserId::new(ticket.at, ticket.entropy),
        name: body.name.0,
        email: body.email.map(|email| email.0),
        role: body.role.0,
        reach: body.reach.map_or_else(Default::default, |reach| reach.0),
        groups,
        is_active: true,
        external_id: body.external_id.map(|id| id.0),
        created_at: ticket.at,
        revision: 0,
    };
    let user = match app.store.user_create(&user).await? {
        UserWrite::Written => user,
        UserWrite::Refused => app.store.user_get(&user.id).await?.ok_or(Problem::ChangedMeanwhile)?,
        UserWrite::Taken(_, by) => return Err(taken(&by)),
    };
    Ok((StatusCode::CREATED, Json(user.into())))
}

/// Reads a user.
#[utoipa::path(get, path = "/v1/users/{id}", params(("id" = UserId, Path)), responses((status = 200, body = UserView)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::UserId>) -> Answer<UserView> {
    Ok(Json(load(&app, &id).await?.into()))
}

/// Changes a user. Nobody takes their own administration away, or their own access: another administrator does. But for
/// `"is_active": false`, only who may all that the user's role may, before and then, changes them.
#[utoipa::path(
    patch,
    path = "/v1/users/{id}",
    params(("id" = UserId, Path)),
    request_body = UserPatch,
    responses((status = 200, body = UserView))
)]
async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, mut body, .. }: Input<ids::UserId, Nothing, UserPatch>,
) -> Answer<UserView> {
    load(&app, &id).await?;
    let groups = match body.groups.take() {
        Some(groups) => Some(checked(&app, groups).await?),
        None => None,
    };
    for _ in 0..EDIT_TRIES_MAX {
        let seen = load(&app, &id).await?;
        let mut next = seen.clone();
        body.apply(&mut next, groups.as_ref());
        if next == seen {
            return Ok(Json(seen.into()));
        }
        if caller.user.as_ref() == Some(&id) && (next.role != seen.role || !next.is_active) {
            return Err(Problem::OnYourself);
        }
        let only_ends = !next.is_active && entity::User { is_active: seen.is_active, ..next.clone() } == seen;
        if !only_ends {
            // Also what they may by now: else their login could be taken over by making them less in the same step.
            for role in [seen.role, next.role] {
                caller.gives(&role.permissions())?;
            }
        }
        next.revision = seen.revision.saturating_add(1);
        match app.store.user_update(&seen, &next).await? {
            UserWrite::Written => return Ok(Json(next.into())),
            UserWrite::Refused => {}
            UserWrite::Taken(_, by) => return Err(taken(&by)),
        }
    }
    Err(Problem::ChangedMeanwhile)
}
