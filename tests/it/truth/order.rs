//! Order within a person, independence between people, and one contact however many messages come first at once (P7, P8).
use std::time::Duration;

use local::aws::{Fault, FaultAction, NewMessage};
use serde_json::{Value, json};

use super::people::{INBOUND_APPLY, number};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, contact, now, text};

fn numbered(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|part| part.to_string()).collect()
}

/// P8: within one second, which is all that Meta tells, the order of arrival decides.
#[tokio::test(flavor = "multi_thread")]
async fn two_contacts_interleaved_each_keep_their_order() {
    let world = World::start().await;
    let at = now() - 60;
    for part in 0..12 {
        for wa_id in [ANN, BOB] {
            world.deliver(&world.written(wa_id, &format!("wamid.{wa_id}.{part}"), at, &part.to_string())).await;
        }
    }
    world.settle().await;
    for wa_id in [ANN, BOB] {
        assert_eq!(world.texts(wa_id).await, numbered(0..12));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_of_one_body_keep_their_order() {
    let world = World::start().await;
    let at = now() - 60;
    let message = |part: usize| {
        let wa_id = [ANN, BOB][part % 2];
        text(wa_id, &format!("wamid.{part}"), at, &(part / 2).to_string())
    };
    let messages: Vec<Value> = (0..24).map(message).collect();
    let contacts = [contact(ANN, "Ann"), contact(BOB, "Bob")];
    let body = world.messages_webhook(world.value(json!({"contacts": contacts, "messages": messages})));
    world.deliver_and_settle(&body).await;
    for wa_id in [ANN, BOB] {
        assert_eq!(world.texts(wa_id).await, numbered(0..12));
    }
}

/// P7: an album, or a quick double text, of somebody new.
#[tokio::test(flavor = "multi_thread")]
async fn several_first_messages_at_once_make_one_contact_and_one_conversation() {
    let world = World::start().await;
    let bodies: Vec<Value> = (0..30)
        .map(|index| {
            let (wa_id, part) = (number(index % 5), index / 5);
            world.written(&wa_id, &format!("wamid.{wa_id}.{part}"), now() - 60 + part as i64, &part.to_string())
        })
        .collect();
    futures::future::join_all(bodies.iter().map(|body| world.deliver(body))).await;
    world.settle().await;
    assert_eq!(world.get("/v1/contacts").await["items"].as_array().unwrap().len(), 5);
    assert_eq!(world.conversations("").await.len(), 5);
    for customer in 0..5 {
        assert_eq!(world.texts(&number(customer)).await, numbered(0..6));
        assert_eq!(world.conversation_with(&number(customer)).await["unread"], 6);
    }
}

/// One webhook names the person by user id alone, the other by both: they go side by side and must meet (P7, P32).
#[tokio::test(flavor = "multi_thread")]
async fn a_first_message_by_user_id_and_one_by_both_ids_make_one_contact() {
    let world = World::start().await;
    let mut bodies = Vec::new();
    for customer in 0..8 {
        let (wa_id, bsuid) = (number(customer), format!("US.{customer}000000001"));
        let mut by_id = text(&wa_id, &format!("wamid.{wa_id}.1"), now() - 9, "1");
        by_id.as_object_mut().unwrap().remove("from");
        by_id["from_user_id"] = json!(bsuid);
        let mut by_both = text(&wa_id, &format!("wamid.{wa_id}.2"), now() - 8, "2");
        by_both["from_user_id"] = json!(bsuid);
        let hidden = json!({"user_id": bsuid, "profile": {"name": wa_id}});
        let shown = json!({"user_id": bsuid, "wa_id": wa_id, "profile": {"name": wa_id}});
        for (contact, message) in [(hidden, by_id), (shown, by_both)] {
            let value = world.value(json!({"contacts": [contact], "messages": [message]}));
            bodies.push(world.messages_webhook(value));
        }
    }
    futures::future::join_all(bodies.iter().map(|body| world.deliver(body))).await;
    world.settle().await;
    assert_eq!(world.get("/v1/contacts").await["items"].as_array().unwrap().len(), 8);
    for customer in 0..8 {
        let wa_id = number(customer);
        assert_eq!(world.texts(&wa_id).await, ["1", "2"]);
        let contact = world.contact_with(&wa_id).await;
        assert_eq!(contact["merge_proposals"], json!([]));
        let kinds: Vec<&Value> =
            contact["identities"].as_array().unwrap().iter().map(|identity| &identity["type"]).collect();
        assert_eq!(kinds.len(), 2, "{contact}");
        assert!(kinds.contains(&&json!("bsuid")) && kinds.contains(&&json!("wa_id")), "{contact}");
    }
}

fn inbound_queue(world: &World) -> String {
    world.stack.template().functions[INBOUND_APPLY].sqs[0].queue_arn.clone()
}

fn group(world: &World, wa_id: &str) -> String {
    queue::fingerprint(&[world.channel().phone_number_id.as_bytes(), wa_id.as_bytes()])
}

/// What can never be applied goes to the dead letters with its reason, and its own group goes on as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_message_ends_in_the_dead_letters_with_its_reason() {
    let mut world = World::hasty().await;
    world.writes(ANN, "wamid.1", "before").await;
    let poisons = [
        "no JSON",
        r#"{"type":"atom_v99"}"#,
        r#"{"type":"atom_v1","received_at":"yesterday"}"#,
        r#"{"type":"stored_atom_v1","bucket":"nobody's","key":"atoms/x"}"#,
    ];
    for (index, poison) in poisons.iter().enumerate() {
        let message = NewMessage {
            body: (*poison).to_owned(),
            group_id: Some(group(&world, ANN)),
            deduplication_id: Some(format!("poison-{index}")),
            ..NewMessage::default()
        };
        world.stack.aws().sqs().send(&inbound_queue(&world), &message).unwrap();
    }
    world.writes(ANN, "wamid.2", "after").await;
    world.writes(BOB, "wamid.3", "beside").await;
    world.settle().await;
    assert_eq!(world.texts(ANN).await, ["before", "after"]);
    assert_eq!(world.texts(BOB).await, ["beside"]);
    let dead = world.dead_letters();
    let bodies: Vec<&str> = dead.iter().map(|letter| letter.body.as_str()).collect();
    assert_eq!(bodies, poisons);
    for letter in &dead {
        let reason = letter.message_attributes["reason"].string_value.as_deref().unwrap_or_default();
        assert!(!reason.is_empty(), "{letter:?}");
        assert_eq!(letter.attributes["MessageGroupId"], group(&world, ANN));
    }
    world.expect_dead_letters(poisons.len());
}

/// A message that cannot be applied now holds up its own person, so that the order stays, and nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_must_wait_blocks_its_own_group_only() {
    let world = World::start().await;
    // Long enough for Bob's, and a wait for nobody else.
    let slow = Fault::new(INBOUND_APPLY, FaultAction::Delay(Duration::from_secs(8)));
    world.stack.aws().faults().add(slow);
    world.writes(ANN, "wamid.1", "1").await;
    world.until(|| world.stack.aws().faults().pending().is_empty()).await;
    world.writes(ANN, "wamid.2", "2").await;
    world.writes(BOB, "wamid.3", "beside").await;
    while world.find_conversation(BOB).await.is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(world.find_conversation(ANN).await.is_none(), "Bob did not wait for Ann");
    world.settle().await;
    assert_eq!(world.texts(ANN).await, ["1", "2"]);
}

