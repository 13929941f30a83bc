//! Views: filters that are saved with a name, for oneself, a group or all, and those that everybody has.
use axum::Json;
use axum::extract::{Extension, State};
use domain::conversation::ConversationStatus as Status;
use domain::ids;
use domain::inbox::{BuiltIn, Filter, Sort, View, ViewScope};
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{Count, Put};
use utoipa::ToSchema;

use super::conversations::{Asked, InboxSort, WindowFilter, built_in_id, groups, of_words, saved, viewer};
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{
    ChannelId, ConversationStatus, GroupId, Label, Members, Span, Stamp, Text, UserId, ViewId, Who, Whose, Within,
    given, nullable, vocabulary,
};
use crate::input::{Input, Nothing};
use crate::page::{Listing, PageQuery};
use crate::people::must_exist;
use crate::problem::Problem;
use crate::sight::missing;
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX};

area! {
    ReadInbox: list, count;
    WriteInbox: create, change, delete;
}

const LIST: &str = "views";

domain::words! {
    pub(crate) enum Scope {
        Mine = "mine",
        Group = "group",
        All = "all",
    }
}

vocabulary! { ViewScopeName = Scope }

/// Filters by the names that `GET /v1/conversations` has for them.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Filters {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<ChannelId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ConversationStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<Whose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Who>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replied_by: Option<Who>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreplied: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unreplied_for: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replied_within: Option<Within>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message_within: Option<Within>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Label>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<WindowFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snoozed: Option<bool>,
}

impl Filters {
    fn filter(&self) -> Result<Filter, Problem> {
        of_words(&[
            ("channel_id", self.channel_id.as_ref().map(|id| id.0.to_string())),
            ("status", self.status.map(|status| Status::word(status.0).to_owned())),
            ("assignee", self.assignee.as_ref().map(|whose| whose.0.clone())),
            ("owner", self.owner.as_ref().map(|who| who.0.clone())),
            ("replied_by", self.replied_by.as_ref().map(|who| who.0.clone())),
            ("unreplied", self.unreplied.map(|flag| flag.to_string())),
            ("unreplied_for", self.unreplied_for.as_ref().map(|span| span.0.clone())),
            ("replied_within", self.replied_within.as_ref().map(|within| within.0.clone())),
            ("last_message_within", self.last_message_within.as_ref().map(|within| within.0.clone())),
            ("label", self.label.as_ref().map(|label| label.0.clone())),
            ("unread", self.unread.map(|flag| flag.to_string())),
            ("window", self.window.map(|window| window.0.word().to_owned())),
            ("snoozed", self.snoozed.map(|flag| flag.to_string())),
        ])
    }

