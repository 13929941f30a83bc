//! API Gateway's WebSocket API: takes connections on loopback, tells the template's function of each that opens, closes and says
//! something, and passes on what the management API sends. Its own limits hold: ten minutes of silence, two hours in all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::aws::{ACCOUNT, Push, Sockets};
use crate::http_api::query_parameters;
use crate::lambda::Lambda;
use crate::template::LiveApi;
use crate::{random, wall_clock};

const IDLE: Duration = Duration::from_secs(600);
const LIFE: Duration = Duration::from_secs(2 * 3600);
/// The largest message, in bytes.
const MESSAGE_MAX: usize = 128 * 1024;
/// By which a connection ends that has lasted or been silent for too long.
const GOING_AWAY: u16 = 1001;

/// A running front. Dropping it ends it and every connection.
pub(crate) struct LiveFront(JoinHandle<()>);

impl Drop for LiveFront {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Front {
    lambda: Lambda,
    sockets: Sockets,
    api: LiveApi,
}

/// A connection as the function is told of it.
struct Connection {
    id: String,
    opened_ms: i64,
    peer: SocketAddr,
}

impl LiveFront {
    /// Serves the API on `listener`.
    pub(crate) fn serve(listener: TcpListener, lambda: &Lambda, sockets: &Sockets, api: &LiveApi) -> Self {
        let front = Arc::new(Front { lambda: lambda.clone(), sockets: sockets.clone(), api: api.clone() });
        let service =
            Router::new().fallback(connect).with_state(front).into_make_service_with_connect_info::<SocketAddr>();
        Self(tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(%error, "the WebSocket API ended");
            }
        }))
    }
}

async fn connect(
    State(front): State<Arc<Front>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if uri.path().trim_matches('/') != front.api.stage {
        return StatusCode::FORBIDDEN.into_response();
    }
    // Ids of API Gateway are base64, also with what an address must escape.
    let connection = Connection { id: format!("{}=", random::token::<8>()), opened_ms: wall_clock::now_ms(), peer };
    let query = uri.query().unwrap_or_default();
    let mut event = front.event(&connection, "$connect", "CONNECT");
    let named =
        headers.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    event["headers"] = Value::Object(named.collect());
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query_parameters(query));
    }
    match front.tell("$connect", &event).await {
        200..=299 => upgrade
            .max_message_size(MESSAGE_MAX)
            .max_frame_size(MESSAGE_MAX)
            .on_upgrade(move |socket| async move { front.serve(connection, socket).await }),
        status => StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
    }
}

impl Front {
    async fn serve(&self, connection: Connection, socket: WebSocket) {
        let (out, pushes) = unbounded_channel();
        self.sockets.open(&connection.id, out);
        self.pass(&connection, socket, pushes).await;
        self.sockets.close(&connection.id);
        let event = self.event(&connection, "$disconnect", "DISCONNECT");
        self.tell("$disconnect", &event).await;
    }

    /// Passes messages on in both directions until either end closes.
    async fn pass(&self, connection: &Connection, mut socket: WebSocket, mut pushes: UnboundedReceiver<Push>) {
        let end = Instant::now() + LIFE;
        let mut silent_at = Instant::now() + IDLE;
        loop {
            let closed = tokio::select! {
                () = sleep_until(silent_at.min(end)) => {
                    let frame = CloseFrame { code: GOING_AWAY, reason: Utf8Bytes::from_static("Going away") };
                    // The other end may be gone already.
                    drop(socket.send(Message::Close(Some(frame))).await);
                    true
                }
                push = pushes.recv() => match push {
                    Some(Push::Send(body)) => send(&mut socket, body, end).await,
                    Some(Push::Close) | None => {
                        drop(socket.send(Message::Close(None)).await);
                        true
                    }
                },
                said = socket.recv() => match said {
                    Some(Ok(Message::Text(text))) => {
                        let mut event = self.event(connection, "$default", "MESSAGE");
                        event["body"] = json!(text.as_str());
                        self.tell("$default", &event).await;
                        false
                    }
                    Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => false,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => true,
                },
            };
            if closed {
                return;
            }
            silent_at = Instant::now() + IDLE;
        }
    }

    /// The event of payload format 1.0, which is the only one of a WebSocket API.
    fn event(&self, connection: &Connection, route: &str, kind: &str) -> Value {
        json!({
            "requestContext": {
                "routeKey": route,
                "eventType": kind,
                "messageDirection": "IN",
                "stage": self.api.stage,
                "apiId": self.api.id,
                "accountId": ACCOUNT,
                "connectionId": connection.id,
                "connectedAt": connection.opened_ms,
                "requestId": random::token::<8>(),
                "extendedRequestId": random::token::<8>(),
                "requestTimeEpoch": wall_clock::now_ms(),
                "requestTime": wall_clock::now().strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
                "identity": { "sourceIp": connection.peer.ip().to_string() },
            },
            "isBase64Encoded": false,
        })
    }

    /// The status that the route's function answers.
    async fn tell(&self, route: &str, event: &Value) -> u16 {
        let Some(function) = self.api.routes.get(route) else { return 403 };
        match self.lambda.invoke(function, Bytes::from(event.to_string())).await {
            Ok(answer) => {
                let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
                answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(502)
            }
            Err(error) => {
                tracing::warn!(%error, route, "an event of a socket failed");
                502
            }
        }
    }
}

/// Whether the connection is over. Bodies are text; API Gateway sends no others by default.
async fn send(socket: &mut WebSocket, body: Bytes, end: Instant) -> bool {
    let Ok(text) = Utf8Bytes::try_from(body) else { return false };
    !matches!(timeout_at(end, socket.send(Message::Text(text))).await, Ok(Ok(())))
}