/// What comes late is still new to the agent, who answered something else meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_delayed_is_unread_and_unanswered_after_an_answer_to_an_earlier_one() {
    let world = World::start().await;
    let conversation = world.met(ANN).await;
    let held = world.stack.hold(INBOUND_APPLY);
    world.writes(ANN, "wamid.2", "And one more thing").await;
    let answer = world.reply_and_settle(&conversation, "Welcome").await;
    assert_eq!(world.texts(ANN).await, ["Hello", "Welcome"], "the agent has not seen it");
    drop(held);
    world.settle().await;
    assert_eq!(answer["state"], "accepted");
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["unread"], 1);
    assert!(conversation["waiting_since"].is_string(), "{conversation}");
    assert_eq!(world.conversations("?view=unreplied").await.len(), 1);
}

/// An answer may wait long before it goes out. What the customer writes meanwhile is not answered by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_while_an_answer_waits_to_be_sent_is_unread_and_unanswered() {
    let world = World::patient().await;
    let conversation = world.met(ANN).await;
    let (answer, held) = world.put_off(131_056, world.reply(&conversation, "Welcome")).await;
    world.writes(ANN, "wamid.2", "And one more thing").await;
    world.settle().await;
    assert_eq!(world.texts(ANN).await.len(), 3);
    assert!(world.received_by(ANN).is_empty(), "the answer still waits");
    drop(held);
    world.settle().await;
    assert_eq!(world.message(&answer.body["id"]).await["state"], "accepted");
    let conversation = world.conversation_with(ANN).await;
    assert!(conversation["waiting_since"].is_string(), "{conversation}");
    assert_ne!(conversation["unread"], 0);

    // The next answer is one.
    world.reply_and_settle(&conversation, "Yes?").await;
    let conversation = world.conversation_with(ANN).await;
    assert_eq!((&conversation["unread"], &conversation["waiting_since"]), (&json!(0), &Value::Null));
}
