//! Everything that moves money becomes an entry of the ledger here: adjustments, what is bought and given back, and what Meta
//! charges for messages. Once a day the ledger is proved, and the day before held against what Meta says that it charged.
//!
//! Guarantee: whatever is delivered twice, late or in another order, or crashes, a fact is booked once: the entry, the balance
//! and the state of what it follows from change in one transaction.
mod adjust;
mod error;
mod event;
mod grant;
mod prove;
mod recharge;
mod reconcile;
mod reversals;
mod settle;
mod teller;
mod top_ups;
mod webhook;

use std::collections::BTreeSet;

use aws_lambda_events::sqs::SqsEvent;
use domain::Time;
use domain::ids::MessageId;
use queue::{AdjustmentTask, CheckTask, Queue, SettleTask, TopUpTask};
use runtime::{Boot, Failure, Fatal, Secret, Task, batch, clock};
use store::{RatesReader, SettingsReader, Store};

use error::CreditError;
pub use event::{Answer, Invocation};
use settle::Settled;
use teller::Teller;

/// How often a row is read and decided about anew when others change it at the same time.
const TRIES_MAX: u32 = 10;

pub struct CreditDesk {
    store: Store,
    settings: SettingsReader,
    rates: RatesReader,
    dead_letters: Queue,
    teller: Teller,
    token: Secret,
    /// Meta's address and version.
    graph: (net::Http, String, String),
}

impl CreditDesk {
    pub async fn new(boot: &Boot) -> Result<CreditDesk, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let desk = CreditDesk {
            settings: SettingsReader::new(store.clone()),
            rates: RatesReader::new(store.clone()),
            store,
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            teller: Teller::new(boot)?,
            token: boot.secret(boot.env("ACCESS_TOKEN_PARAMETER")?),
            graph: (boot.http.clone(), boot.env("GRAPH_URL")?, boot.env("GRAPH_VERSION")?),
        };
        boot.warm_dynamodb().await;
        Ok(desk)
    }

    /// On the heap: the futures of the table's client are deep.
    pub async fn handle(&self, event: Invocation) -> Result<Answer, lambda_runtime::Error> {
        Ok(match event {
            Invocation::Tasks(tasks) => Box::pin(self.tasks(&tasks)).await,
            Invocation::Webhook(event) => Answer::Webhook(Box::pin(self.webhook(&event)).await),
            Invocation::Daily(daily) => Box::pin(self.daily(&daily)).await?,
        })
    }

    async fn daily(&self, daily: &event::Daily) -> Result<Answer, CreditError> {
        let fired_at = daily.time.as_deref().and_then(Time::parse).unwrap_or_else(clock::now);
        let differences = self.prove().await?;
        Ok(Answer::Daily { differences, reconciled: self.reconcile(fired_at).await? })
    }

    async fn tasks(&self, event: &SqsEvent) -> Answer {
        let bodies = event.records.iter().filter_map(|record| record.body.as_deref());
        let messages: BTreeSet<MessageId> = bodies.filter_map(|body| SettleTask::parse(body).ok()?.message()).collect();
        let settled = &Box::pin(self.settle(messages)).await;
        let work = async |task| self.apply(task, settled).await.map_err(Failure::from);
        Answer::Tasks(batch::each(event, &self.dead_letters, work).await)
    }

    async fn apply(&self, task: Task<'_>, settled: &Settled) -> Result<(), CreditError> {
        if let Ok(settle) = SettleTask::parse(task.body) {
            return settled.outcome(&settle.message().ok_or(CreditError::Gone)?);
        }
        if let Ok(top_up) = TopUpTask::parse(task.body) {
            return Box::pin(self.see_on(&top_up.top_up().ok_or(CreditError::Gone)?, task.deliveries)).await;
        }
        if CheckTask::parse(task.body).is_ok() {
            return Box::pin(self.check_balance()).await;
        }
        let task = AdjustmentTask::parse(task.body)?;
        self.adjust(&task.adjustment().ok_or(CreditError::Gone)?).await
    }
}
