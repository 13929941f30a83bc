//! Versioned task contracts and the producer that puts them on SQS.
//!
//! Guarantee: [`Queue::send`] answers `Ok` only when SQS has every entry.
#![doc = include_str!("../README.md")]

mod atom;
mod media;
mod notify;
mod producer;
mod task;
mod webhook;

pub use atom::{Atom, AtomBody, StoredAtom};
pub use media::{MediaTask, scan_request};
pub use notify::{LiveTask, NotifyTask};
pub use producer::{Entry, Queue, SendFailure};
pub use task::{
    AdjustmentTask, CheckTask, ContactImportTask, OrderTask, SendTask, SettleTask, SignalTask, SyncTask, TopUpTask,
};
pub use webhook::WebhookTask;

/// A body that is none of ours, or of a version that this function does not know.
#[derive(Debug, thiserror::Error)]
#[error("not a {expected} body")]
pub struct Malformed {
    pub expected: &'static str,
    #[source]
    pub source: serde_json::Error,
}

/// 128 bits of SHA-256, in hex: the form of every group and deduplication id, whatever it is made of.
pub fn fingerprint(parts: &[&[u8]]) -> String {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        for nibble in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        hex
    })
}
