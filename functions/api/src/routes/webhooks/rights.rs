//! What it takes to have events told elsewhere, beside managing webhooks: to be allowed to read them here.
use axum::extract::FromRequestParts;
use domain::access::Permission;
use lambda_http::http::request::Parts;

use crate::App;
use crate::auth::Caller;
use crate::problem::{Forbidden, Problem, Unauthenticated};

/// A caller who may read events. It stands before a handler's `Input`: who may not is told that, whatever they sent, and nothing
/// is noted of it.
pub(super) struct EventReader(pub(super) Caller);

impl FromRequestParts<App> for EventReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<EventReader, Problem> {
        let caller = parts.extensions.get::<Caller>().ok_or(Unauthenticated::Missing)?;
        if !caller.may(Permission::ReadEvents) {
            return Err(Forbidden::Scope(Permission::ReadEvents).into());
        }
        Ok(EventReader(caller.clone()))
    }
}
