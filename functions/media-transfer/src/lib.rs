//! Brings files across: what customers send, and what other systems have, into the bucket, and what is sent to Meta's side.
//!
//! Guarantees: a file passes through in pieces and is never whole in memory, but for one of another system that does not say how
//! long it is, which is read whole up to a bound; what became of it stands in the table, so that a crash between storing a file and saying so is healed by the next delivery; a message whose file does not get
//! across is refused before anything was sent; no message ever waits for the file of another.
mod error;
mod fetch;
mod outside;
mod parts;
mod upload;

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::ids::{AttachmentId, MessageId};
use domain::sending::{TRIES_MAX, pause};
use net::{Aws, Http, Outside};
use queue::{MediaTask, Queue};
use runtime::{Boot, Failure, Fatal, Secret, Task, Vault, batch, chain, random};
use store::{RatesReader, SettingsReader, Store, Till};
use whatsapp::client::{Client, Token};

use error::TransferError;

/// Less than the function's own timeout, so that a slow peer is told from a crash.
const TRANSFER_LIMIT: Duration = Duration::from_secs(240);

pub struct Transfer {
    store: Store,
    settings: SettingsReader,
    rates: RatesReader,
    till: Till,
    aws: Aws,
    bucket: String,
    queue: Queue,
    dead_letters: Queue,
    token: Secret,
    graph: (Http, String, String),
    client: Mutex<Option<Client>>,
    outside: Outside,
    secrets: Vault,
    /// Whether the business's scanner must have seen a file before anybody gets it.
    is_scanned: bool,
}

impl Transfer {
    pub async fn new(boot: &Boot) -> Result<Transfer, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let transfer = Transfer {
            settings: SettingsReader::new(store.clone()),
            rates: RatesReader::new(store.clone()),
            till: Till::new(random::token()),
            store,
            aws: boot.aws.clone(),
            bucket: boot.env("MEDIA_BUCKET")?,
            queue: boot.queue(boot.env("MEDIA_QUEUE_URL")?),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            token: boot.secret(boot.env("ACCESS_TOKEN_PARAMETER")?),
            graph: (boot.http.clone(), boot.env("GRAPH_URL")?, boot.env("GRAPH_VERSION")?),
            client: Mutex::new(None),
            outside: boot.outside(&boot.env("OUTSIDE_ADDRESSES")?)?,
            secrets: boot.vault(boot.env("OUTSIDE_SECRETS_PATH")?),
            is_scanned: boot.env("MEDIA_SCAN")? == "required",
        };
        boot.warm_dynamodb().await;
        Ok(transfer)
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        let done = batch::each(&event, &self.dead_letters, async |task| self.task(&task).await.map_err(Failure::from));
        let done = done.await;
        for record in done.batch_item_failures.iter().filter_map(|failure| batch::record(&event, failure)) {
            // Otherwise it waits for the visibility timeout; if this fails, it does.
            if let Err(error) = self.queue.come_again(record.receipt, pause(record.deliveries)).await {
                tracing::warn!(error = chain(&error), "the next try waits for the visibility timeout");
            }
        }
        Ok(done)
    }

    async fn task(&self, task: &Task<'_>) -> Result<(), TransferError> {
        let is_last = task.deliveries >= TRIES_MAX;
        let done = match MediaTask::parse(task.body)? {
            MediaTask::Fetch { attachment_id, attempt } => {
                let id = AttachmentId::parse(&attachment_id).ok_or(TransferError::NoId)?;
                self.fetch(&id, attempt, is_last).await
            }
            MediaTask::Upload { message_id, attempt } => {
                let id = MessageId::parse(&message_id).ok_or(TransferError::NoId)?;
                self.upload(&id, attempt, is_last).await
            }
            MediaTask::Delete { attachment_id } => {
                let id = AttachmentId::parse(&attachment_id).ok_or(TransferError::NoId)?;
                self.delete(&id).await
            }
        };
        if done.as_ref().is_err_and(TransferError::is_credentials) {
            // The token may have been rotated meanwhile.
            *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.token.refresh().await?;
        }
        done
    }

    async fn delete(&self, id: &AttachmentId) -> Result<(), TransferError> {
        if let Some((attachment, _)) = self.store.attachment_get(id).await? {
            self.aws.delete_object(&self.bucket, &attachment.object_key()).await?;
        }
        Ok(())
    }

    /// The Graph client with the token as it was last read.
    async fn client(&self) -> Result<Client, TransferError> {
        let held = self.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(client) = held {
            return Ok(client);
        }
        let token = Token::new(self.token.get().await?.trim()).ok_or(TransferError::Token)?;
        let (http, url, version) = &self.graph;
        let client = Client::new(http.clone(), url, version, token);
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
        Ok(client)
    }
}

/// The work within the time that a transfer may take.
async fn in_time<T>(work: impl Future<Output = Result<T, TransferError>>) -> Result<T, TransferError> {
    tokio::time::timeout(TRANSFER_LIMIT, work).await.unwrap_or(Err(TransferError::Slow))
}
