//! The time of day as Lambda, API Gateway and EventBridge tell it to a function.

use jiff::Timestamp;

#[expect(clippy::disallowed_methods, reason = "the local stack plays AWS, whose clock is not the functions' clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    now().as_millisecond()
}
