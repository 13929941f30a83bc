//! What was read, and what the customer is to be shown apart from messages: wishes on the conversation's row, which the stream carries to whoever
//! has the token. Each moves forward only, so that wishing twice is wishing once.
use std::collections::{BTreeSet, HashMap};

use domain::Time;
use domain::conversation::{Conversation, Seen, Signal, answers_all};
use domain::ids::{ConversationId, UserId};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, Key};
use crate::table::{Store, Updated};

/// What one user has read of the unread messages of a conversation.
#[derive(Serialize, Deserialize)]
struct SeenRow {
    id: String,
    marks: BTreeSet<u32>,
    at: i64,
}

impl Row for SeenRow {
    const ENTITY: &'static str = "seen";
}

impl Store {
    /// All that was there at `now` was seen by whoever is to see it. It stays unanswered. With `receipt` the customer is to know.
    pub async fn conversation_read(
        &self,
        id: &ConversationId,
        receipt: Option<&Signal>,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        let change = |next: &mut Conversation| {
            if !next.unread.is_empty() && answers_all(next, now) {
                next.unread.clear();
                next.seen_at = Some(now);
            }
            if let Some(receipt) = receipt.filter(|receipt| next.lacks_receipt(receipt)) {
                next.read_receipt = Some(receipt.clone());
            }
        };
        self.conversation_change("conversation_read", id, now, change).await
    }

    /// As [`Store::conversation_read`] for one user alone: of the others it stays unread.
    pub async fn conversation_read_by(
        &self,
        id: &ConversationId,
        user: &UserId,
        receipt: Option<&Signal>,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        const OPERATION: &str = "conversation_read_by";
        let change = |next: &mut Conversation| {
            if let Some(receipt) = receipt.filter(|receipt| next.lacks_receipt(receipt)) {
                next.read_receipt = Some(receipt.clone());
            }
        };
        let Some(conversation) = self.conversation_change(OPERATION, id, now, change).await? else { return Ok(None) };
        // What came since has been read by nobody.
        if answers_all(&conversation, now) {
            self.conversation_seen_set(id, user, &conversation.unread, now).await?;
        }
        Ok(Some(conversation))
    }

    /// Of what is unread in a conversation, `user` has read these messages by `now`.
    pub async fn conversation_seen_set(
        &self,
        id: &ConversationId,
        user: &UserId,
        marks: &BTreeSet<u32>,
        now: Time,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "conversation_seen_set";
        let row = SeenRow { id: id.to_string(), marks: marks.clone(), at: now.millis() };
        self.put(OPERATION, encode(OPERATION, &keys::seen(id, user), None, &row)?).await
    }

    /// What a user has read of these conversations, of which there is something.
    pub async fn conversations_seen(
        &self,
        ids: &[&ConversationId],
        user: &UserId,
    ) -> Result<HashMap<ConversationId, Seen>, StoreError> {
        const OPERATION: &str = "conversations_seen";
        let keys: Vec<Key> = ids.iter().map(|id| keys::seen(id, user)).collect();
        let rows = self.get_many(OPERATION, &keys).await?;
        let read = |item: Attributes| {
            let row: SeenRow = decode(OPERATION, item)?;
            let id =
                ConversationId::parse(&row.id).ok_or_else(|| StoreError::row(OPERATION, "what was read, of what"))?;
            Ok((id, Seen { marks: row.marks, at: Time::from_millis(row.at) }))
        };
        rows.into_iter().map(read).collect()
    }

    /// Somebody is writing an answer; a wish that is older than the one there changes nothing.
    pub async fn conversation_typing(&self, id: &ConversationId, typing: &Signal) -> Result<(), StoreError> {
        let values = values([(":wamid", s(&typing.wamid)), (":at", n(typing.at.millis())), (":one", n(1))]);
        let expression = "SET #typing_wamid = :wamid, #typing_at = :at ADD #revision :one";
        let condition = "attribute_exists(#pk) AND (attribute_not_exists(#typing_at) OR #typing_at < :at)";
        match self.update("conversation_typing", &keys::conversation(id), expression, condition, values).await? {
            Updated::Done | Updated::Refused(_) => Ok(()),
        }
    }
}
