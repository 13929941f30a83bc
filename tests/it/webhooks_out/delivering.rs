//! What is told to whom.
use serde_json::{Value, json};

use super::desk::is_signed;
use crate::world::World;
use crate::world::receiver::{Received, Receiver};
use crate::world::webhooks::{ANN, now};

fn types(received: &[Received]) -> Vec<String> {
    received.iter().map(|received| received.json()["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_their_statuses_are_told_signed_and_without_their_content() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook?shop=1"), &["message.*"]).await;
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "The secret of my heart")).await;
    let conversation = world.conversation().await;

    let received = shop.received();
    assert_eq!(types(&received), ["message.received"]);
    let told = &received[0];
    assert_eq!((told.method.as_str(), told.path.as_str()), ("POST", "/hook?shop=1"));
    assert_eq!(told.header("content-type"), "application/json");
    assert!(is_signed(told, &webhook["secret"]), "{told:?}");
    let sent_at: i64 = told.header("webhook-timestamp").parse().unwrap();
    assert!((now() - sent_at).abs() < 60, "{told:?}");
    let message = world.thread(&conversation).await[0].clone();
    let body = told.json();
    assert_eq!(told.header("webhook-id"), body["data"]["id"].as_str().unwrap());
    assert_eq!(body["timestamp"], message["at"]);
    assert_eq!(body["data"]["data"]["message_id"], message["id"]);
    assert_eq!(body["data"]["data"]["direction"], "inbound");
    for member in ["channel_id", "contact_id"] {
        assert_eq!(body["data"][member], conversation[member], "{member}");
    }
    assert_eq!(body["data"]["conversation_id"], conversation["id"]);
    for hidden in ["secret of my heart", ANN] {
        assert!(!told.body.contains(hidden), "{}", told.body);
    }

    let reply = world.reply_and_settle(&conversation, "Good morning").await;
    let told = shop.received();
    let mut later = types(&told[1..]);
    later.sort();
    assert_eq!(later, ["message.accepted", "message.delivered", "message.read", "message.sent"]);
    for status in &told[1..] {
        assert_eq!(status.json()["data"]["data"]["message_id"], reply["id"]);
        assert_eq!(status.json()["data"]["contact_id"], conversation["contact_id"], "whose it is: {status:?}");
        assert!(is_signed(status, &webhook["secret"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_told_as_the_journal_shows_it() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let webhook = world.tells(&shop.url("/hook"), &["contact.created"]).await;
    let contact = world.meets("+16505559100").await;
    let event = world.events("contact.created").await[0].clone();
    let received = shop.received();
    assert_eq!(received.len(), 1, "{received:?}");
    let body = received[0].json();
    assert_eq!(body["data"], event);
    assert_eq!((&body["type"], &body["timestamp"]), (&event["type"], &event["at"]));
    assert_eq!(body["data"]["contact_id"], contact["id"]);
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["data", "timestamp", "type"]);

    let log = world.deliveries(&webhook, "").await;
    assert_eq!(log.len(), 1);
    assert_eq!((&log[0]["state"], &log[0]["tries"]), (&json!("delivered"), &json!(1)));
    assert_eq!((&log[0]["event_id"], &log[0]["last_try"]["status"]), (&event["id"], &json!(200)));
    assert_eq!(log[0]["last_try"]["response"], "noted");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_keep_away_what_was_not_asked_for() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let channel = world.channel().id.clone();
    let other = json!({
        "phone_number_id": "4711", "waba_id": "815", "display_phone_number": "+1 555 010 0200", "nickname": "Second",
        "add_as": "lead", "pricing_model": "unmetered",
    });
    let other = world.post("/v1/channels", other).await.body["id"].clone();
    for (path, events, filter) in [
        ("/all", json!(["*"]), json!({})),
        ("/inbound", json!(["message.*"]), json!({"direction": "inbound"})),
        ("/channel", json!(["message.*"]), json!({"channel_id": channel})),
        ("/other", json!(["message.*"]), json!({"channel_id": other})),
        ("/leads", json!(["message.received"]), json!({"contact_kind": "lead"})),
        ("/contacts", json!(["message.received"]), json!({"contact_kind": "contact"})),
        ("/windows", json!(["window.*", "conversation.*"]), json!({})),
    ] {
        let made = world.webhook(json!({"url": shop.url(path), "events": events, "filter": filter})).await;
        let filter = filter.as_object().unwrap();
        assert!(filter.iter().all(|(name, value)| made["filter"][name] == *value), "{made}");
    }
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "Hello")).await;
    let conversation = world.conversation().await;
    world.reply_and_settle(&conversation, "Good morning").await;
    let at = |path: &str| {
        let mut types = types(&shop.received_at(path));
        types.sort();
        types
    };
    let all_of_message = ["message.accepted", "message.delivered", "message.read", "message.received", "message.sent"];
    assert_eq!(at("/inbound"), ["message.received"]);
    assert_eq!(at("/channel"), all_of_message);
    assert_eq!(at("/other"), [""; 0]);
    let (of_kind, of_other) = if world.get(&contact_path(&conversation)).await["kind"] == "lead" {
        ("/leads", "/contacts")
    } else {
        ("/contacts", "/leads")
    };
    assert_eq!((at(of_kind).len(), at(of_other).len()), (1, 0));
    assert_eq!(at("/windows"), ["window.opening"]);
    let all = at("/all");
    assert!(all_of_message.iter().all(|kind| all.contains(&(*kind).to_owned())), "{all:?}");
    assert!(all.contains(&"contact.created".to_owned()) && all.contains(&"window.opening".to_owned()), "{all:?}");
}

