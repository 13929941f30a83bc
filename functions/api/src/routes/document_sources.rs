//! Document sources: other systems whose quotes, orders and invoices are attached by kind and id.
//!
//! What their requests carry is kept apart from the table, as the secrets of webhooks are, and is never shown again.
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Extension, State};
use domain::document::{self as entity, Pattern, PatternError, SOURCES_MAX, Wanted};
use domain::ids;
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use runtime::{clock, random};
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{DocumentSourceId, Identifier, MimeType, Stamp, Text, WebAddress, given, nullable};
use crate::input::{Input, Nothing};
use crate::outside::callable;
use crate::page::{Listing, PageQuery};
use crate::problem::{Outside, Problem};
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX};

area! {
    ReadSetup: list, read;
    ManageWebhooks: create, change, delete;
}

const LIST: &str = "document_sources";
const HEADERS_MAX: usize = 10;
/// What SSM keeps under one name.
const SECRET_BYTES_MAX: usize = 4000;
/// What a request says by itself.
const OWN_HEADERS: [&str; 6] = ["host", "content-length", "transfer-encoding", "connection", "te", "upgrade"];

type Name = Text<100>;
type FilenamePattern = Text<200>;
type HeaderText = Text<2000>;
type Headers = BTreeMap<String, HeaderText>;

#[derive(Serialize, ToSchema)]
#[schema(as = DocumentSource)]
struct SourceView {
    id: DocumentSourceId,
    name: String,
    url: String,
    /// The names of the headers that its requests carry; their values are not shown.
    headers: Vec<String>,
    filename: Option<String>,
    mime_type: Option<String>,
    created_at: Stamp,
}

impl From<entity::DocumentSource> for SourceView {
    fn from(source: entity::DocumentSource) -> SourceView {
        SourceView {
            id: source.id.into(),
            name: source.name,
            url: source.url.as_str().to_owned(),
            headers: source.headers,
            filename: source.filename.map(|pattern| pattern.as_str().to_owned()),
            mime_type: source.mime_type,
            created_at: Stamp(source.created_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDocumentSource {
    name: Name,
    /// With `{id}`, and `{kind}` where it matters, in the path or the query, such as
    /// `https://shop.example/api/{kind}/{id}.pdf`. What is put there is percent-encoded.
    url: WebAddress,
    /// What its requests carry, such as `authorization`. Kept as a secret.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    headers: Headers,
    /// What a document is called, with the same places, such as `Invoice {id}.pdf`; `{kind}-{id}` unless given.
    filename: Option<FilenamePattern>,
    /// What its documents are, where its answers do not say.
    mime_type: Option<MimeType>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentSourcePatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<Name>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    url: Option<WebAddress>,
    /// All of them at once.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<BTreeMap<String, String>>)]
    headers: Option<Headers>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<FilenamePattern>)]
    filename: Option<Option<FilenamePattern>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<MimeType>)]
    mime_type: Option<Option<MimeType>>,
}

async fn load(app: &App, id: &ids::DocumentSourceId) -> Result<entity::DocumentSource, Problem> {
    let source = app.store.document_source_get(id).await?;
    source.ok_or_else(|| Problem::NotFound { what: ids::DocumentSourceId::WHAT, id: id.to_string() })
}

fn in_words(field: &str) -> impl Fn(PatternError) -> Problem {
    move |error| Problem::field(field, error.to_string())
}

/// The address as a pattern, of which any document's may be called.
async fn address(app: &App, WebAddress(url): &WebAddress) -> Result<Pattern, Problem> {
    let pattern = Pattern::address(url).map_err(in_words("url"))?;
    let some = Wanted::new("order", "1").ok_or_else(|| Problem::Internal("no document can be named".into()))?;
    callable(app, "url", &pattern.fill(&some, net::escape)).await?;
    Ok(pattern)
}

fn filename(pattern: Option<&FilenamePattern>) -> Result<Option<Pattern>, Problem> {
    pattern.map(|Text(text)| Pattern::parse(text).map_err(in_words("filename"))).transpose()
}

fn check_headers(headers: &Headers) -> Result<(), Problem> {
    if headers.len() > HEADERS_MAX {
        return Err(Problem::field("headers", format!("must be at most {HEADERS_MAX}")));
    }
    for (name, Text(value)) in headers {
        let is_own = OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str());
        if name.parse::<HeaderName>().is_err() || is_own {
            return Err(Problem::field("headers", "must have names of headers that a request may carry"));
        }
        if value.parse::<HeaderValue>().is_err() {
            return Err(Problem::field(format!("headers.{name}"), "must be a header's value"));
        }
    }
    let bytes: usize = headers.iter().map(|(name, Text(value))| name.len() + value.len() + 8).sum();
    match bytes {
        0..=SECRET_BYTES_MAX => Ok(()),
        _ => Err(Problem::field("headers", format!("must have at most {SECRET_BYTES_MAX} bytes together"))),
    }
}

/// Keeps what requests carry, under a new name; nothing where they carry nothing.
async fn keep(app: &App, headers: &Headers) -> Result<(Vec<String>, Option<ids::SecretId>), Problem> {
    if headers.is_empty() {
        return Ok((Vec::new(), None));
    }
    let values: BTreeMap<String, &str> =
        headers.iter().map(|(name, Text(value))| (name.to_ascii_lowercase(), value.as_str())).collect();
    let id = ids::SecretId::new(clock::now(), random::entropy());
    app.vault.keep(id.as_str(), &serde_json::json!(values).to_string()).await?;
    Ok((values.into_keys().collect(), Some(id)))
}

