//! Who is let in. To what, `access::walk` says.
use serde_json::json;

use super::document::closed;
use super::requests::{Client, is_unchanged, state};
use crate::world::World;

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
async fn a_revoked_key_is_refused() {
    let world = World::start().await;
    let client = Client::new(&world);
    let made = world.post("/v1/api-keys", json!({"name": "agent", "role": "agent"})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let [id, key] = ["id", "key"].map(|name| made.body[name].as_str().unwrap());
    assert_eq!(client.as_role(key, "GET", "/v1/contacts").await.status, 200);
    assert_eq!(world.call("DELETE", &format!("/v1/api-keys/{id}"), None).await.status, 204);
    client.as_role(key, "GET", "/v1/contacts").await.is(401, "a revoked key");
    let listed = world.get("/v1/api-keys").await.to_string();
    assert!(listed.contains(id) && !listed.contains(key), "the key itself is nowhere shown again");
}
