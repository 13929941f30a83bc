//! What happened to a contact beside messages and consents: each change is a line that follows from the row before and after,
//! so that telling it twice is telling it once.
use serde_json::{Value, json};

use crate::channel::Assignee;
use crate::contact::{Contact, ContactKind};
use crate::ids::{ContactId, ContactImportId, EventId};
use crate::{Time, words};

words! {
    pub enum TurnKind {
        Created = "created",
        Converted = "converted",
        Imported = "imported",
        Merged = "merged",
        OwnerChanged = "owner_changed",
        StageChanged = "stage_changed",
        Unmerged = "unmerged",
    }
}

/// A turn in the life of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub id: EventId,
    pub contact: ContactId,
    pub kind: TurnKind,
    pub at: Time,
    /// Whoever did it, where somebody did.
    pub by: Option<String>,
    pub data: Value,
}

fn assignee(owner: Option<&Assignee>) -> Option<&str> {
    owner.map(|owner| match owner {
        Assignee::User(id) => id.as_str(),
        Assignee::Group(id) => id.as_str(),
    })
}

/// What a change of a contact's row means. `at`: when the row changed.
pub fn turns(old: Option<&Contact>, new: &Contact, at: Time) -> Vec<Turn> {
    let changed = new.changed.as_ref();
    let by = changed.map(|changed| changed.by.clone());
    let imported = by.as_deref().filter(|by| ContactImportId::parse(by).is_some());
    let mut turns = Vec::new();
    let mut add = |kind: TurnKind, at: Time, data: Value| {
        let fact = [kind.word(), new.id.as_str(), &at.sortable(), &data.to_string()];
        turns.push(Turn { id: EventId::derive(&fact), contact: new.id.clone(), kind, at, by: by.clone(), data });
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
        let (before, after) = (assignee(old.owner.as_ref()), assignee(new.owner.as_ref()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::Changed;

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
}
