//! Texts with merge fields: what is refused when they are saved, what stands in them when they are sent, and that no value is ever
//! read.
use super::*;
use crate::Time;
use crate::access::{Role, User};
use crate::channel::Channel;
use crate::contact::{Contact, ContactKind};
use crate::contact_field::{ContactField, FieldModule, FieldType};
use crate::identity::{Identity, IdentityKind};
use crate::ids::{ContactFieldId, ContactId, UserId};

fn catalog() -> Catalog {
    of(&[("city", "City"), ("size", "Größe"), ("odd", "a|b]c\\d"), ("city_2", "CITY 2")])
}

/// Fields by their keys, each with its label.
fn of(fields: &[(&str, &str)]) -> Catalog {
    let field = |(key, label): &(&str, &str)| ContactField {
        id: ContactFieldId::derive(&[key]),
        key: (*key).to_owned(),
        label: (*label).to_owned(),
        module: FieldModule::Both,
        kind: FieldType::Text,
        options: vec![],
        is_required: false,
        created_at: Time::from_millis(0),
    };
    Catalog::new(&fields.iter().map(field).collect::<Vec<_>>())
}

fn contact(kind: ContactKind, name: Option<&str>, fields: &[(&str, &str)]) -> Contact {
    let identities = vec![Identity::new(IdentityKind::WaId, "16505550001")];
    let mut contact = Contact::stranger(ContactId::derive(&["ann"]), kind, identities, Time::from_millis(0));
    contact.name = name.map(str::to_owned);
    contact.fields = fields.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect();
    contact
}

fn user() -> User {
    User {
        id: UserId::derive(&["eva"]),
        name: "Eva Maria Jones".to_owned(),
        email: Some("eva@example.org".to_owned()),
        role: Role::Agent,
        reach: crate::access::Reach::All,
        is_active: true,
        external_id: None,
        revision: 0,
        groups: vec![],
        created_at: Time::from_millis(0),
    }
}

fn channel() -> Channel {
    crate::channel::tests::channel()
}

fn read(text: &str) -> MergeText {
    MergeText::read(text, &catalog(), None).unwrap()
}

#[test]
fn a_text_is_shown_as_it_was_written() {
    for (text, parts) in [
        ("", 0),
        ("Hello", 1),
        ("Hello $[Leads.First Name]!", 3),
        ("$[Leads.First Name|there]", 1),
        ("$[Leads.City|]", 1),
        ("$[User.Name]$[Channel.Nickname]", 2),
        ("a literal \\$[ and \\$[Leads.City]", 1),
        ("\\\\$[Leads.City]", 2),
        ("\\\\\\$[ is a backslash and a literal", 1),
        ("C:\\temp\\new stays", 1),
        ("costs $$[Leads.City]", 2),
        ("$ [no field] $ and ] | alone", 1),
        ("$[Contacts.a\\|b\\]c\\\\d|f\\]g]", 1),
        ("$[Leads.Größe|größer]", 1),
    ] {
        let read = read(text);
        assert_eq!((read.0.len(), read.written(&catalog())), (parts, text.to_owned()), "{read:?}");
    }
}

