//! Groups of users, to whom conversations are assigned together.
use axum::Json;
use axum::extract::{Extension, State};
use domain::access as entity;
use domain::channel::Assignee;
use domain::ids;
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{GroupId, Stamp, Text, UserId};
use crate::input::{Input, Nothing};
use crate::page::{Listing, PageQuery};
use crate::problem::Problem;
use crate::sight::missing;
use crate::{Answer, AnswerWith, App};

area! {
    ReadInbox: list, read;
    ManageSetup: create, change, delete;
}

type Name = Text<200>;

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

/// A group and who is in it.
#[derive(Serialize, ToSchema)]
struct GroupWithMembers {
    #[serde(flatten)]
    group: GroupView,
    members: Vec<UserId>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGroup {
    name: Name,
}

async fn load(app: &App, id: &ids::GroupId) -> Result<entity::Group, Problem> {
    app.store.group_get(id).await?.ok_or_else(|| missing(id))
}

/// Lists groups, the oldest first.
#[utoipa::path(get, path = "/v1/groups", params(PageQuery), responses((status = 200, body = Listing<GroupView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<GroupView>> {
    let groups = app.store.groups_all().await?;
    Ok(Json(Listing::part("groups", groups, &query, |group| group.id.as_str(), GroupView::from)?))
}

/// Adds a group.
#[utoipa::path(post, path = "/v1/groups", request_body = NewGroup, responses((status = 201, body = GroupView)))]
async fn create(
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

/// Reads a group, with its members.
#[utoipa::path(get, path = "/v1/groups/{id}", params(("id" = GroupId, Path)), responses((status = 200, body = GroupWithMembers)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::GroupId>) -> Answer<GroupWithMembers> {
    let group = load(&app, &id).await?.into();
    let members = app.store.group_members(&id).await?.into_iter().map(UserId::from).collect();
    Ok(Json(GroupWithMembers { group, members }))
}

/// Renames a group. Who is in it is said of each user.
#[utoipa::path(
    patch,
    path = "/v1/groups/{id}",
    params(("id" = GroupId, Path)),
    request_body = NewGroup,
    responses((status = 200, body = GroupView))
)]
async fn change(
    State(app): State<App>,
    Input { id, body, .. }: Input<ids::GroupId, Nothing, NewGroup>,
) -> Answer<GroupView> {
    if !app.store.group_rename(&id, &body.name.0).await? {
        return Err(missing(&id));
    }
    Ok(Json(load(&app, &id).await?.into()))
}

/// Deletes a group that nobody is in and that no channel assigns to. What is assigned to it stays so until it is assigned
/// anew, and is seen by those who see everything.
#[utoipa::path(delete, path = "/v1/groups/{id}", params(("id" = GroupId, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, Input { id, .. }: Input<ids::GroupId>) -> Result<StatusCode, Problem> {
    load(&app, &id).await?;
    let assignee = Some(Assignee::Group(id.clone()));
    let is_target = app.store.channels_all().await?.iter().any(|channel| channel.assign_to == assignee);
    if is_target || !app.store.group_members(&id).await?.is_empty() {
        return Err(Problem::GroupInUse);
    }
    app.store.group_delete(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
