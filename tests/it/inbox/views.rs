//! Views: saved for oneself, a group or all; listed, asked by, counted, kept by those whose they are (P46).
use serde_json::{Value, json};

use super::{Person, act, problem};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

async fn names(world: &World, agent: &Person) -> Vec<String> {
    let page = world.get_by(agent, "/v1/views?limit=100").await;
    page["items"].as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
}

async fn count(world: &World, agent: &Person, id: &Value) -> Value {
    world.get_by(agent, &format!("/v1/views/{}/count", id.as_str().unwrap())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn views_are_saved_shown_and_changed_by_those_whose_they_are() {
    let world = World::start().await;
    let sales = world.found_team("Sales").await;
    let uma = world.hire("Uma", "agent", "group", &[&sales]).await;
    let (olaf, ida) =
        (world.hire("Olaf", "agent", "own", &[&sales]).await, world.hire("Ida", "agent", "all", &[]).await);
    let built_in = ["All", "All unreplied", "Mine", "Sent today", "Unreplied"];
    let new = |name: &str, scope: Value| {
        let mut view = json!({"name": name, "filters": {"unreplied_for": "2d", "label": "vip"}, "sort": "newest"});
        scope.as_object().unwrap().iter().for_each(|(member, value)| view[member] = value.clone());
        view
    };
    let mine = world.call_by(&uma, "POST", "/v1/views", new("Hers", json!({"scope": "mine"}))).await;
    assert_eq!(mine.status, 201, "{}", mine.body);
    assert_eq!(mine.body["filters"], json!({"unreplied_for": "2d", "label": "vip"}));
    let theirs = json!({"scope": "group", "group_id": sales});
    let group = world.call_by(&uma, "POST", "/v1/views", new("Theirs", theirs.clone())).await;
    assert_eq!(group.status, 201, "{}", group.body);
    for (agent, scope) in [(&uma, json!({"scope": "all"})), (&olaf, json!({"scope": "all"}))] {
        let refused = world.call_by(agent, "POST", "/v1/views", new("No", scope)).await;
        assert_eq!((refused.status, problem(&refused)), (403, "view-not-yours"));
    }
    let all = world.call_by(&ida, "POST", "/v1/views", new("Everybody's", json!({"scope": "all"}))).await;
    assert_eq!(all.status, 201, "{}", all.body);
    let refused = world.post("/v1/views", new("Whose", json!({"scope": "mine"}))).await;
    assert_eq!(problem(&refused), "user-needed");
    for odd in [json!({"scope": "group"}), json!({"scope": "all", "group_id": sales})] {
        assert_eq!(problem(&world.post("/v1/views", new("Odd", odd)).await), "invalid-input");
    }
    for (agent, saved) in [
        (&uma, vec!["Hers", "Theirs", "Everybody's"]),
        (&olaf, vec!["Theirs", "Everybody's"]),
        (&ida, vec!["Theirs", "Everybody's"]),
    ] {
        assert_eq!(names(&world, agent).await, [&built_in[..], &saved].concat());
    }
    let path = |view: &Value| format!("/v1/views/{}", view["id"].as_str().unwrap());
    let renamed = world.call_by(&olaf, "PATCH", &path(&group.body), json!({"name": "Ours", "sort": null})).await;
    assert_eq!((renamed.status, &renamed.body["name"], &renamed.body["sort"]), (200, &json!("Ours"), &Value::Null));
    assert_eq!(renamed.body["filters"], group.body["filters"]);
    for (agent, view, status) in [(&olaf, &mine.body, 404), (&olaf, &all.body, 403), (&ida, &mine.body, 404)] {
        assert_eq!(world.call_by(agent, "PATCH", &path(view), json!({"name": "x"})).await.status, status);
        assert_eq!(world.call_by(agent, "DELETE", &path(view), Value::Null).await.status, status);
    }
    assert_eq!(world.call_by(&uma, "DELETE", &path(&mine.body), Value::Null).await.status, 200);
    assert_eq!(world.call_by(&uma, "DELETE", &path(&mine.body), Value::Null).await.status, 404);
    let built_in = world.get_by(&uma, "/v1/views").await["items"][0].clone();
    assert_eq!(world.call_by(&ida, "DELETE", &path(&built_in), Value::Null).await.status, 403);
    assert_eq!(world.get_by(&uma, "/v1/views").await["items"][0], built_in, "its id stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_asked_by_its_id_and_counts_what_it_shows() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "own", &[]).await, world.hire("Olaf", "agent", "all", &[]).await);
    let (ann, bob) = (world.wrote(ANN, "wamid.1").await, world.wrote(BOB, "wamid.2").await);
    assert_eq!(world.post(&act(&ann, "/assign"), json!({"user_id": uma.id})).await.status, 200);
    let one = |count: usize| json!({"count": count, "is_more": false});
    let views = world.get_by(&uma, "/v1/views").await;
    let id = |name: &str| {
        views["items"].as_array().unwrap().iter().find(|view| view["built_in"] == name).unwrap()["id"].clone()
    };
    for (name, hers, his) in
        [("all", 1, 2), ("all_unreplied", 1, 2), ("mine", 1, 0), ("sent_today", 0, 0), ("unreplied", 1, 0)]
    {
        assert_eq!(count(&world, &uma, &id(name)).await, one(hers), "{name}");
        assert_eq!(count(&world, &olaf, &id(name)).await, one(his), "{name}");
        assert_eq!(world.found_by(&uma, &format!("?view={name}")).await.len(), hers, "{name}");
        assert_eq!(world.found_by(&olaf, &format!("?view={}", id(name).as_str().unwrap())).await.len(), his, "{name}");
    }
    let view = json!({"name": "Nobody's", "scope": "all", "filters": {"assignee": "none", "unreplied": true}});
    let view = world.post("/v1/views", view).await;
    assert_eq!(view.status, 201, "{}", view.body);
    let asked = format!("?view={}", view.body["id"].as_str().unwrap());
    assert_eq!(world.found_by(&olaf, &asked).await, [bob["id"].clone()]);
    assert!(world.found_by(&uma, &asked).await.is_empty(), "a view shows nobody more than they see");
    assert_eq!(count(&world, &uma, &view.body["id"]).await, one(0));
    assert_eq!(world.found_by(&olaf, &format!("{asked}&assignee={}", uma.id)).await, [ann["id"].clone()]);
    let unknown =
        world.call_by(&olaf, "GET", "/v1/conversations?view=viw_00000000000000000000000000", Value::Null).await;
    assert_eq!((unknown.status, problem(&unknown)), (422, "unknown-reference"));
    let me = world.call("GET", "/v1/conversations?assignee=me", None).await;
    assert_eq!((me.status, problem(&me)), (422, "user-needed"));
}
