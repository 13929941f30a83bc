//! The front over real connections: events as functions see them, responses as callers see them, refusals.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{HttpApi, Routes, event};
use crate::fake_function;
use crate::lambda::Lambda;

struct World {
    _folder: TempDir,
    lambda: Lambda,
    front: HttpApi,
}

impl World {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut spec = fake_function::spec(&folder, "Api");
        spec.timeout = Duration::from_millis(700);
        let lambda = Lambda::new(vec![spec], false);
        let mut routes = Routes::default();
        routes.add("ANY", "/v1/{proxy+}", "Api");
        routes.add("POST", "/hooks/{name}", "Api");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let front = HttpApi::serve(listener, lambda.clone(), routes, "000000000000").unwrap();
        Self { _folder: folder, lambda, front }
    }

    async fn send(&self, request: http::request::Builder, path: &str, body: impl Into<Bytes>) -> Response<Bytes> {
        let request: Request<Full<Bytes>> =
            request.uri(format!("{}{path}", self.front.url())).body(Full::new(body.into())).unwrap();
        let response = Client::builder(TokioExecutor::new()).build_http().request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }

    async fn event(&self, request: http::request::Builder, path: &str, body: impl Into<Bytes>) -> Value {
        let response = self.send(request, path, body).await;
        assert_eq!(response.status(), StatusCode::OK, "{:?}", response.body());
        serde_json::from_slice(response.body()).unwrap()
    }
}

