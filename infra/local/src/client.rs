//! A caller of Casement's HTTP API from outside: for the seed, the demo, and the check of the audit log.

use anyhow::Context;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// Makes the request of a link that the API gave: it needs no key.
///
/// # Errors
/// The link is none, or no answer came.
pub async fn follow(link: &Value, body: Bytes) -> anyhow::Result<(StatusCode, Bytes)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut request = Request::builder().method(text(&link["method"]).as_str()).uri(text(&link["url"]));
    for (name, value) in link["headers"].as_object().into_iter().flatten() {
        request = request.header(name, text(value));
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Full::new(body))?).await.context("the link leads nowhere")?;
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

/// An API and a key to it.
#[derive(Clone, Debug)]
pub struct Caller {
    pub api_url: String,
    pub key: String,
}

impl Caller {
    /// Calls a route; an answer that is not JSON comes as text.
    ///
    /// # Errors
    /// No answer came.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<(StatusCode, Value)> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.api_url))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json");
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(tls);
        let response = client.request(request.body(Full::new(body))?).await.context("the API does not answer")?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)))))
    }
}
