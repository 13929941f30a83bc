//! The JSON operations of SQS over the queues.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::message::{MAX_BATCH_BYTES, MessageAttributes, NewMessage, Received, Sent, md5_of_attributes};
use super::{MAX_RECEIVED, Sqs, batch, errors};
use crate::aws::principals::Principal;
use crate::aws::service::Failure;
use crate::template::Queue;

const MAX_VISIBILITY_SECONDS: u64 = 43_200;
const MAX_WAIT_SECONDS: u64 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<T> {
    entries: Vec<T>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SendEntry {
    id: String,
    message_body: String,
    delay_seconds: Option<u64>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    message_attributes: MessageAttributes,
    message_system_attributes: MessageAttributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReceiptEntry {
    id: String,
    receipt_handle: String,
    visibility_timeout: u64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ReceiveRequest {
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
    attribute_names: Vec<String>,
    message_system_attribute_names: Vec<String>,
    message_attribute_names: Vec<String>,
}

impl From<SendEntry> for NewMessage {
    fn from(entry: SendEntry) -> Self {
        let mut system = entry.message_system_attributes;
        Self {
            body: entry.message_body,
            delay: entry.delay_seconds.map(Duration::from_secs),
            group_id: entry.message_group_id,
            deduplication_id: entry.message_deduplication_id,
            attributes: entry.message_attributes,
            trace_header: system.remove("AWSTraceHeader").and_then(|header| header.string_value),
        }
    }
}

impl Sqs {
    /// Carries out one operation; a receive waits as long as it asks to.
    pub(in crate::aws) async fn execute(
        &self,
        caller: &Principal,
        operation: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        let reference =
            body["QueueUrl"].as_str().or(body["QueueName"].as_str()).ok_or_else(|| errors::missing("QueueUrl"))?;
        let queue = self.queue(reference)?;
        match operation {
            "SendMessage" => Ok(sent(self.send_as(&caller.function, &queue, &parse::<SendEntry>(body)?.into())?)),
            "SendMessageBatch" => self.send_batch(caller, &queue, body),
            "ReceiveMessage" => self.receive_message(&queue, body).await,
            "DeleteMessage" => self.delete_entry(&queue, &parse(body)?),
            "DeleteMessageBatch" => each_receipt(body, |entry| self.delete_entry(&queue, entry)),
            "ChangeMessageVisibility" => self.change_entry(&queue, &parse(body)?),
            "ChangeMessageVisibilityBatch" => each_receipt(body, |entry| self.change_entry(&queue, entry)),
            "GetQueueUrl" => Ok(json!({ "QueueUrl": queue.url })),
            "GetQueueAttributes" => self.attributes(&queue, body),
            "PurgeQueue" => self.purge(&queue).map(|()| json!({})),
            _ => Err(Failure::refused("UnknownOperationException", format!("SQS {operation} is not served here."))),
        }
    }

    fn send_batch(&self, caller: &Principal, queue: &Queue, body: &Value) -> Result<Value, Failure> {
        let Batch { entries } = parse::<Batch<SendEntry>>(body)?;
        batch::check_ids(entries.iter().map(|entry| entry.id.as_str()))?;
        let messages: Vec<(String, NewMessage)> =
            entries.into_iter().map(|mut entry| (std::mem::take(&mut entry.id), entry.into())).collect();
        let bytes = messages.iter().map(|(_, message)| message.bytes()).sum();
        if bytes > MAX_BATCH_BYTES {
            return Err(errors::batch_too_long(bytes, MAX_BATCH_BYTES));
        }
        let results =
            messages.into_iter().map(|(id, message)| (id, self.send_as(&caller.function, queue, &message).map(sent)));
        Ok(batch::outcome(results))
    }

    async fn receive_message(&self, queue: &Queue, body: &Value) -> Result<Value, Failure> {
        let request: ReceiveRequest = parse(body)?;
        let max = request.max_number_of_messages.unwrap_or(1);
        if !(1..=MAX_RECEIVED).contains(&max) {
            return Err(errors::invalid_value(
                &max.to_string(),
                "MaxNumberOfMessages",
                "Must be between 1 and 10, if provided.",
            ));
        }
        let wait = match request.wait_time_seconds {
            Some(asked) => seconds(asked, "WaitTimeSeconds", MAX_WAIT_SECONDS)?,
            None => queue.receive_wait,
        };
        let visibility = match request.visibility_timeout {
            Some(asked) => seconds(asked, "VisibilityTimeout", MAX_VISIBILITY_SECONDS)?,
            None => queue.visibility,
        };
        let received = self.receive_for(queue, max, wait, visibility).await?;
        if received.is_empty() {
            return Ok(json!({}));
        }
        Ok(json!({ "Messages": received.into_iter().map(|message| request.shape(message)).collect::<Vec<_>>() }))
    }

    fn delete_entry(&self, queue: &Queue, entry: &ReceiptEntry) -> Result<Value, Failure> {
        self.delete_from(queue, &entry.receipt_handle).map(|()| json!({}))
    }

    fn change_entry(&self, queue: &Queue, entry: &ReceiptEntry) -> Result<Value, Failure> {
        let after = seconds(entry.visibility_timeout, "VisibilityTimeout", MAX_VISIBILITY_SECONDS)?;
        self.change_visibility(queue, &entry.receipt_handle, after).map(|()| json!({}))
    }

    fn attributes(&self, queue: &Queue, body: &Value) -> Result<Value, Failure> {
        let depth = self.depth(&queue.arn)?;
        let mut attributes = BTreeMap::from([
            ("ApproximateNumberOfMessages", depth.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string()),
            ("DelaySeconds", queue.delay.as_secs().to_string()),
            ("MaximumMessageSize", queue.maximum_message_size.to_string()),
            ("MessageRetentionPeriod", queue.retention.as_secs().to_string()),
            ("QueueArn", queue.arn.clone()),
            ("ReceiveMessageWaitTimeSeconds", queue.receive_wait.as_secs().to_string()),
            ("VisibilityTimeout", queue.visibility.as_secs().to_string()),
        ]);
        if queue.fifo {
            attributes.insert("FifoQueue", "true".to_owned());
            attributes.insert("ContentBasedDeduplication", queue.content_based_dedup.to_string());
        }
        if let Some(redrive) = &queue.redrive {
            let policy =
                json!({ "deadLetterTargetArn": redrive.target_arn, "maxReceiveCount": redrive.max_receive_count });
            attributes.insert("RedrivePolicy", policy.to_string());
        }
        let asked: Vec<String> = serde_json::from_value(body["AttributeNames"].clone()).unwrap_or_default();
        attributes.retain(|name, _| is_asked(&asked, name));
        Ok(json!({ "Attributes": attributes }))
    }
}

impl ReceiveRequest {
    /// The message with the attributes that were asked for.
    fn shape(&self, message: Received) -> Value {
        let (mut system, mut own) = (message.attributes, message.message_attributes);
        system.retain(|name, _| {
            is_asked(&self.attribute_names, name) || is_asked(&self.message_system_attribute_names, name)
        });
        own.retain(|name, _| is_asked(&self.message_attribute_names, name));
        let mut shaped = Map::from_iter([
            ("MessageId".to_owned(), json!(message.message_id)),
            ("ReceiptHandle".to_owned(), json!(message.receipt)),
            ("MD5OfBody".to_owned(), json!(message.md5)),
            ("Body".to_owned(), json!(message.body)),
        ]);
        if !system.is_empty() {
            shaped.insert("Attributes".to_owned(), json!(system));
        }
        if let Some(md5) = md5_of_attributes(&own) {
            shaped.insert("MD5OfMessageAttributes".to_owned(), json!(md5));
            shaped.insert("MessageAttributes".to_owned(), json!(own));
        }
        Value::Object(shaped)
    }
}

/// `All`, a name itself, or a prefix such as `trace.*` asks for a name.
fn is_asked(asked: &[String], name: &str) -> bool {
    asked.iter().any(|asked| {
        asked == "All" || asked == name || asked.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
    })
}

fn sent(sent: Sent) -> Value {
    let mut answer = json!({ "MessageId": sent.message_id, "MD5OfMessageBody": sent.md5_of_body });
    answer["MD5OfMessageAttributes"] = json!(sent.md5_of_attributes);
    answer["SequenceNumber"] = json!(sent.sequence_number);
    if let Some(members) = answer.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    answer
}

fn each_receipt(body: &Value, act: impl Fn(&ReceiptEntry) -> Result<Value, Failure>) -> Result<Value, Failure> {
    let Batch { entries } = parse::<Batch<ReceiptEntry>>(body)?;
    batch::check_ids(entries.iter().map(|entry| entry.id.as_str()))?;
    Ok(batch::outcome(entries.into_iter().map(|entry| (entry.id.clone(), act(&entry)))))
}

fn seconds(value: u64, parameter: &str, max: u64) -> Result<Duration, Failure> {
    if value > max {
        return Err(errors::invalid_value(
            &value.to_string(),
            parameter,
            &format!("Must be between 0 and {max}, if provided."),
        ));
    }
    Ok(Duration::from_secs(value))
}

fn parse<T: DeserializeOwned>(body: &Value) -> Result<T, Failure> {
    T::deserialize(body).map_err(|error| Failure::refused("SerializationException", error.to_string()))
}
