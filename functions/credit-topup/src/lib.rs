//! Everything that moves money becomes an entry of the ledger here: adjustments, and what Meta charges for messages.
//!
//! Guarantee: whatever is delivered twice or crashes, a fact is booked once: the entry, the balance and the state of what it
//! follows from change in one transaction.
mod adjust;
mod error;
mod settle;

use std::collections::BTreeSet;
use std::convert::Infallible;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::ids::MessageId;
use queue::{AdjustmentTask, Queue, SettleTask};
use runtime::{Boot, Failure, Fatal, Task, batch};
use store::{RatesReader, SettingsReader, Store};

use error::CreditError;
use settle::Settled;

pub struct CreditDesk {
    store: Store,
    settings: SettingsReader,
    rates: RatesReader,
    dead_letters: Queue,
}

impl CreditDesk {
    pub async fn new(boot: &Boot) -> Result<CreditDesk, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let desk = CreditDesk {
            settings: SettingsReader::new(store.clone()),
            rates: RatesReader::new(store.clone()),
            store,
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
        };
        boot.warm_dynamodb().await;
        Ok(desk)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        let bodies = event.records.iter().filter_map(|record| record.body.as_deref());
        let messages: BTreeSet<MessageId> = bodies.filter_map(|body| SettleTask::parse(body).ok()?.message()).collect();
        // On the heap: the futures of the table's client are deep.
        let settled = &Box::pin(self.settle(messages)).await;
        let work = async |task| self.apply(task, settled).await.map_err(Failure::from);
        Ok(batch::each(&event, &self.dead_letters, work).await)
    }

    async fn apply(&self, task: Task<'_>, settled: &Settled) -> Result<(), CreditError> {
        if let Ok(settle) = SettleTask::parse(task.body) {
            return settled.outcome(&settle.message().ok_or(CreditError::Gone)?);
        }
        let task = AdjustmentTask::parse(task.body)?;
        self.adjust(&task.adjustment().ok_or(CreditError::Gone)?).await
    }
}
