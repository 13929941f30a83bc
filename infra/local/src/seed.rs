//! What a fresh local stack needs before the first message: the simulated number, connected as a channel through the API.

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// A connected number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: String,
    pub phone_number_id: String,
    pub waba_id: String,
}

/// The template that Meta gives every new account.
pub(crate) fn template(simulator: &simulator::Simulator) {
    if simulator.templates().is_empty() {
        let text = "Welcome and congratulations!! This message demonstrates your ability to send a template message.";
        simulator.put_template(simulator::Template::text("hello_world", "en_US", "UTILITY", text).into());
    }
}

/// Connects the number that the simulator has by default; finds the channel when an earlier run has done so.
pub(crate) async fn channel(api_url: &str, admin_key: &str) -> anyhow::Result<Channel> {
    let simulated = simulator::Config::default();
    let wanted = json!({
        "phone_number_id": simulated.phone_number_id,
        "waba_id": simulated.waba_id,
        "display_phone_number": simulated.display_phone_number,
        "nickname": "Demo",
        "add_as": "lead",
    });
    let request = request(api_url, admin_key, "POST")
        .header("Idempotency-Key", "local-seed")
        .header("Content-Type", "application/json");
    let (status, answer) = send(request.body(Full::from(wanted.to_string()))?).await?;
    let found = match status {
        StatusCode::OK | StatusCode::CREATED => answer,
        StatusCode::CONFLICT => {
            let (status, list) = send(request_all(api_url, admin_key)?).await?;
            ensure!(status.is_success(), "cannot list the channels: {status} {list}");
            let items = list["items"].as_array().cloned().unwrap_or_default();
            let ours = |item: &Value| item["phone_number_id"] == wanted["phone_number_id"];
            items
                .into_iter()
                .find(ours)
                .with_context(|| format!("the number can neither be connected nor found: {answer}"))?
        }
        _ => bail!("cannot connect the simulated number as a channel: {status} {answer}"),
    };
    let id = found["id"].as_str().with_context(|| format!("a channel without an id: {found}"))?;
    Ok(Channel { id: id.to_owned(), phone_number_id: simulated.phone_number_id, waba_id: simulated.waba_id })
}

fn request_all(api_url: &str, admin_key: &str) -> anyhow::Result<Request<Full<Bytes>>> {
    Ok(request(api_url, admin_key, "GET").body(Full::default())?)
}

fn request(api_url: &str, admin_key: &str, method: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(format!("{api_url}/v1/channels"))
        .header("Authorization", format!("Bearer {admin_key}"))
}

async fn send(request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Value)> {
    let response =
        Client::builder(TokioExecutor::new()).build_http().request(request).await.context("the API does not answer")?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)))))
}
