//! The times at which messages are stored.
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Time;
use runtime::clock;

/// Gives each message a later time than the one before. Meta tells times in whole seconds; within one, messages keep the
/// order in which they came by these (P8).
#[derive(Default)]
pub(crate) struct Arrivals(AtomicI64);

impl Arrivals {
    pub(crate) fn next(&self) -> Time {
        let now = clock::now().millis();
        let after = |last: i64| now.max(last.saturating_add(1));
        let (Ok(last) | Err(last)) =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)));
        Time::from_millis(after(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_messages_come_at_the_same_time() {
        let (arrivals, before) = (Arrivals::default(), clock::now());
        let times: Vec<Time> = (0..100).map(|_| arrivals.next()).collect();
        assert!(before <= times[0] && times.is_sorted_by(|a, b| a < b), "{times:?}");
    }
}
