//! Which rows a list changes, and what webhooks keep from it.
use super::*;
use crate::template::{APPROVED, Course, More};

fn template(name: &str, status: &str, at: i64) -> Template {
    Template {
        id: TemplateId::of("waba", name, "en_US"),
        waba_id: "waba".to_owned(),
        meta_id: "1".to_owned(),
        name: name.to_owned(),
        language: "en_US".to_owned(),
        status: status.to_owned(),
        category: "UTILITY".to_owned(),
        parameter_format: "POSITIONAL".to_owned(),
        components: serde_json::json!([]),
        quality: None,
        rejected_reason: None,
        more: More::default(),
        course: Course::default(),
        synced_at: Time::from_seconds(at),
    }
}

fn told(template: Template, kind: NoteKind, value: &str, at: i64) -> Template {
    let note = Note::new(kind, NoteSource::Webhook, value, Time::from_seconds(at));
    template.told(&[note], None).unwrap()
}

#[test]
fn a_sync_writes_only_what_differs() {
    let held = [
        template("same", APPROVED, 1),
        template("paused", APPROVED, 1),
        template("gone", APPROVED, 1),
        template("old", DELETED, 1),
        template("back", DELETED, 1),
    ];
    let listed = [
        template("same", APPROVED, 2),
        template("paused", "PAUSED", 2),
        template("new", "PENDING", 2),
        template("new", "PENDING", 2),
        template("back", APPROVED, 2),
    ];
    let plan = sync(&held, &listed, Time::from_seconds(2));
    let names = |templates: &[Template]| templates.iter().map(|t| t.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&plan.changed), ["paused", "new", "back"]);
    assert_eq!((names(&plan.deleted), plan.added), (vec!["gone".to_owned()], 2));
    assert_eq!(plan.deleted[0].status, DELETED);
}

#[test]
fn what_webhooks_told_after_the_list_was_begun_stays() {
    let listed = template("t", APPROVED, 100);
    for (what, held, status) in [
        ("a pause in the same second", told(template("t", APPROVED, 1), NoteKind::Status, "PAUSED", 100), "PAUSED"),
        ("a later pause", told(template("t", APPROVED, 1), NoteKind::Status, "PAUSED", 101), "PAUSED"),
        ("an earlier pause that is over", told(template("t", APPROVED, 1), NoteKind::Status, "PAUSED", 99), APPROVED),
        ("a deletion is not undone", told(template("t", APPROVED, 1), NoteKind::Status, DELETED, 101), DELETED),
    ] {
        assert_eq!(merge(Some(&held), &listed).status, status, "{what}");
    }
    let held = told(template("t", APPROVED, 1), NoteKind::Category, "MARKETING", 105);
    let held = told(held, NoteKind::Quality, "RED", 105);
    let merged = merge(Some(&held), &Template { quality: Some("GREEN".to_owned()), ..listed });
    assert_eq!((merged.category.as_str(), merged.quality.as_deref()), ("MARKETING", Some("RED")));
}

#[test]
fn what_was_made_after_the_list_was_begun_is_not_missing_from_it() {
    let made = template("made", "PENDING", 150);
    let approved = told(template("approved", "PENDING", 1), NoteKind::Status, APPROVED, 120);
    let plan = sync(&[made, approved, template("gone", APPROVED, 1)], &[], Time::from_seconds(100));
    assert_eq!(plan.deleted.iter().map(|gone| gone.name.as_str()).collect::<Vec<_>>(), ["gone"]);
}

#[test]
fn a_list_notes_what_no_webhook_told() {
    let first = merge(None, &template("t", "PENDING", 1));
    let second = Template { category: "MARKETING".to_owned(), ..template("t", APPROVED, 5) };
    let merged = merge(Some(&first), &second);
    let notes: Vec<_> = merged.course.notes.iter().map(|note| (note.kind, note.value.as_str(), note.source)).collect();
    assert_eq!(
        notes,
        [
            (NoteKind::Category, "MARKETING", NoteSource::Sync),
            (NoteKind::Status, APPROVED, NoteSource::Sync),
            (NoteKind::Status, "PENDING", NoteSource::Sync),
        ]
    );
    assert_eq!(merge(Some(&merged), &second).course, merged.course, "once");
}
