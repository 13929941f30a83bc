//! Restrictions, bans and the spam brake: what they stop is refused or held, and goes on in order when they are lifted.
use serde_json::json;
use simulator::Fault;

use super::scenes::{INITIATED, REPLIES, later, refused};
use crate::truth::people::MESSAGE_SEND;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now};

/// P14: a restriction stops conversations that the business begins, and no others.
#[tokio::test(flavor = "multi_thread")]
async fn a_restriction_of_business_initiated_messages_stops_templates_outside_the_window() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let until = later();
    world.restricted(now() - 60, &[INITIATED], until).await;
    assert_eq!(world.blocks().await, ["restricted-business-initiated"]);
    let answer = world.template_to(BOB).await;
    refused(&answer, "channel-restricted");
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("restricted-business-initiated"), "{detail}");
    assert!(detail.contains(&domain::Time::from_seconds(until).to_string()), "it says until when: {detail}");
    assert_eq!(world.reply_and_settle(&conversation, "Welcome").await["status"], "read");
    assert_eq!(world.template_to(ANN).await.status, 202, "inside the window it is a reply");
    world.settle().await;

    world.restricted(now() - 30, &[], 0).await;
    assert_eq!(world.template_to(BOB).await.status, 202);
    world.settle().await;
    assert_eq!(world.received_by(BOB).len(), 1);
    let told = (world.events("channel.blocked").await.len(), world.events("channel.resumed").await.len());
    assert_eq!(told, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restriction_of_replies_stops_replies_and_ends_with_its_time() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    world.restricted(now() - 60, &[REPLIES], now() + 3).await;
    refused(&world.reply(&conversation, "Welcome").await, "channel-restricted");
    assert_eq!(world.template_to(BOB).await.status, 202);
    world.settle().await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert!(world.blocks().await.is_empty(), "it is over by the clock");
    assert_eq!(world.reply_and_settle(&conversation, "Welcome").await["status"], "read");
    world.minute().await;
    assert_eq!(world.events("channel.resumed").await.len(), 1, "and told within a minute");
}

/// P27: a ban stops everything. What was queued before waits, in its place, and goes on when the account is reinstated.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_queued_before_a_ban_is_held_and_goes_on_in_order() {
    let world = World::hasty().await;
    let (ann, bob) = (world.met(ANN).await, world.met(BOB).await);
    let waiting = world.stack.hold(MESSAGE_SEND);
    let mut messages = Vec::new();
    for (conversation, text) in [(&ann, "1"), (&bob, "1"), (&ann, "2"), (&ann, "3"), (&bob, "2")] {
        let answer = world.reply(conversation, text).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        messages.push(answer.body["id"].clone());
    }
    world.ban(now(), "DISABLE").await;
    drop(waiting);
    world.settle().await;
    refused(&world.reply(&ann, "too late").await, "channel-restricted");
    let held = world.message(&messages[2]).await;
    assert_eq!((&held["state"], &held["held"]["reason"]), (&json!("queued"), &json!("banned")), "{held}");
    assert_eq!(world.minute().await["released"], 0);

    world.ban(now() + 1, "REINSTATE").await;
    assert_eq!(world.minute().await["released"], 5);
    for message in &messages {
        let message = world.message(message).await;
        assert_eq!((&message["state"], &message["held"]), (&json!("accepted"), &json!(null)), "{message}");
    }
    assert_eq!(world.bodies(ANN), ["1", "2", "3"]);
    assert_eq!(world.bodies(BOB), ["1", "2"]);
}

/// P26: a brake is hours and no retry; replies go on.
#[tokio::test(flavor = "multi_thread")]
async fn the_spam_limit_brakes_what_the_business_begins() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    world.simulator().add_fault(Fault::error(131_048));
    let met = world.template_to(BOB).await;
    assert_eq!(met.status, 202);
    world.settle().await;
    let met = world.message(&met.body["id"]).await;
    assert_eq!((&met["state"], &met["errors"][0]["reaction"]), (&json!("refused"), &json!("brake")), "{met}");
    assert!(met["errors"][0]["help"].is_string());
    assert_eq!(world.blocks().await, ["spam-brake"]);
    let until = world.health().await["blocks"][0]["until"].as_str().map(|at| domain::Time::parse(at).unwrap());
    let hour = until.unwrap().seconds() - now();
    assert!((3500..=3600).contains(&hour), "an hour at first: {hour}");
    refused(&world.template_to(BOB).await, "channel-restricted");
    assert_eq!(world.reply_and_settle(&conversation, "Welcome").await["status"], "read");
    assert_eq!(world.calls_for(BOB), 1, "no retry");
}

/// P27: a payment problem stops the channel; one message finds out whether it is over, and the rest follows in order.
#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_channel_is_probed_by_one_message_and_goes_on() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    world.simulator().add_fault(simulator::FaultOrder::from(Fault::error(131_042)).times(2));
    let first = world.reply_and_settle(&conversation, "1").await;
    assert_eq!((&first["state"], &first["held"]["reason"]), (&json!("queued"), &json!("payment")), "{first}");
    refused(&world.reply(&conversation, "2").await, "channel-restricted");
    assert_eq!(world.calls_for(ANN), 1);

    let path = format!("/v1/channels/{}/resume", world.channel().id);
    let asked = world.post(&path, json!({})).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    world.settle().await;
    assert_eq!(world.calls_for(ANN), 2, "one more found that it is not over");
    assert_eq!(world.blocks().await, ["payment"]);

    world.post(&path, json!({})).await;
    world.settle().await;
    assert_eq!(world.message(&first["id"]).await["status"], "read");
    assert!(world.blocks().await.is_empty());
    assert_eq!(world.reply_and_settle(&conversation, "2").await["status"], "read");
    assert_eq!(world.bodies(ANN), ["1", "2"]);
}
