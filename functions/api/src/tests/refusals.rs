//! Refusals that come before the input is read: routes, methods, keys, roles.
use super::*;

/// Every operation of the document: method and path, with ids filled in.
fn operations() -> Vec<(Method, String, Value)> {
    let document: Value = serde_json::from_str(crate::openapi::DOCUMENT).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            operations.push((method, path.replace("{id}", "x"), operation.clone()));
        }
    }
    operations
}

#[tokio::test]
async fn every_route_but_the_open_ones_asks_for_a_key() {
    let mut open = Vec::new();
    for (method, path, operation) in operations() {
        let response = answer(request(method, &path, None, Body::empty())).await;
        assert_eq!(response.status() == StatusCode::UNAUTHORIZED, operation["security"].is_array(), "{path}");
        if response.status() != StatusCode::UNAUTHORIZED {
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            open.push(path);
        }
    }
    assert_eq!(open, ["/v1/health", "/v1/openapi.json"]);
}

#[tokio::test]
async fn a_refused_key_is_asked_for_another() {
    let response = answer(request(Method::GET, "/v1/contacts", None, Body::empty())).await;
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    insta::assert_json_snapshot!(body(response).await);
}

#[tokio::test]
async fn unknown_routes_and_methods_are_named() {
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/channels/", "/v1/channels/a/b"] {
        assert_eq!(problem(get(path)).await.0, "no-such-route", "{path}");
    }
    let response = answer(request(Method::PUT, "/v1/channels", None, Body::empty())).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    let mut allowed: Vec<&str> = response.headers()[ALLOW].to_str().unwrap().split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    assert_eq!(body(response).await["type"], "https://casement.dev/problems/method-not-allowed");
}

#[tokio::test]
async fn a_table_out_of_reach_is_no_fault_of_the_caller() {
    let response = answer(get("/v1/credits")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    insta::assert_json_snapshot!(body(response).await);
}
