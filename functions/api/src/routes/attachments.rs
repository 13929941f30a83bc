//! Files: uploading one to send it, fetching one that came, trying again, and what a scanner says.
use axum::Json;
use axum::extract::{Extension, State};
use domain::attachment::{self as entity, AttachmentState as FileState, Scan};
use domain::ids;
use lambda_http::http::StatusCode;
use runtime::clock;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{AttachmentId, ConversationId, MessageId, Text, vocabulary};
use crate::files::settled;
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::problem::Problem;
use crate::sight::{self, missing};
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX};

mod body;
mod view;

use body::NewAttachment;
pub(super) use view::AttachedView;
use view::{AttachmentView, HeldView};

area! {
    ReadInbox: read, of_conversation;
    WriteInbox: create, retry;
    JudgeAttachments: judge;
}

type Details = Text<500>;

domain::words! {
    pub(crate) enum Judgement {
        Clean = "clean",
        /// The file is deleted and never given to anybody.
        Infected = "infected",
    }
}

vocabulary! { VerdictWord = Judgement }

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewVerdict {
    verdict: VerdictWord,
    details: Option<Details>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AttachmentQuery {
    /// The message that an upload went with: an agent who sees that sees the file of a colleague's too.
    #[param(inline)]
    message_id: Option<MessageId>,
}

fn shown(app: &App, attachment: entity::Attachment) -> Result<AttachmentView, Problem> {
    let now = clock::now();
    let files = &app.files;
    let links = [files.download(&attachment, now)?, files.preview(&attachment, now)?, files.upload(&attachment, now)?];
    Ok(AttachmentView::of(attachment, links))
}

/// Announces a file and answers a link to PUT it to, with exactly the headers given; after that it can be sent. Or has a file
/// fetched that another system has (`from_url`, `from_source`): it can be sent once its state is `stored`.
#[utoipa::path(post, path = "/v1/attachments", request_body = NewAttachment, responses((status = 201, body = AttachmentView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewAttachment>,
) -> AnswerWith<AttachmentView> {
    let planned = body.plan(&app).await?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let attachment = entity::Attachment {
        id: ids::AttachmentId::new(ticket.at, ticket.entropy),
        kind: planned.kind,
        state: FileState::Pending,
        scan: None,
        mime_type: planned.mime_type,
        size: planned.size,
        filename: Some(planned.filename),
        sha256: None,
        attempt: 1,
        created_at: ticket.at,
        settled_at: None,
        problem: None,
        origin: planned.origin,
        uploaded_by: Some(caller.actor()),
    };
    let is_new = app.store.attachment_replace(None, &attachment).await?;
    let attachment = if is_new { attachment } else { sight::attachment(&app, &caller, &attachment.id, None).await?.0 };
    Ok((StatusCode::CREATED, Json(shown(&app, attachment)?)))
}

/// Reads an attachment, with a link that is good for five minutes where its file may be fetched.
#[utoipa::path(get, path = "/v1/attachments/{id}", params(("id" = AttachmentId, Path), AttachmentQuery), responses((status = 200, body = AttachmentView)))]
async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, query, .. }: Input<ids::AttachmentId, AttachmentQuery>,
) -> Answer<AttachmentView> {
    let went_with = query.message_id.as_ref().map(|id| &id.0);
    let (attachment, _) = sight::attachment(&app, &caller, &id, went_with).await?;
    let attachment = settled(&app, attachment).await?;
    Ok(Json(shown(&app, attachment)?))
}

/// Begins anew to fetch a file that could not be fetched.
#[utoipa::path(post, path = "/v1/attachments/{id}/retry", params(("id" = AttachmentId, Path)), responses((status = 200, body = AttachmentView)))]
async fn retry(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::AttachmentId>,
) -> Answer<AttachmentView> {
    let (seen, has_row) = sight::attachment(&app, &caller, &id, None).await?;
    let is_over = matches!(seen.state, FileState::Failed | FileState::Expired | FileState::TooBig);
    if !is_over || !seen.is_fetched() {
        return Err(Problem::NotRetriable { state: seen.state });
    }
    let attempt = seen.attempt.saturating_add(1);
    let new =
        entity::Attachment { state: FileState::Pending, attempt, settled_at: None, problem: None, ..seen.clone() };
    if app.store.attachment_replace(has_row.then_some(&seen), &new).await? {
        return Ok(Json(shown(&app, new)?));
    }
    Err(Problem::ChangedMeanwhile)
}

/// Says what the business's virus scanner found. Only in a deployment that asks for one.
#[utoipa::path(
    post,
    path = "/v1/attachments/{id}/verdict",
    params(("id" = AttachmentId, Path)),
    request_body = NewVerdict,
    responses((status = 200, body = AttachmentView))
)]
async fn judge(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::AttachmentId, Nothing, NewVerdict>,
) -> Answer<AttachmentView> {
    for _ in 0..EDIT_TRIES_MAX {
        let (seen, _) = sight::attachment(&app, &caller, &id, None).await?;
        let (scan, state) = match body.verdict.0 {
            Judgement::Clean => (Scan::Clean, FileState::Stored),
            Judgement::Infected => (Scan::Infected, FileState::Infected),
        };
        if seen.scan == Some(scan) {
            return Ok(Json(shown(&app, seen)?));
        }
        // What was condemned stays condemned; what was cleared may still be.
        if !matches!(seen.scan, Some(Scan::Pending | Scan::Clean)) {
            return Err(Problem::NotScanned { state: seen.state });
        }
        let problem = body.details.as_ref().map(|details| details.0.clone());
        let new = entity::Attachment { scan: Some(scan), state, problem, ..seen.clone() };
        if app.store.attachment_replace(Some(&seen), &new).await? {
            return Ok(Json(shown(&app, new)?));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Lists the attachments of a conversation, those of the latest message first.
#[utoipa::path(
    get,
    path = "/v1/conversations/{id}/attachments",
    params(("id" = ConversationId, Path), PageQuery),
    responses((status = 200, body = Listing<HeldView>))
)]
async fn of_conversation(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, query, .. }: Input<ids::ConversationId, PageQuery>,
) -> Answer<Listing<HeldView>> {
    const LIST: &str = "attachments";
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    if !sight::within(&app, &caller, &id).await? {
        return Err(missing(&id));
    }
    let page = app.store.attachments_page(&id, query.limit.0, cursor.as_ref()).await?;
    if page.items.is_empty() && app.store.conversation_get(&id).await?.is_none() {
        return Err(missing(&id));
    }
    Ok(Json(Listing::of(LIST, page, HeldView::from)))
}
