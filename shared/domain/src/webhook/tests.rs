//! The rules of webhooks, as tables.
use serde_json::json;

use super::*;
use crate::contact::ContactKind;
use crate::ids::{ContactId, EventId, ReplayId};

const NOW: Time = Time::from_millis(1_800_000_000_000);

fn webhook(events: &[&str], filter: Filter) -> Webhook {
    Webhook {
        id: WebhookId::derive(&["w"]),
        url: "https://shop.example.com/hook".to_owned(),
        description: None,
        events: events.iter().map(|text| Pattern::parse(text).unwrap()).collect(),
        filter,
        paused: None,
        secret: SecretId::derive(&["1"]),
        previous: Vec::new(),
        failing_since: None,
        created_at: NOW,
        revision: 1,
    }
}

fn event(kind: EventKind, data: serde_json::Value) -> Event {
    Event {
        id: EventId::derive(&["e"]),
        kind,
        at: NOW,
        channel_id: Some(ChannelId::of_number("1")),
        contact_id: Some(ContactId::derive(&["ann"])),
        conversation_id: None,
        data,
    }
}

#[test]
fn patterns_name_one_type_a_family_or_all() {
    for (text, received, closed) in [
        ("*", true, true),
        ("message.*", true, false),
        ("message.received", true, false),
        ("conversation.*", false, true),
        ("window.closed", false, false),
    ] {
        let pattern = Pattern::parse(text).unwrap();
        assert_eq!(pattern.covers(EventKind::MessageReceived), received, "{text}");
        assert_eq!(pattern.covers(EventKind::ConversationClosed), closed, "{text}");
    }
    for text in ["", "message", "message.", "mess*", "*.received", "message.**", "messages.*", "MESSAGE.*", "**"] {
        assert_eq!(Pattern::parse(text), None, "{text}");
    }
}

#[test]
fn a_webhook_is_told_what_it_asks_for_and_nothing_of_itself() {
    let inbound = json!({"direction": "inbound"});
    let other = ChannelId::of_number("2");
    let filter = |channel: Option<ChannelId>, direction, contact_kind| Filter {
        channel,
        direction,
        contact_kind,
        ..Filter::default()
    };
    for (filter, data, is_told) in [
        (Filter::default(), json!({}), true),
        (filter(Some(ChannelId::of_number("1")), None, None), json!({}), true),
        (filter(Some(other), None, None), json!({}), false),
        (filter(None, Some(Direction::Inbound), None), inbound.clone(), true),
        (filter(None, Some(Direction::Outbound), None), inbound.clone(), false),
        (filter(None, Some(Direction::Inbound), None), json!({}), false),
        (filter(None, None, Some(ContactKind::Lead)), json!({}), true),
    ] {
        let webhook = webhook(&["*"], filter);
        assert_eq!(webhook.wants(&event(EventKind::MessageReceived, data)), is_told, "{webhook:?}");
    }
    let lead_only = webhook(&["*"], filter(None, None, Some(ContactKind::Lead)));
    assert!(!lead_only.wants(&Event { contact_id: None, ..event(EventKind::CreditsLow, json!({})) }));
    let tagged = webhook(&["*"], Filter { tag: Some("vip".to_owned()), ..Filter::default() });
    let labelled = webhook(&["*"], Filter { label: Some("late".to_owned()), ..Filter::default() });
    let of_nobody = Event { contact_id: None, ..event(EventKind::CreditsLow, json!({})) };
    assert!(!tagged.wants(&of_nobody) && tagged.wants(&event(EventKind::ContactCreated, json!({}))));
    assert!(!labelled.wants(&event(EventKind::ContactCreated, json!({}))), "it is in no conversation");
    let all = webhook(&["*"], Filter::default());
    assert!(!all.paused(PauseReason::Asked, NOW).wants(&event(EventKind::MessageReceived, inbound.clone())));
    assert!(!all.wants(&event(EventKind::WebhookPaused, json!({"webhook_id": all.id.as_str()}))));
    assert!(all.wants(&event(EventKind::WebhookPaused, json!({"webhook_id": "whk_another"}))));
}

#[test]
fn a_paused_webhook_keeps_a_log_of_what_no_journal_has() {
    let all = webhook(&["*"], Filter::default());
    let received = event(EventKind::MessageReceived, json!({}));
    let created = event(EventKind::ContactCreated, json!({}));
    let paused_at = |at| all.paused(PauseReason::Asked, at);
    let long_ago = NOW.minus(EVENTS_KEPT);
    for (webhook, event, is_logged) in [
        (&all, &received, true),
        (&all, &created, true),
        (&paused_at(NOW), &received, true),
        (&paused_at(NOW), &created, false),
        (&paused_at(long_ago), &received, false),
        (&webhook(&["window.*"], Filter::default()), &received, false),
    ] {
        assert_eq!(webhook.logs(event), is_logged, "{webhook:?} {:?}", event.kind);
    }
}

