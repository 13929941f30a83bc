//! Throttled, failing and forgetful services: whatever they do to a call, the work is done in the end, and a caller is
//! told the truth.
use local::aws::{Fault, FaultAction};
use serde_json::{Value, json};
use simulator::Verbatim;

use super::people::{API, EVENT_RELAY, INBOUND_APPLY, MESSAGE_SEND, WEBHOOK_INGEST, number};
use crate::world::World;
use crate::world::webhooks::{ANN, now};

/// All that a service may do to a call without the function noticing more than an error.
const MISHAPS: [FaultAction; 4] = [
    FaultAction::Throttle,
    FaultAction::ServerError,
    FaultAction::DropBeforeExecuting,
    FaultAction::DropAfterExecuting,
];

fn arm(world: &World, function: &str, action: FaultAction, times: u32) {
    world.stack.aws().faults().add(Fault::new(function, action).times(times));
}

/// 200 only for what is stored: an error that lasts is a 5xx, and Meta comes again.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_answered_200_only_when_it_is_stored() {
    let world = World::hasty().await;
    let mut expected = Vec::new();
    for (index, action) in MISHAPS.into_iter().enumerate() {
        // A call is tried three times.
        for (times, statuses) in [(1, [200].as_slice()), (2, &[200]), (3, &[500, 200]), (7, &[500, 500, 200])] {
            let said = format!("{index} {times}");
            let body = world.written(ANN, &format!("wamid.{said}"), now() - 60 + expected.len() as i64, &said);
            arm(&world, WEBHOOK_INGEST, action, times);
            for status in statuses {
                let answered = world.post_webhook(Verbatim::new(body.clone())).await;
                assert_eq!(answered, [*status], "{action:?} {times} times");
                if *status != 200 && action != FaultAction::DropAfterExecuting {
                    world.settle().await;
                    let seen = world.find_conversation(ANN).await.is_some();
                    assert!(!seen || !world.texts(ANN).await.contains(&said), "refused and yet stored");
                }
            }
            assert!(world.stack.aws().faults().pending().is_empty());
            expected.push(said);
        }
    }
    world.settle().await;
    assert_eq!(world.texts(ANN).await, expected);
    assert_eq!(world.conversation_with(ANN).await["unread"], expected.len());
}

/// Each function meets more failures than its own tries can bear.
#[tokio::test(flavor = "multi_thread")]
async fn the_work_is_done_in_the_end_whatever_the_services_do() {
    let world = World::hasty().await;
    for (customer, action) in MISHAPS.into_iter().enumerate() {
        let wa_id = number(customer);
        arm(&world, INBOUND_APPLY, action, 6);
        arm(&world, EVENT_RELAY, action, 6);
        let conversation = world.met(&wa_id).await;
        arm(&world, MESSAGE_SEND, action, 6);
        let message = world.reply_and_settle(&conversation, "Welcome").await;
        assert!(world.stack.aws().faults().pending().is_empty(), "{action:?} was not met: it tests nothing");
        assert_eq!(world.texts(&wa_id).await, ["Hello", "Welcome"]);
        let (state, received) = (message["state"].as_str().unwrap(), world.received_by(&wa_id).len());
        // A claim whose answer was lost is a doubt: nobody knows whether Meta was called.
        match action {
            FaultAction::DropAfterExecuting if received == 0 => assert_eq!(state, "in_doubt"),
            _ => assert_eq!((state, received), ("accepted", 1), "{action:?}"),
        }
        assert_eq!(world.conversation_with(&wa_id).await["unread"], 0);
    }
    let told = |events: Vec<Value>| events.len();
    assert_eq!(told(world.events("contact.created").await), MISHAPS.len());
    assert_eq!(told(world.events("window.opening").await), MISHAPS.len());
}

/// The API says 503 where it could not do its work; the same request again, with its key, does it once.
#[tokio::test(flavor = "multi_thread")]
async fn the_api_says_what_it_could_not_do_and_does_it_once_when_asked_again() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    for (index, action) in MISHAPS.into_iter().enumerate() {
        let message = json!({
            "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
            "type": "text", "text": {"body": index.to_string()},
        });
        let ask = async || {
            let (key, message) = (format!("key-{index}"), Some(message.clone()));
            world.call_as(world.stack.admin_key(), "POST", "/v1/messages", message, Some(&key)).await
        };
        arm(&world, API, action, 4);
        let refused = ask().await;
        assert_eq!(refused.status, 503, "{}", refused.body);
        assert!(refused.body["type"].as_str().unwrap().ends_with("unavailable"), "{}", refused.body);
        world.stack.aws().faults().clear();
        let (first, again) = (ask().await, ask().await);
        assert_eq!((first.status, again.status), (202, 202));
        assert_eq!(first.body["id"], again.body["id"]);
        world.settle().await;
    }
    assert_eq!(world.texts(ANN).await, ["Hello", "0", "1", "2", "3"]);
    assert_eq!(world.received_by(ANN).len(), MISHAPS.len());
}

/// The functions beside the main path: a run that failed is made good by the next one, or by the queue.
#[tokio::test(flavor = "multi_thread")]
async fn windows_templates_and_adjustments_are_done_in_the_end() {
    let world = World::hasty().await;
    world.deliver_and_settle(&world.written(ANN, "wamid.1", now() - 24 * 3600 + 2, "Hello")).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    for (index, action) in MISHAPS.into_iter().enumerate() {
        arm(&world, "WindowExpiryFunction", action, 5);
        arm(&world, "TemplateSyncFunction", action, 6);
        arm(&world, "CreditTopupFunction", action, 6);
        // A failure is told: by an error, or by the count of what was not closed.
        if let Ok(report) = world.stack.tick("window-expiry").await {
            assert!(index > 0 || report["closed"] == 0 || report["failed"] == 0, "{report}");
        }
        let grant = json!({"amount_micros": 1_000_000, "currency": "EUR", "reason": "Goodwill"});
        assert_eq!(world.post("/v1/credits/adjustments", grant).await.status, 202);
        assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
        world.settle().await;
        world.stack.aws().faults().clear();
        let balance = world.get("/v1/credits").await;
        assert_eq!(balance["posted_micros"], 1_000_000 * (index as i64 + 1), "{action:?}");
        let syncs = world.get("/v1/templates/syncs").await;
        assert_eq!(syncs["items"][0]["state"], "done", "{action:?}: {syncs}");
    }
    world.stack.tick("window-expiry").await.unwrap();
    world.settle().await;
    assert_eq!(world.events("window.closed").await.len(), 1);
    assert_eq!(world.events("credits.booked").await.len(), MISHAPS.len());
}

/// Whoever did claim the message and was not told so knows its own mark, and goes on: nothing is in doubt.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_of_the_claim_s_own_write_is_no_doubt() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    // Of all its writes: the claim, the outcome, whatever else there is.
    for nth in 1..=2 {
        let fault = Fault::new(MESSAGE_SEND, FaultAction::DropAfterExecuting).on("UpdateItem").nth(nth);
        world.stack.aws().faults().add(fault);
        let message = world.reply_and_settle(&conversation, "Welcome").await;
        assert!(world.stack.aws().faults().pending().is_empty(), "write {nth} was met");
        assert_eq!(message["state"], "accepted");
        assert_eq!(world.received_by(ANN).len(), usize::try_from(nth).unwrap());
    }
}
