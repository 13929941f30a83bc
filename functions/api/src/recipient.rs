//! Finding a person by phone or BSUID, whatever form of the number they were first seen under.
use domain::identity::{Identity, aliases};
use domain::ids::ContactId;
use store::Store;

use crate::problem::Problem;

/// The contact that one of `identities` leads to; the first has the last word.
pub(crate) async fn find(store: &Store, identities: &[Identity]) -> Result<Option<ContactId>, Problem> {
    let forms: Vec<Identity> = identities.iter().flat_map(aliases).collect();
    let found = store.aliases_resolve(&forms).await?;
    Ok(found.into_iter().next().map(|(_, contact)| contact))
}
