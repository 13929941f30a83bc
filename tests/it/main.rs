//! Casement as a whole, over HTTP from outside: the real binaries in the local stack, wired by the template.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    reason = "tests fail by panicking, wait by the real clock and look at what matters to them"
)]

mod access;
mod account;
mod bad_input;
mod consent;
mod contacts;
mod contract;
mod corpus;
mod cost;
mod costs;
mod errors;
mod identity;
mod inbound;
mod inbox;
mod ledger;
mod limits;
mod live;
mod main_job;
mod media;
mod money;
mod notify;
mod outbound;
mod rates;
mod scheduled;
mod seed;
mod simulation;
mod smoke;
mod stripe;
mod templates;
mod templates_authoring;
mod texts;
mod tidy;
mod top_ups;
mod truth;
mod webhooks_out;
mod windows;
mod world;
