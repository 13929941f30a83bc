//! Calls to the Graph API.
use std::time::Duration;

use bytes::Bytes;
use domain::sending::Edge;
use domain::{Retry, Time};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response, Uri};
use net::{Http, SendError, escape};

use serde_json::Value;

use crate::analytics::{self, Charges};
use crate::errors::{Class, GraphError, Reaction};
use crate::loose::ReadError;
use crate::send::{Reply, read_reply, read_signal_reply};
use crate::templates::{FIELDS, Page};

/// Longer than Meta takes even on bad days: giving up early only puts messages in doubt.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);
const LIST_TIMEOUT: Duration = Duration::from_secs(20);
/// Templates per page; their components make a page heavy.
const PAGE_SIZE: u32 = 100;
const RATE_PAUSE: Duration = Duration::from_secs(60);
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

mod authoring;
mod media;

pub use authoring::{Created, Upserted};
pub use media::{MediaError, Place, Upload, is_about_file};
pub use net::Token;

/// The Graph API of one address and version, as one token sees it.
#[derive(Clone, Debug)]
pub struct Client {
    http: Http,
    base: String,
    version: String,
    token: Token,
}

/// A call that brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no answer of Meta's")]
    Send(#[source] SendError),
    #[error("Meta refused: {}", .0.summary())]
    Refused(GraphError),
    #[error("an answer in an unknown form, with status {status}")]
    Unreadable {
        status: u16,
        #[source]
        source: ReadError,
    },
}

impl ClientError {
    /// Reading is safe to repeat, and so are orders once it was looked what came of the try before: whatever may pass is
    /// worth another try.
    pub fn retry(&self) -> Retry {
        match self {
            ClientError::Send(_) => Retry::Now,
            ClientError::Refused(error) => repeated(error),
            ClientError::Unreadable { status: 429 | 500.., .. } => Retry::After(TROUBLE_PAUSE),
            ClientError::Unreadable { .. } => Retry::Never,
        }
    }

    /// Whether a new token, or new permissions, may end the failure.
    pub fn is_about_credentials(&self) -> bool {
        match self {
            ClientError::Refused(error) => error.class() == Some(Class::Credentials),
            ClientError::Send(_) | ClientError::Unreadable { .. } => false,
        }
    }
}

/// When a request that Meta refused may be made again, where making it twice does no harm.
fn repeated(error: &GraphError) -> Retry {
    let reaction = error.reaction();
    if reaction.is_retried() && error.class() == Some(Class::Rate) {
        Retry::After(RATE_PAUSE)
    } else if reaction.is_retried() || reaction == Reaction::InDoubt {
        Retry::After(TROUBLE_PAUSE)
    } else {
        Retry::Never
    }
}

impl Client {
    /// `base` is the Graph API's address without a version.
    pub fn new(http: Http, base: &str, version: &str, token: Token) -> Client {
        let version = version.trim_matches('/').to_owned();
        Client { http, base: base.trim_end_matches('/').to_owned(), version, token }
    }

    /// The same API by another token.
    #[must_use]
    pub fn with_token(&self, token: Token) -> Client {
        Client { token, ..self.clone() }
    }

    /// Opens the connection that the first call will use.
    pub async fn warm(&self) {
        if let Ok(origin) = format!("{}/", self.base).parse::<Uri>() {
            self.http.warm(&origin).await;
        }
    }

    /// Sends a message. Whatever Meta answers is a [`Reply`]; an error is that it did not answer.
    pub async fn send_message(&self, phone_number_id: &str, edge: Edge, body: &Value) -> Result<Reply, SendError> {
        let answer = self.post(phone_number_id, edge, body).await?;
        Ok(read_reply(answer.status().as_u16(), answer.body()))
    }

    /// Shows a customer that something was read, or that somebody is writing. `None`: it was taken.
    pub async fn signal(&self, phone_number_id: &str, body: &Value) -> Result<Option<Reply>, SendError> {
        let answer = self.post(phone_number_id, Edge::Messages, body).await?;
        Ok(read_signal_reply(answer.status().as_u16(), answer.body()))
    }

    async fn post(&self, phone_number_id: &str, edge: Edge, body: &Value) -> Result<Response<Bytes>, SendError> {
        let edge = match edge {
            Edge::Messages => "messages",
            Edge::Marketing => "marketing_messages",
        };
        let uri = self.uri(phone_number_id, edge);
        let request =
            Request::post(uri).header(CONTENT_TYPE, "application/json").header(AUTHORIZATION, self.token.header());
        self.call(request.body(Bytes::from(body.to_string())), SEND_TIMEOUT).await
    }

    /// Reads the page of an account's templates that follows the cursor `after`.
    pub async fn templates_page(&self, waba_id: &str, after: Option<&str>) -> Result<Page, ClientError> {
        let mut uri = self.uri(waba_id, "message_templates");
        uri.push_str(&format!("?fields={FIELDS}&limit={PAGE_SIZE}"));
        if let Some(cursor) = after {
            uri.push_str("&after=");
            uri.push_str(&escape(cursor));
        }
        self.ask(Method::GET, uri, None, Page::read).await
    }

    /// Reads what an account was charged from `from` until `until`: the first page, or the one that follows the cursor.
    pub async fn charges(
        &self,
        waba_id: &str,
        from: Time,
        until: Time,
        after: Option<&str>,
    ) -> Result<Charges, ClientError> {
        let fields = escape(&analytics::fields(from, until, after));
        let uri = format!("{}/{}/{}?fields={fields}", self.base, self.version, escape(waba_id));
        self.ask(Method::GET, uri, None, Charges::read).await
    }

    /// A call that may be repeated; `read` takes what Meta answers where it did not refuse.
    async fn ask<T>(
        &self,
        method: Method,
        uri: String,
        body: Option<&Value>,
        read: impl FnOnce(&str) -> Result<T, ReadError>,
    ) -> Result<T, ClientError> {
        let mut request = Request::builder().method(method).uri(uri).header(AUTHORIZATION, self.token.header());
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let answer = self.call(request.body(body), LIST_TIMEOUT).await.map_err(ClientError::Send)?;
        if let Some(error) = GraphError::read(answer.body()) {
            return Err(ClientError::Refused(error));
        }
        let status = answer.status().as_u16();
        read(&String::from_utf8_lossy(answer.body())).map_err(|source| ClientError::Unreadable { status, source })
    }

    fn uri(&self, node: &str, edge: &str) -> String {
        format!("{}/{}/{}/{edge}", self.base, self.version, escape(node))
    }

    async fn call(
        &self,
        request: Result<Request<Bytes>, http::Error>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, SendError> {
        match request {
            Ok(request) => self.http.send(request, timeout).await,
            // Only an address that is none can fail here, and then nothing was sent.
            Err(error) => Err(SendError::NotSent { host: self.base.clone(), source: error.into() }),
        }
    }
}

#[cfg(test)]
mod tests;
