//! Webhook bodies as Meta would send them, written for these tests.
use serde_json::{Value, json};

use super::World;

pub const ANN: &str = "16505550101";
pub const BOB: &str = "16505550102";

/// Seconds since 1970.
pub fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64
}

impl World {
    /// A body with one change of the field `messages`.
    pub fn messages_webhook(&self, value: Value) -> Value {
        webhook(&[entry(self, &[("messages", value)])])
    }

    /// The value of a change of the field `messages` for this world's number.
    pub fn value(&self, members: Value) -> Value {
        let mut value = json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550100200", "phone_number_id": self.channel().phone_number_id},
        });
        for (name, member) in members.as_object().unwrap() {
            value[name] = member.clone();
        }
        value
    }

    /// A text of somebody, now.
    pub fn text_webhook(&self, from: &str, wamid: &str, body: &str) -> Value {
        self.messages_webhook(self.value(json!({
            "contacts": [contact(from, "Ann Ash")], "messages": [text(from, wamid, now(), body)],
        })))
    }

    pub fn status_webhook(&self, status: Value) -> Value {
        self.messages_webhook(self.value(json!({"statuses": [status]})))
    }
}

pub fn webhook(entries: &[Value]) -> Value {
    json!({"object": "whatsapp_business_account", "entry": entries})
}

pub fn entry(world: &World, changes: &[(&str, Value)]) -> Value {
    let change = |(field, value): &(&str, Value)| json!({"field": field, "value": value});
    json!({"id": world.channel().waba_id, "changes": changes.iter().map(change).collect::<Vec<_>>()})
}

pub fn contact(wa_id: &str, name: &str) -> Value {
    json!({"wa_id": wa_id, "profile": {"name": name}})
}

pub fn text(from: &str, wamid: &str, at: i64, body: &str) -> Value {
    json!({"from": from, "id": wamid, "timestamp": at.to_string(), "type": "text", "text": {"body": body}})
}

pub fn status(wamid: &str, recipient: &str, status: &str, at: i64) -> Value {
    json!({"id": wamid, "recipient_id": recipient, "status": status, "timestamp": at.to_string()})
}
