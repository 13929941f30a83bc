//! Reads tables of contacts row by row.
//!
//! Guarantees: each row has its outcome once, wherever the work was cut off: its contact's id follows from the row, and its report
//! is written once and counted once; a wrong row harms no other; one run at a time for an import, and a long one is handed on.
mod row;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::contact_field::ContactField;
use domain::contact_import::{ContactImport, ImportState, RowReport};
use domain::csv;
use queue::{ContactImportTask, Malformed, Queue};
use runtime::{Boot, Failure, Fatal, Task, batch, clock};
use store::{Store, StoreError};

/// So many rows are counted at a time.
const CHUNK: u32 = 25;
/// How long one run takes; what is left then is handed on.
const RUN: Duration = Duration::from_secs(60);

pub struct Import {
    store: Store,
    dead_letters: Queue,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names no import that is there")]
    Gone,
    #[error("the table of the import cannot be read")]
    Table,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Failure {
        match error {
            ImportError::Store(_) => Failure::retry(error),
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
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
        };
        boot.warm_dynamodb().await;
        Ok(import)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        let work = async |task: Task<'_>| self.task(&task).await.map_err(Failure::from);
        Ok(batch::each(&event, &self.dead_letters, work).await)
    }

    async fn task(&self, task: &Task<'_>) -> Result<(), ImportError> {
        let task = ContactImportTask::parse(task.body)?;
        let id = task.import().ok_or(ImportError::Gone)?;
        let import = self.store.contact_import_get(&id).await?.ok_or(ImportError::Gone)?;
        if import.state == ImportState::Done || import.leg != task.leg() {
            return Ok(());
        }
        self.run(import).await
    }

    async fn run(&self, mut import: ContactImport) -> Result<(), ImportError> {
        let table = self.store.contact_import_table(&import.id).await?.ok_or(ImportError::Table)?;
        let rows = csv::rows(&table).map_err(|_| ImportError::Table)?;
        let defined = self.store.contact_fields_all().await?.fields;
        let settings = self.store.settings_get().await?.contacts;
        let until = clock::now().plus(RUN);
        let seen = import.clone();
        let frame = Frame {
            store: &self.store,
            import: &seen,
            defined,
            stages: settings.stages,
            default_stage: settings.default_stage,
        };
        let mut rest = rows.into_iter().skip(1).zip(1..).skip_while(|(_, number)| *number <= seen.done).peekable();
        let mut standing = self.standing(&seen).await?;
        while rest.peek().is_some() && clock::now() < until {
            let mut next = ContactImport { state: ImportState::Running, ..import.clone() };
            for _ in 0..CHUNK {
                let Some((row, number)) = rest.next() else { break };
                let report = match standing.remove(&number) {
                    Some(report) => report,
                    None => {
                        let report = frame.row(number, &row).await?;
                        self.store.contact_import_report(&import.id, &report).await?
                    }
                };
                next.done = number;
                next.counts.add(report.outcome);
            }
            if rest.peek().is_none() {
                next.state = ImportState::Done;
                next.ended_at = Some(clock::now());
            }
            import = self.moved(&import, next).await?;
        }
        if rest.peek().is_some() {
            let next = ContactImport { leg: import.leg.saturating_add(1), ..import.clone() };
            self.moved(&import, next).await?;
        }
        Ok(())
    }

    /// Reports of rows that a run wrote which was cut off before it counted them.
    async fn standing(&self, import: &ContactImport) -> Result<BTreeMap<u32, RowReport>, ImportError> {
        let limit = usize::try_from(CHUNK).unwrap_or_default();
        let reports = self.store.contact_import_uncounted(&import.id, import.done, limit).await?;
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
