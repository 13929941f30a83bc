//! `cargo run --release -- bench`: what each function costs, measured in the local stack.
//!
//! Event source mappings and schedules rest; this program hands every function its events itself, one at a time, so that each
//! function has one process and the figures are the function's own. It plays what a business does: customers write, an agent
//! answers, credits are granted, schedules fire.

mod events;
mod process;
mod table;

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use local::stack::{Options, Stack};
use local::template::Function;
use serde_json::{Value, json};

use super::Start;
use events::Events;
use process::Cpu;
use table::{Row, Table};

/// Webhooks in a round, which then make one full batch for inbound-apply.
const WEBHOOKS: u32 = 10;

#[derive(Args)]
pub(crate) struct Settings {
    /// How often the business's day is played
    #[arg(long, default_value_t = 100)]
    rounds: u32,
}

pub(crate) async fn run(start: &Start, settings: &Settings) -> anyhow::Result<()> {
    let options = Options {
        data: None,
        port: 0,
        poll: false,
        schedules: false,
        seed: false,
        print_output: false,
        ..start.options()?
    };
    let mut bench = Bench { stack: Stack::start(options).await?, table: Table::default() };
    let mut events = Events::new(&bench.stack);
    // First of all, so that the first invocations are those of a typical event.
    bench.http("api", &events.health()).await?;
    bench.http("webhook-ingest", &events.webhook()).await?;
    bench.stack.connect_channel().await?;
    let channel = bench.stack.channel().map(|channel| channel.id.clone()).context("there is no channel")?;
    for _ in 0..settings.rounds {
        for _ in 0..WEBHOOKS {
            bench.http("webhook-ingest", &events.webhook()).await?;
        }
        bench.pump().await?;
        bench.http("api", &events.message(&channel)).await?;
        bench.http("api", &events.adjustment()).await?;
        bench.fire_schedules().await?;
        bench.pump().await?;
    }
    bench.table.print(start.json)?;
    bench.stack.shutdown().await
}

struct Bench {
    stack: Stack,
    table: Table,
}

impl Bench {
    /// Hands a function one event and notes what it took.
    async fn invoke(&mut self, function: &str, event: &Value) -> anyhow::Result<Value> {
        let began = Instant::now();
        let returned = self.stack.invoke(function, event).await?;
        let took = began.elapsed();
        let processes = self.stack.lambda().idle_processes(function);
        let process = processes.first().with_context(|| format!("{function} has no process after its invocation"))?;
        let cpu = Cpu::of(process.pid)?;
        let row = self.table.row(function, || Row::new(process.init, took.saturating_sub(process.init), cpu));
        row.add(took, cpu);
        row.memory_kb = process::peak_memory_kb(process.pid)?;
        Ok(returned)
    }

    async fn http(&mut self, function: &str, event: &Value) -> anyhow::Result<()> {
        let returned = self.invoke(function, event).await?;
        let fine = returned["statusCode"].as_u64().is_some_and(|status| (200..300).contains(&status));
        ensure!(fine, "{function} answered {returned}");
        Ok(())
    }

    async fn fire_schedules(&mut self) -> anyhow::Result<()> {
        for function in self.functions().into_iter().filter(|function| !function.schedules.is_empty()) {
            self.invoke(&function.name, &events::scheduled()).await?;
        }
        Ok(())
    }

    /// Does what the event source mappings would do, until nothing is left to do.
    async fn pump(&mut self) -> anyhow::Result<()> {
        loop {
            let mut moved = false;
            for function in self.functions() {
                moved |= self.pump_streams(&function).await?;
                moved |= self.pump_queues(&function).await?;
            }
            if !moved {
                return Ok(());
            }
        }
    }

    async fn pump_streams(&mut self, function: &Function) -> anyhow::Result<bool> {
        let mut moved = false;
        for mapping in &function.streams {
            let stream = self.stack.aws().streams(&mapping.stream_arn);
            let records = stream.read(usize::try_from(mapping.batch_size)?)?;
            if let Some(last) = records.last() {
                self.batch(&function.name, &records).await?;
                stream.trim(last["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default())?;
                moved = true;
            }
        }
        Ok(moved)
    }

    async fn pump_queues(&mut self, function: &Function) -> anyhow::Result<bool> {
        let mut moved = false;
        for mapping in &function.sqs {
            let sqs = self.stack.aws().sqs().clone();
            let batch = sqs.receive(&mapping.queue_arn, usize::try_from(mapping.batch_size)?, Duration::ZERO).await?;
            let records: Vec<Value> =
                batch.iter().map(|message| message.to_lambda_record(&mapping.queue_arn)).collect();
            if !records.is_empty() {
                self.batch(&function.name, &records).await?;
                moved = true;
            }
            batch.iter().try_for_each(|message| sqs.delete(&mapping.queue_arn, &message.receipt))?;
        }
        Ok(moved)
    }

    async fn batch(&mut self, function: &str, records: &[Value]) -> anyhow::Result<()> {
        let returned = self.invoke(function, &json!({ "Records": records })).await?;
        let failures = returned["batchItemFailures"].as_array().map_or(0, Vec::len);
        ensure!(failures == 0, "{function} failed {failures} of {} records", records.len());
        Ok(())
    }

    fn functions(&self) -> Vec<Function> {
        self.stack.template().functions.values().cloned().collect()
    }
}
