//! Internal notes: for those who see the conversation, never for the customer.
use serde_json::{Value, json};

use super::{act, problem};
use crate::world::World;
use crate::world::webhooks::ANN;

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_kept_told_and_never_sent() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "all", &[]).await, world.hire("Olaf", "agent", "all", &[]).await);
    let ann = world.wrote(ANN, "wamid.1").await;
    let path = act(&ann, "/notes");
    let note = json!({"body": "She paid by card. @Olaf", "mentions": [olaf.id]});
    let first = world.call_as(&uma.key, "POST", &path, Some(note.clone()), Some("note")).await;
    let again = world.call_as(&uma.key, "POST", &path, Some(note), Some("note")).await;
    assert_eq!((first.status, again.status), (201, 201), "{}", first.body);
    assert_eq!(first.body, again.body, "a note is added once");
    let by_key = world.post(&path, json!({"body": "From the shop's system"})).await;
    assert_eq!((by_key.status, &by_key.body["author"]), (201, &json!("bootstrap")));
    world.settle().await;

    let page = world.get_by(&uma, &format!("{path}?limit=1")).await;
    assert_eq!(page["items"][0]["id"], by_key.body["id"], "the latest first");
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = world.get_by(&uma, &format!("{path}?limit=1&cursor={cursor}")).await;
    assert_eq!((&page["items"][0], &page["next_cursor"]), (&first.body, &Value::Null));

    let events = world.events("note.added").await;
    assert_eq!(events.len(), 2);
    let told = &events[1];
    assert_eq!(told["conversation_id"], ann["id"]);
    assert_eq!(told["data"], json!({"note_id": first.body["id"], "author": uma.id, "mentions": [olaf.id]}));
    assert!(!told.to_string().contains("card"), "what it says is told to nobody");
    assert!(world.sends().is_empty());
    assert_eq!(world.thread(&ann).await.len(), 1, "it is no message");
    assert_eq!(world.get(&act(&ann, "")).await["unread"], 1);
}

/// P45: a mention shows nobody what they may not see.
#[tokio::test(flavor = "multi_thread")]
async fn notes_are_for_those_who_see_the_conversation() {
    let world = World::start().await;
    let olaf = world.hire("Olaf", "agent", "own", &[]).await;
    let ann = world.wrote(ANN, "wamid.1").await;
    let path = act(&ann, "/notes");
    assert_eq!(world.post(&path, json!({"body": "Look"})).await.status, 201);
    for (method, body) in [("GET", Value::Null), ("POST", json!({"body": "x"}))] {
        let refused = world.call_by(&olaf, method, &path, body).await;
        assert_eq!((refused.status, problem(&refused)), (404, "not-found"));
    }
}

/// P44, P45: nobody is named who would not hear of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_names_those_who_are_active_and_see_it() {
    let world = World::start().await;
    let group = world.found_team("Sales").await;
    let uma = world.hire("Uma", "agent", "own", &[&group]).await;
    let olaf = world.hire("Olaf", "agent", "own", &[]).await;
    let mate = world.hire("Mate", "agent", "group", &[&group]).await;
    let gone = world.hire("Gone", "admin", "all", &[]).await;
    let inactive = world.call("PATCH", &format!("/v1/users/{}", gone.id), Some(json!({"is_active": false}))).await;
    assert_eq!(inactive.status, 200, "{}", inactive.body);
    let ann = world.wrote(ANN, "wamid.1").await;
    assert_eq!(world.post(&act(&ann, "/assign"), json!({"user_id": uma.id})).await.status, 200);
    let path = act(&ann, "/notes");
    for (named, why) in [
        (olaf.id.as_str(), "does not see the conversation"),
        (gone.id.as_str(), "is not active"),
        ("usr_00000000000000000000000000", "does not exist"),
    ] {
        let refused = world.post(&path, json!({"body": "Look", "mentions": [uma.id, named]})).await;
        assert_eq!((refused.status, problem(&refused)), (422, "unknown-reference"), "{}", refused.body);
        let error = &refused.body["errors"][0];
        assert_eq!(error["field"], "mentions[1]", "{error}");
        assert!(error["message"].as_str().unwrap().ends_with(why), "{error}");
    }
    assert_eq!(world.get(&path).await["items"], json!([]));
    let added = world.post(&path, json!({"body": "Look", "mentions": [uma.id, mate.id]})).await;
    assert_eq!(added.status, 201, "{}", added.body);
}
