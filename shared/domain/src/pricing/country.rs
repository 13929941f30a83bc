//! The country of a recipient, from the calling code of a phone or the letters of a BSUID.
mod codes;

use std::fmt;

use crate::contact::Contact;
use crate::identity::{IdentityKind, is_bsuid};

/// Two capital letters, as ISO 3166 assigns them (and XK for Kosovo).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    pub fn parse(code: &str) -> Option<Country> {
        let code: [u8; 2] = code.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Country(code))
    }

    /// From E.164, with or without its plus. `None`: no country has such numbers (satellites, services).
    pub fn of_phone(phone: &str) -> Option<Country> {
        let digits = phone.strip_prefix('+').unwrap_or(phone);
        let assigned = codes::CODES
            .iter()
            .flat_map(|(country, prefixes)| prefixes.split(' ').map(move |prefix| (prefix, country)));
        let (_, country) =
            assigned.filter(|(prefix, _)| digits.starts_with(prefix)).max_by_key(|(prefix, _)| prefix.len())?;
        Country::parse(country)
    }

    /// What is dialled to reach it: of countries that share a code, that one.
    pub fn calling_code(self) -> Option<&'static str> {
        let code = self.to_string();
        let prefixes =
            || codes::CODES.iter().flat_map(|(country, prefixes)| prefixes.split(' ').map(move |p| (*country, p)));
        let (_, own) = prefixes().find(|(country, _)| *country == code)?;
        prefixes().map(|(_, prefix)| prefix).filter(|prefix| own.starts_with(prefix)).min_by_key(|prefix| prefix.len())
    }

    /// Meta charges by the phone, which it alone knows here: the letters are the best guess.
    pub fn of_bsuid(bsuid: &str) -> Option<Country> {
        is_bsuid(bsuid).then(|| Country::parse(bsuid.get(..2)?)).flatten()
    }
}

impl Country {
    /// By the phone that Meta knows, else by the one that we know, else by the BSUID.
    pub fn of_contact(contact: &Contact) -> Option<Country> {
        let of =
            |kind| contact.current().find(|identity| identity.kind == kind).map(|identity| identity.value.as_str());
        let phone = of(IdentityKind::WaId).or_else(|| of(IdentityKind::Phone));
        phone.and_then(Country::of_phone).or_else(|| of(IdentityKind::Bsuid).and_then(Country::of_bsuid))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_phone_belongs_to_the_country_of_its_longest_calling_code() {
        for (phone, country) in [
            ("+16505551234", Some("US")),
            ("16505551234", Some("US")),
            ("+14165551234", Some("CA")),
            ("+18095551234", Some("DO")),
            ("+18765551234", Some("JM")),
            ("+16585551234", Some("JM")),
            ("+17875551234", Some("PR")),
            ("+12425551234", Some("BS")),
            ("+18685551234", Some("TT")),
            ("+79161234567", Some("RU")),
            ("+77012345678", Some("KZ")),
            ("+447911123456", Some("GG")), // shared with the mainland beyond its next digit
            ("+447911223456", Some("GB")),
            ("+441481123456", Some("GG")),
            ("+447797123456", Some("JE")),
            ("+447624123456", Some("IM")),
            ("+442071234567", Some("GB")),
            ("+390669812345", Some("VA")),
            ("+390612345678", Some("IT")),
            ("+262639123456", Some("YT")),
            ("+262692123456", Some("RE")),
            ("+590690123456", Some("GP")),
            ("+590590271234", Some("BL")),
            ("+59995123456", Some("CW")),
            ("+5997171234", Some("BQ")),
            ("+4779123456", Some("SJ")),
            ("+4791234567", Some("NO")),
            ("+212528812345", Some("EH")),
            ("+212612345678", Some("MA")),
            ("+35818123456", Some("AX")),
            ("+61891641234", Some("CX")),
            ("+61412345678", Some("AU")),
            ("+672112345", Some("AQ")),
            ("+551187654321", Some("BR")),
            ("+5215512345678", Some("MX")),
            ("+4915123456789", Some("DE")),
            ("+38344123456", Some("XK")),
            ("+881612345678", None), // a satellite
            ("+80012345678", None),
            ("+2101234567", None),
            ("", None),
            ("US.123", None),
        ] {
            assert_eq!(Country::of_phone(phone).map(|country| country.to_string()).as_deref(), country, "{phone}");
        }
    }

    #[test]
    fn a_country_is_dialled_by_its_code() {
        for (country, code) in
            [("US", "1"), ("CA", "1"), ("DE", "49"), ("GG", "44"), ("KZ", "7"), ("IT", "39"), ("PT", "351")]
        {
            assert_eq!(Country::parse(country).and_then(Country::calling_code), Some(code), "{country}");
        }
    }

    #[test]
    fn a_bsuid_begins_with_its_country() {
        for (bsuid, country) in [
            ("US.13491208655302741918", Some("US")),
            ("BR.ENT.11815799212886844830", Some("BR")),
            ("16505551234", None),
            ("us.1", None),
        ] {
            assert_eq!(Country::of_bsuid(bsuid), country.and_then(Country::parse), "{bsuid}");
        }
    }

    #[test]
    fn no_prefix_is_given_to_two_countries() {
        let mut seen = BTreeSet::new();
        for (country, prefixes) in codes::CODES {
            assert!(Country::parse(country).is_some(), "{country}");
            for prefix in prefixes.split(' ') {
                assert!(!prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit()), "{country} {prefix}");
                assert!(seen.insert(prefix), "{prefix} is given twice");
            }
        }
    }
}
