//! Everything that moves money becomes an entry of the ledger here: adjustments, what is bought and given back, and what Meta
//! charges for messages.
//!
//! Guarantee: whatever is delivered twice, late or in another order, or crashes, a fact is booked once: the entry, the balance
//! and the state of what it follows from change in one transaction.
mod adjust;
mod error;
mod event;
mod grant;
mod recharge;
mod reversals;
mod till;
mod top_ups;
mod webhook;

use std::convert::Infallible;

use aws_lambda_events::sqs::SqsEvent;
use queue::{AdjustmentTask, CheckTask, Queue, TopUpTask};
use runtime::{Boot, Failure, Fatal, Task, batch};
use store::Store;

use error::CreditError;
pub use event::{Answer, HttpAnswer, HttpEvent, Invocation};
use till::Till;

/// How often a row is read and decided about anew when others change it at the same time.
const TRIES_MAX: u32 = 10;

pub struct CreditDesk {
    store: Store,
    dead_letters: Queue,
    till: Till,
}

impl CreditDesk {
    pub async fn new(boot: &Boot) -> Result<CreditDesk, Fatal> {
        let desk = CreditDesk {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            till: Till::new(boot)?,
        };
        boot.warm_dynamodb().await;
        Ok(desk)
    }

    /// Each kind of work is boxed: together their futures are deeper than the compiler looks.
    pub async fn handle(&self, event: Invocation) -> Result<Answer, Infallible> {
        Ok(match event {
            Invocation::Tasks(tasks) => Box::pin(self.tasks(&tasks)).await,
            Invocation::Webhook(event) => Answer::Webhook(Box::pin(self.webhook(&event)).await),
        })
    }

    async fn tasks(&self, event: &SqsEvent) -> Answer {
        let done = batch::each(event, &self.dead_letters, async |task| self.apply(task).await.map_err(Failure::from));
        Answer::Tasks(done.await)
    }

    async fn apply(&self, task: Task<'_>) -> Result<(), CreditError> {
        if let Ok(adjustment) = AdjustmentTask::parse(task.body) {
            return self.adjust(&adjustment.adjustment().ok_or(CreditError::Gone)?).await;
        }
        if let Ok(top_up) = TopUpTask::parse(task.body) {
            return self.see_on(&top_up.top_up().ok_or(CreditError::Gone)?, task.deliveries).await;
        }
        CheckTask::parse(task.body)?;
        self.check_balance().await
    }
}
