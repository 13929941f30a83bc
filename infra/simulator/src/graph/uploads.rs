//! The Resumable Upload API: `POST /{app_id}/uploads` opens a session, `POST /upload:…` takes its bytes from an offset on and
//! answers with the handle once all are there, `GET /upload:…` says how many are.

use axum::Json;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http::{Method, header};
use serde_json::{Value, json};

use super::errors::GraphError;
use super::{Call, admit, fault, served};
use crate::core::Core;
use crate::ids;
use crate::state::faults::Operation;
use crate::state::uploads::{UploadSession, UploadedFile};

const TYPES: [&str; 5] = ["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];
const LARGEST: usize = 100 * 1024 * 1024;

/// Whether a call is about the bytes of a session.
pub(crate) fn is_session(call: &Call) -> bool {
    call.node.starts_with("upload:") && call.edge.is_none()
}

pub(crate) async fn handle(core: &Core, call: &Call) -> Response {
    let struck = core.write(|state| state.take_fault(Operation::Uploads, None));
    let regular = async {
        let answer = if is_session(call) { bytes(core, call) } else { open(core, call) };
        answer.map_or_else(GraphError::into_response, |body| Json(body).into_response())
    };
    fault::under(core, &call.link, struck, regular).await
}

fn open(core: &Core, call: &Call) -> Result<Value, GraphError> {
    admit(core, call)?;
    if call.node != core.config.app_id && call.node != "app" {
        return Err(GraphError::unsupported(&Method::POST, &call.node));
    }
    let required = |name: &str| {
        call.parameter(name).ok_or_else(|| GraphError::parameter(format!("The parameter {name} is required.")))
    };
    let length = required("file_length")?.parse().ok().filter(|length| (1..=LARGEST).contains(length));
    let file_length = length.ok_or_else(|| GraphError::parameter("Param file_length must be a number of bytes."))?;
    let file_type = required("file_type")?.to_owned();
    if !TYPES.contains(&file_type.as_str()) {
        let known = TYPES.join(", ");
        return Err(GraphError::parameter(format!(
            "Param file_type must be one of {{{known}}} - got \"{file_type}\"."
        )));
    }
    let id = format!("upload:{}?sig={}", STANDARD.encode(ids::digits(24)).replace('=', ""), ids::digits(16));
    let session = UploadSession { file_length, file_type, ..UploadSession::default() };
    core.write(|state| state.uploads.insert(id.clone(), session));
    Ok(json!({"id": id}))
}

/// This call wants the word OAuth before its token.
fn bytes(core: &Core, call: &Call) -> Result<Value, GraphError> {
    served(core, call)?;
    let authorization = call.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match authorization.and_then(|value| value.strip_prefix("OAuth ")) {
        None => return Err(GraphError::no_token()),
        Some(token) if token == core.access_token() => {}
        Some(_) => return Err(GraphError::bad_token()),
    }
    let id = format!("{}?sig={}", call.node, call.parameter("sig").unwrap_or_default());
    let offset = call.headers.get("file_offset").and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    core.write(|state| {
        let unknown = || GraphError::unsupported(&call.method, &call.node);
        let session = state.uploads.get_mut(&id).ok_or_else(unknown)?;
        if call.method == Method::GET {
            return Ok(json!({"id": id, "file_offset": session.received}));
        }
        if call.method != Method::POST {
            return Err(unknown());
        }
        if offset != Some(session.received) {
            return Err(GraphError::parameter(format!("The header file_offset must be {}.", session.received)));
        }
        let mut content = BytesMut::from(session.content.as_ref());
        content.extend_from_slice(&call.body);
        (session.content, session.received) = (content.freeze(), session.received + call.body.len());
        if session.received > session.file_length {
            return Err(GraphError::parameter(format!(
                "More than the {} bytes of file_length came.",
                session.file_length
            )));
        }
        if session.received < session.file_length {
            return Ok(json!({"id": id, "file_offset": session.received}));
        }
        let session = state.uploads.remove(&id).unwrap_or_default();
        let handle = handle_of(&session.file_type);
        let (file_type, file_length, content): (String, usize, Bytes) =
            (session.file_type, session.file_length, session.content);
        state.handles.push(UploadedFile { handle: handle.clone(), file_type, file_length, content });
        Ok(json!({"h": handle}))
    })
}

/// A handle in the form of Meta's: the type and a secret, between colons.
fn handle_of(file_type: &str) -> String {
    format!("4::{}:{}:e:{}:{}", STANDARD.encode(file_type), ids::trace(), ids::digits(10), ids::trace())
}