/// A rename shows; the field stays.
#[test]
fn a_saved_text_follows_the_label_of_its_field() {
    let text = MergeText::read("In $[leads.city|town].", &catalog(), Some(Module::Leads)).unwrap();
    let renamed = of(&[("city", "Place [new]")]);
    assert_eq!(text.written(&renamed), "In $[Leads.Place [new\\]|town].");
    let ann = contact(ContactKind::Lead, None, &[("city", "Oslo")]);
    let values = Values { catalog: &renamed, contact: &ann, owner: None, user: None, channel: &channel() };
    assert_eq!(text.render(&values), Ok("In Oslo.".to_owned()));
    // A field that was deleted shows its last label, and has no value.
    let nothing = of(&[]);
    assert_eq!(text.written(&nothing), "In $[Leads.City|town].");
    assert_eq!(text.render(&Values { catalog: &nothing, ..values }), Ok("In town.".to_owned()));
    let bare = MergeText::read("$[Leads.City]", &catalog(), None).unwrap();
    let missing = bare.render(&Values { catalog: &nothing, ..values }).unwrap_err();
    assert_eq!(missing.iter().map(|missing| missing.lack).collect::<Vec<_>>(), [Lack::Gone]);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    for (text, module, told) in [
        (
            "Hi $[Leads.Nmae]",
            None,
            vec![(4, "$[Leads.Nmae]", "names no field of Leads that exists: Email, First Name, Full Name")],
        ),
        ("Hi $[Lead.Name]", None, vec![(4, "$[Lead.Name]", "no module that exists: Leads, Contacts, User, Channel")]),
        ("$[First Name]", None, vec![(1, "$[First Name]", "names no module")]),
        ("ö $[Leads.Name", None, vec![(3, "$[Leads.Name", "is not closed by ]; a literal $[ is written \\$[")]),
        ("$[]", None, vec![(1, "$[]", "names no module")]),
        ("$[Leads.]", None, vec![(1, "$[Leads.]", "names no field")]),
        (
            "$[Contacts.Name]",
            Some(Module::Leads),
            vec![(1, "$[Contacts.Name]", "of Contacts, and the text is for Leads")],
        ),
        (
            "$[leads.city 2] $[Leads.x] $[Y.z]",
            None,
            vec![(17, "$[Leads.x]", "names no field"), (28, "$[Y.z]", "no module")],
        ),
    ] {
        let wrong = MergeText::read(text, &catalog(), module).unwrap_err();
        assert_eq!(wrong.len(), told.len(), "{wrong:?}");
        for (wrong, (place, written, why)) in wrong.iter().zip(told) {
            assert_eq!((wrong.place, wrong.written.as_str()), (place, written), "{text}");
            assert!(wrong.explain().contains(why), "{}", wrong.explain());
        }
    }
    let twins = of(&[("1", "Size"), ("2", "SIZE")]);
    assert!(MergeText::read("$[Leads.Size]", &twins, None).is_ok(), "as it is written");
    let wrong = MergeText::read("$[Leads.size]", &twins, None).unwrap_err();
    assert!(wrong[0].explain().contains("Size, SIZE"), "{}", wrong[0].explain());
}

#[test]
fn values_stand_in_for_fields_or_are_named_as_missing() {
    use ContactKind::{Contact as Known, Lead};
    let (eva, channel, catalog) = (user(), channel(), catalog());
    let full: &[(&str, &str)] = &[("city", "Oslo"), ("size", " ")];
    for (text, kind, name, user, expected) in [
        ("Hi $[Leads.First Name]", Lead, Some("Ann Lee Smith"), None, Ok("Hi Ann")),
        ("Hi $[Leads.Last Name]", Lead, Some("Ann Lee Smith"), None, Ok("Hi Smith")),
        ("Hi $[Leads.Last Name]", Lead, Some("Ann"), None, Err(Lack::Empty)),
        ("Hi $[Leads.Name|you]", Lead, None, None, Ok("Hi you")),
        ("Hi $[Leads.Name|]!", Lead, None, None, Ok("Hi !")),
        ("$[Leads.City] $[Leads.Phone]", Lead, None, None, Ok("Oslo +16505550001")),
        ("$[Leads.Größe]", Lead, None, None, Err(Lack::Empty)),
        ("$[Leads.Email]", Lead, None, None, Err(Lack::Empty)),
        ("$[Contacts.City]", Known, None, None, Ok("Oslo")),
        ("$[Contacts.City]", Lead, None, None, Err(Lack::OtherKind(Lead))),
        ("$[Contacts.City|town]", Lead, None, None, Ok("town")),
        ("$[Leads.City]", Known, None, None, Err(Lack::OtherKind(Known))),
        ("$[User.First Name], $[User.Email]", Lead, None, Some(&eva), Ok("Eva, eva@example.org")),
        ("$[Leads.Owner|nobody] $[Leads.Kind]", Lead, None, None, Ok("nobody lead")),
        ("$[User.Name]", Lead, None, None, Err(Lack::Nobody)),
        ("$[User.Name|The team]", Lead, None, None, Ok("The team")),
        ("$[Channel.Nickname] $[Channel.Phone]", Lead, None, None, Ok("Shop +1")),
    ] {
        let ann = contact(kind, name, full);
        let values = Values { catalog: &catalog, contact: &ann, owner: None, user, channel: &channel };
        let rendered = read(text).render(&values);
        let expected = expected.map(str::to_owned);
        match &rendered {
            Err(missing) => assert!(missing[0].explain(&catalog).ends_with("and gives no fallback"), "{missing:?}"),
            Ok(shown) => assert_eq!(*shown, read(text).preview(&values, &catalog)),
        }
        assert_eq!(rendered.map_err(|missing| missing[0].lack), expected, "{text}");
    }
}

