//! Cancelling what waits: it is cancelled or sent, never both.
use serde_json::json;

use super::{SOON, is};
use crate::texts::problem;
use crate::world::World;
use crate::world::webhooks::{ANN, now};

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_message_never_goes() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let due = now() + SOON;
    let id = world.scheduled(&conversation, "never", due, json!({})).await;
    let cancelled = world.cancel(&id).await;
    assert_eq!((cancelled.status, &cancelled.body["state"]), (200, &json!("cancelled")), "{}", cancelled.body);
    assert_eq!(world.cancel(&id).await.status, 200, "once more changes nothing");
    world.settle().await;
    world.comes(due).await;
    assert_eq!(world.minute().await["queued"], 0);
    assert!(world.received_by(ANN).is_empty());
    let told = world.events("message.cancelled").await;
    assert_eq!((told.len(), &told[0]["data"]["message_id"]), (1, &id));
    // What went, or goes, is not cancelled any more.
    let sent = world.reply_and_settle(&conversation, "now").await;
    let refused = world.cancel(&sent["id"]).await;
    assert_eq!((refused.status, problem(&refused)), (409, "not-scheduled"), "{}", refused.body);
}

/// Whoever is first wins, and the answer says who was.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_cancelled_or_sent() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let (due, mut ids) = (now() + SOON, Vec::new());
    for body in 0..8 {
        ids.push(world.scheduled(&conversation, &body.to_string(), due, json!({})).await);
    }
    world.comes(due).await;
    let cancel = async {
        let mut cancelled = Vec::new();
        for id in &ids {
            cancelled.push(world.cancel(id).await.status == 200);
        }
        cancelled
    };
    let (run, cancelled) = tokio::join!(world.stack.tick("due-tasks"), cancel);
    run.unwrap();
    world.settle().await;
    for (id, is_cancelled) in ids.iter().zip(&cancelled) {
        let expected = if *is_cancelled { is("cancelled", "") } else { is("accepted", "") };
        assert_eq!(world.outcome(id).await, expected);
    }
    let went = cancelled.iter().filter(|is_cancelled| !**is_cancelled).count();
    assert_eq!(world.received_by(ANN).len(), went);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_out_of_sight_is_not_cancelled() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    let id = world.scheduled(&conversation, "x", now() + 600, json!({})).await;
    let eva = world.hire("Eva", "agent", "own", &[]).await;
    let path = format!("/v1/messages/{}/cancel", id.as_str().unwrap());
    assert_eq!(world.on_behalf(&eva, "POST", &path, None).await.status, 404);
    assert_eq!(world.outcome(&id).await, is("scheduled", ""));
}
