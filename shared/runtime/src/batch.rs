//! Works an SQS batch: groups side by side, the records of a group in order, one bad record alone.
//!
//! Guarantee: a record is reported as done only when its work said so. After a failure the rest of its group waits with
//! it; a record that can never succeed goes to the dead letters with its reason and lets its group go on.
use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt;
use queue::{Entry, Queue};

use crate::fatal::chain;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// One record, decoded no further than its body.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    pub body: &'a str,
    /// How often SQS has delivered it, this time included.
    pub deliveries: u32,
    /// The queue's id of it, the same with every delivery.
    pub id: &'a str,
    /// By which the record can be put off.
    pub receipt: &'a str,
}

/// The two ways in which work on a record fails.
#[derive(Debug)]
pub enum Failure {
    /// It may succeed later.
    Retry(Source),
    /// It never will.
    Reject(Source),
}

impl Failure {
    pub fn retry(error: impl Into<Source>) -> Failure {
        Failure::Retry(error.into())
    }

    pub fn reject(error: impl Into<Source>) -> Failure {
        Failure::Reject(error.into())
    }
}

pub async fn each<'e, F>(event: &'e SqsEvent, dead_letters: &Queue, work: impl Fn(Task<'e>) -> F) -> SqsBatchResponse
where
    F: Future<Output = Result<(), Failure>>,
{
    let groups = by_group(&event.records);
    let work = &work;
    let outcomes = futures::future::join_all(groups.into_iter().map(|records| async move {
        for (done, record) in records.iter().enumerate() {
            if !one(record, dead_letters, work).await {
                return records.get(done..).unwrap_or_default().to_vec();
            }
        }
        Vec::new()
    }));
    let failed = outcomes.await.into_iter().flatten();
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .map(|record| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = record.message_id.clone().unwrap_or_default();
            failure
        })
        .collect();
    response
}

/// The record that a response reports as failed, for whoever wants it back sooner than its visibility ends.
pub fn record<'e>(event: &'e SqsEvent, failure: &BatchItemFailure) -> Option<Task<'e>> {
    event.records.iter().find(|record| record.message_id.as_deref() == Some(&failure.item_identifier)).and_then(task)
}

/// `None`: the record has no body.
fn task(record: &SqsMessage) -> Option<Task<'_>> {
    let deliveries = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
    let receipt = record.receipt_handle.as_deref().unwrap_or_default();
    let id = record.message_id.as_deref().unwrap_or_default();
    Some(Task { body: record.body.as_deref()?, deliveries, id, receipt })
}

/// In the order of their first records. On a standard queue each record is a group of its own.
fn by_group(records: &[SqsMessage]) -> Vec<Vec<&SqsMessage>> {
    let mut groups: Vec<(Option<&String>, Vec<&SqsMessage>)> = Vec::new();
    for record in records {
        let group = record.attributes.get("MessageGroupId");
        match groups.iter_mut().find(|(name, _)| group.is_some() && *name == group) {
            Some((_, members)) => members.push(record),
            None => groups.push((group, vec![record])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// Whether the record is done with.
async fn one<'e, F>(record: &'e SqsMessage, dead_letters: &Queue, work: impl Fn(Task<'e>) -> F) -> bool
where
    F: Future<Output = Result<(), Failure>>,
{
    let id = record.message_id.as_deref().unwrap_or_default();
    let Some(task) = task(record) else {
        tracing::warn!(record.id = id, "a record without a body is dropped");
        return true;
    };
    // A panic must not take the neighbours along.
    let outcome = AssertUnwindSafe(work(task)).catch_unwind().await;
    match outcome.unwrap_or_else(|_| Err(Failure::retry("the work panicked"))) {
        Ok(()) => true,
        Err(Failure::Retry(error)) => {
            tracing::warn!(
                record.id = id,
                task.deliveries,
                error = chain(error.as_ref()),
                "a record is left for a retry"
            );
            false
        }
        Err(Failure::Reject(error)) => {
            let reason = chain(error.as_ref());
            tracing::error!(record.id = id, error = reason, "a record is parked with the dead letters");
            park(record, dead_letters, task.body, &reason).await
        }
    }
}

async fn park(record: &SqsMessage, dead_letters: &Queue, body: &str, reason: &str) -> bool {
    let group = record.attributes.get("MessageGroupId").cloned();
    let once = group.is_some().then(|| record.message_id.clone().unwrap_or_default());
    match dead_letters.park(&Entry { body: body.to_owned(), group, once }, reason).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(error = chain(&error), "a record could not be parked and is left for a retry");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, group: Option<&str>) -> SqsMessage {
        let mut record = SqsMessage::default();
        record.message_id = Some(id.to_owned());
        if let Some(group) = group {
            record.attributes.insert("MessageGroupId".to_owned(), group.to_owned());
        }
        record
    }

    #[test]
    fn records_are_grouped_in_order() {
        let records = [
            record("1", Some("a")),
            record("2", Some("b")),
            record("3", Some("a")),
            record("4", None),
            record("5", None),
        ];
        let ids = |group: &Vec<&SqsMessage>| group.iter().filter_map(|r| r.message_id.clone()).collect::<String>();
        assert_eq!(by_group(&records).iter().map(ids).collect::<Vec<_>>(), ["13", "2", "4", "5"]);
    }
}