#[test]
fn a_replay_reads_the_journal_and_then_the_log() {
    let (webhook, at) = (webhook(&["message.*"], Filter::default()), NOW);
    let begun = Replay {
        id: ReplayId::derive(&["r"]),
        webhook_id: webhook.id.clone(),
        from: at,
        to: at,
        types: Vec::new(),
        state: ReplayState::Running,
        is_in_log: false,
        last: None,
        looked_at: 0,
        asked_for: 0,
        requested_at: at,
        settled_at: None,
        revision: 0,
    };
    let (refused, received) =
        (event(EventKind::MessageRefused, json!({})), event(EventKind::MessageReceived, json!({})));
    assert!(begun.wants(&webhook, &refused) && !begun.wants(&webhook, &received));
    let in_journal = begun.after(std::slice::from_ref(&refused), 1, at);
    assert_eq!((in_journal.is_in_log, in_journal.last.is_some()), (false, true));
    let in_log = in_journal.after(&[], 0, at);
    assert_eq!((in_log.is_in_log, &in_log.last, in_log.state), (true, &None, ReplayState::Running));
    assert!(!in_log.wants(&webhook, &refused) && in_log.wants(&webhook, &received), "none twice");
    let done = in_log.after(&[received], 1, at).after(&[], 0, at);
    assert_eq!((done.state, done.looked_at, done.asked_for, done.settled_at), (ReplayState::Done, 2, 2, Some(at)));
}

fn attempt(status: Option<u16>) -> Attempt {
    Attempt { at: NOW, took_ms: 12, status, answer: None, problem: None }
}

#[test]
fn only_2xx_is_success_and_only_410_ends_it_at_once() {
    for (status, outcome) in [
        (Some(200), Outcome::Delivered),
        (Some(204), Outcome::Delivered),
        (Some(299), Outcome::Delivered),
        (Some(410), Outcome::Gone),
        (Some(302), Outcome::Again { at: NOW.plus(Duration::from_secs(5)) }),
        (Some(400), Outcome::Again { at: NOW.plus(Duration::from_secs(5)) }),
        (Some(500), Outcome::Again { at: NOW.plus(Duration::from_secs(5)) }),
        (None, Outcome::Again { at: NOW.plus(Duration::from_secs(5)) }),
    ] {
        assert_eq!(Outcome::of(&attempt(status), None, 1, NOW, 0), outcome, "{status:?}");
    }
}

