//! Users and groups: those whom conversations are assigned to.
use axum::Json;
use axum::extract::{Extension, State};
use domain::access as entity;
use domain::ids;
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Email, GroupId, Reach, Role, Stamp, Text, UserId, Word};
use crate::input::{Input, Nothing};
use crate::page::{Listing, PageQuery};
use crate::people::groups_must_exist;
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App};

area! {
    ReadInbox: users, groups;
    ManageSetup: create_user, create_group;
}

const GROUPS_MAX: usize = 40;

type Name = Text<200>;

#[derive(Serialize, ToSchema)]
#[schema(as = User)]
struct UserView {
    id: UserId,
    name: String,
    email: Option<String>,
    role: Role,
    /// Whose work an agent sees.
    reach: Reach,
    groups: Vec<GroupId>,
    is_active: bool,
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
            created_at: Stamp(user.created_at),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Group)]
struct GroupView {
    id: GroupId,
    name: String,
    created_at: Stamp,
}

impl From<entity::Group> for GroupView {
    fn from(group: entity::Group) -> GroupView {
        GroupView { id: group.id.into(), name: group.name, created_at: Stamp(group.created_at) }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    name: Name,
    email: Option<Email>,
    role: Role,
    /// Whose work an agent sees: `own`, `group` (also that of their groups and of everybody in them) or `all`, unless given.
    /// Others see everything.
    reach: Option<Reach>,
    #[serde(default)]
    #[schema(max_items = 40)]
    groups: Vec<GroupId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGroup {
    name: Name,
}

/// Lists users, the oldest first.
#[utoipa::path(get, path = "/v1/users", params(PageQuery), responses((status = 200, body = Listing<UserView>)))]
async fn users(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<UserView>> {
    let users = app.store.users_all().await?;
    Ok(Json(Listing::part("users", users, &query, |user| user.id.as_str(), UserView::from)?))
}

/// Adds a user.
#[utoipa::path(post, path = "/v1/users", request_body = NewUser, responses((status = 201, body = UserView)))]
async fn create_user(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewUser>,
) -> AnswerWith<UserView> {
    if body.groups.len() > GROUPS_MAX {
        return Err(Problem::field("groups", format!("must have at most {GROUPS_MAX} groups")));
    }
    let mut groups: Vec<ids::GroupId> = body.groups.into_iter().map(|group| group.0).collect();
    groups.sort_unstable();
    groups.dedup();
    groups_must_exist(&app.store, &groups, "groups").await?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let user = entity::User {
        id: ids::UserId::new(ticket.at, ticket.entropy),
        name: body.name.0,
        email: body.email.map(|email| email.0),
        role: body.role.0,
        reach: body.reach.map_or_else(Default::default, |reach| reach.0),
        groups,
        is_active: true,
        created_at: ticket.at,
    };
    let user = match app.store.user_create(&user).await? {
        Put::Written => user,
        Put::Exists(before) => before,
    };
    Ok((StatusCode::CREATED, Json(user.into())))
}

/// Lists groups, the oldest first.
#[utoipa::path(get, path = "/v1/groups", params(PageQuery), responses((status = 200, body = Listing<GroupView>)))]
async fn groups(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<GroupView>> {
    let groups = app.store.groups_all().await?;
    Ok(Json(Listing::part("groups", groups, &query, |group| group.id.as_str(), GroupView::from)?))
}

/// Adds a group.
#[utoipa::path(post, path = "/v1/groups", request_body = NewGroup, responses((status = 201, body = GroupView)))]
async fn create_group(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewGroup>,
) -> AnswerWith<GroupView> {
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let group =
        entity::Group { id: ids::GroupId::new(ticket.at, ticket.entropy), name: body.name.0, created_at: ticket.at };
    let group = match app.store.group_create(&group).await? {
        Put::Written => group,
        Put::Exists(before) => before,
    };
    Ok((StatusCode::CREATED, Json(group.into())))
}
