//! Sockets that open and close. A browser can set no header when it opens one, so that it comes with a ticket, which serves once.
use domain::ids::UserId;
use runtime::{chain, clock};
use sha2::{Digest, Sha256};
use store::{Socket, StoreError};

use crate::Realtime;
use crate::event::{SocketAnswer, SocketEvent};

const TICKET: &str = "ticket";

fn status(status_code: u16) -> SocketAnswer {
    SocketAnswer { status_code }
}

impl Realtime {
    pub(crate) async fn socket(&self, event: &SocketEvent) -> SocketAnswer {
        let connection = &event.request_context.connection_id;
        let done = match event.request_context.route_key.as_str() {
            "$connect" => self.open(connection, event).await,
            "$disconnect" => self.store.socket_remove(connection).await.map(|()| status(200)),
            // That something was said keeps the socket open; nothing else is asked of anybody.
            _ => Ok(status(200)),
        };
        done.unwrap_or_else(|error| {
            tracing::warn!(error = chain(&error), "a socket could not be seen to");
            status(503)
        })
    }

    async fn open(&self, connection: &str, event: &SocketEvent) -> Result<SocketAnswer, StoreError> {
        let ticket = event.query_string_parameters.as_ref().and_then(|query| query.get(TICKET));
        let Some(user_id) = self.holder(ticket.map(String::as_str)).await? else { return Ok(status(401)) };
        let opened_at = clock::now();
        self.store.socket_add(&Socket { id: connection.to_owned(), user_id, opened_at }).await?;
        Ok(status(200))
    }

    /// The user whose ticket it is, if they may still do anything.
    async fn holder(&self, ticket: Option<&str>) -> Result<Option<UserId>, StoreError> {
        let Some(ticket) = ticket else { return Ok(None) };
        let hash = hex::encode(Sha256::digest(ticket.as_bytes()));
        let Some(user) = self.store.live_ticket_take(&hash, clock::now()).await? else { return Ok(None) };
        Ok(self.store.user_get(&user).await?.filter(|user| user.is_active).map(|user| user.id))
    }
}
