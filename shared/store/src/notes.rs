//! Internal notes: what people write about a conversation for each other. They stand in its partition and never leave.
use domain::Time;
use domain::access::Actor;
use domain::channel::Assignee;
use domain::conversation::Conversation;
use domain::ids::{ConversationId, NoteId, UserId};
use domain::inbox::Note;
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys;
use crate::table::{Order, Put, Range, Store};

#[derive(Serialize, Deserialize)]
struct NoteRow {
    id: String,
    conversation_id: String,
    author: String,
    body: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<String>,
    created_at: i64,
}

impl Row for NoteRow {
    const ENTITY: &'static str = "note";
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Note, StoreError> {
    let row: NoteRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a note with {what} unreadable"));
    Ok(Note {
        id: NoteId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        conversation_id: ConversationId::parse(&row.conversation_id).ok_or_else(|| odd("conversation_id"))?,
        author: Actor::parse(&row.author).ok_or_else(|| odd("its author"))?,
        body: row.body,
        mentions: row.mentions.iter().filter_map(|id| UserId::parse(id)).collect(),
        created_at: Time::from_millis(row.created_at),
    })
}

fn item(operation: &'static str, note: &Note) -> Result<Attributes, StoreError> {
    let row = NoteRow {
        id: note.id.to_string(),
        conversation_id: note.conversation_id.to_string(),
        author: note.author.as_str().to_owned(),
        body: note.body.clone(),
        mentions: note.mentions.iter().map(ToString::to_string).collect(),
        created_at: note.created_at.millis(),
    };
    encode(operation, &keys::note(&note.conversation_id, &note.id), None, &row)
}

impl Store {
    pub async fn note_add(&self, note: &Note) -> Result<Put<Note>, StoreError> {
        const OPERATION: &str = "note_add";
        match self.put_new(OPERATION, item(OPERATION, note)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read(OPERATION, item)?)),
        }
    }

    pub async fn note_get(&self, conversation: &ConversationId, id: &NoteId) -> Result<Option<Note>, StoreError> {
        const OPERATION: &str = "note_get";
        self.get(OPERATION, &keys::note(conversation, id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// The latest first.
    pub async fn notes_page(
        &self,
        conversation: &ConversationId,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Note>, StoreError> {
        const OPERATION: &str = "notes_page";
        let pk = conversation.as_str();
        let range = Range { index: None, pk, range: Some(keys::NOTES), order: Order::Descending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let items = page.items.into_iter().map(|item| read(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// Gives the conversation to somebody else, with a note to them. The note goes first: cut off in between, it says what was
    /// meant, and the same request again does the rest and finds its note there.
    pub async fn conversation_hand_over(
        &self,
        id: &ConversationId,
        to: Assignee,
        by: &Actor,
        note: Option<&Note>,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        if let Some(note) = note {
            self.note_add(note).await?;
        }
        self.conversation_assign(id, Some(to), by, now).await
    }
}
