//! Each refusal and each step of a send, a row each.
use std::sync::LazyLock;
use std::time::Duration;

use super::*;
use crate::consent::{Consents, Purpose};
use crate::contact::ContactKind;
use crate::conversation::Held;
use crate::conversation::{Arrival, Window, WindowState, receive, start};
use crate::health::{Change, Health};
use crate::ids::{ChannelId, ContactId, ConversationId, MessageId, TemplateId};
use crate::message::{Direction, Dispatch, Hold, Source, StatusReport};

mod consent;

use consent::consents;

pub(super) const NOW: Time = Time::from_millis(1_000_000_000);

pub(super) fn channel(state: ChannelState) -> Channel {
    Channel {
        id: ChannelId::of_number("1"),
        phone_number_id: "1".to_owned(),
        waba_id: "2".to_owned(),
        display_phone_number: "+1".to_owned(),
        nickname: "Shop".to_owned(),
        add_as: ContactKind::Lead,
        assign_to: None,
        state,
        read_receipts: crate::channel::ReadReceipts::default(),
        marketing_api: crate::channel::MarketingApi::default(),
        pricing_model: crate::channel::Charging::default(),
        created_at: NOW,
    }
}

pub(super) fn conversation(window: Option<(u64, WindowState)>) -> Conversation {
    let (channel, contact) = (ChannelId::of_number("1"), ContactId::derive(&["ann"]));
    let id = ConversationId::of(&channel, &contact);
    let message = MessageId::of_wamid(&id, NOW, "w");
    let (at, received_at, assign_to, referral) = (NOW, NOW, None, None);
    let arrival = Arrival { conversation: id, channel, contact, message, at, received_at, assign_to, referral };
    let mut conversation = receive(&start(&arrival), &arrival, NOW).unwrap();
    conversation.window = window.map(|(closes_in, state)| Window {
        opened_at: NOW,
        closes_at: NOW.plus(Duration::from_millis(closes_in)),
        state,
    });
    conversation
}

fn template(status: &str) -> TemplateUse {
    template_of(status, UTILITY)
}

pub(super) fn template_of(status: &str, category: &str) -> TemplateUse {
    TemplateUse::Found(Box::new(Template {
        id: TemplateId::of("2", "hello", "en"),
        waba_id: "2".to_owned(),
        meta_id: "9".to_owned(),
        name: "hello".to_owned(),
        language: "en".to_owned(),
        status: status.to_owned(),
        category: category.to_owned(),
        parameter_format: "POSITIONAL".to_owned(),
        components: serde_json::json!([]),
        quality: None,
        rejected_reason: None,
        more: crate::template::More::default(),
        course: crate::template::Course::default(),
        synced_at: NOW,
    }))
}

pub(super) fn message(state: State) -> Message {
    let conversation = conversation(None);
    Message {
        id: MessageId::new(&conversation.id, NOW, [7; 10]),
        conversation_id: conversation.id,
        channel_id: conversation.channel_id,
        contact_id: conversation.contact_id,
        direction: Direction::Outbound,
        kind: "text".to_owned(),
        content: serde_json::json!({"body": "hi"}),
        options: serde_json::Value::Null,
        context: None,
        told: crate::message::Told::default(),
        wamid: None,
        at: NOW,
        received_at: NOW,
        source: Source::Live,
        written_state: state,
        attempt: 1,
        dispatch: Dispatch::default(),
        price: None,
        faults: vec![],
        reports: vec![],
        annotations: vec![],
        media: Default::default(),
    }
}

/// Settings by which a window is open to its last moment.
fn exact() -> &'static Settings {
    static EXACT: std::sync::LazyLock<Settings> = std::sync::LazyLock::new(|| {
        let mut settings = Settings::default();
        settings.window.safety_margin_seconds = 0;
        settings
    });
    &EXACT
}

