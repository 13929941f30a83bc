//! What messages cost: held when they are taken, paid as Meta says, once, and given back where nothing is to be paid.
use serde_json::{Value, json};
use simulator::{StatusPlan, Template};

use crate::world::consents::agreed;
use crate::world::webhooks::{now, status};
use crate::world::{Answer, World};

mod changes;
mod crashes;
mod ends;
mod proof;
mod sends;
mod short;

/// North America on the card that is shipped.
const MARKETING: i64 = 25_000;
const UTILITY: i64 = 3_400;

const OFFER: &str = "offer";
const RECEIPT: &str = "receipt";

/// The price of a message, in short.
fn price(message: &Value) -> Value {
    json!([message["price"]["state"], message["price"]["amount_micros"], message["price"]["category"]])
}

/// The last part of a problem's `type`.
fn problem(answer: &Answer) -> &str {
    answer.body["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap()
}

impl World {
    /// With a marketing and a utility template, and WhatsApp tells nothing by itself.
    async fn with_prices() -> World {
        let world = World::metered().await;
        world.simulator().set_default_plan(StatusPlan::none());
        let offer = Template::text(OFFER, "en_US", "MARKETING", "Green shirts for half the price.");
        let receipt = Template::text(RECEIPT, "en_US", "UTILITY", "We have your money.");
        world.has_templates(vec![offer, receipt]).await;
        world
    }

    fn order_of(&self, name: &str, wa_id: &str) -> Value {
        agreed(json!({
            "channel_id": self.channel().id, "to": {"phone": format!("+{wa_id}")}, "type": "template",
            "template": {"name": name, "language": {"code": "en_US"}},
        }))
    }

    /// Sends a template to somebody outside a window; the message once it was accepted.
    async fn sells(&self, name: &str, wa_id: &str) -> Value {
        let answer = self.post("/v1/messages", self.order_of(name, wa_id)).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        let message = self.message(&answer.body["id"]).await;
        assert_eq!(message["state"], "accepted", "{message}");
        message
    }

    /// What WhatsApp tells of a message, `later` seconds after now, in this order.
    async fn hears_of(&self, message: &Value, words: &[(&str, Value)]) {
        for (later, (word, pricing)) in (0..).zip(words) {
            self.deliver(&self.status_of(message, word, pricing, later)).await;
        }
        self.settle().await;
    }

    fn status_of(&self, message: &Value, word: &str, pricing: &Value, later: i64) -> Value {
        let mut report = status(message["wamid"].as_str().unwrap(), "16505550101", word, now() + later);
        report["biz_opaque_callback_data"] = message["id"].clone();
        if !pricing.is_null() {
            report["pricing"] = pricing.clone();
        }
        if word == "failed" {
            report["errors"] = json!([{"code": 131_026, "title": "Message undeliverable"}]);
        }
        self.status_webhook(report)
    }

    /// What can be spent, what is held, and what was posted.
    async fn balance(&self) -> (i64, i64, i64) {
        let credits = self.get("/v1/credits").await;
        let micros = |name: &str| credits[name].as_i64().unwrap();
        (micros("available_micros"), micros("held_micros"), micros("posted_micros"))
    }
}

fn regular(category: &str) -> Value {
    json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": category})
}

fn free(kind: &str, category: &str) -> Value {
    json!({"billable": false, "pricing_model": "PMP", "type": kind, "category": category})
}
