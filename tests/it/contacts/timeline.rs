//! Everything with one contact in one order of time.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::path_of;
use crate::world::World;

fn kinds(moments: &[Value]) -> Vec<String> {
    let kind = |moment: &Value| {
        let kind = moment["type"].as_str().unwrap();
        if kind == "turn" { moment["turn"]["type"].as_str().unwrap().to_owned() } else { kind.to_owned() }
    };
    moments.iter().map(kind).collect()
}

/// Who took a conversation, and that what the customer's message does was done by nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_tells_who_had_a_hand_in_it() {
    let world = World::start().await;
    let uma = world.hire("Uma", "agent", "all", &[]).await;
    let wa_id = "16505558202";
    world.customer_writes(json!({"wa_id": wa_id}), wa_id).await;
    let ann = world.conversation().await;
    for action in ["pick-up", "close"] {
        let path = format!("/v1/conversations/{}/{action}", ann["id"].as_str().unwrap());
        assert_eq!(world.on_behalf(&uma, "POST", &path, None).await.status, 200, "{action}");
        world.settle().await;
    }
    world.customer_writes(json!({"wa_id": wa_id}), wa_id).await;
    let contact = json!({"id": ann["contact_id"]});
    let turns = world.timeline(&contact, 20).await.into_iter().filter(|moment| moment["type"] == "turn");
    let by: BTreeMap<String, Value> = turns
        .map(|moment| (moment["turn"]["type"].as_str().unwrap().to_owned(), moment["turn"]["by"].clone()))
        .collect();
    let of = |kind: &str| by.get(kind).cloned();
    assert_eq!((of("assigned"), of("closed")), (Some(json!(uma.id)), Some(json!(uma.id))), "{by:?}");
    assert_eq!(of("reopened"), Some(Value::Null), "{by:?}");
    let reopened = world.events("conversation.reopened").await;
    assert_eq!(reopened.len(), 1, "{reopened:?}");
    assert_eq!((&reopened[0]["conversation_id"], &reopened[0]["data"]["by"]), (&ann["id"], &Value::Null));
    assert_eq!(reopened[0]["channel_id"], ann["channel_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_shows_all_of_it_in_pages_of_any_size() {
    let world = World::start().await;
    let wa_id = "16505558201";
    world.customer_writes(json!({"wa_id": wa_id, "name": "Ann"}), wa_id).await;
    let contact = world.get("/v1/contacts").await["items"][0].clone();
    world.consent(&contact["id"], &["marketing"], "given").await;
    let user = world.post("/v1/users", json!({"name": "Uma", "role": "agent"})).await.body;
    world.patched(&contact, json!({"owner": {"user_id": user["id"]}, "stage": "contacted"})).await;
    world.customer_writes(json!({"wa_id": wa_id}), wa_id).await;
    let conversation = world.conversation().await;
    world.reply_and_settle(&conversation, "Good morning").await;
    let whole = world.timeline(&contact, 100).await;
    let mut sorted = kinds(&whole);
    sorted.sort();
    assert_eq!(
        sorted,
        ["consent", "created", "message", "message", "message", "owner_changed", "stage_changed"],
        "{whole:?}"
    );
    assert_eq!(whole[0]["message"]["direction"], "outbound", "the latest first");
    for limit in [1, 2, 3, 5] {
        assert_eq!(world.timeline(&contact, limit).await, whole, "pages of {limit}");
    }
    let path = |action: &str| format!("/v1/conversations/{}{action}", conversation["id"].as_str().unwrap());
    let day = json!({"minutes": 1440});
    for (method, action, body) in [
        ("POST", "/assign", json!({"user_id": user["id"]})),
        ("POST", "/snooze", day),
        ("DELETE", "/snooze", Value::Null),
        ("POST", "/close", Value::Null),
        ("POST", "/reopen", Value::Null),
        ("POST", "/assign", json!({"user_id": null})),
        ("POST", "/assign", json!({"user_id": null})),
    ] {
        let body = Some(body).filter(|body| !body.is_null());
        assert_eq!(world.call(method, &path(action), body).await.status, 200, "{action}");
    }
    world.settle().await;
    let handled = world.timeline(&contact, 2).await;
    let (news, before) = handled.split_at(handled.len() - whole.len());
    assert_eq!(before, whole);
    assert_eq!(
        kinds(news),
        ["unassigned", "reopened", "closed", "woken", "snoozed", "assigned"],
        "in their order, within a second too"
    );
    for moment in news {
        assert_eq!(moment["turn"]["by"], "bootstrap", "{moment}");
        assert_eq!(moment["turn"]["conversation_id"], conversation["id"]);
    }
    let turn = |kind: &str| news.iter().find(|moment| moment["turn"]["type"] == kind).unwrap()["turn"].clone();
    assert_eq!(turn("assigned")["data"], json!({"before": null, "after": user["id"]}));
    assert_eq!(turn("woken")["data"]["reason"], "taken_back");
    let odd = world.call("GET", &path_of(&contact, "/timeline?cursor=timeline.MDAx"), None).await;
    assert_eq!(odd.status, 400, "{}", odd.body);
}
