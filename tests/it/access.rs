//! Who may do what, whose work they see, and what is noted of it (P45).
use serde_json::Value;

use crate::world::people::Person;
use crate::world::{Answer, World};

mod audit;
mod contacts;
mod oidc;
mod people;
mod provider;
mod sight;
mod walk;

impl World {
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
