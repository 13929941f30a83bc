//! Carries out requested top-ups: today a grant by an admin, booked as an immutable ledger entry.
//!
//! Guarantee: a top-up is booked once, whatever is delivered twice or crashes: entry, balance and state change in one
//! transaction, and the entry's key is the top-up.
use std::convert::Infallible;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Retry;
use domain::wallet::{GrantRefusal, TopUpState, grant};
use queue::{Malformed, Queue, TopUpTask};
use runtime::{Boot, Failure, Fatal, Task, batch, clock};
use store::{Granted, Store, StoreError};

pub struct TopUps {
    store: Store,
    dead_letters: Queue,
}

#[derive(Debug, thiserror::Error)]
enum TopUpError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names no top-up that exists")]
    Gone,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the wallet's currency changed meanwhile")]
    Raced,
}

impl From<TopUpError> for Failure {
    fn from(error: TopUpError) -> Failure {
        let retry = match &error {
            TopUpError::Task(_) | TopUpError::Gone => Retry::Never,
            TopUpError::Store(source) => source.retry(),
            TopUpError::Raced => Retry::Now,
        };
        if retry == Retry::Never { Failure::reject(error) } else { Failure::retry(error) }
    }
}

impl TopUps {
    pub async fn new(boot: &Boot) -> Result<TopUps, Fatal> {
        let top_ups = TopUps {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
        };
        boot.warm_dynamodb().await;
        Ok(top_ups)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        Ok(batch::each(&event, &self.dead_letters, async |task| self.apply(task).await.map_err(Failure::from)).await)
    }

    async fn apply(&self, task: Task<'_>) -> Result<(), TopUpError> {
        let id = TopUpTask::parse(task.body)?.top_up().ok_or(TopUpError::Gone)?;
        let top_up = self.store.top_up_get(&id).await?.ok_or(TopUpError::Gone)?;
        if top_up.state != TopUpState::Requested {
            return Ok(());
        }
        let wallet = self.store.wallet_get().await?;
        match grant(wallet.as_ref(), &top_up, clock::now()) {
            Ok(entry) => match self.store.grant_book(&entry).await? {
                Granted::Booked | Granted::Settled => Ok(()),
                Granted::OtherCurrency => Err(TopUpError::Raced),
            },
            Err(refusal) => {
                self.store.top_up_refuse(&id, &explain(&refusal)).await?;
                Ok(())
            }
        }
    }
}

fn explain(refusal: &GrantRefusal) -> String {
    match refusal {
        GrantRefusal::NotPositive => "The amount must be greater than zero.".to_owned(),
        GrantRefusal::TooLarge => "The amount is above what one grant may add.".to_owned(),
        GrantRefusal::OtherCurrency { wallet } => format!("The wallet is kept in {}.", wallet.code()),
        GrantRefusal::Overflow => "The balance would be larger than a wallet can hold.".to_owned(),
    }
}
