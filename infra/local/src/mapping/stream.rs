//! A table's stream as the source of a function: records in order, one batch at a time, from the oldest that is left.
//!
//! A record is trimmed once the function has handled it or it was given up, so the stream itself is the position, and a
//! restart goes on where the last run ended. `LATEST` and `TRIM_HORIZON` are the same here: the mapping is as old as the stream.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::response::failed_items;
use super::stream_plan::{Batch, Next, Rules, created_ms};
use super::{Source, fitting};
use crate::aws::{NewMessage, Stream};
use crate::template::StreamMapping;
use crate::{random, wall_clock};

const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(super) struct Reader {
    source: Source,
    mapping: StreamMapping,
    stream: Stream,
    function_arn: String,
}

/// Why records were given up.
#[derive(Clone, Copy)]
enum Cause {
    RetryAttemptsExhausted,
    RecordAgeExceeded,
}

impl Reader {
    pub(super) fn new(source: Source, mapping: StreamMapping, function_arn: String) -> Self {
        let stream = source.aws.streams(&mapping.stream_arn);
        Self { source, mapping, stream, function_arn }
    }

    /// Works until it is told to stop.
    pub(super) async fn run(self) {
        loop {
            let batch = tokio::select! {
                biased;
                () = self.source.stopped() => return,
                batch = self.gather() => batch,
            };
            self.work_off(batch).await;
        }
    }

    async fn gather(&self) -> Batch {
        let size = usize::try_from(self.mapping.batch_size).unwrap_or(usize::MAX);
        let mut writes = self.stream.writes();
        let mut waited = self.mapping.window.is_zero();
        loop {
            // Marked as seen before reading, so that no write between the two is missed.
            writes.mark_unchanged();
            let mut records = self.read(size).await;
            if records.is_empty() {
                // Looked at without a word of a write too: of one whose caller died meanwhile nobody tells.
                if let Ok(Err(_)) = timeout(LOOK_AGAIN, writes.changed()).await {
                    sleep(LOOK_AGAIN).await;
                }
            } else if records.len() < size && !waited {
                sleep(self.mapping.window).await;
                waited = true;
            } else {
                records.truncate(fitting(&records));
                return Batch::new(records);
            }
        }
    }

    async fn read(&self, limit: usize) -> Vec<Value> {
        match self.stream.read(limit) {
            Ok(records) => records,
            Err(error) => {
                tracing::error!(%error, stream = self.mapping.stream_arn, "cannot read the stream");
                sleep(LOOK_AGAIN).await;
                Vec::new()
            }
        }
    }

    /// Brings every record of the batch to its end: handled or given up.
    async fn work_off(&self, batch: Batch) {
        let rules = Rules { bisect: self.mapping.bisect, max_retries: self.mapping.max_retries };
        let mut left = VecDeque::from([batch]);
        while let Some(mut batch) = left.pop_front() {
            if let Some(expired) = batch.split_expired(self.mapping.max_record_age, wall_clock::now_ms()) {
                self.give_up(&expired, Cause::RecordAgeExceeded);
            }
            if batch.records.is_empty() {
                continue;
            }
            let Some(failed) = self.invoke(&batch).await else {
                self.trim(batch.last_sequence_number());
                continue;
            };
            self.trim(batch.records[..failed].last().map(Batch::sequence_number));
            match batch.after_failure(failed, rules) {
                Next::Repeat(batch) => {
                    sleep(batch.pause() / self.source.time_scale).await;
                    left.push_front(batch);
                }
                Next::Split(first, second) => {
                    left.push_front(second);
                    left.push_front(first);
                }
                Next::GiveUp(batch) => self.give_up(&batch, Cause::RetryAttemptsExhausted),
            }
        }
    }

    /// The position of the first record that the function did not handle.
    async fn invoke(&self, batch: &Batch) -> Option<usize> {
        let event = json!({ "Records": batch.records }).to_string();
        let reported = match self.source.invoke(Bytes::from(event)).await {
            Ok(_) if !self.mapping.report_batch_item_failures => return None,
            Ok(response) => failed_items(&response).and_then(|reported| batch.first_failure(&reported)),
            Err(error) => Err(error.to_string()),
        };
        reported.unwrap_or_else(|error| {
            tracing::warn!(error, stream = self.mapping.stream_arn, records = batch.records.len(), "a batch failed");
            Some(0)
        })
    }

    fn trim(&self, up_to: Option<&str>) {
        let Some(up_to) = up_to else { return };
        if let Err(error) = self.stream.trim(up_to) {
            tracing::error!(%error, stream = self.mapping.stream_arn, "cannot trim the stream: its records will come again");
        }
    }

    /// Tells the failure destination, if there is one, and passes over the records.
    fn give_up(&self, batch: &Batch, cause: Cause) {
        tracing::error!(stream = self.mapping.stream_arn, records = batch.records.len(), "records are given up");
        if let Some(destination) = &self.mapping.on_failure {
            let message = NewMessage { body: self.notice(batch, cause).to_string(), ..NewMessage::default() };
            if let Err(error) = self.source.aws.sqs().send(destination, &message) {
                tracing::error!(%error, destination, "the failure destination took no notice");
            }
        }
        self.trim(batch.last_sequence_number());
    }

    /// The message to a failure destination: where the records are, not what they hold.
    fn notice(&self, batch: &Batch, cause: Cause) -> Value {
        let condition = match cause {
            Cause::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Cause::RecordAgeExceeded => "RecordAgeExceeded",
        };
        let arrival = |record: Option<&Value>| {
            record.and_then(|record| Timestamp::from_millisecond(created_ms(record)).ok()).map(|at| at.to_string())
        };
        json!({
            "requestContext": {
                "requestId": random::uuid(),
                "functionArn": format!("{}:$LATEST", self.function_arn),
                "condition": condition,
                "approximateInvokeCount": batch.retries + 1,
            },
            "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
            "version": "1.0",
            "timestamp": wall_clock::now().to_string(),
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000000000000000000-00000000",
                "startSequenceNumber": batch.records.first().map(Batch::sequence_number),
                "endSequenceNumber": batch.last_sequence_number(),
                "approximateArrivalOfFirstRecord": arrival(batch.records.first()),
                "approximateArrivalOfLastRecord": arrival(batch.records.last()),
                "batchSize": batch.records.len(),
                "streamArn": self.mapping.stream_arn,
            },
        })
    }
}
