//! How long each record of a batch that was put off waits for its next delivery.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use runtime::Task;

/// A record that only waited behind another one of its group has no pause of its own.
const BEHIND: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct Pauses(Mutex<HashMap<String, Duration>>);

impl Pauses {
    pub(crate) fn note(&self, task: &Task<'_>, pause: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(task.receipt.to_owned(), pause);
    }

    pub(crate) fn of(&self, task: &Task<'_>) -> Duration {
        let pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.get(task.receipt).copied().unwrap_or(BEHIND)
    }
}
