//! What becomes of a batch of stream records that was not handled whole: repeated from where it failed, split in two, or
//! given up. Plain functions, so that each rule stands in a test.

use std::time::Duration;

use serde_json::Value;

/// Records that are handed over together, in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) records: Vec<Value>,
    /// How often these records were repeated.
    pub(super) retries: u32,
}

/// What a mapping says of failures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) bisect: bool,
    pub(super) max_retries: Option<u32>,
}

/// What to do with the records that were not handled.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    Repeat(Batch),
    /// One after the other. Splitting is not counted as a repetition.
    Split(Batch, Batch),
    GiveUp(Batch),
}

impl Batch {
    pub(super) fn new(records: Vec<Value>) -> Self {
        Self { records, retries: 0 }
    }

    pub(super) fn sequence_number(record: &Value) -> &str {
        record.pointer("/dynamodb/SequenceNumber").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn last_sequence_number(&self) -> Option<&str> {
        self.records.last().map(Self::sequence_number)
    }

    /// Where the earliest of the reported failures is: everything before it was handled. `None` when all was handled.
    ///
    /// # Errors
    /// A reported item is not in the batch.
    pub(super) fn first_failure(&self, reported: &[String]) -> Result<Option<usize>, String> {
        let position = |id: &String| {
            let found = self.records.iter().position(|record| Self::sequence_number(record) == id);
            found.ok_or_else(|| format!("{id} is not in the batch"))
        };
        let positions = reported.iter().map(position).collect::<Result<Vec<_>, _>>()?;
        Ok(positions.into_iter().min())
    }

    /// Decides about the records from `failed` on, the first of which was not handled.
    pub(super) fn after_failure(mut self, failed: usize, rules: Rules) -> Next {
        if failed > 0 {
            // The position has moved on: what follows is a batch that was not tried yet.
            return Next::Repeat(Self::new(self.records.split_off(failed)));
        }
        if rules.bisect && self.records.len() > 1 {
            let second = self.records.split_off(self.records.len().div_ceil(2));
            let retries = self.retries;
            return Next::Split(self, Self { records: second, retries });
        }
        if rules.max_retries.is_some_and(|limit| self.retries >= limit) {
            return Next::GiveUp(self);
        }
        self.retries += 1;
        Next::Repeat(self)
    }

    /// Takes the records off the front that are older than `limit`.
    pub(super) fn split_expired(&mut self, limit: Option<Duration>, now_ms: i64) -> Option<Self> {
        let limit = i64::try_from(limit?.as_millis()).unwrap_or(i64::MAX);
        let expired =
            self.records.iter().take_while(|record| now_ms.saturating_sub(created_ms(record)) > limit).count();
        let kept = self.records.split_off(expired);
        let expired = Self { records: std::mem::replace(&mut self.records, kept), retries: self.retries };
        (!expired.records.is_empty()).then_some(expired)
    }

    /// How long to wait before the next repetition: doubling from 100 ms up to 10 s.
    pub(super) fn pause(&self) -> Duration {
        let factor = 2_u32.saturating_pow(self.retries.saturating_sub(1).min(7));
        Duration::from_millis(100).saturating_mul(factor).min(Duration::from_secs(10))
    }
}

/// When the change was made; the stream tells it in whole seconds.
pub(super) fn created_ms(record: &Value) -> i64 {
    let seconds = record.pointer("/dynamodb/ApproximateCreationDateTime").and_then(Value::as_f64).unwrap_or_default();
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a float of seconds since 1970 fits; `as` saturates"
    )]
    let milliseconds = (seconds * 1000.0) as i64;
    milliseconds
}
