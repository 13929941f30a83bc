//! What changes of a contact mean: what it is found by, its turns, and whom it may be.
use domain::Time;
use domain::contact::Contact;
use domain::contact_import::ContactImport;
use domain::contact_search::terms;
use domain::contact_timeline::{Turn, turns};
use domain::event::{Event, EventKind};
use domain::ids::{ChannelId, ContactId, ConversationId, EventId};
use futures::{StreamExt, TryStreamExt, stream};
use queue::ContactImportTask;
use runtime::clock;
use serde_json::json;
use store::{Store, StoreError};

use crate::tell::Telling;

/// How many contacts are brought in step at a time.
const AT_ONCE: usize = 8;

impl Telling {
    pub(crate) fn contact(&mut self, old: Option<&Contact>, new: &Contact, at: Time) {
        let place = |contact: &Contact| {
            (terms(contact, &contact.identities), contact.merged.clone(), contact.merged_into.clone())
        };
        if old.is_none_or(|old| place(old) != place(new)) {
            self.contacts.insert(new.id.clone(), at);
        }
        let before = old.map(|old| old.merge_proposals.as_slice()).unwrap_or_default();
        let proposed = new.merge_proposals.iter().filter(|other| !before.contains(other));
        self.pairs.extend(proposed.map(|other| (new.id.clone(), other.clone(), at)));
        self.turned(turns(old, new, at), None);
    }

    /// Turns of a contact, or of its conversation on a channel.
    pub(crate) fn turned(&mut self, turns: Vec<Turn>, channel: Option<&ChannelId>) {
        let events = turns.iter().filter_map(Turn::event);
        self.events.extend(events.map(|event| Event { channel_id: channel.cloned(), ..event }));
        self.turns.extend(turns);
    }

    /// A table that is to be read, or read on; and its end.
    pub(crate) fn contact_import(&mut self, old: Option<&ContactImport>, new: &ContactImport) {
        let is_open = !new.state.is_over();
        if is_open && old.is_none_or(|old| old.leg != new.leg) {
            self.contact_imports.push(ContactImportTask::new(&new.id, new.leg).entry());
        }
        if let Some(at) = new.ended_at.filter(|_| old.is_some_and(|old| old.ended_at.is_none())) {
            let kind = EventKind::ContactImportEnded;
            self.events.push(Event {
                id: EventId::derive(&[kind.word(), new.id.as_str()]),
                kind,
                at,
                channel_id: None,
                contact_id: None,
                conversation_id: None,
                data: json!({
                    "import_id": new.id.as_str(), "state": new.state.word(), "problem": new.problem, "rows": new.rows,
                    "created": new.counts.created, "updated": new.counts.updated, "skipped": new.counts.skipped,
                    "failed": new.counts.failed, "by": new.by,
                }),
            });
        }
    }
}

/// Writes what follows for contacts; all of it again changes nothing.
pub(crate) async fn tell(store: &Store, telling: &Telling) -> Result<(), StoreError> {
    let turns = stream::iter(&telling.turns).map(|turn| store.contact_turn_add(turn));
    turns.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    let contacts = stream::iter(&telling.contacts).map(|(contact, at)| store.contact_index(contact, *at));
    contacts.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    waiting(store, telling).await?;
    let pairs = stream::iter(&telling.pairs).map(|(one, other, at)| store.pair_propose(one, other, *at));
    pairs.buffer_unordered(AT_ONCE).try_collect::<()>().await
}

/// Brings in step who sees what waits for its time.
async fn waiting(store: &Store, telling: &Telling) -> Result<(), StoreError> {
    let mut places = telling.waiting.clone();
    if !telling.regarded.is_empty() {
        for channel in store.channels_all().await? {
            let of = |contact: &ContactId| (ConversationId::of(&channel.id, contact), contact.clone());
            places.extend(telling.regarded.iter().map(of));
        }
    }
    let now = clock::now();
    let places = stream::iter(&places);
    let places = places.map(|(conversation, contact)| store.messages_waiting_index(conversation, contact, now));
    places.buffer_unordered(AT_ONCE).try_collect::<()>().await
}
