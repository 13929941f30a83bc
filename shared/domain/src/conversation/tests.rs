//! What messages do to a conversation, whatever the order in which they come.
use super::*;
use crate::message::{Dispatch, Source, Told};

pub(super) fn arrival(wamid: &str, at: i64, received: i64) -> Arrival {
    let (channel, contact) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
    let conversation = ConversationId::of(&channel, &contact);
    let at = Time::from_seconds(at);
    let message = MessageId::of_wamid(&conversation, at, wamid);
    let assign_to = Some(Assignee::User(crate::ids::UserId::derive(&["agent"])));
    let (received_at, referral) = (Time::from_seconds(received), None);
    Arrival { conversation, channel, contact, message, at, received_at, assign_to, referral }
}

pub(super) fn fold(arrivals: &[&Arrival], now: i64) -> Conversation {
    arrivals.iter().fold(start(arrivals[0]), |conversation, arrival| {
        receive(&conversation, arrival, Time::from_seconds(now)).unwrap_or(conversation)
    })
}

#[test]
fn the_order_and_number_of_deliveries_do_not_matter() {
    let (a, b, c) = (arrival("a", 100, 101), arrival("b", 100, 102), arrival("c", 160, 161));
    let expected = fold(&[&a, &b, &c], 200);
    assert_eq!(expected.unread.len(), 3);
    assert_eq!(expected.waiting_since, Some(a.at));
    assert_eq!(expected.window.unwrap().closes_at, c.closes_at());
    for order in [vec![&c, &b, &a], vec![&b, &a, &c, &a, &b, &c], vec![&a, &c, &c, &b]] {
        let mut outcome = fold(&order, 200);
        outcome.created_at = expected.created_at;
        outcome.window.as_mut().unwrap().opened_at = expected.window.unwrap().opened_at; // the first to arrive opened it
        assert_eq!(outcome, expected);
    }
}

#[test]
fn a_duplicate_after_the_answer_changes_nothing() {
    let a = arrival("a", 100, 101);
    let mut answered = fold(&[&a], 110);
    answered.handled_at = Some(Time::from_seconds(120));
    answered.waiting_since = None;
    answered.unread.clear();
    assert_eq!(receive(&answered, &a, Time::from_seconds(130)), None);
}

#[test]
fn a_message_that_came_after_an_answer_was_asked_for_is_not_answered_by_it() {
    let (a, b) = (arrival("a", 100, 101), arrival("b", 90, 105));
    let both = fold(&[&a, &b], 110);
    for (asked_at, expected) in [(100, false), (104, false), (105, true), (120, true)] {
        assert_eq!(answers_all(&both, Time::from_seconds(asked_at)), expected, "{asked_at}");
    }
    assert!(answers_all(&start(&a), Time::from_seconds(0)), "nothing came");
}

#[test]
fn a_duplicate_after_reading_stays_read_and_unanswered() {
    let a = arrival("a", 100, 101);
    let mut seen = fold(&[&a], 110);
    seen.seen_at = Some(Time::from_seconds(120));
    seen.unread.clear();
    assert_eq!(receive(&seen, &a, Time::from_seconds(130)), None);
}

#[test]
fn a_message_stored_before_a_crash_still_counts_after_it() {
    let (a, b) = (arrival("a", 100, 101), arrival("b", 100, 102));
    let only_b = fold(&[&b], 110);
    assert_eq!(receive(&only_b, &a, Time::from_seconds(130)).unwrap().unread.len(), 2);
}

#[test]
fn a_message_days_late_opens_no_window() {
    let late = arrival("a", 100, 300_000);
    let conversation = fold(&[&late], 300_000);
    assert_eq!(conversation.window, None);
    assert_eq!(conversation.waiting_since, Some(late.at));
}

#[test]
fn the_assignee_of_the_channel_is_given_once() {
    let a = arrival("a", 100, 101);
    let mut unassigned = fold(&[&a], 110);
    assert_eq!(unassigned.assignee, a.assign_to);
    unassigned.assignee = None; // somebody put it back into the pool
    let b = arrival("b", 200, 201);
    assert_eq!(receive(&unassigned, &b, Time::from_seconds(210)).unwrap().assignee, None);
}

