//! Mirrors Meta's template lists: by schedule for every account, and for one account when a task asks. Carries out what is
//! asked for single templates.
//!
//! Guarantee: a list is read to its end before anything is written, so a page that fails changes nothing (P35); the
//! outcome, good or bad, stands in the account's sync row.
mod error;
mod handles;
mod mirror;
mod orders;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Retry;
use domain::sending::pause;
use domain::template::TemplateSync;
use net::Aws;
use queue::{OrderTask, Queue, SyncTask};
use runtime::{Boot, Failure, Fatal, Secret, Task, batch, chain, clock};
use serde::{Deserialize, Serialize};
use store::Store;
use whatsapp::client::{Client, Token};

use error::SyncError;

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
    Accounts { synced: usize, failed: usize },
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
                self.come_again(&event, &done).await;
                Ok(Answer::Tasks(done))
            }
            Trigger::Schedule(_) => self.every_account().await,
        }
    }

    /// What failed comes again soon, and not only when its visibility ends.
    async fn come_again(&self, event: &SqsEvent, done: &SqsBatchResponse) {
        for record in done.batch_item_failures.iter().filter_map(|failure| batch::record(event, failure)) {
            // If this fails, it waits for the visibility timeout.
            if let Err(error) = self.queue.come_again(record.receipt, pause(record.deliveries)).await {
                tracing::warn!(error = chain(&error), "the next try waits for the visibility timeout");
            }
        }
    }

    async fn task(&self, task: Task<'_>) -> Result<(), Failure> {
        if let Ok(order) = OrderTask::parse(task.body) {
            return self.order(&order, task.deliveries).await.map_err(Failure::from);
        }
        let sync = SyncTask::parse(task.body).map_err(SyncError::from)?;
        let requested_at = domain::Time::from_millis(sync.requested_at());
        // One sync answers all that was asked before it began.
        let last = self.store.template_sync_get(sync.waba_id()).await.map_err(SyncError::from)?;
        let is_answered = |last: &TemplateSync| last.finished_at.is_some() && last.requested_at > requested_at;
        if last.as_ref().is_some_and(is_answered) {
            return Ok(());
        }
        match self.mirror(sync.waba_id(), requested_at).await {
            // Asking again brings the same refusal; the account's sync row says why.
            Err(SyncError::Graph(error)) if error.retry() == Retry::Never => Ok(()),
            outcome => outcome.map_err(Failure::from),
        }
    }

    async fn every_account(&self) -> Result<Answer, lambda_runtime::Error> {
        let channels = self.store.channels_all().await?;
        let mut accounts: Vec<&str> = channels.iter().map(|channel| channel.waba_id.as_str()).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let mut failed: usize = 0;
        for account in &accounts {
            if let Err(error) = self.mirror(account, clock::now()).await {
                tracing::error!(
                    waba.id = account,
                    error = chain(&error),
                    "the templates of an account were not synced"
                );
                failed += 1;
            }
        }
        Ok(Answer::Accounts { synced: accounts.len() - failed, failed })
    }

    pub(crate) async fn client(&self) -> Result<Client, SyncError> {
        let token = Token::new(self.token.get().await?.trim()).ok_or(SyncError::Token)?;
        let (http, url, version) = &self.graph;
        Ok(Client::new(http.clone(), url, version, token))
    }
}
