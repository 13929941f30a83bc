//! Reads tables of contacts row by row.
//!
//! Guarantees: each row has its outcome once, wherever the work was cut off: its contact's id follows from the row, and its report
//! is written once and counted once; a wrong row harms no other; one run at a time for an import, and a long one is handed on.
mod row;
mod table;

use std::collections::BTreeMap;
use std::convert::Infallible;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Time;
use domain::contact_field::ContactField;
use domain::contact_import::{ContactImport, ImportState, RowReport, counted};
use domain::csv::{Place, Row};
use net::{Aws, AwsError};
use queue::{ContactImportTask, Malformed, Queue};
use runtime::{Boot, Failure, Fatal, Task, batch, clock};
use store::{Store, StoreError};

use crate::table::Table;

/// So many rows are counted at a time.
const CHUNK: usize = 25;
pub struct Import {
    store: Store,
    aws: Aws,
    bucket: String,
    dead_letters: Queue,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names no import that is there")]
    Gone,
    #[error("the table of the import has fewer rows than were counted")]
    Table,
    #[error("the bucket did not answer")]
    Bucket(#[from] AwsError),
    #[error("the table did not answer")]
    Store(#[from] StoreError),
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Failure {
        match error {
            ImportError::Store(_) | ImportError::Bucket(_) => Failure::retry(error),
            ImportError::Task(_) | ImportError::Gone | ImportError::Table => Failure::reject(error),
        }
    }
}

/// What is needed for every row.
pub(crate) struct Frame<'a> {
    pub(crate) store: &'a Store,
    pub(crate) import: &'a ContactImport,
    pub(crate) defined: Vec<ContactField>,
    pub(crate) stages: Vec<String>,
    pub(crate) default_stage: Option<String>,
}

impl Import {
    pub async fn new(boot: &Boot) -> Result<Import, Fatal> {
        let import = Import {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
            aws: boot.aws.clone(),
            bucket: boot.env("MEDIA_BUCKET")?,
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
        };
        boot.warm_dynamodb().await;
        Ok(import)
    }

    /// After half of the time until `deadline` what is left is handed on.
    pub async fn handle(&self, event: SqsEvent, deadline: Time) -> Result<SqsBatchResponse, Infallible> {
        let now = clock::now().millis();
        let until = Time::from_millis(now.midpoint(deadline.millis()));
        let work = async |task: Task<'_>| self.task(&task, until).await.map_err(Failure::from);
        Ok(batch::each(&event, &self.dead_letters, work).await)
    }

    async fn task(&self, task: &Task<'_>, until: Time) -> Result<(), ImportError> {
        let task = ContactImportTask::parse(task.body)?;
        let id = task.import().ok_or(ImportError::Gone)?;
        let import = self.store.contact_import_get(&id).await?.ok_or(ImportError::Gone)?;
        if import.state.is_over() || import.leg != task.leg() {
            return Ok(());
        }
        self.run(import, until).await
    }

    async fn run(&self, import: ContactImport, until: Time) -> Result<(), ImportError> {
        let table = Table::of(self, &import).await?;
        let Some(mut import) = self.counted(&table, import).await? else { return Ok(()) };
        let seen = import.clone();
        let frame = self.frame(&seen).await?;
        let mut standing = self.standing(&seen).await?;
        let mut place = import.place;
        while !import.state.is_over() {
            let piece = match table.piece(place).await? {
                Ok(piece) => piece,
                Err(problem) => return self.fail(import, problem).await,
            };
            if piece.end == place {
                return Err(ImportError::Table);
            }
            place = piece.end;
            let mut rest = piece.rows.into_iter().peekable();
            while rest.peek().is_some() {
                if clock::now() >= until {
                    let next = ContactImport { leg: import.leg.saturating_add(1), ..import.clone() };
                    return self.moved(&import, next).await.map(|_| ());
                }
                let chunk: Vec<(Row, Place)> = rest.by_ref().take(CHUNK).collect();
                import = self.chunk(&frame, import, &chunk, &mut standing).await?;
            }
        }
        Ok(())
    }

    async fn frame<'a>(&'a self, import: &'a ContactImport) -> Result<Frame<'a>, ImportError> {
        let defined = self.store.contact_fields_all().await?.fields;
        let settings = self.store.settings_get().await?.contacts;
        let (stages, default_stage) = (settings.stages, settings.default_stage);
        Ok(Frame { store: &self.store, import, defined, stages, default_stage })
    }

    /// The import whose rows are counted: all of a file is read before a row of it is taken, so that one that is no table
    /// changes nothing. `None`: it is none.
    async fn counted(&self, table: &Table<'_>, import: ContactImport) -> Result<Option<ContactImport>, ImportError> {
        if import.rows.is_some() {
            return Ok(Some(import));
        }
        let rows = match table.count(import.place).await?.and_then(counted) {
            Ok(rows) => rows,
            Err(problem) => return self.fail(import, problem).await.map(|()| None),
        };
        let next = ContactImport { rows: Some(rows), ..import.clone() };
        self.moved(&import, next).await.map(Some)
    }

    async fn chunk(
        &self,
        frame: &Frame<'_>,
        import: ContactImport,
        rows: &[(Row, Place)],
        standing: &mut BTreeMap<u32, RowReport>,
    ) -> Result<ContactImport, ImportError> {
        let mut next = ContactImport { state: ImportState::Running, ..import.clone() };
        for (row, behind) in rows {
            let number = next.done.saturating_add(1);
            let report = match standing.remove(&number) {
                Some(report) => report,
                None => {
                    let report = frame.row(number, row).await?;
                    self.store.contact_import_report(&import.id, &report).await?
                }
            };
            (next.done, next.place) = (number, *behind);
            next.counts.add(report.outcome);
        }
        if Some(next.done) == next.rows {
            next.state = ImportState::Done;
            next.ended_at = Some(clock::now());
        }
        self.moved(&import, next).await
    }

    async fn fail(&self, import: ContactImport, problem: String) -> Result<(), ImportError> {
        let next = import.clone().failed(problem, clock::now());
        self.moved(&import, next).await.map(|_| ())
    }

    /// Reports of rows that a run wrote which was cut off before it counted them.
    async fn standing(&self, import: &ContactImport) -> Result<BTreeMap<u32, RowReport>, ImportError> {
        let reports = self.store.contact_import_uncounted(&import.id, import.done, CHUNK).await?;
        Ok(reports.into_iter().map(|report| (report.row, report)).collect())
    }

    async fn moved(&self, seen: &ContactImport, next: ContactImport) -> Result<ContactImport, ImportError> {
        if self.store.contact_import_move(seen, &next).await? {
            return Ok(next);
        }
        // A run that was thought dead goes on beside this one: the rows are the same, and one of the two counts them.
        Err(ImportError::Store(StoreError::Contended { operation: "contact_import_move" }))
    }
}
