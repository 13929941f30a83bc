//! Finding a person by phone or BSUID, whatever form of the number they were first seen under.
use domain::Time;
use domain::consent::Consents;
use domain::contact::{Contact, ContactKind};
use domain::identity::{Identity, aliases};
use domain::ids::ContactId;
use domain::reach::Reach;
use domain::sending::limits::Sends;
use store::Store;

use crate::problem::Problem;

/// The contact that one of `identities` leads to; the first has the last word.
pub(crate) async fn find(store: &Store, identities: &[Identity]) -> Result<Option<ContactId>, Problem> {
    let forms: Vec<Identity> = identities.iter().flat_map(aliases).collect();
    let found = store.aliases_resolve(&forms).await?;
    Ok(found.into_iter().next().map(|(_, contact)| contact))
}

/// A contact of whom nothing else is known yet.
pub(crate) fn stranger(id: ContactId, kind: ContactKind, identities: Vec<Identity>, now: Time) -> Contact {
    Contact {
        id,
        kind,
        name: None,
        is_named_by_hand: false,
        owner: None,
        tags: Vec::new(),
        fields: std::collections::BTreeMap::new(),
        identities,
        former: Vec::new(),
        merge_proposals: Vec::new(),
        reach: Reach::default(),
        sends: Sends::default(),
        consents: Consents::default(),
        created_at: now,
    }
}
