//! The Stripe side from outside: the calls of a business, the page of its buyers, and the events that it is told.

mod events;
mod payments;
mod refusals;

use http::{Method, Request};
use serde_json::Value;
use simulator::{Config, StripeAct};

use super::support::{Answer, World, config};

const VERSION: &str = "2026-09-30.endive";

/// A simulator whose Stripe tells the world's receiver.
async fn world() -> World {
    world_with(config()).await
}

async fn world_with(config: Config) -> World {
    let world = World::with(config).await;
    let webhook = world.simulator.webhook().unwrap();
    world.simulator.set_stripe_webhook(&webhook).unwrap();
    world
}

fn form(pairs: &[(&str, &str)]) -> String {
    let escape = |text: &str| text.replace('%', "%25").replace('&', "%26").replace(' ', "+").replace('[', "%5B");
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    pairs.join("&")
}

impl World {
    async fn stripe(&self, method: Method, path: &str, key: Option<&str>, body: &str) -> Result<Answer, String> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.simulator.stripe_url()))
            .header("authorization", format!("Bearer {}", self.simulator.config().stripe_key))
            .header("stripe-version", VERSION)
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.ask(request.body(body.to_owned().into()).unwrap()).await
    }

    async fn read(&self, path: &str) -> Value {
        let answer = self.stripe(Method::GET, path, None, "").await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json
    }

    async fn order_checkout(&self, more: &[(&str, &str)]) -> Answer {
        let pairs = [&checkout()[..], more].concat();
        self.stripe(Method::POST, "/v1/checkout/sessions", None, &form(&pairs)).await.unwrap()
    }

    /// The id of a session that was ordered.
    async fn checkout(&self) -> String {
        let answer = self.order_checkout(&[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        text(&answer.json["id"])
    }

    fn pay(&self, session: &str, card: &str) -> Value {
        self.play(StripeAct::Pay { session: session.to_owned(), card: card.to_owned() })
    }

    fn play(&self, act: StripeAct) -> Value {
        self.simulator.play_stripe(act).unwrap()
    }

    /// The customer and the card of a session that was paid.
    async fn saved(&self) -> (String, String) {
        let session = self.checkout().await;
        let paid = self.pay(&session, "pm_card_visa");
        let intent = self.read(&format!("/v1/payment_intents/{}", text(&paid["payment_intent"]))).await;
        (text(&intent["customer"]), text(&intent["payment_method"]))
    }

    /// Charges a card without its owner.
    async fn charge(&self, customer: &str, method: &str, key: &str) -> Result<Answer, String> {
        let pairs = [("customer", customer), ("payment_method", method)];
        self.stripe(Method::POST, "/v1/payment_intents", Some(key), &form(&[&charge()[..], &pairs].concat())).await
    }

    /// The kinds of the events that came, in the order in which they came.
    async fn told(&self) -> Vec<String> {
        self.settled().await;
        self.receiver.posts().iter().map(|post| text(&post.json()["type"])).collect()
    }

    /// The objects of the events of one kind.
    async fn objects(&self, kind: &str) -> Vec<Value> {
        self.settled().await;
        let events = self.receiver.posts().into_iter().map(|post| post.json());
        events.filter(|event| event["type"] == kind).map(|event| event["data"]["object"].clone()).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn checkout() -> [(&'static str, &'static str); 11] {
    [
        ("mode", "payment"),
        ("customer_creation", "always"),
        ("allowed_payment_method_types[0]", "card"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "5000"),
        ("line_items[0][price_data][product_data][name]", "Credits & more"),
        ("payment_intent_data[setup_future_usage]", "off_session"),
        ("payment_intent_data[metadata][order]", "top_1"),
        ("metadata[order]", "top_1"),
        ("success_url", "https://shop.example/back?cs={CHECKOUT_SESSION_ID}"),
    ]
}

fn charge() -> [(&'static str, &'static str); 5] {
    [
        ("amount", "5000"),
        ("currency", "usd"),
        ("off_session", "true"),
        ("confirm", "true"),
        ("metadata[order]", "top_2"),
    ]
}
