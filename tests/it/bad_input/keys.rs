//! Who is let in, and to what.
use serde_json::json;

use super::document::{Operation, closed, operations};
use super::requests::{Client, is_unchanged, state};
use crate::world::World;

/// What a role may not do. All else is allowed to it.
const AGENT_MAY_NOT: &[(&str, &str)] = &[
    ("GET", "/v1/api-keys"),
    ("POST", "/v1/api-keys"),
    ("DELETE", "/v1/api-keys/{id}"),
    ("POST", "/v1/attachments/{id}/verdict"),
    ("POST", "/v1/contact-fields"),
    ("PATCH", "/v1/contact-fields/{id}"),
    ("DELETE", "/v1/contact-fields/{id}"),
    ("POST", "/v1/channels"),
    ("PATCH", "/v1/channels/{id}"),
    ("DELETE", "/v1/channels/{id}"),
    ("POST", "/v1/channels/{id}/resume"),
    ("GET", "/v1/credits"),
    ("GET", "/v1/credits/costs"),
    ("GET", "/v1/credits/entries"),
    ("GET", "/v1/credits/reconciliations"),
    ("POST", "/v1/credits/adjustments"),
    ("GET", "/v1/credits/rates"),
    ("PUT", "/v1/credits/rates"),
    ("GET", "/v1/credits/adjustments/{id}"),
    ("GET", "/v1/credits/top-ups"),
    ("POST", "/v1/credits/top-ups"),
    ("GET", "/v1/credits/top-ups/{id}"),
    ("GET", "/v1/credits/auto-recharge"),
    ("PUT", "/v1/credits/auto-recharge"),
    ("GET", "/v1/audit"),
    ("GET", "/v1/events"),
    ("POST", "/v1/groups"),
    ("PATCH", "/v1/groups/{id}"),
    ("DELETE", "/v1/groups/{id}"),
    ("PATCH", "/v1/settings"),
    ("POST", "/v1/templates"),
    ("PATCH", "/v1/templates/{id}"),
    ("DELETE", "/v1/templates/{id}"),
    ("POST", "/v1/templates/{id}/unpause"),
    ("POST", "/v1/templates/sync"),
    ("PUT", "/v1/templates/{id}/fallbacks"),
    ("POST", "/v1/users"),
    ("PATCH", "/v1/users/{id}"),
    ("POST", "/v1/document-sources"),
    ("PATCH", "/v1/document-sources/{id}"),
    ("DELETE", "/v1/document-sources/{id}"),
    ("GET", "/v1/webhooks"),
    ("POST", "/v1/webhooks"),
    ("GET", "/v1/webhooks/{id}"),
    ("PATCH", "/v1/webhooks/{id}"),
    ("DELETE", "/v1/webhooks/{id}"),
    ("POST", "/v1/webhooks/{id}/rotate-secret"),
    ("POST", "/v1/webhooks/{id}/test"),
    ("POST", "/v1/webhooks/{id}/replay"),
    ("GET", "/v1/webhooks/{id}/deliveries"),
    ("GET", "/v1/webhooks/deliveries/{id}"),
    ("POST", "/v1/webhooks/deliveries/{id}/retry"),
    ("GET", "/v1/webhooks/replays/{id}"),
];
const INTEGRATION_MAY_NOT: &[(&str, &str)] = &[
    ("GET", "/v1/api-keys"),
    ("POST", "/v1/api-keys"),
    ("DELETE", "/v1/api-keys/{id}"),
    ("POST", "/v1/contact-fields"),
    ("PATCH", "/v1/contact-fields/{id}"),
    ("DELETE", "/v1/contact-fields/{id}"),
    ("POST", "/v1/channels"),
    ("PATCH", "/v1/channels/{id}"),
    ("DELETE", "/v1/channels/{id}"),
    ("POST", "/v1/channels/{id}/resume"),
    ("POST", "/v1/credits/adjustments"),
    ("POST", "/v1/credits/top-ups"),
    ("PUT", "/v1/credits/auto-recharge"),
    ("PUT", "/v1/credits/rates"),
    ("GET", "/v1/audit"),
    ("POST", "/v1/groups"),
    ("PATCH", "/v1/groups/{id}"),
    ("DELETE", "/v1/groups/{id}"),
    ("PATCH", "/v1/settings"),
    ("POST", "/v1/users"),
    ("PATCH", "/v1/users/{id}"),
];

async fn key(world: &World, role: &str) -> (String, String) {
    let made = world.post("/v1/api-keys", json!({"name": role, "role": role})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let text = |name: &str| made.body[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_key_nothing_is_shown_or_done() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    let good = format!("Bearer {}", world.stack.admin_key());
    let (almost, long) = (format!("{good}x"), format!("Bearer {}", "x".repeat(5000)));
    let refused: [&[(&str, &str)]; 8] = [
        &[],
        &[("authorization", "")],
        &[("authorization", "Bearer")],
        &[("authorization", "Basic YWRtaW46YWRtaW4=")],
        &[("authorization", "Bearer ck_0000000000000000")],
        &[("authorization", &almost)],
        &[("authorization", &long)],
        &[("authorization", "Bearer schlüssel")],
    ];
    for operation in closed() {
        for headers in refused {
            let what = format!("{} with {headers:?}", operation.name());
            let reply = client.send(&operation.method, &operation.to_nothing(), headers, "{}").await;
            reply.is(401, &what);
            assert_eq!(reply.headers["www-authenticate"], "Bearer", "{what}");
        }
    }
    is_unchanged(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_its_own_and_no_more() {
    let world = World::start().await;
    let client = Client::new(&world);
    let mut keys = Vec::new();
    for (role, may_not) in [("admin", &[][..]), ("agent", AGENT_MAY_NOT), ("integration", INTEGRATION_MAY_NOT)] {
        keys.push((role, may_not, key(&world, role).await));
    }
    let before = state(&world).await;
    let listed =
        |list: &[(&str, &str)], operation: &Operation| list.iter().any(|(method, path)| operation.is(method, path));
    for operation in closed() {
        for (role, may_not, (_, key)) in &keys {
            let what = format!("{} as {role}", operation.name());
            let reply = client.as_role(key, &operation.method, &operation.to_nothing()).await;
            if listed(may_not, &operation) {
                reply.is(403, &what);
                assert!(reply.body["detail"].as_str().unwrap().contains(role), "{what}: {}", reply.body);
            } else {
                assert!(![401, 403].contains(&reply.status) && reply.status < 500, "{what}: {reply:?}");
            }
        }
    }
    for (method, path) in AGENT_MAY_NOT.iter().chain(INTEGRATION_MAY_NOT) {
        assert!(operations().iter().any(|operation| operation.is(method, path)), "{method} {path} is no route");
    }
    is_unchanged(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused() {
    let world = World::start().await;
    let client = Client::new(&world);
    let (id, key) = key(&world, "agent").await;
    assert_eq!(client.as_role(&key, "GET", "/v1/contacts").await.status, 200);
    assert_eq!(world.call("DELETE", &format!("/v1/api-keys/{id}"), None).await.status, 204);
    client.as_role(&key, "GET", "/v1/contacts").await.is(401, "a revoked key");
    let listed = world.get("/v1/api-keys").await.to_string();
    assert!(listed.contains(&id) && !listed.contains(&key), "the key itself is nowhere shown again");
}
