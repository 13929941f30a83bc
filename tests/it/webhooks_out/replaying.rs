//! Replays of what is told of single messages, which is in no journal.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::World;
use crate::world::receiver::{Received, Receiver};
use crate::world::webhooks::ANN;

fn ids(received: &[Received]) -> BTreeSet<String> {
    received.iter().map(|told| told.header("webhook-id").to_owned()).collect()
}

impl World {
    async fn changes_webhook(&self, webhook: &Value, change: Value) {
        let path = format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap());
        let answer = self.call("PATCH", &path, Some(change)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.settle().await;
    }

    /// Replays to its end; how many it asked for.
    async fn replays(&self, webhook: &Value, wish: Value) -> u64 {
        let path = format!("/v1/webhooks/{}/replay", webhook["id"].as_str().unwrap());
        let answer = self.post(&path, wish).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        let replay = self.get(&format!("/v1/webhooks/replays/{}", answer.body["id"].as_str().unwrap())).await;
        assert_eq!(replay["state"], "done", "{replay}");
        replay["asked_for"].as_u64().unwrap()
    }
}

const ALL: &str = "2026-01-01T00:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_of_messages_is_told_again_with_its_ids() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let all = world.tells(&shop.url("/all"), &["message.*", "contact.created"]).await;
    let inbound = json!({"url": shop.url("/inbound"), "events": ["message.*"], "filter": {"direction": "inbound"}});
    let inbound = world.webhook(inbound).await;
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "Hello")).await;
    let conversation = world.conversation().await;
    world.reply_and_settle(&conversation, "Good morning").await;
    let (told, told_inbound) = (shop.received_at("/all"), shop.received_at("/inbound"));
    assert_eq!((told.len(), told_inbound.len()), (6, 1), "{told:?}");

    assert_eq!(world.replays(&all, json!({"from": ALL})).await, 6);
    assert_eq!((shop.received_at("/all").len(), ids(&shop.received_at("/all"))), (12, ids(&told)));
    assert_eq!(world.replays(&inbound, json!({"from": ALL})).await, 1);
    assert_eq!(ids(&shop.received_at("/inbound")), ids(&told_inbound), "the filter holds");
    assert_eq!(world.deliveries(&all, "").await.len(), 6, "one row for each event");

    assert_eq!(world.replays(&all, json!({"from": ALL, "types": ["message.received"]})).await, 1);
    let first = world.thread(&conversation).await.last().unwrap()["at"].clone();
    let received = json!({"from": ALL, "to": first, "types": ["message.*"]});
    assert_eq!(world.replays(&all, received).await, 0, "what was at that time is not before it");
    let later = json!({"from": first, "types": ["message.received"]});
    assert_eq!(world.replays(&all, later).await, 1);
    // What was not asked for then is nowhere; what is not asked for now is left out.
    world.changes_webhook(&all, json!({"filter": {"direction": "outbound"}})).await;
    assert_eq!(world.replays(&all, json!({"from": ALL, "types": ["message.received"]})).await, 0);
    let late = world.tells(&shop.url("/late"), &["message.*"]).await;
    assert_eq!(world.replays(&late, json!({"from": ALL})).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_makes_up_for_a_pause() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let hook = |path: &str, kind: &str| json!({"url": shop.url(path), "events": ["message.received"], "filter": {"contact_kind": kind}});
    let leads = world.webhook(hook("/leads", "lead")).await;
    let contacts = world.webhook(hook("/contacts", "contact")).await;
    let all = world.tells(&shop.url("/all"), &["message.received", "contact.created"]).await;
    for webhook in [&leads, &contacts, &all] {
        world.changes_webhook(webhook, json!({"state": "paused"})).await;
    }
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "Hello")).await;
    assert!(shop.received().is_empty(), "a paused webhook is told nothing");
    let kind = world.get("/v1/contacts").await["items"][0]["kind"].clone();
    let (of_kind, of_other) = if kind == "lead" { (&leads, &contacts) } else { (&contacts, &leads) };
    let log = world.deliveries(&all, "?state=cancelled").await;
    assert_eq!((log.len(), &log[0]["event_type"], &log[0]["tries"]), (1, &json!("message.received"), &json!(0)));
    assert_eq!(world.deliveries(of_kind, "").await.len(), 1);
    assert!(world.deliveries(of_other, "").await.is_empty(), "nor is it logged what it would not be told");

    for (webhook, missed) in [(&all, 2), (of_kind, 1), (of_other, 0)] {
        world.changes_webhook(webhook, json!({"state": "active"})).await;
        assert_eq!(world.replays(webhook, json!({"from": ALL})).await, missed, "{webhook}");
    }
    let told: Vec<Value> = shop.received_at("/all").iter().map(|told| told.json()["type"].clone()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.contains(&json!("message.received")) && told.contains(&json!("contact.created")), "{told:?}");
    let log = world.deliveries(&all, "?state=delivered").await;
    assert_eq!(log.len(), 2, "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_pause_costs_a_row_for_each_event() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "Hello")).await;
    let webhook = world.tells(&shop.url("/hook"), &["*"]).await;
    world.changes_webhook(&webhook, json!({"state": "paused"})).await;
    drop(world.stack.aws().meter().take());
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.2", "Are you there?")).await;
    let taken = world.stack.aws().meter().take();
    let of_deliver = taken.iter().filter(|((function, _), _)| function == "WebhookDeliverFunction");
    let writes = of_deliver.fold((0.0, 0.0), |(table, index), (_, usage)| {
        (table + usage.table_write_units, index + usage.index_write_units)
    });
    assert_eq!(writes, (1.0, 1.0));
}
