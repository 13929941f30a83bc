//! Who a person is on WhatsApp: phone, wa_id, BSUID, parent BSUID, username. Any of them may be missing; a phone is data
//! about a contact, not its key (P32).
use crate::words;

pub const EMAIL_MAX: usize = 254;

words! {
    pub enum IdentityKind {
        Bsuid = "bsuid",
        ParentBsuid = "parent_bsuid",
        WaId = "wa_id",
        Phone = "phone",
        Username = "username",
        Email = "email",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    pub kind: IdentityKind,
    pub value: String,
}

impl Identity {
    pub fn new(kind: IdentityKind, value: impl Into<String>) -> Identity {
        Identity { kind, value: value.into() }
    }

    /// A contact is found by these alone. A username is lent, a parent BSUID and an e-mail may be shared.
    pub fn is_alias(&self) -> bool {
        match self.kind {
            IdentityKind::Bsuid | IdentityKind::WaId | IdentityKind::Phone => true,
            IdentityKind::ParentBsuid | IdentityKind::Username | IdentityKind::Email => false,
        }
    }
}

/// The phone in E.164 with its plus, from what a person or a system wrote; `None` if it cannot be one.
pub fn phone(text: &str) -> Option<String> {
    let text = text.trim();
    let rest = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).unwrap_or(text);
    let written_as_phone = rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.' | '/'));
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (written_as_phone && (7..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| format!("+{digits}"))
}

/// An e-mail address, as far as its form goes.
pub fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    let is_good = parts.is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'));
    is_good && text.len() <= EMAIL_MAX && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// A business-scoped user id: two letters of a country, a dot, up to 128 letters and digits (`US.ENT.…` for a parent).
pub fn is_bsuid(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else { return false };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// All forms under which WhatsApp may know one phone: Brazil with and without the ninth digit, Mexico 52 and 521,
/// Argentina 54 and 549 (P30, P31). Digits only, the given form first. Anything that is not a phone stays alone.
pub fn wa_id_forms(digits: &str) -> Vec<String> {
    let mut forms = vec![digits.to_owned()];
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        forms.extend(other_form(digits));
    }
    forms
}

/// Every alias under which the person of this one may be known: for a number, each form of it as wa_id and as phone. The
/// given one comes first; of what is no alias, nothing.
pub fn aliases(identity: &Identity) -> Vec<Identity> {
    let digits = match identity.kind {
        IdentityKind::Bsuid => return vec![identity.clone()],
        IdentityKind::WaId => identity.value.as_str(),
        IdentityKind::Phone => identity.value.trim_start_matches('+'),
        IdentityKind::ParentBsuid | IdentityKind::Username | IdentityKind::Email => return Vec::new(),
    };
    let mut aliases = vec![identity.clone()];
    for form in wa_id_forms(digits) {
        let phone = Identity::new(IdentityKind::Phone, format!("+{form}"));
        for alias in [Identity::new(IdentityKind::WaId, form), phone] {
            if !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
    }
    aliases
}

fn other_form(digits: &str) -> Option<String> {
    // Brazil: 55, two digits of area, then eight digits, or nine of which the first is 9. Only mobile numbers have the
    // extra digit; their eight-digit form starts with 6 to 9.
    if let Some((area, local)) = digits.strip_prefix("55").and_then(|rest| rest.split_at_checked(2)) {
        let is_mobile = |eight: &str| eight.starts_with(['6', '7', '8', '9']);
        return match (local.len(), local.strip_prefix('9')) {
            (9, Some(eight)) if is_mobile(eight) => Some(format!("55{area}{eight}")),
            (8, _) if is_mobile(local) => Some(format!("55{area}9{local}")),
            _ => None,
        };
    }
    let swap = |country: &str, mobile: &str, national: usize| {
        let rest = digits.strip_prefix(country)?;
        match rest.strip_prefix(mobile) {
            Some(local) if local.len() == national => Some(format!("{country}{local}")),
            _ if rest.len() == national => Some(format!("{country}{mobile}{rest}")),
            _ => None,
        }
    };
    swap("52", "1", 10).or_else(|| swap("54", "9", 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_read_as_people_write_them() {
        for (written, read) in [
            ("+1 (650) 555-1234", Some("+16505551234")),
            ("0049 151 23456789", Some("+4915123456789")),
            ("16505551234", Some("+16505551234")),
            ("0151 23456789", None),
            ("+12", None),
            ("US.123", None),
            ("+1650555CALL", None),
            ("", None),
        ] {
            assert_eq!(phone(written).as_deref(), read, "{written}");
        }
    }

    #[test]
    fn a_number_is_looked_up_under_all_its_forms() {
        for (given, other) in [
            ("5511987654321", Some("551187654321")), // P30: Brazil with the ninth digit
            ("551187654321", Some("5511987654321")),
            ("551133334444", None),                  // a landline never has it
            ("5511933334444", None),                 // and is not what is left of a mobile number without it
            ("5215512345678", Some("525512345678")), // P31: Mexico
            ("525512345678", Some("5215512345678")),
            ("5491112345678", Some("541112345678")), // P31: Argentina
            ("541112345678", Some("5491112345678")),
            ("16505551234", None),
            ("US.5215512345678", None), // a prefix swap never touches a BSUID
            ("", None),
        ] {
            let forms = wa_id_forms(given);
            assert_eq!(forms[0], given);
            assert_eq!(forms.get(1).map(String::as_str), other, "{given}");
        }
    }

    #[test]
    fn a_person_is_found_by_every_form_of_the_number() {
        let words = |identity: &Identity| {
            aliases(identity)
                .iter()
                .map(|alias| format!("{}:{}", alias.kind, alias.value))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let (wa_id, phone) = (IdentityKind::WaId, IdentityKind::Phone);
        assert_eq!(words(&Identity::new(wa_id, "1650")), "wa_id:1650 phone:+1650");
        assert_eq!(
            words(&Identity::new(phone, "+525512345678")),
            "phone:+525512345678 wa_id:525512345678 wa_id:5215512345678 phone:+5215512345678"
        );
        assert_eq!(words(&Identity::new(IdentityKind::Bsuid, "MX.525512345678")), "bsuid:MX.525512345678");
        assert_eq!(words(&Identity::new(IdentityKind::Username, "ann")), "");
    }

    #[test]
    fn bsuids_are_told_from_phones() {
        for good in ["US.13491208655302741918", "US.ENT.11815799212886844830", "BR.a1"] {
            assert!(is_bsuid(good), "{good}");
        }
        for bad in ["16505551234", "US.", "us.1", "USA.1", "US.1-2", "US1"] {
            assert!(!is_bsuid(bad), "{bad}");
        }
    }
}
