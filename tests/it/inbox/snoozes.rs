//! What is put off: out of the lists until its time or until the customer writes, and told when it is back.
use std::time::Duration;

use serde_json::{Value, json};

use super::{act, problem};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now};

fn at(seconds: i64) -> String {
    domain::Time::from_seconds(seconds).to_string()
}

async fn ids(world: &World, query: &str) -> Vec<Value> {
    world.conversations(query).await.iter().map(|conversation| conversation["id"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_comes_back_at_its_time_and_once() {
    let world = World::start().await;
    let (ann, bob) = (world.wrote(ANN, "wamid.1").await, world.wrote(BOB, "wamid.2").await);
    let until = now() + 8;
    let off = world.post(&act(&ann, "/snooze"), json!({"until": at(until)})).await;
    assert_eq!((off.status, &off.body["snoozed_until"]), (200, &json!(at(until))), "{}", off.body);
    let later = world.post(&act(&bob, "/snooze"), json!({"minutes": 90})).await;
    assert_eq!(later.status, 200, "{}", later.body);
    world.settle().await;
    assert!(ids(&world, "").await.is_empty() && ids(&world, "?view=all_unreplied").await.is_empty());
    assert_eq!(ids(&world, "?snoozed=true").await.len(), 2);
    assert_eq!(world.stack.tick("due-tasks").await.unwrap()["unsnoozed"], 0, "not before its time");

    while now() < until {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(ids(&world, "").await, [ann["id"].clone()], "a list goes by the clock");
    assert_eq!(ids(&world, "?snoozed=true").await, [bob["id"].clone()]);
    for expected in [1, 0] {
        assert_eq!(world.stack.tick("due-tasks").await.unwrap()["unsnoozed"], expected);
        world.settle().await;
    }
    let woken = world.events("conversation.woken").await;
    assert_eq!(woken.len(), 1, "{woken:?}");
    assert_eq!(woken[0]["conversation_id"], ann["id"]);
    assert_eq!(woken[0]["data"], json!({"until": at(until), "reason": "time", "by": null}));
    assert_eq!(world.events("conversation.snoozed").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_the_customer_brings_it_back() {
    let world = World::start().await;
    let ann = world.wrote(ANN, "wamid.1").await;
    assert_eq!(world.post(&act(&ann, "/snooze"), json!({"minutes": 60})).await.status, 200);
    world.settle().await;
    // Meta's times are whole seconds.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let webhook = world.text_webhook(ANN, "wamid.2", "Are you there?");
    world.deliver_and_settle(&webhook).await;
    assert_eq!(ids(&world, "").await, [ann["id"].clone()]);
    assert!(ids(&world, "?snoozed=true").await.is_empty());
    let woken = world.events("conversation.woken").await;
    assert_eq!(
        woken.iter().map(|event| event["data"]["reason"].clone()).collect::<Vec<_>>(),
        [json!("customer_wrote")]
    );
    // P1: the same message again is no news to whoever puts the conversation off now.
    assert_eq!(world.post(&act(&ann, "/snooze"), json!({"minutes": 60})).await.status, 200);
    world.deliver_and_settle(&webhook).await;
    assert!(ids(&world, "").await.is_empty());
    assert_eq!(world.events("conversation.woken").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_put_off_anew_taken_back_and_closed() {
    let world = World::start().await;
    let ann = world.wrote(ANN, "wamid.1").await;
    let soon = now() + 6;
    assert_eq!(world.post(&act(&ann, "/snooze"), json!({"until": at(soon)})).await.status, 200);
    assert_eq!(world.post(&act(&ann, "/snooze"), json!({"minutes": 60})).await.status, 200);
    while now() < soon {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(world.stack.tick("due-tasks").await.unwrap()["unsnoozed"], 0, "the later time holds");
    assert!(ids(&world, "").await.is_empty());
    let back = world.call("DELETE", &act(&ann, "/snooze"), None).await;
    assert_eq!((back.status, &back.body["snoozed_until"]), (200, &Value::Null));
    assert_eq!(ids(&world, "").await, [ann["id"].clone()]);
    assert_eq!(world.post(&act(&ann, "/snooze"), json!({"minutes": 60})).await.status, 200);
    let closed = world.call("POST", &act(&ann, "/close"), None).await;
    assert_eq!((&closed.body["snoozed_until"], &closed.body["unread"]), (&Value::Null, &json!(0)));
    world.settle().await;
    let woken = world.events("conversation.woken").await;
    let reasons: Vec<&str> = woken.iter().map(|event| event["data"]["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["closed", "taken_back"], "the latest first");
    for odd in [json!({}), json!({"until": at(now() - 5)}), json!({"until": at(soon + 9), "minutes": 5})] {
        let refused = world.post(&act(&ann, "/snooze"), odd).await;
        assert_eq!((refused.status, problem(&refused)), (400, "invalid-input"), "{}", refused.body);
    }
    let refused = world.post(&act(&ann, "/snooze"), json!({"until": at(now() + 400 * 86_400)})).await;
    assert_eq!(problem(&refused), "invalid-input");
}
