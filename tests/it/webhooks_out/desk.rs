//! What these tests do with webhooks.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};
use tests::table::Table;

use crate::world::World;
use crate::world::receiver::Received;

impl World {
    /// Makes a webhook; with its secret.
    pub(super) async fn webhook(&self, body: Value) -> Value {
        let answer = self.post("/v1/webhooks", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.settle().await;
        answer.body
    }

    /// One that is told of these events.
    pub(super) async fn tells(&self, url: &str, events: &[&str]) -> Value {
        self.webhook(json!({"url": url, "events": events})).await
    }

    /// The log of a webhook, the latest event first.
    pub(super) async fn deliveries(&self, webhook: &Value, query: &str) -> Vec<Value> {
        let path = format!("/v1/webhooks/{}/deliveries{query}", webhook["id"].as_str().unwrap());
        self.get(&path).await["items"].as_array().unwrap().clone()
    }

    pub(super) async fn webhook_now(&self, webhook: &Value) -> Value {
        self.get(&format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())).await
    }

    /// Somebody whom nobody knew comes into being: an event of the journal.
    pub(super) async fn meets(&self, phone: &str) -> Value {
        let answer = self.post("/v1/contacts", json!({"phone": phone, "kind": "lead"})).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.settle().await;
        answer.body
    }

    /// The table as one who may do everything sees it.
    pub async fn inside(&self) -> Table {
        let name = self.stack.template().tables.values().next().unwrap().name.clone();
        Table::of(self.stack.aws().clone(), name).await
    }
}

/// Whether a request carries the signature of a secret, as Standard Webhooks says: whatever order they are in.
pub(super) fn is_signed(received: &Received, secret: &Value) -> bool {
    let key = STANDARD.decode(secret.as_str().unwrap().strip_prefix("whsec_").unwrap()).unwrap();
    assert_eq!(key.len(), 32);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let (id, at) = (received.header("webhook-id"), received.header("webhook-timestamp"));
    let content = format!("{id}.{at}.{}", received.body);
    let signatures = received.header("webhook-signature").split(' ');
    signatures.filter_map(|signature| signature.strip_prefix("v1,")).any(|signature| {
        let mac = STANDARD.decode(signature).unwrap();
        hmac::verify(&key, content.as_bytes(), &mac).is_ok()
    })
}
