//! Each refusal and each step of a send, a row each.
use std::time::Duration;

use super::*;
use crate::contact::ContactKind;
use crate::conversation::{Arrival, Window, WindowState, receive, start};
use crate::ids::{ChannelId, ContactId, ConversationId, MessageId, TemplateId};
use crate::message::{Direction, Source, StatusReport};

const NOW: Time = Time::from_millis(1_000_000_000);

fn channel(state: ChannelState) -> Channel {
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
        created_at: NOW,
    }
}

fn conversation(window: Option<(u64, WindowState)>) -> Conversation {
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
    TemplateUse::Found(Box::new(Template {
        id: TemplateId::of("2", "hello", "en"),
        waba_id: "2".to_owned(),
        meta_id: "9".to_owned(),
        name: "hello".to_owned(),
        language: "en".to_owned(),
        status: status.to_owned(),
        category: "UTILITY".to_owned(),
        parameter_format: "POSITIONAL".to_owned(),
        components: serde_json::json!([]),
        quality: None,
        rejected_reason: None,
        synced_at: NOW,
    }))
}

fn message(state: State) -> Message {
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
        faults: vec![],
        reports: vec![],
        annotations: vec![],
        media: Default::default(),
    }
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
        let outcome = permit(&channel(state), conversation, &template, NOW);
        assert_eq!(outcome.as_ref().err().map(Refusal::code), refusal, "{outcome:?}");
        assert!(outcome.err().is_none_or(|refusal| refusal.explain().ends_with('.')));
    }
}

#[test]
fn a_send_takes_one_step_at_a_time() {
    let open = conversation(Some((1, WindowState::Open)));
    let step = |message: &Message, conversation: &Conversation| {
        next_step(message, &channel(ChannelState::Active), Some(conversation), &TemplateUse::None, NOW)
    };
    let queued = message(State::Queued);
    let Step::Claim(claim) = step(&queued, &open) else { panic!("a queued message is claimed") };

    let mut claimed = open.clone();
    claimed.sending = Some(claim.clone());
    assert_eq!(step(&queued, &claimed), Step::Doubt);

    let mut again = queued.clone(); // a person decided to send it again
    again.attempt = 2;
    assert_eq!(step(&again, &claimed), Step::Claim(SendClaim { attempt: 2, ..claim }));

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
