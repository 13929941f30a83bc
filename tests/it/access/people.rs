//! Users, groups and the keys that act as users.
use serde_json::{Value, json};

use super::kind;
use crate::world::World;
use crate::world::receiver::Receiver;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_never_does_more_than_its_user() {
    let world = World::start().await;
    let uma = world.hire("Uma", "admin", "all", &[]).await;
    let scoped =
        world.new_key(json!({"name": "Narrow", "user_id": uma.id, "scopes": ["inbox:read", "setup:read"]})).await;
    let status = async |key: &str, path: &str| world.call_as(key, "GET", path, None, None).await.status;
    assert_eq!(status(&uma.key, "/v1/api-keys").await, 200);
    let refused = world.call_as(&scoped, "GET", "/v1/api-keys", None, None).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body["detail"].as_str().unwrap().contains("setup:write"), "{}", refused.body);
    assert_eq!(status(&scoped, "/v1/contacts").await, 200);

    let user = format!("/v1/users/{}", uma.id);
    world.done("PATCH", &user, json!({"role": "agent"})).await;
    assert_eq!(status(&uma.key, "/v1/api-keys").await, 403, "the role is the user's of the moment");
    assert_eq!(status(&uma.key, "/v1/contacts").await, 200);
    world.done("PATCH", &user, json!({"is_active": false})).await;
    for key in [&uma.key, &scoped] {
        assert_eq!(status(key, "/v1/contacts").await, 401, "who is not active is refused");
    }
    world.done("PATCH", &user, json!({"is_active": true})).await;
    assert_eq!(status(&uma.key, "/v1/contacts").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_scopes_makes_none_that_may_more() {
    let world = World::start().await;
    let narrow = world.new_key(json!({"name": "n", "role": "admin", "scopes": ["inbox:read", "setup:write"]})).await;
    let make = async |body: Value| world.call_as(&narrow, "POST", "/v1/api-keys", Some(body), None).await;
    for (body, field) in [
        (json!({"name": "x", "role": "admin"}), "scopes"),
        (json!({"name": "x", "role": "admin", "scopes": []}), "scopes"),
        (json!({"name": "x", "role": "agent", "scopes": ["setup:write"]}), "scopes[0]"),
        (json!({"name": "x", "scopes": ["inbox:read"]}), "role"),
    ] {
        let answer = make(body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["errors"][0]["field"]),
            (400, &json!(field)),
            "{body}: {}",
            answer.body
        );
    }
    let more = make(json!({"name": "x", "role": "admin", "scopes": ["inbox:read", "credits:write"]})).await;
    assert_eq!((more.status, kind(&more)), (403, "more-than-yours"), "{}", more.body);
    assert!(more.body["detail"].as_str().unwrap().ends_with("lacks credits:write."), "{}", more.body);
    assert_eq!(make(json!({"name": "x", "role": "agent", "scopes": ["inbox:read"]})).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_scopes_makes_nobody_who_may_more() {
    let world = World::start().await;
    let uma = world.hire("Uma", "agent", "own", &[]).await;
    let boss = world.hire("Boss", "admin", "all", &[]).await;
    let group = world.found_team("Sales").await;
    let key = async |scopes: Value| world.new_key(json!({"name": "n", "role": "admin", "scopes": scopes})).await;
    let setup_only = key(json!(["setup:read", "setup:write"])).await;
    let agents_too = key(json!(["inbox:read", "inbox:write", "setup:read", "setup:write"])).await;
    let call = async |key: &str, method: &str, who: &str, body: &Value| {
        world.call_as(key, method, &format!("/v1/users{who}"), Some(body.clone()), None).await
    };
    let (of_uma, of_boss) = (format!("/{}", uma.id), format!("/{}", boss.id));
    let new = |role: &str| json!({"name": "New", "role": role});
    for (key, lacks, method, who, body) in [
        (&setup_only, "inbox:read, inbox:write", "POST", "", new("agent")),
        (&setup_only, "inbox:read", "PATCH", &of_uma, json!({"reach": "all"})),
        (&setup_only, "inbox:read", "PATCH", &of_uma, json!({"groups": [group]})),
        (&agents_too, "attachments:judge", "POST", "", new("integration")),
        (&agents_too, "credits:write", "POST", "", new("admin")),
        (&agents_too, "credits:write", "PATCH", &of_uma, json!({"role": "admin"})),
        (&agents_too, "credits:write", "PATCH", &of_uma, json!({"role": "admin", "is_active": false})),
        (&agents_too, "credits:write", "PATCH", &of_boss, json!({"external_id": "me"})),
        (&agents_too, "credits:write", "PATCH", &of_boss, json!({"email": "me@example.org"})),
        (&agents_too, "credits:write", "PATCH", &of_boss, json!({"role": "agent", "external_id": "me"})),
        (&agents_too, "credits:write", "PATCH", &of_boss, json!({"role": "agent"})),
    ] {
        let answer = call(key, method, who, &body).await;
        assert_eq!((answer.status, kind(&answer)), (403, "more-than-yours"), "{body}: {}", answer.body);
        assert!(answer.body["detail"].as_str().unwrap().contains(lacks), "{body}: {}", answer.body);
    }
    for (method, who, body, status) in [
        ("POST", "", new("agent"), 201),
        ("PATCH", &of_uma, json!({"reach": "all", "groups": [group]}), 200),
        ("PATCH", &of_boss, json!({"is_active": false}), 200),
        ("PATCH", &of_boss, json!({"is_active": true}), 403),
    ] {
        let answer = call(&agents_too, method, who, &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
    }
    assert_eq!(world.get(&format!("/v1/users{of_uma}")).await["reach"], "all", "the control");
    assert_eq!(call(&boss.key, "PATCH", &of_boss, &new("admin")).await.status, 401, "the boss is refused from then on");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_told_elsewhere_what_they_may_not_read() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let key = async |scopes: Value| world.new_key(json!({"name": "n", "role": "admin", "scopes": scopes})).await;
    let blind = key(json!(["webhooks:write"])).await;
    let reader = key(json!(["webhooks:write", "events:read"])).await;
    let call = async |key: &str, method: &str, path: &str, body: &Value| {
        world.call_as(key, method, path, Some(body.clone()), None).await
    };
    let new = |events: Value| json!({"url": shop.url("/hook"), "events": events});
    let made = call(&reader, "POST", "/v1/webhooks", &new(json!(["contact.*", "credits.low"]))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let of_all = format!("/v1/webhooks/{}", made.body["id"].as_str().unwrap());
    let replay = format!("{of_all}/replay");
    let since = json!({"from": "2026-01-01T00:00:00Z"});
    for (method, path, body) in [
        ("POST", "/v1/webhooks", new(json!(["contact.*"]))),
        ("PATCH", &of_all, json!({"url": shop.url("/other")})),
        ("POST", &replay, since.clone()),
    ] {
        let answer = call(&blind, method, path, &body).await;
        assert_eq!((answer.status, kind(&answer)), (403, "forbidden"), "{method} {body}: {}", answer.body);
        assert!(answer.body["detail"].as_str().unwrap().contains("events:read"), "{method} {body}: {}", answer.body);
    }
    assert_eq!(world.get(&of_all).await["url"], shop.url("/hook"));
    assert_eq!(call(&reader, "POST", &replay, &since).await.status, 202, "the control");
    assert_eq!(call(&reader, "PATCH", &of_all, &json!({"events": ["contact.*"]})).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_learns_who_they_are_and_what_they_may() {
    let world = World::start().await;
    let me = world.get("/v1/me").await;
    assert_eq!((&me["actor"], &me["user"], &me["role"]), (&json!("bootstrap"), &json!(null), &json!("admin")));
    let uma = world.hire("Uma", "agent", "own", &[]).await;
    let me = uma.get(&world, "/v1/me").await.body;
    assert_eq!((&me["actor"], &me["user"]["name"], &me["reach"]), (&json!(uma.id), &json!("Uma"), &json!("own")));
    assert_eq!(me["scopes"], json!(["inbox:read", "inbox:write", "setup:read"]));
    let key = world.new_key(json!({"name": "n", "role": "integration", "scopes": ["events:read"]})).await;
    let me = world.call_as(&key, "GET", "/v1/me", None, None).await;
    assert_eq!((me.status, &me.body["scopes"], &me.body["reach"]), (200, &json!(["events:read"]), &json!("all")));
    assert!(me.body["actor"].as_str().unwrap().starts_with("key_"), "{}", me.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_their_own_rights_away() {
    let world = World::start().await;
    let uma = world.hire("Uma", "admin", "all", &[]).await;
    let path = format!("/v1/users/{}", uma.id);
    for body in [json!({"role": "agent"}), json!({"is_active": false})] {
        let answer = world.call_as(&uma.key, "PATCH", &path, Some(body), None).await;
        assert_eq!((answer.status, kind(&answer)), (409, "not-on-yourself"), "{}", answer.body);
    }
    let answer = world.call_as(&uma.key, "PATCH", &path, Some(json!({"name": "Uma Unger"})), None).await;
    assert_eq!((answer.status, &answer.body["name"]), (200, &json!("Uma Unger")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_leads_to_one_user() {
    let world = World::start().await;
    let user = |name: &str, email: &str| json!({"name": name, "role": "agent", "email": email});
    let first = world.post("/v1/users", user("Ann", "ann@example.org")).await;
    let second = world.post("/v1/users", user("Anna", "ANN@example.org")).await;
    assert_eq!((second.status, &second.body["id"]), (409, &first.body["id"]), "{}", second.body);
    let path = format!("/v1/users/{}", first.body["id"].as_str().unwrap());
    world.done("PATCH", &path, json!({"email": "ann@example.com"})).await;
    let second = world.post("/v1/users", user("Anna", "ANN@example.org")).await;
    assert_eq!(second.status, 201, "the address is free again: {}", second.body);
    let back = world.call("PATCH", &path, Some(json!({"email": "ann@example.org"}))).await;
    assert_eq!((back.status, kind(&back)), (409, "already-exists"), "{}", back.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_goes_when_nobody_is_in_it() {
    let world = World::start().await;
    let group = world.found_team("Sales").await;
    let path = format!("/v1/groups/{group}");
    let uma = world.hire("Uma", "agent", "own", &[&group]).await;
    assert_eq!(world.get(&path).await["members"], json!([uma.id]));
    assert_eq!(world.done("PATCH", &path, json!({"name": "Sales EU"})).await["name"], "Sales EU");
    let refused = world.call("DELETE", &path, None).await;
    assert_eq!((refused.status, kind(&refused)), (409, "group-in-use"), "{}", refused.body);
    world.done("PATCH", &format!("/v1/users/{}", uma.id), json!({"groups": []})).await;
    assert_eq!(world.call("DELETE", &path, None).await.status, 204);
    assert_eq!(world.call("GET", &path, None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_has_a_phone_or_a_user_id() {
    let world = World::start().await;
    let answer = world.post("/v1/contacts", json!({"kind": "lead"})).await;
    assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (400, &json!("phone")), "{}", answer.body);
}
