//! What of a conversation stands elsewhere, so that the inbox can be asked by it: its labels, its contact's owner, who sees what waits.
use std::collections::BTreeSet;

use domain::Time;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::event::{Event, EventKind};
use domain::ids::{ContactId, ConversationId, EventId};
use domain::inbox::Note;
use serde_json::json;
use store::StoreError;

use crate::Relay;
use crate::tell::Telling;

#[derive(Debug)]
pub(crate) enum Copy {
    /// What the conversation is among, from what it was.
    Facets { old: Option<Box<Conversation>>, new: Box<Conversation> },
    /// The contact's owner, to a new conversation.
    OwnerTo(ConversationId, ContactId),
    /// To all of the contact's conversations.
    OwnerOf(ContactId),
}

/// `note.added`. What it says is for those who may read the conversation.
pub(crate) fn note(note: &Note) -> Event {
    let mentions: Vec<&str> = note.mentions.iter().map(|user| user.as_str()).collect();
    Event {
        id: EventId::derive(&[EventKind::NoteAdded.word(), note.id.as_str()]),
        kind: EventKind::NoteAdded,
        at: note.created_at,
        channel_id: None,
        contact_id: None,
        conversation_id: Some(note.conversation_id.clone()),
        data: json!({"note_id": note.id.as_str(), "author": note.author.as_str(), "mentions": mentions}),
    }
}

impl Telling {
    pub(crate) fn inbox(&mut self, old: Option<Box<Conversation>>, new: Box<Conversation>, at: Time) {
        let is_moved = old.as_ref().and_then(|old| old.assignee.as_ref()) != new.assignee.as_ref();
        if is_moved {
            self.contacts.insert(new.contact_id.clone(), at);
            self.regarded.insert(new.contact_id.clone());
        }
        if old.is_none() {
            self.waiting.insert(new.id.clone(), new.contact_id.clone());
            self.copies.push(Copy::OwnerTo(new.id.clone(), new.contact_id.clone()));
        }
        let is_among = |of: &Conversation| !of.labels.is_empty() || of.snoozed_until.is_some();
        if is_among(&new) || old.as_deref().is_some_and(is_among) {
            self.copies.push(Copy::Facets { old, new });
        }
    }

    pub(crate) fn owner_of(&mut self, old: &Contact, new: &Contact) {
        if old.owner != new.owner || old.merged != new.merged {
            // Also to those of whoever was merged into the contact, or was until now.
            let threads: BTreeSet<&ContactId> = old.threads().chain(new.threads()).collect();
            self.regarded.extend(threads.iter().copied().cloned());
            self.copies.extend(threads.into_iter().cloned().map(Copy::OwnerOf));
        }
    }
}

impl Relay {
    pub(crate) async fn copy(&self, copies: &[Copy]) -> Result<(), StoreError> {
        for copy in copies {
            match copy {
                Copy::Facets { old, new } => self.store.conversation_facets(old.as_deref(), new).await?,
                Copy::OwnerTo(conversation, contact) => self.store.conversation_own(conversation, contact).await?,
                Copy::OwnerOf(contact) => {
                    for channel in self.store.channels_all().await? {
                        let conversation = ConversationId::of(&channel.id, contact);
                        self.store.conversation_own(&conversation, contact).await?;
                    }
                }
            }
        }
        Ok(())
    }
}
