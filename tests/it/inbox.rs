//! The agents' inbox: who has a conversation, what they note about it, when it comes back; filters and views over a generated
//! year, held against a plain model.
use serde_json::{Value, json};

use crate::world::people::Person;
use crate::world::webhooks::{contact, now, text};
use crate::world::{Answer, World};

mod answers;
mod crashes;
mod handling;
mod model;
mod notes;
mod snoozes;
mod unread;
mod views;
mod year;

impl World {
    async fn call_by(&self, agent: &Person, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(&agent.key, method, path, (!body.is_null()).then_some(body), None).await
    }

    async fn get_by(&self, agent: &Person, path: &str) -> Value {
        let answer = self.call_by(agent, "GET", path, Value::Null).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        answer.body
    }

    /// What of a list of conversations belongs to whom.
    async fn found_by(&self, agent: &Person, query: &str) -> Vec<Value> {
        let page = self.get_by(agent, &format!("/v1/conversations{query}")).await;
        page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
    }

    /// Somebody wrote just now; their conversation.
    async fn wrote(&self, from: &str, wamid: &str) -> Value {
        let value = json!({"contacts": [contact(from, "Somebody")], "messages": [text(from, wamid, now(), "Hello")]});
        self.deliver_and_settle(&self.messages_webhook(self.value(value))).await;
        let conversations = self.conversations("?limit=100").await;
        let mut with = Vec::new();
        for conversation in conversations {
            let contact = self.get(&format!("/v1/contacts/{}", conversation["contact_id"].as_str().unwrap())).await;
            if contact["identities"].to_string().contains(from) {
                with.push(conversation);
            }
        }
        assert_eq!(with.len(), 1, "{with:?}");
        with.remove(0)
    }
}

fn act(conversation: &Value, act: &str) -> String {
    format!("/v1/conversations/{}{act}", conversation["id"].as_str().unwrap())
}

fn problem(answer: &Answer) -> &str {
    answer.body["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}
