//! Everything that moves money becomes an entry of the ledger here: adjustments, and what Meta charges for messages.
//!
//! Guarantee: whatever is delivered twice or crashes, a fact is booked once: the entry, the balance and the state of what it
//! follows from change in one transaction.
mod adjust;
mod error;

use std::convert::Infallible;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use queue::{AdjustmentTask, Queue};
use runtime::{Boot, Failure, Fatal, Task, batch};
use store::Store;

use error::CreditError;

pub struct CreditDesk {
    store: Store,
    dead_letters: Queue,
}

impl CreditDesk {
    pub async fn new(boot: &Boot) -> Result<CreditDesk, Fatal> {
        let desk = CreditDesk {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
        };
        boot.warm_dynamodb().await;
        Ok(desk)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        Ok(batch::each(&event, &self.dead_letters, async |task| self.apply(task).await.map_err(Failure::from)).await)
    }

    async fn apply(&self, task: Task<'_>) -> Result<(), CreditError> {
        let task = AdjustmentTask::parse(task.body)?;
        self.adjust(&task.adjustment().ok_or(CreditError::Gone)?).await
    }
}
