//! Rows of tables, with what is repaired and what is wrong.
use super::columns::columns;
use super::*;
use crate::contact_field::{FieldModule, FieldType};
use crate::ids::ContactFieldId;

fn field(key: &str, label: &str, kind: FieldType) -> ContactField {
    ContactField {
        id: ContactFieldId::derive(&[key]),
        key: key.to_owned(),
        label: label.to_owned(),
        module: FieldModule::Both,
        kind,
        options: vec![],
        is_required: false,
        created_at: Time::from_millis(0),
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn options() -> ImportOptions {
    ImportOptions {
        kind: ContactKind::Lead,
        owner: None,
        tags: texts(&["fair"]),
        country: Country::parse("DE"),
        on_duplicate: OnDuplicate::Skip,
    }
}

#[test]
fn columns_are_known_by_their_names_or_by_the_mapping() {
    let defined = [field("shirt", "Größe", FieldType::Text)];
    let mapping = |pairs: &[(&str, &str)]| -> BTreeMap<String, Target> {
        pairs.iter().map(|(column, target)| ((*column).to_owned(), Target::parse(target).unwrap())).collect()
    };
    for (headings, given, expected) in [
        (vec!["First Name", "E-Mail", "MOBILE"], vec![], Ok("first_name email phone")),
        (vec!["phone", "grosse", ""], vec![], Ok("phone field.shirt ignore")),
        (vec!["Tel.", "Note"], vec![("Tel.", "phone"), ("Note", "field.note")], Ok("phone field.note")),
        (vec!["phone", "Note"], vec![], Err("Note")),
        (vec!["name"], vec![], Err("phone")),
        (vec!["phone", "name", "Full Name"], vec![], Err("more than one")),
        (vec!["phone"], vec![("Phone", "phone")], Err("Phone")),
    ] {
        let read = columns(&texts(&headings), &mapping(&given), &defined);
        let words = read.map(|columns| columns.iter().map(Target::text).collect::<Vec<_>>().join(" "));
        match (words, expected) {
            (Ok(words), Ok(expected)) => assert_eq!(words, expected),
            (Err(wrong), Err(part)) => assert!(wrong.contains(part), "{wrong}"),
            (read, expected) => panic!("{headings:?}: {read:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn the_beginning_of_a_table_says_how_it_is_read() {
    let read = |start: &str, is_whole| head(start.as_bytes(), is_whole, &BTreeMap::new(), &[]);
    let good = read("\u{feff}phone;name\r\n1;2\r\n3", false).unwrap();
    assert_eq!((good.separator, good.place.byte), (Separator::Semicolon, 14));
    assert_eq!(good.columns, [Target::Phone, Target::Name]);
    for (start, is_whole, part) in [
        ("%PDF-1.7\n", false, "%PDF-1.7"),
        ("PK\u{3}\u{4}\0", true, "not UTF-8"),
        ("phone,name", false, "no column"),
        ("", true, "no column"),
        ("phone\n\"", true, "line 2"),
    ] {
        let wrong = read(start, is_whole).unwrap_err();
        assert!(wrong.contains(part), "{start:?}: {wrong}");
    }
    assert_eq!((counted(0).is_err(), counted(ROWS_MAX), counted(ROWS_MAX + 1).is_err()), (true, Ok(ROWS_MAX), true));
}

#[test]
fn a_row_says_all_that_is_wrong_with_it() {
    let columns: Vec<Target> = ["phone", "email", "first_name", "last_name", "tags", "stage", "field.size"]
        .iter()
        .map(|target| Target::parse(target).unwrap())
        .collect();
    let stages = texts(&["New", "Won"]);
    let row = |cells: &[&str]| read(&texts(cells), &columns, &options(), &stages);
    let draft = row(&["0151 23456789", "a@example.org", "Ann", "Ash", "vip, press;fair", "won", "M"]).unwrap();
    assert_eq!((draft.name.as_deref(), draft.stage.as_deref()), (Some("Ann Ash"), Some("Won")));
    assert_eq!(draft.tags, ["vip", "press", "fair"]);
    assert_eq!(draft.repaired.len(), 1);
    assert_eq!(draft.identities.iter().find(|identity| identity.is_alias()).unwrap().value, "+4915123456789");
    let (wrong, _) = row(&["4.9E+12", "none", "", "", "", "gone"]).unwrap_err();
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(row(&["", "a@example.org"]).unwrap_err().0[0].contains("neither"));
    assert!(row(&["0151 23456789", "", "", "", "", "", "", "more"]).is_err());
}

#[test]
fn an_update_changes_only_what_the_row_says() {
    let defined = [field("size", "Size", FieldType::Number)];
    let ann = Contact::stranger(ContactId::derive(&["ann"]), ContactKind::Contact, vec![], Time::from_millis(0));
    let ann = Contact {
        name: Some("Ann".to_owned()),
        tags: texts(&["vip"]),
        fields: BTreeMap::from([("city".to_owned(), "Bonn".to_owned())]),
        ..ann
    };
    let mut draft = Draft { tags: texts(&["vip", "fair"]), ..Draft::default() };
    draft.fields.insert("size".to_owned(), "7".to_owned());
    let next = update(&draft, &ann, (&options(), &defined)).unwrap();
    assert_eq!((next.name.as_deref(), next.kind), (Some("Ann"), ContactKind::Contact), "a contact becomes no lead");
    assert_eq!(next.tags, ["vip", "fair"]);
    assert_eq!(next.fields.len(), 2);
    draft.fields.insert("size".to_owned(), "seven".to_owned());
    assert!(update(&draft, &ann, (&options(), &defined)).is_err());
}

#[test]
fn a_lead_that_a_row_makes_a_contact_must_have_what_contacts_have() {
    let vat = ContactField { is_required: true, module: FieldModule::Contacts, ..field("vat", "VAT", FieldType::Text) };
    let defined = [vat];
    let lead = Contact::stranger(ContactId::derive(&["ann"]), ContactKind::Lead, vec![], Time::from_millis(0));
    let contacts = ImportOptions { kind: ContactKind::Contact, ..options() };
    let mut draft = Draft::default();
    assert!(update(&draft, &lead, (&options(), &defined)).is_ok(), "a lead stays one");
    assert_eq!(update(&draft, &lead, (&contacts, &defined)), Err(vec!["vat is required (VAT)".to_owned()]));
    draft.fields.insert("vat".to_owned(), "DE1".to_owned());
    assert!(update(&draft, &lead, (&contacts, &defined)).is_ok());
}
