//! The Lambda Runtime API (2018-06-01) of one process: hands it invocations and passes on what it reports.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

use super::PAYLOAD_LIMIT;
use crate::random;

/// One event on its way to a process.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) request_id: String,
    pub(super) arn: String,
    pub(super) timeout: Duration,
    pub(super) payload: Bytes,
}

/// What a process says.
#[derive(Debug)]
pub(super) enum Report {
    /// It asks for an event, which also ends its initialisation.
    Ready,
    /// It was given the event.
    Taken,
    Response {
        request_id: String,
        body: Bytes,
    },
    Error {
        request_id: String,
        body: Bytes,
    },
    InitError(Bytes),
}

/// The two ends that the process's owner holds.
pub(super) struct Exchange {
    pub(super) deliveries: mpsc::Sender<Delivery>,
    pub(super) reports: mpsc::UnboundedReceiver<Report>,
}

struct Server {
    deliveries: Mutex<mpsc::Receiver<Delivery>>,
    reports: mpsc::UnboundedSender<Report>,
}

/// The API on `listener`; the future ends only when it is dropped.
pub(super) fn serve(listener: TcpListener) -> (Exchange, impl Future<Output = ()> + Send) {
    let (deliveries, queue) = mpsc::channel(1);
    let (sender, reports) = mpsc::unbounded_channel();
    let server = Arc::new(Server { deliveries: Mutex::new(queue), reports: sender });
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        // One byte over the limit must arrive, so that it can be reported as too large.
        .layer(DefaultBodyLimit::max(2 * PAYLOAD_LIMIT))
        .with_state(server);
    let serving = async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the Runtime API ended");
        }
    };
    (Exchange { deliveries, reports }, serving)
}

async fn next(State(server): State<Arc<Server>>) -> Response {
    server.report(Report::Ready);
    let Some(delivery) = server.deliveries.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    server.report(Report::Taken);
    let deadline =
        crate::wall_clock::now_ms().saturating_add(i64::try_from(delivery.timeout.as_millis()).unwrap_or(i64::MAX));
    let event = Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", delivery.request_id)
        .header("Lambda-Runtime-Deadline-Ms", deadline)
        .header("Lambda-Runtime-Invoked-Function-Arn", delivery.arn)
        .header("Lambda-Runtime-Trace-Id", trace_id())
        .body(Body::from(delivery.payload));
    event.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn response(State(server): State<Arc<Server>>, Path(request_id): Path<String>, body: Bytes) -> Response {
    server.report(Report::Response { request_id, body });
    accepted()
}

async fn error(State(server): State<Arc<Server>>, Path(request_id): Path<String>, body: Bytes) -> Response {
    server.report(Report::Error { request_id, body });
    accepted()
}

async fn init_error(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    server.report(Report::InitError(body));
    accepted()
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], r#"{"status":"OK"}"#).into_response()
}

/// The header by which X-Ray would follow the request; it is not sampled.
fn trace_id() -> String {
    let seconds = crate::wall_clock::now_ms() / 1000;
    format!("Root=1-{seconds:08x}-{};Parent={};Sampled=0", random::token::<12>(), random::token::<8>())
}

impl Server {
    fn report(&self, report: Report) {
        if self.reports.send(report).is_err() {
            tracing::debug!("a process reported after it was given up");
        }
    }
}
