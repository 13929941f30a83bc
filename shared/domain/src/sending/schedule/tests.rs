//! What becomes of a message that was asked for ahead of time.
use serde_json::json;

use super::super::tests::{conversation, message, situation};
use super::*;
use crate::channel::ChannelState;
use crate::conversation::WindowState;
use crate::sending::TemplateUse;

const NOW: Time = super::super::tests::NOW;

fn ago(seconds: u64) -> Time {
    NOW.minus(Duration::from_secs(seconds))
}

fn schedule(only_if_unanswered: bool) -> Schedule {
    Schedule { send_at: NOW, asked_at: ago(3600), only_if_unanswered, fallback: None, instead_of: None }
}

fn scheduled(schedule: Schedule) -> Message {
    let mut message = message(State::Scheduled);
    message.dispatch.schedule = Some(schedule);
    message
}

#[test]
fn a_time_is_taken_within_its_bounds() {
    let minute = Duration::from_secs(60);
    for (send_at, timing) in [
        (NOW.minus(minute).minus(Duration::from_millis(1)), Timing::Over),
        (NOW.minus(minute), Timing::Now),
        (NOW, Timing::Now),
        (NOW.plus(Duration::from_millis(1)), Timing::Later),
        (NOW.plus(AHEAD_MAX), Timing::Later),
        (NOW.plus(AHEAD_MAX).plus(minute), Timing::TooFar),
    ] {
        assert_eq!(super::timing(send_at, NOW), timing);
    }
}

#[test]
fn a_message_goes_when_it_is_due_and_may_go() {
    let (open, closed) = (conversation(Some((60_000, WindowState::Open))), conversation(None));
    let channel = crate::channel::tests::channel();
    let disabled = crate::channel::Channel { state: ChannelState::Disabled, ..channel.clone() };
    let template = TemplateUse::None;
    let with_fallback = Schedule { fallback: Some(json!({"name": "hello"})), ..schedule(false) };
    let early = Schedule { send_at: NOW.plus(Duration::from_millis(1)), ..schedule(false) };
    let forgotten = Schedule { send_at: ago(40 * 24 * 3600), ..schedule(false) };
    for (schedule, conversation, channel, is_fallback, expected) in [
        (schedule(false), &open, &channel, false, "queue"),
        (early, &open, &channel, false, "nothing"),
        (schedule(false), &closed, &channel, false, "window-closed"),
        (schedule(false), &open, &disabled, false, "channel-disabled"),
        (with_fallback.clone(), &closed, &channel, false, "fallback"),
        (with_fallback.clone(), &open, &channel, false, "queue"),
        (with_fallback.clone(), &closed, &channel, true, "window-closed"),
        (with_fallback, &closed, &disabled, false, "channel-disabled"),
        (forgotten, &open, &channel, false, "too-late"),
    ] {
        let situation = situation(channel, Some(conversation), &template);
        let told = match due(&scheduled(schedule.clone()), &situation, &[], is_fallback) {
            Due::Nothing => "nothing",
            Due::Queue => "queue",
            Due::TryFallback => "fallback",
            Due::Cancel(answered) => answered.word(),
            Due::Refuse(refusal) => refusal.code(),
        };
        assert_eq!(told, expected, "{schedule:?}");
    }
    let situation = situation(&channel, Some(&open), &template);
    for state in [State::Queued, State::Cancelled, State::Refused] {
        let mut over = scheduled(schedule(false));
        over.written_state = state;
        assert_eq!(due(&over, &situation, &[], false), Due::Nothing, "{state}");
    }
    let mut expired = scheduled(schedule(false));
    expired.dispatch.valid_until = Some(NOW);
    assert!(matches!(due(&expired, &situation, &[], false), Due::Refuse(Refusal::TooLate { .. })));
}

#[test]
fn what_was_answered_meanwhile_does_not_go() {
    let asked_at = schedule(true).asked_at;
    let with = |arrived: Time, wrote: Time| {
        let mut conversation = conversation(Some((60_000, WindowState::Open)));
        (conversation.arrived_at, conversation.last_inbound_at) = (Some(arrived), Some(wrote));
        conversation
    };
    let ours = |at: Time, source: Source, state: State| {
        let mut message = message(state);
        (message.at, message.source) = (at, source);
        message
    };
    let mut reaction = ours(ago(60), Source::Live, State::Accepted);
    reaction.kind = "reaction".to_owned();
    let mut automatic = ours(ago(60), Source::Live, State::Accepted);
    automatic.dispatch.is_automatic = true;
    let mut reminder = ours(ago(60), Source::Live, State::Accepted);
    reminder.dispatch.schedule = Some(schedule(true));
    let quiet = with(ago(7200), ago(7200));
    let (customer, business) = (Some(Answered::Customer), Some(Answered::Business));
    for (what, conversation, thread, expected) in [
        ("nothing was said", &quiet, vec![], None),
        ("the customer wrote", &with(ago(60), ago(60)), vec![], customer),
        ("what was written before came after", &with(ago(60), ago(7200)), vec![], customer),
        ("somebody replied", &quiet, vec![ours(ago(60), Source::Live, State::Accepted)], business),
        ("a reply is under way", &quiet, vec![ours(ago(60), Source::Live, State::Queued)], business),
        ("somebody replied on the phone", &quiet, vec![ours(ago(60), Source::Echo, State::Accepted)], business),
        ("in the same second", &quiet, vec![ours(asked_at, Source::Echo, State::Accepted)], business),
        ("a reply was refused", &quiet, vec![ours(ago(60), Source::Live, State::Refused)], None),
        ("the reply was before", &quiet, vec![ours(ago(4000), Source::Live, State::Accepted)], None),
        ("a reaction", &quiet, vec![reaction], None),
        ("what goes by itself", &quiet, vec![automatic], None),
        ("another reminder", &quiet, vec![reminder], None),
        ("what the phone told of long ago", &quiet, vec![ours(ago(60), Source::History, State::Accepted)], None),
    ] {
        assert_eq!(answered(&schedule(true), Some(conversation), &thread), expected, "{what}");
        assert_eq!(answered(&schedule(false), Some(conversation), &thread), None, "{what}, and nobody asks");
    }
    assert_eq!(answered(&schedule(true), None, &[]), None);
    let mut looked = quiet.clone();
    assert!(!may_be_answered(&schedule(true), Some(&looked)));
    looked.last_outbound_at = Some(ago(60));
    assert!(may_be_answered(&schedule(true), Some(&looked)));
    assert!(!may_be_answered(&schedule(false), Some(&looked)));
}