/// What a person wrote on the phone, in any order with what the customer wrote (P41).
#[test]
fn an_echo_answers_what_was_written_before_it_whatever_the_order() {
    let (a, b) = (arrival("a", 100, 101), arrival("b", 300, 301));
    let wrote = arrival("e", 200, 201);
    let play = |order: &[&Arrival]| {
        let mut conversation = start(&a);
        let mut written: Vec<(Time, u32)> = vec![];
        for (step, arrival) in (0i64..).zip(order) {
            let mut arrival = Arrival::clone(arrival);
            arrival.received_at = Time::from_seconds(step.saturating_add(400));
            let next = if arrival.message == wrote.message {
                let later: Vec<_> = written.iter().filter(|(at, _)| *at > arrival.at).copied().collect();
                echo(&conversation, &arrival, &later)
            } else {
                written.push((arrival.at, arrival.mark()));
                receive(&conversation, &arrival, Time::from_seconds(500))
            };
            conversation = next.unwrap_or(conversation);
        }
        let unread: Vec<u32> = conversation.unread.iter().copied().collect();
        (conversation.waiting_since, unread, conversation.last_outbound_at, conversation.window.unwrap().closes_at)
    };
    let expected = (Some(b.at), vec![b.mark()], Some(wrote.at), b.closes_at());
    for order in
        [[&a, &wrote, &b], [&wrote, &a, &b], [&a, &b, &wrote], [&b, &wrote, &a], [&wrote, &b, &a], [&b, &a, &wrote]]
    {
        assert_eq!(play(&order), expected);
    }
    let answered = play(&[&a, &wrote, &wrote]);
    assert_eq!((answered.0, answered.1), (None, vec![]));
    let alone = echo(&start(&wrote), &wrote, &[]).unwrap();
    assert_eq!((alone.window, alone.last_inbound_at, alone.waiting_since), (None, None, None));
    assert_eq!(echo(&alone, &wrote, &[]), None, "twice is once");
}

#[test]
fn a_call_opens_the_window_and_waits_for_nothing() {
    let first = arrival("a", 100, 101);
    let now = Time::from_seconds(200);
    let called = call(&start(&first), Time::from_seconds(150), now).unwrap();
    let window = called.window.unwrap();
    assert_eq!((window.opened_at, window.state), (Time::from_seconds(150), WindowState::Open));
    assert_eq!((called.waiting_since, called.unread.len(), called.last_inbound_at), (None, 0, None));
    assert_eq!(call(&called, Time::from_seconds(150), now), None, "twice is once");
    let wrote = receive(&called, &first, now).unwrap();
    assert_eq!(wrote.window, called.window, "an earlier message does not shorten it");
    assert_eq!(call(&start(&first), Time::from_seconds(150), Time::from_seconds(200_000)), None, "long ago");
}

/// P50: the latest referral is the conversation's source, in whatever order they come.
#[test]
fn the_latest_referral_is_the_source() {
    let of = |wamid: &str, at: i64| {
        let mut arrival = arrival(wamid, at, at);
        let (kind, url, headline, click_id) = (Some("ad".to_owned()), None, None, None);
        arrival.referral = Some(Referral { kind, id: Some(wamid.to_owned()), url, headline, click_id, at: arrival.at });
        arrival
    };
    let (early, late, plain) = (of("early", 100), of("late", 200), arrival("plain", 300, 300));
    for order in [[&early, &late, &plain], [&plain, &late, &early], [&late, &early, &plain]] {
        assert_eq!(fold(&order, 400).source, late.referral);
    }
    assert!(is_plain(&plain, Time::from_seconds(400)) && !is_plain(&late, Time::from_seconds(400)));
}

