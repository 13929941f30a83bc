//! What a step costs in write units and requests, as the embedded table counts them (DESIGN of the store: README there).
use std::collections::BTreeMap;

use local::aws::Usage;
use serde_json::json;

use crate::world::World;
use crate::world::webhooks::{ANN, contact, now, status, text};

const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "TransactWriteItems", "DeleteItem"];

type Taken = BTreeMap<(String, String), Usage>;

/// Write units on the table and on its indexes that `functions` used.
fn writes(taken: &Taken, functions: &[&str]) -> (f64, f64) {
    let used = taken.iter().filter(|((function, _), _)| functions.contains(&function.as_str()));
    used.fold((0.0, 0.0), |(table, indexes), (_, usage)| {
        (table + usage.table_write_units, indexes + usage.index_write_units)
    })
}

fn operations(taken: &Taken, function: &str) -> Vec<(String, u64)> {
    let of = taken.iter().filter(|((name, _), _)| name == function);
    of.map(|((_, operation), usage)| (operation.clone(), usage.requests)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn inbound_messages_stay_within_their_budget() {
    let world = World::start().await;
    let meter = world.stack.aws().meter();
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.first", "Hello")).await;
    drop(meter.take());

    let body =
        "Does it come in another colour? I saw the blue one on your page but would rather have green, in size M.";
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.second", body)).await;
    let taken = meter.take();
    let (table, indexes) = writes(&taken, &["InboundApplyFunction"]);
    assert!(table <= 2.0 && indexes <= 4.0, "a message costs {table} on the table and {indexes} on indexes");
    assert_eq!(operations(&taken, "WebhookIngestFunction"), [("SendMessageBatch".to_owned(), 1)], "one request out");
    let relayed = writes(&taken, &["EventRelayFunction"]);
    assert_eq!(relayed, (0.0, 0.0), "a message is its own record");
    let reads = taken.iter().filter(|((function, _), _)| function == "InboundApplyFunction");
    let reads: Vec<_> = reads.filter(|((_, operation), _)| !WRITES.contains(&operation.as_str())).collect();
    assert!(reads.is_empty(), "a remembered contact costs no read: {reads:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_message_that_opens_a_window_anew_stays_within_its_budget() {
    let world = World::start().await;
    world.settle_on(json!({"window": {"safety_margin_seconds": 0}})).await;
    let named = json!([contact(ANN, "Ann Ash")]);
    let old = json!({"contacts": named, "messages": [text(ANN, "wamid.old", now() - 90_000, "Hello")]});
    world.deliver_and_settle(&world.messages_webhook(world.value(old))).await;
    let almost_over = json!({"messages": [text(ANN, "wamid.last", now() - 86_398, "Still there?")]});
    world.deliver_and_settle(&world.messages_webhook(world.value(almost_over))).await;
    let conversation = world.conversation().await;
    assert_eq!(world.reply(&conversation, "Yes").await.status, 202);
    world.settle().await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(world.stack.tick("window-expiry").await.unwrap()["closed"], 1);
    world.settle().await;
    drop(world.stack.aws().meter().take());

    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.new", "I am back")).await;
    let (table, indexes) = writes(&world.stack.aws().meter().take(), &["InboundApplyFunction"]);
    assert!(table <= 2.0 && indexes <= 4.0, "it costs {table} on the table and {indexes} on indexes");
    assert_eq!(world.conversation().await["window"]["state"], "open");
}

/// P50: one that names an ad is written with a read in place of the plain way, and costs no more to write.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_from_an_ad_stays_within_its_budget() {
    let world = World::start().await;
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.first", "Hello")).await;
    drop(world.stack.aws().meter().take());
    let mut message = text(ANN, "wamid.ad", now(), "I saw your ad");
    message["referral"] = json!({"source_type": "ad", "source_id": "120210", "source_url": "https://fb.me/ad", "headline": "Spring sale", "ctwa_clid": "Aff-n8"});
    let value = json!({"contacts": [contact(ANN, "Ann Ash")], "messages": [message]});
    world.deliver_and_settle(&world.messages_webhook(world.value(value))).await;
    let (table, indexes) = writes(&world.stack.aws().meter().take(), &["InboundApplyFunction"]);
    assert!(table <= 2.0 && indexes <= 4.0, "it costs {table} on the table and {indexes} on indexes");
    assert_eq!(world.conversation().await["source"]["id"], "120210");
}

/// P43: a reaction is one row behind its message.
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_costs_one_write() {
    let world = World::start().await;
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.first", "Hello")).await;
    drop(world.stack.aws().meter().take());
    let mut reaction = text(ANN, "wamid.r", now(), "");
    reaction["type"] = json!("reaction");
    reaction["reaction"] = json!({"message_id": "wamid.first", "emoji": "👍"});
    let value = json!({"contacts": [contact(ANN, "Ann Ash")], "messages": [reaction]});
    world.deliver_and_settle(&world.messages_webhook(world.value(value))).await;
    let (table, indexes) = writes(&world.stack.aws().meter().take(), &["InboundApplyFunction"]);
    assert_eq!((table, indexes), (1.0, 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_and_statuses_stay_within_their_budget() {
    let world = World::start().await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.first", "Hello")).await;
    let conversation = world.conversation().await;
    drop(world.stack.aws().meter().take());

    let message = world.reply_and_settle(&conversation, "Good morning, how can we help you?").await;
    let taken = world.stack.aws().meter().take();
    let (table, indexes) = writes(&taken, &["ApiFunction", "MessageSendFunction", "EventRelayFunction"]);
    assert!(table <= 3.0, "a free send costs {table} on the table");
    assert!(indexes <= 3.0, "and {indexes} on indexes");

    let mut report = status(message["wamid"].as_str().unwrap(), ANN, "delivered", now());
    report["biz_opaque_callback_data"] = message["id"].clone();
    report["pricing"] =
        json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"});
    world.deliver_and_settle(&world.status_webhook(report)).await;
    let (table, indexes) = writes(&world.stack.aws().meter().take(), &["InboundApplyFunction"]);
    assert!(table <= 1.0 && indexes == 0.0, "a status costs {table} on the table and {indexes} on indexes");
    assert_eq!(world.message(&message["id"]).await["status"], "delivered");
}

/// The wallet is written with the message, and once more when Meta says what it cost.
#[tokio::test(flavor = "multi_thread")]
async fn a_billable_send_and_its_settlement_stay_within_their_budget() {
    let world = World::metered().await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.first", "Hello")).await;
    let conversation = world.conversation().await;
    drop(world.stack.aws().meter().take());

    let template = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
        "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}},
    });
    assert_eq!(world.consent(&conversation["contact_id"], &["utility"], "given").await.status, 201);
    world.settle().await;
    drop(world.stack.aws().meter().take());
    let answer = world.post("/v1/messages", template).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    world.settle().await;
    let (table, indexes) = writes(&world.stack.aws().meter().take(), &["ApiFunction", "MessageSendFunction"]);
    assert!(table <= 6.0 && indexes <= 4.0, "a billable send costs {table} on the table and {indexes} on indexes");

    let message = world.message(&answer.body["id"]).await;
    let mut report = status(message["wamid"].as_str().unwrap(), ANN, "delivered", now());
    report["biz_opaque_callback_data"] = message["id"].clone();
    report["pricing"] = json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"});
    drop(world.stack.aws().meter().take());
    world.deliver_and_settle(&world.status_webhook(report)).await;
    let (table, indexes) = writes(&world.stack.aws().meter().take(), &["CreditTopupFunction"]);
    assert!(table <= 8.0 && indexes <= 1.0, "its settlement costs {table} on the table and {indexes} on indexes");
    assert_eq!(world.message(&message["id"]).await["price"]["state"], "posted");
}

/// What people do with a conversation: its row, with one place in every index that it moves in; then its turn, and the term of
/// whoever has it. The audit log's own are told apart by what an assignment costs that changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_people_do_with_a_conversation_costs_its_row_its_turn_and_a_term() {
    let world = World::start().await;
    let user = world.post("/v1/users", json!({"name": "Uma", "role": "agent"})).await.body;
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "Hello")).await;
    let conversation = world.conversation().await;
    let cost = async |tail: &str, body: serde_json::Value| {
        drop(world.stack.aws().meter().take());
        let path = format!("/v1/conversations/{}{tail}", conversation["id"].as_str().unwrap());
        let answer = world.call("POST", &path, (!body.is_null()).then_some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        world.settle().await;
        let taken = world.stack.aws().meter().take();
        (writes(&taken, &["ApiFunction"]), writes(&taken, &["EventRelayFunction"]))
    };
    let given = json!({"user_id": user["id"]});
    let (asked, told) = cost("/assign", given.clone()).await;
    let (again, nothing) = cost("/assign", given).await;
    assert_eq!(nothing, (0.0, 0.0), "nothing changed");
    let row = (asked.0 - again.0, asked.1 - again.1);
    assert!(row.0 <= 1.0 && row.1 <= 4.0, "the conversation's row: {row:?}");
    assert!(told.0 <= 3.0 && told.1 <= 1.0, "its event, its turn and a term: {told:?}");
    let (closed, told) = cost("/close", serde_json::Value::Null).await;
    let row = (closed.0 - again.0, closed.1 - again.1);
    assert!(row.0 <= 1.0 && row.1 <= 6.0, "the conversation's row: {row:?}");
    assert!(told.0 <= 2.0 && told.1 <= 0.0, "its event and its turn: {told:?}");
}

/// What an inbox costs on top: the first message of an hour moves a conversation among those of whoever has it, answered it and
/// owns its contact; the messages after it move nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_message_of_an_hour_costs_the_indexes_of_the_inbox_and_no_other() {
    let world = World::start().await;
    let user = world.post("/v1/users", json!({"name": "Uma", "role": "agent"})).await.body;
    let key = world.post("/v1/api-keys", json!({"name": "Uma", "user_id": user["id"]})).await.body;
    let long_ago = json!([text(ANN, "wamid.1", now() - 2 * 3600 - 60, "Hello")]);
    let value = json!({"contacts": [contact(ANN, "Ann Ash")], "messages": long_ago});
    world.deliver_and_settle(&world.messages_webhook(world.value(value))).await;
    let conversation = world.conversation().await;
    let path = |tail: &str| format!("/v1/conversations/{}{tail}", conversation["id"].as_str().unwrap());
    assert_eq!(world.post(&path("/assign"), json!({"user_id": user["id"]})).await.status, 200);
    let owner = json!({"owner": {"user_id": user["id"]}});
    let contact_path = format!("/v1/contacts/{}", conversation["contact_id"].as_str().unwrap());
    assert_eq!(world.call("PATCH", &contact_path, Some(owner)).await.status, 200);
    world.settle().await;
    let cost = async |wamid: &str, at: i64| {
        drop(world.stack.aws().meter().take());
        let value = json!({"contacts": [contact(ANN, "Ann Ash")], "messages": [text(ANN, wamid, at, "And this?")]});
        world.deliver_and_settle(&world.messages_webhook(world.value(value))).await;
        let taken = world.stack.aws().meter().take();
        writes(&taken, &["InboundApplyFunction", "EventRelayFunction"])
    };
    // One that is older than an hour is not plain, and costs as much: two for each index that it moves in.
    let later = cost("wamid.2", now() - 3 * 60).await;
    assert!(later.0 <= 2.0 && later.1 <= 6.0, "list, assigned and owned: {later:?}");
    let message = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]}, "type": "text",
        "text": {"body": "Good morning"},
    });
    let key = key["key"].as_str().unwrap();
    drop(world.stack.aws().meter().take());
    assert_eq!(world.call_as(key, "POST", "/v1/messages", Some(message), None).await.status, 202);
    world.settle().await;
    let sent = writes(&world.stack.aws().meter().take(), &["ApiFunction", "MessageSendFunction", "EventRelayFunction"]);
    assert!(sent.1 <= 9.0, "an answer ends the wait in two indexes, moves in up to three and enters one: {sent:?}");
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let waits_again = cost("wamid.3", now()).await;
    assert!(waits_again.0 <= 2.0 && waits_again.1 <= 10.0, "it begins to wait: {waits_again:?}");
    let minute = now() / 60;
    let further = cost("wamid.4", now()).await;
    if minute == now() / 60 {
        assert!(further.0 <= 2.0 && further.1 == 0.0, "within the minute nothing moves: {further:?}");
    }
}
