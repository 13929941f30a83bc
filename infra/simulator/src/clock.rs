//! The simulator's own time: the wall clock of Meta's side.

use std::time::Duration;

/// Length of the customer service window, in seconds.
pub(crate) const WINDOW_S: i64 = 24 * 60 * 60;

pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

pub(crate) fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The calendar month in which free service messages are counted, as `2026-11`.
pub(crate) fn month() -> String {
    jiff::Timestamp::now().strftime("%Y-%m").to_string()
}

/// The time from now until `at_ms`; nothing when it has passed.
pub(crate) fn until(at_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(at_ms - now_ms()).unwrap_or(0))
}

/// Meta's time of a message that a customer sends now. At `speed` N it lies so far back that the window it opens closes a
/// Nth of 24 h from now, which is how windows run faster while nobody else's clock does.
pub(crate) fn inbound_s(speed: u32) -> i64 {
    now_s() - WINDOW_S + WINDOW_S / i64::from(speed.max(1))
}