async fn forget(app: &App, secret: Option<&ids::SecretId>) -> Result<(), Problem> {
    if let Some(secret) = secret {
        app.vault.remove(secret.as_str()).await?;
    }
    Ok(())
}

/// Lists document sources, the oldest first.
#[utoipa::path(get, path = "/v1/document-sources", params(PageQuery), responses((status = 200, body = Listing<SourceView>)))]
async fn list(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<SourceView>> {
    let sources = app.store.document_sources_all().await?;
    Ok(Json(Listing::part(LIST, sources, &query, |source| source.id.as_str(), SourceView::from)?))
}

/// Makes a source, of which documents can then be attached: `POST /v1/attachments` with `from_source`.
#[utoipa::path(post, path = "/v1/document-sources", request_body = NewDocumentSource, responses((status = 201, body = SourceView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewDocumentSource>,
) -> AnswerWith<SourceView> {
    let url = address(&app, &body.url).await?;
    let filename = filename(body.filename.as_ref())?;
    check_headers(&body.headers)?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let id = ids::DocumentSourceId::new(ticket.at, ticket.entropy);
    if let Some(before) = app.store.document_source_get(&id).await? {
        return Ok((StatusCode::CREATED, Json(before.into())));
    }
    if app.store.document_sources_all().await?.len() >= SOURCES_MAX {
        return Err(Outside::TooMany { what: ids::DocumentSourceId::WHAT, most: SOURCES_MAX }.into());
    }
    let (headers, secret) = keep(&app, &body.headers).await?;
    let source = entity::DocumentSource {
        id,
        name: body.name.0,
        url,
        headers,
        secret,
        filename,
        mime_type: body.mime_type.map(|text| text.0),
        created_at: ticket.at,
        revision: 0,
    };
    let source = match app.store.document_source_create(&source).await? {
        Put::Written => source,
        Put::Exists(before) => {
            forget(&app, source.secret.as_ref()).await?;
            before
        }
    };
    Ok((StatusCode::CREATED, Json(source.into())))
}

/// Reads a document source.
#[utoipa::path(get, path = "/v1/document-sources/{id}", params(("id" = DocumentSourceId, Path)), responses((status = 200, body = SourceView)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::DocumentSourceId>) -> Answer<SourceView> {
    Ok(Json(load(&app, &id).await?.into()))
}

/// Changes a document source.
#[utoipa::path(
    patch,
    path = "/v1/document-sources/{id}",
    params(("id" = DocumentSourceId, Path)),
    request_body = DocumentSourcePatch,
    responses((status = 200, body = SourceView))
)]
async fn change(
    State(app): State<App>,
    Input { id, body, .. }: Input<ids::DocumentSourceId, Nothing, DocumentSourcePatch>,
) -> Answer<SourceView> {
    load(&app, &id).await?;
    let url = match &body.url {
        Some(url) => Some(address(&app, url).await?),
        None => None,
    };
    let filename = body.filename.as_ref().map(|pattern| filename(pattern.as_ref())).transpose()?;
    let kept = match &body.headers {
        Some(headers) => {
            check_headers(headers)?;
            Some(keep(&app, headers).await?)
        }
        None => None,
    };
    for _ in 0..EDIT_TRIES_MAX {
        let seen = load(&app, &id).await?;
        let mut next = entity::DocumentSource { revision: seen.revision.saturating_add(1), ..seen.clone() };
        if let Some(Text(name)) = &body.name {
            next.name.clone_from(name);
        }
        if let Some(url) = &url {
            next.url.clone_from(url);
        }
        if let Some((headers, secret)) = &kept {
            (next.headers, next.secret) = (headers.clone(), secret.clone());
        }
        if let Some(filename) = &filename {
            next.filename.clone_from(filename);
        }
        if let Some(mime_type) = &body.mime_type {
            next.mime_type = mime_type.as_ref().map(|text| text.0.clone());
        }
        if app.store.document_source_update(&next).await? {
            forget(&app, seen.secret.as_ref().filter(|_| kept.is_some())).await?;
            return Ok(Json(next.into()));
        }
    }
    forget(&app, kept.and_then(|(_, secret)| secret).as_ref()).await?;
    Err(Problem::ChangedMeanwhile)
}

/// Deletes a document source. What was fetched from it stays.
#[utoipa::path(delete, path = "/v1/document-sources/{id}", params(("id" = DocumentSourceId, Path)), responses((status = 204)))]
async fn delete(State(app): State<App>, Input { id, .. }: Input<ids::DocumentSourceId>) -> Result<StatusCode, Problem> {
    let mut seen = load(&app, &id).await?;
    for _ in 0..EDIT_TRIES_MAX {
        app.store.document_source_delete(&seen).await?;
        let Some(changed) = app.store.document_source_get(&id).await? else {
            forget(&app, seen.secret.as_ref()).await?;
            return Ok(StatusCode::NO_CONTENT);
        };
        seen = changed;
    }
    Err(Problem::ChangedMeanwhile)
}
