//! Carries an ordered failure out: the call takes effect or not, and its caller gets the wrong answer, a late one, or none.

use std::time::Duration;

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::errors::GraphError;
use crate::core::Core;
use crate::socket::Link;
use crate::state::faults::Fault;

const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// Answers a call whose effect is `act`, as the fault wants it.
pub(crate) async fn under<F>(core: &Core, link: &Link, fault: Option<Fault>, act: F) -> Response
where
    F: Future<Output = Response>,
{
    match fault {
        None => act.await,
        Some(Fault::Error { code, status, subcode, title, details, is_transient }) => {
            let known = GraphError::of(code);
            let message = title.map_or(known.message, |title| format!("(#{code}) {title}"));
            let (status, details) = (status.unwrap_or(known.status), details.or(known.details));
            GraphError { status, code, subcode, message, details, is_transient, ..known }.into_response()
        }
        Some(Fault::Answer { status, body }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, axum::Json(body)).into_response()
        }
        Some(Fault::Slow { delay_ms }) => {
            let answer = act.await;
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            answer
        }
        Some(Fault::Timeout { accepted }) => {
            if accepted {
                drop(act.await);
            }
            core.stopped().await;
            bad_gateway()
        }
        Some(Fault::BadGateway { accepted }) => {
            if accepted {
                drop(act.await);
            }
            bad_gateway()
        }
        Some(Fault::Reset { accepted }) => {
            if accepted {
                drop(act.await);
            }
            link.reset();
            StatusCode::OK.into_response()
        }
    }
}

fn bad_gateway() -> Response {
    (StatusCode::BAD_GATEWAY, Html(BAD_GATEWAY)).into_response()
}
