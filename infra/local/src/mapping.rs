//! Event source mappings: what Lambda itself does between a queue or a stream and a function.
//!
//! A failed batch is never released early: its messages come back when their visibility timeout ends, as in AWS. Only
//! `time_scale` shortens that, by dividing what is left of the timeout once the invocation has failed.

mod holds;
mod response;
mod sqs;
mod stream;
mod stream_plan;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::aws::Aws;
use crate::lambda::{InvokeError, Lambda, PAYLOAD_LIMIT};
use crate::template::{Function, Queue, StreamMapping, Template};

pub use holds::{Hold, Holds};

/// The mappings of a stack, which work until this is dropped.
pub struct Mappings {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// What every mapping works with.
#[derive(Clone)]
struct Source {
    lambda: Lambda,
    aws: Aws,
    /// Logical id of the function that is invoked.
    function: String,
    time_scale: u32,
    holds: Holds,
    stop: watch::Receiver<bool>,
}

impl Source {
    /// Ends when no further batch is to be begun.
    async fn stopped(&self) {
        if self.stop.clone().wait_for(|stop| *stop).await.is_err() {
            tracing::debug!("the mappings were dropped");
        }
    }

    /// Invokes the function as soon as nobody holds it.
    async fn invoke(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        self.holds.free(&self.function).await;
        self.lambda.invoke(&self.function, event).await
    }
}

impl Mappings {
    /// Starts all mappings that the template enables. `concurrency` is how many batches of one queue are worked on at a
    /// time where the template sets no limit.
    ///
    /// # Errors
    /// A mapping of a queue that is not in the template, or two readers of one stream.
    pub fn start(
        template: &Template,
        aws: &Aws,
        lambda: &Lambda,
        holds: &Holds,
        concurrency: usize,
        time_scale: u32,
    ) -> anyhow::Result<Self> {
        let mut tasks = JoinSet::new();
        let (stop, stopped) = watch::channel(false);
        for function in template.functions.values() {
            let source = Source {
                lambda: lambda.clone(),
                aws: aws.clone(),
                function: function.logical_id.clone(),
                time_scale: time_scale.max(1),
                holds: holds.clone(),
                stop: stopped.clone(),
            };
            for mapping in function.sqs.iter().filter(|mapping| mapping.enabled) {
                let queue = queue_of(template, &mapping.queue_arn)?.clone();
                let limit =
                    mapping.maximum_concurrency.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(concurrency);
                let poller = sqs::Poller::new(source.clone(), mapping.clone(), queue, limit);
                tasks.spawn(Arc::new(poller).run());
            }
            for mapping in function.streams.iter().filter(|mapping| mapping.enabled) {
                ensure!(
                    readers(template, mapping) == 1,
                    "the local stack keeps one position per stream, and {} has several readers",
                    mapping.stream_arn
                );
                tasks.spawn(stream::Reader::new(source.clone(), mapping.clone(), function.arn.clone()).run());
            }
        }
        Ok(Self { tasks, stop })
    }

    /// Begins no further batch, and lets those under way come to their end for as long as `limit`. What is cut off then comes
    /// again when its visibility timeout ends, as after a crash.
    pub async fn shutdown(mut self, limit: Duration) {
        self.stop.send_replace(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(limit, ended).await.is_err() {
            tracing::warn!("batches were cut off");
        }
    }
}

fn queue_of<'a>(template: &'a Template, arn: &str) -> anyhow::Result<&'a Queue> {
    template.queue_by_arn(arn).with_context(|| format!("the template maps {arn}, which is none of its queues"))
}

fn readers(template: &Template, mapping: &StreamMapping) -> usize {
    let streams = |function: &Function| {
        function.streams.iter().filter(|other| other.enabled && other.stream_arn == mapping.stream_arn).count()
    };
    template.functions.values().map(streams).sum()
}

/// How many records from the front make an event that Lambda takes; at least one.
fn fitting<'a>(records: impl IntoIterator<Item = &'a Value>) -> usize {
    // The frame around the records is shorter than this.
    let mut room = PAYLOAD_LIMIT - 100;
    let sizes = records.into_iter().map(|record| record.to_string().len() + 1);
    let fits = sizes.take_while(|size| {
        let fits = *size <= room;
        room = room.saturating_sub(*size);
        fits
    });
    fits.count().max(1)
}
