//! Open sockets, and the tickets by which they are opened.
use std::time::Duration;

use domain::Time;
use domain::ids::UserId;
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys;
use crate::table::{Order, Range, Store, Updated};

/// Longer than any socket lasts: of one whose end was not told the row goes by itself.
const SOCKET_KEPT: Duration = Duration::from_secs(3 * 3600);

/// A socket of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// API Gateway's id of the connection.
    pub id: String,
    pub user_id: UserId,
    pub opened_at: Time,
}

#[derive(Serialize, Deserialize)]
struct SocketRow {
    id: String,
    user_id: String,
    opened_at: i64,
    expires_at: i64,
}

impl Row for SocketRow {
    const ENTITY: &'static str = "socket";
}

#[derive(Serialize, Deserialize)]
struct TicketRow {
    user_id: String,
    until: i64,
    expires_at: i64,
}

impl Row for TicketRow {
    const ENTITY: &'static str = "live-ticket";
}

fn read(operation: &'static str, item: Attributes) -> Result<Socket, StoreError> {
    let row: SocketRow = decode(operation, item)?;
    Ok(Socket {
        id: row.id,
        user_id: UserId::parse(&row.user_id).ok_or_else(|| StoreError::row(operation, "a socket's user"))?,
        opened_at: Time::from_millis(row.opened_at),
    })
}

impl Store {
    /// `hash` is that of the ticket itself, which is kept nowhere.
    pub async fn live_ticket_add(&self, hash: &str, user: &UserId, until: Time) -> Result<(), StoreError> {
        const OPERATION: &str = "live_ticket_add";
        let row = TicketRow { user_id: user.to_string(), until: until.millis(), expires_at: until.seconds() };
        self.put(OPERATION, encode(OPERATION, &keys::live_ticket(hash), None, &row)?).await
    }

    /// Whose ticket it is; nobody's if its time is over, or somebody came with it before. It serves once.
    pub async fn live_ticket_take(&self, hash: &str, now: Time) -> Result<Option<UserId>, StoreError> {
        const OPERATION: &str = "live_ticket_take";
        let key = keys::live_ticket(hash);
        let Some(row) = self.get_row::<TicketRow>(OPERATION, &key).await? else { return Ok(None) };
        let condition = "attribute_exists(#pk) AND attribute_not_exists(#used_at) AND #until > :now";
        let values = values([(":now", n(now.millis()))]);
        match self.update(OPERATION, &key, "SET #used_at = :now", condition, values).await? {
            Updated::Done => Ok(UserId::parse(&row.user_id)),
            Updated::Refused(_) => Ok(None),
        }
    }

    pub async fn socket_add(&self, socket: &Socket) -> Result<(), StoreError> {
        const OPERATION: &str = "socket_add";
        let row = SocketRow {
            id: socket.id.clone(),
            user_id: socket.user_id.to_string(),
            opened_at: socket.opened_at.millis(),
            expires_at: socket.opened_at.plus(SOCKET_KEPT).seconds(),
        };
        self.put(OPERATION, encode(OPERATION, &keys::socket(&socket.id), None, &row)?).await
    }

    /// Once more is as good as once.
    pub async fn socket_remove(&self, id: &str) -> Result<(), StoreError> {
        let values = values([(":entity", s(SocketRow::ENTITY))]);
        self.delete("socket_remove", &keys::socket(id), "#entity = :entity", values).await
    }

    /// All that are open, as far as anybody knows.
    pub async fn sockets_all(&self) -> Result<Vec<Socket>, StoreError> {
        const OPERATION: &str = "sockets_all";
        let range = || Range { index: None, pk: keys::SOCKETS, range: None, order: Order::Ascending, limit: 1_000 };
        self.query_all(OPERATION, range).await?.into_iter().map(|item| read(OPERATION, item)).collect()
    }
}
