//! What a business sends: every type of the Cloud API with its limits, quotes, reactions, receipts, typing, marketing by its own
//! edge, addressing, and long texts. Each goes the real way, from `POST /v1/messages` to WhatsApp.
use serde_json::{Value, json};
use simulator::{Content, CustomerInput, Inbound, Outcome, SendRecord, Template, TemplateOrder};

use crate::world::{Answer, World};

mod addressing;
mod kinds;
mod limits;
mod long_text;
mod marketing;
mod samples;
mod signals;
mod threads;

impl World {
    /// Somebody whom WhatsApp knows writes, so that WhatsApp knows the message too; the conversation and the wamid.
    pub async fn hears(&self, wa_id: &str, body: &str) -> (Value, String) {
        let customer = json!({"wa_id": wa_id, "name": "Ann Ash"});
        self.simulator().put_customer(serde_json::from_value::<CustomerInput>(customer).unwrap());
        let message: Content = serde_json::from_value(json!({"type": "text", "body": body})).unwrap();
        let from = format!("+{wa_id}");
        let inbound = Inbound { from, message, context: None, referral: None, timestamp: None, id: None };
        let told = self.simulator().inbound(inbound).unwrap();
        self.settle().await;
        (self.conversation_with(wa_id).await, told.wamid)
    }

    /// Sends in a conversation what `message` says; its `type` and content.
    async fn send(&self, conversation: &Value, message: Value) -> Answer {
        let mut request = message;
        request["channel_id"] = conversation["channel_id"].clone();
        request["to"] = json!({"contact_id": conversation["contact_id"]});
        self.post("/v1/messages", request).await
    }

    /// As [`World::send`], of what is taken; the message as it is when all has happened.
    async fn sent(&self, conversation: &Value, message: Value) -> Value {
        let answer = self.send(conversation, message).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        self.message(&answer.body["id"]).await
    }

    /// What WhatsApp got for a message of ours, the first call first.
    pub fn calls_of_message(&self, id: &Value) -> Vec<SendRecord> {
        let is_it = |send: &SendRecord| send.body["biz_opaque_callback_data"] == *id;
        self.sends().into_iter().filter(is_it).collect()
    }

    /// Receipts and typing that WhatsApp took: the wamid, and whether it was typing.
    fn signals(&self) -> Vec<(String, bool)> {
        let signal = |send: SendRecord| match send.outcome {
            Outcome::MarkedRead { message_id, typing } => Some((message_id, typing)),
            _ => None,
        };
        self.simulator().sends().into_iter().filter_map(signal).collect()
    }

    /// Makes templates at WhatsApp and mirrors them.
    pub async fn has_templates(&self, templates: Vec<Template>) {
        for template in templates {
            self.simulator().put_template(TemplateOrder { template, notify: false });
        }
        let answer = self.post("/v1/templates/sync", json!({})).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
    }

    /// Changes preferences of the channel.
    pub async fn prefers(&self, preferences: Value) {
        let path = format!("/v1/channels/{}", self.channel().id);
        let answer = self.call("PATCH", &path, Some(preferences.clone())).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        for (name, value) in preferences.as_object().unwrap() {
            assert_eq!(&answer.body[name], value);
        }
    }
}

/// The last part of a problem's `type`.
fn problem(answer: &Answer) -> &str {
    answer.body["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}
