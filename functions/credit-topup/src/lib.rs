//! Everything that moves money becomes an entry of the ledger here: adjustments, and what Meta charges for messages. Once a day
//! what was charged is held against what Meta says.
//!
//! Guarantee: whatever is delivered twice or crashes, a fact is booked once: the entry, the balance and the state of what it
//! follows from change in one transaction.
mod adjust;
mod error;
mod reconcile;
mod settle;

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Time;
use domain::ids::MessageId;
use queue::{AdjustmentTask, Queue, SettleTask};
use runtime::{Boot, Failure, Fatal, Secret, Task, batch, clock};
use serde::{Deserialize, Serialize};
use store::{RatesReader, SettingsReader, Store};

use error::CreditError;
use settle::Settled;

pub struct CreditDesk {
    store: Store,
    settings: SettingsReader,
    rates: RatesReader,
    dead_letters: Queue,
    token: Secret,
    /// Meta's address and version.
    graph: (net::Http, String, String),
}

/// What the function is started by.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Trigger {
    Tasks(SqsEvent),
    Schedule(Schedule),
}

#[derive(Debug, Deserialize)]
pub struct Schedule {
    pub source: String,
    /// When the schedule fired: a run that is repeated later, or by hand, is about the same day.
    pub time: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Tasks(SqsBatchResponse),
    Accounts { reconciled: usize },
}

impl CreditDesk {
    pub async fn new(boot: &Boot) -> Result<CreditDesk, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let desk = CreditDesk {
            settings: SettingsReader::new(store.clone()),
            rates: RatesReader::new(store.clone()),
            store,
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            token: boot.secret(boot.env("ACCESS_TOKEN_PARAMETER")?),
            graph: (boot.http.clone(), boot.env("GRAPH_URL")?, boot.env("GRAPH_VERSION")?),
        };
        boot.warm_dynamodb().await;
        Ok(desk)
    }

    pub async fn handle(&self, trigger: Trigger) -> Result<Answer, lambda_runtime::Error> {
        // Boxed: nested in one another they are deeper than the compiler looks.
        match trigger {
            Trigger::Tasks(event) => Ok(Answer::Tasks(Box::pin(self.tasks(&event)).await)),
            Trigger::Schedule(Schedule { time, .. }) => {
                let fired_at = time.as_deref().and_then(Time::parse).unwrap_or_else(clock::now);
                Ok(Answer::Accounts { reconciled: Box::pin(self.reconcile(fired_at)).await? })
            }
        }
    }

    async fn tasks(&self, event: &SqsEvent) -> SqsBatchResponse {
        let bodies = event.records.iter().filter_map(|record| record.body.as_deref());
        let messages: BTreeSet<MessageId> = bodies.filter_map(|body| SettleTask::parse(body).ok()?.message()).collect();
        let settled = &self.settle(messages).await;
        let work = async |task| self.apply(task, settled).await.map_err(Failure::from);
        batch::each(event, &self.dead_letters, work).await
    }

    async fn apply(&self, task: Task<'_>, settled: &Settled) -> Result<(), CreditError> {
        if let Ok(settle) = SettleTask::parse(task.body) {
            return settled.outcome(&settle.message().ok_or(CreditError::Gone)?);
        }
        let task = AdjustmentTask::parse(task.body)?;
        self.adjust(&task.adjustment().ok_or(CreditError::Gone)?).await
    }
}