fn contact_path(conversation: &Value) -> String {
    format!("/v1/contacts/{}", conversation["contact_id"].as_str().unwrap())
}

/// As they are when it is delivered.
#[tokio::test(flavor = "multi_thread")]
async fn tags_and_labels_let_pass_what_has_them_at_the_moment() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    for (path, filter) in [
        ("/vip", json!({"tag": "vip"})),
        ("/late", json!({"label": "late"})),
        ("/both", json!({"tag": "vip", "label": "late"})),
    ] {
        let wish = json!({"url": shop.url(path), "events": ["message.received", "contact.created"], "filter": filter});
        let made = world.webhook(wish).await;
        let filter = filter.as_object().unwrap();
        assert!(filter.iter().all(|(name, value)| made["filter"][name] == *value), "{made}");
    }
    let writes = async |wamid: &str| world.deliver_and_settle(&world.text_webhook(ANN, wamid, "Hello")).await;
    writes("wamid.1").await;
    let conversation = world.conversation().await;
    let labels = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    let contact = contact_path(&conversation);
    let mut expected = vec![];
    for (tags, label, told) in [
        (json!(["new"]), json!({"add": ["soon"]}), [0, 0, 0]),
        (json!(["new", "vip"]), json!({"add": ["late"]}), [1, 1, 1]),
        (json!(["new"]), json!({}), [0, 1, 0]),
        (json!(["vip"]), json!({"remove": ["late"]}), [1, 0, 0]),
    ] {
        for (path, change) in [(&contact, json!({"tags": tags})), (&labels, json!({"labels": label}))] {
            let answer = world.call("PATCH", path, Some(change)).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        world.settle().await;
        writes(&format!("wamid.{tags}{label}")).await;
        expected.push(told);
        for (place, path) in ["/vip", "/late", "/both"].into_iter().enumerate() {
            let so_far: usize = expected.iter().map(|told| told[place]).sum();
            assert_eq!(types(&shop.received_at(path)), vec!["message.received"; so_far], "{path}: {tags} {label}");
        }
    }
}

/// A message stays its own record; each delivery is one row that is written twice, in no index.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_costs_two_writes_and_the_message_none() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "Hello")).await;
    world.tells(&shop.url("/hook"), &["message.received"]).await;
    drop(world.stack.aws().meter().take());
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.2", "Are you there?")).await;
    assert_eq!(shop.received().len(), 1);
    let taken = world.stack.aws().meter().take();
    let writes = |name: &str| {
        let of = taken.iter().filter(|((function, _), _)| function == name);
        of.fold((0.0, 0.0), |(table, index), (_, usage)| {
            (table + usage.table_write_units, index + usage.index_write_units)
        })
    };
    assert_eq!(writes("EventRelayFunction"), (0.0, 0.0), "the message is its own record");
    assert_eq!(writes("WebhookDeliverFunction"), (2.0, 0.0));
    let (table, indexes) = writes("InboundApplyFunction");
    assert!(table <= 2.0 && indexes <= 4.0, "{table} {indexes}");
}
