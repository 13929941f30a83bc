//! Meta's WhatsApp Cloud API, as far as Casement speaks it: webhooks, sends, errors and templates.
#![doc = include_str!("../README.md")]

pub mod analytics;
pub mod authoring;
pub mod client;
pub mod errors;
mod loose;
pub mod media;
mod open;
pub mod send;
pub mod signature;
pub mod templates;
pub mod webhook;

pub use loose::{ReadError, mend};

#[cfg(test)]
mod corpus_tests;