#[tokio::test]
async fn a_request_becomes_an_event_of_format_2() {
    let world = World::new().await;
    let request = Request::post("/")
        .header("Content-Type", "application/json; charset=utf-8")
        .header("X-Two", "a")
        .header("x-two", "b");
    let request = request.header("cookie", "one=1; two=2").header("user-agent", "test");
    let event = world.event(request, "/v1/a%20b/c?x=1&y=%C3%A9+z&x=2", r#"{"a":"ü"}"#).await;
    for (pointer, expected) in [
        ("/version", json!("2.0")),
        ("/routeKey", json!("ANY /v1/{proxy+}")),
        ("/rawPath", json!("/v1/a b/c")),
        ("/rawQueryString", json!("x=1&y=%C3%A9+z&x=2")),
        ("/cookies", json!(["one=1", "two=2"])),
        ("/headers/x-two", json!("a,b")),
        ("/headers/x-forwarded-for", json!("127.0.0.1")),
        ("/queryStringParameters", json!({ "x": "1,2", "y": "é z" })),
        ("/pathParameters", json!({ "proxy": "a b/c" })),
        ("/requestContext/http/method", json!("POST")),
        ("/requestContext/http/path", json!("/v1/a b/c")),
        ("/requestContext/http/protocol", json!("HTTP/1.1")),
        ("/requestContext/http/sourceIp", json!("127.0.0.1")),
        ("/requestContext/http/userAgent", json!("test")),
        ("/requestContext/stage", json!("$default")),
        ("/body", json!(r#"{"a":"ü"}"#)),
        ("/isBase64Encoded", json!(false)),
    ] {
        assert_eq!(event.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert_eq!(event["headers"].get("cookie"), None);
    let event = world.event(Request::get("/"), "/v1/x", "").await;
    assert_eq!(["body", "cookies", "queryStringParameters"].map(|name| event.get(name).is_some()), [false; 3]);
    world.lambda.shutdown().await;
}

#[tokio::test]
async fn only_text_types_arrive_as_text() {
    let world = World::new().await;
    for (content_type, body, base64) in [
        (Some("text/plain"), &b"abc"[..], false),
        (Some("application/xml"), b"abc", false),
        (Some("application/javascript"), b"abc", false),
        (Some("application/json"), b"\xff\xfe", true),
        (Some("application/problem+json"), b"abc", true),
        (Some("application/x-www-form-urlencoded"), b"abc", true),
        (Some("application/octet-stream"), b"abc", true),
        (None, b"abc", true),
    ] {
        let request =
            content_type.into_iter().fold(Request::post("/"), |request, value| request.header("content-type", value));
        let event = world.event(request, "/v1/x", body).await;
        assert_eq!(event["isBase64Encoded"], base64, "{content_type:?}");
        if base64 && body == b"abc" {
            assert_eq!(event["body"], "YWJj");
        }
    }
    world.lambda.shutdown().await;
}

#[tokio::test]
async fn what_a_function_returns_becomes_the_response() {
    let world = World::new().await;
    let response = world.send(Request::get("/"), "/v1/binary", "").await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["content-type"], "image/png");
    assert_eq!(response.headers()["x-number"], "7");
    assert_eq!(response.headers().get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!(response.body().as_ref(), [0, 1, 2]);
    let response = world.send(Request::get("/"), "/v1/bare", "").await;
    assert_eq!((response.status(), response.body().as_ref()), (StatusCode::OK, &br#"{"bare":true}"#[..]));
    assert_eq!(response.headers()["content-type"], "application/json");
    world.lambda.shutdown().await;
}

#[tokio::test]
async fn the_front_refuses_in_the_words_of_api_gateway() {
    let world = World::new().await;
    let long = "h".repeat(10_300);
    for (request, path, body, status, message) in [
        (Request::get("/"), "/elsewhere", Bytes::new(), 404, "Not Found"),
        (Request::get("/"), "/v1", Bytes::new(), 404, "Not Found"),
        (Request::get("/"), "/hooks/a", Bytes::new(), 404, "Not Found"),
        (Request::post("/"), "/v1/x", vec![b'x'; 10 * 1024 * 1024 + 1].into(), 413, "Request Entity Too Large"),
        (Request::post("/"), "/v1/x", vec![b'x'; 5 * 1024 * 1024].into(), 413, "Request Entity Too Large"),
        (Request::get("/").header("long", &long), "/v1/x", Bytes::new(), 431, "Request Header Fields Too Large"),
        (Request::get("/"), "/v1/fail", Bytes::new(), 500, "Internal Server Error"),
        (Request::get("/"), "/v1/broken", Bytes::new(), 500, "Internal Server Error"),
        (Request::get("/"), "/v1/hang", Bytes::new(), 500, "Internal Server Error"),
    ] {
        let response = world.send(request, path, body).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(serde_json::from_slice::<Value>(response.body()).unwrap(), json!({ "message": message }), "{path}");
    }
    let World { lambda, front, _folder } = world;
    front.shutdown().await;
    lambda.shutdown().await;
}

#[test]
fn the_most_specific_route_is_taken() {
    let mut routes = Routes::default();
    for (method, path) in
        [("ANY", "/{all+}"), ("ANY", "/a/{b}"), ("GET", "/a/{b}"), ("ANY", "/a/b"), ("GET", "/a/{rest+}")]
    {
        routes.add(method, path, "F");
    }
    for (method, path, key) in [
        (Method::GET, "/a/b", "ANY /a/b"),
        (Method::GET, "/a/x", "GET /a/{b}"),
        (Method::POST, "/a/x", "ANY /a/{b}"),
        (Method::GET, "/a/x/y", "GET /a/{rest+}"),
        (Method::POST, "/a/x/y", "ANY /{all+}"),
    ] {
        assert_eq!(routes.find(&method, path).map(|found| found.key), Some(key), "{method} {path}");
    }
    assert!(routes.find(&Method::GET, "/").is_none());
}

#[test]
fn broken_percent_encoding_stays_as_it_is() {
    for (text, plus, decoded) in [
        ("a%20b", false, "a b"),
        ("a+b", false, "a+b"),
        ("a+b", true, "a b"),
        ("%", true, "%"),
        ("%4", true, "%4"),
        ("%zz%41", true, "%zzA"),
    ] {
        assert_eq!(event::decode(text, plus), decoded, "{text}");
    }
}
