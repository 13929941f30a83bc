//! What Linux tells of a running process: processor time and peak memory.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// Processor time that a process has used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpu(pub(crate) Duration);

impl Cpu {
    /// To the nanosecond, unlike the clock ticks of `/proc/PID/stat`.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let tasks = format!("/proc/{pid}/task");
        let mut nanoseconds = 0;
        for task in fs::read_dir(&tasks).with_context(|| format!("{tasks}: the bench needs Linux"))? {
            let times = fs::read_to_string(task?.path().join("schedstat"))?;
            nanoseconds += times.split_whitespace().next().unwrap_or_default().parse::<u64>().unwrap_or_default();
        }
        Ok(Self(Duration::from_nanos(nanoseconds)))
    }
}

pub(crate) fn peak_memory_kb(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM in /proc")?;
    line.split_whitespace().next().and_then(|number| number.parse().ok()).context("VmHWM is no number")
}
