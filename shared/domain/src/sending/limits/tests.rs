//! The limits, a row each.
use super::super::tests::{NOW, channel, conversation, message, situation, template_of};
use super::*;
use crate::channel::ChannelState;
use crate::conversation::WindowState;
use crate::health::{BlockReason, Change, Told};
use crate::message::{Hold, HoldState, State};
use crate::sending::{HoldPlan, Step, next_step, permit};
use crate::template::{APPROVED, UTILITY};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn ago(hours: u32) -> Time {
    NOW.minus(HOUR.saturating_mul(hours))
}

fn limited(value: &str) -> Health {
    let told = Told { value: value.to_owned(), details: serde_json::Value::Null, at: NOW };
    Health::default().apply(&[Change::Fact(Fact::MessagingLimit, told)]).unwrap()
}

fn with(marketing: Option<Cap>, initiated: Option<Cap>) -> Settings {
    let mut settings = Settings::default();
    settings.limits.marketing_per_contact = marketing;
    settings.limits.business_initiated_per_contact = initiated;
    settings
}

fn cap(messages: u32, hours: u32) -> Option<Cap> {
    Some(Cap { messages, hours })
}

/// What was sent so many hours ago; `m` stands for marketing.
fn sent(what: &[(u32, char)]) -> Sends {
    let sent =
        |(index, (hours, kind)): (u32, &(u32, char))| Sent { at: ago(*hours), mark: index, is_marketing: *kind == 'm' };
    Sends { started: None, recent: (0..).zip(what).map(sent).collect() }
}

#[test]
fn the_limit_is_a_number_or_there_is_none() {
    for (told, limit) in
        [("250", Some(250)), ("100000", Some(100_000)), ("0", Some(0)), ("unlimited", None), ("TIER_X", None)]
    {
        assert_eq!(messaging_limit(&limited(told)), limit, "{told}");
    }
    assert_eq!(messaging_limit(&Health::default()), None);
}

#[test]
fn people_are_counted_for_a_day_and_room_comes_back_by_the_hour() {
    let now = hour(NOW);
    let of =
        |counts: &[(i64, i64)]| Started(counts.iter().map(|(ago, count)| (now.saturating_sub(*ago), *count)).collect());
    let in_hours = |hours: i64| Some(start(now.saturating_add(hours)));
    for (counts, used, limit, room_at) in [
        (&[][..], 0, 5, None),
        (&[(0, 2), (24, 3)], 5, 5, in_hours(1)),
        (&[(0, 2), (24, 3)], 5, 2, in_hours(25)),
        (&[(10, 5)], 5, 5, in_hours(15)),
        (&[(25, 9), (3, 1)], 1, 1, in_hours(22)),
        // Lost on the way: a count that was taken back twice is none.
        (&[(3, -1), (2, 2)], 2, 2, in_hours(23)),
        (&[(3, 4)], 4, 0, None),
    ] {
        let started = of(counts);
        assert_eq!(started.used(NOW), used, "{counts:?}");
        if used >= limit {
            assert_eq!(started.room_at(limit, NOW), room_at, "{counts:?} under {limit}");
        }
    }
}

#[test]
fn who_may_be_written_to_first() {
    let channel = channel(ChannelState::Active);
    let full = Started([(hour(NOW), 250)].into());
    let open = conversation(Some((3_600_000, WindowState::Open)));
    let template = template_of(APPROVED, UTILITY);
    let counted = Sends { started: Some(hour(NOW).saturating_sub(24)), recent: vec![] };
    let long_ago = Sends { started: Some(hour(NOW).saturating_sub(25)), recent: vec![] };
    let nobody = Sends::default();
    let (within, higher, unlimited) = (limited("250"), limited("251"), limited("unlimited"));
    for (name, health, conversation, sends, refused) in [
        ("a stranger", &within, None, &nobody, true),
        ("the limit was raised", &higher, None, &nobody, false),
        ("there is none", &unlimited, None, &nobody, false),
        ("somebody who is counted already", &within, None, &counted, false),
        ("somebody who was, a day ago", &within, None, &long_ago, true),
        ("in the window", &within, Some(&open), &nobody, false),
    ] {
        let situation = Situation { health, sends, started: &full, ..situation(&channel, conversation, &template) };
        let refusal = permit(&situation).err();
        assert_eq!(refusal.as_ref().map(Refusal::code), refused.then_some("messaging-limit"), "{name}");
        let step = next_step(&message(State::Queued), &situation, 1);
        let room_at = full.room_at(250, NOW);
        let held = Step::Hold(HoldPlan::new(BlockReason::MessagingLimit, room_at));
        assert_eq!(step == held, refused, "{name}: what is queued waits, {step:?}");
    }
}

