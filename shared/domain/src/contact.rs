//! A person on WhatsApp, known by a set of identities.
use crate::channel::Assignee;
use crate::consent::Consents;
use crate::identity::{Identity, IdentityKind};
use crate::ids::ContactId;
use crate::reach::Reach;
use crate::sending::limits::Sends;
use crate::{Time, words};

words! {
    pub enum ContactKind {
        Lead = "lead",
        Contact = "contact",
    }
}

/// Who edited a contact, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub at: Time,
    pub by: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    /// After which contact its threads are named: another one, where it was read by a contact that was merged into it. Then
    /// its identities are those of that one, and all else is its own.
    pub thread: ContactId,
    pub kind: ContactKind,
    pub name: Option<String>,
    /// A person of the business chose the name: nothing that comes from WhatsApp changes it.
    pub is_named_by_hand: bool,
    pub owner: Option<Assignee>,
    /// Where in its life it is; one of the settings' stages when it was set.
    pub stage: Option<String>,
    pub tags: Vec<String>,
    /// Free fields of the business: name and text.
    pub fields: std::collections::BTreeMap<String, String>,
    pub identities: Vec<Identity>,
    /// Of the identities, those that the person had before: they still lead here, but nothing is sent to them (P33).
    pub former: Vec<Identity>,
    /// Contacts that claim an identity of this one: a proposal to merge, which only a person accepts (P33).
    pub merge_proposals: Vec<ContactId>,
    /// Where it was merged into another: it is read as that one from then on.
    pub merged_into: Option<ContactId>,
    /// Contacts that were merged into this one.
    pub merged: Vec<ContactId>,
    /// Contacts of which somebody said that they are not the same person.
    pub distinct: Vec<ContactId>,
    /// Who edited it last, and when.
    pub changed: Option<Changed>,
    /// Whether the person is to be reached.
    pub reach: Reach,
    /// What was sent to it outside its windows.
    pub sends: Sends,
    /// What they allow us to write them about.
    pub consents: Consents,
    pub created_at: Time,
}

impl Contact {
    /// Somebody of whom nothing else is known yet.
    pub fn stranger(id: ContactId, kind: ContactKind, identities: Vec<Identity>, now: Time) -> Contact {
        Contact {
            thread: id.clone(),
            id,
            kind,
            name: None,
            is_named_by_hand: false,
            owner: None,
            stage: None,
            tags: Vec::new(),
            fields: std::collections::BTreeMap::new(),
            identities,
            former: Vec::new(),
            merge_proposals: Vec::new(),
            merged_into: None,
            merged: Vec::new(),
            distinct: Vec::new(),
            changed: None,
            reach: Reach::default(),
            sends: Sends::default(),
            consents: Consents::default(),
            created_at: now,
        }
    }

    /// The contacts after which the person's threads are named.
    pub fn threads(&self) -> impl Iterator<Item = &ContactId> {
        std::iter::once(&self.id).chain(&self.merged)
    }

    /// Under what the person is known today.
    pub fn current(&self) -> impl Iterator<Item = &Identity> {
        self.identities.iter().filter(|identity| !self.former.contains(identity))
    }

    /// Whether a phone leads to the person.
    pub fn has_phone(&self) -> bool {
        self.current().any(|identity| matches!(identity.kind, IdentityKind::Phone | IdentityKind::WaId))
    }

    /// What the person no longer is, once WhatsApp has said who they are `now`. A new number always brings a new user id
    /// and the other way round, so nothing of what was known before holds.
    pub fn outdated(&self, now: &[Identity]) -> Vec<Identity> {
        let is_outdated = |identity: &&Identity| identity.is_alias() && !now.contains(identity);
        self.identities.iter().filter(is_outdated).cloned().collect()
    }
}

/// What the table says about one alias of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Nobody,
    Exactly(ContactId),
    /// Another form of the same number leads to the contact, this one does not yet (P30, P31).
    ByAnotherForm(ContactId),
}

