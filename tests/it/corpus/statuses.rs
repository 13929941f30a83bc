//! Each form of a status: what our message then says of itself.
use serde_json::{Value, json};
use simulator::StatusPlan;

use super::fixtures::pricing;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, contact, now, text};

struct Case {
    name: &'static str,
    /// Without id, recipient and time.
    status: Value,
    /// What the message shows as its status.
    shown: Option<&'static str>,
    pricing: Option<Value>,
    errors: Vec<i64>,
}

fn case(name: &'static str, status: Value, shown: &'static str, pricing: Option<Value>) -> Case {
    Case { name, status, shown: Some(shown), pricing, errors: vec![] }
}

fn cases() -> Vec<Case> {
    let free = pricing("free_customer_service", "service");
    let paid = pricing("regular", "marketing");
    let exempt = json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility", "subtype": "paid_exempt"});
    let cbp = json!({"billable": true, "pricing_model": "CBP", "category": "business_initiated"});
    let thread = json!({"id": "c1", "origin": {"type": "service"}, "expiration_timestamp": "1795999999"});
    let failed = |code: i64| json!({"status": "failed", "errors": [{"code": code, "title": "Not delivered", "error_data": {"details": "why"}}]});
    vec![
        case("sent, quoted as free", json!({"status": "sent", "pricing": free.clone()}), "sent", Some(free)),
        case("delivered, charged", json!({"status": "delivered", "pricing": paid.clone()}), "delivered", Some(paid)),
        case("read, an exempted sender", json!({"status": "read", "pricing": exempt.clone()}), "read", Some(exempt)),
        case("played", json!({"status": "played"}), "played", None),
        case(
            "priced by conversation",
            json!({"status": "sent", "conversation": thread, "pricing": cbp.clone()}),
            "sent",
            Some(cbp.clone()),
        ),
        case(
            "priced inside the conversation",
            json!({"status": "read", "conversation": {"id": "c2", "pricing": cbp.clone()}}),
            "read",
            Some(cbp),
        ),
        Case { errors: vec![131_026], ..case("failed", failed(131_026), "failed", None) },
        Case { errors: vec![131_049], ..case("held back by Meta", failed(131_049), "failed", None) },
        Case { shown: None, ..case("a word of later", json!({"status": "warned"}), "", None) },
    ]
}

/// A message of ours to each of the cases, accepted, of which Meta has told nothing yet.
async fn sent(world: &World, number: usize) -> Vec<Value> {
    world.simulator().set_default_plan(StatusPlan::none());
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.hello", "Hello")).await;
    let conversation = world.conversation_with(ANN).await;
    let mut ids = Vec::new();
    for index in 0..number {
        let answer = world.reply(&conversation, &format!("Message {index}")).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        ids.push(answer.body["id"].clone());
    }
    world.settle().await;
    let mut messages = Vec::new();
    for id in &ids {
        messages.push(world.message(id).await);
    }
    messages
}

