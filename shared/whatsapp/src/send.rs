//! Sending: the request, what must hold before it is made, and Meta's reply to it.
mod check;
mod contract;
mod reply;
mod template;

use serde_json::{Map, Value, json};

pub use check::{Violation, check};
pub use contract::fits;
pub use reply::{Accepted, Reply, read_reply};

/// Whom to send to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Digits, with or without the plus.
    Phone(String),
    Bsuid(String),
}

/// The body of `POST /{phone number}/messages`. `opaque` is our message id, echoed in every status: it is what tells
/// whose a status is when the answer to this request got lost (P18).
pub fn body(to: &Recipient, kind: &str, payload: &Value, context: Option<&str>, opaque: &str) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("messaging_product", json!("whatsapp"));
    put("recipient_type", json!("individual"));
    match to {
        // Without the plus Meta would put the business's own country before the number.
        Recipient::Phone(phone) => put("to", json!(format!("+{}", phone.trim_start_matches('+')))),
        Recipient::Bsuid(user_id) => put("recipient", json!(user_id)),
    };
    put("type", json!(kind));
    put(kind, payload.clone());
    if let Some(wamid) = context {
        put("context", json!({ "message_id": wamid }));
    }
    put("biz_opaque_callback_data", json!(opaque));
    Value::Object(body)
}

#[cfg(test)]
mod tests;
