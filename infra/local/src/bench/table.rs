//! The figures per function, and how they are printed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::process::Cpu;

#[derive(Default)]
pub(crate) struct Table(BTreeMap<String, Row>);

/// One function's process.
pub(crate) struct Row {
    init: Duration,
    first: Duration,
    warm: Vec<Duration>,
    cpu_after_first: Cpu,
    cpu: Cpu,
    started: bool,
    pub(crate) memory_kb: u64,
}

impl Table {
    pub(crate) fn row(&mut self, function: &str, new: impl FnOnce() -> Row) -> &mut Row {
        self.0.entry(function.to_owned()).or_insert_with(new)
    }

    pub(crate) fn print(&self, as_json: bool) -> anyhow::Result<()> {
        if as_json {
            let rows: BTreeMap<&String, Value> =
                self.0.iter().map(|(function, row)| (function, row.figures())).collect();
            println!("{}", serde_json::to_string(&rows)?);
            return Ok(());
        }
        println!(
            "{:<16} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6}",
            "function", "init ms", "first ms", "p50 ms", "p99 ms", "CPU ms", "peak MB", "warm"
        );
        for (function, row) in &self.0 {
            let figures = row.figures();
            let figure = |name: &str| figures[name].as_f64().unwrap_or_default();
            println!(
                "{function:<16} {:>8.1} {:>9.2} {:>9.3} {:>9.3} {:>9.3} {:>9.1} {:>6}",
                figure("init_ms"),
                figure("first_ms"),
                figure("warm_p50_ms"),
                figure("warm_p99_ms"),
                figure("warm_cpu_ms"),
                figure("peak_memory_mb"),
                row.warm.len()
            );
        }
        Ok(())
    }
}

impl Row {
    pub(crate) fn new(init: Duration, first: Duration, cpu: Cpu) -> Self {
        Self { init, first, warm: Vec::new(), cpu_after_first: cpu, cpu, started: false, memory_kb: 0 }
    }

    /// Notes an invocation; the one that the row was made for is not a warm one.
    pub(crate) fn add(&mut self, took: Duration, cpu: Cpu) {
        if self.started {
            self.warm.push(took);
        }
        self.started = true;
        self.cpu = cpu;
    }

    fn figures(&self) -> Value {
        let mut warm = self.warm.clone();
        warm.sort_unstable();
        let at = |percent: usize| {
            warm.get((warm.len() * percent / 100).min(warm.len().saturating_sub(1))).copied().unwrap_or_default()
        };
        let cpu = self.cpu.0.saturating_sub(self.cpu_after_first.0);
        let count = u32::try_from(warm.len()).unwrap_or(u32::MAX).max(1);
        json!({
            "init_ms": milliseconds(self.init),
            "first_ms": milliseconds(self.first),
            "warm_p50_ms": milliseconds(at(50)),
            "warm_p99_ms": milliseconds(at(99)),
            "warm_cpu_ms": milliseconds(cpu / count),
            "peak_memory_mb": f64::from(u32::try_from(self.memory_kb).unwrap_or(u32::MAX)) / 1024.0,
            "warm_invocations": warm.len(),
        })
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
