//! The agents' inbox: who has a conversation, what they note about it, when it comes back; filters and views over a generated
//! year, held against a plain model.
use serde_json::{Value, json};

use crate::world::webhooks::{contact, now, text};
use crate::world::{Answer, World};

mod crashes;
mod handling;
mod model;
mod notes;
mod snoozes;
mod unread;
mod views;
mod year;

/// Somebody who logs in, with their key.
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) key: String,
}

impl World {
    async fn inbox_agent(&self, name: &str, reach: &str, groups: &[&str]) -> Agent {
        let user = json!({"name": name, "role": "agent", "reach": reach, "groups": groups});
        let user = self.post("/v1/users", user).await;
        assert_eq!(user.status, 201, "{}", user.body);
        let key = self.post("/v1/api-keys", json!({"name": name, "user_id": user.body["id"]})).await;
        assert_eq!(key.status, 201, "{}", key.body);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Agent { id: text(&user.body["id"]), key: text(&key.body["key"]) }
    }

    async fn call_by(&self, agent: &Agent, method: &str, path: &str, body: Value) -> Answer {
        self.call_as(&agent.key, method, path, (!body.is_null()).then_some(body), None).await
    }

    async fn get_by(&self, agent: &Agent, path: &str) -> Value {
        let answer = self.call_by(agent, "GET", path, Value::Null).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        answer.body
    }

    /// What of a list of conversations belongs to whom.
    async fn found_by(&self, agent: &Agent, query: &str) -> Vec<Value> {
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
