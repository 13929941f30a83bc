//! Bodies with many parts, and bodies that come more than once: every part is applied, and applied once (P1, P3, P4).
use serde_json::{Value, json};
use simulator::{StatusPlan, Verbatim};

use super::people::number;
use super::portrait::portrait;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, contact, entry, now, status, text, webhook};

const CHANGES: usize = 6;

/// Six customers, one for each change, to each of whom an answer went out of which no status came yet.
async fn six_customers() -> (World, Vec<Value>) {
    let world = World::start().await;
    world.simulator().set_default_plan(StatusPlan::none());
    let mut answers = Vec::new();
    for customer in 0..CHANGES {
        let conversation = world.met(&number(customer)).await;
        answers.push(world.reply_and_settle(&conversation, "Welcome").await);
    }
    (world, answers)
}

/// 3 entries × 2 changes × (2 messages + 2 statuses).
fn full_body(world: &World, answers: &[Value], at: i64) -> Value {
    let change = |customer: usize| {
        let wa_id = number(customer);
        let wamid = answers[customer]["wamid"].as_str().unwrap();
        let message =
            |part: usize| text(&wa_id, &format!("wamid.{wa_id}.{part}"), at + part as i64, &format!("{part}"));
        // Every other change carries our own id, the others are matched by the wamid (P18).
        let mut statuses = [status(wamid, &wa_id, "delivered", at), status(wamid, &wa_id, "sent", at)];
        if customer.is_multiple_of(2) {
            statuses.iter_mut().for_each(|status| status["biz_opaque_callback_data"] = answers[customer]["id"].clone());
        }
        world.value(json!({
            "contacts": [contact(&wa_id, &wa_id)], "messages": [message(1), message(2)], "statuses": statuses,
        }))
    };
    let two = |first: usize| entry(world, &[("messages", change(first)), ("messages", change(first + 1))]);
    webhook(&[two(0), two(2), two(4)])
}

async fn assert_all_of_it(world: &World, answers: &[Value]) {
    for (customer, answer) in answers.iter().enumerate() {
        let wa_id = number(customer);
        assert_eq!(world.texts(&wa_id).await, ["Hello", "1", "2", "Welcome"], "customer {customer}");
        let answer = world.message(&answer["id"]).await;
        assert_eq!(answer["status"], "delivered", "customer {customer}");
        assert_eq!(answer["statuses"].as_object().unwrap().len(), 2, "customer {customer}");
        assert_eq!(world.conversation_with(&wa_id).await["unread"], 2, "customer {customer}");
    }
    assert_eq!(world.conversations("").await.len(), CHANGES);
    assert!(world.events("webhook.kept").await.is_empty());
    assert!(world.events("status.unmatched").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn three_entries_with_two_changes_with_two_messages_and_two_statuses_are_all_applied() {
    let (world, answers) = six_customers().await;
    let body = full_body(&world, &answers, now() - 60);
    world.deliver_and_settle(&body).await;
    assert_all_of_it(&world, &answers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_body_five_times_at_once_is_applied_once() {
    let (world, answers) = six_customers().await;
    let body = full_body(&world, &answers, now() - 60);
    assert_eq!(world.post_webhook(Verbatim::new(body).times(5)).await, [200; 5]);
    world.settle().await;
    assert_all_of_it(&world, &answers).await;
}

/// The queue knows a duplicate for five minutes; an entry's time makes it take the same atoms for others.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_body_again_after_the_queue_has_forgotten_it_changes_nothing() {
    let (world, answers) = six_customers().await;
    let body = full_body(&world, &answers, now() - 60);
    let dated = |time: i64| {
        let mut body = body.clone();
        body["entry"].as_array_mut().unwrap().iter_mut().for_each(|entry| entry["time"] = json!(time));
        body
    };
    let bodies: Vec<Value> = (1..=5).map(dated).collect();
    futures::future::join_all(bodies.iter().map(|body| world.deliver(body))).await;
    world.settle().await;
    assert_all_of_it(&world, &answers).await;
    let mut before = Vec::new();
    for customer in 0..CHANGES {
        before.push(portrait(&world, &number(customer)).await);
    }

    // After an answer the messages come again: they stay answered.
    let conversation = world.conversation_with(&number(0)).await;
    world.reply_and_settle(&conversation, "Yes").await;
    world.deliver_and_settle(&dated(6)).await;
    let conversation = world.conversation_with(&number(0)).await;
    assert_eq!((&conversation["unread"], &conversation["waiting_since"]), (&json!(0), &Value::Null));
    for (customer, before) in before.iter().enumerate().skip(1) {
        assert_eq!(portrait(&world, &number(customer)).await, *before);
    }
}

/// P4: in one value, nothing waits for anything else.
#[tokio::test(flavor = "multi_thread")]
async fn messages_statuses_and_errors_of_one_value_are_each_applied() {
    let world = World::start().await;
    world.simulator().set_default_plan(StatusPlan::none());
    let conversation = world.met(ANN).await;
    let answer = world.reply_and_settle(&conversation, "Welcome").await;
    let value = world.value(json!({
        "contacts": [contact(BOB, "Bob Birch")],
        "errors": [{"code": 130_429, "title": "Rate limit hit", "message": "Rate limit hit"}],
        "messages": [text(BOB, "wamid.bob", now(), "Hi")],
        "statuses": [status(answer["wamid"].as_str().unwrap(), ANN, "read", now())],
    }));
    world.deliver_and_settle(&world.messages_webhook(value)).await;

    assert_eq!(world.texts(BOB).await, ["Hi"]);
    assert_eq!(world.contact_with(BOB).await["name"], "Bob Birch");
    assert_eq!(world.message(&answer["id"]).await["status"], "read");
    let kept = world.events("channel.error").await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["data"]["kind"], "value_error");
    assert_eq!(kept[0]["data"]["raw"]["code"], 130_429);
}
