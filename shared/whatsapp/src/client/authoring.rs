//! Making, changing and deleting templates on Meta's side, its library, and the files that headers show as examples.
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, Method, Request};
use http_body_util::{BodyExt, Limited};
use net::{SendError, Stream};
use serde_json::Value;

use super::{Client, ClientError, MediaError, escape};
use crate::errors::GraphError;
use crate::loose::{self, Loose, ReadError};
use crate::templates::{FIELDS, Page, WireTemplate};

/// Meta's subcode for a name that has this language already.
const EXISTS: i64 = 2_388_024;
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
const FILE_OFFSET: HeaderName = HeaderName::from_static("file_offset");

/// What Meta says of a template that it has just taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    pub id: String,
}

/// One language of a bulk request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upserted {
    pub id: String,
    pub language: String,
}

impl ClientError {
    /// The name has this language already.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, ClientError::Refused(error) if error.subcode == Some(EXISTS))
    }
}

impl Client {
    pub async fn template_create(&self, waba_id: &str, body: &Value) -> Result<Created, ClientError> {
        let uri = self.uri(waba_id, "message_templates");
        self.ask(Method::POST, uri, Some(body), |answer| {
            let id = loose::object(answer)?.text("id").ok_or(ReadError::Missing("id"))?;
            Ok(Created { id })
        })
        .await
    }

    /// Several languages of an authentication template at once: those that exist are replaced.
    pub async fn templates_upsert(&self, waba_id: &str, body: &Value) -> Result<Vec<Upserted>, ClientError> {
        let uri = self.uri(waba_id, "upsert_message_templates");
        self.ask(Method::POST, uri, Some(body), |answer| {
            let answer = loose::object(answer)?;
            let one = |value: &Value| Some(Upserted { id: value.text("id")?, language: value.text("language")? });
            Ok(answer.list("data").into_iter().filter_map(one).collect())
        })
        .await
    }

    pub async fn template_edit(&self, id: &str, body: &Value) -> Result<(), ClientError> {
        let uri = format!("{}/{}/{}", self.base, self.version, escape(id));
        self.ask(Method::POST, uri, Some(body), succeeded).await
    }

    /// One language by its id, or all of the name.
    pub async fn template_delete(&self, waba_id: &str, name: &str, id: Option<&str>) -> Result<(), ClientError> {
        let mut uri = format!("{}?name={}", self.uri(waba_id, "message_templates"), escape(name));
        if let Some(id) = id {
            uri.push_str(&format!("&hsm_id={}", escape(id)));
        }
        self.ask(Method::DELETE, uri, None, succeeded).await
    }

    pub async fn template_unpause(&self, id: &str) -> Result<(), ClientError> {
        self.ask(Method::POST, self.uri(id, "unpause"), None, succeeded).await
    }

    pub async fn template(&self, id: &str) -> Result<WireTemplate, ClientError> {
        let uri = format!("{}/{}/{}?fields={FIELDS}", self.base, self.version, escape(id));
        self.ask(Method::GET, uri, None, WireTemplate::read).await
    }

    /// The template of this name and language, if Meta lists one.
    pub async fn template_named(
        &self,
        waba_id: &str,
        name: &str,
        language: &str,
    ) -> Result<Option<WireTemplate>, ClientError> {
        let edge = self.uri(waba_id, "message_templates");
        let uri = format!("{edge}?fields={FIELDS}&limit=100&name={}&language={}", escape(name), escape(language));
        let page = self.ask(Method::GET, uri, None, Page::read).await?;
        // Meta's filter takes names that begin so, too.
        let is_it =
            |found: &WireTemplate| found.name.as_deref() == Some(name) && found.language.as_deref() == Some(language);
        Ok(page.templates.into_iter().find(is_it))
    }

    /// Meta's own templates that a business may take over. `query` is sent as it is.
    pub async fn template_library(&self, query: &[(&str, String)]) -> Result<Value, ClientError> {
        let uri = format!("{}/{}/message_template_library{}", self.base, self.version, parameters(query));
        self.ask(Method::GET, uri, None, loose::object).await
    }

    /// Meta's texts of authentication templates, by language.
    pub async fn template_previews(&self, waba_id: &str, query: &[(&str, String)]) -> Result<Value, ClientError> {
        let uri = format!("{}{}", self.uri(waba_id, "message_template_previews"), parameters(query));
        self.ask(Method::GET, uri, None, loose::object).await
    }

    /// The app that the token belongs to, by which uploads go.
    pub async fn app_id(&self) -> Result<String, ClientError> {
        let uri = format!("{}/{}/app?fields=id", self.base, self.version);
        let read = |answer: &str| loose::object(answer)?.text("id").ok_or(ReadError::Missing("id"));
        self.ask(Method::GET, uri, None, read).await
    }

    /// Opens a session for a file of `size` bytes.
    pub async fn upload_session(
        &self,
        app_id: &str,
        filename: &str,
        mime_type: &str,
        size: u64,
    ) -> Result<String, ClientError> {
        let query =
            [("file_length", size.to_string()), ("file_type", mime_type.into()), ("file_name", filename.into())];
        let uri = format!("{}{}", self.uri(app_id, "uploads"), parameters(&query));
        let read = |answer: &str| {
            let id = loose::object(answer)?.text("id").filter(|id| is_session(id));
            id.ok_or(ReadError::Missing("id"))
        };
        self.ask(Method::POST, uri, None, read).await
    }

    /// Brings the bytes of a file into its session; the handle by which an example names it. The caller bounds the time.
    pub async fn upload_bytes(&self, session: &str, size: u64, body: Stream) -> Result<String, MediaError> {
        // The id has a signature behind a question mark, so it is an address as it stands.
        let uri = format!("{}/{}/{session}", self.base, self.version);
        let mut request = Request::post(uri).header(FILE_OFFSET, 0).header(CONTENT_LENGTH, size);
        // The Resumable Upload API has a word of its own.
        if let Some(token) = self.token.header_by("OAuth") {
            request = request.header(AUTHORIZATION, token);
        }
        let request = request.header(CONTENT_TYPE, "application/octet-stream").body(body);
        let not_sent = |source: http::Error| SendError::NotSent { host: self.base.clone(), source: source.into() };
        let request = request.map_err(|source| MediaError::Send(not_sent(source)))?;
        let answer = self.http.exchange(request).await.map_err(MediaError::Send)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body: Bytes = body.map(|body| body.to_bytes()).unwrap_or_default();
        if let Some(error) = GraphError::read(&body) {
            return Err(MediaError::Refused(error));
        }
        let answer = loose::object(&String::from_utf8_lossy(&body)).ok();
        answer.and_then(|answer| answer.text("h")).ok_or(MediaError::Unreadable { status })
    }
}

/// `{"success": true}`. Meta also answers a refusal this way, with its reason.
fn succeeded(answer: &str) -> Result<(), ReadError> {
    let answer = loose::object(answer)?;
    match answer.flag("success") {
        Some(true) => Ok(()),
        Some(false) => Err(ReadError::Declined(answer.text("reason").unwrap_or_default())),
        None => Err(ReadError::Missing("success")),
    }
}

/// What Meta gives as the id of a session, and nothing that leads elsewhere.
fn is_session(id: &str) -> bool {
    id.starts_with("upload:") && !id.contains("..") && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn parameters(query: &[(&str, String)]) -> String {
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