#[test]
fn a_conversation_is_picked_up_by_one() {
    use crate::ids::{GroupId, UserId};
    let free = start(&arrival("a", 100, 101));
    let (uma, olaf) = (UserId::derive(&["uma"]), UserId::derive(&["olaf"]));
    let with = |assignee| Conversation { assignee, ..free.clone() };
    for (assignee, is_forced, expected) in [
        (None, false, Ok(())),
        (Some(Assignee::Group(GroupId::derive(&["sales"]))), false, Ok(())),
        (Some(Assignee::User(uma.clone())), false, Ok(())),
        (Some(Assignee::User(olaf.clone())), false, Err(TakenBy(olaf.clone()))),
        (Some(Assignee::User(olaf.clone())), true, Ok(())),
    ] {
        let taken = pick_up(&with(assignee.clone()), &uma, is_forced, Time::from_seconds(7));
        if let Ok(taken) = &taken {
            assert_eq!(taken.assignee, Some(Assignee::User(uma.clone())));
        }
        assert_eq!(taken.map(|_| ()), expected, "{assignee:?}");
    }
}

#[test]
fn each_user_has_their_own_unread_messages() {
    let unread = |marks: std::ops::Range<u32>, arrived: i64| Conversation {
        unread: marks.collect(),
        arrived_at: Some(Time::from_seconds(arrived)),
        ..start(&arrival("a", 100, 101))
    };
    let seen = |marks: std::ops::Range<u32>, at: i64| Seen { marks: marks.collect(), at: Time::from_seconds(at) };
    for (conversation, seen, expected) in [
        (unread(0..3, 10), None, 3),
        (unread(0..3, 10), Some(seen(0..2, 9)), 1),
        (unread(0..3, 10), Some(seen(0..3, 11)), 0),
        (unread(0..0, 10), Some(seen(0..3, 11)), 0),
        (unread(0..40, 10), Some(seen(0..40, 11)), 0),
        (unread(0..40, 12), Some(seen(0..40, 11)), 1), // more came than are told apart
    ] {
        assert_eq!(conversation.unread_of(seen.as_ref()), expected);
    }
}

#[test]
fn what_is_put_off_comes_back_when_the_customer_writes() {
    let a = arrival("a", 100, 101);
    let snoozed = Conversation { snoozed_until: Some(Time::from_seconds(900)), ..start(&a) };
    assert!(snoozed.is_snoozed(Time::from_seconds(899)) && !snoozed.is_snoozed(Time::from_seconds(900)));
    let turned = |seconds, by| Some(Turned { at: Time::from_seconds(seconds), by });
    let snoozed = Conversation { turned: turned(105, Some(Actor::Bootstrap)), ..snoozed };
    let woken = receive(&snoozed, &a, Time::from_seconds(110)).unwrap();
    assert_eq!((woken.snoozed_until, woken.turned.clone()), (None, turned(110, None)));
    let until = Some(Time::from_seconds(990));
    let anew = Conversation { snoozed_until: until, turned: turned(120, Some(Actor::Bootstrap)), ..woken };
    assert_eq!(receive(&anew, &a, Time::from_seconds(140)), None, "a message that comes again wakes nobody");
    let next = receive(&anew, &arrival("b", 102, 103), Time::from_seconds(140)).unwrap();
    assert_eq!((next.snoozed_until, next.turned), (None, turned(140, None)));
    let answered = Conversation { handled_at: Some(Time::from_seconds(120)), ..snoozed };
    let late = receive(&answered, &a, Time::from_seconds(130)).unwrap();
    assert_eq!(late.snoozed_until, answered.snoozed_until, "an old message wakes nobody");
}

