//! Conversations: reading the inbox, and telling that it was read. What is done with them stands in `handling.rs`.
use axum::Json;
use axum::extract::{Extension, State};
use domain::conversation as entity;
use domain::ids;
use runtime::clock;
use store::{Found, StoreError};

use super::messages::MessageView;
use crate::area::area;
use crate::auth::Caller;
use crate::fields::ConversationId;
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::sight::{self, missing};
use crate::{Answer, App};

mod query;
mod signals;
mod view;
mod window;

use query::ConversationsQuery;
pub(super) use query::{Asked, InboxSort, WindowFilter, built_in_id, groups, of_words, saved, viewer};
pub(super) use view::ConversationView;
pub(super) use window::WindowView;

area! {
    ReadInbox: list, read, messages;
    WriteInbox: mark_read, show_typing;
}

/// A conversation as the caller sees it.
pub(super) async fn shown(app: &App, caller: &Caller, conversation: entity::Conversation) -> Answer<ConversationView> {
    let unread = app.store.unread_of(&conversation, caller.user.as_ref()).await?;
    let settings = app.store.settings_get().await?.window;
    Ok(Json(ConversationView::of(Found { conversation, unread }, &settings, clock::now())))
}

/// As [`shown`], of what an act left; one that is gone, or that the act has taken out of sight in between, is missing.
pub(super) async fn acted(
    app: &App,
    caller: &Caller,
    id: &ids::ConversationId,
    outcome: Result<Option<entity::Conversation>, StoreError>,
) -> Answer<ConversationView> {
    let conversation = outcome?.ok_or_else(|| missing(id))?;
    shown(app, caller, conversation).await
}

/// Lists the conversations that the caller sees, and that all filters take. Those of who waits, by how long they do; all others by
/// their last activity, to the minute. A page may be short, or empty, and still not the last one: then few of many were taken.
#[utoipa::path(
    get,
    path = "/v1/conversations",
    params(ConversationsQuery),
    responses((status = 200, body = Listing<ConversationView>))
)]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, ConversationsQuery>,
) -> Answer<Listing<ConversationView>> {
    let (filter, sort) = query.resolve(&app, &caller).await?;
    let asked = Asked::by(&app, &caller, &filter, sort).await?;
    let list = asked.list();
    let cursor = page::cursor(query.cursor.as_ref(), &list)?;
    let page = app.store.inbox_page(&asked.search(&caller), query.limit.0, cursor.as_ref()).await?;
    Ok(Json(Listing::of(&list, page, |found| ConversationView::of(found, &asked.settings, asked.at.now))))
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
    shown(&app, &caller, conversation).await
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

/// Marks all messages that are there as read by the user who asks, or, with a key that is no user's, by everybody. The
/// conversation still waits for an answer. The customer is shown so if the channel's `read_receipts` is `on_read`.
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
    let Some(user) = &caller.user else {
        return acted(&app, &caller, &id, app.store.conversation_read(&id, receipt.as_ref(), now).await).await;
    };
    let read = app.store.conversation_read_by(&id, user, receipt.as_ref(), now).await?;
    shown(&app, &caller, read.ok_or_else(|| missing(&id))?).await
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
    acted(&app, &caller, &id, app.store.conversation_get(&id).await).await
}
