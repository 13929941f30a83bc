//! A contact of the business's phone, as the phone tells it.
use domain::Time;
use serde_json::Value;
use serde_json::value::RawValue;

use super::contact::Person;
use crate::loose::{self, Loose, ReadError};
use crate::open::open_enum;

#[derive(Clone, Debug)]
pub struct ContactSync {
    pub action: SyncAction,
    pub person: Person,
    pub name: Option<String>,
    /// When it changed on the phone.
    pub at: Option<Time>,
}

open_enum! {
    pub enum SyncAction {
        Add = "add",
        Edit = "edit",
        Remove = "remove",
    }
}

impl ContactSync {
    pub fn read(raw: &RawValue) -> Result<ContactSync, ReadError> {
        let value = loose::object(raw.get())?;
        let contact = value.object("contact").unwrap_or(&Value::Null);
        let digits = |phone: String| phone.chars().filter(char::is_ascii_digit).collect::<String>();
        let person = Person::read(contact, &["wa_id", "phone_number"], &["user_id"], &["parent_user_id"]);
        Ok(ContactSync {
            action: SyncAction::read(&value.text("action").unwrap_or_default()),
            person: Person { wa_id: person.wa_id.map(digits).filter(|digits| !digits.is_empty()), ..person },
            name: contact.text("full_name").or_else(|| contact.text("first_name")),
            at: value.object("metadata").and_then(|metadata| metadata.time("timestamp")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_of_the_phone_is_read() {
        let json = r#"{"type":"contact","contact":{"first_name":"Pablo","phone_number":"+1 650-555-1234","user_id":"US.1"},
            "action":"add","metadata":{"timestamp":"9"}}"#;
        let sync = ContactSync::read(serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!((sync.action, sync.at), (SyncAction::Add, Some(Time::from_seconds(9))));
        assert_eq!((sync.person.wa_id.as_deref(), sync.person.user_id.as_deref()), (Some("16505551234"), Some("US.1")));
        assert_eq!(sync.name.as_deref(), Some("Pablo"));
        let bare = ContactSync::read(serde_json::from_str(r#"{"action":"rename"}"#).unwrap()).unwrap();
        assert_eq!((bare.action.is_known(), bare.person.is_known(), bare.name, bare.at), (false, false, None, None));
    }
}
