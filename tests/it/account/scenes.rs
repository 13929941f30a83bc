//! What the tests of accounts play: webhooks about the account, sends, the minute's work.
use serde_json::{Value, json};

use crate::world::consents::agreed;
use crate::world::webhooks::{now, webhook};
use crate::world::{Answer, World};

/// A restriction of conversations that the business begins.
pub(super) const INITIATED: &str = "RESTRICTED_BIZ_INITIATED_MESSAGING";
pub(super) const REPLIES: &str = "RESTRICTED_CUSTOMER_INITIATED_MESSAGING";

impl World {
    /// A change of this world's account, told at `at` (seconds).
    pub fn account_webhook(&self, field: &str, at: i64, value: Value) -> Value {
        let change = json!({"field": field, "value": value});
        webhook(&[json!({"id": self.channel().waba_id, "time": at, "changes": [change]})])
    }

    pub async fn account_told(&self, field: &str, at: i64, value: Value) {
        self.deliver_and_settle(&self.account_webhook(field, at, value)).await;
    }

    /// All restrictions that there are from `at` on, each until `until`.
    pub async fn restricted(&self, at: i64, kinds: &[&str], until: i64) {
        let info: Vec<Value> =
            kinds.iter().map(|kind| json!({"restriction_type": kind, "expiration": until})).collect();
        let value = json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": info});
        self.account_told("account_update", at, value).await;
    }

    pub async fn ban(&self, at: i64, state: &str) {
        let value =
            json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state, "waba_ban_date": "today"}});
        self.account_told("account_update", at, value).await;
    }

    pub async fn health(&self) -> Value {
        self.get(&format!("/v1/channels/{}", self.channel().id)).await["health"].clone()
    }

    /// The reasons of the blocks that are in force.
    pub async fn blocks(&self) -> Vec<String> {
        let health = self.health().await;
        let blocks = health["blocks"].as_array().unwrap();
        assert_eq!(health["sending"], if blocks.is_empty() { "allowed" } else { "blocked" });
        blocks.iter().map(|block| block["reason"].as_str().unwrap().to_owned()).collect()
    }

    /// The template that every account has, to somebody.
    pub async fn template_to(&self, wa_id: &str) -> Answer {
        let message = json!({
            "channel_id": self.channel().id, "to": {"phone": format!("+{wa_id}")},
            "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}},
        });
        self.post("/v1/messages", agreed(message)).await
    }

    /// What runs every minute, and all that follows from it.
    pub async fn minute(&self) -> Value {
        let report = self.stack.tick("due-tasks").await.unwrap();
        assert_eq!(report["failed"], 0, "{report}");
        self.settle().await;
        report
    }
}

/// Asserts that a send was refused before anything was done, and why.
pub fn refused(answer: &Answer, problem: &str) {
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body["type"].as_str().unwrap().ends_with(problem), "{}", answer.body);
}

pub(super) fn later() -> i64 {
    now() + 3600
}
