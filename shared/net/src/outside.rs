//! Calls to addresses that somebody gave us: webhooks, chat rooms, files, other systems' documents.
//!
//! Guarantees: a call goes over TLS and only to an address of the public internet, also where a name is pointed elsewhere
//! after it was saved, as the address that was checked is the one that is connected to; a redirect is a new address and is
//! checked as one; no more of an answer is read than was asked for, and no longer. Every refusal can be shown to the caller.
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

use crate::error::{BodyError, SetupError};
use crate::http_client::{Stream, https, whole};

mod address;
mod guard;
#[cfg(test)]
mod tests;

pub use address::{Allowed, check_form};
pub use guard::OutsideError;
use guard::{Guard, told};

/// How much of a call is waited for and read.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub time: Duration,
    /// What is longer is cut there.
    pub bytes: usize,
}

/// Keeps no connection: the next call may be minutes away, in another environment.
#[derive(Clone, Debug)]
pub struct Outside {
    client: Client<HttpsConnector<HttpConnector<Guard>>, Stream>,
    allowed: Allowed,
}

impl Outside {
    /// `ca_bundle` as for [`Http`](crate::Http).
    pub fn new(allowed: Allowed, ca_bundle: Option<&Path>) -> Result<Outside, SetupError> {
        let connector = HttpConnector::new_with_resolver(Guard::new(allowed));
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(https(connector, ca_bundle)?);
        Ok(Outside { client, allowed })
    }

    /// Whether an address may be called as things are: its form, and where its name leads to now. For when it is saved.
    pub async fn check(&self, address: &str, time: Duration) -> Result<(), OutsideError> {
        let uri = check_form(address, self.allowed)?;
        let host = uri.host().unwrap_or_default();
        in_time(host, time, async { Guard::new(self.allowed).addresses(host).await.map(drop) }).await
    }

    /// Sends a request and reads the beginning of the answer. A redirect is an answer like any other.
    pub async fn send(&self, request: Request<Bytes>, bounds: Bounds) -> Result<Response<Bytes>, OutsideError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        in_time(&host, bounds.time, async {
            let (head, body) = self.once(request.map(whole)).await?.into_parts();
            Ok(Response::from_parts(head, beginning(body, bounds.bytes, &host).await?))
        })
        .await
    }

    /// Asks for what is at an address, through at most `redirects` others, and hands on its body in pieces. What the caller's
    /// headers let one host do is not shown to another. The caller bounds the time and the size.
    pub async fn get(
        &self,
        address: &str,
        headers: &HeaderMap,
        redirects: u8,
    ) -> Result<Response<Stream>, OutsideError> {
        let mut uri = check_form(address, self.allowed)?;
        let mut headers = headers.clone();
        for _ in 0..=redirects {
            let mut request = Request::new(whole(Bytes::new()));
            *request.method_mut() = Method::GET;
            request.uri_mut().clone_from(&uri);
            request.headers_mut().clone_from(&headers);
            let answer = self.once(request).await?;
            if !is_redirect(answer.status()) {
                return Ok(answer);
            }
            let next = answer.headers().get(LOCATION).and_then(|place| place.to_str().ok());
            let next = next.and_then(|place| beside(&uri, place));
            let next = check_form(&next.ok_or(OutsideError::Redirect)?, self.allowed)?;
            if (next.scheme(), next.authority()) != (uri.scheme(), uri.authority()) {
                headers.clear();
            }
            uri = next;
        }
        Err(OutsideError::Redirect)
    }

    async fn once(&self, request: Request<Stream>) -> Result<Response<Stream>, OutsideError> {
        check_form(&request.uri().to_string(), self.allowed)?;
        let host = request.uri().host().unwrap_or_default().to_owned();
        match self.client.request(request).await {
            Ok(answer) => Ok(answer.map(|body| body.map_err(|error| BodyError(error.into())).boxed_unsync())),
            Err(error) => Err(told(error, host)),
        }
    }
}

async fn in_time<T>(
    host: &str,
    time: Duration,
    work: impl Future<Output = Result<T, OutsideError>>,
) -> Result<T, OutsideError> {
    let slow = || OutsideError::Slow { host: host.to_owned(), seconds: time.as_secs() };
    tokio::time::timeout(time, work).await.unwrap_or_else(|_| Err(slow()))
}

async fn beginning(mut body: Stream, bytes: usize, host: &str) -> Result<Bytes, OutsideError> {
    let mut read = Vec::new();
    while read.len() < bytes {
        let Some(frame) = body.frame().await else { break };
        let frame = frame.map_err(|error| OutsideError::Unanswered { host: host.to_owned(), source: error.into() })?;
        if let Ok(piece) = frame.into_data() {
            read.extend_from_slice(&piece);
        }
    }
    read.truncate(bytes);
    Ok(read.into())
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads to: a whole address, or another path of the same host.
fn beside(uri: &Uri, place: &str) -> Option<String> {
    if place.contains("://") {
        return Some(place.to_owned());
    }
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    match place.strip_prefix("//") {
        Some(rest) => Some(format!("{scheme}://{rest}")),
        None => place.starts_with('/').then(|| format!("{scheme}://{authority}{place}")),
    }
}
