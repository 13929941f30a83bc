//! Delivers webhooks: a task per body that waits until it may leave, posts it signed, and repeats until it is answered with 200.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::{Instant, sleep, timeout};

use super::sign::signature;
use crate::clock;
use crate::config::Config;
use crate::core::Core;
use crate::ids;
use crate::state::deliveries::{Attempt, Peer, Step};

/// How much of an answer's body is kept.
const ANSWER_CHARS: usize = 2_000;

/// The HTTP client that webhooks leave by.
pub(crate) struct Poster(Client<HttpConnector, Full<Bytes>>);

/// What a peer puts on its posts, beside what all have: who it is and what it signs by.
pub(crate) type Header = (&'static str, String);

/// Meta's headers; the signature is missing where none is given.
pub(crate) fn sender(signature: Option<&str>) -> Vec<Header> {
    let agent = ("user-agent", "facebookexternalua".to_owned());
    let signature = signature.map(|signature| ("X-Hub-Signature-256", signature.to_owned()));
    [agent].into_iter().chain(signature).collect()
}

/// Runs a delivery to its end in a task of its own.
pub(crate) fn start(core: &Arc<Core>, id: u64) {
    tokio::spawn(run(Arc::clone(core), id));
}

async fn run(core: Arc<Core>, id: u64) {
    let mut gate = core.gate();
    loop {
        match core.read(|state| state.next_step(id)) {
            Step::Done => return,
            Step::Post { uri, body, peer } => {
                let headers = match peer {
                    Peer::Meta => sender(Some(&signature(&core.app_secret(), body.as_bytes()))),
                    Peer::Stripe => crate::stripe::sign::header(&core, body.as_bytes()),
                };
                let post = core.poster.post(&uri, body, &headers, core.config.retry.timeout);
                let attempt = tokio::select! {
                    attempt = post => attempt,
                    () = core.stopped() => return,
                };
                // Another one may have waited for this.
                core.open_gate(|state| state.record_attempt(id, attempt, &core.config.retry));
            }
            Step::Wait(due) => tokio::select! {
                () = core.stopped() => return,
                () = sleep_until(due) => {}
                opened = gate.changed() => if opened.is_err() { return },
            },
        }
    }
}

async fn sleep_until(due_ms: Option<i64>) {
    match due_ms {
        Some(due_ms) => sleep(clock::until(due_ms)).await,
        None => std::future::pending().await,
    }
}

impl Poster {
    pub(crate) fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build(HttpConnector::new()))
    }

    /// One attempt; whatever goes wrong is part of its record.
    pub(crate) async fn post(&self, uri: &Uri, body: String, sender: &[Header], limit: Duration) -> Attempt {
        let (at_ms, begun) = (clock::now_ms(), Instant::now());
        let result = timeout(limit, self.exchange(uri, body, sender)).await;
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match result {
            Ok(Ok((status, answer))) => Attempt { at_ms, duration_ms, status: Some(status), error: None, answer },
            Ok(Err(error)) => failed(at_ms, duration_ms, format!("{error:#}")),
            Err(_) => failed(at_ms, duration_ms, "no answer in time".into()),
        }
    }

    async fn exchange(&self, uri: &Uri, body: String, sender: &[Header]) -> Result<(u16, String)> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "*/*");
        for (name, value) in sender {
            request = request.header(*name, value);
        }
        self.answer(request.body(Full::from(body)).context("not a request")?).await
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<(u16, String)> {
        let response = self.0.request(request).await.context("no connection")?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.context("answer broken off")?.to_bytes();
        Ok((status, String::from_utf8_lossy(&body).chars().take(ANSWER_CHARS).collect()))
    }

    /// The handshake with which Meta takes a callback URL into use: the challenge must come back as the bare body.
    pub(crate) async fn handshake(&self, uri: &Uri, config: &Config) -> Result<()> {
        let challenge = ids::digits(10);
        let separator = if uri.query().is_some() { '&' } else { '?' };
        let token = percent_encode(&config.verify_token);
        let asked: Uri =
            format!("{uri}{separator}hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={token}")
                .parse()
                .with_context(|| format!("cannot ask {uri}"))?;
        let request = Request::get(&asked).body(Full::default()).context("not a request")?;
        let answer = timeout(config.retry.timeout, self.answer(request)).await;
        let (status, body) = answer.with_context(|| format!("{uri} did not answer the handshake"))??;
        ensure!(status == 200, "{uri} answered the handshake with {status}: {body}");
        ensure!(body == challenge, "{uri} did not send the challenge back as its bare body but: {body}");
        Ok(())
    }
}

/// Reads a callback address. Meta itself demands https with a valid chain; this peer lives on loopback and speaks plain http.
pub(crate) fn callback(url: &str) -> Result<Uri> {
    let uri: Uri = url.parse().with_context(|| format!("not a URL: {url}"))?;
    match uri.scheme_str() {
        Some("http") => Ok(uri),
        Some(_) | None => bail!("the webhook's URL must begin with http://: {url}"),
    }
}

fn failed(at_ms: i64, duration_ms: u64, error: String) -> Attempt {
    Attempt { at_ms, duration_ms, status: None, error: Some(error), answer: String::new() }
}

fn percent_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
