//! The processes of one function: at most so many at a time, started when needed, kept while they are healthy.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use tokio::sync::{Notify, Semaphore};

use super::output::Output;
use super::runtime_api::Delivery;
use super::sandbox::{Ended, Sandbox};
use super::{FunctionSpec, InvokeError, PAYLOAD_LIMIT};
use crate::random;

/// A process as measurements see it.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    pub pid: u32,
    /// From its start to its first request for an event.
    pub init: Duration,
}

pub(super) struct Pool {
    spec: FunctionSpec,
    output: Output,
    permits: Semaphore,
    idle: Mutex<Vec<Sandbox>>,
    /// Wakes the invocations that are running, and no other.
    kill: Notify,
}

impl Pool {
    pub(super) fn new(spec: FunctionSpec, print: bool) -> Self {
        let output = Output::new(&spec.name, print);
        let permits = Semaphore::new(spec.concurrency);
        Self { spec, output, permits, idle: Mutex::default(), kill: Notify::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.spec.name
    }

    pub(super) async fn invoke(&self, payload: Bytes) -> Result<Bytes, InvokeError> {
        let delivery =
            Delivery { request_id: random::uuid(), arn: self.spec.arn.clone(), timeout: self.spec.timeout, payload };
        let _permit = self.permits.acquire().await.map_err(|_| InvokeError::Closed)?;
        loop {
            let mut sandbox = match self.take_idle() {
                Some(sandbox) => sandbox,
                None => Sandbox::start(&self.spec, &self.output).await?,
            };
            if self.permits.is_closed() {
                sandbox.end().await;
                return Err(InvokeError::Closed);
            }
            let ended = sandbox.run(delivery.clone(), &self.kill).await;
            if matches!(ended, Ended::Answered(_) | Ended::Failed(_)) && !self.permits.is_closed() {
                self.lock().push(sandbox);
            } else {
                sandbox.end().await;
            }
            if !matches!(ended, Ended::Lost) {
                return self.outcome(ended, delivery.request_id);
            }
        }
    }

    fn outcome(&self, ended: Ended, request_id: String) -> Result<Bytes, InvokeError> {
        let function = self.spec.logical_id.clone();
        match ended {
            Ended::Answered(body) if body.len() > PAYLOAD_LIMIT => {
                Err(InvokeError::ResponseTooLarge { function, size: body.len() })
            }
            Ended::Answered(body) => Ok(body),
            Ended::Failed(body) => Err(InvokeError::reported(&function, &body)),
            Ended::TimedOut => Err(InvokeError::TimedOut { function, request_id, after: self.spec.timeout }),
            Ended::Exited(status) => Err(InvokeError::Exited { function, request_id, status }),
            Ended::Lost => Err(InvokeError::Closed),
        }
    }

    /// The process that was used last, since its connections are the freshest; those that died meanwhile are dropped.
    fn take_idle(&self) -> Option<Sandbox> {
        let mut idle = self.lock();
        while let Some(mut sandbox) = idle.pop() {
            if sandbox.is_alive() {
                return Some(sandbox);
            }
        }
        None
    }

    pub(super) fn kill_busy(&self) {
        self.kill.notify_waiters();
    }

    pub(super) async fn cool(&self) {
        let idle = std::mem::take(&mut *self.lock());
        join_all(idle.into_iter().map(Sandbox::end)).await;
    }

    pub(super) fn output(&self) -> Vec<String> {
        self.output.lines()
    }

    pub(super) fn idle_processes(&self) -> Vec<Process> {
        self.lock().iter().map(|sandbox| Process { pid: sandbox.pid(), init: sandbox.init() }).collect()
    }

    pub(super) async fn shutdown(&self) {
        join_all(self.close().into_iter().map(Sandbox::end)).await;
    }

    /// Starts nothing more, kills what runs, and hands over the idle processes, which end when they are dropped.
    pub(super) fn close(&self) -> Vec<Sandbox> {
        self.permits.close();
        self.kill_busy();
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Sandbox>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
