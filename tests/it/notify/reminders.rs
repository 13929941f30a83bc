//! Put off, and back at its time: not before it, once, also after a restart.
use std::time::Duration;

use domain::Time;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::World;
use crate::world::people::Person;
use crate::world::webhooks::{ANN, now};

/// So many seconds from now.
fn ahead(seconds: i64) -> Value {
    json!(Time::from_seconds(now() + seconds).to_string())
}

async fn waiting(world: &World) -> (Person, Value) {
    let uma = world.hire_agent("Uma").await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    world.asks(ANN, "wamid.2").await;
    let one = world.unopened_by(&uma).await.remove(0);
    (uma, one)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_away_until_its_time_and_comes_once() {
    let world = World::start().await;
    let (uma, one) = waiting(&world).await;
    let until = ahead(3);
    let away = world.handles(&uma, &one, "snooze", Some(json!({"until": until}))).await;
    assert_eq!((away.status, &away.body["state"], &away.body["remind_at"]), (200, &json!("snoozed"), &until));
    assert_eq!(world.minute_passes().await["reminded"], 0, "not before its time");
    world.asks(ANN, "wamid.3").await;
    assert!(world.unopened_by(&uma).await.is_empty(), "a message meanwhile leaves it away");
    tokio::time::sleep(Duration::from_secs(4)).await;
    let (first, second) = tokio::join!(world.stack.tick("due-tasks"), world.stack.tick("due-tasks"));
    let reminded = first.unwrap()["reminded"].as_u64().unwrap() + second.unwrap()["reminded"].as_u64().unwrap();
    assert_eq!(reminded, 1, "two looks at once remind once");
    world.settle().await;
    let back = world.unopened_by(&uma).await.remove(0);
    assert_eq!((&back["count"], &back["reminders"], &back["remind_at"]), (&json!(2), &json!(1), &json!(null)));
    world.asks(ANN, "wamid.4").await;
    assert_eq!(world.unopened_by(&uma).await[0]["count"], 3, "it counts up after a reminder too");
    assert_eq!(world.minute_passes().await["reminded"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn minutes_and_hours_are_from_now() {
    let world = World::start().await;
    let (uma, one) = waiting(&world).await;
    for (body, seconds) in [(json!({"minutes": 5}), 300), (json!({"hours": 2}), 7200)] {
        let before = now();
        let away = world.handles(&uma, &one, "snooze", Some(body)).await;
        let at = Time::parse(away.body["remind_at"].as_str().unwrap()).unwrap().seconds();
        assert!((before + seconds..=now() + seconds).contains(&at), "{}", away.body);
    }
    for (body, field) in [
        (json!({}), "body"),
        (json!({"minutes": 5, "hours": 1}), "body"),
        (json!({"until": ahead(-60)}), "until"),
        (json!({"until": ahead(400 * 86_400)}), "until"),
        (json!({"minutes": 0}), "minutes"),
    ] {
        let answer = world.handles(&uma, &one, "snooze", Some(body.clone())).await;
        assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (400, &json!(field)), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_of_use_only_if_nobody_answered_goes_by_itself() {
    let world = World::start().await;
    let (uma, one) = waiting(&world).await;
    let conversation = world.conversation_with(ANN).await;
    for (only_if_unanswered, is_answered, state) in
        [(true, false, "unopened"), (true, true, "dismissed"), (false, true, "unopened")]
    {
        if is_answered {
            world.reply_and_settle(&conversation, "Welcome").await;
        }
        let body = json!({"until": ahead(2), "only_if_unanswered": only_if_unanswered});
        assert_eq!(world.handles(&uma, &one, "snooze", Some(body)).await.status, 200);
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(world.minute_passes().await["reminded"], 1);
        assert_eq!(world.notices(&uma, state, "message").await.len(), 1, "{only_if_unanswered} {is_answered}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_outlives_a_restart() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().to_owned();
    let (uma, key);
    {
        let world = World::with(|options| options.data = Some(data.clone())).await;
        let (person, one) = waiting(&world).await;
        let away = world.handles(&person, &one, "snooze", Some(json!({"until": ahead(4)}))).await;
        assert_eq!(away.status, 200, "{}", away.body);
        (uma, key) = (person.id, person.key);
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    let world = World::with(|options| options.data = Some(data)).await;
    let uma = Person { id: uma, key };
    assert!(world.unopened_by(&uma).await.is_empty());
    assert_eq!(world.minute_passes().await["reminded"], 1);
    assert_eq!(world.unopened_by(&uma).await[0]["reminders"], 1);
}
