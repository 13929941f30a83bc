//! Each filter with what it takes and what it leaves; and where each is looked for.
use std::collections::BTreeSet;

use super::*;
use crate::conversation::{Arrival, Reply, Window, WindowState, start};
use crate::ids::GroupId;
use crate::ids::{ContactId, ConversationId, MessageId};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const NOW: i64 = 1_795_321_800;

fn ago(seconds: i64) -> Time {
    Time::from_seconds(NOW.saturating_sub(seconds))
}

fn user(name: &str) -> UserId {
    UserId::derive(&[name])
}

fn group(name: &str) -> GroupId {
    GroupId::derive(&[name])
}

/// Ann's, waiting since two days, answered by Uma three days ago, given to Uma and owned by Olaf.
fn conversation() -> Conversation {
    let (channel, contact) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
    let id = ConversationId::of(&channel, &contact);
    let message = MessageId::of_wamid(&id, ago(9 * DAY), "w");
    let (at, received_at, assign_to, referral) = (ago(9 * DAY), ago(9 * DAY), None, None);
    let arrival = Arrival { conversation: id, channel, contact, message, at, received_at, assign_to, referral };
    Conversation {
        assignee: Some(Assignee::User(user("uma"))),
        owner: Some(Assignee::User(user("olaf"))),
        waiting_since: Some(ago(2 * DAY)),
        last_inbound_at: Some(ago(20 * HOUR)),
        last_outbound_at: Some(ago(3 * DAY)),
        active_at: ago(20 * HOUR),
        last_reply: Some(Reply { at: ago(3 * DAY), author: Some(Actor::User(user("uma"))) }),
        window: Some(Window { opened_at: ago(2 * DAY), closes_at: ago(-4 * HOUR), state: WindowState::Open }),
        labels: BTreeSet::from(["vip".to_owned()]),
        unread: BTreeSet::from([1]),
        ..start(&arrival)
    }
}

fn at() -> Moment {
    Moment { now: Time::from_seconds(NOW), today: ago(10 * HOUR), closing: Duration::from_secs(5 * 3600) }
}

fn span(text: &str) -> Option<Span> {
    Some(Span::parse(text).unwrap())
}

fn within(text: &str) -> Option<Within> {
    Some(Within::parse(text).unwrap())
}

fn taken(filter: &Filter, conversation: &Conversation) -> bool {
    let filter = filter.asked_by(Some(&user("uma"))).unwrap();
    filter.matches(conversation, conversation.unread.len(), &at())
}

