//! Sending: the request, what must hold before it is made, and Meta's reply to it.
pub(crate) mod check;
mod contract;
mod fill;
mod reply;
mod shown;

use domain::sending::Edge;
use serde_json::{Value, json};

pub use check::{TEXT_MAX, Violation, check};
pub use contract::fits;
pub use fill::{Filled, check_fallbacks, fill};
pub use reply::{Accepted, Reply, read_reply, read_signal_reply};
pub use shown::{Button, Header, Shown, shown};

use crate::errors::GraphError;

/// Whom to send to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Digits, with or without the plus.
    Phone(String),
    Bsuid(String),
}

/// Members that may stand beside the content of a send, for those who know what they are for.
pub const OPTIONS: &[&str] = &["message_activity_sharing", "product_policy", "recipient_identity_key_hash"];

/// Everything of a send but its recipient.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    pub kind: &'a str,
    pub payload: &'a Value,
    /// The wamid of the message that is quoted.
    pub context: Option<&'a str>,
    /// An object of some of [`OPTIONS`], or null.
    pub options: &'a Value,
    /// Our message id, echoed in every status: it is what tells whose a status is when the answer to the request got lost
    /// (P18).
    pub opaque: &'a str,
}

/// The body of a send by one of the two edges.
pub fn body(to: &Recipient, message: &Outgoing<'_>, edge: Edge) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "type": message.kind,
        message.kind: message.payload, "biz_opaque_callback_data": message.opaque,
    });
    match to {
        // Without the plus Meta would put the business's own country before the number.
        Recipient::Phone(phone) => body["to"] = json!(format!("+{}", phone.trim_start_matches('+'))),
        Recipient::Bsuid(user_id) => body["recipient"] = json!(user_id),
    }
    if let Some(wamid) = message.context {
        body["context"] = json!({ "message_id": wamid });
    }
    let options = message.options.as_object().into_iter().flatten();
    for (name, value) in options.filter(|(name, _)| *name != POLICY) {
        body[name] = value.clone();
    }
    if edge == Edge::Marketing {
        // Where Meta cannot send it as a marketing message, it sends it as any other, unless the caller wants that not.
        body[POLICY] = message.options.get(POLICY).cloned().unwrap_or_else(|| json!("CLOUD_API_FALLBACK"));
    }
    body
}

const POLICY: &str = "product_policy";

/// The body that shows the customer that their messages up to `wamid` were read and, if so, that an answer is being
/// written.
pub fn signal(wamid: &str, is_typing: bool) -> Value {
    let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": wamid});
    if is_typing {
        body["typing_indicator"] = json!({"type": "text"});
    }
    body
}

/// Whether a refusal only says that the other edge is the right one: the message was refused before anything was done
/// with it, so that sending it there cannot double it.
pub fn is_for_the_other_edge(error: &GraphError, edge: Edge) -> bool {
    const METHOD_NOT_ALLOWED: i64 = 131_055;
    const MARKETING_IS_SWITCHED_OFF_HERE: i64 = 131_063;
    const NOT_MARKETING: i64 = 134_100;
    const NOT_AVAILABLE: i64 = 134_102;
    match edge {
        Edge::Marketing => matches!(error.code, Some(METHOD_NOT_ALLOWED | NOT_MARKETING | NOT_AVAILABLE)),
        Edge::Messages => error.code == Some(MARKETING_IS_SWITCHED_OFF_HERE),
    }
}

#[cfg(test)]
mod tests;
