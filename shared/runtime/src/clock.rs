//! The one place where a clock is read.
use std::time::SystemTime;

use domain::Time;

#[expect(clippy::disallowed_methods, reason = "this is the seam")]
pub fn system_now() -> SystemTime {
    SystemTime::now()
}

pub fn now() -> Time {
    let since = system_now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// For caches and budgets, never for facts.
#[expect(clippy::disallowed_methods, reason = "this is the seam")]
pub fn monotonic() -> std::time::Instant {
    std::time::Instant::now()
}
