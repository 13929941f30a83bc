//! EventBridge's schedules: fires a function at its rate, with EventBridge's event, and repeats a failed run as Lambda does
//! with every asynchronous invocation.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::lambda::{InvokeError, Lambda};
use crate::template::{Schedule, Template};
use crate::{random, wall_clock};

/// The shortest interval that speeding up leaves.
const SHORTEST: Duration = Duration::from_secs(1);

/// The schedules of a stack, which fire until this is dropped.
pub struct Schedules {
    entries: Vec<Entry>,
    #[expect(dead_code, reason = "held so that the tasks end with it")]
    tasks: JoinSet<()>,
}

#[derive(Clone)]
struct Entry {
    lambda: Lambda,
    /// Logical id and crate of the function.
    function: String,
    crate_name: String,
    schedule: Schedule,
    retries: u32,
    time_scale: u32,
    account: String,
    region: String,
}

/// How schedules run.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Whether they fire by themselves; a tick always does.
    pub running: bool,
    /// Divides the intervals.
    pub speed: u32,
    /// Divides the waits between repetitions.
    pub time_scale: u32,
}

impl Schedules {
    /// Starts every schedule that the template enables.
    #[must_use]
    pub fn start(template: &Template, lambda: &Lambda, account: &str, region: &str, pace: Pace) -> Self {
        let mut entries = Vec::new();
        let mut tasks = JoinSet::new();
        for function in template.functions.values() {
            for schedule in function.schedules.iter().filter(|schedule| schedule.enabled) {
                let entry = Entry {
                    lambda: lambda.clone(),
                    function: function.logical_id.clone(),
                    crate_name: function.name.clone(),
                    schedule: schedule.clone(),
                    retries: function.async_retries,
                    time_scale: pace.time_scale.max(1),
                    account: account.to_owned(),
                    region: region.to_owned(),
                };
                if pace.running {
                    tasks.spawn(entry.clone().fire_forever(pace.speed));
                }
                entries.push(entry);
            }
        }
        Self { entries, tasks }
    }

    /// Fires a schedule now, once, and waits for what the function returns. `name` is the schedule's, or its function's
    /// logical id or crate.
    ///
    /// # Errors
    /// As the invocation fails, or because nothing of that name has a schedule.
    pub async fn tick(&self, name: &str) -> Result<Bytes, InvokeError> {
        let named = |entry: &&Entry| {
            [&entry.schedule.name, &entry.function, &entry.crate_name].into_iter().any(|own| own == name)
        };
        let entry = self.entries.iter().find(named).ok_or_else(|| InvokeError::UnknownFunction(name.to_owned()))?;
        entry.fire().await
    }
}

impl Entry {
    async fn fire_forever(self, speed: u32) {
        let every = (self.schedule.every / speed.max(1)).max(SHORTEST);
        let mut ticks = interval_at(Instant::now() + every, every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut runs = JoinSet::new();
        loop {
            ticks.tick().await;
            while runs.try_join_next().is_some() {}
            runs.spawn(self.clone().fire_with_retries());
        }
    }

    async fn fire_with_retries(self) {
        // Lambda waits a minute before the first repetition and two before the second.
        for minutes in 1..=self.retries + 1 {
            match self.fire().await {
                Ok(_) | Err(InvokeError::Closed) => return,
                Err(error) => tracing::warn!(%error, schedule = self.schedule.name, "a scheduled run failed"),
            }
            if minutes <= self.retries {
                sleep(Duration::from_secs(60) * minutes / self.time_scale).await;
            }
        }
    }

    async fn fire(&self) -> Result<Bytes, InvokeError> {
        let event = self.schedule.input.clone().unwrap_or_else(|| self.event().to_string());
        self.lambda.invoke(&self.function, Bytes::from(event)).await
    }

    fn event(&self) -> Value {
        json!({
            "version": "0",
            "id": random::uuid(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self.account,
            "time": wall_clock::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": self.region,
            "resources": [self.schedule.arn],
            "detail": {},
        })
    }
}
