//! Answers that get lost, tasks that come twice, limits, rotated tokens, and lists that are read meanwhile.
use local::aws::NewMessage;
use serde_json::json;
use simulator::Fault;

use super::desk::draft;
use crate::world::World;

fn change() -> serde_json::Value {
    json!({"components": [{
        "type": "BODY", "text": "Your order {{1}} waits for you at the desk.", "example": {"body_text": [["4711"]]},
    }]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_whose_answer_is_lost_is_found_again() {
    for fault in [Fault::Reset { accepted: true }, Fault::BadGateway { accepted: true }, Fault::error(1)] {
        let world = World::start().await;
        world.fail_templates(fault.clone(), 1);
        let made = world.make_template(draft(&world, "lost")).await;
        assert_eq!(
            (&made["status"], &made["order"]["state"]),
            (&json!("APPROVED"), &json!("done")),
            "{fault:?}: {made}"
        );
        assert_eq!(world.names_at_meta(), ["lost"], "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_whose_answer_is_lost_counts_once() {
    let world = World::start().await;
    let made = world.make_template(draft(&world, "lost")).await;
    world.fail_templates(Fault::Reset { accepted: true }, 1);
    assert_eq!(world.change_template(&made["id"], change()).await.status, 200);
    world.settle().await;
    let now = world.template(&made["id"]).await;
    assert_eq!(now["order"]["state"], "done", "Meta would refuse a second one within a day: {now}");
    assert_eq!(now["components"][0]["text"], "Your order {{1}} waits for you at the desk.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_whose_answer_is_lost_is_done() {
    let world = World::start().await;
    let made = world.make_template(draft(&world, "lost")).await;
    world.fail_templates(Fault::BadGateway { accepted: true }, 1);
    assert_eq!(world.delete_template(&made["id"], "").await.status, 200);
    world.settle().await;
    let now = world.template(&made["id"]).await;
    assert_eq!((&now["status"], &now["order"]["state"]), (&json!("DELETED"), &json!("done")), "{now}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_waited_for_and_an_outage_is_told_in_the_end() {
    let world = World::start().await;
    world.fail_templates(Fault::error(80_007), 2);
    let made = world.make_template(draft(&world, "patient")).await;
    assert_eq!(made["order"]["state"], "done", "{made}");

    world.fail_templates(Fault::error(2), 1000);
    let made = world.make_template(draft(&world, "given_up")).await;
    assert_eq!((&made["status"], &made["order"]["state"]), (&json!("REFUSED"), &json!("refused")), "{made}");
    assert!(made["order"]["problem"]["details"].as_str().unwrap().contains("Meta refused: 2"), "{made}");
    world.simulator().clear_faults();
    let again = world.make_template(draft(&world, "given_up")).await;
    assert_eq!(again["status"], "APPROVED", "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_is_read_again() {
    let world = World::start().await;
    world.make_template(draft(&world, "before")).await;
    world.revoke_token("another-token");
    world.store_token("another-token");
    let made = world.make_template(draft(&world, "after")).await;
    assert_eq!(made["order"]["state"], "done", "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_comes_twice_is_carried_out_once() {
    let world = World::start().await;
    let made = world.make_template(draft(&world, "twice")).await;
    let calls = world.simulator().templates();
    let queue = world.stack.template().queues.values().find(|queue| queue.logical_id == "TemplateSyncQueue").unwrap();
    let body = json!({"type": "template_order_v1", "template_id": made["id"], "number": 1}).to_string();
    world.stack.aws().sqs().send(&queue.arn, &NewMessage { body, ..NewMessage::default() }).unwrap();
    world.settle().await;
    assert_eq!(world.simulator().templates(), calls);
    assert_eq!(world.template(&made["id"]).await, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_meanwhile_neither_hides_what_is_made_nor_brings_back_what_is_deleted() {
    let world = World::start().await;
    let old = world.make_template(draft(&world, "old")).await;
    // The list is answered late: what it says was true when it was asked for.
    world.fail_templates(Fault::Slow { delay_ms: 1500 }, 1);
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    let ordered = world.order_template(draft(&world, "new")).await;
    assert_eq!(world.delete_template(&old["id"], "").await.status, 200);
    world.settle().await;
    assert_eq!(world.template(&ordered["id"]).await["status"], "APPROVED");
    assert_eq!(world.template(&old["id"]).await["status"], "DELETED");
}
