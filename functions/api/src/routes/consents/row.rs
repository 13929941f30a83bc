//! A row of an import: who, what about, when, how we know.
use std::collections::BTreeMap;

use domain::Time;
use domain::consent::{ConsentSource, Purpose, Said, Statement};
use domain::contact::Contact;
use domain::identity::{self, Identity, IdentityKind};
use domain::ids;
use serde_json::Value;

use super::Recorded;
use crate::fields::moment::EXPECTED;
use crate::fields::{Identifier, Moment};

const COLUMNS: [&str; 8] = ["contact_id", "phone", "bsuid", "purpose", "state", "at", "source", "proof"];
const SOURCE_MAX: usize = 200;
const PROOF_MAX: usize = 2000;

/// The members of a row as texts; what is absent, null or empty is not there.
pub(super) type Texts = BTreeMap<String, String>;

#[derive(Debug)]
pub(super) enum Whom {
    Contact(ids::ContactId),
    Identities(Vec<Identity>),
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) whom: Whom,
    purpose: Purpose,
    state: Recorded,
    at: Option<Time>,
    source: Option<String>,
    proof: Option<String>,
}

/// Numbers count as what they show: programs write phones as such.
pub(super) fn texts(row: &Value) -> Result<Texts, String> {
    let members = row.as_object().ok_or("must be an object")?;
    let mut texts = Texts::new();
    for (name, value) in members {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Err(format!("{name} must be a text")),
        };
        if !text.is_empty() {
            texts.insert(name.clone(), text);
        }
    }
    Ok(texts)
}

/// The name of a column as people write it.
pub(super) fn column(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

pub(super) fn is_column(name: &str) -> bool {
    COLUMNS.contains(&name)
}

impl Row {
    /// `Err`: what is wrong, with the name of the column first.
    pub(super) fn read(mut texts: Texts, now: Time) -> Result<Row, String> {
        if let Some(unknown) = texts.keys().find(|name| !is_column(name)) {
            return Err(format!("{unknown} is not known, expected one of: {}", COLUMNS.join(", ")));
        }
        let mut take = |name: &str| texts.remove(name);
        let whom = match (take("contact_id"), take("phone"), take("bsuid")) {
            (Some(id), None, None) => Whom::Contact(
                ids::ContactId::parse(&id).ok_or_else(|| format!("contact_id {}", ids::ContactId::expected()))?,
            ),
            (Some(_), _, _) => return Err("contact_id must not be given together with phone or bsuid".to_owned()),
            (None, None, None) => return Err("phone is missing; give phone, bsuid or contact_id".to_owned()),
            (None, phone, bsuid) => Whom::Identities(identities(phone, bsuid)?),
        };
        let purpose = take("purpose").ok_or("purpose is missing")?.to_lowercase();
        let purpose = Purpose::parse(&purpose).ok_or("purpose must be one of: service, utility, marketing")?;
        let state = take("state").ok_or("state is missing")?.to_lowercase();
        let state = Recorded::parse(&state).ok_or("state must be one of: given, withdrawn")?;
        let at =
            take("at").map(|at| Moment::read(&at).map(|Moment(at)| at).ok_or(format!("at {EXPECTED}"))).transpose()?;
        if at.is_some_and(|at| at > now) {
            return Err("at must not be in the future".to_owned());
        }
        let (source, proof) = (take("source"), take("proof"));
        for (name, text, max) in [("source", &source, SOURCE_MAX), ("proof", &proof, PROOF_MAX)] {
            if text.as_ref().is_some_and(|text| text.chars().count() > max) {
                return Err(format!("{name} must have at most {max} characters"));
            }
        }
        Ok(Row { whom, purpose, state, at, source, proof })
    }

    /// The same row is the same fact, whenever it is imported. A consent without a time stands only while the person has said
    /// nothing; a withdrawal without one holds from now on.
    pub(super) fn statement(&self, contact: &Contact, channel: Option<ids::ChannelId>, now: Time) -> Statement {
        let said = match (self.at, self.state) {
            (Some(at), _) => Said::At(at),
            (None, Recorded::Given) => Said::Sometime(now),
            (None, Recorded::Withdrawn) => Said::Now(now),
        };
        let at = self.at.map(|at| at.to_string()).unwrap_or_default();
        Statement {
            contact: contact.id.clone(),
            purpose: self.purpose,
            is_given: self.state == Recorded::Given,
            said,
            place: self.at.unwrap_or(contact.created_at),
            source: ConsentSource::Import,
            origin: self.source.clone(),
            proof: self.proof.clone(),
            channel,
            message: None,
            fact: format!("{at} {}", self.source.as_deref().unwrap_or_default()),
        }
    }
}

/// The strongest first.
fn identities(phone: Option<String>, bsuid: Option<String>) -> Result<Vec<Identity>, String> {
    let mut identities = Vec::new();
    if let Some(bsuid) = bsuid {
        if !identity::is_bsuid(&bsuid) {
            return Err("bsuid must be a business-scoped user id, such as US.13491208655302741918".to_owned());
        }
        identities.push(Identity::new(IdentityKind::Bsuid, bsuid));
    }
    if let Some(phone) = phone {
        // A table's way to keep a number a text.
        let number = identity::phone(phone.trim_start_matches(['\'', '=']).trim_matches('"'));
        let number = number.ok_or("phone must be a phone with its country code, such as +16505551234")?;
        identities.push(Identity::new(IdentityKind::Phone, number));
    }
    Ok(identities)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_say_what_is_wrong_with_them() {
        let now = Time::from_seconds(1_795_321_800);
        let good = json!({"phone": "0049 151 23456789", "purpose": "Marketing", "state": "given"});
        for (change, expected) in [
            (json!({}), None),
            (json!({"phone": 16505551234_u64}), None),
            (json!({"phone": "'+16505551234"}), None),
            (json!({"at": "2026-11-22T04:00:00+01:00", "source": "Shop", "proof": "https://shop.test/1"}), None),
            (json!({"phone": "0151 23"}), Some("phone must be a phone")),
            (json!({"phone": null}), Some("phone is missing")),
            (json!({"purpose": "spam"}), Some("purpose must be one of")),
            (json!({"state": "maybe"}), Some("state must be one of")),
            (json!({"state": null}), Some("state is missing")),
            (json!({"at": "yesterday"}), Some("at must be a time")),
            (json!({"at": "2030-01-01T00:00:00Z"}), Some("at must not be in the future")),
            (json!({"proof": "x".repeat(2001)}), Some("proof must have at most 2000")),
            (json!({"contact_id": "con_1"}), Some("contact_id must not be given together")),
            (json!({"colour": "red"}), Some("colour is not known")),
            (json!({"phone": ["x"]}), Some("phone must be a text")),
        ] {
            let mut row = good.clone();
            for (name, value) in change.as_object().unwrap() {
                row[name] = value.clone();
            }
            let read = texts(&row).and_then(|texts| Row::read(texts, now));
            match expected {
                None => assert!(read.is_ok(), "{change}: {read:?}"),
                Some(expected) => {
                    assert!(read.as_ref().is_err_and(|wrong| wrong.starts_with(expected)), "{change}: {read:?}")
                }
            }
        }
    }
}
