//! Everything with one contact, in one order of time.
use axum::Json;
use axum::extract::{Extension, State};
use domain::contact_timeline::Turn;
use domain::ids;
use serde::Serialize;
use store::Moment;
use utoipa::ToSchema;

use super::consents::EntryView;
use super::contacts::load;
use super::messages::MessageView;
use super::notes::NoteView;
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{ContactId, ConversationId, Stamp, Word, vocabulary};
use crate::input::Input;
use crate::page::{self, Listing, PageQuery};
use crate::problem::Problem;
use crate::{Answer, App, sight};

area! {
    ReadInbox: list;
}

const LIST: &str = "timeline";

domain::words! {
    pub(crate) enum Happening {
        Consent = "consent",
        Message = "message",
        Note = "note",
        Turn = "turn",
    }
}

vocabulary! { MomentType = Happening, TurnType = domain::contact_timeline::TurnKind }

/// One of these, as `type` says.
#[derive(Serialize, ToSchema)]
#[schema(as = TimelineMoment)]
struct MomentView {
    #[serde(rename = "type")]
    kind: MomentType,
    at: Stamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<EntryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<NoteView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    turn: Option<TurnView>,
}

/// A change of the contact, or of a conversation.
#[derive(Serialize, ToSchema)]
#[schema(as = ContactTurn)]
struct TurnView {
    #[serde(rename = "type")]
    kind: TurnType,
    /// Whose change it was, as it is now: also one that was merged into this.
    contact_id: ContactId,
    /// The conversation that was assigned, unassigned, closed, reopened, snoozed or woken.
    conversation_id: Option<ConversationId>,
    /// The key, the user or the import that did it; none, where it came of itself: by a message, or in time.
    by: Option<String>,
    /// What was before and is after; whom or what it was about.
    data: serde_json::Value,
}

impl From<Moment> for MomentView {
    fn from(moment: Moment) -> MomentView {
        let view = |kind, at| MomentView {
            kind: Word(kind),
            at: Stamp(at),
            message: None,
            consent: None,
            note: None,
            turn: None,
        };
        match moment {
            Moment::Message(message) => {
                let at = message.at;
                MomentView { message: Some(MessageView::from(*message)), ..view(Happening::Message, at) }
            }
            Moment::Consent(entry) => {
                let at = entry.at;
                MomentView { consent: Some(EntryView::from(*entry)), ..view(Happening::Consent, at) }
            }
            Moment::Note(note) => {
                let at = note.created_at;
                MomentView { note: Some(NoteView::from(note)), ..view(Happening::Note, at) }
            }
            Moment::Turn(Turn { id: _, contact, conversation, kind, at, by, data }) => {
                let conversation_id = conversation.map(ConversationId::from);
                let turn = TurnView { kind: Word(kind), contact_id: contact.into(), conversation_id, by, data };
                MomentView { turn: Some(turn), ..view(Happening::Turn, at) }
            }
        }
    }
}

/// The contact's conversations, but for those that are there and out of sight.
async fn conversations(
    app: &App,
    caller: &Caller,
    contact: &domain::contact::Contact,
) -> Result<Vec<ids::ConversationId>, Problem> {
    let mut conversations = Vec::new();
    for channel in app.store.channels_all().await? {
        for thread in contact.threads() {
            let id = ids::ConversationId::of(&channel.id, thread);
            if !sight::is_hidden(app, caller, &id).await? {
                conversations.push(id);
            }
        }
    }
    Ok(conversations)
}

/// Lists everything with one contact, and with those that were merged into it, the latest first: messages and notes of all
/// threads, what was said of consents, and turns: created, imported, converted, stage_changed, owner_changed, merged, unmerged of
/// the contact; assigned, unassigned, closed, reopened, snoozed, woken of its conversations.
#[utoipa::path(
    get,
    path = "/v1/contacts/{id}/timeline",
    params(("id" = ContactId, Path), PageQuery),
    responses((status = 200, body = Listing<MomentView>))
)]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, query, .. }: Input<ids::ContactId, PageQuery>,
) -> Answer<Listing<MomentView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let contact = load(&app, &caller, &id).await?;
    let conversations = conversations(&app, &caller, &contact).await?;
    let page = app.store.contact_timeline(&contact, conversations, query.limit.0, cursor.as_ref()).await?;
    let page = page.ok_or_else(|| Problem::field("cursor", "must be the next_cursor of a page of this list"))?;
    Ok(Json(Listing::of(LIST, page, MomentView::from)))
}
