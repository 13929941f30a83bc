//! The rules of notifications, a line each, by a clock that moves as the line says.
use std::collections::BTreeSet;

use super::*;
use crate::calendar::Zone;

fn at(minutes: i64) -> Time {
    Time::from_seconds(1_795_321_800)
        .plus(std::time::Duration::from_secs(u64::try_from(minutes).unwrap().saturating_mul(60)))
}

fn message(fact: &str, minute: i64) -> Occurrence {
    let (channel_id, contact_id) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
    Occurrence {
        user_id: UserId::derive(&["uma"]),
        kind: NotificationKind::Message,
        conversation_id: ConversationId::of(&channel_id, &contact_id),
        channel_id,
        contact_id,
        fact: fact.to_owned(),
        at: at(minute),
        stored_at: at(minute),
    }
}

enum Step {
    Message(&'static str, i64),
    Opened(i64),
    Dismissed(i64),
    Snoozed(i64),
    SnoozedIfUnanswered(i64),
    /// A look at this minute, while the customer waits or not.
    Look(i64, bool),
}

/// State, count, minutes of the first and the last, telling after the steps.
fn after(steps: &[Step]) -> String {
    let mut held: Option<Notification> = None;
    for step in steps {
        let next = match (&held, step) {
            (_, Step::Message(fact, minute)) => counted(held.as_ref(), &message(fact, *minute), at(*minute)),
            (Some(one), Step::Opened(minute)) => one.handled(NotificationState::Opened, at(*minute)),
            (Some(one), Step::Dismissed(minute)) => one.handled(NotificationState::Dismissed, at(*minute)),
            (Some(one), Step::Snoozed(minute)) => one.snoozed(Reminder { at: at(*minute), only_if_unanswered: false }),
            (Some(one), Step::SnoozedIfUnanswered(minute)) => {
                one.snoozed(Reminder { at: at(*minute), only_if_unanswered: true })
            }
            (Some(one), Step::Look(minute, waits)) => one.reminded(*waits, at(*minute)),
            (None, _) => None,
        };
        if let Some(next) = next {
            assert_eq!(next.revision, held.as_ref().map_or(0, |held| held.revision).saturating_add(1));
            held = Some(next);
        }
    }
    let held = held.unwrap();
    let minute = |time: Time| (0..100).find(|minute| at(*minute) == time).unwrap();
    let (first, last) = (minute(held.first_at), minute(held.last_at));
    format!("{} {} {first}..{last} {}", held.state, held.count(), held.telling())
}

#[test]
fn a_notification_goes_through_its_states() {
    use Step::{Dismissed, Look, Message, Opened, Snoozed, SnoozedIfUnanswered};
    for (what, steps, expected) in [
        ("one", &[Message("a", 1)][..], "unopened 1 1..1 1.0"),
        ("a further one counts up", &[Message("a", 1), Message("b", 2)][..], "unopened 2 1..2 1.0"),
        ("twice is once", &[Message("a", 1), Message("a", 1)][..], "unopened 1 1..1 1.0"),
        ("a late one", &[Message("b", 2), Message("a", 1)][..], "unopened 2 1..2 1.0"),
        ("opened", &[Message("a", 1), Opened(2)][..], "opened 1 1..1 1.0"),
        ("anew", &[Message("a", 1), Opened(2), Message("b", 3)][..], "unopened 1 3..3 2.0"),
        ("anew", &[Message("a", 1), Dismissed(2), Message("b", 3)][..], "unopened 1 3..3 2.0"),
        ("a replay after it was opened", &[Message("a", 1), Opened(2), Message("a", 1)][..], "opened 1 1..1 1.0"),
        ("seen when it was opened", &[Message("a", 1), Opened(3), Message("b", 2)][..], "opened 1 1..1 1.0"),
        (
            "a replay of what an earlier run counted",
            &[Message("a", 1), Opened(2), Message("b", 3), Message("a", 1)][..],
            "unopened 1 3..3 2.0",
        ),
        ("put off", &[Message("a", 1), Snoozed(10)][..], "snoozed 1 1..1 1.0"),
        ("not before its minute", &[Message("a", 1), Snoozed(10), Look(9, true)][..], "snoozed 1 1..1 1.0"),
        ("at its minute", &[Message("a", 1), Snoozed(10), Look(10, true)][..], "unopened 1 1..1 1.1"),
        ("once", &[Message("a", 1), Snoozed(10), Look(10, true), Look(11, true)][..], "unopened 1 1..1 1.1"),
        (
            "a message in between counts up and lets it stay away",
            &[Message("a", 1), Snoozed(10), Message("b", 5)][..],
            "snoozed 2 1..5 1.0",
        ),
        (
            "and after it counts up too",
            &[Message("a", 1), Snoozed(10), Look(10, true), Message("b", 12)][..],
            "unopened 2 1..12 1.1",
        ),
        ("answered in between", &[Message("a", 1), Snoozed(10), Look(10, false)][..], "unopened 1 1..1 1.1"),
        (
            "answered, and only of use if not",
            &[Message("a", 1), SnoozedIfUnanswered(10), Look(10, false)][..],
            "dismissed 1 1..1 1.0",
        ),
        (
            "not answered, and only of use then",
            &[Message("a", 1), SnoozedIfUnanswered(10), Look(10, true)][..],
            "unopened 1 1..1 1.1",
        ),
        ("opened before its time", &[Message("a", 1), Snoozed(10), Opened(5), Look(10, true)][..], "opened 1 1..1 1.0"),
        ("put off again", &[Message("a", 1), Snoozed(10), Snoozed(20), Look(10, true)][..], "snoozed 1 1..1 1.0"),
        ("opened, then put off", &[Message("a", 1), Opened(2), Snoozed(9), Look(9, true)][..], "unopened 1 1..1 1.1"),
    ] {
        assert_eq!(after(steps), expected, "{what}");
    }
}

#[test]
fn the_count_ends_at_many() {
    let facts: Vec<String> = (0..200).map(|number| format!("fact {number}")).collect();
    let mut held = None;
    for fact in facts.iter().chain(&facts) {
        held = counted(held.as_ref(), &Occurrence { fact: fact.clone(), ..message("", 1) }, at(1)).or(held);
    }
    assert_eq!(held.unwrap().count(), COUNT_MAX);
}

#[test]
fn it_is_news_once_for_each_beginning_and_each_reminder() {
    let first = counted(None, &message("a", 1), at(1)).unwrap();
    let second = counted(Some(&first), &message("b", 2), at(2)).unwrap();
    let opened = second.handled(NotificationState::Opened, at(3)).unwrap();
    let anew = counted(Some(&opened), &message("c", 4), at(4)).unwrap();
    let away = anew.snoozed(Reminder { at: at(9), only_if_unanswered: false }).unwrap();
    let back = away.reminded(true, at(9)).unwrap();
    for (before, now, is_news) in [
        (None, &first, true),
        (Some(&first), &second, false),
        (Some(&second), &opened, false),
        (Some(&opened), &anew, true),
        (Some(&anew), &away, false),
        (Some(&away), &back, true),
    ] {
        assert_eq!(now.is_news(before), is_news, "{now:?}");
    }
}

fn quiet(zone: &str, days: &[Weekday], from: &str, to: &str) -> QuietHours {
    QuietHours {
        time_zone: Zone::parse(zone).unwrap(),
        days: days.iter().copied().collect(),
        from: Minute::parse(from).unwrap(),
        to: Minute::parse(to).unwrap(),
    }
}

#[test]
fn quiet_hours_go_by_the_clocks_of_their_zone() {
    use Weekday::{Friday, Saturday, Sunday};
    let nights = quiet("Europe/Berlin", Weekday::ALL, "20:00", "07:00");
    let friday = quiet("Europe/Berlin", &[Friday], "20:00", "07:00");
    let noon = quiet("UTC", &[Friday], "12:00", "13:00");
    let weekend = quiet("America/New_York", &[Saturday, Sunday], "00:00", "00:00");
    let always = quiet("UTC", Weekday::ALL, "00:00", "00:00");
    for (quiet, now, end) in [
        (&nights, "2026-11-27T18:59:59Z", None),
        (&nights, "2026-11-27T19:00:00Z", Some("2026-11-28T06:00:00Z")),
        (&nights, "2026-11-28T05:59:59Z", Some("2026-11-28T06:00:00Z")),
        (&nights, "2026-11-28T06:00:00Z", None),
        // In summer an hour earlier, and the night in which the clocks go back is an hour longer.
        (&nights, "2026-07-01T18:00:00Z", Some("2026-07-02T05:00:00Z")),
        (&nights, "2026-10-24T18:00:00Z", Some("2026-10-25T06:00:00Z")),
        // That of Friday ends on Saturday, and Saturday has none.
        (&friday, "2026-11-28T03:00:00Z", Some("2026-11-28T06:00:00Z")),
        (&friday, "2026-11-28T20:00:00Z", None),
        (&noon, "2026-11-27T12:30:00Z", Some("2026-11-27T13:00:00Z")),
        (&noon, "2026-11-28T12:30:00Z", None),
        (&weekend, "2026-11-28T05:00:00Z", Some("2026-11-30T05:00:00Z")),
        (&weekend, "2026-11-30T05:00:00Z", None),
        (&always, "2026-11-28T00:00:00Z", Some("2026-12-06T00:00:00Z")),
    ] {
        let found = quiet.end(Time::parse(now).unwrap());
        assert_eq!(found.map(|end| end.to_string()).as_deref(), end, "{now} in {quiet:?}");
    }
}

#[test]
fn minutes_are_read_in_one_form() {
    for (text, is_read) in [
        ("07:30", true),
        ("00:00", true),
        ("23:59", true),
        ("24:00", false),
        ("7:30", false),
        ("+7:30", false),
        ("", false),
    ] {
        assert_eq!(Minute::parse(text).is_some_and(|minute| minute.to_string() == text), is_read, "{text}");
    }
}

#[test]
fn what_is_told_follows_from_the_rules() {
    let now = Time::parse("2026-11-27T12:30:00Z").unwrap();
    let mut rules = Rules::usual(UserId::derive(&["uma"]));
    let message = NotificationKind::Message;
    assert_eq!(plan(&rules, message, now), Plan::Tell(BTreeSet::from([Way::Live])));
    assert!(rules.wants(NotificationKind::Mention, Way::Email) && !rules.wants(message, Way::Email));
    rules.quiet_hours = Some(quiet("UTC", Weekday::ALL, "12:00", "13:00"));
    assert_eq!(plan(&rules, message, now), Plan::Wait(Time::parse("2026-11-27T13:00:00Z").unwrap()));
    rules.ways.remove(&message);
    assert_eq!(plan(&rules, message, now), Plan::Tell(BTreeSet::new()), "nothing waits that nobody wants");
}
