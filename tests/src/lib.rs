//! What the tests of the whole, in `it/`, and the benchmarks, in `benches/`, share.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and build the clients that functions get from `runtime`"
)]

pub mod table;
pub mod year;
