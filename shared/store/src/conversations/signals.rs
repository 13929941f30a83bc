//! What the customer is to be shown apart from messages: wishes on the conversation's row, which the stream carries to whoever
//! has the token. Each moves forward only, so that wishing twice is wishing once.
use domain::Time;
use domain::conversation::{Conversation, Signal};
use domain::ids::ConversationId;

use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Store, Updated};

impl Store {
    /// An agent has seen all that was there at `now`. It stays unanswered. With `receipt` the customer is to know.
    pub async fn conversation_read(
        &self,
        id: &ConversationId,
        receipt: Option<&Signal>,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        let change = |next: &mut Conversation| {
            if !next.unread.is_empty() {
                next.unread.clear();
                next.seen_at = Some(now);
            }
            if let Some(receipt) = receipt.filter(|receipt| next.lacks_receipt(receipt)) {
                next.read_receipt = Some(receipt.clone());
            }
        };
        self.conversation_change("conversation_read", id, now, change).await
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
