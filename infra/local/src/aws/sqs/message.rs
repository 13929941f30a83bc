//! Messages as they are sent and received, and the rules that SQS holds a message to before it takes it.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors;
use crate::aws::REGION;
use crate::aws::digest::sha256_hex;
use crate::aws::service::Failure;
use crate::template::Queue;

/// The most that one batch may hold: bodies and attributes together.
pub(super) const MAX_BATCH_BYTES: usize = 1024 * 1024;
const MAX_DELAY: Duration = Duration::from_secs(900);
const MAX_ID_LENGTH: usize = 128;

/// A message attribute as the wire has it; `BinaryValue` is base64.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    pub data_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

impl MessageAttribute {
    fn binary(&self) -> Vec<u8> {
        self.binary_value.as_deref().and_then(|value| BASE64.decode(value).ok()).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.data_type.len() + self.string_value.as_ref().map_or_else(|| self.binary().len(), String::len)
    }
}

pub type MessageAttributes = BTreeMap<String, MessageAttribute>;

/// A message to send.
#[derive(Clone, Debug, Default)]
pub struct NewMessage {
    pub body: String,
    /// The queue's own delay when absent.
    pub delay: Option<Duration>,
    pub group_id: Option<String>,
    pub deduplication_id: Option<String>,
    pub attributes: MessageAttributes,
    pub trace_header: Option<String>,
}

impl NewMessage {
    pub(super) fn bytes(&self) -> usize {
        self.body.len() + self.attributes.iter().map(|(name, attribute)| name.len() + attribute.bytes()).sum::<usize>()
    }

    /// Refuses what SQS would refuse to put on `queue`.
    pub(super) fn check(&self, queue: &Queue) -> Result<(), Failure> {
        if self.body.is_empty() {
            return Err(errors::missing("MessageBody"));
        }
        let limit = queue.maximum_message_size;
        if u32::try_from(self.bytes()).map_or(true, |bytes| bytes > limit) {
            return Err(errors::invalid(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
            )));
        }
        if !self.body.chars().all(is_allowed) {
            return Err(errors::invalid_contents());
        }
        if let Some(delay) = self.delay.filter(|delay| *delay > MAX_DELAY || (queue.fifo && !delay.is_zero())) {
            let reason = if queue.fifo { errors::NOT_FOR_THIS_TYPE } else { "DelaySeconds must be >= 0 and <= 900." };
            return Err(errors::invalid_value(&delay.as_secs().to_string(), "DelaySeconds", reason));
        }
        self.check_ids(queue)
    }

    fn check_ids(&self, queue: &Queue) -> Result<(), Failure> {
        for (name, id) in [("MessageGroupId", &self.group_id), ("MessageDeduplicationId", &self.deduplication_id)] {
            if let Some(id) = id.as_deref().filter(|id| !is_id(id)) {
                return Err(errors::invalid_value(
                    id,
                    name,
                    "It can only include alphanumeric and punctuation characters, 1 to 128 in length.",
                ));
            }
        }
        if !queue.fifo {
            return match &self.deduplication_id {
                Some(id) => Err(errors::invalid_value(id, "MessageDeduplicationId", errors::NOT_FOR_THIS_TYPE)),
                None => Ok(()),
            };
        }
        if self.group_id.is_none() {
            return Err(errors::missing("MessageGroupId"));
        }
        if self.deduplication_id.is_none() && !queue.content_based_dedup {
            return Err(errors::invalid(
                "The queue should either have ContentBasedDeduplication enabled \
                 or MessageDeduplicationId provided explicitly",
            ));
        }
        Ok(())
    }

    /// What a FIFO queue knows duplicates by.
    pub(super) fn deduplication_key(&self) -> String {
        self.deduplication_id.clone().unwrap_or_else(|| sha256_hex(self.body.as_bytes()))
    }
}

fn is_allowed(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

fn is_id(id: &str) -> bool {
    (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The digest of attributes that SDKs compare with their own; none without attributes.
pub(super) fn md5_of_attributes(attributes: &MessageAttributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        update_with_length(&mut digest, name.as_bytes());
        update_with_length(&mut digest, attribute.data_type.as_bytes());
        if let Some(value) = &attribute.string_value {
            digest.update([1]);
            update_with_length(&mut digest, value.as_bytes());
        } else {
            digest.update([2]);
            update_with_length(&mut digest, &attribute.binary());
        }
    }
    Some(hex::encode(digest.finalize()))
}

fn update_with_length(digest: &mut Md5, bytes: &[u8]) {
    digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    digest.update(bytes);
}

/// The answer to a message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub message_id: String,
    pub md5_of_body: String,
    pub md5_of_attributes: Option<String>,
    /// FIFO queues only.
    pub sequence_number: Option<String>,
}

/// A message as a receiver has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub message_id: String,
    /// What the message is deleted or released by; empty on a message that was only peeked at.
    pub receipt: String,
    pub body: String,
    pub md5: String,
    /// System attributes such as `MessageGroupId` and `ApproximateReceiveCount`.
    pub attributes: BTreeMap<String, String>,
    pub message_attributes: MessageAttributes,
}

impl Received {
    /// The record that Lambda hands to a function.
    #[must_use]
    pub fn to_lambda_record(&self, queue_arn: &str) -> Value {
        let attributes: BTreeMap<&String, Value> = self
            .message_attributes
            .iter()
            .map(|(name, attribute)| {
                (
                    name,
                    json!({
                        "dataType": attribute.data_type,
                        "stringValue": attribute.string_value,
                        "binaryValue": attribute.binary_value,
                        "stringListValues": [],
                        "binaryListValues": [],
                    }),
                )
            })
            .collect();
        json!({
            "messageId": self.message_id,
            "receiptHandle": self.receipt,
            "body": self.body,
            "attributes": self.attributes,
            "messageAttributes": attributes,
            "md5OfBody": self.md5,
            "md5OfMessageAttributes": md5_of_attributes(&self.message_attributes),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": REGION,
        })
    }
}

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
}

impl Depth {
    #[must_use]
    pub fn total(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}
