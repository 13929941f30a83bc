//! An SQS queue, with SQS's own defaults.

use std::time::Duration;

use super::context::Context;
use super::fields::Fields;
use super::model::{Queue, Redrive};
use super::symbols::{Kind, Symbol};

pub(super) fn read(context: &Context<'_>, logical_id: &str, symbol: &Symbol, mut fields: Fields<'_>) -> Option<Queue> {
    let fifo = fields.boolean("FifoQueue").unwrap_or(false);
    if !fifo {
        for key in ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"] {
            if fields.has(key) {
                fields.report(fields.line, format!("{key} is for FIFO queues only"));
            }
        }
    }
    let content_based_dedup = fields.boolean("ContentBasedDeduplication").unwrap_or(false);
    let dedup_per_group =
        fields.choice("DeduplicationScope", &[("queue", false), ("messageGroup", true)]).unwrap_or(false);
    let fast = fields.choice("FifoThroughputLimit", &[("perQueue", false), ("perMessageGroupId", true)]);
    if fast == Some(true) && !dedup_per_group {
        fields.report(fields.line, "FifoThroughputLimit perMessageGroupId needs DeduplicationScope messageGroup");
    }
    // Encryption at rest has no counterpart on one machine.
    fields.boolean("SqsManagedSseEnabled");

    let mut seconds = |key, range, default| Duration::from_secs(fields.number(key, range).unwrap_or(default));
    let visibility = seconds("VisibilityTimeout", 0..=43_200, 30);
    let delay = seconds("DelaySeconds", 0..=900, 0);
    let retention = seconds("MessageRetentionPeriod", 60..=1_209_600, 345_600);
    let receive_wait = seconds("ReceiveMessageWaitTimeSeconds", 0..=20, 0);
    let maximum_message_size = fields.number("MaximumMessageSize", 1024..=1_048_576).unwrap_or(1_048_576);
    let redrive = fields.fields("RedrivePolicy").and_then(|redrive| redrive_policy(context, fifo, redrive));

    Some(Queue {
        logical_id: logical_id.to_owned(),
        name: symbol.attribute("QueueName")?.to_owned(),
        arn: symbol.attribute("Arn")?.to_owned(),
        url: symbol.reference.clone(),
        fifo,
        visibility,
        delay,
        retention,
        receive_wait,
        maximum_message_size,
        content_based_dedup,
        dedup_per_group,
        redrive,
    })
}

fn redrive_policy(context: &Context<'_>, fifo: bool, mut fields: Fields<'_>) -> Option<Redrive> {
    fields.needs(&["deadLetterTargetArn", "maxReceiveCount"]);
    let target = fields.text("deadLetterTargetArn");
    let max_receive_count = fields.number("maxReceiveCount", 1..=1000);
    let target = target?;
    if context.symbols.find(Kind::Queue, "Arn", &target.value).is_none() {
        fields.report(target.line, format!("deadLetterTargetArn {} is not a queue of this template", target.value));
    } else if target.value.ends_with(".fifo") != fifo {
        fields.report(
            target.line,
            "the dead-letter queue of a FIFO queue must be FIFO, and that of a standard queue standard",
        );
    }
    Some(Redrive { target_arn: target.value, max_receive_count: max_receive_count? })
}
