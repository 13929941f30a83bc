//! Reads the table's stream and tells what its changes mean: tasks into their consumers' queues, events into the journal.
//!
//! Guarantees: nothing is told that is not in the table, and everything in the table is told at least once; what is told
//! twice carries the same id. Records of one row are told in order.
mod account;
mod contacts;
mod credits;
mod hooks;
mod inbox;
mod media;
mod people;
mod tell;
mod top_ups;

use std::convert::Infallible;

use aws_lambda_events::dynamodb::{Event as StreamEvent, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use queue::{LiveTask, Queue, SendFailure, scan_request};
use runtime::{Boot, Fatal, chain};
use store::{Store, StoreError, WebhooksReader};

use tell::Telling;

pub struct Relay {
    store: Store,
    sends: Queue,
    syncs: Queue,
    credits: Queue,
    media: Queue,
    notify: Queue,
    live: Queue,
    contact_imports: Queue,
    scans: Queue,
    hooks: Queue,
    webhooks: WebhooksReader,
    media_bucket: String,
}

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("the record cannot be read")]
    Record(#[source] StoreError),
    #[error("what the balance asks for could not be read")]
    Balance(#[source] StoreError),
    #[error("what follows for contacts could not be written")]
    Contacts(#[source] StoreError),
    #[error("what webhooks are to be told could not be read")]
    Webhooks(#[source] StoreError),
    #[error("the journal did not take an event")]
    Journal(#[source] StoreError),
    #[error("what stands elsewhere of a row could not be written")]
    Copy(#[source] StoreError),
    #[error("a task could not be queued")]
    Queue(#[from] SendFailure),
}

impl Relay {
    pub async fn new(boot: &Boot) -> Result<Relay, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        let relay = Relay {
            webhooks: WebhooksReader::new(store.clone()),
            store,
            sends: boot.queue(boot.env("SEND_QUEUE_URL")?),
            syncs: boot.queue(boot.env("TEMPLATE_SYNC_QUEUE_URL")?),
            credits: boot.queue(boot.env("CREDITS_QUEUE_URL")?),
            media: boot.queue(boot.env("MEDIA_QUEUE_URL")?),
            notify: boot.queue(boot.env("NOTIFY_QUEUE_URL")?),
            live: boot.queue(boot.env("LIVE_QUEUE_URL")?),
            contact_imports: boot.queue(boot.env("CONTACT_IMPORT_QUEUE_URL")?),
            scans: boot.queue(boot.env("SCAN_QUEUE_URL")?),
            hooks: boot.queue(boot.env("WEBHOOK_QUEUE_URL")?),
            media_bucket: boot.env("MEDIA_BUCKET")?,
        };
        boot.warm_dynamodb().await;
        Ok(relay)
    }

    /// A stream is worked in order: the first record that fails is where it goes on next time.
    pub async fn handle(&self, event: StreamEvent) -> Result<DynamoDbEventResponse, Infallible> {
        let mut response = DynamoDbEventResponse::default();
        let mut telling = Telling::default();
        let mut first = None;
        for record in &event.records {
            match read(record) {
                Ok(change) => telling.add(change, record.change.approximate_creation_date_time.timestamp_millis()),
                // A row that this version cannot read would hold up the stream for ever: it is told to a person instead.
                Err(error) => tracing::error!(error = chain(&error), "a record of the stream cannot be read"),
            }
            first = first.or_else(|| record.change.sequence_number.clone());
        }
        let told = match self.balance(&mut telling).await {
            Ok(()) => self.tell(&telling).await,
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            tracing::warn!(error = chain(&error), "the batch is told again");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = first;
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }

    async fn tell(&self, telling: &Telling) -> Result<(), RelayError> {
        self.copy(&telling.copies).await.map_err(RelayError::Copy)?;
        self.sends.send(&telling.sends).await?;
        self.credits.send(&telling.credits).await?;
        self.syncs.send(&telling.syncs).await?;
        self.media.send(&telling.media).await?;
        self.notify.send(&telling.notify).await?;
        let hints: Vec<_> = telling.changed.iter().map(|(id, at)| LiveTask::conversation(id, *at).entry()).collect();
        self.live.send(&hints).await?;
        self.live.send(&telling.live).await?;
        self.contact_imports.send(&telling.contact_imports).await?;
        let scans: Vec<_> = telling.scans.iter().map(|scan| scan_request(scan, &self.media_bucket)).collect();
        self.scans.send(&scans).await?;
        contacts::tell(&self.store, telling).await.map_err(RelayError::Contacts)?;
        self.hooks.send(&self.hooks(telling).await?).await?;
        let journal = telling.events.iter().map(|event| self.store.event_add(event));
        futures::future::try_join_all(journal).await.map_err(RelayError::Journal)?;
        Ok(())
    }
}

fn read(record: &EventRecord) -> Result<store::Change, RelayError> {
    let image = |item: &serde_dynamo::Item| (!item.is_empty()).then(|| item.clone());
    let (old, new) = (image(&record.change.old_image), image(&record.change.new_image));
    store::change(old, new).map_err(RelayError::Record)
}
