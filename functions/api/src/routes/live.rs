//! Tickets by which browsers open a socket for live updates.
use axum::Json;
use axum::extract::{Extension, State};
use runtime::{clock, random};
use serde::Serialize;
use utoipa::ToSchema;

use super::notifications::user;
use crate::area::area;
use crate::auth::{Caller, hash};
use crate::fields::Stamp;
use crate::input::Input;
use crate::{Answer, App};

area! {
    ReadInbox: ticket;
}

/// How long a ticket may be come with.
const VALID: std::time::Duration = std::time::Duration::from_secs(60);

#[derive(Serialize, ToSchema)]
struct LiveTicket {
    /// Serves once, and is shown once.
    ticket: String,
    /// Where the socket is opened, the ticket included.
    url: String,
    expires_at: Stamp,
}

/// Gives the calling user a ticket for a socket. Each request gives another one, also a repeated one.
///
/// The socket carries hints, `{type, id, at}`: `conversation.changed`, `notification` and, after quiet hours, `notification.summary`.
/// What it is about is read by the API. A socket ends after 10 minutes in which nothing passed, and after 2 hours: say anything
/// now and then, and open another one when it ends.
#[utoipa::path(post, path = "/v1/live/tickets", responses((status = 200, body = LiveTicket)))]
async fn ticket(State(app): State<App>, Extension(caller): Extension<Caller>, _: Input) -> Answer<LiveTicket> {
    let user = user(&caller)?;
    let (ticket, expires_at) = (random::token(), clock::now().plus(VALID));
    app.store.live_ticket_add(&hex::encode(hash(&ticket)), user, expires_at).await?;
    let url = format!("{}?ticket={ticket}", app.live_url);
    Ok(Json(LiveTicket { ticket, url, expires_at: Stamp(expires_at) }))
}
