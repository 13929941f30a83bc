//! Ids, parameters and methods that are none.
use super::document::operations;
use super::requests::{Client, is_unchanged, state};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    for operation in operations().iter().filter(|operation| operation.has_id()) {
        let what = operation.name();
        let path = operation.to_nothing();
        let reply = match operation.takes_body() {
            true => client.json(&operation.method, &path, &operation.body(&world)).await,
            false => client.with(&operation.method, &path, &[], "").await,
        };
        // A notification is somebody's: the administrator's key has none.
        if path.starts_with("/v1/notifications/") {
            reply.is(422, &what);
            continue;
        }
        reply.is(404, &what);
        assert!(reply.body["detail"].as_str().unwrap().contains(&operation.unknown_id()), "{what}: {}", reply.body);

        let good = operation.unknown_id();
        let (upper, longer, shorter) = (good.to_uppercase(), format!("{good}0"), good[..good.len() - 1].to_owned());
        let huge = "x".repeat(4000);
        for odd in
            ["x", "0", "null", "con_", &upper, &longer, &shorter, "%00", "%FF", "..%2fnothing", "%20", "🙂", &huge]
        {
            let path = operation.with_id(&odd.replace('🙂', "%F0%9F%99%82"));
            let reply = client.text(&operation.method, &path, if operation.takes_body() { "{}" } else { "" }).await;
            reply.is_problem(&format!("{what} of {odd}"));
            assert!(matches!(reply.status, 400 | 404), "{what} of {odd}: {}", reply.body);
        }
    }
    for path in ["/v1/nothing", "/v1/channels/", "/v1//channels", "/v1/channels/a/b/c", "/v1/openapi", "/v1/Channels"] {
        client.get(path).await.is(404, path);
    }
    is_unchanged(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_no_route_takes_is_named() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    for operation in operations() {
        // The two open routes are asked by monitors and browsers, which add parameters of their own.
        if operation.is("GET", "/v1/health") || operation.is("GET", "/v1/openapi.json") {
            continue;
        }
        let what = operation.name();
        let path = operation.to_nothing();
        let ask = async |query: &str| client.with(&operation.method, &format!("{path}?{query}"), &[], "").await;
        ask("surprise=1").await.names("surprise", &what);
        if operation.takes("limit") {
            for odd in ["0", "101", "-1", "1.5", "abc", "", "99999999999999999999", "1%00"] {
                ask(&format!("limit={odd}")).await.names("limit", &format!("{what} limit={odd}"));
            }
            ask("limit=1&limit=2").await.names("limit", &format!("{what}, limit twice"));
        }
        if operation.takes("cursor") {
            for odd in ["x", "", "MDAx", "contacts.", "contacts.%25%25", "..", &"c".repeat(3000)] {
                ask(&format!("cursor={odd}")).await.names("cursor", &format!("{what} cursor={odd}"));
            }
        }
    }
    for (path, field) in [
        ("/v1/conversations?view=sideways", "view"),
        ("/v1/conversations?channel_id=x", "channel_id"),
        ("/v1/contacts?phone=abc", "phone"),
        ("/v1/contacts?bsuid=16505551234", "bsuid"),
        ("/v1/contacts?phone=%2B16505551234&bsuid=US.1", "bsuid"),
        ("/v1/events?type=window.slammed", "type"),
    ] {
        client.get(path).await.names(field, path);
    }
    is_unchanged(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_a_route_does_not_have_is_refused_with_those_that_it_has() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    let operations = operations();
    for operation in &operations {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            if operations.iter().any(|other| other.is(method, &operation.path)) {
                continue;
            }
            let what = format!("{method} {}", operation.path);
            let reply = client.with(method, &operation.to_nothing(), &[], "").await;
            reply.is(405, &what);
            let allow = reply.headers["allow"].to_str().unwrap();
            assert!(allow.split(',').any(|allowed| allowed.trim() == operation.method), "{what}: {allow}");
        }
    }
    is_unchanged(&world, &before).await;
}
