//! Imports of contacts: a table is taken, read by a function of its own, and reported row by row.
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Extension, State};
use domain::access::Sight;
use domain::contact_field::ContactField;
use domain::contact_import as entity;
use domain::contact_import::{ContactImport, Counts, FILE_MAX, Head, ImportOptions, ImportState, OnDuplicate};
use domain::csv::{self, PIECE};
use domain::ids;
use domain::pricing::Country as Where;
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Page;
use utoipa::{IntoParams, ToSchema};

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{
    AssigneeChoice, AssigneeInput, AssigneeView, AttachmentId, ContactId, ContactImportId, ContactKind, Country, Stamp,
    Text, Word, vocabulary,
};
use crate::files::usable;
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::people::must_exist;
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App, sight};

area! {
    ReadInbox: list, read, rows;
    WriteInbox: create;
}

const LIST: &str = "contact-imports";
const ROWS: &str = "contact-import-rows";
const MAPPED_MAX: usize = 100;
const TAGS_MAX: usize = 50;

type Table = Text<262_144>;
type Column = Text<200>;
type TargetText = Text<80>;

vocabulary! {
    ContactImportState = domain::contact_import::ImportState,
    ContactRowOutcome = domain::contact_import::RowOutcome,
    DuplicateRule = domain::contact_import::OnDuplicate,
}

/// What holds for all rows of a table that is the body itself.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    #[param(inline)]
    kind: Option<ContactKind>,
    #[param(inline)]
    default_country: Option<Country>,
    #[param(inline)]
    on_duplicate: Option<DuplicateRule>,
}

/// A table whose first line names its columns, either here (`csv`) or in a file (`attachment_id`), and what holds for all of its
/// rows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContactImport {
    #[schema(inline)]
    csv: Option<Table>,
    /// An upload, or a file that came with a message: UTF-8 text of up to 33,554,432 bytes.
    attachment_id: Option<AttachmentId>,
    /// What columns say, by their names, where that is not plain: `name`, `first_name`, `last_name`, `phone`, `email`, `bsuid`,
    /// `tags`, `stage`, `field.<key>` or `ignore`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    mapping: BTreeMap<Column, TargetText>,
    /// `lead` unless given.
    kind: Option<ContactKind>,
    /// Where numbers without a country code are from.
    default_country: Option<Country>,
    /// What becomes of a row whose person is there already; `skip` unless given. `update` changes what the row says and leaves
    /// the rest.
    on_duplicate: Option<DuplicateRule>,
    #[serde(default)]
    #[schema(max_items = 50, value_type = Vec<String>)]
    tags: Vec<Text<64>>,
    #[schema(value_type = Option<AssigneeChoice>)]
    owner: Option<AssigneeInput>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ContactImport)]
struct ImportView {
    id: ContactImportId,
    state: ContactImportState,
    kind: ContactKind,
    owner: Option<AssigneeView>,
    tags: Vec<String>,
    default_country: Option<String>,
    on_duplicate: DuplicateRule,
    /// What each column says.
    columns: Vec<String>,
    /// The file that it reads; of none the table came with the request.
    attachment_id: Option<AttachmentId>,
    /// `null` until those of a file are counted.
    rows: Option<u32>,
    /// How many of them have their outcome.
    done: u32,
    created: u32,
    updated: u32,
    skipped: u32,
    failed: u32,
    created_at: Stamp,
    created_by: String,
    ended_at: Option<Stamp>,
    /// Why it `failed`: its file is no such table, and no row of it was taken.
    problem: Option<String>,
}

