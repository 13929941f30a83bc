//! Contacts: finding them, their fields and stages, all that happened with one, and two that are one person.
mod crashes;
mod duplicates;
mod fields;
mod import_files;
mod imports;
mod merges;
mod search;
mod timeline;

use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// A contact with this phone and more; all that follows from it has happened.
    pub(crate) async fn added(&self, phone: &str, more: Value) -> Value {
        let mut body = json!({"phone": phone, "kind": "lead"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let added = self.post("/v1/contacts", body).await;
        assert_eq!(added.status, 201, "{}", added.body);
        self.settle().await;
        added.body
    }

    pub(crate) async fn patched(&self, contact: &Value, patch: Value) -> Value {
        let answer = self.call("PATCH", &path_of(contact, ""), Some(patch)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.settle().await;
        answer.body
    }

    pub(crate) async fn merged(&self, survivor: &Value, other: &Value, prefer: &str) -> Value {
        let body = json!({"with": other["id"], "prefer": prefer});
        let answer = self.post(&path_of(survivor, "/merge"), body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.settle().await;
        answer.body
    }

    pub(crate) async fn unmerged(&self, survivor: &Value, other: &Value) -> Value {
        let answer = self.post(&path_of(survivor, "/unmerge"), json!({"with": other["id"]})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.settle().await;
        answer.body
    }

    /// The names of those that a query finds, page by page.
    pub(crate) async fn found(&self, query: &str, limit: usize) -> Vec<String> {
        let (mut names, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/v1/contacts?limit={limit}&{query}{cursor}")).await;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= limit);
            names.extend(items.iter().map(|contact| contact["name"].as_str().unwrap_or("-").to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { return names };
            cursor = format!("&cursor={next}");
        }
    }

    /// The whole timeline, by pages of this size: `type` or `type of the turn`, each.
    pub(crate) async fn timeline(&self, contact: &Value, limit: usize) -> Vec<Value> {
        let (mut moments, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&path_of(contact, &format!("/timeline?limit={limit}{cursor}"))).await;
            moments.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { return moments };
            cursor = format!("&cursor={next}");
        }
    }
}

pub(crate) fn path_of(contact: &Value, rest: &str) -> String {
    format!("/v1/contacts/{}{rest}", contact["id"].as_str().unwrap())
}
