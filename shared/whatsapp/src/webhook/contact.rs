//! Who someone is on WhatsApp, in the many places where Meta says it.
use serde_json::Value;
use serde_json::value::RawValue;

use crate::loose::{self, Loose, ReadError};

/// The ids of one person. Any of them may be missing, a phone as well (P32).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Digits only, as WhatsApp knows the number.
    pub wa_id: Option<String>,
    /// The business-scoped user id (BSUID).
    pub user_id: Option<String>,
    /// The BSUID that several portfolios of one business share.
    pub parent_user_id: Option<String>,
}

impl Person {
    pub fn is_known(&self) -> bool {
        self.wa_id.is_some() || self.user_id.is_some()
    }

    /// Reads the three ids by their names in this place; of several names the first that is there counts.
    pub(super) fn read(value: &Value, wa_id: &[&str], user_id: &[&str], parent_user_id: &[&str]) -> Person {
        let first = |names: &[&str]| names.iter().find_map(|name| value.text(name));
        Person { wa_id: first(wa_id), user_id: first(user_id), parent_user_id: first(parent_user_id) }
    }
}

/// An item of a value's `contacts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    pub person: Person,
    /// The name that the person gave themselves.
    pub name: Option<String>,
    /// Without the `@` that some samples put before it.
    pub username: Option<String>,
}

impl Contact {
    pub fn read(raw: &RawValue) -> Result<Contact, ReadError> {
        let value = loose::object(raw.get())?;
        let profile = value.object("profile").unwrap_or(&Value::Null);
        // A thread of the phone's history names it beside the ids.
        let username = profile.text("username").or_else(|| value.text("username"));
        let username = username.map(|name| name.trim_start_matches('@').to_owned());
        Ok(Contact {
            person: Person::read(&value, &["wa_id"], &["user_id"], &["parent_user_id"]),
            name: profile.text("name"),
            username: username.filter(|name| !name.is_empty()),
        })
    }
}
