//! The business's own people, each with a key of their own, and what they do.
use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::World;
use super::webhooks::{contact, now, text};
use crate::world::Answer;

/// A user with a key that acts as them.
pub struct Person {
    pub id: String,
    pub key: String,
}

impl World {
    /// A user of this role and reach, in these groups.
    pub async fn hire(&self, name: &str, role: &str, reach: &str, groups: &[&str]) -> Person {
        let user = json!({
            "name": name, "email": format!("{}@shop.example", name.to_lowercase()), "role": role, "reach": reach,
            "groups": groups,
        });
        let made = self.post("/v1/users", user).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.body["id"].as_str().unwrap().to_owned();
        let made = self.post("/v1/api-keys", json!({"name": name, "user_id": id})).await;
        assert_eq!(made.status, 201, "{}", made.body);
        Person { id, key: made.body["key"].as_str().unwrap().to_owned() }
    }

    /// An agent who sees what is theirs and nothing else.
    pub async fn hire_agent(&self, name: &str) -> Person {
        self.hire(name, "agent", "own", &[]).await
    }

    pub async fn found_team(&self, name: &str) -> String {
        let made = self.post("/v1/groups", json!({"name": name})).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].as_str().unwrap().to_owned()
    }

    pub async fn on_behalf(&self, person: &Person, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&person.key, method, path, body, None).await
    }

    /// A conversation with somebody who wrote, given to whom `assignee` names; what that tells is over.
    pub async fn handed(&self, from: &str, assignee: Value) -> Value {
        self.asks(from, &format!("wamid.first.{from}")).await;
        let conversation = self.conversation_with(from).await;
        let path = format!("/v1/conversations/{}/assign", conversation["id"].as_str().unwrap());
        let answer = self.post(&path, assignee).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.settle().await;
        conversation
    }

    /// Somebody writes, and all that follows from it happens.
    pub async fn asks(&self, from: &str, wamid: &str) {
        self.deliver_and_settle(&self.asked(from, wamid)).await;
    }

    /// Written when it is first asked for: one that comes again has the time of the first.
    pub fn asked(&self, from: &str, wamid: &str) -> Value {
        static WRITTEN: Mutex<BTreeMap<String, i64>> = Mutex::new(BTreeMap::new());
        let key = format!("{} {wamid}", self.stack.api_url());
        let at = *WRITTEN.lock().unwrap().entry(key).or_insert_with(now);
        let value =
            json!({"contacts": [contact(from, "Ann Ash")], "messages": [text(from, wamid, at, "Secret words")]});
        self.messages_webhook(self.value(value))
    }

    /// Those of a kind in a state.
    pub async fn notices(&self, person: &Person, state: &str, kind: &str) -> Vec<Value> {
        let answer = self.on_behalf(person, "GET", &format!("/v1/notifications?state={state}"), None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let items = answer.body["items"].as_array().unwrap().clone();
        items.into_iter().filter(|one| one["kind"] == kind).collect()
    }

    pub async fn unopened_by(&self, person: &Person) -> Vec<Value> {
        self.notices(person, "unopened", "message").await
    }

    /// Does something with a notification.
    pub async fn handles(&self, person: &Person, notification: &Value, what: &str, body: Option<Value>) -> Answer {
        let path = format!("/v1/notifications/{}/{what}", notification["id"].as_str().unwrap());
        let answer = self.on_behalf(person, "POST", &path, body).await;
        self.settle().await;
        answer
    }

    /// The minute's look at what is due, and all that follows from it.
    pub async fn minute_passes(&self) -> Value {
        let report = self.stack.tick("due-tasks").await.unwrap();
        assert_eq!(report["failed"], 0, "{report}");
        self.settle().await;
        report
    }

    pub async fn wants(&self, person: &Person, rules: Value) {
        let answer = self.on_behalf(person, "PUT", "/v1/notification-rules", Some(rules)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}