    fn of(filter: &Filter) -> Filters {
        let text = |name: &str| filter.words().into_iter().find(|(word, _)| *word == name).map(|(_, value)| value);
        Filters {
            channel_id: filter.channel.clone().map(ChannelId::from),
            status: filter.status.map(crate::fields::Word),
            assignee: text("assignee").map(Whose),
            owner: text("owner").map(Who),
            replied_by: text("replied_by").map(Who),
            unreplied: filter.unreplied,
            unreplied_for: text("unreplied_for").map(Span),
            replied_within: text("replied_within").map(Within),
            last_message_within: text("last_message_within").map(Within),
            label: filter.label.clone().map(Label),
            unread: filter.unread,
            window: filter.window.map(crate::fields::Word),
            snoozed: filter.snoozed,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = View)]
struct ViewView {
    id: ViewId,
    name: String,
    /// The name by which a built-in view can be asked for, too; null for a saved one.
    built_in: Option<&'static str>,
    scope: ViewScopeName,
    /// Of a view of a user.
    user_id: Option<UserId>,
    /// Of a view of a group.
    group_id: Option<GroupId>,
    filters: Filters,
    /// Null: the filters' usual one.
    sort: Option<InboxSort>,
    /// Null for a built-in one.
    created_at: Option<Stamp>,
}

impl From<View> for ViewView {
    fn from(view: View) -> ViewView {
        let (scope, user, group) = match view.scope {
            ViewScope::Mine(user) => (Scope::Mine, Some(user), None),
            ViewScope::Group(group) => (Scope::Group, None, Some(group)),
            ViewScope::All => (Scope::All, None, None),
        };
        ViewView {
            id: view.id.into(),
            name: view.name,
            built_in: None,
            scope: crate::fields::Word(scope),
            user_id: user.map(UserId::from),
            group_id: group.map(GroupId::from),
            filters: Filters::of(&view.filter),
            sort: view.sort.map(crate::fields::Word),
            created_at: Some(Stamp(view.created_at)),
        }
    }
}

impl ViewView {
    fn built_in(built_in: BuiltIn, has_user: bool) -> ViewView {
        ViewView {
            id: built_in_id(built_in).into(),
            name: built_in.name().to_owned(),
            built_in: Some(built_in.word()),
            scope: crate::fields::Word(Scope::All),
            user_id: None,
            group_id: None,
            filters: Filters::of(&built_in.filter(has_user)),
            sort: None,
            created_at: None,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewView {
    name: Text<100>,
    /// `all`: for those who see everything to give to everybody.
    scope: ViewScopeName,
    /// With the scope `group`, and only then: one that the caller is in, or any for those who see everything.
    group_id: Option<GroupId>,
    #[schema(value_type = Filters)]
    filters: Members<Filters>,
    sort: Option<InboxSort>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ViewPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Text<100>>)]
    name: Option<Text<100>>,
    /// In place of all that there are.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Filters>)]
    filters: Option<Members<Filters>>,
    /// Null: the filters' usual one.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<InboxSort>)]
    sort: Option<Option<InboxSort>>,
}

/// How many conversations of a view the caller sees.
#[derive(Serialize, ToSchema)]
struct ViewCount {
    count: usize,
    /// There are more than 1,000, or so many were looked through that nobody counts on: there are at least `count`.
    is_more: bool,
}

impl From<Count> for ViewCount {
    fn from(Count { count, is_more }: Count) -> ViewCount {
        ViewCount { count, is_more }
    }
}

/// Lists the views that the caller has: those of everybody first, then their own, those of their groups and of all.
#[utoipa::path(get, path = "/v1/views", params(PageQuery), responses((status = 200, body = Listing<ViewView>)))]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, PageQuery>,
) -> Answer<Listing<ViewView>> {
    let groups = if caller.sight.assignees().is_none() {
        app.store.groups_all().await?.into_iter().map(|group| group.id).collect()
    } else {
        groups(&app, &caller).await?
    };
    let mine = caller.user.clone().map(ViewScope::Mine);
    let scopes: Vec<ViewScope> =
        mine.into_iter().chain(groups.into_iter().map(ViewScope::Group)).chain([ViewScope::All]).collect();
    let built_in = BuiltIn::ALL.iter().map(|built_in| ViewView::built_in(*built_in, caller.user.is_some()));
    let saved = app.store.views_of(&scopes).await?.into_iter().map(ViewView::from);
    let all: Vec<ViewView> = built_in.chain(saved).collect();
    Ok(Json(Listing::part(LIST, all, &query, |view| view.id.0.as_str(), |view| view)?))
}

/// Saves a view.
#[utoipa::path(post, path = "/v1/views", request_body = NewView, responses((status = 201, body = ViewView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewView>,
) -> AnswerWith<ViewView> {
    let scope = match (body.scope.0, body.group_id) {
        (Scope::Mine, None) => ViewScope::Mine(caller.user.clone().ok_or(Problem::UserNeeded)?),
        (Scope::Group, Some(group)) => ViewScope::Group(group.0),
        (Scope::All, None) => ViewScope::All,
        (Scope::Group, None) => return Err(Problem::field("group_id", "must say of which group the view is")),
        (Scope::Mine | Scope::All, Some(_)) => {
            return Err(Problem::field("group_id", "belongs to a view with the scope group"));
        }
    };
    if let ViewScope::Group(group) = &scope {
        must_exist(&app.store, Some(&domain::channel::Assignee::Group(group.clone())), "group_id").await?;
    }
    let groups = groups(&app, &caller).await?;
    if !scope.is_kept_by(&viewer(&caller, &groups)) {
        return Err(Problem::ViewNotYours);
    }
    let filter = body.filters.0.filter()?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let view = View {
        id: ids::ViewId::new(ticket.at, ticket.entropy),
        name: body.name.0,
        scope,
        filter,
        sort: body.sort.map(|sort| sort.0),
        created_by: caller.actor(),
        created_at: ticket.at,
        revision: 1,
    };
    let view = match app.store.view_create(&view).await? {
        Put::Written => view,
        Put::Exists(before) => before,
    };
    Ok((StatusCode::CREATED, Json(view.into())))
}

