//! Canned texts: what the business says often, with merge fields and files.
use axum::Json;
use axum::extract::{Extension, State};
use domain::canned_text::{CannedText, Reader, Scope};
use domain::ids;
use domain::merge::Catalog;
use lambda_http::http::StatusCode;
use runtime::clock;
use store::{CannedFilter, CannedWrite};

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{CannedTextId, Identifier};
use crate::idempotent::Ticket;
use crate::input::{Input, Nothing};
use crate::page::{Listing, cursor};
use crate::problem::{Problem, TextProblem};
use crate::sight::reader;
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX, merging};

mod body;
mod query;
mod view;

use body::{CannedTextPatch, NewCannedText};
use query::TextsQuery;
use view::CannedTextView;

area! {
    ReadInbox: list, read;
    WriteInbox: create, change, delete;
}

const LIST: &str = "canned-texts";

/// A text that the reader uses.
pub(in crate::routes) async fn find(app: &App, reader: &Reader, id: &ids::CannedTextId) -> Result<CannedText, Problem> {
    let found = app.store.canned_text_get(id).await?.filter(|found| reader.may_read(&found.scope));
    found.ok_or_else(|| Problem::NotFound { what: ids::CannedTextId::WHAT, id: id.to_string() })
}

fn must_write(reader: &Reader, scope: &Scope) -> Result<(), Problem> {
    if reader.may_write(scope) { Ok(()) } else { Err(TextProblem::Forbidden { scope: scope.kind() }.into()) }
}

/// A shortcut must lead to one text for everybody who uses it: those of the same scope are held to that when it is written,
/// and it is not to be one of the wider scopes either, which all of them see too.
async fn must_be_free(app: &App, canned: &CannedText) -> Result<(), Problem> {
    let Some(shortcut) = &canned.shortcut else { return Ok(()) };
    let mut wider = vec![Scope::All];
    if let Scope::User(user) = &canned.scope {
        let user = app.store.user_get(user).await?;
        wider.extend(user.into_iter().flat_map(|user| user.groups).map(Scope::Group));
    }
    let taken = app.store.canned_texts_called(&wider, shortcut).await?;
    match taken.into_iter().find(|other| other.id != canned.id) {
        Some(other) => Err(taken_by(&other.id)),
        None => Ok(()),
    }
}

fn taken_by(id: &ids::CannedTextId) -> Problem {
    TextProblem::ShortcutTaken { id: id.to_string() }.into()
}

/// Lists the texts that the caller uses: their own, those of their groups, and those for all. By name; with `search`, by the word
/// that was found; with `shortcut`, the nearest first.
#[utoipa::path(get, path = "/v1/canned-texts", params(TextsQuery), responses((status = 200, body = Listing<CannedTextView>)))]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, TextsQuery>,
) -> Answer<Listing<CannedTextView>> {
    let reader = reader(&app, &caller).await?;
    let catalog = merging::catalog(&app).await?;
    let scopes = query.scopes(&reader)?;
    let (modules, words) = (query.modules(), query.words());
    let view = |canned| CannedTextView::of(canned, &catalog);
    if let Some(shortcut) = &query.shortcut {
        let mut found = app.store.canned_texts_called(&scopes, &shortcut.0).await?;
        found.retain(|canned| modules.contains(&canned.module) && canned.is_found_by(&words));
        return Ok(Json(Listing { items: found.into_iter().map(view).collect(), next_cursor: None }));
    }
    let after = cursor(query.cursor.as_ref(), LIST)?;
    let filter = CannedFilter { scopes: &scopes, modules: &modules, words: &words };
    let page = app.store.canned_texts_page(filter, query.limit.0, after.as_ref()).await?;
    Ok(Json(Listing::of(LIST, page, view)))
}

/// Makes a text. Its merge fields are found by their labels now, and follow their fields from then on.
#[utoipa::path(post, path = "/v1/canned-texts", request_body = NewCannedText, responses((status = 201, body = CannedTextView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewCannedText>,
) -> AnswerWith<CannedTextView> {
    let (reader, catalog) = (reader(&app, &caller).await?, merging::catalog(&app).await?);
    let ticket: Ticket = fingerprint.ticket(&app, &caller).await?;
    let canned = body.text(&app, (&caller, &reader), &catalog, &ticket).await?;
    must_write(&reader, &canned.scope)?;
    if let Some(before) = app.store.canned_text_get(&canned.id).await?.filter(|_| ticket.is_repeated) {
        return Ok((StatusCode::CREATED, Json(CannedTextView::of(before, &catalog))));
    }
    must_be_free(&app, &canned).await?;
    match app.store.canned_text_create(&canned).await? {
        CannedWrite::Done => Ok((StatusCode::CREATED, Json(CannedTextView::of(canned, &catalog)))),
        CannedWrite::ShortcutTaken(id) => Err(taken_by(&id)),
        CannedWrite::Changed => Err(Problem::ChangedMeanwhile),
    }
}

/// Reads a text, with the labels that its fields have today.
#[utoipa::path(get, path = "/v1/canned-texts/{id}", params(("id" = CannedTextId, Path)), responses((status = 200, body = CannedTextView)))]
async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::CannedTextId>,
) -> Answer<CannedTextView> {
    let canned = find(&app, &reader(&app, &caller).await?, &id).await?;
    Ok(Json(CannedTextView::of(canned, &merging::catalog(&app).await?)))
}

/// Changes a text. Its `module` stays what it is.
#[utoipa::path(
    patch,
    path = "/v1/canned-texts/{id}",
    params(("id" = CannedTextId, Path)),
    request_body = CannedTextPatch,
    responses((status = 200, body = CannedTextView))
)]
async fn change(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, body, .. }: Input<ids::CannedTextId, Nothing, CannedTextPatch>,
) -> Answer<CannedTextView> {
    let (reader, catalog): (Reader, Catalog) = (reader(&app, &caller).await?, merging::catalog(&app).await?);
    for _ in 0..EDIT_TRIES_MAX {
        let seen = find(&app, &reader, &id).await?;
        must_write(&reader, &seen.scope)?;
        let mut next = body.apply(&app, (&caller, &reader), &catalog, &seen).await?;
        must_write(&reader, &next.scope)?;
        if next == seen {
            return Ok(Json(CannedTextView::of(seen, &catalog)));
        }
        (next.updated_at, next.revision) = (clock::now(), seen.revision.saturating_add(1));
        let claim = |canned: &CannedText| (canned.folded_shortcut(), canned.scope.clone());
        if claim(&next) != claim(&seen) {
            must_be_free(&app, &next).await?;
        }
        match app.store.canned_text_update(&seen, &next).await? {
            CannedWrite::Done => return Ok(Json(CannedTextView::of(next, &catalog))),
            CannedWrite::ShortcutTaken(id) => return Err(taken_by(&id)),
            CannedWrite::Changed => {}
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// Deletes a text; answers what it was. What was sent, or is scheduled, of it stays.
#[utoipa::path(delete, path = "/v1/canned-texts/{id}", params(("id" = CannedTextId, Path)), responses((status = 200, body = CannedTextView)))]
async fn delete(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::CannedTextId>,
) -> Answer<CannedTextView> {
    let reader = reader(&app, &caller).await?;
    for _ in 0..EDIT_TRIES_MAX {
        let seen = find(&app, &reader, &id).await?;
        must_write(&reader, &seen.scope)?;
        if app.store.canned_text_delete(&seen).await? == CannedWrite::Done {
            return Ok(Json(CannedTextView::of(seen, &merging::catalog(&app).await?)));
        }
    }
    Err(Problem::ChangedMeanwhile)
}
