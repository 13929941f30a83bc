//! What happened to a contact and to its conversations beside messages, notes and consents: each change is a line that follows
//! from the row before and after, so that telling it twice is telling it once.
use serde_json::{Value, json};

use crate::channel::Assignee;
use crate::contact::{Contact, ContactKind};
use crate::conversation::{Conversation, ConversationStatus};
use crate::event::{Event, EventKind};
use crate::ids::{ContactId, ContactImportId, ConversationId, EventId};
use crate::{Time, words};

words! {
    pub enum TurnKind {
        /// Given to somebody, or taken by them.
        Assigned = "assigned",
        Closed = "closed",
        Created = "created",
        Converted = "converted",
        Imported = "imported",
        Merged = "merged",
        OwnerChanged = "owner_changed",
        Reopened = "reopened",
        /// Put off.
        Snoozed = "snoozed",
        StageChanged = "stage_changed",
        /// Given to nobody.
        Unassigned = "unassigned",
        Unmerged = "unmerged",
        /// Back, having been put off.
        Woken = "woken",
    }
}

/// A turn in the life of a contact, or of one of its conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub id: EventId,
    pub contact: ContactId,
    /// Whose turn it is, unless it is the contact's own.
    pub conversation: Option<ConversationId>,
    pub kind: TurnKind,
    pub at: Time,
    /// Whoever did it, where somebody did.
    pub by: Option<String>,
    pub data: Value,
}

impl TurnKind {
    /// The event that tells it, where one does.
    fn event(self) -> Option<EventKind> {
        Some(match self {
            TurnKind::Assigned => EventKind::ConversationAssigned,
            TurnKind::Closed => EventKind::ConversationClosed,
            TurnKind::Converted => EventKind::ContactConverted,
            TurnKind::Merged => EventKind::ContactMerged,
            TurnKind::Reopened => EventKind::ConversationReopened,
            TurnKind::Snoozed => EventKind::ConversationSnoozed,
            TurnKind::Unassigned => EventKind::ConversationUnassigned,
            TurnKind::Unmerged => EventKind::ContactUnmerged,
            TurnKind::Woken => EventKind::ConversationWoken,
            TurnKind::Created | TurnKind::Imported | TurnKind::OwnerChanged | TurnKind::StageChanged => return None,
        })
    }
}

impl Turn {
    /// What of it is told to whoever listens. The channel is not known here.
    pub fn event(&self) -> Option<Event> {
        let kind = self.kind.event()?;
        let mut data = self.data.clone();
        data["by"] = json!(self.by);
        if let (TurnKind::Assigned, Some(to)) = (self.kind, self.data["after"].as_str().and_then(Assignee::parse)) {
            let key = match to {
                Assignee::User(_) => "user_id",
                Assignee::Group(_) => "group_id",
                Assignee::Role(_) => "role",
            };
            data[key] = json!(to.as_str());
        }
        Some(Event {
            id: EventId::derive(&[kind.word(), self.id.as_str()]),
            kind,
            at: self.at,
            channel_id: None,
            contact_id: Some(self.contact.clone()),
            conversation_id: self.conversation.clone(),
            data,
        })
    }
}

fn spelled(owner: Option<&Assignee>) -> Option<&str> {
    owner.map(Assignee::as_str)
}