impl Owner {
    fn contact(&self) -> Option<&ContactId> {
        match self {
            Owner::Nobody => None,
            Owner::Exactly(contact) | Owner::ByAnotherForm(contact) => Some(contact),
        }
    }
}

/// What the identities of one atom say about whom it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Nobody is known by any of them.
    New,
    /// One contact is. `lacking` says which aliases do not lead to it yet.
    Known { contact: ContactId, lacking: Vec<Identity> },
    /// Several are. The strongest identity decides; the others become merge proposals and nothing is merged in silence.
    Collision { contact: ContactId, others: Vec<ContactId> },
}

/// `found` holds, for each alias of the atom in order of strength (BSUID before wa_id before phone), whom it leads to.
pub fn resolve(found: &[(Identity, Owner)]) -> Resolution {
    let mut owners: Vec<&ContactId> = Vec::new();
    for owner in found.iter().filter_map(|(_, owner)| owner.contact()) {
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    match owners.split_first() {
        None => Resolution::New,
        Some((contact, [])) => {
            let lacking = found.iter().filter(|(_, owner)| !matches!(owner, Owner::Exactly(_)));
            let lacking = lacking.map(|(identity, _)| identity.clone()).collect();
            Resolution::Known { contact: (*contact).clone(), lacking }
        }
        Some((contact, others)) => {
            Resolution::Collision { contact: (*contact).clone(), others: others.iter().copied().cloned().collect() }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::identity::IdentityKind::{Bsuid, WaId};

    /// Somebody of whom nothing is known.
    pub(crate) fn person(kind: ContactKind) -> Contact {
        Contact::stranger(ContactId::derive(&["ann"]), kind, vec![], Time::from_millis(0))
    }

    #[test]
    fn identities_lead_to_one_contact_or_to_a_proposal() {
        let (ann, bob) = (ContactId::derive(&["ann"]), ContactId::derive(&["bob"]));
        let bsuid = Identity::new(Bsuid, "US.1");
        let wa_id = Identity::new(WaId, "1650");
        let known = |lacking| Resolution::Known { contact: ann.clone(), lacking };
        use Owner::{ByAnotherForm, Exactly, Nobody};
        for (found, expected) in [
            (vec![(bsuid.clone(), Nobody), (wa_id.clone(), Nobody)], Resolution::New),
            (vec![(bsuid.clone(), Exactly(ann.clone())), (wa_id.clone(), Exactly(ann.clone()))], known(vec![])),
            (vec![(bsuid.clone(), Nobody), (wa_id.clone(), Exactly(ann.clone()))], known(vec![bsuid.clone()])),
            (vec![(wa_id.clone(), ByAnotherForm(ann.clone()))], known(vec![wa_id.clone()])),
            (
                vec![(bsuid.clone(), Exactly(ann.clone())), (wa_id.clone(), ByAnotherForm(bob.clone()))],
                Resolution::Collision { contact: ann.clone(), others: vec![bob.clone()] },
            ),
            (vec![], Resolution::New),
        ] {
            assert_eq!(resolve(&found), expected);
        }
    }

    #[test]
    fn nothing_is_sent_to_what_a_person_left_behind() {
        let identity = Identity::new;
        use crate::identity::IdentityKind::{Phone, Username};
        let (old, new) = (identity(WaId, "1650"), identity(WaId, "1651"));
        let all = vec![
            identity(Bsuid, "US.1"),
            old.clone(),
            new.clone(),
            identity(Phone, "+1650"),
            identity(Username, "ann"),
        ];
        let mut contact = Contact { identities: all, ..person(ContactKind::Lead) };
        contact.former = contact.outdated(std::slice::from_ref(&new));
        assert_eq!(contact.current().collect::<Vec<_>>(), [&new, &identity(Username, "ann")]);
        contact.former = contact.outdated(std::slice::from_ref(&old));
        assert!(contact.current().any(|identity| *identity == old), "the old number may come back");
    }
}
