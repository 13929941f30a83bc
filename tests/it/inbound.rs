//! Inbound by meaning: what each webhook makes of messages, conversations and contacts, as an agent sees it by /v1.
mod annotations;
mod apart;
mod echoes;
mod history;
mod names;
pub mod scene;
mod statuses;
mod views;
