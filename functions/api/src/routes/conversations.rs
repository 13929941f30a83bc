//! Conversations: reading the inbox and working in it.
use axum::Json;
use axum::extract::{Extension, State};
use domain::conversation as entity;
use domain::ids;
use runtime::clock;
use serde::Deserialize;
use store::StoreError;
use utoipa::IntoParams;

use super::messages::MessageView;
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{AssigneeChoice, AssigneeInput, ChannelId, ConversationId, vocabulary};
use crate::input::{Input, Nothing};
use crate::page::{self, Limit, Listing, PageQuery, Place};
use crate::people::must_exist;
use crate::problem::Problem;
use crate::sight::{self, missing};
use crate::{Answer, App};

mod signals;
mod view;
mod window;

use view::ConversationView;
pub(super) use window::WindowView;

area! {
    ReadInbox: list, read, messages;
    WriteInbox: assign, close, reopen, mark_read, show_typing;
}

domain::words! {
    pub(crate) enum Shown {
        All = "all",
        /// Those that wait for an answer.
        Unreplied = "unreplied",
    }
}

vocabulary! { View = Shown }

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConversationsQuery {
    /// Only those of this channel.
    #[param(inline)]
    channel_id: Option<ChannelId>,
    /// `all` (the default): the most recently active first. `unreplied`: the longest waiting first.
    #[param(inline)]
    view: Option<View>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Place>,
}

async fn shown(
    app: &App,
    id: &ids::ConversationId,
    found: Result<Option<entity::Conversation>, StoreError>,
) -> Answer<ConversationView> {
    let conversation = found?.ok_or_else(|| missing(id))?;
    let settings = app.store.settings_get().await?.window;
    Ok(Json(ConversationView::of(conversation, &settings, clock::now())))
}

/// Lists conversations.
#[utoipa::path(
    get,
    path = "/v1/conversations",
    params(ConversationsQuery),
    responses((status = 200, body = Listing<ConversationView>))
)]
async fn list(
    State(app): State<App>,
    Input { query, .. }: Input<Nothing, ConversationsQuery>,
) -> Answer<Listing<ConversationView>> {
    let view = query.view.map_or(Shown::All, |view| view.0);
    let list = format!("conversations-{view}");
    let cursor = page::cursor(query.cursor.as_ref(), &list)?;
    let channels = app.store.channels_all().await?.into_iter().map(|channel| channel.id);
    let wanted = query.channel_id.map(|wanted| wanted.0);
    let channels: Vec<ids::ChannelId> =
        channels.filter(|id| wanted.as_ref().is_none_or(|wanted| wanted == id)).collect();
    if wanted.is_some() && channels.is_empty() {
        return Err(Problem::unknown("channel_id", "names a channel that does not exist"));
    }
    let page = match view {
        Shown::All => app.store.conversations_page(&channels, query.limit.0, cursor.as_ref()).await?,
        Shown::Unreplied => app.store.conversations_waiting(&channels, query.limit.0, cursor.as_ref()).await?,
    };
    let (settings, now) = (app.store.settings_get().await?.window, clock::now());
    Ok(Json(Listing::of(&list, page, |conversation| ConversationView::of(conversation, &settings, now))))
}

/// Reads a conversation.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}",
    params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationView))
)]
async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ConversationId>,
) -> Answer<ConversationView> {
    let conversation = sight::conversation(&app, &caller, &id).await?;
    shown(&app, &id, Ok(Some(conversation))).await
}

/// Lists the messages of a conversation, the latest first.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}/messages",
    params(("id" = ConversationId, Path), PageQuery),
    responses((status = 200, body = Listing<MessageView>))
)]
async fn messages(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, query, .. }: Input<ids::ConversationId, PageQuery>,
) -> Answer<Listing<MessageView>> {
    const LIST: &str = "messages";
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    if !sight::within(&app, &caller, &id).await? {
        return Err(missing(&id));
    }
    let mut page = app.store.messages_page(&id, query.limit.0, cursor.as_ref()).await?;
    app.store.annotations_join(&id, &mut page.items).await?;
    if page.items.is_empty() && app.store.conversation_get(&id).await?.is_none() {
        return Err(missing(&id));
    }
    Ok(Json(Listing::of(LIST, page, MessageView::from)))
}

/// Gives the conversation to a user or a group, or to nobody.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/assign",
    params(("id" = ConversationId, Path)),
    request_body = Option<AssigneeChoice>,
    responses((status = 200, body = ConversationView))
)]
async fn assign(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::ConversationId, Nothing, Option<AssigneeInput>>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    let assignee = body.and_then(|assignee| assignee.0);
    must_exist(&app.store, assignee.as_ref(), "body").await?;
    shown(&app, &id, app.store.conversation_assign(&id, assignee, clock::now()).await).await
}

/// Closes the conversation, which also ends its wait for an answer. A message of the customer opens it again.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/close",
    params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationView))
)]
async fn close(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ConversationId>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    shown(&app, &id, app.store.conversation_close(&id, clock::now()).await).await
}

/// Opens a closed conversation.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/reopen",
    params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationView))
)]
async fn reopen(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ConversationId>,
) -> Answer<ConversationView> {
    sight::conversation(&app, &caller, &id).await?;
    shown(&app, &id, app.store.conversation_reopen(&id, clock::now()).await).await
}

/// Marks all messages that are there as read by the business. The conversation still waits for an answer. The customer is
/// shown so if the channel's `read_receipts` is `on_read`.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/read",
    params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationView))
)]
async fn mark_read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ConversationId>,
) -> Answer<ConversationView> {
    let now = clock::now();
    let receipt = signals::receipt(&app, &sight::conversation(&app, &caller, &id).await?, now).await?;
    shown(&app, &id, app.store.conversation_read(&id, receipt.as_ref(), now).await).await
}

/// Shows the customer for up to 25 seconds, or until a message goes out, that an answer is being written. WhatsApp also shows
/// their messages as read then, whatever the channel's `read_receipts`. Needs a message of the last 30 days.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/typing",
    params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationView))
)]
async fn show_typing(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ConversationId>,
) -> Answer<ConversationView> {
    signals::typing(&app, &sight::conversation(&app, &caller, &id).await?, clock::now()).await?;
    shown(&app, &id, app.store.conversation_get(&id).await).await
}
