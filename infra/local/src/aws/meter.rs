//! Counts what each function asks of AWS, per operation: the bill of the real thing, in its own units.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::{Arc, Mutex, PoisonError};

/// Who asked, and for what: a function's logical id and an operation's name.
pub type Caller = (String, String);

/// What was used since the meter was last taken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Calls, including those that were refused.
    pub requests: u64,
    /// DynamoDB write units of tables; a transaction's count double, a failed condition's count too.
    pub table_write_units: f64,
    /// DynamoDB write units of indexes.
    pub index_write_units: f64,
    /// DynamoDB read units of tables and indexes.
    pub read_units: f64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.table_write_units += other.table_write_units;
        self.index_write_units += other.index_write_units;
        self.read_units += other.read_units;
    }
}

/// The running count. Clones share it.
#[derive(Clone, Default)]
pub struct Meter(Arc<Mutex<BTreeMap<Caller, Usage>>>);

impl Meter {
    pub(super) fn add(&self, function: &str, operation: &str, usage: Usage) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((function.to_owned(), operation.to_owned())).or_default() += usage;
    }

    /// What was used since the last call, which starts the count again.
    #[must_use]
    pub fn take(&self) -> BTreeMap<Caller, Usage> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
