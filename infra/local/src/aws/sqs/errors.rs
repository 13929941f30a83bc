//! The refusals of SQS, by both of the names that it gives each: the JSON protocol's and the older query protocol's.

use crate::aws::service::Failure;

pub(super) const NOT_FOR_THIS_TYPE: &str = "The request include parameter that is not valid for this queue type.";
pub(super) const EXPIRED_RECEIPT: &str = "The receipt handle has expired.";

pub(super) fn no_such_queue() -> Failure {
    Failure::refused("QueueDoesNotExist", "The specified queue does not exist.")
        .or_in_query("AWS.SimpleQueueService.NonExistentQueue")
}

pub(super) fn missing(parameter: &str) -> Failure {
    Failure::refused("MissingParameter", format!("The request must contain the parameter {parameter}."))
}

pub(super) fn invalid(message: impl Into<String>) -> Failure {
    Failure::refused("InvalidParameterValue", message)
}

pub(super) fn invalid_value(value: &str, parameter: &str, reason: &str) -> Failure {
    invalid(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

pub(super) fn invalid_contents() -> Failure {
    Failure::refused(
        "InvalidMessageContents",
        "Invalid characters found. \
         Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
    )
}

pub(super) fn malformed_receipt(receipt: &str) -> Failure {
    Failure::refused(
        "ReceiptHandleIsInvalid",
        format!("The input receipt handle \"{receipt}\" is not a valid receipt handle."),
    )
}

pub(super) fn not_in_flight() -> Failure {
    Failure::refused("MessageNotInflight", "The message referred to isn't in flight.")
        .or_in_query("AWS.SimpleQueueService.MessageNotInflight")
}

pub(super) fn empty_batch() -> Failure {
    Failure::refused("EmptyBatchRequest", "There should be at least one entry in the request.")
        .or_in_query("AWS.SimpleQueueService.EmptyBatchRequest")
}

pub(super) fn too_many_entries(count: usize) -> Failure {
    Failure::refused(
        "TooManyEntriesInBatchRequest",
        format!("Maximum number of entries per request are 10. You have sent {count}."),
    )
    .or_in_query("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
}

pub(super) fn repeated_id(id: &str) -> Failure {
    Failure::refused("BatchEntryIdsNotDistinct", format!("Id {id} repeated."))
        .or_in_query("AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
}

pub(super) fn invalid_id() -> Failure {
    Failure::refused(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
         It can be at most 80 letters long.",
    )
    .or_in_query("AWS.SimpleQueueService.InvalidBatchEntryId")
}

pub(super) fn batch_too_long(bytes: usize, limit: usize) -> Failure {
    Failure::refused(
        "BatchRequestTooLong",
        format!("Batch requests cannot be longer than {limit} bytes. You have sent {bytes} bytes."),
    )
    .or_in_query("AWS.SimpleQueueService.BatchRequestTooLong")
}

pub(super) fn purge_in_progress(queue: &str) -> Failure {
    Failure::new(
        http::StatusCode::FORBIDDEN,
        "PurgeQueueInProgress",
        format!("Only one PurgeQueue operation on {queue} is allowed every 60 seconds."),
    )
    .or_in_query("AWS.SimpleQueueService.PurgeQueueInProgress")
}
