//! Everything that moves money becomes an entry of the ledger here: adjustments, and what Meta charges for messages. Once a day
//! what was charged is held against what Meta says.
//!
//! Guarantee: whatever is delivered twice or crashes, a fact is booked once: the entry, the balance and the state of what it
//! follows from change in one transaction.
mod adjust;
mod error;
mod reconcile;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use queue::{AdjustmentTask, Queue};
use runtime::{Boot, Failure, Fatal, Secret, Task, batch};
use serde::{Deserialize, Serialize};
use store::{RatesReader, Store};

use error::CreditError;

pub struct CreditDesk {
    store: Store,
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
            rates: RatesReader::new(store.clone()),
            store,
            token: boot.secret(boot.env("ACCESS_TOKEN_PARAMETER")?),
            graph: (boot.http.clone(), boot.env("GRAPH_URL")?, boot.env("GRAPH_VERSION")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
        };
        boot.warm_dynamodb().await;
        Ok(desk)
    }

    pub async fn handle(&self, trigger: Trigger) -> Result<Answer, lambda_runtime::Error> {
        match trigger {
            Trigger::Tasks(event) => {
                let apply = async |task: Task<'_>| self.apply(task).await.map_err(Failure::from);
                Ok(Answer::Tasks(batch::each(&event, &self.dead_letters, apply).await))
            }
            Trigger::Schedule(_) => Ok(Answer::Accounts { reconciled: self.reconcile().await? }),
        }
    }

    async fn apply(&self, task: Task<'_>) -> Result<(), CreditError> {
        let task = AdjustmentTask::parse(task.body)?;
        self.adjust(&task.adjustment().ok_or(CreditError::Gone)?).await
    }
}