#[test]
fn waits_grow_over_more_than_a_day_and_end() {
    let wait = |tries, spread, wish: Option<u64>| match Outcome::of(
        &attempt(Some(503)),
        wish.map(Duration::from_secs),
        tries,
        NOW,
        spread,
    ) {
        Outcome::Again { at } => Some((at.millis() - NOW.millis()) / 1000),
        Outcome::Delivered | Outcome::Gone | Outcome::Failed => None,
    };
    let waits: Vec<i64> = (1..TRIES_MAX).map(|tries| wait(tries, 0, None).unwrap()).collect();
    assert_eq!(waits, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    assert!(waits.iter().sum::<i64>() > 3 * 24 * 3600);
    assert_eq!(wait(TRIES_MAX, 0, None), None);
    assert_eq!(wait(TRIES_MAX, 0, Some(60)), None, "also where the receiver puts us off");
    assert_eq!((wait(2, 255, None), wait(2, 128, None)), (Some(360), Some(330)), "moved by up to a fifth");
    // The receiver's wish counts where it is the longer one, up to a day.
    assert_eq!((wait(1, 0, Some(120)), wait(3, 0, Some(120))), (Some(120), Some(1800)));
    assert_eq!(wait(1, 0, Some(10 * 24 * 3600)), Some(86_400));
}

#[test]
fn one_try_at_a_time_and_none_after_the_end() {
    let queued = Delivery::queued(&WebhookId::derive(&["w"]), event(EventKind::ContactCreated, json!({})), None, NOW);
    let Begin::Try(sending) = queued.begin("task 1", NOW) else { panic!("{queued:?}") };
    assert_eq!((sending.tries, sending.revision), (1, queued.revision + 1));
    assert_eq!(sending.begin("task 2", NOW), Begin::Busy);
    assert!(matches!(sending.begin("task 1", NOW), Begin::Try(again) if again.tries == 2), "its first one is over");
    assert!(matches!(sending.begin("task 2", NOW.plus(Duration::from_secs(60))), Begin::Try(_)));
    let after = |outcome| sending.tried(attempt(Some(500)), outcome, NOW);
    for outcome in [Outcome::Delivered, Outcome::Failed, Outcome::Gone] {
        assert_eq!(after(outcome).begin("task 1", NOW.plus(FAILING_MAX)), Begin::Nothing);
    }
    let waiting = after(Outcome::Again { at: NOW });
    assert_eq!(waiting.begin("task 1", NOW), Begin::Nothing, "until it is woken");
    assert!(matches!(waiting.woken().begin("task 3", NOW), Begin::Try(again) if again.tries_in_a_row == 2));
    assert_eq!(waiting.cancelled(NOW).begin("task 1", NOW), Begin::Nothing);

    let again = after(Outcome::Failed).asked_again("rpl_1").unwrap();
    assert_eq!((again.state, again.tries, again.tries_in_a_row), (DeliveryState::Queued, 1, 0));
    assert_eq!(again.asked_again("rpl_2"), None, "it is under way");
    let done = again.tried(attempt(Some(200)), Outcome::Delivered, NOW);
    assert_eq!(done.asked_again("rpl_1"), None, "once for each that asks");
    assert!(done.asked_again("rpl_2").is_some());
}

#[test]
fn what_fails_for_days_is_paused() {
    let fresh = webhook(&["*"], Filter::default());
    let failing = fresh.after(Outcome::Failed, NOW).unwrap();
    assert_eq!(failing.failing_since, Some(NOW));
    let later = |time: Duration| NOW.plus(time);
    let again = Outcome::Again { at: NOW };
    assert_eq!(failing.after(again, later(FAILING_MAX - Duration::from_secs(1))), None);
    let paused = failing.after(again, later(FAILING_MAX)).unwrap();
    assert_eq!(paused.paused.map(|pause| pause.reason), Some(PauseReason::Failing));
    assert_eq!(failing.after(Outcome::Delivered, NOW).map(|webhook| webhook.failing_since), Some(None));
    assert_eq!(fresh.after(Outcome::Delivered, NOW), None);
    let gone = fresh.after(Outcome::Gone, NOW).unwrap();
    assert_eq!(gone.paused.map(|pause| pause.reason), Some(PauseReason::Gone));
    assert_eq!(gone.after(Outcome::Gone, NOW), None);
    assert_eq!((gone.resumed().paused, gone.resumed().failing_since), (None, None));
}

#[test]
fn a_rotated_secret_signs_on_for_a_day() {
    let secret = |number: usize| SecretId::derive(&[number.to_string().as_str()]);
    let (soon, later) = (NOW.plus(Duration::from_secs(3600)), NOW.plus(OVERLAP));
    let first = webhook(&["*"], Filter::default());
    let (second, dropped) = first.rotated(secret(2), NOW);
    assert!(dropped.is_empty());
    assert_eq!(second.secrets(NOW), [&secret(2), &secret(1)]);
    assert_eq!(second.secrets(later), [&secret(2)]);
    let (third, dropped) = second.rotated(secret(3), soon);
    assert!(dropped.is_empty(), "another one in its place takes nothing of the first one's day");
    assert_eq!(third.secrets(soon), [&secret(3), &secret(2), &secret(1)]);
    assert_eq!(third.secrets(later), [&secret(3), &secret(2)]);
    let (fourth, dropped) = third.rotated(secret(4), later);
    assert_eq!(dropped, [secret(1)]);
    assert_eq!(fourth.secrets(later), [&secret(4), &secret(3), &secret(2)]);
}

#[test]
fn of_many_secrets_of_a_day_the_first_and_the_latest_sign() {
    let secret = |number: usize| SecretId::derive(&[number.to_string().as_str()]);
    let (mut webhook, mut gone) = (webhook(&["*"], Filter::default()), Vec::new());
    for number in 2..=9 {
        let (next, dropped) = webhook.rotated(secret(number), NOW);
        webhook = next;
        gone.extend(dropped);
    }
    let (kept, dropped) = ([9, 8, 7, 6, 5, 1].map(secret), [2, 3, 4].map(secret));
    assert_eq!(webhook.secrets(NOW), kept.iter().collect::<Vec<_>>());
    assert_eq!(gone, dropped);
}
