//! Quiet hours: nothing is pushed in them, and one summary follows.
use domain::Time;
use domain::ids::UserId;
use serde_json::{Value, json};
use store::Summary;

use super::mail::with_mail;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now};

const EVERY_DAY: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// `HH:MM` in UTC, so many minutes from now.
fn clock(minutes: i64) -> String {
    Time::from_seconds(now() + 60 * minutes).to_string()[11..16].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_quiet_hours_is_told_at_their_end_at_once() {
    let world = with_mail().await;
    let uma = world.hire_agent("Uma").await;
    // They end with the next minute that has some seconds left before it.
    let seconds_left = 60 - now() % 60;
    let end = if seconds_left > 25 { 1 } else { 2 };
    world
        .wants(
            &uma,
            json!({
                "ways": {"message": ["email"]},
                "quiet_hours": {"time_zone": "UTC", "days": EVERY_DAY, "from": clock(-60), "to": clock(end)},
            }),
        )
        .await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    world.handed(BOB, json!({"user_id": uma.id})).await;
    for (from, wamid) in [(ANN, "wamid.2"), (ANN, "wamid.3"), (BOB, "wamid.4")] {
        world.asks(from, wamid).await;
    }
    assert_eq!(world.unopened_by(&uma).await.len(), 2, "they stand in the list");
    assert_eq!(world.minute_passes().await["summarized"], 0, "not before the end");
    assert!(world.stack.aws().mail().sent().is_empty());
    let left = u64::try_from(60 * (now() / 60 + 3) - now()).unwrap().min(seconds_left as u64 + 60 * (end as u64 - 1));
    tokio::time::sleep(std::time::Duration::from_secs(left + 1)).await;
    assert_eq!(world.minute_passes().await["summarized"], 1);
    assert_eq!(world.minute_passes().await["summarized"], 0);
    let sent = world.stack.aws().mail().sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].subject, "3 messages in 2 conversations");
    // What comes now is told now.
    let one = world.unopened_by(&uma).await.remove(0);
    world.handles(&uma, &one, "open", None).await;
    world.asks(BOB, "wamid.5").await;
    world.asks(ANN, "wamid.6").await;
    assert_eq!(world.stack.aws().mail().sent().len(), 2);
}

/// What waits follows the quiet hours as they are now: longer, shorter, gone.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_their_quiet_hours_is_told_at_their_new_end() {
    let world = with_mail().await;
    let uma = world.hire_agent("Uma").await;
    let (inside, user) = (world.inside().await, UserId::parse(&uma.id).unwrap());
    let this_minute = now() / 60 * 60;
    let end = |hours: i64| Time::from_seconds(this_minute + 3600 * hours);
    let rules = |hours: Option<i64>| {
        let quiet = |hours| {
            let to = end(hours).to_string()[11..16].to_owned();
            json!({"time_zone": "UTC", "days": EVERY_DAY, "from": clock(-60), "to": to})
        };
        json!({"ways": {"message": ["email"]}, "quiet_hours": hours.map_or(Value::Null, quiet)})
    };
    world.wants(&uma, rules(Some(2))).await;
    assert_eq!(inside.store.summary_get(&user).await.unwrap(), None, "nothing waits");
    world.handed(ANN, json!({"user_id": uma.id})).await;
    world.asks(ANN, "wamid.2").await;
    for hours in [2, 4, 1] {
        world.wants(&uma, rules(Some(hours))).await;
        let waits = Summary { user_id: user.clone(), at: end(hours), is_due: false, number: 1 };
        assert_eq!(inside.store.summary_get(&user).await.unwrap(), Some(waits));
        assert_eq!(world.minute_passes().await["summarized"], 0, "not before the end");
        for (later, due) in [(hours, 1), (hours - 1, 0)] {
            assert_eq!(inside.store.summaries_due(end(later), 10).await.unwrap().len(), due, "{hours}");
        }
    }
    assert!(world.stack.aws().mail().sent().is_empty());
    world.wants(&uma, rules(None)).await;
    assert_eq!(world.minute_passes().await["summarized"], 1);
    let sent = world.stack.aws().mail().sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].subject, "1 message in 1 conversation");
    // What was told waits no more.
    world.wants(&uma, rules(Some(2))).await;
    world.wants(&uma, rules(None)).await;
    assert_eq!(world.minute_passes().await["summarized"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_comes_at_the_earliest_end_that_was_planned() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    let (inside, user, start) = (world.inside().await, UserId::parse(&uma.id).unwrap(), now());
    let at = |hours: i64| Time::from_seconds(start + 3600 * hours);
    let waiting = |hours: i64, number: u32| Summary { user_id: user.clone(), at: at(hours), is_due: false, number };
    for (planned, expected) in [(3, 3), (2, 2), (5, 2), (2, 2), (1, 1)] {
        inside.store.summary_plan(&user, at(planned)).await.unwrap();
        let held = inside.store.summary_get(&user).await.unwrap();
        assert_eq!(held, Some(waiting(expected, 1)), "{planned}");
    }
    assert!(inside.store.summaries_due(at(0), 10).await.unwrap().is_empty());
    assert_eq!(inside.store.summaries_due(at(1), 10).await.unwrap(), [waiting(1, 1)]);
    assert!(!inside.store.summary_wake(&waiting(2, 1)).await.unwrap(), "its time was moved");
    assert!(inside.store.summary_wake(&waiting(1, 1)).await.unwrap());
    inside.store.summary_plan(&user, at(4)).await.unwrap();
    assert_eq!(inside.store.summary_get(&user).await.unwrap(), Some(waiting(4, 2)), "what was told is another");
}
