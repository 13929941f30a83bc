//! The local stack: reads `infra/template.yaml`, plays the AWS that it describes on loopback, and runs the real functions in it.
//!
//! Its parts and their limits are described in this crate's README.md.
#![allow(
    clippy::disallowed_methods,
    reason = "the stack stands in for AWS: it reads the clock and the environment itself"
)]

pub mod audit;
pub mod aws;
pub mod client;
pub mod http_api;
pub mod iam;
pub mod lambda;
mod live_api;
pub mod mapping;
pub mod schedule;
pub mod seed;
pub mod stack;
pub mod template;
pub mod workspace;

#[cfg(test)]
mod fake_function;
mod random;
mod wall_clock;