fn about(message: &Value, mut status: Value) -> Value {
    status["id"] = message["wamid"].clone();
    status["timestamp"] = json!((now() + 1).to_string());
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn each_form_of_a_status_shows_on_its_message() {
    let world = World::start().await;
    let cases = cases();
    let messages = sent(&world, cases.len()).await;
    let statuses: Vec<Value> = cases
        .iter()
        .zip(&messages)
        .map(|(case, message)| {
            let mut status = about(message, case.status.clone());
            status["recipient_id"] = json!(ANN);
            status["biz_opaque_callback_data"] = message["id"].clone();
            status
        })
        .collect();
    world.deliver_and_settle(&world.messages_webhook(world.value(json!({"statuses": statuses})))).await;

    for (case, message) in cases.iter().zip(&messages) {
        let shown = world.message(&message["id"]).await;
        let name = case.name;
        assert_eq!(shown["status"].as_str(), case.shown, "{name}: {shown}");
        assert_eq!(shown["state"], "accepted", "{name}");
        let word = case.status["status"].as_str().unwrap();
        assert_eq!(
            shown["statuses"][word],
            domain::Time::from_seconds(now_of(&statuses, message)).to_string(),
            "{name}"
        );
        assert_eq!(shown["pricing"], case.pricing.clone().unwrap_or_default(), "{name}");
        let codes: Vec<i64> =
            shown["errors"].as_array().unwrap().iter().map(|error| error["code"].as_i64().unwrap()).collect();
        assert_eq!(codes, case.errors, "{name}");
    }
    assert!(world.events("status.unmatched").await.is_empty());
}

fn now_of(statuses: &[Value], message: &Value) -> i64 {
    let status = statuses.iter().find(|status| status["id"] == message["wamid"]).unwrap();
    status["timestamp"].as_str().unwrap().parse().unwrap()
}

/// Without our id a status finds its message by the wamid, among the messages to whoever it names.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_finds_its_message_by_whatever_it_names() {
    let world = World::start().await;
    let user = json!({"wa_id": ANN, "user_id": "US.1001", "profile": {"name": "Ann"}});
    let hello = text(ANN, "wamid.known", now() - 9, "Hi");
    world
        .deliver_and_settle(&world.messages_webhook(world.value(json!({"contacts": [user], "messages": [hello]}))))
        .await;
    let recipients = [
        json!({"recipient_id": ANN}),
        json!({"recipient_user_id": "US.1001"}),
        json!({"recipient_id": ANN, "recipient_user_id": "US.1001", "recipient_parent_user_id": "US.ENT.1"}),
        json!({"recipient_id": ANN, "biz_opaque_callback_data": "of another system"}),
    ];
    let messages = sent(&world, recipients.len()).await;
    for (recipient, message) in recipients.iter().zip(&messages) {
        let mut status = about(message, recipient.clone());
        status["status"] = json!("delivered");
        world.deliver(&world.status_webhook(status)).await;
    }
    world.settle().await;
    for (recipient, message) in recipients.iter().zip(&messages) {
        assert_eq!(world.message(&message["id"]).await["status"], "delivered", "{recipient}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_a_message_that_we_do_not_hold_is_kept() {
    let world = World::start().await;
    let of_others = json!({
        "id": "wamid.others", "status": "delivered", "timestamp": now().to_string(), "recipient_id": BOB,
        "pricing": pricing("regular", "utility"),
    });
    world.deliver_and_settle(&world.status_webhook(of_others.clone())).await;
    let events = world.events("status.unmatched").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["data"]["raw"], of_others);
    assert_eq!((&events[0]["data"]["kind"], &events[0]["channel_id"]), (&json!("status"), &json!(world.channel().id)));
}

/// Only what we sent has statuses: one that names a message of the customer's says nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_never_belongs_to_a_message_that_came_in() {
    let world = World::start().await;
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.theirs", "Hello")).await;
    let odd = json!({"id": "wamid.theirs", "status": "sent", "timestamp": now().to_string(), "recipient_id": ANN});
    world.deliver_and_settle(&world.status_webhook(odd.clone())).await;
    assert_eq!(world.events("status.unmatched").await[0]["data"]["raw"], odd);
    let thread = world.thread(&world.conversation_with(ANN).await).await;
    assert_eq!((thread.len(), &thread[0]["statuses"]), (1, &json!({})));
}

/// A group's statuses come together, one for each participant; what one of them did counts for the message.
#[tokio::test(flavor = "multi_thread")]
async fn statuses_of_a_group_are_kept_for_each_participant() {
    let world = World::start().await;
    let message = &sent(&world, 1).await[0];
    let of = |participant: &str, word: &str| {
        about(
            message,
            json!({
                "status": word, "recipient_type": "group", "recipient_id": "group-1", "recipient_participant_id": participant,
                "biz_opaque_callback_data": message["id"], "conversation": {"id": "c", "pricing": pricing("regular", "group_service")},
            }),
        )
    };
    let statuses = [of(ANN, "delivered"), of(BOB, "delivered"), of(BOB, "read")];
    world.deliver_and_settle(&world.messages_webhook(world.value(json!({"statuses": statuses})))).await;
    let shown = world.message(&message["id"]).await;
    assert_eq!(shown["status"], "read");
    assert_eq!(shown["statuses"].as_object().unwrap().len(), 2);
    assert_eq!(shown["pricing"]["category"], "group_service");
}

/// P24: whatever we believed, Meta's refusal for the window's sake closes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_for_want_of_a_window_closes_it() {
    let world = World::start().await;
    let message = &sent(&world, 1).await[0];
    let status = about(
        message,
        json!({
            "status": "failed", "recipient_id": ANN, "biz_opaque_callback_data": message["id"],
            "errors": [{"code": 131_047, "title": "Re-engagement message"}],
        }),
    );
    world.deliver_and_settle(&world.status_webhook(status)).await;
    assert_eq!(world.message(&message["id"]).await["errors"][0]["code"], 131_047);
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["window"]["state"], "closed");
    let refused = world.reply(&conversation, "Still there?").await;
    assert!(refused.body["type"].as_str().unwrap().ends_with("window-closed"), "{}", refused.body);
    // The next message of the customer opens it again.
    let again = world
        .value(json!({"contacts": [contact(ANN, "Ann")], "messages": [text(ANN, "wamid.again", now() + 5, "Back")]}));
    world.deliver_and_settle(&world.messages_webhook(again)).await;
    assert_eq!(world.conversation_with(ANN).await["window"]["state"], "open");
}
