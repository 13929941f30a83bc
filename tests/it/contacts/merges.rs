//! Two contacts that are one person (P33): merged by choice, undone by choice, with nothing lost on either way.
use serde_json::{Value, json};

use super::path_of;
use crate::identity::people::{both, identities, phone, user};
use crate::world::World;

const ANN: &str = "16505558301";
const OTHER: &str = "16505558302";

/// Two who wrote, each in a thread of their own.
async fn two(world: &World) -> (Value, Value) {
    world.customer_writes(json!({"wa_id": ANN, "name": "Ann", "without_bsuid": true}), ANN).await;
    world.customer_writes(json!({"wa_id": OTHER, "name": "Ann Ash", "without_bsuid": true}), OTHER).await;
    (world.contact_by(phone(ANN)).await, world.contact_by(phone(OTHER)).await)
}

fn without<'a>(contact: &'a Value, names: &[&str]) -> Vec<(&'a String, &'a Value)> {
    contact.as_object().unwrap().iter().filter(|(name, _)| !names.contains(&name.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_survivor_is_both_and_who_writes_under_either_name_is_it() {
    let world = World::start().await;
    let (ann, other) = two(&world).await;
    world.consent(&other["id"], &["marketing"], "withdrawn").await;
    world.patched(&other, json!({"tags": ["vip"], "fields": {"city": "Bonn"}})).await;
    let merged = world.merged(&ann, &other, "survivor").await;
    assert_eq!((&merged["id"], &merged["name"], &merged["merged"]), (&ann["id"], &json!("Ann"), &json!([other["id"]])));
    assert_eq!((&merged["tags"], &merged["fields"]), (&json!(["vip"]), &json!({"city": "Bonn"})));
    assert_eq!(identities(&merged, "wa_id"), [ANN, OTHER]);
    assert_eq!(merged["consents"]["marketing"]["state"], "withdrawn", "{}", merged["consents"]);
    let ledger = world.get(&path_of(&ann, "/consents")).await;
    assert_eq!(ledger["items"].as_array().unwrap().len(), 1, "the ledger of both");

    // Whoever asks for the one that went is answered by the one that stays, and no list shows both.
    for path in [path_of(&other, ""), path_of(&ann, "")] {
        assert_eq!(world.get(&path).await["id"], ann["id"], "{path}");
    }
    assert_eq!(world.found("", 10).await, ["Ann"]);
    assert_eq!(world.found("phone_ending=8302", 10).await, ["Ann"]);
    assert_eq!(world.found("tag=vip", 10).await, ["Ann"]);
    assert!(world.found("name=ash", 10).await.is_empty());

    // What comes for either arrives in the window that it opened, and is answered there.
    world.customer_writes(json!({"wa_id": OTHER, "without_bsuid": true}), OTHER).await;
    assert_eq!(world.contact_by(phone(OTHER)).await["id"], ann["id"]);
    assert_eq!(world.answer_to(&ann).await.body["to"], format!("+{OTHER}"), "where they wrote last");
    world.customer_writes(json!({"wa_id": ANN, "without_bsuid": true}), ANN).await;
    assert_eq!(world.answer_to(&ann).await.body["to"], format!("+{ANN}"));
    assert_eq!(world.answer_to(&other).await.body["to"], format!("+{OTHER}"), "in the thread that was asked for");
    let messages = world.timeline(&ann, 3).await.iter().filter(|moment| moment["type"] == "message").count();
    assert_eq!(messages, 4 + 3, "the messages of both threads, and the answers");
}

/// P40: a word like STOP under the name of the one that went holds for the one that stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_either_name_holds_for_the_survivor() {
    let world = World::start().await;
    let (ann, other) = two(&world).await;
    world.consent(&ann["id"], &["marketing"], "given").await;
    world.merged(&ann, &other, "survivor").await;
    world.deliver_and_settle(&world.text_webhook(OTHER, "wamid.stop", "STOP")).await;
    let state = world.get(&path_of(&ann, "")).await["consents"]["marketing"]["state"].clone();
    assert_eq!(state, "withdrawn");
    world.unmerged(&ann, &other).await;
    for half in [&ann, &other] {
        assert_eq!(world.get(&path_of(half, "")).await["consents"]["marketing"]["state"], "withdrawn");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn undone_both_are_as_they_were_and_what_came_in_between_stays() {
    let world = World::start().await;
    let (ann, other) = two(&world).await;
    world.consent(&other["id"], &["utility"], "given").await;
    world.patched(&ann, json!({"tags": ["a"], "fields": {"city": "Rome"}})).await;
    world
        .patched(&other, json!({"tags": ["b"], "fields": {"city": "Bonn"}, "kind": "contact", "stage": "customer"}))
        .await;
    let before = (world.get(&path_of(&ann, "")).await, world.get(&path_of(&other, "")).await);
    for prefer in ["survivor", "other"] {
        world.merged(&ann, &other, prefer).await;
        // Again it changes nothing.
        world.merged(&ann, &other, prefer).await;
        world.unmerged(&ann, &other).await;
        world.unmerged(&ann, &other).await;
        let after = (world.get(&path_of(&ann, "")).await, world.get(&path_of(&other, "")).await);
        assert_eq!(after, before, "{prefer}");
        assert_eq!(world.found("", 10).await.len(), 2);
        assert_eq!(world.found("phone_ending=8302", 10).await, ["Ann Ash"]);
    }
    assert_eq!(world.events("contact.merged").await.len(), 2);
    assert_eq!(world.events("contact.unmerged").await.len(), 2);

    world.merged(&ann, &other, "other").await;
    world.patched(&ann, json!({"name": "Ann Ashley", "tags": ["a", "b", "c"], "fields": {"size": "M"}})).await;
    world.customer_writes(json!({"wa_id": OTHER, "without_bsuid": true}), OTHER).await;
    world.unmerged(&ann, &other).await;
    let (ann, other) = (world.get(&path_of(&ann, "")).await, world.get(&path_of(&other, "")).await);
    assert_eq!((&ann["name"], &ann["tags"]), (&json!("Ann Ashley"), &json!(["a", "c"])));
    assert_eq!(ann["fields"], json!({"city": "Rome", "size": "M"}));
    assert_eq!(without(&other, &[]), without(&before.1, &[]), "it is as it went");
    assert_eq!(world.thread(&world.conversation_of(&other).await).await.len(), 2, "with what it wrote in between");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_both_in_one_message_are_one_person_once_they_are_merged() {
    let world = World::start().await;
    world.written_by(user("US.8301"), "wamid.user").await;
    world.written_by(phone(ANN), "wamid.phone").await;
    let (by_user, by_phone) = (world.contact_by(user("US.8301")).await, world.contact_by(phone(ANN)).await);
    let merged = world.merged(&by_phone, &by_user, "survivor").await;
    world.written_by(both(ANN, "US.8301"), "wamid.both").await;
    let after = world.get(&path_of(&merged, "")).await;
    assert_eq!(after["merge_proposals"], json!([]), "{after}");
    assert_eq!(identities(&after, "bsuid"), ["US.8301"]);
    let wamids: Vec<Value> =
        world.timeline(&merged, 10).await.iter().map(|moment| moment["message"]["wamid"].clone()).collect();
    for wamid in ["wamid.user", "wamid.phone", "wamid.both"] {
        assert_eq!(wamids.iter().filter(|known| **known == wamid).count(), 1, "{wamids:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_merges_ends_at_one_contact_and_is_undone_link_by_link() {
    let world = World::start().await;
    let mut all = Vec::new();
    for (index, name) in ["One", "Two", "Three"].into_iter().enumerate() {
        all.push(world.added(&format!("+1650555831{index}"), json!({"name": name})).await);
    }
    world.merged(&all[1], &all[2], "survivor").await;
    world.merged(&all[0], &all[1], "survivor").await;
    for contact in &all {
        assert_eq!(world.get(&path_of(contact, "")).await["id"], all[0]["id"]);
    }
    assert_eq!(world.found("phone_ending=8312", 10).await, ["One"]);
    let refused = world.post(&path_of(&all[0], "/unmerge"), json!({"with": all[2]["id"]})).await;
    assert_eq!(refused.status, 400, "it was merged into another: {}", refused.body);
    let same = world.post(&path_of(&all[0], "/merge"), json!({"with": all[0]["id"]})).await;
    assert_eq!(same.status, 400, "{}", same.body);
    world.unmerged(&all[0], &all[1]).await;
    assert_eq!(world.get(&path_of(&all[2], "")).await["id"], all[1]["id"]);
    world.unmerged(&all[1], &all[2]).await;
    assert_eq!(world.found("", 10).await, ["Three", "Two", "One"]);
}

/// What a person is known by is known of them in every thread, and an e-mail can be taken away, whoever brought it.
#[tokio::test(flavor = "multi_thread")]
async fn the_emails_of_both_are_those_of_the_survivor() {
    let world = World::start().await;
    let (other, ann) = two(&world).await;
    world.patched(&other, json!({"emails": ["ann@example.com", "ash@example.com"]})).await;
    world.merged(&ann, &other, "survivor").await;
    let message = json!({
        "channel_id": world.channel().id, "to": {"contact_id": ann["id"]}, "type": "text", "merge": true,
        "text": {"body": "To $[Leads.Email], $[Leads.Phone]"},
    });
    let preview = world.post("/v1/messages/preview", message).await;
    let body = format!("To ann@example.com, +{OTHER}");
    assert_eq!(preview.body["messages"][0]["body"], body, "{}", preview.body);

    let kept = world.patched(&ann, json!({"emails": ["ash@example.com", "new@example.com"]})).await;
    world.settle().await;
    assert_eq!(identities(&kept, "email"), ["ash@example.com", "new@example.com"]);
    assert!(world.found("email=ann@example.com", 10).await.is_empty());
    assert_eq!(world.found("email=ash@example.com", 10).await, ["Ann Ash"]);
    world.unmerged(&ann, &other).await;
    assert_eq!(identities(&world.get(&path_of(&other, "")).await, "email"), ["ash@example.com"]);
    assert_eq!(identities(&world.get(&path_of(&ann, "")).await, "email"), ["new@example.com"]);
}

/// P40: of three that were one person, each has their own word back, in whatever order they are parted.
#[tokio::test(flavor = "multi_thread")]
async fn merges_are_undone_in_the_order_in_which_they_were_made() {
    let world = World::start().await;
    let (ann, bob) = two(&world).await;
    let eve = world.added("+16505558309", json!({"name": "Eve", "tags": ["press"]})).await;
    world.patched(&bob, json!({"tags": ["press"]})).await;
    world.consent(&bob["id"], &["marketing"], "given").await;
    world.consent(&eve["id"], &["marketing"], "withdrawn").await;
    for other in [&bob, &eve] {
        world.merged(&ann, other, "survivor").await;
    }
    world.unmerged(&ann, &bob).await;
    let state = async |of: &Value| world.get(&path_of(of, "")).await["consents"]["marketing"]["state"].clone();
    let now = world.get(&path_of(&ann, "")).await;
    assert_eq!((&now["tags"], &now["merged"]), (&json!(["press"]), &json!([eve["id"]])), "Eve has it too");
    assert_eq!((state(&ann).await, state(&bob).await), (json!("withdrawn"), json!("given")));
    world.unmerged(&ann, &eve).await;
    assert_eq!((state(&ann).await, state(&eve).await), (Value::Null, json!("withdrawn")), "nobody's yes is hers");
    assert_eq!(world.get(&path_of(&ann, "")).await["tags"], json!([]));
}
