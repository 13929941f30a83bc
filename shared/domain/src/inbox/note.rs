//! Internal notes.
use crate::Time;
use crate::access::Actor;
use crate::ids::{ConversationId, NoteId, UserId};

/// Users whom one note mentions.
pub const MENTIONS_MAX: usize = 20;

/// What somebody wrote about a conversation for others of the business. It is never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: NoteId,
    pub conversation_id: ConversationId,
    pub author: Actor,
    pub body: String,
    /// Who is to be told of it.
    pub mentions: Vec<UserId>,
    pub created_at: Time,
}