#[test]
fn the_customer_waits_again_only_for_what_no_other_answer_brought() {
    let at = Time::from_seconds;
    let a = arrival("a", 100, 101);
    let handled = |seconds| Conversation {
        last_inbound_at: Some(at(100)),
        arrived_at: Some(at(101)),
        handled_at: Some(at(seconds)),
        ..start(&a)
    };
    let answer = |seconds: i64, status: Option<&str>| {
        let id = MessageId::of_wamid(&a.conversation, at(seconds), "ours");
        let sent = Message::automatic(id, &a.channel, &a.contact, "text", serde_json::Value::Null, at(seconds));
        let told = Told { status: status.map(str::to_owned), ..Told::default() };
        Message { written_state: State::Accepted, dispatch: Dispatch::default(), told, ..sent }
    };
    let of = |source, seconds| Message { source, received_at: at(190), ..answer(seconds, None) };
    let (one, two) = (|status| answer(110, status), |status| answer(120, status));
    let closed = Conversation { status: ConversationStatus::Closed, ..handled(110) };
    let waiting = Conversation { waiting_since: Some(at(105)), ..handled(110) };
    let never = Conversation { last_inbound_at: None, ..handled(110) };
    let before = answer(90, Some("delivered"));
    for (what, conversation, thread, waits) in [
        ("the only one failed", handled(110), vec![one(Some("failed"))], true),
        ("it was sent", handled(110), vec![one(None)], false),
        ("it arrived after all", handled(110), vec![one(Some("delivered"))], false),
        ("what was sent before they wrote answers nothing", handled(110), vec![one(Some("failed")), before], true),
        ("another one is on its way", handled(120), vec![two(None), one(Some("failed"))], false),
        ("the phone had answered before", handled(110), vec![one(Some("failed")), of(Source::Echo, 99)], true),
        ("the phone answered too", handled(110), vec![one(Some("failed")), of(Source::Echo, 105)], false),
        ("history answers nothing", handled(110), vec![one(Some("failed")), of(Source::History, 105)], true),
        ("both failed", handled(120), vec![two(Some("failed")), one(Some("failed"))], true),
        ("somebody closed it or answered elsewhere since", handled(115), vec![one(Some("failed"))], false),
        ("it is closed", closed, vec![one(Some("failed"))], false),
        ("they wait already", waiting, vec![one(Some("failed"))], false),
        ("they never wrote", never, vec![one(Some("failed"))], false),
    ] {
        assert_eq!(waits_again(&conversation, &thread), waits, "{what}");
    }
}

#[test]
fn a_claim_that_is_given_back_leaves_nobody_unseen() {
    let at = Time::from_seconds;
    let a = arrival("a", 100, 101);
    let id = MessageId::of_wamid(&a.conversation, at(110), "ours");
    let automatic = Message::automatic(id, &a.channel, &a.contact, "text", serde_json::Value::Null, at(110));
    let answer = Message { dispatch: Dispatch::default(), ..automatic.clone() };
    let waiting = fold(&[&a], 105);
    let claimed = Conversation { waiting_since: None, handled_at: Some(at(110)), ..waiting.clone() };
    let answered = Conversation { waiting_since: None, handled_at: Some(at(104)), ..waiting.clone() };
    let came = Conversation { last_inbound_at: Some(at(108)), arrived_at: Some(at(109)), ..claimed.clone() };
    let closed = Conversation { status: ConversationStatus::Closed, ..came.clone() };
    let closed_and_opened = Conversation { handled_at: Some(at(120)), ..claimed.clone() };
    let by_phone = Conversation { echoed_at: Some(at(109)), ..claimed.clone() };
    let untouched = Conversation { handled_at: None, ..waiting.clone() };
    for (what, before, found, message, since) in [
        ("they waited", Some(&waiting), &claimed, &answer, Some(100)),
        ("so they do after what is no answer", Some(&waiting), &untouched, &automatic, Some(100)),
        ("nobody waited", Some(&answered), &claimed, &answer, None),
        ("they wrote around it", Some(&answered), &came, &answer, Some(108)),
        ("they wrote first around it", None, &came, &answer, Some(108)),
        ("somebody closed it", Some(&waiting), &closed, &answer, None),
        ("and opened it", Some(&waiting), &closed_and_opened, &answer, None),
        ("the phone answered", Some(&waiting), &by_phone, &answer, None),
    ] {
        assert_eq!(waits_once_released(before, found, message), since.map(at), "{what}");
    }
}

#[test]
fn what_comes_while_somebody_closes_it_keeps_it_open() {
    let a = arrival("a", 100, 101);
    for (now, status) in [(100, ConversationStatus::Open), (101, ConversationStatus::Closed)] {
        let mut conversation = fold(&[&a], 101);
        conversation.close(&Actor::Bootstrap, Time::from_seconds(now));
        let is_open = status == ConversationStatus::Open;
        assert_eq!((conversation.status, conversation.waiting_since.is_some()), (status, is_open), "closed at {now}");
        assert_eq!(conversation.unread.len(), usize::from(is_open));
    }
}
