//! What people do with a conversation. Each is decided on the row as it is and written on that revision: of two who take a
//! conversation at once one is told that the other has it.
use domain::Time;
use domain::access::Actor;
use domain::channel::Assignee;
use domain::conversation::{Conversation, LABELS_MAX, TakenBy, pick_up};
use domain::ids::{ConversationId, UserId};

use super::{TRIES_MAX, read};
use crate::error::StoreError;
use crate::table::{Store, Updated};

/// What came of an attempt to take a conversation.
#[derive(Debug)]
pub enum PickedUp {
    Yes(Box<Conversation>),
    Taken(TakenBy),
    Missing,
}

impl Store {
    pub async fn conversation_assign(
        &self,
        id: &ConversationId,
        to: Option<Assignee>,
        by: &Actor,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        self.conversation_change("conversation_assign", id, now, |next| next.give(to.clone(), by, now)).await
    }

    pub async fn conversation_pick_up(
        &self,
        id: &ConversationId,
        user: &UserId,
        is_forced: bool,
        now: Time,
    ) -> Result<PickedUp, StoreError> {
        const OPERATION: &str = "conversation_pick_up";
        let mut seen = self.conversation_get(id).await?;
        for _ in 0..TRIES_MAX {
            let Some(existing) = seen else { return Ok(PickedUp::Missing) };
            let mut next = match pick_up(&existing, user, is_forced, now) {
                Ok(next) => next,
                Err(taken) => return Ok(PickedUp::Taken(taken)),
            };
            if next == existing {
                return Ok(PickedUp::Yes(Box::new(existing)));
            }
            match self.conversation_write(OPERATION, &next, now).await? {
                Updated::Done => {
                    next.revision = next.revision.saturating_add(1);
                    return Ok(PickedUp::Yes(Box::new(next)));
                }
                Updated::Refused(item) => seen = item.map(|item| read(OPERATION, item)).transpose()?,
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }

    /// The customer waits again since they wrote last, unless somebody has handled the conversation since it was `seen`.
    pub async fn conversation_waits_again(&self, seen: &Conversation, now: Time) -> Result<(), StoreError> {
        let change = |next: &mut Conversation| {
            if next.handled_at == seen.handled_at && next.waiting_since.is_none() {
                next.waiting_since = next.last_inbound_at;
            }
        };
        self.conversation_change("conversation_waits_again", &seen.id, now, change).await?;
        Ok(())
    }

    /// Closing also ends the wait for an answer.
    pub async fn conversation_close(
        &self,
        id: &ConversationId,
        by: &Actor,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        self.conversation_change("conversation_close", id, now, |next| next.close(by, now)).await
    }

    pub async fn conversation_reopen(
        &self,
        id: &ConversationId,
        by: &Actor,
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        self.conversation_change("conversation_reopen", id, now, |next| next.reopen(by, now)).await
    }

    /// Puts labels on and takes others off. One that would have more than it may stays as it is: whoever asks looks at what
    /// they are given.
    pub async fn conversation_label(
        &self,
        id: &ConversationId,
        on: &[String],
        off: &[String],
        now: Time,
    ) -> Result<Option<Conversation>, StoreError> {
        let change = |next: &mut Conversation| {
            let mut labels = next.labels.clone();
            labels.retain(|label| !off.contains(label));
            labels.extend(on.iter().cloned());
            if labels.len() <= LABELS_MAX {
                next.labels = labels;
            }
        };
        self.conversation_change("conversation_label", id, now, change).await
    }
}
