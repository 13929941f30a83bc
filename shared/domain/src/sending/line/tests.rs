//! Who waits for whom in a conversation, and what each one leaves behind.
use super::*;
use crate::channel::ChannelState;
use crate::conversation::{Held, SendClaim, WindowState};
use crate::health::{Change, Health};
use crate::message::StatusReport;
use crate::sending::tests::{NOW, channel, conversation, message, situation};
use crate::sending::{Situation, Step, TemplateUse, next_step};

/// The message at a place of the line, as it was held and where it is now.
fn at(place: u8, hold: Option<(BlockReason, HoldState)>) -> Message {
    let mut message = message(State::Queued);
    message.id = MessageId::new(&message.conversation_id, NOW, [place; 10]);
    message.dispatch.hold = hold.map(|(reason, state)| Hold { reason, until: None, state });
    message
}

fn released(place: u8) -> Message {
    at(place, Some((BlockReason::Token, HoldState::Released)))
}

/// Where the barrier stands, and from where on somebody was held again.
fn line(held: Option<u8>, again: Option<u8>) -> Conversation {
    let mut conversation = conversation(Some((1, WindowState::Open)));
    conversation.pace.held = held.map(|place| Held { message: at(place, None).id, reason: BlockReason::Token });
    conversation.pace.again = again.map(|place| at(place, None).id);
    conversation
}

fn step(message: &Message, conversation: &Conversation, ahead: Option<BlockReason>) -> Step {
    let (channel, template) = (channel(ChannelState::Active), TemplateUse::None);
    next_step(message, &Situation { ahead, ..situation(&channel, Some(conversation), &template) }, 1)
}

#[test]
fn a_message_that_is_held_again_keeps_its_place() {
    for (barrier, again, is_barrier, is_again) in [
        (None, None, true, true),
        (Some(5), None, true, true),
        (Some(9), None, false, true),
        (Some(3), None, true, true), // what stood behind it is gone
        (Some(9), Some(4), false, false),
        (Some(9), Some(5), false, false),
        (Some(9), Some(6), false, true),
    ] {
        let conversation = line(barrier, again);
        let plan = HoldPlan::new(BlockReason::Banned, None).in_order(&released(5), Some(&conversation), NOW);
        let shown = (plan.reason, plan.is_barrier, plan.is_again);
        assert_eq!(shown, (BlockReason::Token, is_barrier, is_again), "{barrier:?} {again:?}");
    }
    let new = HoldPlan::new(BlockReason::Banned, None).in_order(&at(5, None), Some(&line(None, None)), NOW);
    assert_eq!((new.reason, new.is_barrier, new.is_again), (BlockReason::Banned, true, false));
    let aside = at(5, Some((BlockReason::SpamBrake, HoldState::Released)));
    let aside = HoldPlan::new(BlockReason::SpamBrake, None).in_order(&aside, Some(&line(None, None)), NOW);
    assert!(!aside.is_barrier && !aside.is_again, "it never stood in the line");
}

/// A probe finds out about what nobody tells, and about nothing else.
#[test]
fn a_probe_is_held_by_what_is_told() {
    let at = NOW.minus(std::time::Duration::from_secs(1));
    let banned = Change::Block { reason: BlockReason::Banned, at, until: None, detail: None };
    let health = Health::default().apply(&[banned]).unwrap();
    let (channel, template, conversation) = (channel(ChannelState::Active), TemplateUse::None, line(None, None));
    let situation = Situation { health: &health, ..situation(&channel, Some(&conversation), &template) };
    let probe = self::at(5, Some((BlockReason::Token, HoldState::Probe)));
    assert!(matches!(next_step(&probe, &situation, 1), Step::Hold(_)));
}

