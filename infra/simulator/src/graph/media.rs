//! Files over the Graph side: `POST /{phone_number_id}/media`, `GET` and `DELETE /{media_id}`, and the address that a file is
//! fetched from, which is good for five minutes and wants the token as well.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};

use super::errors::GraphError;
use super::{Call, admit, fault};
use crate::core::Core;
use crate::state::State as Everything;
use crate::state::faults::Operation;
use crate::state::media::Medium;

const KB: usize = 1024;
const MB: usize = 1024 * KB;

/// Types and largest size, as Meta lists them; a type that is not listed is refused.
const TYPES: &[(&[&str], usize)] = &[
    (&["image/jpeg", "image/png"], 5 * MB),
    (&["image/webp"], 500 * KB),
    (&["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "video/mp4", "video/3gpp"], 16 * MB),
    (
        &[
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
        100 * MB,
    ),
];

/// A part of a `multipart/form-data` body.
struct Part {
    name: String,
    filename: Option<String>,
    content_type: Option<String>,
    content: Bytes,
}

/// `POST /{version}/{phone_number_id}/media`
pub(crate) async fn upload(core: &Core, call: &Call) -> Response {
    let struck = core.write(|state| state.take_fault(Operation::Media, None));
    let regular = async {
        match take(core, call) {
            Ok(medium) => Json(json!({"id": medium.id})).into_response(),
            Err(refusal) => refusal.into_response(),
        }
    };
    fault::under(core, &call.link, struck, regular).await
}

fn take(core: &Core, call: &Call) -> Result<Medium, GraphError> {
    admit(core, call)?;
    if call.node != core.config.phone_number_id {
        return Err(GraphError::unsupported(&Method::POST, &call.node));
    }
    let parts = multipart(&call.headers, &call.body)
        .ok_or_else(|| GraphError::parameter("The body must be multipart/form-data."))?;
    let field = |name: &str| parts.iter().find(|part| part.name == name);
    if field("messaging_product").is_none_or(|part| part.content.as_ref() != b"whatsapp") {
        return Err(GraphError::parameter("The parameter messaging_product is required."));
    }
    let file = field("file").ok_or_else(|| GraphError::parameter("The parameter file is required."))?;
    let mime_type = file.content_type.clone().unwrap_or_default();
    let essence = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some((_, largest)) = TYPES.iter().find(|(types, _)| types.contains(&essence.as_str())) else {
        let known: Vec<&str> = TYPES.iter().flat_map(|(types, _)| *types).copied().collect();
        let details = format!(
            "Param file must be a file with one of the following types: {}. Received file of type '{essence}'.",
            known.join(", ")
        );
        return Err(GraphError::parameter(details));
    };
    if file.content.is_empty() || file.content.len() > *largest {
        let details = format!("File size must be from 1 to {largest} bytes for {essence}.");
        return Err(GraphError::detailed(131_053, details));
    }
    Ok(core.write(|state| state.put_medium(&mime_type, file.filename.as_deref(), file.content.clone(), true)))
}

/// `GET /{version}/{media_id}` and its `DELETE`; nothing if there is no file of this id.
pub(crate) fn node(core: &Core, call: &Call) -> Option<Result<Value, GraphError>> {
    let is_one = core.read(|state| state.media.get(&call.node).is_some_and(Medium::is_there));
    if !is_one || ![Method::GET, Method::DELETE].contains(&call.method) {
        return None;
    }
    if call.parameter("phone_number_id").is_some_and(|number| number != core.config.phone_number_id) {
        return Some(Err(GraphError::unsupported(&call.method, &call.node)));
    }
    if call.method == Method::DELETE {
        core.write(|state| state.media.remove(&call.node));
        return Some(Ok(json!({"success": true})));
    }
    let host = call.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    core.write(|state| {
        let medium = state.media.get_mut(&call.node)?;
        let url = format!("http://{host}/_media/{}", medium.address());
        Some(Ok(json!({
            "messaging_product": "whatsapp", "url": url, "mime_type": medium.mime_type, "sha256": medium.sha256,
            "file_size": medium.file_size.to_string(), "id": medium.id,
        })))
    })
}

/// `GET /_media/{address}`
pub(crate) async fn download(
    State(core): State<Arc<Core>>,
    Path(address): Path<String>,
    headers: HeaderMap,
) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if authorization.strip_prefix("Bearer ") != Some(core.config.access_token.as_str()) {
        return GraphError::bad_token().into_response();
    }
    let found = core.write(|state| {
        let medium = state.medium_at(&address)?;
        let fails = medium.fail_downloads > 0;
        medium.fail_downloads = medium.fail_downloads.saturating_sub(1);
        Some((fails, medium.slow_ms, medium.mime_type.clone(), medium.content.clone()))
    });
    let Some((fails, slow_ms, mime_type, content)) = found else { return StatusCode::NOT_FOUND.into_response() };
    if slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(slow_ms)).await;
    }
    if fails {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(header::CONTENT_TYPE, mime_type)], content).into_response()
}