/// What a change of a contact's row means. `at`: when the row changed.
pub fn turns(old: Option<&Contact>, new: &Contact, at: Time) -> Vec<Turn> {
    let changed = new.changed.as_ref();
    let by = changed.map(|changed| changed.by.clone());
    let imported = by.as_deref().filter(|by| ContactImportId::parse(by).is_some());
    let mut turns = Vec::new();
    let mut add = |kind: TurnKind, at: Time, data: Value| {
        let fact = [kind.word(), new.id.as_str(), &at.sortable(), &data.to_string()];
        let (id, contact) = (EventId::derive(&fact), new.id.clone());
        turns.push(Turn { id, contact, conversation: None, kind, at, by: by.clone(), data });
    };
    let Some(old) = old else {
        add(TurnKind::Created, new.created_at, json!({"kind": new.kind.word()}));
        if let Some(import) = imported {
            add(TurnKind::Imported, new.created_at, json!({"import_id": import}));
        }
        return turns;
    };
    let at = changed.filter(|changed| old.changed.as_ref() != Some(*changed)).map_or(at, |changed| changed.at);
    if let Some(import) = imported.filter(|_| old.changed != new.changed) {
        add(TurnKind::Imported, at, json!({"import_id": import}));
    }
    if old.kind == ContactKind::Lead && new.kind == ContactKind::Contact {
        add(TurnKind::Converted, at, json!({}));
    }
    if old.stage != new.stage {
        add(TurnKind::StageChanged, at, json!({"before": old.stage, "after": new.stage}));
    }
    if old.owner != new.owner {
        let (before, after) = (spelled(old.owner.as_ref()), spelled(new.owner.as_ref()));
        add(TurnKind::OwnerChanged, at, json!({"before": before, "after": after}));
    }
    let differing = |one: &[ContactId], other: &[ContactId]| -> Vec<ContactId> {
        one.iter().filter(|id| !other.contains(id)).cloned().collect()
    };
    for id in differing(&new.merged, &old.merged) {
        add(TurnKind::Merged, at, json!({"contact_id": id.as_str()}));
    }
    for id in differing(&old.merged, &new.merged) {
        add(TurnKind::Unmerged, at, json!({"contact_id": id.as_str()}));
    }
    turns
}

