//! Quiet hours: nothing is pushed in them, and one summary follows.
use serde_json::json;

use super::mail::with_mail;
use crate::world::webhooks::{ANN, BOB, now};

/// `HH:MM` in UTC, so many minutes from now.
fn clock(minutes: i64) -> String {
    domain::Time::from_seconds(now() + 60 * minutes).to_string()[11..16].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_quiet_hours_is_told_at_their_end_at_once() {
    let world = with_mail().await;
    let uma = world.hire_agent("Uma").await;
    let every_day = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    // They end with the next minute that has some seconds left before it.
    let seconds_left = 60 - now() % 60;
    let end = if seconds_left > 25 { 1 } else { 2 };
    world
        .wants(
            &uma,
            json!({
                "ways": {"message": ["email"]},
                "quiet_hours": {"time_zone": "UTC", "days": every_day, "from": clock(-60), "to": clock(end)},
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
