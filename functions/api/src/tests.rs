//! What the router answers by itself: problems over HTTP, without a table behind it.
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, retry::RetryConfig};
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use lambda_http::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE};
use lambda_http::http::{Method, StatusCode};
use net::{Allowed, Aws, Http, Outside};
use runtime::{Secret, Vault, clock};
use serde_json::{Value, json};
use store::Store;
use tower::ServiceExt;

use crate::auth;
use crate::{App, Files, Meta};

mod input;
mod refusals;

/// The administrator's key.
const ADMIN: &str = "admin";
/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// An app that knows the administrator's key and cannot reach a table. Other roles are tested against the whole.
#[expect(clippy::disallowed_methods, reason = "a client for an address where nothing listens")]
fn app() -> App {
    let http = Http::new(None).unwrap();
    let credentials = Credentials::new("KEY", "secret", None, None, "test");
    let region = || "eu-central-1".to_owned();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region()))
        .credentials_provider(credentials.clone())
        .http_client(http.clone())
        .retry_config(RetryConfig::disabled())
        .endpoint_url(NOWHERE)
        .build();
    let store = Store::new(aws_sdk_dynamodb::Client::from_conf(config), "casement".to_owned());
    let aws = Aws::new(http, region(), credentials, Some(NOWHERE.to_owned()), clock::system_now);
    let files = Files::new(aws.clone(), "media".to_owned(), "off");
    let token = Secret::new(aws.clone(), "/casement/whatsapp/access-token".to_owned());
    let meta = Meta::new(token, (Http::new(None).unwrap(), NOWHERE.to_owned(), "v26.0".to_owned()));
    let outside = Outside::new(Allowed::Public, None).unwrap();
    let vault = Vault::new(aws.clone(), "/casement/outside".to_owned());
    let admin = Secret::new(aws, "/casement/admin-key-sha256".to_owned());
    App::new(store, admin.holding(hex::encode(auth::hash(ADMIN))), files, meta, (outside, vault))
}

async fn answer(request: Request) -> Response {
    crate::router(app()).oneshot(request).await.unwrap()
}

fn request(method: Method, path: &str, key: Option<&str>, body: impl Into<Body>) -> Request {
    let mut request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header(AUTHORIZATION, format!("Bearer {key}"));
    }
    request.body(body.into()).unwrap()
}

fn get(path: &str) -> Request {
    request(Method::GET, path, Some(ADMIN), Body::empty())
}

fn post(path: &str, body: &Value) -> Request {
    request(Method::POST, path, Some(ADMIN), body.to_string())
}

async fn body(response: Response) -> Value {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The last part of a problem's type, its status, and `field: message` of each error.
async fn problem(request: Request) -> (String, u16, Vec<String>) {
    let response = answer(request).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    let body = body(response).await;
    assert_eq!(body["status"], status);
    let kind = body["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let error = |error: &Value| format!("{}: {}", error["field"].as_str().unwrap(), error["message"].as_str().unwrap());
    (kind, status, body["errors"].as_array().map(|errors| errors.iter().map(error).collect()).unwrap_or_default())
}
