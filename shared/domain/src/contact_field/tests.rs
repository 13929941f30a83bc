//! Values that fields take and do not take.
use super::*;
use crate::identity::Identity;
use crate::ids::{ContactId, GroupId};

fn field(key: &str, kind: FieldType) -> ContactField {
    ContactField {
        id: ContactFieldId::derive(&[key]),
        key: key.to_owned(),
        label: format!("The {key}"),
        module: FieldModule::Leads,
        kind,
        options: vec!["Gold".to_owned(), "Silber".to_owned()],
        is_required: false,
        created_at: Time::from_millis(0),
    }
}

#[test]
fn values_are_held_to_their_type() {
    use FieldType::{Boolean, Choice, Date, Email, Number, Phone, Text, Url};
    for (kind, value, kept) in [
        (Text, " Berlin ", Some("Berlin")),
        (Text, "  ", None),
        (Number, "-3.50", Some("-3.50")),
        (Number, "1e5", None),
        (Number, "1,5", None),
        (Number, "-", None),
        (Number, "1.", None),
        (Date, "2026-02-28", Some("2026-02-28")),
        (Date, "2026-02-30", None),
        (Date, "28.02.2026", None),
        (Boolean, "Yes", Some("true")),
        (Boolean, "0", Some("false")),
        (Boolean, "maybe", None),
        (Choice, "GOLD", Some("Gold")),
        (Choice, "Bronze", None),
        (Email, "ann@example.org", Some("ann@example.org")),
        (Email, "ann@", None),
        (Phone, "+49 (151) 234-56789", Some("+4915123456789")),
        (Phone, "0151 23456789", None),
        (Url, "https://shop.example/a?b=c", Some("https://shop.example/a?b=c")),
        (Url, "javascript:alert(1)", None),
        (Url, "https://shop .example", None),
    ] {
        assert_eq!(field("x", kind).read(value).ok().as_deref(), kept, "{kind} {value}");
    }
}

#[test]
fn only_what_changes_is_held_to_the_definitions() {
    let number = field("employees", FieldType::Number);
    let required = ContactField { is_required: true, ..field("city", FieldType::Text) };
    let defined = [number, required];
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let old = map(&[("employees", "many")]);
    for (kind, before, values, wrong) in [
        (ContactKind::Lead, None, map(&[("city", "Bonn"), ("free", "x")]), vec![]),
        (ContactKind::Lead, None, map(&[]), vec!["city"]),
        (ContactKind::Contact, None, map(&[]), vec![]),
        (ContactKind::Lead, None, map(&[("city", "Bonn"), ("employees", "many")]), vec!["employees"]),
        // It was there before anybody defined it; and what is missing was missing already.
        (ContactKind::Lead, Some(&old), old.clone(), vec![]),
        (ContactKind::Lead, Some(&map(&[("city", "Bonn")])), map(&[]), vec!["city"]),
    ] {
        let mut values = values;
        let problems = check(&defined, kind, before, &mut values).err().unwrap_or_default();
        assert_eq!(problems.iter().map(|problem| problem.key.as_str()).collect::<Vec<_>>(), wrong);
    }
}

#[test]
fn every_label_says_something_of_a_contact() {
    let group = Assignee::Group(GroupId::derive(&["g"]));
    let mut contact = Contact::stranger(ContactId::derive(&["ann"]), ContactKind::Lead, vec![], Time::from_millis(0));
    for named in StandardField::ALL.iter().filter(|field| **field != StandardField::Kind) {
        assert_eq!(named.read(&contact), None, "{named}");
    }
    contact.name = Some("Ann Mary Ash".to_owned());
    contact.owner = Some(group.clone());
    contact.stage = Some("new".to_owned());
    contact.tags = vec!["vip".to_owned(), "press".to_owned()];
    contact.fields.insert("city".to_owned(), "Bonn".to_owned());
    contact.identities =
        vec![Identity::new(IdentityKind::WaId, "1650"), Identity::new(IdentityKind::Email, "ann@example.org")];
    let defined = [ContactField { label: "Città".to_owned(), ..field("city", FieldType::Text) }];
    for (label, expected) in [
        ("Email", Some("ann@example.org")),
        ("first name", Some("Ann")),
        ("Last Name", Some("Ash")),
        ("FULL NAME", Some("Ann Mary Ash")),
        ("Kind", Some("lead")),
        ("Phone", Some("+1650")),
        ("Stage", Some("new")),
        ("Tags", Some("vip, press")),
        ("citta", Some("Bonn")),
        ("Shoe Size", None),
    ] {
        let read = by_label(label, ContactKind::Lead, &defined).and_then(|named| named.read(&contact));
        assert_eq!(read, expected.map(|text| Reading::Text(Cow::Borrowed(text))), "{label}");
    }
    let owner = by_label("Owner", ContactKind::Contact, &defined).and_then(|named| named.read(&contact));
    assert_eq!(owner, Some(Reading::Assignee(&group)));
    assert_eq!(by_label("Città", ContactKind::Contact, &defined), None, "it is a field of leads");
}
