//! A queue as the source of a function: batches up to their size and window, several at a time, groups of a FIFO queue in
//! order. What the function handled is deleted; what it did not comes back when its visibility timeout ends.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::response::failed_items;
use super::{Source, fitting};
use crate::aws::{Failure, Received};
use crate::template::{Queue, SqsMapping};

/// The longest that SQS lets a receive wait.
const LONG_POLL: Duration = Duration::from_secs(20);

pub(super) struct Poller {
    source: Source,
    mapping: SqsMapping,
    queue: Queue,
    slots: Arc<Semaphore>,
}

impl Poller {
    pub(super) fn new(source: Source, mapping: SqsMapping, queue: Queue, concurrency: usize) -> Self {
        Self { source, mapping, queue, slots: Arc::new(Semaphore::new(concurrency.max(1))) }
    }

    /// Works until it is told to stop, and then until its last batch is done.
    pub(super) async fn run(self: Arc<Self>) {
        let mut batches = JoinSet::new();
        loop {
            let next = async {
                let slot = self.slots.clone().acquire_owned().await;
                (slot, self.gather().await)
            };
            let (slot, batch) = tokio::select! {
                biased;
                () = self.source.stopped() => break,
                next = next => next,
            };
            let poller = self.clone();
            batches.spawn(async move {
                poller.handle(batch).await;
                drop(slot);
            });
            while batches.try_join_next().is_some() {}
        }
        while batches.join_next().await.is_some() {}
    }

    /// Waits for the first message, and from then up to the window for a full batch.
    async fn gather(&self) -> Vec<Received> {
        let size = usize::try_from(self.mapping.batch_size).unwrap_or(usize::MAX);
        let mut batch = Vec::new();
        let mut window_ends: Option<Instant> = None;
        loop {
            let wait = window_ends.map_or(LONG_POLL, |end| end.saturating_duration_since(Instant::now()));
            batch.extend(self.receive(size - batch.len(), wait).await);
            if batch.is_empty() {
                continue;
            }
            let end = *window_ends.get_or_insert_with(|| Instant::now() + self.mapping.window);
            if batch.len() >= size || Instant::now() >= end {
                return batch;
            }
        }
    }

    async fn receive(&self, max: usize, wait: Duration) -> Vec<Received> {
        match self.source.aws.sqs().receive(&self.queue.arn, max, wait).await {
            Ok(received) => received,
            Err(error) => {
                tracing::error!(%error, queue = self.queue.name, "cannot receive");
                sleep(Duration::from_secs(1)).await;
                Vec::new()
            }
        }
    }

    /// Hands the batch over in as few events as Lambda's payload limit allows, nearly always one. A group of a FIFO queue
    /// goes no further than its first failure.
    async fn handle(&self, batch: Vec<Received>) {
        let mut left: Vec<(Value, Received)> =
            batch.into_iter().map(|message| (message.to_lambda_record(&self.queue.arn), message)).collect();
        let mut stuck: HashSet<String> = HashSet::new();
        while !left.is_empty() {
            let later = left.split_off(fitting(left.iter().map(|(record, _)| record)));
            let (held, handed): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|(_, message)| group(message).is_some_and(|group| stuck.contains(&group)));
            left = later;
            let (records, messages): (Vec<Value>, Vec<Received>) = handed.into_iter().unzip();
            let failed = if records.is_empty() { HashSet::new() } else { self.invoke(&records, &messages).await };
            for message in &messages {
                if failed.contains(&message.message_id) {
                    stuck.extend(group(message).filter(|_| self.queue.fifo));
                    self.settle(message, self.hasten(message));
                } else {
                    self.settle(message, self.source.aws.sqs().delete(&self.queue.arn, &message.receipt));
                }
            }
            for (_, message) in &held {
                self.settle(message, self.hasten(message));
            }
        }
    }

    /// The visibility timeout may have ended during the invocation: then the message is already somebody else's.
    fn settle(&self, message: &Received, done: Result<(), Failure>) {
        if let Err(error) = done {
            tracing::warn!(%error, queue = self.queue.name, message = message.message_id, "the message is no longer ours");
        }
    }

    /// The ids of the messages that the function did not handle.
    async fn invoke(&self, records: &[Value], messages: &[Received]) -> HashSet<String> {
        let ids: HashSet<String> = messages.iter().map(|message| message.message_id.clone()).collect();
        let event = Bytes::from(json!({ "Records": records }).to_string());
        let reported = match self.source.invoke(event).await {
            Ok(_) if !self.mapping.report_batch_item_failures => return HashSet::new(),
            Ok(response) => failed_items(&response),
            Err(error) => Err(error.to_string()),
        };
        match reported {
            Ok(failed) if failed.iter().all(|id| ids.contains(id)) => failed.into_iter().collect(),
            Ok(_) => {
                tracing::warn!(
                    queue = self.queue.name,
                    "an item is reported as failed that is not in the batch: all of it failed"
                );
                ids
            }
            Err(error) => {
                tracing::warn!(error, queue = self.queue.name, "a batch failed");
                ids
            }
        }
    }

    fn hasten(&self, message: &Received) -> Result<(), Failure> {
        if self.source.time_scale == 1 {
            return Ok(());
        }
        self.source.aws.sqs().hasten(&self.queue.arn, &message.receipt, self.source.time_scale)
    }
}

/// The group of a FIFO queue's message.
fn group(message: &Received) -> Option<String> {
    message.attributes.get("MessageGroupId").cloned()
}
