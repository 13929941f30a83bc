//! Mirrors Meta's template lists: for one account when a task asks, and for every account by schedule. Carries out what is
//! asked for single templates.
//!
//! Guarantees: a list is applied whole or not at all (P35); one run at a time for an account, and every wish is answered by a
//! list that was begun after it; the outcome, good or bad, stands in the account's sync row.
mod error;
mod handles;
mod mirror;
mod orders;
mod pages;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::template::{TemplateSync, Turn};
use domain::{Retry, Time};
use net::Aws;
use queue::{OrderTask, Queue, SyncTask};
use runtime::{Boot, Failure, Fatal, Secret, Task, batch, clock};
use serde::{Deserialize, Serialize};
use store::Store;
use whatsapp::client::{Client, Token};

use error::SyncError;

/// Whoever waits here for a turn looks whether somebody is in a hurry.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub struct Sync {
    store: Store,
    aws: Aws,
    bucket: String,
    queue: Queue,
    dead_letters: Queue,
    token: Secret,
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
    Accounts { requested: usize },
}

impl Sync {
    pub async fn new(boot: &Boot) -> Result<Sync, Fatal> {
        let sync = Sync {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
            aws: boot.aws.clone(),
            bucket: boot.env("MEDIA_BUCKET")?,
            queue: boot.queue(boot.env("TEMPLATE_SYNC_QUEUE_URL")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            token: boot.secret(boot.env("ACCESS_TOKEN_PARAMETER")?),
            graph: (boot.http.clone(), boot.env("GRAPH_URL")?, boot.env("GRAPH_VERSION")?),
        };
        boot.warm_dynamodb().await;
        Ok(sync)
    }

    pub async fn handle(&self, trigger: Trigger) -> Result<Answer, lambda_runtime::Error> {
        match trigger {
            Trigger::Tasks(event) => {
                let done = batch::each(&event, &self.dead_letters, async |task| self.task(task).await).await;
                Ok(Answer::Tasks(done))
            }
            Trigger::Schedule(_) => self.every_account().await,
        }
    }

    async fn task(&self, task: Task<'_>) -> Result<(), Failure> {
        if let Ok(order) = OrderTask::parse(task.body) {
            return self.order_task(&order, &task).await.map_err(Failure::from);
        }
        let sync = SyncTask::parse(task.body).map_err(SyncError::from)?;
        let wish = Time::from_millis(sync.requested_at());
        // Webhooks may tell of accounts that are none of ours, or not any more.
        let channels = self.store.channels_all().await.map_err(SyncError::from)?;
        if !channels.iter().any(|channel| channel.waba_id == sync.waba_id()) {
            return Ok(());
        }
        let Some(run) = self.begin(sync.waba_id(), wish, task.deliveries > 1).await? else { return Ok(()) };
        match self.mirror(run).await {
            // Asking again brings the same refusal; the account's sync row says why.
            Err(SyncError::Graph(error)) if error.retry() == Retry::Never => Ok(()),
            outcome => outcome.map_err(Failure::from),
        }
    }

    /// Takes the right to run. `None`: the wish is answered, or another run sees to it.
    async fn begin(&self, waba_id: &str, wish: Time, is_again: bool) -> Result<Option<TemplateSync>, SyncError> {
        loop {
            let now = clock::now();
            let turn = Cell::new(Turn::Run);
            let begun = self
                .store
                .template_sync_change(waba_id, |row| {
                    let mut row = row.unwrap_or_else(|| TemplateSync::new(waba_id, wish));
                    turn.set(row.turn(wish, is_again, now));
                    match turn.get() {
                        Turn::Answered | Turn::Wait(_) => return None,
                        Turn::Leave if row.requested_at >= wish => return None,
                        Turn::Leave => row.requested_at = wish,
                        Turn::Run => row = row.begun(wish, now),
                    }
                    Some(row)
                })
                .await?;
            match turn.get() {
                Turn::Answered | Turn::Leave => return Ok(None),
                Turn::Wait(wait) => tokio::time::sleep(wait.min(LOOK_EVERY)).await,
                Turn::Run => return Ok(begun),
            }
        }
    }

    /// Every account's list is wished for; each then has a task of its own.
    async fn every_account(&self) -> Result<Answer, lambda_runtime::Error> {
        let channels = self.store.channels_all().await?;
        let accounts: BTreeSet<&str> = channels.iter().map(|channel| channel.waba_id.as_str()).collect();
        for account in &accounts {
            let now = clock::now();
            self.store.template_sync_request(account, now, false, now).await?;
        }
        Ok(Answer::Accounts { requested: accounts.len() })
    }

    pub(crate) async fn client(&self) -> Result<Client, SyncError> {
        let token = Token::new(self.token.get().await?.trim()).ok_or(SyncError::Token)?;
        let (http, url, version) = &self.graph;
        Ok(Client::new(http.clone(), url, version, token))
    }
}
