//! Statuses: early, late, doubled, skipped and out of order (P16, P17, P18).
use serde_json::{Value, json};
use simulator::{Fault, PlannedStatus, Status, StatusPlan};

use super::people::INBOUND_APPLY;
use crate::world::World;
use crate::world::webhooks::{ANN, now, status};

/// What Meta tells, and what is then shown: the status, all statuses, and the codes of errors.
type Case = (&'static str, Vec<PlannedStatus>, &'static str, &'static [&'static str], &'static [i64]);

fn told(status: Status) -> PlannedStatus {
    PlannedStatus::from(status)
}

fn codes(message: &Value) -> Vec<i64> {
    message["errors"].as_array().unwrap().iter().map(|error| error["code"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_arrives_before_the_answer_is_kept() {
    let world = World::start().await;
    let conversation = world.met(ANN).await;
    let plan = StatusPlan::of([told(Status::Sent).before_answer(), told(Status::Delivered).before_answer()]);
    world.simulator().add_plan(plan);
    let message = world.reply_and_settle(&conversation, "Welcome").await;
    assert_eq!((&message["state"], &message["status"]), (&json!("accepted"), &json!("delivered")));
    assert_eq!(message["wamid"].as_str(), world.received_by(ANN)[0].wamid());
    assert_eq!(world.received_by(ANN).len(), 1);
}

/// Without our id it can only be matched once the answer has brought the wamid: it waits for that.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_without_our_id_that_arrives_before_the_answer_is_matched_by_its_wamid() {
    // It comes again every two seconds, and waits for the answer up to the third time: the first is before the answer, and the
    // second, which is held, after it.
    let world = World::with(|options| options.time_scale = 30).await;
    let conversation = world.met(ANN).await;
    world.simulator().set_default_plan(StatusPlan::none());
    world.simulator().add_fault(Fault::Slow { delay_ms: 8_000 });
    let queued = world.reply(&conversation, "Welcome").await;
    world.until(|| !world.received_by(ANN).is_empty()).await;
    let wamid = world.received_by(ANN)[0].wamid().unwrap().to_owned();
    world.calls_of(INBOUND_APPLY);
    world.deliver(&world.status_webhook(status(&wamid, ANN, "delivered", now()))).await;
    world.until(|| world.calls_of(INBOUND_APPLY) > 0).await;
    let held = world.stack.hold(INBOUND_APPLY);
    let early = world.message(&queued.body["id"]).await;
    assert_eq!((&early["state"], &early["status"]), (&json!("queued"), &Value::Null));
    world.settle().await;
    drop(held);
    world.settle().await;
    let message = world.message(&queued.body["id"]).await;
    assert_eq!((&message["state"], &message["status"]), (&json!("accepted"), &json!("delivered")));
    assert!(world.events("status.unmatched").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_a_message_that_is_not_ours_is_kept() {
    let world = World::start().await;
    world.met(ANN).await;
    world.deliver_and_settle(&world.status_webhook(status("wamid.elsewhere", ANN, "read", now()))).await;
    let kept = world.events("status.unmatched").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["data"]["raw"]["id"], "wamid.elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_show_the_furthest_whatever_is_skipped_doubled_or_out_of_order() {
    use Status::{Delivered, Failed, Played, Read, Sent};
    let failed = |code| told(Failed).code(code);
    let plans: [Case; 9] = [
        ("in order", vec![told(Sent), told(Delivered).after_ms(30)], "delivered", &["delivered", "sent"], &[]),
        ("skipped", vec![told(Read)], "read", &["read"], &[]),
        (
            "backwards",
            vec![told(Read), told(Delivered).after_ms(30), told(Sent).after_ms(60)],
            "read",
            &["delivered", "read", "sent"],
            &[],
        ),
        ("doubled", vec![told(Sent).copies(3), told(Delivered).copies(2)], "delivered", &["delivered", "sent"], &[]),
        ("a late sent", vec![told(Delivered), told(Sent).after_ms(300)], "delivered", &["delivered", "sent"], &[]),
        ("played", vec![told(Played), told(Read).after_ms(30)], "played", &["played", "read"], &[]),
        // P17: both facts are kept, and what was delivered stays delivered.
        (
            "failed after delivered",
            vec![told(Delivered), failed(131_026).after_ms(30)],
            "delivered",
            &["delivered", "failed"],
            &[131_026],
        ),
        (
            "delivered after failed",
            vec![failed(131_026), told(Delivered).after_ms(30)],
            "delivered",
            &["delivered", "failed"],
            &[131_026],
        ),
        (
            "sent after failed",
            vec![failed(131_053), told(Sent).after_ms(30)],
            "failed",
            &["failed", "sent"],
            &[131_053],
        ),
    ];
    let world = World::start().await;
    let conversation = world.met(ANN).await;
    for (name, statuses, shown, all, errors) in plans {
        for aggregated in [false, true] {
            let plan = StatusPlan::of(statuses.clone());
            world.simulator().add_plan(if aggregated { plan.aggregated() } else { plan });
            let message = world.reply_and_settle(&conversation, name).await;
            assert_eq!(message["state"], "accepted", "{name}");
            assert_eq!(message["status"], shown, "{name}: {message}");
            let told: Vec<&String> = message["statuses"].as_object().unwrap().keys().collect();
            assert_eq!(told, all, "{name}");
            assert_eq!(codes(&message), errors, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_we_do_not_know_is_kept_beside_the_others() {
    let world = World::start().await;
    let conversation = world.met(ANN).await;
    world.simulator().add_plan(StatusPlan::of([told(Status::Delivered)]));
    let message = world.reply_and_settle(&conversation, "Welcome").await;
    let odd = status(message["wamid"].as_str().unwrap(), ANN, "teleported", now());
    world.deliver_and_settle(&world.status_webhook(odd)).await;
    let message = world.message(&message["id"]).await;
    assert_eq!(message["status"], "delivered");
    assert!(message["statuses"]["teleported"].is_string(), "{message}");
}
