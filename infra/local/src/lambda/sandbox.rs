//! One process of a function with its Runtime API: started, given one invocation at a time, and killed when it overstays.
//!
//! The process has a group of its own, so that Ctrl-C in a terminal reaches only the stack, which then ends it. Should the
//! stack itself be killed, the Runtime API goes with it, and every Lambda runtime ends when its next poll fails.

use std::net::Ipv4Addr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::output::Output;
use super::runtime_api::{self, Delivery, Exchange, Report};
use super::{FunctionSpec, InvokeError, environment};
use crate::random;

/// How long Lambda lets a function initialise.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Sandbox {
    child: Child,
    pid: u32,
    init: Duration,
    exchange: Exchange,
    server: JoinHandle<()>,
    stderr: Option<JoinHandle<()>>,
}

/// How an invocation ended.
pub(super) enum Ended {
    Answered(Bytes),
    Failed(Bytes),
    TimedOut,
    Exited(String),
    /// The process was gone before it took the event, so that another may take it.
    Lost,
}

impl Sandbox {
    /// Starts the process and waits until it asks for its first event.
    pub(super) async fn start(spec: &FunctionSpec, output: &Output) -> Result<Self, InvokeError> {
        let mut sandbox = Self::spawn(spec, output).await.map_err(|error| InvokeError::Spawn {
            function: spec.logical_id.clone(),
            program: spec.program.display().to_string(),
            reason: error.to_string(),
        })?;
        let began = Instant::now();
        let outcome = sandbox.initialise().await;
        sandbox.init = began.elapsed();
        match outcome {
            Ok(()) => Ok(sandbox),
            Err(reason) => {
                sandbox.end().await;
                let reason = [reason, output.tail()].join("\n").trim_end().to_owned();
                Err(InvokeError::Init { function: spec.logical_id.clone(), reason })
            }
        }
    }

    async fn spawn(spec: &FunctionSpec, output: &Output) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let environment = environment::of(spec, listener.local_addr()?, &random::token::<16>());
        let mut child = Command::new(&spec.program)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        if let Some(stdout) = child.stdout.take() {
            output.follow(stdout);
        }
        let stderr = child.stderr.take().map(|stderr| output.follow(stderr));
        let pid = child.id().unwrap_or_default();
        let (exchange, serving) = runtime_api::serve(listener);
        Ok(Self { child, pid, init: Duration::ZERO, exchange, server: tokio::spawn(serving), stderr })
    }

    async fn initialise(&mut self) -> Result<(), String> {
        let overdue = sleep(INIT_TIMEOUT);
        tokio::pin!(overdue);
        loop {
            tokio::select! {
                Some(report) = self.exchange.reports.recv() => match report {
                    Report::Ready => return Ok(()),
                    Report::InitError(body) => return Err(String::from_utf8_lossy(&body).into_owned()),
                    Report::Taken | Report::Response { .. } | Report::Error { .. } => {}
                },
                status = self.child.wait() => return Err(describe(status)),
                () = &mut overdue => return Err(format!("it did not ask for an event within {} s", INIT_TIMEOUT.as_secs())),
            }
        }
    }

    /// Gives the process one event and waits for the end of it. After anything but an answer or a reported failure the
    /// process is of no more use.
    pub(super) async fn run(&mut self, delivery: Delivery, kill: &Notify) -> Ended {
        let killed = kill.notified();
        tokio::pin!(killed);
        killed.as_mut().enable();
        let request_id = delivery.request_id.clone();
        let overdue = sleep(delivery.timeout);
        tokio::pin!(overdue);
        if self.exchange.deliveries.send(delivery).await.is_err() {
            return Ended::Lost;
        }
        let mut taken = false;
        let mut killing = false;
        loop {
            tokio::select! {
                biased;
                () = &mut killed, if !killing => {
                    killing = true;
                    if let Err(error) = self.child.start_kill() {
                        tracing::debug!(%error, "the process to kill had already ended");
                    }
                }
                Some(report) = self.exchange.reports.recv(), if !killing => match report {
                    Report::Taken => taken = true,
                    Report::Response { request_id: id, body } if id == request_id => return Ended::Answered(body),
                    Report::Error { request_id: id, body } if id == request_id => return Ended::Failed(body),
                    Report::Ready | Report::InitError(_) | Report::Response { .. } | Report::Error { .. } => {}
                },
                status = self.child.wait() => return if taken || killing { Ended::Exited(describe(status)) } else { Ended::Lost },
                () = &mut overdue => return Ended::TimedOut,
            }
        }
    }

    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// From the start of the process to its first request for an event.
    pub(super) fn init(&self) -> Duration {
        self.init
    }

    /// Kills the process, if it lives, and waits until it is gone and the last of its output has been read.
    pub(super) async fn end(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::debug!(%error, "the process to end had already ended");
        }
        if let Some(stderr) = self.stderr.take() {
            // A grandchild that keeps the pipe open must not hold this up.
            if timeout(Duration::from_millis(200), stderr).await.is_err() {
                tracing::debug!("the output of a process did not end with it");
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    }
}
