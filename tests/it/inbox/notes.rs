//! Internal notes: for those who see the conversation, never for the customer.
use serde_json::{Value, json};

use super::{act, problem};
use crate::world::World;
use crate::world::webhooks::ANN;

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_kept_told_and_never_sent() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "all", &[]).await, world.hire("Olaf", "agent", "own", &[]).await);
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
    assert_eq!(world.post(&path, json!({"body": "Look", "mentions": [olaf.id]})).await.status, 201);
    for (method, body) in [("GET", Value::Null), ("POST", json!({"body": "x"}))] {
        let refused = world.call_by(&olaf, method, &path, body).await;
        assert_eq!((refused.status, problem(&refused)), (404, "not-found"));
    }
    let unknown = json!({"body": "Look", "mentions": ["usr_00000000000000000000000000"]});
    let refused = world.post(&path, unknown).await;
    assert_eq!((refused.status, problem(&refused)), (422, "unknown-reference"));
}