#[test]
fn an_owner_is_shown_by_name() {
    let (catalog, channel, mut ann) = (catalog(), channel(), contact(ContactKind::Lead, None, &[]));
    ann.owner = Some(crate::channel::Assignee::User(user().id));
    let values = Values { catalog: &catalog, contact: &ann, owner: Some("Eva"), user: None, channel: &channel };
    assert_eq!(read("$[Leads.Owner]").render(&values), Ok("Eva".to_owned()));
}

/// A field of one kind of people is none of the other's.
#[test]
fn a_field_for_leads_is_not_named_in_a_text_for_contacts() {
    let mut field = ContactField {
        id: ContactFieldId::derive(&["1"]),
        key: "size".to_owned(),
        label: "Size".to_owned(),
        module: FieldModule::Leads,
        kind: FieldType::Text,
        options: vec![],
        is_required: false,
        created_at: Time::from_millis(0),
    };
    for (module, label, leads, contacts) in [
        (FieldModule::Leads, "Size", true, false),
        (FieldModule::Contacts, "Size", false, true),
        (FieldModule::Both, "Size", true, true),
        (FieldModule::Both, "PHONE", true, true),
    ] {
        (field.module, field.label) = (module, label.to_owned());
        let catalog = Catalog::new(std::slice::from_ref(&field));
        let reads = |module: Module| MergeText::read(&format!("$[{module}.{label}]"), &catalog, None).is_ok();
        assert_eq!((reads(Module::Leads), reads(Module::Contacts)), (leads, contacts), "{module} {label}");
    }
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    let (catalog, channel, ann) = (catalog(), channel(), contact(ContactKind::Lead, None, &[]));
    let values = Values { catalog: &catalog, contact: &ann, owner: None, user: None, channel: &channel };
    let text = read("$[Leads.Name] of $[Leads.City], $[User.Name|us]");
    let missing = text.render(&values).unwrap_err();
    let names: Vec<String> = missing.iter().map(|missing| missing.reference.name(&catalog)).collect();
    assert_eq!(names, ["Leads.Full Name", "Leads.City"]);
    assert_eq!(text.preview(&values, &catalog), "$[Leads.Full Name] of $[Leads.City], us");
}

/// P47: whatever a customer calls themselves, it stands in the text letter by letter, and nothing more happens.
#[test]
fn a_value_is_never_read() {
    let pieces = [
        "$[User.Email]",
        "$[Channel.Phone|x]",
        "$",
        "[",
        "]",
        "|",
        "\\",
        "$[",
        "\\$[",
        "Leads.City",
        ".",
        " ",
        "ö",
        "🙂",
        "{{1}}",
        "\n",
        "*",
        "\u{202e}",
        "\u{0}",
        "a",
    ];
    let (eva, channel, catalog) = (user(), channel(), catalog());
    let mut seed: u64 = 7;
    let mut draw = |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % most
    };
    for _ in 0..2_000 {
        let value = |draw: &mut dyn FnMut(usize) -> usize| -> String {
            let count = draw(6) + 1;
            (0..count).map(|_| pieces[draw(pieces.len())]).collect()
        };
        let (city, size) = (value(&mut draw), value(&mut draw));
        let ann = contact(ContactKind::Lead, None, &[("city", &city), ("size", &size)]);
        let values = Values { catalog: &catalog, contact: &ann, owner: None, user: Some(&eva), channel: &channel };
        // Beside and within whatever stands around them.
        let (before, between) = (value(&mut draw), value(&mut draw));
        let text = MergeText(vec![
            Part::Text(before.clone()),
            read("$[Leads.City|-]").0[0].clone(),
            Part::Text(between.clone()),
            read("$[Leads.Größe|-]").0[0].clone(),
        ]);
        let or = |value: &str| if value.trim().is_empty() { "-".to_owned() } else { value.to_owned() };
        let expected = format!("{before}{}{between}{}", or(&city), or(&size));
        assert_eq!(text.render(&values), Ok(expected.clone()));
        assert_eq!(text.preview(&values, &catalog), expected);
        // However it is written down and read again, it is the same text.
        let written = text.written(&catalog);
        assert_eq!(MergeText::read(&written, &catalog, None), Ok(text), "{written}");
    }
}
