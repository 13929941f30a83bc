//! Meta's messaging limit: people written to first in a moving day, each counted once.
use serde_json::{Value, json};

use super::stranger;
use crate::account::scenes::refused;
use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::ANN;

#[tokio::test(flavor = "multi_thread")]
async fn no_more_people_are_written_to_first_than_meta_allows() {
    let world = World::hasty().await;
    assert_eq!(world.started().await, json!({"limit": null, "used": 0, "remaining": null, "room_at": null}));
    world.limited_to(json!(2)).await;
    for index in 0..2 {
        assert_eq!(world.template_to(&stranger(index)).await.status, 202);
        world.settle().await;
    }
    let started = world.started().await;
    assert_eq!((&started["limit"], &started["used"], &started["remaining"]), (&json!(2), &json!(2), &json!(0)));
    let answer = world.template_to(&stranger(2)).await;
    refused(&answer, "messaging-limit");
    assert_eq!((&answer.body["limit"], &answer.body["used"]), (&json!(2), &json!(2)));
    assert_eq!(answer.body["not_before"], started["room_at"], "{}", answer.body);
    let room_at = domain::Time::parse(started["room_at"].as_str().unwrap()).unwrap().seconds();
    let hours = (room_at - crate::world::webhooks::now()) / 3600;
    assert!((24..=25).contains(&hours), "{hours}");

    assert_eq!(world.template_to(&stranger(0)).await.status, 202, "who is counted is not counted again");
    let conversation = world.met(ANN).await;
    assert_eq!(world.template_to(ANN).await.status, 202, "in the window nothing is started");
    assert_eq!(world.reply_and_settle(&conversation, "Welcome").await["status"], "read");
    assert_eq!(world.started().await["used"], 2);
}

/// A number and a tier, raised and lowered; no limit is none.
#[tokio::test(flavor = "multi_thread")]
async fn the_limit_follows_metas_word() {
    let world = World::hasty().await;
    let limits = [
        (json!(1), Some(1)),
        (json!("TIER_2K"), Some(2000)),
        (json!("TIER_250"), Some(250)),
        (json!(-1), None),
        (json!("TIER_UNLIMITED"), None),
    ];
    for (told, limit) in limits {
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        world.limited_to(told.clone()).await;
        assert_eq!(world.started().await["limit"], json!(limit), "{told}");
    }
    assert_eq!(world.template_to(&stranger(0)).await.status, 202);
    world.settle().await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    world.limited_to(json!(1)).await;
    refused(&world.template_to(&stranger(1)).await, "messaging-limit");
}

/// What was taken before the limit was reached waits, and goes on in order when there is room.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_beyond_the_limit_is_held_and_goes_on() {
    let world = World::hasty().await;
    world.limited_to(json!(2)).await;
    let mut messages: Vec<Value> = Vec::new();
    // All are taken before the first of them is counted.
    world.simulator().add_fault(simulator::FaultOrder::from(simulator::Fault::Slow { delay_ms: 300 }).times(5));
    let asked = futures::future::join_all((0..5).map(|index| {
        let (world, wa_id) = (&world, stranger(index));
        async move { world.template_to(&wa_id).await }
    }));
    for answer in asked.await {
        if answer.status == 202 {
            messages.push(answer.body["id"].clone());
        } else {
            refused(&answer, "messaging-limit");
        }
    }
    world.settle().await;
    world.minute().await;
    let sent = || world.simulator().accepted().len();
    assert_eq!(sent(), 2, "neither more nor less");
    assert_eq!(world.started().await["used"], 2);
    let mut held = 0;
    for id in &messages {
        let message = world.message(id).await;
        if message["state"] == "queued" {
            assert_eq!(message["held"]["reason"], "messaging-limit", "{message}");
            held += 1;
        }
    }
    assert_eq!(held, messages.len() - 2);
    assert!(world.events("message.refused").await.is_empty());

    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    world.limited_to(json!("TIER_250")).await;
    assert_eq!(world.minute().await["released"], held);
    assert_eq!(sent(), messages.len());
    for id in &messages {
        assert_eq!(world.message(id).await["state"], "accepted");
    }
    assert_eq!(world.started().await["used"], messages.len());
}

/// All numbers of the business share the limit.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_number_has_no_limit_of_its_own() {
    let world = World::hasty().await;
    world.limited_to(json!(1)).await;
    let second = json!({
        "phone_number_id": "4711", "waba_id": world.channel().waba_id, "display_phone_number": "+1 555 010 0300",
        "nickname": "Second", "add_as": "lead",
    });
    let second = world.post("/v1/channels", second).await.body["id"].clone();
    world.settle().await;
    assert_eq!(world.template_to(&stranger(0)).await.status, 202);
    world.settle().await;
    let message = json!({
        "channel_id": second, "to": {"phone": format!("+{}", stranger(1))},
        "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}},
    });
    refused(&world.post("/v1/messages", agreed(message)).await, "messaging-limit");
}

/// What it costs beside the message itself: a count of the person, and their mark.
#[tokio::test(flavor = "multi_thread")]
async fn a_started_conversation_costs_two_writes_more() {
    let world = World::hasty().await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    world.limited_to(json!("TIER_2K")).await;
    // Somebody whose number WhatsApp has told: what is learned of a stranger comes on top, once.
    let long_ago = crate::world::webhooks::now() - 2 * 24 * 3600;
    world.deliver_and_settle(&world.written(ANN, "wamid.old", long_ago, "Hello")).await;
    // What is recorded of a consent comes on top too, once.
    let contact = world.contact_with(ANN).await["id"].clone();
    assert_eq!(world.consent(&contact, &["utility"], "given").await.status, 201);
    let costs = async || {
        drop(world.stack.aws().meter().take());
        assert_eq!(world.template_to(ANN).await.status, 202);
        world.settle().await;
        let taken = world.stack.aws().meter().take();
        let functions = ["ApiFunction", "MessageSendFunction", "EventRelayFunction"];
        let of = taken.iter().filter(|((function, _), _)| functions.contains(&function.as_str()));
        of.map(|(_, usage)| usage.table_write_units).sum::<f64>()
    };
    assert_eq!(costs().await, 5.0, "a billable send stays within its budget");
    // More than one in a second takes a block of the number's pace.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(costs().await, 3.0, "who is counted costs nothing more");
}
