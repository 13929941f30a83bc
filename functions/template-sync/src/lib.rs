//! Mirrors Meta's template lists: by schedule for every account, and for one account when a task asks.
//!
//! Guarantee: a list is read to its end before anything is written, so a page that fails changes nothing (P35); the
//! outcome, good or bad, stands in the account's sync row.
mod mirror;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Retry;
use domain::template::TemplateSync;
use queue::{Malformed, Queue, SyncTask};
use runtime::{Boot, Failure, Fatal, Secret, SecretError, Task, batch, chain, clock};
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};
use whatsapp::client::{Client, ClientError, Token};

pub struct Sync {
    store: Store,
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

#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the access token is not to be had")]
    Secret(#[from] SecretError),
    #[error("the access token is not one that can be sent")]
    Token,
    #[error("Meta's list could not be read")]
    List(#[from] ClientError),
    #[error("Meta's list has no end: {pages} pages")]
    Endless { pages: usize },
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Failure {
        match error {
            SyncError::Task(_) => Failure::reject(error),
            SyncError::Store(_)
            | SyncError::Secret(_)
            | SyncError::Token
            | SyncError::List(_)
            | SyncError::Endless { .. } => Failure::retry(error),
        }
    }
}

impl Sync {
    pub async fn new(boot: &Boot) -> Result<Sync, Fatal> {
        let sync = Sync {
            store: Store::new(boot.dynamodb(), boot.env("TABLE")?),
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
            Err(SyncError::List(error)) if error.retry() == Retry::Never => Ok(()),
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
