//! Temporary binary of helper T2.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    dead_code,
    reason = "temporary"
)]
mod corpus;
mod identity;
mod tidy;
mod world;

mod borrowed {
    use crate::world::World;
    use serde_json::Value;
    impl World {
        pub async fn contact_with(&self, wa_id: &str) -> Value {
            let found = self.get(&format!("/v1/contacts?phone=%2B{wa_id}")).await;
            found["items"].get(0).unwrap_or_else(|| panic!("nobody has the number {wa_id}")).clone()
        }
        pub async fn find_conversation(&self, wa_id: &str) -> Option<Value> {
            let found = self.get(&format!("/v1/contacts?phone=%2B{wa_id}")).await;
            let contact = found["items"].get(0)?["id"].clone();
            let mut theirs = self.conversations("?limit=100").await;
            theirs.retain(|conversation| conversation["contact_id"] == contact);
            assert!(theirs.len() <= 1, "one conversation at most: {theirs:?}");
            theirs.pop()
        }
        pub async fn conversation_with(&self, wa_id: &str) -> Value {
            self.find_conversation(wa_id).await.unwrap_or_else(|| panic!("no conversation with {wa_id}"))
        }
    }
}