/// A saved view that the caller may change.
async fn kept(app: &App, caller: &Caller, id: &ids::ViewId) -> Result<View, Problem> {
    if BuiltIn::ALL.iter().any(|built_in| built_in_id(*built_in) == *id) {
        return Err(Problem::ViewNotYours);
    }
    let view = saved(app, caller, id).await?.ok_or_else(|| missing(id))?;
    let groups = groups(app, caller).await?;
    if view.scope.is_kept_by(&viewer(caller, &groups)) { Ok(view) } else { Err(Problem::ViewNotYours) }
}

/// Changes a view. Whose it is stays.
#[utoipa::path(
    patch,
    path = "/v1/views/{id}",
    params(("id" = ViewId, Path)),
    request_body = ViewPatch,
    responses((status = 200, body = ViewView))
)]
async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ViewId, Nothing, ViewPatch>,
) -> Answer<ViewView> {
    let filter = body.filters.as_ref().map(|filters| filters.0.filter()).transpose()?;
    for _ in 0..EDIT_TRIES_MAX {
        let seen = kept(&app, &caller, &id).await?;
        let mut next = seen.clone();
        if let Some(name) = &body.name {
            next.name.clone_from(&name.0);
        }
        if let Some(filter) = &filter {
            next.filter.clone_from(filter);
        }
        if let Some(sort) = body.sort {
            next.sort = sort.map(|sort| sort.0);
        }
        if next == seen || app.store.view_update(&seen, &next).await? {
            return Ok(Json(next.into()));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Deletes a view.
#[utoipa::path(delete, path = "/v1/views/{id}", params(("id" = ViewId, Path)), responses((status = 200, body = ViewView)))]
async fn delete(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ViewId>,
) -> Answer<ViewView> {
    let view = kept(&app, &caller, &id).await?;
    app.store.view_delete(&view).await?;
    Ok(Json(view.into()))
}

/// Counts the conversations of a view that the caller sees: exactly, up to 1,000.
#[utoipa::path(
    get,
    path = "/v1/views/{id}/count",
    params(("id" = ViewId, Path)),
    responses((status = 200, body = ViewCount))
)]
async fn count(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ViewId>,
) -> Answer<ViewCount> {
    let built_in = BuiltIn::ALL.iter().find(|built_in| built_in_id(**built_in) == id);
    let (filter, sort): (Filter, Option<Sort>) = match built_in {
        Some(built_in) => (built_in.filter(caller.user.is_some()), None),
        None => {
            let view = saved(&app, &caller, &id).await?.ok_or_else(|| missing(&id))?;
            (view.filter, view.sort)
        }
    };
    let asked = Asked::by(&app, &caller, &filter, sort).await?;
    Ok(Json(app.store.inbox_count(&asked.search(&caller)).await?.into()))
}