#[test]
fn those_ahead_are_looked_for_where_one_may_have_been_held_again() {
    use BlockReason::{Pace, SpamBrake, Token};
    use HoldState::{Held, Probe, Released};
    for (hold, held, again, looks) in [
        (Some((Token, Released)), Some(9), None, false),
        (Some((Token, Released)), Some(9), Some(4), true),
        (Some((Token, Probe)), Some(9), Some(4), true),
        (Some((Pace, Released)), Some(9), Some(4), true),
        (Some((Token, Released)), Some(9), Some(5), false),
        (Some((Token, Released)), Some(9), Some(6), false),
        (Some((Token, Released)), None, Some(4), true),
        (Some((Token, Held)), Some(9), Some(4), false),
        (Some((SpamBrake, Released)), Some(9), Some(4), false), // it goes when its brake lets it
        (None, Some(9), Some(4), false),                        // the barrier stops it
        (None, None, Some(4), true),
        (None, None, None, false),
    ] {
        let (message, conversation) = (at(5, hold), line(held, again));
        let from = looks_from(&message, Some(&conversation));
        assert_eq!(from, conversation.pace.again.as_ref().filter(|_| looks), "{hold:?} {held:?} {again:?}");
    }
}

#[test]
fn a_message_waits_until_those_ahead_have_gone() {
    let conversation = line(Some(9), Some(4));
    for ahead in [BlockReason::Token, BlockReason::Pace] {
        let step = step(&released(5), &conversation, Some(ahead));
        let Step::Hold(plan) = step else { panic!("{step:?}") };
        let plan = plan.in_order(&released(5), Some(&conversation), NOW);
        assert_eq!((plan.reason, plan.paid_at, plan.is_barrier), (BlockReason::Token, None, false));
    }
    // A new one that no barrier stops becomes the barrier, for what those ahead wait for.
    let Step::Hold(plan) = step(&at(9, None), &line(None, Some(4)), Some(BlockReason::Token)) else { panic!() };
    assert_eq!((plan.reason, plan.is_barrier, plan.is_again), (BlockReason::Token, true, false));
}

#[test]
fn a_claim_moves_the_line_on() {
    for (place, held, again, expected) in [
        (5, Some(9), None, Line::Stays),
        (5, Some(9), Some(4), Line::BeginsHere),
        (4, Some(9), Some(4), Line::Stays),
        (3, Some(9), Some(4), Line::Stays),
        (9, Some(9), Some(4), Line::Ends),
        (9, Some(9), None, Line::Ends),
        (5, None, Some(4), Line::Ends),
        (5, None, None, Line::Stays),
    ] {
        let step = step(&released(place), &line(held, again), None);
        assert!(matches!(&step, Step::Claim(plan) if plan.line == expected), "{place} {held:?} {again:?}: {step:?}");
    }
    let claim = SendClaim { message: at(1, None).id, attempt: 1 };
    let step = step(&at(1, None), &line(None, None), None);
    assert!(matches!(step, Step::Claim(plan) if plan.line == Line::Stays && plan.claim == claim), "the common case");
}

#[test]
fn whoever_is_still_to_go_stands_in_line() {
    use BlockReason::{MessagingLimit, Pace, Token};
    for (hold, state, expected) in [
        (Some((Token, HoldState::Held)), State::Queued, Some(Token)),
        (Some((Token, HoldState::Released)), State::Queued, Some(Token)), // its task is still to come
        (Some((Token, HoldState::Probe)), State::Queued, Some(Token)),
        (Some((Pace, HoldState::Held)), State::Queued, Some(Pace)),
        (Some((MessagingLimit, HoldState::Held)), State::Queued, None),
        (None, State::Queued, None),
        (Some((Token, HoldState::Released)), State::Accepted, None),
        (Some((Token, HoldState::Held)), State::Refused, None),
        (Some((Token, HoldState::Released)), State::InDoubt, None),
        (Some((Token, HoldState::Held)), State::Cancelled, None),
    ] {
        let message = Message { written_state: state, ..at(5, hold) };
        assert_eq!(waits(&message), expected, "{hold:?} {state}");
    }
    // Meta told of it before its outcome was written.
    let mut told = released(5);
    told.reports = vec![StatusReport {
        status: "sent".to_owned(),
        at: NOW,
        wamid: None,
        faults: vec![],
        pricing: None,
        conversation: None,
        participant: None,
    }];
    assert_eq!(waits(&told), None);
}
