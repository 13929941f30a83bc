//! Atoms to queue entries. The group keeps each person's atoms in order; the deduplication id follows from the atom, so
//! that a webhook that comes again within minutes adds nothing.
use std::borrow::Cow;

use bytes::Bytes;
use queue::{Atom, AtomBody, Entry, StoredAtom, fingerprint};
use serde_json::value::{RawValue, to_raw_value};
use whatsapp::webhook::{Kind, split};

/// An atom above this goes to S3: far below what the queue takes, so that ten fit into a request, and small enough for
/// the row that keeps it.
const QUEUED_BYTES_MAX: usize = 128 * 1024;

pub(crate) struct Entries {
    pub(crate) queued: Vec<Entry>,
    /// What must be in S3 before the queue is told.
    pub(crate) large: Vec<(String, Bytes)>,
}

pub(crate) fn of(body: &[u8], received_at: domain::Time, bucket: &str) -> Result<Entries, serde_json::Error> {
    let mut entries = Entries { queued: Vec::new(), large: Vec::new() };
    match split(body) {
        Ok(atoms) => {
            for atom in &atoms {
                let wire = Atom {
                    received_at: received_at.millis(),
                    waba_id: Some(Cow::Borrowed(atom.waba_id.as_ref())).filter(|id| !id.is_empty()),
                    entry_time: atom.entry_time.map(domain::Time::seconds),
                    field: Cow::Borrowed(&atom.field),
                    phone_number_id: atom.phone_number_id.as_deref().map(Cow::Borrowed),
                    kind: Cow::Borrowed(atom.kind.word()),
                    part: atom.part,
                    contact: atom.contact,
                    user: atom.user.as_deref().filter(|_| has_two_sides(atom.kind)).map(Cow::Borrowed),
                };
                entries.add(wire, &atom.order(), bucket)?;
            }
        }
        // Signed, and yet not JSON: kept as text, for a person to look at.
        Err(_) => {
            let text: Box<RawValue> = to_raw_value(&String::from_utf8_lossy(body))?;
            let wire = Atom {
                received_at: received_at.millis(),
                waba_id: None,
                entry_time: None,
                field: Cow::Borrowed(""),
                phone_number_id: None,
                kind: Cow::Borrowed(Kind::Foreign.word()),
                part: &text,
                contact: None,
                user: None,
            };
            entries.add(wire, &[""; 2], bucket)?;
        }
    }
    Ok(entries)
}

/// Of these, whoever reads the part cannot tell who of the two is the customer.
fn has_two_sides(kind: Kind) -> bool {
    matches!(kind, Kind::Echo | Kind::History)
}

impl Entries {
    fn add(&mut self, atom: Atom<'_>, order: &[&str; 2], bucket: &str) -> Result<(), serde_json::Error> {
        let group = fingerprint(&[order[0].as_bytes(), order[1].as_bytes()]);
        let entry_time = atom.entry_time.unwrap_or_default().to_be_bytes();
        let once = fingerprint(&[atom.field.as_bytes(), &entry_time, atom.part.get().as_bytes(), order[0].as_bytes()]);
        let mut body = serde_json::to_string(&AtomBody::Here(atom))?;
        if body.len() > QUEUED_BYTES_MAX {
            let key = format!("atoms/{once}");
            let pointer = StoredAtom { bucket: bucket.to_owned(), key: key.clone() };
            self.large.push((key, Bytes::from(body)));
            body = serde_json::to_string(&AtomBody::Stored(pointer))?;
        }
        self.queued.push(Entry { body, group: Some(group), once: Some(once) });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(parts: &[&str]) -> String {
        let messages = parts.join(",");
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"9","changes":[{{"field":"messages","value":{{
                "metadata":{{"phone_number_id":"1"}},"messages":[{messages}]}}}}]}}]}}"#
        )
    }

    fn entries(body: &str) -> Entries {
        of(body.as_bytes(), domain::Time::from_millis(7), "bucket").unwrap()
    }

    #[test]
    fn each_atom_is_an_entry_in_the_group_of_its_person() {
        let ann = r#"{"from":"1650","id":"wamid.A","timestamp":"1","type":"text","text":{"body":"a"}}"#;
        let bob = r#"{"from":"1651","id":"wamid.B","timestamp":"1","type":"text","text":{"body":"b"}}"#;
        let entries = entries(&webhook(&[ann, bob, &ann.replace("wamid.A", "wamid.C")])).queued;
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[0].group, entries[2].group);
        assert_ne!(entries[0].group, entries[1].group);
        assert_ne!(entries[0].once, entries[2].once);
    }

    #[test]
    fn the_same_atom_has_the_same_id_whenever_it_comes() {
        let body = webhook(&[r#"{"from":"1650","id":"wamid.A"}"#]);
        let later = of(body.as_bytes(), domain::Time::from_millis(99), "bucket").unwrap();
        assert_eq!(entries(&body).queued[0].once, later.queued[0].once);
    }

    #[test]
    fn a_large_atom_goes_by_way_of_s3() {
        let long = "x".repeat(QUEUED_BYTES_MAX);
        let entries = entries(&webhook(&[&format!(r#"{{"from":"1650","id":"wamid.A","text":{{"body":"{long}"}}}}"#)]));
        let AtomBody::Stored(pointer) = AtomBody::parse(&entries.queued[0].body).unwrap() else { panic!("a pointer") };
        assert_eq!(pointer.key, entries.large[0].0);
        let stored = std::str::from_utf8(&entries.large[0].1).unwrap();
        assert!(matches!(AtomBody::parse(stored), Ok(AtomBody::Here(_))));
    }

    #[test]
    fn what_is_no_json_is_kept_as_text() {
        let entries = of(b"\xff not json", domain::Time::from_millis(7), "bucket").unwrap();
        let AtomBody::Here(atom) = AtomBody::parse(&entries.queued[0].body).unwrap() else { panic!("an atom") };
        assert_eq!(atom.kind, "foreign");
        assert!(atom.part.get().contains("not json"));
    }
}