impl From<ContactImport> for ImportView {
    fn from(import: ContactImport) -> ImportView {
        ImportView {
            id: import.id.into(),
            state: Word(import.state),
            kind: Word(import.options.kind),
            owner: import.options.owner.map(AssigneeView::from),
            tags: import.options.tags,
            default_country: import.options.country.map(|country| country.to_string()),
            on_duplicate: Word(import.options.on_duplicate),
            columns: import.columns.iter().map(entity::Target::text).collect(),
            attachment_id: import.file.map(AttachmentId::from),
            rows: import.rows,
            done: import.done,
            created: import.counts.created,
            updated: import.counts.updated,
            skipped: import.counts.skipped,
            failed: import.counts.failed,
            created_at: Stamp(import.created_at),
            created_by: import.by,
            ended_at: import.ended_at.map(Stamp),
            problem: import.problem,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ContactImportRow)]
struct RowView {
    /// The first row behind the names of the columns is 1.
    row: u32,
    /// The line of the table on which it begins.
    line: u32,
    outcome: ContactRowOutcome,
    contact_id: Option<ContactId>,
    /// What was made of it so that it could be taken.
    repaired: Vec<String>,
    /// What is wrong with it; the column comes first.
    errors: Vec<String>,
}

impl From<entity::RowReport> for RowView {
    fn from(report: entity::RowReport) -> RowView {
        RowView {
            row: report.row,
            line: report.line,
            outcome: Word(report.outcome),
            contact_id: report.contact.map(ContactId::from),
            repaired: report.repaired,
            errors: report.wrong,
        }
    }
}

fn targets(mapping: &BTreeMap<Column, TargetText>) -> Result<BTreeMap<String, entity::Target>, Problem> {
    if mapping.len() > MAPPED_MAX {
        return Err(Problem::field("mapping", format!("must have at most {MAPPED_MAX} columns")));
    }
    let target = |(column, target): (&Column, &TargetText)| {
        let read = entity::Target::parse(&target.0);
        let wrong = || {
            let known = "name, first_name, last_name, phone, email, bsuid, tags, stage, field.<key>, ignore";
            Problem::field(format!("mapping.{}", column.0), format!("must be one of: {known}"))
        };
        Ok((column.0.clone(), read.ok_or_else(wrong)?))
    };
    mapping.iter().map(target).collect()
}

/// Where a table is, and how it begins.
struct Begun {
    head: Head,
    file: Option<ids::AttachmentId>,
    rows: Option<u32>,
}

impl NewContactImport {
    async fn begin(&self, app: &App, caller: &Caller, defined: &[ContactField]) -> Result<Begun, Problem> {
        let mapping = targets(&self.mapping)?;
        match (&self.csv, &self.attachment_id) {
            (Some(Text(table)), None) => {
                let wrong = |wrong: String| Problem::field("csv", wrong);
                let head = entity::head(table.as_bytes(), true, &mapping, defined).map_err(wrong)?;
                let rows =
                    csv::rows(table).map_err(|unreadable| wrong(unreadable.to_string()))?.len().saturating_sub(1);
                let rows = entity::counted(u32::try_from(rows).unwrap_or(u32::MAX)).map_err(wrong)?;
                Ok(Begun { head, file: None, rows: Some(rows) })
            }
            (None, Some(id)) => {
                let wrong = |wrong: String| Problem::field("attachment_id", format!("names a file that {wrong}"));
                let file = usable(app, caller, "attachment_id", &id.0).await?;
                let Some((size, start)) = app.files.start(&file, PIECE).await? else {
                    return Err(wrong("is no longer there".to_owned()));
                };
                if size > FILE_MAX {
                    return Err(wrong(format!("has {size} bytes, more than {FILE_MAX}")));
                }
                let is_whole = u64::try_from(start.len()).is_ok_and(|length| length == size);
                let head = entity::head(&start, is_whole, &mapping, defined).map_err(wrong)?;
                Ok(Begun { head, file: Some(file.id), rows: None })
            }
            (Some(_), Some(_)) | (None, None) => {
                Err(Problem::field("csv", "is missing; give either csv or attachment_id"))
            }
        }
    }
}

/// Takes a table of contacts: up to the size of a body, or a file of up to 33,554,432 bytes; of up to 100,000 rows. It is read on
/// its own from then on; read the import to see how far it is, and its rows to see what became of each.
#[utoipa::path(
    post,
    path = "/v1/contacts/imports",
    params(ImportQuery),
    request_body(content((NewContactImport = "application/json"), (String = "text/csv"))),
    responses((status = 202, body = ImportView))
)]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, body, fingerprint, .. }: Input<Nothing, ImportQuery, NewContactImport>,
) -> AnswerWith<ImportView> {
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let defined = app.store.contact_fields_all().await?.fields;
    let Begun { head, file, rows } = body.begin(&app, &caller, &defined).await?;
    if body.tags.len() > TAGS_MAX {
        return Err(Problem::field("tags", format!("must have at most {TAGS_MAX} tags")));
    }
    let on_duplicate = body.on_duplicate.or(query.on_duplicate).map_or(OnDuplicate::Skip, |word| word.0);
    if on_duplicate == OnDuplicate::Update && caller.sight != Sight::All {
        let wrong = "must not be update for those who see only some contacts";
        return Err(Problem::field("on_duplicate", wrong));
    }
    let owner = body.owner.and_then(|owner| owner.0).or_else(|| sight::given(&caller));
    must_exist(&app.store, owner.as_ref(), "owner").await?;
    let country = body.default_country.or(query.default_country);
    let import = ContactImport {
        id: ids::ContactImportId::new(ticket.at, ticket.entropy),
        state: ImportState::Queued,
        options: ImportOptions {
            kind: body.kind.or(query.kind).map_or(domain::contact::ContactKind::Lead, |kind| kind.0),
            owner,
            tags: body.tags.into_iter().map(|tag| tag.0).collect(),
            country: country.and_then(|country| Where::parse(&country.0)),
            on_duplicate,
        },
        columns: head.columns,
        file,
        separator: head.separator,
        place: head.place,
        rows,
        done: 0,
        counts: Counts::default(),
        leg: 0,
        created_at: ticket.at,
        by: caller.actor().to_string(),
        ended_at: None,
        problem: None,
    };
    let table = body.csv.as_ref().map(|Text(table)| table.as_str());
    let import = app.store.contact_import_create(&import, table).await?;
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}

