//! Files on Meta's side: where one is, its bytes, and bringing one there. Bytes pass through and are never whole in memory.
//!
//! All of it is safe to repeat: a file that was uploaded twice is there under two ids, of which one is used.
use bytes::Bytes;
use domain::Retry;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Limited};
use net::{SendError, Stream, enclosed, whole};
use serde_json::Value;

use super::{Client, LIST_TIMEOUT, TROUBLE_PAUSE, escape, repeated};
use crate::errors::{Class, GraphError};
use crate::loose::{self, Loose};

const BOUNDARY: &str = "casement-4f1c6a8e0b7d";
/// Meta's content servers turn away what does not say who it is.
const AGENT: HeaderValue = HeaderValue::from_static("casement/1");
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Meta's codes for a file that is too large for it, on the way in and out.
const TOO_LARGE: i64 = 131_052;
const UPLOAD_FAILED: i64 = 131_053;
const INVALID_PARAMETER: i64 = 100;

/// Where a file can be fetched within the next five minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub url: String,
    pub mime_type: Option<String>,
    /// In bytes.
    pub size: Option<u64>,
}

/// A file to be brought to Meta's side.
pub struct Upload<'a> {
    pub phone_number_id: &'a str,
    pub mime_type: &'a str,
    pub filename: &'a str,
    /// In bytes.
    pub size: u64,
    pub body: Stream,
}

#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("no answer about a file")]
    Send(#[source] SendError),
    #[error("Meta refused: {} {}", .0.code.unwrap_or_default(), .0.details.as_deref().or(.0.title.as_deref()).unwrap_or_default())]
    Refused(GraphError),
    #[error("HTTP {status}")]
    Unreadable { status: u16 },
    /// The address of a file is over: another one can be had.
    #[error("the address of the file is no longer good")]
    Gone,
}

impl MediaError {
    pub fn retry(&self) -> Retry {
        match self {
            MediaError::Send(_) | MediaError::Gone => Retry::Now,
            MediaError::Refused(error) if error.class() == Some(Class::Credentials) => Retry::After(TROUBLE_PAUSE),
            MediaError::Refused(error) => repeated(error),
            MediaError::Unreadable { status: 408 | 429 | 500.. } => Retry::After(TROUBLE_PAUSE),
            MediaError::Unreadable { .. } => Retry::Never,
        }
    }

    pub fn is_credentials(&self) -> bool {
        matches!(self, MediaError::Refused(error) if error.class() == Some(Class::Credentials))
    }

    /// Meta has no file of this id, or has none any more.
    pub fn is_unknown_file(&self) -> bool {
        matches!(self, MediaError::Refused(error) if error.code == Some(INVALID_PARAMETER))
    }

    pub fn is_too_large(&self) -> bool {
        matches!(self, MediaError::Refused(error) if error.code == Some(TOO_LARGE))
    }
}

/// Whether Meta refused a message because of the file that its id names, which may have expired there.
pub fn is_about_file(error: &GraphError) -> bool {
    let says_media = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| text.contains("media attachment ID") || text.contains("edia ID"))
    };
    match error.code {
        Some(UPLOAD_FAILED) => true,
        Some(INVALID_PARAMETER) => says_media(&error.title) || says_media(&error.details),
        _ => false,
    }
}

impl Client {
    /// Where the file of this id is now. Meta answers only for the number that it came to.
    pub async fn media_place(&self, id: &str, phone_number_id: &str) -> Result<Place, MediaError> {
        let uri = format!("{}/{}/{}?phone_number_id={}", self.base, self.version, escape(id), escape(phone_number_id));
        let request = Request::get(uri).header(AUTHORIZATION, self.token.header()).body(Bytes::new());
        let answer = self.call(request, LIST_TIMEOUT).await.map_err(MediaError::Send)?;
        let value = read(answer.status().as_u16(), answer.body())?;
        let unreadable = MediaError::Unreadable { status: answer.status().as_u16() };
        let size = value.number("file_size").and_then(|size| u64::try_from(size).ok());
        Ok(Place { url: value.text("url").ok_or(unreadable)?, mime_type: value.text("mime_type"), size })
    }

    /// The bytes at an address of [`Client::media_place`]. The caller bounds the time.
    pub async fn media_download(&self, url: &str) -> Result<Response<Stream>, MediaError> {
        let request = Request::get(url).header(AUTHORIZATION, self.token.header()).header(USER_AGENT, AGENT);
        let not_sent = |source: http::Error| SendError::NotSent { host: String::new(), source: source.into() };
        let request = request.body(whole(Bytes::new())).map_err(|source| MediaError::Send(not_sent(source)))?;
        let answer = self.http.exchange(request).await.map_err(MediaError::Send)?;
        match answer.status().as_u16() {
            200 => Ok(answer),
            404 | 410 => Err(MediaError::Gone),
            status => {
                let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
                read(status, &body.map(|body| body.to_bytes()).unwrap_or_default())?;
                Err(MediaError::Unreadable { status })
            }
        }
    }

    /// Brings a file to Meta's side, where it has an id for 30 days. The caller bounds the time.
    pub async fn media_upload(&self, upload: Upload<'_>) -> Result<String, MediaError> {
        let field = |name: &str, value: &str| {
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let before = format!(
            "{}{}--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{}\"\r\ncontent-type: {}\r\n\r\n",
            field("messaging_product", "whatsapp"),
            field("type", upload.mime_type),
            quoted(upload.filename),
            upload.mime_type,
        );
        let after = format!("\r\n--{BOUNDARY}--\r\n");
        let around = u64::try_from(before.len().saturating_add(after.len())).unwrap_or_default();
        let request = Request::post(self.uri(upload.phone_number_id, "media"))
            .header(AUTHORIZATION, self.token.header())
            .header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .header(CONTENT_LENGTH, upload.size.saturating_add(around))
            .body(enclosed(before, upload.body, after));
        let not_sent = |source: http::Error| SendError::NotSent { host: self.base.clone(), source: source.into() };
        let request = request.map_err(|source| MediaError::Send(not_sent(source)))?;
        let answer = self.http.exchange(request).await.map_err(MediaError::Send)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let value = read(status, &body.map(|body| body.to_bytes()).unwrap_or_default())?;
        value.text("id").ok_or(MediaError::Unreadable { status })
    }
}

fn read(status: u16, body: &[u8]) -> Result<Value, MediaError> {
    if let Some(error) = GraphError::read(body) {
        return Err(MediaError::Refused(error));
    }
    let value = std::str::from_utf8(body).ok().and_then(|text| loose::object(text).ok());
    value.filter(|_| (200..300).contains(&status)).ok_or(MediaError::Unreadable { status })
}

/// A file name within quotes of a header: what could end them, or the line, is replaced.
fn quoted(filename: &str) -> String {
    filename.chars().map(|c| if c == '"' || c == '\\' || c.is_control() { '_' } else { c }).collect()
}
