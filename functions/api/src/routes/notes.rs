//! Internal notes of a conversation: for those of the business who see it, and never sent.
use axum::Json;
use axum::extract::{Extension, State};
use domain::ids;
use domain::inbox::{MENTIONS_MAX, Note};
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{ConversationId, NoteId, Stamp, Text, UserId};
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::people::must_see;
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App, sight};

area! {
    ReadInbox: list;
    WriteInbox: add;
}

#[derive(Serialize, ToSchema)]
#[schema(as = Note)]
pub(super) struct NoteView {
    id: NoteId,
    conversation_id: ConversationId,
    /// The id of a user or a key, or `bootstrap`.
    author: String,
    body: String,
    mentions: Vec<UserId>,
    created_at: Stamp,
}

impl From<Note> for NoteView {
    fn from(note: Note) -> NoteView {
        NoteView {
            id: note.id.into(),
            conversation_id: note.conversation_id.into(),
            author: note.author.to_string(),
            body: note.body,
            mentions: note.mentions.into_iter().map(UserId::from).collect(),
            created_at: Stamp(note.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    body: Text<4000>,
    /// Who is to be told of it.
    #[serde(default)]
    #[schema(max_items = 20)]
    mentions: Vec<UserId>,
}

/// Lists the notes of a conversation, the latest first.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}/notes",
    params(("id" = ConversationId, Path), PageQuery),
    responses((status = 200, body = Listing<NoteView>))
)]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, query, .. }: Input<ids::ConversationId, PageQuery>,
) -> Answer<Listing<NoteView>> {
    const LIST: &str = "notes";
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    sight::conversation(&app, &caller, &id).await?;
    let page = app.store.notes_page(&id, query.limit.0, cursor.as_ref()).await?;
    Ok(Json(Listing::of(LIST, page, NoteView::from)))
}

/// Adds a note.
#[utoipa::path(
    post,
    path = "/v1/conversations/{id}/notes",
    params(("id" = ConversationId, Path)),
    request_body = NewNote,
    responses((status = 201, body = NoteView))
)]
async fn add(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, fingerprint, .. }: Input<ids::ConversationId, Nothing, NewNote>,
) -> AnswerWith<NoteView> {
    let conversation = sight::conversation(&app, &caller, &id).await?;
    let mut mentions: Vec<ids::UserId> = body.mentions.into_iter().map(|user| user.0).collect();
    if mentions.len() > MENTIONS_MAX {
        return Err(Problem::field("mentions", format!("must have at most {MENTIONS_MAX} users")));
    }
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let note_id = ids::NoteId::new(ticket.at, ticket.entropy);
    if ticket.is_repeated
        && let Some(before) = app.store.note_get(&id, &note_id).await?
    {
        return Ok((StatusCode::CREATED, Json(before.into())));
    }
    must_see(&app.store, &conversation, &mentions, "mentions").await?;
    mentions.sort_unstable();
    mentions.dedup();
    let note = Note {
        id: note_id,
        conversation_id: id,
        author: caller.actor(),
        body: body.body.0,
        mentions,
        created_at: ticket.at,
    };
    let note = match app.store.note_add(&note).await? {
        Put::Written => note,
        Put::Exists(before) => before,
    };
    Ok((StatusCode::CREATED, Json(note.into())))
}