/// An import of whoever sees only some contacts is in sight of them alone, and of those who see everything.
fn is_seen(caller: &Caller, import: &ContactImport) -> bool {
    caller.sight == Sight::All || import.by == caller.actor().as_str()
}

async fn load(app: &App, caller: &Caller, id: &ids::ContactImportId) -> Result<ContactImport, Problem> {
    let import = app.store.contact_import_get(id).await?;
    import.filter(|import| is_seen(caller, import)).ok_or_else(|| sight::missing(id))
}

/// Lists imports, the latest first.
#[utoipa::path(get, path = "/v1/contacts/imports", params(PageQuery), responses((status = 200, body = Listing<ImportView>)))]
async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { query, .. }: Input<Nothing, PageQuery>,
) -> Answer<Listing<ImportView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let page = app.store.contact_imports_page(query.limit.0, cursor.as_ref()).await?;
    let items = page.items.into_iter().filter(|import| is_seen(&caller, import)).collect();
    Ok(Json(Listing::of(LIST, Page { items, next: page.next }, ImportView::from)))
}

/// Reads an import: how far it is.
#[utoipa::path(
    get,
    path = "/v1/contacts/imports/{id}",
    params(("id" = ContactImportId, Path)),
    responses((status = 200, body = ImportView))
)]
async fn read(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, .. }: Input<ids::ContactImportId>,
) -> Answer<ImportView> {
    Ok(Json(load(&app, &caller, &id).await?.into()))
}

/// Lists what became of the rows so far, in their order.
#[utoipa::path(
    get,
    path = "/v1/contacts/imports/{id}/rows",
    params(("id" = ContactImportId, Path), PageQuery),
    responses((status = 200, body = Listing<RowView>))
)]
async fn rows(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { id, query, .. }: Input<ids::ContactImportId, PageQuery>,
) -> Answer<Listing<RowView>> {
    let cursor = page::cursor(query.cursor.as_ref(), ROWS)?;
    load(&app, &caller, &id).await?;
    let page = app.store.contact_import_rows(&id, query.limit.0, cursor.as_ref()).await?;
    Ok(Json(Listing::of(ROWS, page, RowView::from)))
}
