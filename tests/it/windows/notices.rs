//! `window.closing`: once for each end, a settable time before it, to nobody who was answered (P39).
use serde_json::json;

use super::{DAY, HOUR};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_window_is_told_once_to_whoever_waits() {
    let world = World::hasty().await;
    let at = now() - DAY + HOUR;
    world.deliver_and_settle(&world.written(ANN, "wamid.1", at, "Hello")).await;
    let conversation = world.conversation_with(ANN).await;
    world.closes_in(BOB, "wamid.2", 3 * HOUR).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 1);
    let events = world.events("window.closing").await;
    assert_eq!(events.len(), 1, "not yet Bob's: {events:?}");
    let (event, data) = (&events[0], &events[0]["data"]);
    assert_eq!(event["conversation_id"], conversation["id"]);
    assert_eq!(
        (&data["closes_at"], &data["waiting_since"]),
        (&conversation["window"]["closes_at"], &conversation["waiting_since"])
    );
    let remaining = data["remaining_seconds"].as_i64().unwrap();
    assert!((HOUR - 60..=HOUR).contains(&remaining), "{remaining}");

    // Twice, after a restart, with a duplicate of the message: it was told.
    world.deliver_and_settle(&world.written(ANN, "wamid.1", at, "Hello")).await;
    for _ in 0..2 {
        assert_eq!(world.windows_are_looked_at().await["noticed"], 0);
    }
    assert_eq!(world.events("window.closing").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_or_a_closed_conversation_cancels_it() {
    let world = World::hasty().await;
    let (ann, bob) = (world.closes_in(ANN, "wamid.1", HOUR).await, world.closes_in(BOB, "wamid.2", HOUR).await);
    world.reply_and_settle(&ann, "Welcome").await;
    let path = format!("/v1/conversations/{}/close", bob["id"].as_str().unwrap());
    assert_eq!(world.post(&path, json!({})).await.status, 200);
    let cara = "16505550103";
    world.closes_in(cara, "wamid.3", HOUR).await;
    let mut echo = text("15550100200", "wamid.e", now() - 5, "From the phone");
    echo["to"] = json!(cara);
    let echoes = world.value(json!({"message_echoes": [echo]}));
    let body = crate::world::webhooks::entry(&world, &[("smb_message_echoes", echoes)]);
    world.deliver_and_settle(&crate::world::webhooks::webhook(&[body])).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 3, "their time has come");
    assert!(world.events("window.closing").await.is_empty(), "but nobody waits");
}

/// The window lasts longer then: there is one notice to come, for the new end, and the former end is none any more.
#[tokio::test(flavor = "multi_thread")]
async fn another_message_replaces_it() {
    let world = World::hasty().await;
    world.closes_in(ANN, "wamid.1", 3).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 1);
    world.deliver_and_settle(&world.written(ANN, "wamid.2", now(), "Hello?")).await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let report = world.windows_are_looked_at().await;
    let done = (&report["extended"], &report["noticed"], &report["closed"]);
    assert_eq!(done, (&json!(1), &json!(0), &json!(0)));
    assert_eq!(world.windows_are_looked_at().await["extended"], 0, "it lies where it belongs");
    let kinds = ["window.opening", "window.closing", "window.closed"];
    let mut told = Vec::new();
    for kind in kinds {
        told.push(world.events(kind).await.len());
    }
    assert_eq!(told, [1, 1, 0], "it is the same window");
}

/// A message that was long on its way moves the end by little: the new one is told in its time, and once.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_message_has_a_notice_of_its_own_end() {
    let world = World::hasty().await;
    world.closes_in(ANN, "wamid.1", HOUR).await;
    world.windows_are_looked_at().await;
    let conversation = world.closes_in(ANN, "wamid.2", 2 * HOUR - 60).await;
    for noticed in [1, 0] {
        assert_eq!(world.windows_are_looked_at().await["noticed"], noticed);
    }
    // One that was overtaken changes nothing.
    world.closes_in(ANN, "wamid.3", HOUR + 60).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 0);
    let told = world.events("window.closing").await;
    let of_end = |event: &&serde_json::Value| event["data"]["closes_at"] == conversation["window"]["closes_at"];
    assert_eq!((told.len(), told.iter().filter(of_end).count()), (2, 1));
}

/// The setting holds for windows that are open already.
#[tokio::test(flavor = "multi_thread")]
async fn its_time_is_the_settings_as_they_are() {
    let world = World::hasty().await;
    world.settle_on(json!({"window": {"closing_notice_minutes": 0}})).await;
    world.closes_in(ANN, "wamid.1", HOUR).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 0, "0: never");
    world.settle_on(json!({"window": {"closing_notice_minutes": 30}})).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 0, "not yet");
    world.settle_on(json!({"window": {"closing_notice_minutes": 61}})).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 1);
    assert_eq!(world.events("window.closing").await.len(), 1);
    let told = world.events("settings.updated").await;
    assert_eq!((told.len(), &told[0]["data"]["sections"]), (3, &json!(["window"])));
}

/// After its notice a window that is extended is found before its former end, where the notice is longer than half a window.
#[tokio::test(flavor = "multi_thread")]
async fn a_notice_of_almost_a_day_comes_in_time_again() {
    let world = World::hasty().await;
    world.settle_on(json!({"window": {"closing_notice_minutes": 23 * 60}})).await;
    world.closes_in(ANN, "wamid.1", 22 * HOUR).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 1);
    world.closes_in(ANN, "wamid.2", 23 * HOUR - 60).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 1);
    assert_eq!(world.events("window.closing").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_look_tells_no_end_that_is_past() {
    let world = World::hasty().await;
    world.closes_in(ANN, "wamid.1", 2).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let report = world.windows_are_looked_at().await;
    assert_eq!((&report["closed"], &report["noticed"]), (&json!(1), &json!(0)));
    assert!(world.events("window.closing").await.is_empty());
    assert_eq!(world.events("window.closed").await[0]["data"]["reason"], "expired");
    // What it was told before stands, and it closes all the same.
    world.closes_in(BOB, "wamid.2", 3).await;
    assert_eq!(world.windows_are_looked_at().await["noticed"], 1);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert_eq!(world.windows_are_looked_at().await["closed"], 1);
    assert_eq!((world.events("window.closing").await.len(), world.events("window.closed").await.len()), (1, 2));
}
