//! Faults that a test arms and the wire then shows: throttling, server errors, lost answers, delays, and functions
//! killed in the middle of a call. Production code has no part in it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What happens to the call that a fault meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultAction {
    /// Refused as the service throttles; nothing was executed.
    Throttle,
    /// Refused with a 500; nothing was executed.
    ServerError,
    /// A write refused because another transaction holds the item; nothing was executed.
    TransactionConflict,
    /// The connection closes without an answer; nothing was executed.
    DropBeforeExecuting,
    /// The call is executed, then the connection closes without an answer.
    DropAfterExecuting,
    /// The function's process is killed; nothing was executed.
    KillBeforeExecuting,
    /// The call is executed, then the function's process is killed.
    KillAfterExecuting,
    /// The call is executed after this time.
    Delay(Duration),
}

/// One fault to arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Logical id of the function whose calls are meant.
    pub function: String,
    /// Operation such as `PutItem`; any when absent.
    pub operation: Option<String>,
    /// The first matching call, counted from 1 since the fault was armed, that it meets.
    pub nth: u32,
    /// How many matching calls in a row it meets.
    pub times: u32,
    pub action: FaultAction,
}

impl Fault {
    /// Meets the next call of `function`, once.
    #[must_use]
    pub fn new(function: &str, action: FaultAction) -> Self {
        Self { function: function.to_owned(), operation: None, nth: 1, times: 1, action }
    }

    #[must_use]
    pub fn on(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = nth;
        self
    }

    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn matches(&self, function: &str, operation: &str) -> bool {
        self.function == function && self.operation.as_deref().is_none_or(|wanted| wanted == operation)
    }
}

struct Armed {
    fault: Fault,
    seen: u32,
}

impl Armed {
    fn spent(&self) -> bool {
        self.seen + 1 >= self.fault.nth.saturating_add(self.fault.times)
    }
}

/// The faults that are armed. Clones share them.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Armed>>>);

impl Faults {
    pub fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Armed { fault, seen: 0 });
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The faults that have not yet met all the calls they were armed for.
    #[must_use]
    pub fn pending(&self) -> Vec<Fault> {
        let armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        armed.iter().map(|armed| armed.fault.clone()).collect()
    }

    /// Counts this call for every fault that matches it, and says what the first one due does to it.
    pub(super) fn next(&self, function: &str, operation: &str) -> Option<FaultAction> {
        let mut armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut action = None;
        for armed in armed.iter_mut().filter(|armed| armed.fault.matches(function, operation)) {
            armed.seen += 1;
            if armed.seen >= armed.fault.nth {
                action = action.or(Some(armed.fault.action));
            }
        }
        armed.retain(|armed| !armed.spent());
        action
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_the_calls_it_was_armed_for_and_no_other() {
        let faults = Faults::default();
        faults.add(Fault::new("Api", FaultAction::Throttle).on("PutItem").nth(2).times(2));
        let calls = [
            ("Other", "PutItem", None),
            ("Api", "GetItem", None),
            ("Api", "PutItem", None),
            ("Api", "PutItem", Some(FaultAction::Throttle)),
            ("Api", "PutItem", Some(FaultAction::Throttle)),
            ("Api", "PutItem", None),
        ];
        for (index, (function, operation, expected)) in calls.into_iter().enumerate() {
            assert_eq!(faults.next(function, operation), expected, "call {index}");
        }
        assert!(faults.pending().is_empty());
    }
}
