//! People who have agreed to be written to.
use serde_json::{Value, json};

use super::{Answer, World};

/// A message to be sent, with the consent of its recipient to messages of its kind: as a shop has it from its order form.
pub fn agreed(mut message: Value) -> Value {
    message["consent"] = json!({"source": "Order form", "proof": "I agree to messages about my order and to offers."});
    message
}

impl World {
    /// Records what a contact said about messages of these purposes.
    pub async fn consent(&self, contact: &Value, purposes: &[&str], state: &str) -> Answer {
        self.consent_of(contact, json!({"purposes": purposes, "state": state, "source": "Order form"})).await
    }

    pub async fn consent_of(&self, contact: &Value, consent: Value) -> Answer {
        let path = format!("/v1/contacts/{}/consents", contact.as_str().unwrap());
        let answer = self.post(&path, consent).await;
        self.settle().await;
        answer
    }
}
