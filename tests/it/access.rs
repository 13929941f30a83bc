//! Who may do what, whose work they see, and what is noted of it (P45).
use serde_json::{Value, json};

use crate::world::{Answer, World};

mod audit;
mod contacts;
mod oidc;
mod people;
mod provider;
mod sight;
mod walk;

impl World {
    /// A user with a key that acts as them.
    async fn staff(&self, name: &str, role: &str, reach: &str, groups: &[&Value]) -> Person {
        let body = json!({"name": name, "role": role, "reach": reach, "groups": groups});
        let made = self.post("/v1/users", body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.body["id"].as_str().unwrap().to_owned();
        let key = self.new_key(json!({"name": name, "user_id": id})).await;
        Person { id, key }
    }

    async fn new_group(&self, name: &str) -> Value {
        let made = self.post("/v1/groups", json!({"name": name})).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["id"].clone()
    }

    async fn new_key(&self, body: Value) -> String {
        let made = self.post("/v1/api-keys", body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["key"].as_str().unwrap().to_owned()
    }

    async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.call(method, path, Some(body)).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.body);
        answer.body
    }
}

struct Person {
    id: String,
    key: String,
}

impl Person {
    async fn get(&self, world: &World, path: &str) -> Answer {
        world.call_as(&self.key, "GET", path, None, None).await
    }

    async fn post(&self, world: &World, path: &str, body: Value) -> Answer {
        world.call_as(&self.key, "POST", path, Some(body), None).await
    }
}

/// The last part of a problem's type.
fn kind(answer: &Answer) -> &str {
    answer.body["type"].as_str().and_then(|kind| kind.rsplit('/').next()).unwrap_or_default()
}
