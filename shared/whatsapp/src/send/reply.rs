//! Meta's reply to a send.
use crate::errors::{GraphError, Reaction};
use crate::loose::{self, Loose};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Taken over, not delivered: what becomes of it comes by webhook.
    Accepted(Accepted),
    Refused(GraphError),
    /// Not the words of the API; perhaps of something between us and it.
    Unreadable {
        status: u16,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub wamid: String,
    /// The number as WhatsApp knows it, which can differ from the one that was sent to (P30).
    pub wa_id: Option<String>,
    pub user_id: Option<String>,
    /// Templates only: `accepted`, `held_for_quality_assessment`, `paused`.
    pub message_status: Option<String>,
}

/// Reads the answer to a send.
pub fn read_reply(status: u16, body: &[u8]) -> Reply {
    if let Some(error) = GraphError::read(body) {
        return Reply::Refused(error);
    }
    let accepted = (200..300).contains(&status).then(|| read_accepted(body)).flatten();
    accepted.map_or(Reply::Unreadable { status }, Reply::Accepted)
}

/// Reads the answer to a receipt or to typing; `None`: it was taken.
pub fn read_signal_reply(status: u16, body: &[u8]) -> Option<Reply> {
    match GraphError::read(body) {
        Some(error) => Some(Reply::Refused(error)),
        None if (200..300).contains(&status) => None,
        None => Some(Reply::Unreadable { status }),
    }
}

fn read_accepted(body: &[u8]) -> Option<Accepted> {
    let value = loose::object(std::str::from_utf8(body).ok()?).ok()?;
    let message = value.list("messages").into_iter().next()?;
    let contact = value.list("contacts").into_iter().next();
    Some(Accepted {
        wamid: message.text("id")?,
        wa_id: contact.and_then(|contact| contact.text("wa_id")),
        user_id: contact.and_then(|contact| contact.text("user_id")),
        message_status: message.text("message_status"),
    })
}

impl Reply {
    /// What follows for the message; `None` if it was accepted.
    pub fn reaction(&self) -> Option<Reaction> {
        match self {
            Reply::Accepted(_) => None,
            Reply::Refused(error) => Some(error.reaction()),
            Reply::Unreadable { status: 429 } => Some(Reaction::RetryLater),
            // 408: something gave up waiting, which does not say that Meta did nothing.
            Reply::Unreadable { status: 408 } => Some(Reaction::InDoubt),
            Reply::Unreadable { status: 400..500 } => Some(Reaction::Refuse),
            Reply::Unreadable { .. } => Some(Reaction::InDoubt),
        }
    }
}
