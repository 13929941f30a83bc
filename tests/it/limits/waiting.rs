//! How long a message may wait: what it says may no longer be so.
use serde_json::{Value, json};

use crate::truth::people::MESSAGE_SEND;
use crate::world::World;
use crate::world::webhooks::{ANN, now};

async fn reply_until(world: &World, conversation: &Value, text: &str, seconds: i64) -> crate::world::Answer {
    let message = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
        "type": "text", "text": {"body": text}, "valid_until": domain::Time::from_seconds(now() + seconds).to_string(),
    });
    world.post("/v1/messages", message).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_for_too_long_is_refused_in_its_place() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    assert_eq!(world.reply_and_settle(&conversation, "1").await["status"], "read");
    // The account is stopped while these wait.
    let waiting = world.stack.hold(MESSAGE_SEND);
    let short = reply_until(&world, &conversation, "2", 12).await;
    let long = reply_until(&world, &conversation, "3", 3600).await;
    assert_eq!((short.status, long.status), (202, 202), "{}", short.body);
    world.ban(now(), "DISABLE").await;
    drop(waiting);
    world.settle().await;
    for answer in [&short, &long] {
        assert_eq!(world.message(&answer.body["id"]).await["held"]["reason"], "banned");
    }
    assert_eq!(world.minute().await["refused"], 0);
    tokio::time::sleep(std::time::Duration::from_secs(13)).await;
    assert_eq!(world.minute().await["refused"], 1);
    assert_eq!(world.minute().await["refused"], 0, "once");
    let refused = world.message(&short.body["id"]).await;
    assert_eq!(
        (&refused["state"], &refused["errors"][0]["title"]),
        (&json!("refused"), &json!("too-late")),
        "{refused}"
    );
    assert!(refused["errors"][0]["details"].as_str().unwrap().contains("banned"));
    let told = world.events("message.refused").await;
    assert_eq!((told.len(), &told[0]["data"]["message_id"]), (1, &short.body["id"]));

    world.ban(now() + 1, "REINSTATE").await;
    world.minute().await;
    assert_eq!(world.message(&long.body["id"]).await["state"], "accepted", "what waited behind it goes on");
    assert_eq!(world.bodies(ANN), ["1", "3"]);
    assert_eq!(world.reply_and_settle(&conversation, "4").await["status"], "read", "nothing waits any more");
}

/// The last one that waits ends the wait of all behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_out_of_time_is_not_sent_when_the_block_ends() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    assert_eq!(world.reply_and_settle(&conversation, "1").await["status"], "read");
    let waiting = world.stack.hold(MESSAGE_SEND);
    let late = reply_until(&world, &conversation, "2", 4).await;
    world.ban(now(), "DISABLE").await;
    drop(waiting);
    world.settle().await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    world.ban(now(), "REINSTATE").await;
    world.minute().await;
    assert_eq!(world.message(&late.body["id"]).await["errors"][0]["title"], "too-late");
    assert_eq!(world.reply_and_settle(&conversation, "3").await["status"], "read");
    assert_eq!(world.bodies(ANN), ["1", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_over_or_far_ahead_is_not_taken() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    for seconds in [-1, 31 * 24 * 3600] {
        let answer = reply_until(&world, &conversation, "1", seconds).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert_eq!(answer.body["errors"][0]["field"], "valid_until");
    }
    let taken = reply_until(&world, &conversation, "1", 60).await;
    assert!(taken.body["valid_until"].is_string(), "{}", taken.body);
    world.settle().await;
    assert_eq!(world.message(&taken.body["id"]).await["status"], "read");
}