/// Whether the file that a message names by id is there.
pub(crate) fn check(state: &Everything, body: &Value, kind: &str) -> Result<(), GraphError> {
    let id = ["image", "video", "audio", "document", "sticker"].contains(&kind).then(|| body[kind]["id"].as_str());
    let Some(id) = id.flatten() else { return Ok(()) };
    if state.media.get(id).is_some_and(Medium::is_there) {
        return Ok(());
    }
    let details = format!("Param {kind}['id'] is not a valid whatsapp business account media attachment ID.");
    Err(GraphError::parameter(details))
}

fn multipart(headers: &HeaderMap, body: &Bytes) -> Option<Vec<Part>> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = content_type.strip_prefix("multipart/form-data")?.split("boundary=").nth(1)?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut at = find(body, delimiter.as_bytes(), 0)? + delimiter.len();
    while body.get(at..at + 2)? != b"--" {
        let end_of_head = find(body, b"\r\n\r\n", at)?;
        let start = end_of_head + 4;
        let end = find(body, format!("\r\n{delimiter}").as_bytes(), start)?;
        let head = std::str::from_utf8(body.get(at..end_of_head)?).ok()?;
        parts.push(part(head, body.slice(start..end))?);
        at = end + 2 + delimiter.len();
    }
    Some(parts)
}

fn part(head: &str, content: Bytes) -> Option<Part> {
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let disposition = header("content-disposition")?;
    let member = |name: &str| {
        let quoted = disposition.split(&format!("{name}=\"")).nth(1)?;
        Some(quoted.split('"').next()?.to_owned())
    };
    Some(Part { name: member("; name")?, filename: member("filename"), content_type: header("content-type"), content })
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = body.get(from..)?;
    let first = wanted.first()?;
    // Byte by byte through 100 MB would be slow: whole runs without the first byte are skipped.
    let mut at = 0;
    while let Some(skip) = rest.get(at..)?.iter().position(|byte| byte == first) {
        at += skip;
        if rest.get(at..)?.starts_with(wanted) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multipart_bodies_are_taken_apart() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "multipart/form-data; boundary=xyz".parse().unwrap());
        let body = "--xyz\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--xyz\r\n\
                    content-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\ncontent-type: text/plain\r\n\r\n\
                    line\r\n--xy\r\n--xyz--\r\n";
        let parts = multipart(&headers, &Bytes::from_static(body.as_bytes())).unwrap();
        let shown: Vec<_> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.filename.as_deref(), part.content_type.as_deref(), &part.content[..]))
            .collect();
        assert_eq!(
            shown,
            [
                ("messaging_product", None, None, b"whatsapp".as_slice()),
                ("file", Some("a.txt"), Some("text/plain"), b"line\r\n--xy"),
            ]
        );
        assert!(multipart(&headers, &Bytes::from_static(b"--xyz\r\nno end")).is_none());
    }
}
