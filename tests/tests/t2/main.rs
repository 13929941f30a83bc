//! Temporary binary of helper T2.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "temporary"
)]
mod tidy;
