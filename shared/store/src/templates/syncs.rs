//! How the last sync of each account went, and the right to run one.
use domain::Time;
use domain::template::{SyncState, TemplateSync};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Put, Store, Updated};

/// How often a row that others change at the same moment is read anew.
const TRIES_MAX: u32 = 8;

#[derive(Serialize, Deserialize)]
struct TemplateSyncRow {
    waba_id: String,
    state: String,
    requested_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    urgent_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished_at: Option<i64>,
    #[serde(default)]
    run: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task: Option<i64>,
    #[serde(default)]
    committed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    committed_at: Option<i64>,
    #[serde(default)]
    pages: u64,
    listed: u64,
    #[serde(default)]
    added: u64,
    changed: u64,
    deleted: u64,
    #[serde(default)]
    failed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_good_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    listed_at: Option<i64>,
    /// Counts the changes of the row, so that two of them never meet unseen.
    #[serde(default)]
    revision: u64,
}

impl Row for TemplateSyncRow {
    const ENTITY: &'static str = "template-sync";
}

fn to_row(sync: &TemplateSync, revision: u64) -> TemplateSyncRow {
    TemplateSyncRow {
        waba_id: sync.waba_id.clone(),
        state: sync.state.to_string(),
        requested_at: sync.requested_at.millis(),
        urgent_at: sync.urgent_at.map(Time::millis),
        started_at: sync.started_at.map(Time::millis),
        finished_at: sync.finished_at.map(Time::millis),
        run: sync.run,
        task: sync.task.map(Time::millis),
        committed: sync.committed,
        committed_at: sync.committed_at.map(Time::millis),
        pages: sync.pages,
        listed: sync.listed,
        added: sync.added,
        changed: sync.changed,
        deleted: sync.deleted,
        failed: sync.failed,
        problem: sync.problem.clone(),
        last_good_at: sync.last_good_at.map(Time::millis),
        listed_at: sync.listed_at.map(Time::millis),
        revision,
    }
}

fn from_row(operation: &'static str, row: TemplateSyncRow) -> Result<TemplateSync, StoreError> {
    Ok(TemplateSync {
        waba_id: row.waba_id,
        state: SyncState::parse(&row.state).ok_or_else(|| StoreError::row(operation, "a sync's state"))?,
        requested_at: Time::from_millis(row.requested_at),
        urgent_at: row.urgent_at.map(Time::from_millis),
        started_at: row.started_at.map(Time::from_millis),
        finished_at: row.finished_at.map(Time::from_millis),
        run: row.run,
        task: row.task.map(Time::from_millis),
        committed: row.committed,
        committed_at: row.committed_at.map(Time::from_millis),
        pages: row.pages,
        listed: row.listed,
        added: row.added,
        changed: row.changed,
        deleted: row.deleted,
        failed: row.failed,
        problem: row.problem,
        last_good_at: row.last_good_at.map(Time::from_millis),
        listed_at: row.listed_at.map(Time::from_millis),
    })
}

pub(crate) fn read_sync(operation: &'static str, item: Attributes) -> Result<TemplateSync, StoreError> {
    from_row(operation, decode(operation, item)?)
}

impl Store {
    pub async fn template_sync_get(&self, waba_id: &str) -> Result<Option<TemplateSync>, StoreError> {
        const OPERATION: &str = "template_sync_get";
        self.get(OPERATION, &keys::template_sync(waba_id)).await?.map(|item| read_sync(OPERATION, item)).transpose()
    }

    /// Changes an account's sync row by what `change` makes of it; `None` of it leaves the row as it is. The row as it then
    /// stands.
    pub async fn template_sync_change(
        &self,
        waba_id: &str,
        change: impl Fn(Option<TemplateSync>) -> Option<TemplateSync>,
    ) -> Result<Option<TemplateSync>, StoreError> {
        const OPERATION: &str = "template_sync_change";
        let key = keys::template_sync(waba_id);
        for _ in 0..TRIES_MAX {
            let row: Option<TemplateSyncRow> = self.get_row(OPERATION, &key).await?;
            let revision = row.as_ref().map(|row| row.revision);
            let known = row.map(|row| from_row(OPERATION, row)).transpose()?;
            let Some(next) = change(known.clone()) else { return Ok(known) };
            let item = encode(OPERATION, &key, None, &to_row(&next, revision.unwrap_or_default().saturating_add(1)))?;
            let is_written = match revision {
                None => self.put_new(OPERATION, item).await? == Put::Written,
                Some(seen) => {
                    // A row of an earlier version does not count its changes yet.
                    let first = if seen == 0 { "attribute_not_exists(#revision) OR " } else { "" };
                    let condition = format!("{first}#revision = :seen");
                    self.put_where(OPERATION, item, &condition, values([(":seen", n(seen))])).await?
                }
            };
            if is_written {
                return Ok(Some(next));
            }
        }
        Err(StoreError::Contended { operation: OPERATION })
    }

    /// Asks for the templates of an account to be read. The stream tells the sync of it, at once or after the run that is
    /// under way. `is_urgent`: somebody waits for it.
    pub async fn template_sync_request(
        &self,
        waba_id: &str,
        at: Time,
        is_urgent: bool,
        now: Time,
    ) -> Result<Option<TemplateSync>, StoreError> {
        let asked = |sync: Option<TemplateSync>| match sync {
            None => Some(TemplateSync { urgent_at: is_urgent.then_some(at), ..TemplateSync::new(waba_id, at) }),
            Some(sync) => sync.wished(at, is_urgent, now),
        };
        self.template_sync_change(waba_id, asked).await
    }

    /// Tells how far a run has come. Another run may have taken its place, and then this says nothing.
    pub async fn template_sync_progress(&self, sync: &TemplateSync) -> Result<bool, StoreError> {
        let values = values([
            (":run", n(sync.run)),
            (":running", s(SyncState::Running.word())),
            (":pages", n(sync.pages)),
            (":listed", n(sync.listed)),
            (":one", n(1)),
        ]);
        let expression = "SET #pages = :pages, #listed = :listed, #revision = #revision + :one";
        let condition = "#run = :run AND #state = :running";
        let key = keys::template_sync(&sync.waba_id);
        let updated = self.update("template_sync_progress", &key, expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
