//! The REST API: an axum router whose handlers load, decide by a rule of `domain`, and write.
//!
//! Guarantees: no route but the two open ones answers without a key of a role that may; input is refused with the names of
//! the fields that are wrong; what a caller sent never makes a 5xx.
#![doc = include_str!("../README.md")]

mod area;
mod audit;
mod auth;
mod fields;
mod files;
mod idempotent;
mod input;
mod merging;
mod meta;
mod openapi;
mod outside;
mod page;
mod people;
mod problem;
mod recipient;
mod routes;
mod sight;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{Json, Router};
use lambda_http::http::StatusCode;

use net::Outside;
use runtime::{Secret, Vault, random};
use store::{RatesReader, Store, Till};

use auth::Keyring;
pub use files::Files;
pub use meta::Meta;
use problem::Problem;

/// How often an edit is decided anew when others change the same row at the same time.
const EDIT_TRIES_MAX: u32 = 4;

/// What every handler works with. Clones share the connections and the keyring.
#[derive(Clone)]
pub struct App {
    store: Store,
    keyring: Arc<Keyring>,
    files: Files,
    meta: Meta,
    outside: Outside,
    vault: Vault,
    till: Arc<Till>,
    rates: Arc<RatesReader>,
    chain: Arc<audit::Chain>,
    /// Where sockets are opened.
    live_url: Arc<str>,
}

impl App {
    /// `admin_key` holds the SHA-256, in hex, of the first administrator's key; `outside` calls what callers name, and `vault`
    /// keeps the secrets that it is called with.
    pub fn new(store: Store, admin_key: Secret, files: Files, meta: Meta, (outside, vault): (Outside, Vault)) -> App {
        let till = Arc::new(Till::new(random::token()));
        let rates = Arc::new(RatesReader::new(store.clone()));
        let keyring = Arc::new(Keyring::new(admin_key));
        let (chain, live_url) = (Arc::default(), Arc::default());
        App { store, keyring, files, meta, outside, vault, till, rates, chain, live_url }
    }

    /// `url`: where sockets are opened.
    #[must_use]
    pub fn with_live(self, url: &str) -> App {
        App { live_url: url.into(), ..self }
    }
}

/// What a handler answers with status 200, or why not.
type Answer<T> = Result<Json<T>, Problem>;
/// What a handler answers with another status.
type AnswerWith<T> = Result<(StatusCode, Json<T>), Problem>;

pub fn router(app: App) -> Router {
    let router = routes::router(&app);
    router.fallback(problem::no_such_route).method_not_allowed_fallback(problem::method_not_allowed).with_state(app)
}