#[test]
fn each_filter_takes_what_it_says_and_leaves_the_rest() {
    let open = conversation();
    let answered = Conversation { waiting_since: None, unread: BTreeSet::new(), ..conversation() };
    let nobodys = Conversation { assignee: None, owner: None, last_reply: None, ..conversation() };
    let groups = Conversation { assignee: Some(Assignee::Group(group("sales"))), ..conversation() };
    let closed = Conversation { status: ConversationStatus::Closed, window: None, ..conversation() };
    let snoozed = Conversation { snoozed_until: Some(ago(-60)), ..conversation() };
    let woken = Conversation { snoozed_until: Some(ago(0)), ..conversation() };
    let by_phone = Conversation { last_reply: Some(Reply { at: ago(HOUR), author: None }), ..conversation() };
    let all = [&open, &answered, &nobodys, &groups, &closed, &snoozed, &woken, &by_phone];
    let none = Filter::default;
    for (what, filter, expected) in [
        ("nothing", none(), [1, 1, 1, 1, 1, 0, 1, 1]),
        ("channel", Filter { channel: Some(ChannelId::of_number("1")), ..none() }, [1, 1, 1, 1, 1, 0, 1, 1]),
        ("another channel", Filter { channel: Some(ChannelId::of_number("2")), ..none() }, [0; 8]),
        ("open", Filter { status: Some(ConversationStatus::Open), ..none() }, [1, 1, 1, 1, 0, 0, 1, 1]),
        ("closed", Filter { status: Some(ConversationStatus::Closed), ..none() }, [0, 0, 0, 0, 1, 0, 0, 0]),
        ("mine", Filter { assignee: Some(Whose::Me), ..none() }, [1, 1, 0, 0, 1, 0, 1, 1]),
        ("nobody's", Filter { assignee: Some(Whose::Nobody), ..none() }, [0, 0, 1, 0, 0, 0, 0, 0]),
        ("another's", Filter { assignee: Some(Whose::Of(Assignee::User(user("olaf")))), ..none() }, [0; 8]),
        (
            "a group's",
            Filter { assignee: Some(Whose::Of(Assignee::Group(group("sales")))), ..none() },
            [0, 0, 0, 1, 0, 0, 0, 0],
        ),
        ("owned", Filter { owner: Some(Who::User(user("olaf"))), ..none() }, [1, 1, 0, 1, 1, 0, 1, 1]),
        ("owned by me", Filter { owner: Some(Who::Me), ..none() }, [0; 8]),
        ("replied by me", Filter { replied_by: Some(Who::Me), ..none() }, [1, 1, 0, 1, 1, 0, 1, 0]),
        ("replied by another", Filter { replied_by: Some(Who::User(user("olaf"))), ..none() }, [0; 8]),
        ("unreplied", Filter { unreplied: Some(true), ..none() }, [1, 0, 1, 1, 1, 0, 1, 1]),
        ("replied", Filter { unreplied: Some(false), ..none() }, [0, 1, 0, 0, 0, 0, 0, 0]),
        ("unreplied for two days", Filter { unreplied_for: span("2d"), ..none() }, [1, 0, 1, 1, 1, 0, 1, 1]),
        ("unreplied for longer", Filter { unreplied_for: span("49h"), ..none() }, [0; 8]),
        ("replied in three days", Filter { replied_within: within("3d"), ..none() }, [1, 1, 0, 1, 1, 0, 1, 1]),
        ("replied in two days", Filter { replied_within: within("2d"), ..none() }, [0, 0, 0, 0, 0, 0, 0, 1]),
        ("replied today", Filter { replied_within: within("today"), ..none() }, [0, 0, 0, 0, 0, 0, 0, 1]),
        ("a message in a day", Filter { last_message_within: within("1d"), ..none() }, [1, 1, 1, 1, 1, 0, 1, 1]),
        ("a message in 19 hours", Filter { last_message_within: within("19h"), ..none() }, [0; 8]),
        ("label", Filter { label: Some("vip".to_owned()), ..none() }, [1, 1, 1, 1, 1, 0, 1, 1]),
        ("another label", Filter { label: Some("VIP".to_owned()), ..none() }, [0; 8]),
        ("unread", Filter { unread: Some(true), ..none() }, [1, 0, 1, 1, 1, 0, 1, 1]),
        ("read", Filter { unread: Some(false), ..none() }, [0, 1, 0, 0, 0, 0, 0, 0]),
        ("window open", Filter { window: Some(WindowFilter::Open), ..none() }, [1, 1, 1, 1, 0, 0, 1, 1]),
        ("window closing", Filter { window: Some(WindowFilter::Closing), ..none() }, [1, 1, 1, 1, 0, 0, 1, 1]),
        ("window closed", Filter { window: Some(WindowFilter::Closed), ..none() }, [0, 0, 0, 0, 1, 0, 0, 0]),
        ("snoozed", Filter { snoozed: Some(true), ..none() }, [0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let found = all.map(|conversation| u8::from(taken(&filter, conversation)));
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn a_window_is_about_to_close_only_within_its_notice() {
    let early = Moment { closing: Duration::from_secs(3 * 3600), ..at() };
    let closing = Filter { window: Some(WindowFilter::Closing), ..Filter::default() };
    assert!(closing.matches(&conversation(), 1, &at()));
    assert!(!closing.matches(&conversation(), 1, &early));
}

#[test]
fn who_is_nobody_asks_for_nothing_of_their_own() {
    for filter in [
        Filter { owner: Some(Who::Me), ..Filter::default() },
        Filter { replied_by: Some(Who::Me), ..Filter::default() },
        Filter { assignee: Some(Whose::Me), ..Filter::default() },
    ] {
        assert_eq!(filter.asked_by(None), None);
        assert!(filter.asked_by(Some(&user("uma"))).is_some_and(|asked| asked != filter));
    }
    for view in BuiltIn::ALL {
        assert!(view.filter(false).asked_by(None).is_some(), "{view}");
    }
}

#[test]
fn spans_are_read_in_their_one_form() {
    for (text, seconds) in [("1h", HOUR), ("2d", 2 * DAY), ("3w", 21 * DAY), ("1m", 30 * DAY), ("120m", 3600 * DAY)] {
        let span = Span::parse(text).unwrap();
        assert_eq!(span.before(Time::from_seconds(NOW)), ago(seconds), "{text}");
        assert_eq!(span.to_string(), text);
    }
    for odd in ["", "d", "0d", "02d", "-1d", "1", "1y", "1.5d", "1 d", "4000d", "99999m", "123456h", "1é"] {
        assert_eq!(Span::parse(odd), None, "{odd}");
    }
    assert_eq!(Within::parse("today").map(|within| within.begins(&at())), Some(ago(10 * HOUR)));
}

#[test]
fn what_somebody_may_not_see_is_not_looked_at() {
    let uma = Assignee::User(user("uma"));
    let sight = || Some(vec![uma.clone(), Assignee::Group(group("sales"))]);
    let none = Filter::default;
    let given = |whose| Filter { assignee: Some(whose), ..none() };
    let label = || Filter { label: Some("vip".to_owned()), ..none() };
    let replied = || Filter { replied_by: Some(Who::User(user("uma"))), ..none() };
    let closing = || Filter { window: Some(WindowFilter::Closing), ..none() };
    let owned = || Filter { owner: Some(Who::User(user("uma"))), ..none() };
    for (filter, of_all, of_some) in [
        (none(), Driver::All { is_unassigned: false }, Driver::Assigned(sight().unwrap())),
        (given(Whose::Of(uma.clone())), Driver::Assigned(vec![uma.clone()]), Driver::Assigned(vec![uma.clone()])),
        (
            given(Whose::Of(Assignee::User(user("olaf")))),
            Driver::Assigned(vec![Assignee::User(user("olaf"))]),
            Driver::Nowhere,
        ),
        (given(Whose::Nobody), Driver::All { is_unassigned: true }, Driver::Nowhere),
        (closing(), Driver::Closing, Driver::Assigned(sight().unwrap())),
        (Filter { unreplied: Some(true), ..closing() }, Driver::Closing, Driver::Assigned(sight().unwrap())),
        (Filter { unreplied: Some(true), ..none() }, Driver::Waiting(None), Driver::Waiting(sight())),
        (Filter { unreplied_for: span("1w"), ..none() }, Driver::Waiting(None), Driver::Waiting(sight())),
        (Filter { unread: Some(true), ..label() }, Driver::Waiting(None), Driver::Waiting(sight())),
        (
            Filter { unread: Some(false), ..none() },
            Driver::All { is_unassigned: false },
            Driver::Assigned(sight().unwrap()),
        ),
        (replied(), Driver::Answered(user("uma")), Driver::Assigned(sight().unwrap())),
        (owned(), Driver::Owned(user("uma")), Driver::Assigned(sight().unwrap())),
        (label(), Driver::Labelled("vip".to_owned()), Driver::Assigned(sight().unwrap())),
        (Filter { snoozed: Some(true), ..none() }, Driver::Snoozed, Driver::Assigned(sight().unwrap())),
    ] {
        assert_eq!(filter.driver(None), of_all, "{filter:?}");
        assert_eq!(filter.driver(sight()), of_some, "{filter:?}");
    }
}

#[test]
fn what_several_places_hold_is_looked_for_in_all_of_them() {
    let (uma, none) = (user("uma"), Filter::default);
    let by_uma = || Filter { replied_by: Some(Who::User(uma.clone())), ..none() };
    let owned = |filter| Filter { owner: Some(Who::User(uma.clone())), ..filter };
    let assigned = Driver::Assigned(vec![Assignee::User(uma.clone())]);
    let (answered, owns) = (Driver::Answered(uma.clone()), Driver::Owned(uma.clone()));
    for (filter, driver, narrowing) in [
        (none(), &assigned, vec![]),
        (by_uma(), &assigned, vec![answered.clone()]),
        (owned(by_uma()), &assigned, vec![answered.clone(), owns.clone()]),
        (owned(by_uma()), &answered, vec![owns.clone()]),
        (by_uma(), &answered, vec![]),
        (owned(none()), &owns, vec![]),
        // Sorted in another way.
        (owned(by_uma()), &Driver::Waiting(None), vec![]),
    ] {
        assert_eq!(filter.narrowing(driver), narrowing, "{filter:?} by {driver:?}");
    }
}

#[test]
fn views_are_kept_by_those_whose_they_are() {
    let (uma, sales) = (user("uma"), [group("sales")]);
    let agent = Viewer { user: Some(&uma), groups: &sales, sees_all: false };
    let admin = Viewer { user: None, groups: &[], sees_all: true };
    for (scope, by_agent, by_admin) in [
        (ViewScope::Mine(user("uma")), (true, true), (false, false)),
        (ViewScope::Mine(user("olaf")), (false, false), (false, false)),
        (ViewScope::Group(group("sales")), (true, true), (true, true)),
        (ViewScope::Group(group("other")), (false, false), (true, true)),
        (ViewScope::All, (true, false), (true, true)),
    ] {
        let found = |viewer: &Viewer<'_>| (scope.is_shown_to(viewer), scope.is_kept_by(viewer));
        assert_eq!((found(&agent), found(&admin)), (by_agent, by_admin), "{scope:?}");
    }
}
