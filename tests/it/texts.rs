//! Canned texts and merge fields (P47): what is saved, who sees and writes it, what the customer reads, and what is refused.
use serde_json::{Value, json};

use crate::world::{Answer, World};

mod canned;
mod fields;
mod scopes;
mod sending;

impl World {
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
