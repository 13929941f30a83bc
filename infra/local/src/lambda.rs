//! Lambda: runs each function of the template as processes of its real binary, behind the Runtime API.
//!
//! A process handles one invocation at a time, is started when one is needed and none is free, and is kept afterwards.
//! An invocation that finds all allowed processes busy waits for one, where AWS would throttle a synchronous caller.

mod environment;
mod error;
mod output;
mod pool;
mod runtime_api;
mod sandbox;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;

pub use error::InvokeError;
use pool::Pool;
pub use pool::Process;

/// The largest request and the largest response that Lambda takes for a synchronous invocation, in bytes.
pub const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;

/// What the processes of one function are started with.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    pub logical_id: String,
    /// Crate and binary; also the prefix of what the function writes.
    pub name: String,
    /// Name that Lambda knows it by.
    pub function_name: String,
    pub arn: String,
    pub log_group: String,
    /// `Text` or `JSON`.
    pub log_format: &'static str,
    pub program: PathBuf,
    pub region: String,
    pub memory_mb: u32,
    pub timeout: Duration,
    /// The template's variables, the function's own credentials and the endpoint; Lambda's own are added to them.
    pub environment: BTreeMap<String, String>,
    /// How many processes may run at a time.
    pub concurrency: usize,
}

/// All functions of a stack. Clones share them.
#[derive(Clone)]
pub struct Lambda(Arc<Inner>);

struct Inner {
    functions: BTreeMap<String, Arc<Pool>>,
    running: AtomicUsize,
    started: AtomicU64,
    closed: AtomicBool,
}

/// How much has been invoked, to tell a moment of rest from a moment between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    pub running: usize,
    /// Invocations that were ever begun.
    pub started: u64,
}

impl Lambda {
    /// Prepares the functions; no process starts before its first invocation. `print` shows on stderr what they write.
    #[must_use]
    pub fn new(specs: Vec<FunctionSpec>, print: bool) -> Self {
        let functions =
            specs.into_iter().map(|spec| (spec.logical_id.clone(), Arc::new(Pool::new(spec, print)))).collect();
        Self(Arc::new(Inner {
            functions,
            running: AtomicUsize::new(0),
            started: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        }))
    }

    /// Invokes a function, named by its logical id or by its crate, and waits for what it returns. The invocation goes on
    /// to its end even if the caller stops waiting, as it would in AWS.
    ///
    /// # Errors
    /// Whatever kept the function from returning a response.
    pub async fn invoke(&self, function: &str, payload: impl Into<Bytes>) -> Result<Bytes, InvokeError> {
        let pool = self.pool(function)?;
        let payload = payload.into();
        if payload.len() > PAYLOAD_LIMIT {
            return Err(InvokeError::RequestTooLarge { function: function.to_owned(), size: payload.len() });
        }
        if self.0.closed.load(Ordering::SeqCst) {
            return Err(InvokeError::Closed);
        }
        let running = Running::begin(self.0.clone());
        let invocation = tokio::spawn(async move {
            let outcome = pool.invoke(payload).await;
            drop(running);
            outcome
        });
        invocation.await.unwrap_or(Err(InvokeError::Closed))
    }

    /// Kills the processes of a function that are in the middle of an invocation, as a crash would.
    pub fn kill(&self, function: &str) {
        if let Ok(pool) = self.pool(function) {
            pool.kill_busy();
        }
    }

    /// Ends the processes of a function that wait for work, so that its next invocation starts cold. Waits until they are gone.
    pub async fn cool(&self, function: &str) {
        if let Ok(pool) = self.pool(function) {
            pool.cool().await;
        }
    }

    #[must_use]
    pub fn activity(&self) -> Activity {
        Activity { running: self.0.running.load(Ordering::SeqCst), started: self.0.started.load(Ordering::SeqCst) }
    }

    /// The last lines that the function wrote to stdout and stderr, oldest first.
    #[must_use]
    pub fn output(&self, function: &str) -> Vec<String> {
        self.pool(function).map(|pool| pool.output()).unwrap_or_default()
    }

    /// The function's processes that wait for work.
    #[must_use]
    pub fn idle_processes(&self, function: &str) -> Vec<Process> {
        self.pool(function).map(|pool| pool.idle_processes()).unwrap_or_default()
    }

    /// Ends every process at once and starts no other. Waits until they are gone.
    pub async fn shutdown(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        join_all(self.0.functions.values().map(|pool| pool.shutdown())).await;
        while self.activity().running > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// As [`Self::shutdown`], without waiting: for a stack that is dropped.
    pub fn abandon(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        self.0.functions.values().for_each(|pool| drop(pool.close()));
    }

    fn pool(&self, function: &str) -> Result<Arc<Pool>, InvokeError> {
        let functions = &self.0.functions;
        let found = functions.get(function).or_else(|| functions.values().find(|pool| pool.name() == function));
        found.cloned().ok_or_else(|| InvokeError::UnknownFunction(function.to_owned()))
    }
}

/// Counts an invocation as running for as long as it lives.
struct Running(Arc<Inner>);

impl Running {
    fn begin(inner: Arc<Inner>) -> Self {
        inner.running.fetch_add(1, Ordering::SeqCst);
        inner.started.fetch_add(1, Ordering::SeqCst);
        Self(inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}
