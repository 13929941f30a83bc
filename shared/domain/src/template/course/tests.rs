//! What is told in any order ends in the same.
use super::*;
use crate::ids::TemplateId;
use crate::template::More;

fn template() -> Template {
    Template {
        id: TemplateId::of("waba", "visit", "en_US"),
        waba_id: "waba".to_owned(),
        meta_id: "1".to_owned(),
        name: "visit".to_owned(),
        language: "en_US".to_owned(),
        status: "PENDING".to_owned(),
        category: "UTILITY".to_owned(),
        parameter_format: "POSITIONAL".to_owned(),
        components: serde_json::json!([]),
        quality: None,
        rejected_reason: None,
        more: More::default(),
        course: Course::default(),
        synced_at: Time::from_seconds(0),
    }
}

fn note(kind: NoteKind, value: &str, at: i64) -> Note {
    Note::new(kind, NoteSource::Webhook, value, Time::from_seconds(at))
}

fn status(value: &str, at: i64) -> Note {
    note(NoteKind::Status, value, at)
}

fn tell(notes: impl IntoIterator<Item = Note>) -> Template {
    let step = |template: Template, note: Note| template.told(&[note], None).unwrap_or(template);
    notes.into_iter().fold(template(), step)
}

#[test]
fn whatever_the_order_and_the_number_the_latest_word_counts() {
    let rejected = Note { reason: Some("SCAM".to_owned()), ..status("REJECTED", 30) };
    let announced = Note { before: Some("UTILITY".to_owned()), ..note(NoteKind::CategoryAnnounced, "MARKETING", 20) };
    let told = vec![
        status("PENDING", 10),
        status("APPROVED", 10),
        status("FLAGGED", 40),
        rejected,
        announced,
        Note { before: Some("UTILITY".to_owned()), ..note(NoteKind::Category, "MARKETING", 25) },
        // Told beside the first statuses.
        note(NoteKind::Category, "UTILITY", 10),
        note(NoteKind::Quality, "RED", 12),
        note(NoteKind::Quality, "GREEN", 11),
    ];
    let expected = tell(told.clone());
    assert_eq!((expected.status.as_str(), expected.rejected_reason.as_deref()), ("REJECTED", Some("SCAM")));
    assert_eq!((expected.category.as_str(), expected.quality.as_deref()), ("MARKETING", Some("RED")));
    for turn in 0..told.len() {
        let mut other = told.clone();
        other.rotate_left(turn);
        let twice = other.iter().rev().chain(&other).cloned();
        let mut seen = tell(twice);
        seen.course.revision = expected.course.revision;
        // Which category it had before is the list's to say.
        seen.more.previous_category = expected.more.previous_category.clone();
        assert_eq!(seen, expected, "turned by {turn}");
    }
}

#[test]
fn events_leave_a_template_in_the_status_that_they_mean() {
    for (events, expected) in [
        (vec!["APPROVED"], "APPROVED"),
        (vec!["APPROVED", "FLAGGED"], "APPROVED"),
        (vec!["PAUSED", "FLAGGED"], "PAUSED"),
        (vec!["DISABLED", "IN_APPEAL", "REINSTATED"], "APPROVED"),
        (vec!["ARCHIVED", "UNARCHIVED"], "APPROVED"),
        (vec!["PENDING_DELETION", "DELETED"], "DELETED"),
        (vec!["LOCKED"], "LOCKED"),
        (vec!["SOMETHING_NEW"], "SOMETHING_NEW"),
    ] {
        let notes = events.iter().zip(10..).map(|(event, at)| status(event, at));
        assert_eq!(tell(notes).status, expected, "{events:?}");
    }
}

#[test]
fn what_was_told_before_a_list_was_read_is_noted_and_changes_nothing() {
    let listed = Some(Time::from_seconds(100));
    let late = template().told(&[status("APPROVED", 50)], listed).unwrap();
    assert_eq!((late.status.as_str(), late.course.notes.len()), ("PENDING", 1));
    let in_time = template().told(&[status("APPROVED", 100)], listed).unwrap();
    assert_eq!(in_time.status, "APPROVED");
    assert_eq!(in_time.told(&[status("APPROVED", 100)], listed), None, "twice is once");
}

#[test]
fn a_category_beside_a_status_is_news_only_where_it_is_another_one() {
    let told = |category: &str| {
        template().told(&[status("APPROVED", 5), note(NoteKind::Category, category, 5)], None).unwrap()
    };
    assert_eq!(told("UTILITY").course.notes.len(), 1);
    let moved = told("MARKETING");
    assert_eq!((moved.category.as_str(), moved.more.previous_category.as_deref()), ("MARKETING", Some("UTILITY")));
    assert_eq!(moved.course.notes.len(), 2);
}

#[test]
fn the_course_is_bounded_and_keeps_the_latest_of_each_kind() {
    let qualities = (100..160).map(|at| note(NoteKind::Quality, if at % 2 == 0 { "GREEN" } else { "RED" }, at));
    let mut notes = vec![status("APPROVED", 10), note(NoteKind::Category, "MARKETING", 11)];
    notes.extend(qualities);
    let template = tell(notes);
    assert_eq!(template.course.notes.len(), NOTES_MAX);
    assert_eq!(template.course.notes[0].value, "RED");
    assert!(template.course.latest_status().is_some() && template.course.latest_category().is_some());
}

#[test]
fn the_outlook_follows_from_the_latest_status() {
    let pause = |title: &str| Note { title: Some(title.to_owned()), ..status("PAUSED", 1_000) };
    let until = |title: &str| tell([pause(title)]).outlook().pause.unwrap().1.map(Time::seconds);
    assert_eq!(until("FIRST_PAUSE"), Some(1_000 + 3 * 3600));
    assert_eq!(until("SECOND_PAUSE"), Some(1_000 + 6 * 3600));
    assert_eq!(until("RATE_LIMITING_PAUSE"), None);
    assert!(tell([pause("FIRST_PAUSE")]).standing().starts_with("PAUSED (FIRST_PAUSE; until 1970-01-01T03:16:40Z"));
    let disabled = Note { effective_at: Some(Time::from_seconds(7)), ..status("DISABLED", 9) };
    assert_eq!(tell([disabled]).outlook().disabled.unwrap().1, Time::from_seconds(7));
    let archived = tell([status("ARCHIVED", 0)]).outlook().archived.unwrap();
    assert_eq!(archived.1.seconds(), 28 * 24 * 3600);
    let coming = Note {
        before: Some("UTILITY".to_owned()),
        effective_at: Some(Time::from_seconds(86_400)),
        ..note(NoteKind::CategoryAnnounced, "MARKETING", 5)
    };
    let announced = tell([coming.clone()]);
    assert_eq!(announced.category, "UTILITY");
    assert_eq!(announced.outlook().upcoming_category, Some(("MARKETING".to_owned(), coming.effective_at)));
    let done = tell([coming, note(NoteKind::Category, "MARKETING", 86_400)]);
    assert_eq!((done.category.as_str(), done.outlook().upcoming_category), ("MARKETING", None));
    assert_eq!(tell([status("APPROVED", 1)]).standing(), "APPROVED");
}
