//! What contacts are looked for by.
use domain::channel::Assignee;
use domain::contact::Contact;
use domain::contact_search::{ContactFilter, terms, words};
use serde::Deserialize;
use store::Page;
use utoipa::IntoParams;

use super::{LIST, identities, load};
use crate::App;
use crate::auth::Caller;
use crate::fields::{Bsuid, ContactKind, Email, GroupId, Phone, PhoneEnding, Role, Text, UserId};
use crate::page::{self, Limit, Place};
use crate::problem::Problem;
use crate::recipient;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ContactsQuery {
    /// Only whom this phone leads to, in any form of the number.
    #[param(inline)]
    phone: Option<Phone>,
    /// Only whom this user id leads to.
    #[param(inline)]
    bsuid: Option<Bsuid>,
    /// Only those of whom a number ends so.
    #[param(inline)]
    phone_ending: Option<PhoneEnding>,
    /// Each word must begin a word of the name; case and accents do not matter.
    #[param(inline)]
    name: Option<Text<100>>,
    #[param(inline)]
    email: Option<Email>,
    #[param(inline)]
    tag: Option<Text<64>>,
    #[param(inline)]
    stage: Option<Text<64>>,
    #[param(inline)]
    kind: Option<ContactKind>,
    /// Only those of this user.
    #[param(inline)]
    owner_user_id: Option<UserId>,
    /// Only those of this group.
    #[param(inline)]
    owner_group_id: Option<GroupId>,
    /// Only those of everybody with this role.
    #[param(inline)]
    owner_role: Option<Role>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Place>,
}

impl ContactsQuery {
    pub(super) async fn find(self, app: &App, caller: &Caller) -> Result<Page<Contact>, Problem> {
        let cursor = page::cursor(self.cursor.as_ref(), LIST)?;
        let limit = self.limit.0;
        let wanted = identities(self.phone.clone(), self.bsuid.clone());
        if wanted.len() > 1 {
            return Err(Problem::field("bsuid", "must not be given together with phone"));
        }
        let filter = self.filter()?;
        if wanted.is_empty() {
            return Ok(app
                .store
                .contacts_found(&filter, caller.sight.assignees().as_deref(), limit, cursor.as_ref())
                .await?);
        }
        let mut items = Vec::new();
        if let Some(id) = recipient::find(&app.store, &wanted).await? {
            match load(app, caller, &id).await {
                Ok(contact) => {
                    let identities = app.store.contact_identities(&contact).await?;
                    items.extend(Some(contact).filter(|contact| filter.fits(&terms(contact, &identities))));
                }
                Err(Problem::NotFound { .. }) => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(Page { items, next: None })
    }

    fn filter(self) -> Result<ContactFilter, Problem> {
        let owner = match (self.owner_user_id, self.owner_group_id, self.owner_role) {
            (None, None, None) => None,
            (Some(user), None, None) => Some(Some(Assignee::User(user.0))),
            (None, Some(group), None) => Some(Some(Assignee::Group(group.0))),
            (None, None, Some(role)) => Some(Some(Assignee::Role(role.0))),
            (_, Some(_), _) => return Err(Problem::field("owner_group_id", "must be the only owner that is given")),
            (Some(_), None, Some(_)) => {
                return Err(Problem::field("owner_role", "must be the only owner that is given"));
            }
        };
        let name = self.name.map(|name| words(&name.0)).unwrap_or_default();
        Ok(ContactFilter {
            words: name,
            ending: self.phone_ending.map(|ending| ending.0),
            email: self.email.map(|email| email.0),
            tag: self.tag.map(|tag| tag.0),
            owner,
            stage: self.stage.map(|stage| stage.0),
            kind: self.kind.map(|kind| kind.0),
        })
    }
}