/// What a change of a conversation's row means for its contact. `at`: when the row changed, to the second as the stream has it;
/// the row itself knows better.
pub fn handled(old: Option<&Conversation>, new: &Conversation, at: Time) -> Vec<Turn> {
    let turned = new.turned.as_ref().filter(|turned| old.and_then(|old| old.turned.as_ref()) != Some(*turned));
    let at = turned.map_or(at, |turned| turned.at);
    let by = turned.and_then(|turned| turned.by.as_ref()).map(|by| by.as_str().to_owned());
    let mut turns = Vec::new();
    let mut add = |kind: TurnKind, data: Value| {
        let id = EventId::derive(&[kind.word(), new.id.as_str(), &new.revision.to_string()]);
        let (contact, conversation) = (new.contact_id.clone(), Some(new.id.clone()));
        turns.push(Turn { id, contact, conversation, kind, at, by: by.clone(), data });
    };
    let before = old.and_then(|old| old.assignee.as_ref());
    if before != new.assignee.as_ref() {
        let (before, after) = (spelled(before), spelled(new.assignee.as_ref()));
        let kind = if after.is_some() { TurnKind::Assigned } else { TurnKind::Unassigned };
        add(kind, json!({"before": before, "after": after}));
    }
    match (old.map(|old| old.status), new.status) {
        (Some(ConversationStatus::Open), ConversationStatus::Closed) => add(TurnKind::Closed, json!({})),
        (Some(ConversationStatus::Closed), ConversationStatus::Open) => add(TurnKind::Reopened, json!({})),
        _ => {}
    }
    match (old.and_then(|old| old.snoozed_until), new.snoozed_until) {
        (before, Some(until)) if before != Some(until) => add(TurnKind::Snoozed, json!({"until": until.to_string()})),
        (Some(until), None) => {
            let has_written = old.is_some_and(|old| old.last_inbound_at != new.last_inbound_at);
            let reason = match (has_written, new.status) {
                (true, _) => "customer_wrote",
                (false, _) if until <= at => "time",
                (false, ConversationStatus::Closed) => "closed",
                (false, ConversationStatus::Open) => "taken_back",
            };
            add(TurnKind::Woken, json!({"until": until.to_string(), "reason": reason}));
        }
        _ => {}
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Actor;
    use crate::contact::Changed;
    use crate::conversation::{Arrival, Turned, start};
    use crate::ids::{ChannelId, MessageId, UserId};

    #[test]
    fn changes_are_told_once_each() {
        let at = Time::from_seconds;
        let id = ContactId::derive(&["ann"]);
        let import = ContactImportId::derive(&["i"]);
        let ann = Contact::stranger(id, ContactKind::Lead, vec![], at(5));
        let by = |by: &str, seconds| Some(Changed { at: at(seconds), by: by.to_owned() });
        let converted = Contact {
            kind: ContactKind::Contact,
            stage: Some("won".to_owned()),
            changed: by("usr_1", 9),
            ..ann.clone()
        };
        let imported = Contact { changed: by(import.as_str(), 10), ..converted.clone() };
        let merged = Contact { merged: vec![ContactId::derive(&["bob"])], ..imported.clone() };
        use TurnKind::{Converted, Created, Imported, Merged, StageChanged, Unmerged};
        for (old, new, told) in [
            (None, &ann, vec![Created]),
            (None, &imported, vec![Created, Imported]),
            (Some(&ann), &ann, vec![]),
            (Some(&ann), &converted, vec![Converted, StageChanged]),
            (Some(&converted), &imported, vec![Imported]),
            (Some(&imported), &merged, vec![Merged]),
            (Some(&merged), &imported, vec![Unmerged]),
        ] {
            let turns = turns(old, new, at(20));
            assert_eq!(turns.iter().map(|turn| turn.kind).collect::<Vec<_>>(), told);
            assert_eq!(turns, super::turns(old, new, at(20)));
        }
        let turn = &turns(Some(&ann), &converted, at(20))[0];
        assert_eq!((turn.at, turn.by.as_deref()), (at(9), Some("usr_1")));
    }

    #[test]
    fn what_is_done_with_a_conversation_is_told_once_each() {
        let at = Time::from_seconds;
        let (channel, contact) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
        let conversation = ConversationId::of(&channel, &contact);
        let message = MessageId::of_wamid(&conversation, at(5), "w");
        let (received_at, assign_to, referral) = (at(5), None, None);
        let arrival = Arrival { conversation, channel, contact, message, at: at(5), received_at, assign_to, referral };
        let user = |name: &str| Some(Assignee::User(UserId::derive(&[name])));
        let new = start(&arrival);
        let given = Conversation { assignee: user("uma"), revision: 2, ..new.clone() };
        let taken = Conversation { assignee: user("olaf"), revision: 3, ..given.clone() };
        let closed = Conversation { status: ConversationStatus::Closed, assignee: None, revision: 4, ..taken.clone() };
        let put_off = Conversation { snoozed_until: Some(at(90)), revision: 5, ..new.clone() };
        let turned = Some(Turned { at: Time::from_millis(19_250), by: Some(Actor::User(UserId::derive(&["uma"]))) });
        let by_uma = Conversation { turned, ..taken.clone() };
        let event = handled(Some(&given), &by_uma, at(20)).first().and_then(Turn::event).unwrap();
        let (uma, olaf) = (UserId::derive(&["uma"]), UserId::derive(&["olaf"]));
        let told = json!({
            "before": uma.as_str(), "after": olaf.as_str(), "user_id": olaf.as_str(), "by": uma.as_str(),
        });
        assert_eq!(
            (event.kind, event.at, event.data),
            (EventKind::ConversationAssigned, Time::from_millis(19_250), told)
        );
        let closed_later = Conversation { status: ConversationStatus::Closed, ..by_uma.clone() };
        let by_nobody_known = &handled(Some(&by_uma), &closed_later, at(21))[0];
        assert_eq!((by_nobody_known.at, &by_nobody_known.by), (at(21), &None), "uma did what came before");
        use TurnKind::{Assigned, Closed, Reopened, Snoozed, Unassigned, Woken};
        for (old, new, told) in [
            (None, &new, vec![]),
            (None, &given, vec![Assigned]),
            (Some(&new), &given, vec![Assigned]),
            (Some(&given), &given, vec![]),
            (Some(&given), &taken, vec![Assigned]),
            (Some(&taken), &closed, vec![Unassigned, Closed]),
            (Some(&closed), &new, vec![Reopened]),
            (Some(&new), &put_off, vec![Snoozed]),
            (Some(&put_off), &new, vec![Woken]),
        ] {
            let turns = handled(old, new, at(20));
            assert_eq!(turns.iter().map(|turn| turn.kind).collect::<Vec<_>>(), told);
            assert_eq!(turns, handled(old, new, at(20)));
        }
    }
}