/// A situation in which nothing is wrong with the account or the person.
pub(super) fn situation<'a>(
    channel: &'a Channel,
    conversation: Option<&'a Conversation>,
    template: &'a TemplateUse,
) -> Situation<'a> {
    static WELL: Health =
        Health { facts: std::collections::BTreeMap::new(), blocks: std::collections::BTreeMap::new(), revision: 0 };
    static REACHED: Reach = Reach { marketing_paused_until: None, unreachable_since: None };
    static NOBODY: Sends = Sends { started: None, recent: Vec::new() };
    static NONE: Started = Started(std::collections::BTreeMap::new());
    static ALLOWING: LazyLock<Consents> = LazyLock::new(|| consents(&[Purpose::Utility, Purpose::Marketing], true));
    let consent = Grounds { consents: &ALLOWING, message: None };
    let (health, reach, settings, sends, started) = (&WELL, &REACHED, exact(), &NOBODY, &NONE);
    let ahead = None;
    Situation { channel, health, reach, consent, conversation, ahead, template, settings, sends, started, now: NOW }
}

fn blocked(reason: BlockReason) -> Health {
    let at = NOW.minus(Duration::from_secs(1));
    Health::default().apply(&[Change::Block { reason, at, until: None, detail: None }]).unwrap()
}

#[test]
fn what_may_be_sent() {
    let open = conversation(Some((1, WindowState::Open)));
    let ended = conversation(Some((0, WindowState::Open)));
    let closed = conversation(Some((1, WindowState::Closed)));
    let missing = || TemplateUse::Missing { name: "x".to_owned(), language: "en".to_owned() };
    use ChannelState::{Active, Disabled};
    for (state, conversation, template, refusal) in [
        (Active, Some(&open), TemplateUse::None, None),
        (Active, Some(&ended), TemplateUse::None, Some("window-closed")),
        (Active, Some(&closed), TemplateUse::None, Some("window-closed")),
        (Active, None, TemplateUse::None, Some("window-closed")),
        (Active, None, template("APPROVED"), None),
        (Active, Some(&ended), template("APPROVED"), None),
        (Active, Some(&open), template("PAUSED"), Some("template-not-approved")),
        (Active, Some(&open), missing(), Some("template-unknown")),
        (Disabled, Some(&open), TemplateUse::None, Some("channel-disabled")),
        (Disabled, Some(&open), template("APPROVED"), Some("channel-disabled")),
    ] {
        let outcome = permit(&situation(&channel(state), conversation, &template));
        assert_eq!(outcome.as_ref().err().map(Refusal::code), refusal, "{outcome:?}");
        assert!(outcome.err().is_none_or(|refusal| refusal.explain().ends_with('.')));
    }
}

/// P14, P26, P27: each block holds what it is about and nothing else; what is refused when asked for is held when it was
/// taken before.
#[test]
fn a_block_stops_what_it_must_stop() {
    let open = conversation(Some((1, WindowState::Open)));
    let (reply, utility, other) = (TemplateUse::None, template("APPROVED"), template_of("APPROVED", MARKETING));
    use BlockReason::*;
    // Free text inside the window; a utility template inside; one outside; a marketing template outside.
    for (reason, stops) in [
        (RestrictedInitiated, [false, false, true, true]),
        (SpamBrake, [false, false, true, true]),
        (RestrictedReplies, [true, true, false, false]),
        (RestrictedUtility, [false, true, true, false]),
        (Policy, [true; 4]),
        (Payment, [true; 4]),
        (Banned, [true; 4]),
        (Deleted, [true; 4]),
        (PartnerRemoved, [true; 4]),
        (Offboarded, [true; 4]),
    ] {
        let (channel, health) = (channel(ChannelState::Active), blocked(reason));
        let cases = [(Some(&open), &reply), (Some(&open), &utility), (None, &utility), (None, &other)];
        for ((conversation, template), stops) in cases.into_iter().zip(stops) {
            let situation = Situation { health: &health, ..situation(&channel, conversation, template) };
            let refused = permit(&situation).err();
            assert_eq!(refused.as_ref().map(Refusal::code), stops.then_some("channel-restricted"), "{reason}");
            assert!(refused.is_none_or(|refusal| refusal.explain().contains(reason.word())));
            let step = next_step(&message(State::Queued), &situation, 1);
            assert_eq!(matches!(step, Step::Hold(ref plan) if plan.reason == reason), stops, "{reason}: {step:?}");
        }
    }
    // Where the token is refused as well, the rest still refuses.
    let (reply_channel, both) = (channel(ChannelState::Active), blocked(BlockReason::Token).with(&blocked(Banned)));
    let situation_of_both = Situation { health: &both, ..situation(&reply_channel, Some(&open), &reply) };
    assert_eq!(permit(&situation_of_both).err().map(|refusal| refusal.code()), Some("channel-restricted"));
    // What waits for a token alone is taken, and held.
    let (channel, health) = (channel(ChannelState::Active), blocked(Token));
    let situation = Situation { health: &health, ..situation(&channel, Some(&open), &reply) };
    assert_eq!(permit(&situation), Ok(()));
    assert!(matches!(next_step(&message(State::Queued), &situation, 1), Step::Hold(_)));
    let mut probe = message(State::Queued);
    probe.dispatch.hold = Some(Hold { reason: Token, until: None, state: HoldState::Probe });
    assert!(matches!(next_step(&probe, &situation, 1), Step::Claim(_)), "one finds out");
}

