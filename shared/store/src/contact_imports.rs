//! Imports of contacts: the table as it came, how far it is read, and what became of each row. A row's report is written once and
//! counted once: the count moves on only from where it was seen.
use domain::Time;
use domain::channel::Assignee;
use domain::contact::ContactKind;
use domain::contact_import::{
    ContactImport, Counts, ImportOptions, ImportState, OnDuplicate, RowOutcome, RowReport, Target,
};
use domain::csv::{Place, Separator};
use domain::ids::{AttachmentId, ContactId, ContactImportId};
use domain::pricing::Country;
use serde::{Deserialize, Serialize};

use crate::channels::assignee_text;
use crate::codec::{Attributes, Row, decode, encode, pack, unpack};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, values};
use crate::keys::{self, LIST};
use crate::table::{Order, Put, Range, Store};

#[derive(Serialize, Deserialize)]
struct ImportRow {
    id: String,
    state: String,
    kind: String,
    owner: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    on_duplicate: String,
    columns: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attachment_id: Option<String>,
    separator: String,
    byte: u64,
    lines: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<u32>,
    done: u32,
    created: u32,
    updated: u32,
    skipped: u32,
    failed: u32,
    leg: u32,
    created_at: i64,
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Row for ImportRow {
    const ENTITY: &'static str = "contact-import";
}

#[derive(Serialize, Deserialize)]
struct TableRow {
    #[serde(with = "serde_bytes")]
    table: Vec<u8>,
}

impl Row for TableRow {
    const ENTITY: &'static str = "contact-import-table";
}

#[derive(Serialize, Deserialize)]
struct ReportRow {
    row: u32,
    line: u32,
    outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    repaired: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    wrong: Vec<String>,
}

impl Row for ReportRow {
    const ENTITY: &'static str = "contact-import-row";
}

fn to_row(import: &ContactImport) -> ImportRow {
    ImportRow {
        id: import.id.to_string(),
        state: import.state.to_string(),
        kind: import.options.kind.to_string(),
        owner: assignee_text(import.options.owner.as_ref()).to_owned(),
        tags: import.options.tags.clone(),
        country: import.options.country.map(|country| country.to_string()),
        on_duplicate: import.options.on_duplicate.to_string(),
        columns: import.columns.iter().map(Target::text).collect(),
        attachment_id: import.file.as_ref().map(ToString::to_string),
        separator: import.separator.to_string(),
        byte: import.place.byte,
        lines: import.place.lines,
        rows: import.rows,
        done: import.done,
        created: import.counts.created,
        updated: import.counts.updated,
        skipped: import.counts.skipped,
        failed: import.counts.failed,
        leg: import.leg,
        created_at: import.created_at.millis(),
        by: import.by.clone(),
        ended_at: import.ended_at.map(Time::millis),
        problem: import.problem.clone(),
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<ContactImport, StoreError> {
    let row: ImportRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("an import with {what} unreadable"));
    let file = row.attachment_id.map(|id| AttachmentId::parse(&id).ok_or_else(|| odd("attachment_id")));
    let columns = row.columns.iter().map(|text| Target::parse(text).ok_or_else(|| odd("a column")));
    Ok(ContactImport {
        id: ContactImportId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        state: ImportState::parse(&row.state).ok_or_else(|| odd("its state"))?,
        options: ImportOptions {
            kind: ContactKind::parse(&row.kind).ok_or_else(|| odd("its kind"))?,
            owner: Assignee::parse(&row.owner),
            tags: row.tags,
            country: row.country.as_deref().and_then(Country::parse),
            on_duplicate: OnDuplicate::parse(&row.on_duplicate).ok_or_else(|| odd("on_duplicate"))?,
        },
        columns: columns.collect::<Result<_, _>>()?,
        file: file.transpose()?,
        separator: Separator::parse(&row.separator).ok_or_else(|| odd("its separator"))?,
        place: Place { byte: row.byte, lines: row.lines },
        rows: row.rows,
        done: row.done,
        counts: Counts { created: row.created, updated: row.updated, skipped: row.skipped, failed: row.failed },
        leg: row.leg,
        created_at: Time::from_millis(row.created_at),
        by: row.by,
        ended_at: row.ended_at.map(Time::from_millis),
        problem: row.problem,
    })
}

fn read_report(operation: &'static str, item: Attributes) -> Result<RowReport, StoreError> {
    let row: ReportRow = decode(operation, item)?;
    let outcome = RowOutcome::parse(&row.outcome);
    Ok(RowReport {
        row: row.row,
        line: row.line,
        outcome: outcome.ok_or_else(|| StoreError::row(operation, "a report with its outcome unreadable"))?,
        contact: row.contact_id.as_deref().and_then(ContactId::parse),
        repaired: row.repaired,
        wrong: row.wrong,
    })
}

impl Store {
    /// Keeps the table, unless it is a file, and then the import that reads it. Twice is once; what stands already is what is
    /// answered.
    pub async fn contact_import_create(
        &self,
        import: &ContactImport,
        table: Option<&str>,
    ) -> Result<ContactImport, StoreError> {
        const OPERATION: &str = "contact_import_create";
        if let Some(table) = table {
            let row = TableRow { table: pack(table) };
            self.put_new(OPERATION, encode(OPERATION, &keys::contact_import_table(&import.id), None, &row)?).await?;
        }
        let list = keys::list_contact_imports(import.created_at, &import.id);
        let item = encode(OPERATION, &keys::contact_import(&import.id), Some(&list), &to_row(import))?;
        match self.put_new(OPERATION, item).await? {
            Put::Written => Ok(import.clone()),
            Put::Exists(item) => read(OPERATION, item),
        }
    }

    pub async fn contact_import_get(&self, id: &ContactImportId) -> Result<Option<ContactImport>, StoreError> {
        const OPERATION: &str = "contact_import_get";
        self.get(OPERATION, &keys::contact_import(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    pub async fn contact_import_table(&self, id: &ContactImportId) -> Result<Option<String>, StoreError> {
        const OPERATION: &str = "contact_import_table";
        let row: Option<TableRow> = self.get_row(OPERATION, &keys::contact_import_table(id)).await?;
        row.map(|row| unpack(OPERATION, &row.table)).transpose()
    }

    /// The latest first.
    pub async fn contact_imports_page(
        &self,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<ContactImport>, StoreError> {
        const OPERATION: &str = "contact_imports_page";
        let (pk, order) = (keys::CONTACT_IMPORTS, Order::Descending);
        let range = Range { index: Some(LIST), pk, range: None, order, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let rows = self.rows_of(OPERATION, &page.items).await?;
        let items = rows.into_iter().map(|item| read(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// What became of the rows, in order.
    pub async fn contact_import_rows(
        &self,
        id: &ContactImportId,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<RowReport>, StoreError> {
        const OPERATION: &str = "contact_import_rows";
        let (pk, range) = (id.as_str(), Some(keys::CONTACT_IMPORT_ROWS));
        let range = Range { index: None, pk, range, order: Order::Ascending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let items = page.items.into_iter().map(|item| read_report(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// The reports that stand of rows which are not counted yet: from behind this row on.
    pub async fn contact_import_uncounted(
        &self,
        id: &ContactImportId,
        done: u32,
        limit: usize,
    ) -> Result<Vec<RowReport>, StoreError> {
        let after = Cursor(keys::contact_import_row(id, done).sk);
        Ok(self.contact_import_rows(id, limit, Some(&after)).await?.items)
    }

    /// The report that stands: this one, or the one that was there.
    pub async fn contact_import_report(
        &self,
        id: &ContactImportId,
        report: &RowReport,
    ) -> Result<RowReport, StoreError> {
        const OPERATION: &str = "contact_import_report";
        let row = ReportRow {
            row: report.row,
            line: report.line,
            outcome: report.outcome.to_string(),
            contact_id: report.contact.as_ref().map(ToString::to_string),
            repaired: report.repaired.clone(),
            wrong: report.wrong.clone(),
        };
        let item = encode(OPERATION, &keys::contact_import_row(id, report.row), None, &row)?;
        match self.put_new(OPERATION, item).await? {
            Put::Written => Ok(report.clone()),
            Put::Exists(item) => read_report(OPERATION, item),
        }
    }

    /// Moves the import on from where it was seen; `false`: it is elsewhere.
    pub async fn contact_import_move(&self, seen: &ContactImport, next: &ContactImport) -> Result<bool, StoreError> {
        const OPERATION: &str = "contact_import_move";
        let list = keys::list_contact_imports(next.created_at, &next.id);
        let item = encode(OPERATION, &keys::contact_import(&next.id), Some(&list), &to_row(next))?;
        let values = values([(":done", n(seen.done)), (":leg", n(seen.leg))]);
        self.put_where(OPERATION, item, "#done = :done AND #leg = :leg", values).await
    }
}