#[test]
fn one_contact_is_sent_no_more_than_the_settings_say() {
    use crate::template::{AUTHENTICATION as CODE, MARKETING as ADVERT};
    let channel = channel(ChannelState::Active);
    let open = conversation(Some((3_600_000, WindowState::Open)));
    let two_a_day = with(cap(2, 24), None);
    let three_in_two = with(cap(1, 24), cap(3, 48));
    for (name, settings, category, conversation, sends, until) in [
        ("no cap", &with(None, None), ADVERT, None, sent(&[(1, 'm'), (2, 'm'), (3, 'm')]), None),
        ("room", &two_a_day, ADVERT, None, sent(&[(1, 'm'), (24, 'm')]), None),
        ("full", &two_a_day, ADVERT, None, sent(&[(30, 'm'), (20, 'm'), (5, 'm')]), Some((20, 24))),
        ("lowered since", &two_a_day, ADVERT, None, sent(&[(20, 'm'), (10, 'm'), (5, 'm')]), Some((10, 24))),
        ("others do not count as marketing", &two_a_day, ADVERT, None, sent(&[(3, 'u'), (2, 'u'), (1, 'm')]), None),
        ("it is no marketing", &two_a_day, UTILITY, None, sent(&[(2, 'm'), (1, 'm')]), None),
        ("in the window", &two_a_day, ADVERT, Some(&open), sent(&[(2, 'm'), (1, 'm')]), None),
        ("all count", &three_in_two, UTILITY, None, sent(&[(40, 'u'), (30, 'm'), (1, 'u')]), Some((40, 48))),
        ("marketing counts twice", &three_in_two, ADVERT, None, sent(&[(1, 'm')]), Some((1, 24))),
        ("a code was asked for", &three_in_two, CODE, None, sent(&[(3, 'u'), (2, 'u'), (1, 'u')]), None),
    ] {
        let template = template_of(APPROVED, category);
        let situation = Situation { settings, sends: &sends, ..situation(&channel, conversation, &template) };
        let until = until.map(|(hours, span)| ago(hours).plus(HOUR.saturating_mul(span)));
        let not_before = |refusal: Refusal| {
            let Refusal::FrequencyCap { not_before, .. } = refusal else { panic!("{name}: {refusal:?}") };
            not_before
        };
        assert_eq!(permit(&situation).err().map(not_before), until, "{name}");
        let step = next_step(&message(State::Queued), &situation, 1);
        assert_eq!(matches!(step, Step::Refuse(Refusal::FrequencyCap { .. })), until.is_some(), "{name}: {step:?}");
    }
    let reached = capped_until(&sent(&[(3, 'm'), (1, 'm')]), &three_in_two.limits, NOW);
    assert_eq!(reached, BTreeMap::from([(Capped::Marketing, ago(1).plus(DAY))]));
}

