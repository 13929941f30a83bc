//! The producer: entries in batches of what SQS takes at once.
use std::time::Duration;

use net::{Aws, AwsError, Service};
use serde::{Deserialize, Serialize};

const ENTRIES_MAX: usize = 10;
/// SQS takes a mebibyte per request; the rest is for the JSON around the bodies, whose quotes are escaped.
const BYTES_MAX: usize = 700 * 1024;
const TRIES_MAX: u32 = 3;

/// What goes onto a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub body: String,
    /// FIFO queues: entries of one group come out in the order in which they went in.
    pub group: Option<String>,
    /// FIFO queues: the same id again within five minutes is dropped.
    pub once: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SendFailure {
    #[error("the queue could not be reached")]
    Call(#[from] AwsError),
    #[error("the queue refused an entry: {code}: {message}")]
    Entry { code: String, message: String },
}

/// One queue.
#[derive(Clone, Debug)]
pub struct Queue {
    aws: Aws,
    url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<'a> {
    queue_url: &'a str,
    entries: Vec<BatchEntry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BatchEntry<'a> {
    id: String,
    message_body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_group_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_deduplication_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_attributes: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchAnswer {
    #[serde(default)]
    failed: Vec<FailedEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FailedEntry {
    id: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    sender_fault: bool,
}

impl Queue {
    pub fn new(aws: Aws, url: String) -> Queue {
        Queue { aws, url }
    }

    /// Puts all entries on the queue: one request where they fit into one.
    pub async fn send(&self, entries: &[Entry]) -> Result<(), SendFailure> {
        let mut rest = entries;
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(fitting(rest));
            self.send_batch(batch, None).await?;
            rest = after;
        }
        Ok(())
    }

    /// Puts one entry on the queue with the reason why it is there: for dead letters.
    pub async fn park(&self, entry: &Entry, reason: &str) -> Result<(), SendFailure> {
        let reason: String = reason.chars().take(500).collect();
        let attributes = serde_json::json!({"reason": {"DataType": "String", "StringValue": reason}});
        self.send_batch(std::slice::from_ref(entry), Some(attributes)).await
    }

    async fn send_batch(&self, entries: &[Entry], attributes: Option<serde_json::Value>) -> Result<(), SendFailure> {
        let mut open: Vec<usize> = (0..entries.len()).collect();
        let mut tries = 1;
        loop {
            let wire = |index: usize| {
                entries.get(index).map(|entry| BatchEntry {
                    id: index.to_string(),
                    message_body: &entry.body,
                    message_group_id: entry.group.as_deref(),
                    message_deduplication_id: entry.once.as_deref(),
                    message_attributes: attributes.clone(),
                })
            };
            let batch = Batch { queue_url: &self.url, entries: open.iter().filter_map(|index| wire(*index)).collect() };
            let answer: BatchAnswer = self.aws.json(Service::Sqs, "SendMessageBatch", &batch).await?;
            let Some(failed) = answer.failed.first() else { return Ok(()) };
            if failed.sender_fault || tries >= TRIES_MAX {
                return Err(SendFailure::Entry { code: failed.code.clone(), message: failed.message.clone() });
            }
            open = answer.failed.iter().filter_map(|entry| entry.id.parse().ok()).collect();
            tokio::time::sleep(Duration::from_millis(50) * tries).await;
            tries += 1;
        }
    }

    /// Lets a delivered entry come again after `pause` and not only when its visibility ends.
    pub async fn come_again(&self, receipt: &str, pause: Duration) -> Result<(), SendFailure> {
        let input = serde_json::json!({
            "QueueUrl": self.url, "ReceiptHandle": receipt, "VisibilityTimeout": pause.as_secs(),
        });
        let _answer: serde_json::Value = self.aws.json(Service::Sqs, "ChangeMessageVisibility", &input).await?;
        Ok(())
    }
}

/// How many of the first entries go into one request; at least one.
fn fitting(entries: &[Entry]) -> usize {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += entry.body.len();
        bytes <= BYTES_MAX
    };
    entries.iter().take(ENTRIES_MAX).take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_takes_ten_entries_and_no_more_bytes_than_sqs_does() {
        let entry = |bytes: usize| Entry { body: "x".repeat(bytes), group: None, once: None };
        for (entries, expected) in [
            (vec![entry(1); 25], 10),
            (vec![entry(BYTES_MAX), entry(1)], 1),
            (vec![entry(BYTES_MAX * 2)], 1),
            (vec![entry(BYTES_MAX / 2); 4], 2),
        ] {
            assert_eq!(fitting(&entries), expected);
        }
    }
}
