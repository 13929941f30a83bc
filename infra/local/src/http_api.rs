//! API Gateway's HTTP API: takes requests on loopback, finds their route in the template, invokes the route's function with
//! payload format 2.0 and turns what it returns into the response, with API Gateway's own limits and refusals.

mod event;
mod reply;
mod routes;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use http_body_util::{BodyExt, Limited};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(crate) use event::{decode, query_parameters};
pub use routes::Routes;

use crate::lambda::{InvokeError, Lambda};
use crate::random;

/// The largest request body, in bytes.
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// Request line and header values together, in bytes.
const HEADER_LIMIT: usize = 10_240;
/// How long API Gateway waits for a function, whatever the function's own timeout.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// A running front.
pub struct HttpApi {
    address: SocketAddr,
    close: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Drop for HttpApi {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Front {
    lambda: Lambda,
    routes: Routes,
    account: String,
}

impl HttpApi {
    /// Serves the routes on `listener`.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn serve(listener: TcpListener, lambda: Lambda, routes: Routes, account: &str) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let front = Arc::new(Front { lambda, routes, account: account.to_owned() });
        let service =
            Router::new().fallback(answer).with_state(front).into_make_service_with_connect_info::<SocketAddr>();
        let (close, closed) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            // The sender is never used: that it is dropped is the signal.
            let closing = async { closed.await.unwrap_or(()) };
            if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(closing).await {
                tracing::error!(%error, "the HTTP API ended");
            }
        });
        Ok(Self { address, close: Some(close), serving })
    }

    /// Where the front listens, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no more connections, and gives requests that are under way a moment to end.
    pub async fn shutdown(mut self) {
        drop(self.close.take());
        if timeout(Duration::from_secs(1), &mut self.serving).await.is_err() {
            tracing::debug!("connections to the HTTP API were cut off");
        }
    }
}

async fn answer(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let request_id = random::token::<8>();
    let mut response = front.answer(peer, request, &request_id).await.unwrap_or_else(IntoResponse::into_response);
    if let Ok(id) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), id);
    }
    response
}

impl Front {
    async fn answer(&self, peer: SocketAddr, request: Request, request_id: &str) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        if header_size(&parts.uri, &parts.headers) > HEADER_LIMIT {
            return Err(Refusal::HeadersTooLarge);
        }
        let path = event::decode(parts.uri.path(), false);
        let found = self.routes.find(&parts.method, &path).ok_or(Refusal::NotFound)?;
        let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|_| Refusal::TooLarge)?.to_bytes();
        let event = event::build(
            &event::Incoming { parts: &parts, path: &path, body: &body, peer, request_id, account: &self.account },
            &found,
        );
        let returned = self.invoke(found.function, Bytes::from(event.to_string())).await?;
        reply::read(&returned).map_err(|problem| {
            tracing::warn!(
                function = found.function,
                problem,
                "the function's response is not one that API Gateway takes"
            );
            Refusal::Internal
        })
    }

    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, Refusal> {
        match timeout(INTEGRATION_TIMEOUT, self.lambda.invoke(function, event)).await {
            Ok(Ok(returned)) => Ok(returned),
            Ok(Err(InvokeError::RequestTooLarge { .. })) => Err(Refusal::TooLarge),
            Ok(Err(error)) => {
                tracing::warn!(%error, "an HTTP request failed");
                Err(Refusal::Internal)
            }
            Err(_) => Err(Refusal::Unavailable),
        }
    }
}

fn header_size(uri: &Uri, headers: &HeaderMap) -> usize {
    let values: usize = headers.values().map(HeaderValue::len).sum();
    uri.path_and_query().map_or(0, |target| target.as_str().len()) + values
}

/// What API Gateway itself answers, as an HTTP API words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    NotFound,
    TooLarge,
    HeadersTooLarge,
    /// The function failed, timed out, or returned what is not a response.
    Internal,
    /// The function took longer than API Gateway waits.
    Unavailable,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::HeadersTooLarge => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        };
        let body = format!(r#"{{"message":"{message}"}}"#);
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
