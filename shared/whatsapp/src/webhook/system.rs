//! What WhatsApp itself says in a thread: the person has another number, another user id or another device (P33).
use domain::identity::is_bsuid;
use serde_json::Value;

use super::contact::Person;
use crate::loose::Loose;
use crate::open::open_enum;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    pub kind: SystemKind,
    pub body: Option<String>,
    /// Who the person was.
    pub previous: Person,
    /// Who the person is now; the ids that did not change may be missing.
    pub current: Person,
}

open_enum! {
    pub enum SystemKind {
        NumberChanged = "user_changed_number",
        UserIdChanged = "user_changed_user_id",
        /// The security code changed.
        IdentityChanged = "user_identity_changed",
        /// Of old versions of the API.
        LegacyNumberChanged = "customer_changed_number",
        LegacyIdentityChanged = "customer_identity_changed",
    }
}

/// Fewer digits are no phone number.
const PHONE_DIGITS_MIN: usize = 7;

impl System {
    pub(super) fn read(system: &Value, message: &Value) -> System {
        let kind = SystemKind::read(&system.text("type").unwrap_or_default());
        let body = system.text("body");
        let mut previous = Person {
            wa_id: system.text("customer").or_else(|| message.text("from")),
            user_id: system.text("previous_user_id").or_else(|| message.text("from_user_id")),
            parent_user_id: message.text("from_parent_user_id"),
        };
        let mut current = Person::read(system, &["wa_id", "new_wa_id"], &["user_id"], &["parent_user_id"]);
        if let Some(text) = &body {
            match kind {
                SystemKind::UserIdChanged => fill_from(text, is_bsuid, &mut previous.user_id, &mut current.user_id),
                SystemKind::NumberChanged | SystemKind::LegacyNumberChanged => {
                    fill_from(text, is_phone, &mut previous.wa_id, &mut current.wa_id);
                }
                SystemKind::IdentityChanged | SystemKind::LegacyIdentityChanged | SystemKind::Unknown(_) => {}
            }
        }
        System { kind, body, previous, current }
    }
}

fn is_phone(word: &str) -> bool {
    word.len() >= PHONE_DIGITS_MIN && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Takes what the members do not say out of "… changed from A to B". The name comes before the ids and may look like
/// one, so the last two count.
fn fill_from(text: &str, is_id: fn(&str) -> bool, previous: &mut Option<String>, current: &mut Option<String>) {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').map(|word| word.trim_matches('.'));
    let mut ids = words.filter(|word| is_id(word)).rev();
    if let (Some(new), Some(old)) = (ids.next(), ids.next()) {
        previous.get_or_insert_with(|| old.to_owned());
        current.get_or_insert_with(|| new.to_owned());
    }
}
