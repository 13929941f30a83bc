//! What Ann and the business do to each other.
use serde_json::{Value, json};

use crate::world::World;
use crate::world::webhooks::{ANN, contact, entry, webhook};

/// The business's own number.
pub(super) const OWN: &str = "15550100200";

/// A message of `kind` by somebody, without the other side.
pub(super) fn message(from: &str, wamid: &str, at: i64, kind: &str, content: Value) -> Value {
    json!({"from": from, "id": wamid, "timestamp": at.to_string(), "type": kind, kind: content})
}

pub fn reaction(wamid: &str, at: i64, target: &str, emoji: Option<&str>) -> Value {
    let mut content = json!({"message_id": target});
    if let Some(emoji) = emoji {
        content["emoji"] = json!(emoji);
    }
    message(ANN, wamid, at, "reaction", content)
}

pub fn edit(from: &str, wamid: &str, at: i64, target: &str, body: &str) -> Value {
    let now = json!({"type": "text", "text": {"body": body}, "context": {"id": "M0"}});
    message(from, wamid, at, "edit", json!({"original_message_id": target, "message": now}))
}

pub fn revoke(from: &str, wamid: &str, at: i64, target: &str) -> Value {
    message(from, wamid, at, "revoke", json!({"original_message_id": target}))
}

/// A text of the business, written on its phone.
pub(super) fn echo(wamid: &str, at: i64, body: &str) -> Value {
    to_ann(message(OWN, wamid, at, "text", json!({"body": body})))
}

pub(super) fn to_ann(mut message: Value) -> Value {
    message["to"] = json!(ANN);
    message
}

impl World {
    /// A change of `field` of this world's number, and all that follows from it.
    pub(super) async fn told(&self, field: &str, members: Value) {
        self.deliver_and_settle(&webhook(&[entry(self, &[(field, self.value(members))])])).await;
    }

    /// Ann's messages, each in a webhook of its own.
    pub async fn says(&self, messages: &[Value]) {
        for message in messages {
            self.told("messages", json!({"contacts": [contact(ANN, "Ann Ash")], "messages": [message]})).await;
        }
    }

    pub(super) async fn echoes(&self, messages: &[Value]) {
        for message in messages {
            self.told("smb_message_echoes", json!({"message_echoes": [message]})).await;
        }
    }

    /// Ann's conversation, all of it but the time that passes.
    pub(super) async fn anns_conversation(&self) -> Value {
        let mut conversation = self.conversation_with(ANN).await;
        conversation["window"]["remaining_seconds"].take();
        conversation
    }

    /// Ann's thread, the latest first.
    pub(super) async fn anns(&self) -> Vec<Value> {
        self.thread(&self.conversation_with(ANN).await).await
    }

    pub(super) async fn shown(&self, wamid: &str) -> Value {
        let thread = self.anns().await;
        let found: Vec<&Value> = thread.iter().filter(|message| message["wamid"] == wamid).collect();
        assert_eq!(found.len(), 1, "{wamid} in {thread:#?}");
        let single = self.message(&found[0]["id"]).await;
        assert_eq!(&single, found[0], "alone it is what it is in its thread");
        single
    }
}

/// A time as the API shows it.
pub(super) fn stamp(at: i64) -> String {
    domain::Time::from_seconds(at).to_string()
}
