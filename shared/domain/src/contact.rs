//! A person on WhatsApp, known by a set of identities.
use crate::channel::Assignee;
use crate::identity::Identity;
use crate::ids::ContactId;
use crate::{Time, words};

words! {
    pub enum ContactKind {
        Lead = "lead",
        Contact = "contact",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    pub kind: ContactKind,
    pub name: Option<String>,
    pub owner: Option<Assignee>,
    pub tags: Vec<String>,
    /// Free fields of the business: name and text.
    pub fields: std::collections::BTreeMap<String, String>,
    pub identities: Vec<Identity>,
    /// Contacts that claim an identity of this one: a proposal to merge, which only a person accepts (P33).
    pub merge_proposals: Vec<ContactId>,
    pub created_at: Time,
}

impl Contact {
    /// The identities of `seen` that this contact lacks.
    pub fn lacking(&self, seen: &[Identity]) -> Vec<Identity> {
        seen.iter().filter(|identity| !self.identities.contains(identity)).cloned().collect()
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
mod tests {
    use super::*;
    use crate::identity::IdentityKind::{Bsuid, WaId};

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
}
