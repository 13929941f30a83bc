//! The simulator from outside: a business that calls it and a webhook that listens, both over real sockets.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail the test where they fail")]
#![allow(clippy::disallowed_methods, reason = "tests measure how long a peer keeps them waiting")]

mod control;
mod faults;
mod media;
mod reading;
mod reviews;
mod samples;
mod sending;
mod statuses;
mod stripe;
mod support;
mod templates;
mod webhooks;
