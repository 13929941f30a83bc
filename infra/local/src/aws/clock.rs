//! The time as the embedded AWS sees it: milliseconds since the Unix epoch. Nothing in `aws` reads the time anywhere
//! else, so that a test can put in a clock of its own.

use std::sync::Arc;
use std::time::Duration;

use crate::wall_clock;

/// A source of the current time, cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(wall_clock::now_ms)
    }

    /// A clock that answers what `now_ms` returns.
    pub fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    pub(super) fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

/// A duration as whole milliseconds; one too long for an `i64` is as good as for ever.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
