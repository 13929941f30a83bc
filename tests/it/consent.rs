//! Nobody is messaged against their will (P38, P40): the ledger of consent over all its sources, in every order.
use serde_json::{Value, json};
use simulator::Template;

use crate::world::webhooks::{contact, now, text};
use crate::world::{Answer, World};

mod api;
mod crashes;
mod double;
mod import;
mod keywords;
mod merging;
mod sends;

impl World {
    /// A template of each category that needs consent: `sale` and `news`.
    async fn with_offers(self) -> World {
        self.has_templates(vec![
            Template::text("sale", "en_US", "MARKETING", "Everything must go"),
            Template::text("news", "en_US", "UTILITY", "Your order is on its way"),
        ])
        .await;
        self
    }

    /// Sends a template without a word about consent.
    async fn sends_template(&self, wa_id: &str, name: &str) -> Answer {
        let message = json!({
            "channel_id": self.channel().id, "to": {"phone": format!("+{wa_id}")},
            "type": "template", "template": {"name": name, "language": {"code": "en_US"}},
        });
        let answer = self.post("/v1/messages", message).await;
        self.settle().await;
        answer
    }

    /// The states of marketing, utility and service.
    async fn allows(&self, wa_id: &str) -> [Value; 3] {
        let consents = self.contact_with(wa_id).await["consents"].clone();
        ["marketing", "utility", "service"].map(|purpose| consents[purpose]["state"].clone())
    }

    /// The ledger of somebody, the latest first.
    async fn consent_ledger(&self, wa_id: &str) -> Vec<Value> {
        let id = self.contact_with(wa_id).await["id"].as_str().unwrap().to_owned();
        let ledger = self.get(&format!("/v1/contacts/{id}/consents?limit=100")).await;
        ledger["items"].as_array().unwrap().clone()
    }

    /// Somebody writes at a time.
    async fn speaks_at(&self, wa_id: &str, at: i64, body: &str) {
        self.receives(text(wa_id, &format!("wamid.{wa_id}.{at}.{body}"), at, body)).await;
    }

    async fn speaks(&self, wa_id: &str, body: &str) {
        self.speaks_at(wa_id, now(), body).await;
    }

    /// A message of any kind comes.
    async fn receives(&self, message: Value) {
        let from = message["from"].as_str().unwrap().to_owned();
        let value = json!({"contacts": [contact(&from, &from)], "messages": [message]});
        self.deliver_and_settle(&self.messages_webhook(self.value(value))).await;
    }

    async fn settle_consent(&self, consent: Value) -> Answer {
        self.call("PATCH", "/v1/settings", Some(json!({"consent": consent}))).await
    }

    /// The texts that WhatsApp took for somebody.
    fn heard_back(&self, wa_id: &str) -> Vec<String> {
        let texts = self.received_by(wa_id).into_iter();
        texts.filter_map(|send| send.body["text"]["body"].as_str().map(str::to_owned)).collect()
    }
}

fn is_refused(answer: &Answer) {
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert_eq!(answer.body["type"], "https://casement.dev/problems/no-consent", "{}", answer.body);
}

fn is_taken(answer: &Answer) {
    assert_eq!(answer.status, 202, "{}", answer.body);
}