#[test]
fn what_comes_after_a_held_message_waits_behind_it() {
    let channel = channel(ChannelState::Active);
    let mut conversation = conversation(Some((1, WindowState::Open)));
    let first = message(State::Queued);
    conversation.pace.held = Some(Held { message: first.id.clone(), reason: BlockReason::Token });
    let mut second = first.clone();
    second.id = MessageId::new(&conversation.id, NOW, [8; 10]);
    let template = TemplateUse::None;
    let situation = situation(&channel, Some(&conversation), &template);
    let step = next_step(&second, &situation, 1);
    assert!(matches!(step, Step::Hold(ref plan) if plan.reason == BlockReason::Token && plan.is_barrier), "{step:?}");
    // The one that is released goes, and ends the wait if it is the last.
    for (mut released, line) in [(first, Line::Ends), (second, Line::Stays)] {
        released.dispatch.hold = Some(Hold { reason: BlockReason::Token, until: None, state: HoldState::Released });
        let step = next_step(&released, &situation, 1);
        assert!(matches!(step, Step::Claim(ref plan) if plan.line == line), "{step:?}");
    }
}

/// P25: a short pause is waited for, a long one is a place in the queue of the conversation.
#[test]
fn messages_to_one_person_keep_their_pace() {
    let channel = channel(ChannelState::Active);
    let mut conversation = conversation(Some((1, WindowState::Open)));
    let full = NOW.plus(Duration::from_secs(45 * 6));
    let template = TemplateUse::None;
    for (debt, deliveries, expected) in [
        (NOW, 1, "claim"),
        (full.minus(Duration::from_secs(6)), 1, "claim"),
        (full, 1, "wait"),
        (full, 3, "hold"),
        (full.plus(Duration::from_secs(60)), 1, "hold"),
    ] {
        conversation.pace.paid_at = Some(debt);
        let step = next_step(&message(State::Queued), &situation(&channel, Some(&conversation), &template), deliveries);
        let shown = match step {
            Step::Claim(plan) => {
                assert_eq!(plan.paid_at, Some(debt.plus(Duration::from_secs(6))));
                "claim"
            }
            Step::Wait(pause) => {
                assert_eq!(pause, Duration::from_secs(6));
                "wait"
            }
            Step::Hold(plan) => {
                assert!(plan.until > Some(NOW) && plan.paid_at == Some(debt.plus(Duration::from_secs(6))));
                "hold"
            }
            Step::Nothing | Step::Doubt | Step::Refuse(_) => "other",
        };
        assert_eq!(shown, expected);
    }
    let mut released = message(State::Queued);
    released.dispatch.hold = Some(Hold { reason: BlockReason::Pace, until: None, state: HoldState::Released });
    let step = next_step(&released, &situation(&channel, Some(&conversation), &template), 1);
    assert!(matches!(step, Step::Claim(ClaimPlan { paid_at: None, .. })), "it has paid: {step:?}");
}

