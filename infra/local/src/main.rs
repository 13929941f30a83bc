//! `cargo run`: the local stack from the command line. It prints what a developer needs to start, or one line of JSON for
//! programs, and ends cleanly on Ctrl-C and SIGTERM. Every failure is one message and exit code 1.
#![allow(
    clippy::disallowed_methods,
    reason = "a developer's program, outside production: it measures with the real clock"
)]

mod announce;
mod bench;
mod demo;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use local::audit::{self, Head};
use local::client::Caller;
use local::stack::{Options, Secrets, Stack};
use local::workspace::Workspace;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Runs Casement on this machine, from infra/template.yaml, with a simulated WhatsApp.
#[derive(Parser)]
#[command(name = "casement", version)]
struct Cli {
    #[command(flatten)]
    start: Start,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Start {
    /// Folder that keeps everything over restarts
    #[arg(long, global = true, value_name = "DIR", default_value = ".casement", conflicts_with = "memory")]
    data: PathBuf,
    /// Keep nothing
    #[arg(long, global = true)]
    memory: bool,
    /// Port of the HTTP API; 0 takes any free one
    #[arg(long, global = true, default_value_t = 8080)]
    port: u16,
    /// Call this Graph API in place of the simulator; its secrets go into DIR/secrets.json
    #[arg(long, global = true, value_name = "URL")]
    graph_url: Option<String>,
    /// Run the simulator's windows and the schedules this many times faster
    #[arg(long, global = true, value_name = "FACTOR", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    speed: u32,
    /// Use the function binaries that are there
    #[arg(long, global = true)]
    no_build: bool,
    /// Print one line of JSON when ready, and nothing else, on stdout
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Measure each function: init, first and warm time, CPU, memory. Keeps nothing.
    Bench(bench::Settings),
    /// Play one day against the running binaries; fails on any difference. Keeps nothing.
    Demo,
    /// Look into the audit log of a running Casement
    #[command(subcommand)]
    Audit(Audit),
}

#[derive(Subcommand)]
enum Audit {
    /// Check that no entry was changed or taken away; prints the head of the chain, or the first entry that does not hold
    ///
    /// The key of an administrator comes from CASEMENT_KEY, else from DIR/secrets.json of the local stack.
    Verify {
        /// Address of the API; that of the local stack unless given
        #[arg(long, value_name = "URL")]
        api: Option<String>,
        /// A head that was printed before: check that it still is in the chain
        #[arg(long, value_name = "NUMBER:SEAL")]
        known: Option<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    log_to_stderr();
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => run(&cli.start).await,
        Some(Command::Demo) => until_signalled(demo::run(&cli.start)).await.unwrap_or(Ok(())),
        Some(Command::Audit(Audit::Verify { api, known })) => {
            let work = verify(&cli.start, api.as_deref(), known.as_deref());
            until_signalled(work).await.unwrap_or(Ok(()))
        }
        Some(Command::Bench(settings)) => until_signalled(bench::run(&cli.start, &settings)).await.unwrap_or(Ok(())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn log_to_stderr() {
    // dynoxide warns of every condition that a write does not meet, which is how Casement writes.
    let worth_showing = Targets::new().with_default(LevelFilter::WARN).with_target("dynoxide", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(worth_showing)).init();
}

async fn run(start: &Start) -> anyhow::Result<()> {
    let started = until_signalled(async { Stack::start(start.options()?).await }).await;
    let Some(stack) = started.transpose()? else { return Ok(()) };
    if start.json {
        announce::to_programs(&stack)?;
    } else {
        announce::to_people(&stack);
    }
    until_signalled(std::future::pending::<()>()).await;
    stack.shutdown().await
}

async fn verify(start: &Start, api: Option<&str>, known: Option<&str>) -> anyhow::Result<()> {
    let key = match std::env::var("CASEMENT_KEY") {
        Ok(key) => key,
        Err(_) => Secrets::read(&start.data)?.context("there is no key: set CASEMENT_KEY")?.admin_key,
    };
    let api_url =
        api.map_or_else(|| format!("http://127.0.0.1:{}", start.port), |url| url.trim_end_matches('/').to_owned());
    let known = known.map(|text| Head::parse(text).context("--known must be NUMBER:SEAL")).transpose()?;
    match audit::verify(&Caller { api_url, key }, known.as_ref()).await? {
        Ok(head) => {
            println!("the audit log holds: {} entries, head {head}", head.number);
            Ok(())
        }
        Err(broken) => bail!("{broken}"),
    }
}

impl Start {
    fn options(&self) -> anyhow::Result<Options> {
        let workspace = Workspace::find()?;
        if !self.no_build {
            workspace.build_functions()?;
        }
        Ok(Options {
            data: (!self.memory).then(|| self.data.clone()),
            port: self.port,
            graph_url: self.graph_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
            speed: self.speed,
            ..Options::new(&workspace)
        })
    }
}

/// Runs `work` to its end, or gives it up on Ctrl-C or SIGTERM.
async fn until_signalled<T>(work: impl Future<Output = T>) -> Option<T> {
    let (interrupted, terminated) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupted), Ok(mut terminated)) = (interrupted, terminated) else {
        tracing::warn!("signals cannot be caught: they end this program at once");
        return Some(work.await);
    };
    tokio::select! {
        done = work => Some(done),
        _ = interrupted.recv() => None,
        _ = terminated.recv() => None,
    }
}