#[test]
fn a_send_is_counted_once_and_moves_its_person_on() {
    let (channel, message) = (channel(ChannelState::Active), message(State::Queued));
    let (now, own) = (hour(NOW), mark(&message.id));
    let open = conversation(Some((3_600_000, WindowState::Open)));
    let capped = with(cap(2, 24), None);
    let plain = with(None, None);
    let started = |hours: i64| Sends { started: Some(now.saturating_sub(hours)), recent: vec![] };
    for (name, settings, conversation, sends, expected) in [
        ("a stranger", &plain, None, Sends::default(), Some((Some(now), None, 0))),
        ("again in this hour", &plain, None, started(0), None),
        ("some hours later", &plain, None, started(5), Some((Some(now), Some(now.saturating_sub(5)), 0))),
        ("days later", &plain, None, started(25), Some((Some(now), None, 0))),
        ("in the window", &capped, Some(&open), Sends::default(), None),
        ("a cap asks for the time", &capped, None, started(0), Some((None, None, 1))),
    ] {
        let template = template_of(APPROVED, MARKETING);
        let situation = Situation { settings, sends: &sends, ..situation(&channel, conversation, &template) };
        let counted = count(&situation, &message);
        let shown = counted.as_ref().map(|count| (count.enters, count.leaves, count.sends.recent.len()));
        assert_eq!(shown, expected, "{name}");
        if let Some(counted) = counted {
            let again = Situation { sends: &counted.sends, ..situation };
            assert_eq!(count(&again, &message), None, "{name}: another try of the same message");
            assert!(counted.sends.recent.iter().all(|sent| sent.mark == own));
            assert_eq!(frequency(&again, Some(&message)), Ok(()), "{name}: it is not in its own way");
        }
    }
}

#[test]
fn what_was_not_sent_in_its_time_is_not_sent_any_more() {
    let mut settings = Settings::default();
    settings.limits.held_at_most_hours = 2;
    let channel = channel(ChannelState::Active);
    let template = template_of(APPROVED, UTILITY);
    for (hours, state, valid_until, until) in [
        (1, Some(HoldState::Held), None, None),
        (2, Some(HoldState::Held), None, Some(NOW)),
        (3, Some(HoldState::Released), None, Some(ago(1))),
        (1, Some(HoldState::Held), Some(NOW), Some(NOW)),
        (3, Some(HoldState::Held), Some(ago(2)), Some(ago(2))),
        (3, None, None, None),
        (1, None, Some(NOW), Some(NOW)),
        (1, None, Some(NOW.plus(HOUR)), None),
    ] {
        let mut message = message(State::Queued);
        message.received_at = ago(hours);
        let hold = state.map(|state| Hold { reason: BlockReason::Payment, until: None, state });
        message.dispatch = crate::message::Dispatch { hold, valid_until, ..message.dispatch };
        let late = in_time(&message, &settings, NOW).err();
        assert_eq!(late, until.map(|until| Refusal::TooLate { until, held: state.map(|_| BlockReason::Payment) }));
        let situation = Situation { settings: &settings, ..situation(&channel, None, &template) };
        let step = next_step(&message, &situation, 1);
        assert_eq!(late.is_some(), matches!(step, Step::Refuse(Refusal::TooLate { .. })), "{step:?}");
    }
}

/// P24 and 7.3: free-form messages keep a margin to the window's end, whatever is free beyond it; templates go at any time.
#[test]
fn what_may_be_sent_near_the_end_of_a_window() {
    let channel = channel(ChannelState::Active);
    let (text, template) = (TemplateUse::None, template_of(APPROVED, UTILITY));
    let settings = Settings::default();
    let margin = u64::from(settings.window.safety_margin_seconds).saturating_mul(1000);
    for (closes_in, in_entry_point, may_reply) in [
        (margin.saturating_add(1), false, true),
        (margin, false, false),
        (1, false, false),
        (0, false, false),
        (margin.saturating_add(1), true, true),
        (margin, true, false),
        (0, true, false),
    ] {
        let mut conversation = conversation(Some((closes_in, WindowState::Open)));
        conversation.entry_point.closes_at = in_entry_point.then(|| NOW.plus(DAY));
        let refusal = |template| {
            let situation = Situation { settings: &settings, ..situation(&channel, Some(&conversation), template) };
            permit(&situation).err().map(|refusal| refusal.code())
        };
        let name = format!("{closes_in} ms before the end, free: {in_entry_point}");
        assert_eq!(refusal(&text), (!may_reply).then_some("window-closed"), "{name}");
        assert_eq!(refusal(&template), None, "{name}");
    }
}