#[test]
fn a_send_takes_one_step_at_a_time() {
    let open = conversation(Some((1, WindowState::Open)));
    let step = |message: &Message, conversation: &Conversation| {
        let (channel, template) = (channel(ChannelState::Active), TemplateUse::None);
        next_step(message, &situation(&channel, Some(conversation), &template), 1)
    };
    let queued = message(State::Queued);
    let Step::Claim(ClaimPlan { claim, .. }) = step(&queued, &open) else { panic!("a queued message is claimed") };

    let mut claimed = open.clone();
    claimed.sending = Some(claim.clone());
    assert_eq!(step(&queued, &claimed), Step::Doubt);

    let mut again = queued.clone(); // a person decided to send it again
    again.attempt = 2;
    let expected = SendClaim { attempt: 2, ..claim };
    assert!(matches!(step(&again, &claimed), Step::Claim(plan) if plan.claim == expected));

    for state in [State::Accepted, State::Refused, State::InDoubt, State::Cancelled] {
        assert_eq!(step(&message(state), &open), Step::Nothing, "{state}");
    }
    let mut reported = queued.clone();
    reported.reports = vec![StatusReport {
        status: "sent".to_owned(),
        at: NOW,
        wamid: None,
        faults: vec![],
        pricing: None,
        conversation: None,
        participant: None,
    }];
    assert_eq!(step(&reported, &claimed), Step::Nothing);
    assert!(matches!(step(&queued, &conversation(None)), Step::Refuse(Refusal::WindowClosed { closed_at: None })));
}

#[test]
fn pauses_grow_as_meta_asks() {
    assert_eq!([1, 2, 3, 4, 5].map(|deliveries| pause(deliveries).as_secs()), [1, 4, 16, 64, 64]);
}

#[test]
fn a_message_in_doubt_may_be_decided_after_the_last_call_had_its_time() {
    let message = message(State::InDoubt);
    let claimed = |attempt, at| {
        let mut conversation = conversation(None);
        conversation.sending = Some(SendClaim { message: message.id.clone(), attempt });
        conversation.last_outbound_at = Some(at);
        conversation
    };
    let later = NOW.plus(Duration::from_secs(60));
    for (conversation, since) in [
        (None, message.received_at),
        (Some(conversation(None)), message.received_at),
        (Some(claimed(message.attempt, later)), later),
        (Some(claimed(message.attempt + 1, later)), message.received_at), // another attempt's call
    ] {
        assert_eq!(resolvable_at(&message, conversation.as_ref()), since.plus(DOUBT_LIMIT));
    }
}

#[test]
fn marketing_goes_by_its_own_edge_where_the_channel_lets_it() {
    use crate::channel::MarketingApi::{Auto, CloudApi};
    let of = |category: &str| {
        let mut used = template(APPROVED);
        if let TemplateUse::Found(template) = &mut used {
            template.category = category.to_owned();
        }
        used
    };
    for (marketing_api, template, expected) in [
        (Auto, of("MARKETING"), Edge::Marketing),
        (CloudApi, of("MARKETING"), Edge::Messages),
        (Auto, of("UTILITY"), Edge::Messages),
        (Auto, of("AUTHENTICATION"), Edge::Messages),
        (Auto, TemplateUse::None, Edge::Messages),
        (Auto, TemplateUse::Missing { name: "n".to_owned(), language: "en".to_owned() }, Edge::Messages),
    ] {
        let channel = Channel { marketing_api, ..channel(ChannelState::Active) };
        assert_eq!(edge(&channel, &template), expected, "{marketing_api} {template:?}");
        assert_ne!(edge(&channel, &template).other(), expected);
    }
    assert_eq!(needs_phone(&of("AUTHENTICATION")), Some("hello"));
    assert_eq!(needs_phone(&of("MARKETING")), None);
    assert_eq!(needs_phone(&TemplateUse::None), None);
}
