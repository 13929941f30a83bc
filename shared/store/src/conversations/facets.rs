//! What of a conversation stands elsewhere: a row among those of each of its labels and among those that are put off, and on
//! its own row the owner of its contact. event-relay keeps both in step, from the stream.
use domain::Time;
use domain::channel::Assignee;
use domain::conversation::Conversation;
use domain::ids::{ContactId, ConversationId};
use serde::{Deserialize, Serialize};

use crate::channels::assignee_text;
use crate::codec::{Row, encode};
use crate::error::StoreError;
use crate::expression::{s, values};
use crate::keys::{self, Key};
use crate::table::Store;

/// The owner is looked at again after it is copied, so often.
const OWNER_TRIES_MAX: u32 = 8;

#[derive(Serialize, Deserialize)]
struct FacetRow {
    id: String,
}

impl Row for FacetRow {
    const ENTITY: &'static str = "facet";
}

fn places(conversation: &Conversation) -> Vec<Key> {
    let among = conversation.labels.iter().map(|label| keys::labelled(label));
    let among = among.chain(conversation.snoozed_until.map(|_: Time| keys::SNOOZED.to_owned()));
    among.map(|among| keys::facet(&among, conversation.active_at, &conversation.id)).collect()
}

impl Store {
    /// Moves the conversation's rows from where they were to where they are to be. Nothing for most conversations, and for the
    /// others once an hour. Told again, in order, it ends alike.
    pub async fn conversation_facets(&self, old: Option<&Conversation>, new: &Conversation) -> Result<(), StoreError> {
        const OPERATION: &str = "conversation_facets";
        let (before, after) = (old.map(places).unwrap_or_default(), places(new));
        for key in after.iter().filter(|key| !before.contains(key)) {
            let row = FacetRow { id: new.id.to_string() };
            self.put(OPERATION, encode(OPERATION, key, None, &row)?).await?;
        }
        for key in before.iter().filter(|key| !after.contains(key)) {
            let values = values([(":id", s(new.id.as_str()))]);
            self.delete(OPERATION, key, "#id = :id", values).await?;
        }
        Ok(())
    }

    /// Copies the contact's owner to a conversation of theirs. Whoever does it last at the same time as others has seen the owner
    /// that there is.
    pub async fn conversation_own(&self, id: &ConversationId, contact: &ContactId) -> Result<(), StoreError> {
        const OPERATION: &str = "conversation_own";
        let mut copied: Option<Option<Assignee>> = None;
        for _ in 0..OWNER_TRIES_MAX {
            let owner = self.contact_get(contact).await?.and_then(|contact| contact.owner);
            if copied.as_ref() == Some(&owner) || (copied.is_none() && owner.is_none() && !self.is_owned(id).await?) {
                return Ok(());
            }
            let (key, condition) = (keys::conversation(id), "attribute_exists(#pk)");
            match &owner {
                Some(owner) => {
                    let values = values([(":owned_by", s(assignee_text(Some(owner))))]);
                    self.update(OPERATION, &key, "SET #owned_by = :owned_by", condition, values).await?;
                }
                None => {
                    self.update(OPERATION, &key, "REMOVE #owned_by", condition, values([])).await?;
                }
            }
            copied = Some(owner);
        }
        Err(StoreError::Contended { operation: OPERATION })
    }

    async fn is_owned(&self, id: &ConversationId) -> Result<bool, StoreError> {
        Ok(self.conversation_get(id).await?.is_some_and(|conversation| conversation.owner.is_some()))
    }
}
