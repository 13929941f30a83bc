//! Canned texts and merge fields (P47): what is saved, who sees and writes it, what the customer reads, and what is refused.
use serde_json::{Value, json};

use crate::world::{Answer, World};

mod canned;
mod fields;
mod scopes;
mod sending;

/// A user and a key of theirs.
pub(crate) struct Person {
    pub(crate) id: Value,
    pub(crate) key: String,
}

impl World {
    pub(crate) async fn person(&self, name: &str, role: &str, reach: &str, groups: &[&Value]) -> Person {
        let email = format!("{}@example.org", name.split(' ').next().unwrap().to_lowercase());
        let user = json!({"name": name, "email": email, "role": role, "reach": reach, "groups": groups});
        let user = self.post("/v1/users", user).await;
        assert_eq!(user.status, 201, "{}", user.body);
        let key = self.post("/v1/api-keys", json!({"name": name, "user_id": user.body["id"]})).await;
        assert_eq!(key.status, 201, "{}", key.body);
        Person { id: user.body["id"].clone(), key: key.body["key"].as_str().unwrap().to_owned() }
    }

    pub(crate) async fn group(&self, name: &str) -> Value {
        let group = self.post("/v1/groups", json!({"name": name})).await;
        assert_eq!(group.status, 201, "{}", group.body);
        group.body["id"].clone()
    }

    pub(crate) async fn by(&self, person: &Person, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_as(&person.key, method, path, body, None).await
    }

    /// A text for leads and for everybody, made by the administrator.
    async fn canned(&self, name: &str, text: &str) -> Value {
        let canned = json!({"name": name, "module": "leads", "text": text, "scope": "all"});
        let made = self.post("/v1/canned-texts", canned).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body
    }

    async fn defines(&self, key: &str, label: &str) -> Value {
        let field = json!({"key": key, "label": label, "module": "both", "type": "text"});
        let made = self.post("/v1/contact-fields", field).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].clone()
    }

    async fn knows(&self, contact: &Value, change: Value) {
        let path = format!("/v1/contacts/{}", contact.as_str().unwrap());
        let changed = self.call("PATCH", &path, Some(change)).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
    }
}

/// The last part of a problem's `type`.
pub(crate) fn problem(answer: &Answer) -> &str {
    answer.body["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap()
}

/// The names of a list's texts.
fn names(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|text| text["name"].as_str().unwrap()).collect()
}
