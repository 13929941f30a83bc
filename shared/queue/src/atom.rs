//! The smallest independent part of a webhook, on its way from webhook-ingest to inbound-apply.
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Malformed;

/// One atom, its JSON as Meta wrote it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Atom<'a> {
    /// Milliseconds since 1970.
    pub received_at: i64,
    /// The webhook's `entry[].id`.
    pub waba_id: Option<std::borrow::Cow<'a, str>>,
    /// The webhook's `entry[].time`, in seconds.
    pub entry_time: Option<i64>,
    pub field: std::borrow::Cow<'a, str>,
    pub phone_number_id: Option<std::borrow::Cow<'a, str>>,
    /// What the part is, in the words of `whatsapp`.
    pub kind: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    pub part: &'a RawValue,
    /// The `contacts[]` member that belongs to the part.
    #[serde(borrow)]
    pub contact: Option<&'a RawValue>,
    /// Whose thread it belongs to, where a part names two sides: their phone, or their BSUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<std::borrow::Cow<'a, str>>,
}

/// Where an atom lies that is too large for the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredAtom {
    pub bucket: String,
    pub key: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type")]
pub enum AtomBody<'a> {
    #[serde(rename = "atom_v1")]
    Here(Atom<'a>),
    #[serde(rename = "stored_atom_v1")]
    Stored(StoredAtom),
}

impl<'a> AtomBody<'a> {
    /// Read by hand: serde's tagged enums copy what they hold, and raw JSON cannot be copied.
    pub fn parse(body: &'a str) -> Result<AtomBody<'a>, Malformed> {
        #[derive(Deserialize)]
        struct Tag<'a> {
            r#type: &'a str,
        }
        let malformed = |source| Malformed { expected: "atom_v1 or stored_atom_v1", source };
        let tag: Tag<'a> = serde_json::from_str(body).map_err(malformed)?;
        match tag.r#type {
            "atom_v1" => serde_json::from_str(body).map(AtomBody::Here).map_err(malformed),
            "stored_atom_v1" => serde_json::from_str(body).map(AtomBody::Stored).map_err(malformed),
            other => Err(malformed(serde::de::Error::custom(format!("type {other} is unknown")))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_atom_arrives_as_it_was_sent() {
        let part: &RawValue = serde_json::from_str(r#"{"id":"wamid.A","text":{"body":"\u00e9 \/"}}"#).unwrap();
        let atom = Atom {
            received_at: 5,
            waba_id: Some("9".into()),
            entry_time: None,
            field: "messages".into(),
            phone_number_id: Some("1".into()),
            kind: "message".into(),
            part,
            contact: None,
            user: None,
        };
        let body = serde_json::to_string(&AtomBody::Here(atom)).unwrap();
        let AtomBody::Here(read) = AtomBody::parse(&body).unwrap() else { panic!("{body}") };
        assert_eq!(read.part.get(), part.get(), "escapes stay as Meta wrote them");
        assert_eq!(read.kind, "message");
    }

    #[test]
    fn other_bodies_are_refused_by_name() {
        for (body, reason) in [
            ("{}", "missing field `type`"),
            ("nonsense", "expected"),
            (r#"{"type":"atom_v2"}"#, "type atom_v2 is unknown"),
            (r#"{"type":"atom_v1"}"#, "missing field"),
        ] {
            let error = AtomBody::parse(body).unwrap_err();
            assert!(error.source.to_string().contains(reason), "{body}: {}", error.source);
        }
    }
}
