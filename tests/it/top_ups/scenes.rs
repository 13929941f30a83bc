//! What buyers, banks and the owner do.
use bytes::Bytes;
use http::Request;
use local::aws::NewMessage;
use queue::TopUpTask;
use ring::hmac;
use serde_json::{Value, json};
use simulator::{EventPlan, StripeAct};

use crate::world::webhooks::now;
use crate::world::{Answer, World};

pub const CREDIT_TOPUP: &str = "CreditTopupFunction";
pub const VISA: &str = "pm_card_visa";
/// What is bought here, in micros.
pub const TWENTY: i64 = 20_000_000;

impl World {
    /// Asks for a link to pay twenty euro at, with these members besides.
    pub async fn ask_to_buy(&self, more: Value) -> Answer {
        let mut wish = json!({"amount_micros": TWENTY, "currency": "EUR"});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("/v1/credits/top-ups", wish).await
    }

    pub async fn link(&self, more: Value) -> Value {
        let answer = self.ask_to_buy(more).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        self.top_up(&answer.body["id"]).await
    }

    /// Twenty euro, asked for and paid; the card is kept.
    pub async fn bought(&self) -> Value {
        let top_up = self.link(json!({"save_card": true})).await;
        self.pay(&top_up, VISA);
        self.settle().await;
        self.top_up(&top_up["id"]).await
    }

    pub async fn top_up(&self, id: &Value) -> Value {
        self.get(&format!("/v1/credits/top-ups/{}", id.as_str().unwrap())).await
    }

    pub fn stripe(&self, act: StripeAct) -> Value {
        self.simulator().play_stripe(act).unwrap()
    }

    pub fn books(&self, kind: &str) -> Vec<Value> {
        self.simulator().stripe_books()[kind].as_array().unwrap().clone()
    }

    /// The sessions that Stripe has for it.
    pub fn sessions(&self, top_up: &Value) -> Vec<Value> {
        let mut sessions = self.books("sessions");
        sessions.retain(|session| session["client_reference_id"] == top_up["id"]);
        sessions
    }

    pub fn session(&self, top_up: &Value) -> String {
        let sessions = self.sessions(top_up);
        assert_eq!(sessions.len(), 1, "{sessions:?}");
        sessions[0]["id"].as_str().unwrap().to_owned()
    }

    pub fn pay(&self, top_up: &Value, card: &str) -> Value {
        self.stripe(StripeAct::Pay { session: self.session(top_up), card: card.to_owned() })
    }

    /// The payment that came of a top-up.
    pub fn payment(&self, top_up: &Value) -> String {
        let payments = self.books("payments");
        let ours = |payment: &&Value| payment["metadata"]["order"] == top_up["id"];
        payments.iter().find(ours).unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// What is charged to the saved card, ever.
    pub fn charges(&self) -> Vec<Value> {
        let mut payments = self.books("payments");
        payments.retain(|payment| payment["metadata"]["purpose"] == "recharge");
        payments
    }

    pub async fn available(&self) -> i64 {
        self.get("/v1/credits").await["available_micros"].as_i64().unwrap()
    }

    /// Kinds and amounts of the ledger, the earliest first.
    pub async fn ledger(&self) -> Vec<(String, i64)> {
        let entries = self.entries("").await;
        let line =
            |entry: &Value| (entry["kind"].as_str().unwrap().to_owned(), entry["amount_micros"].as_i64().unwrap());
        entries.iter().rev().map(line).collect()
    }

    /// The next events that fit are told so.
    pub fn tell(&self, kind: Option<&str>, plan: EventPlan) {
        self.simulator().add_event_plan(EventPlan { kind: kind.map(str::to_owned), ..plan });
    }

    /// The provider is asked about it, as the watchdog does in time.
    pub async fn ask_about(&self, top_up: &Value) {
        let id = domain::ids::TopUpId::parse(top_up["id"].as_str().unwrap()).unwrap();
        let entry = TopUpTask::new(&id, 1_000).entry();
        let queues = &self.stack.template().queues;
        let queue = &queues["CreditsQueue"];
        // Each look is another one.
        let number = self.simulator().stripe_requests().len();
        let message = NewMessage {
            body: entry.body,
            group_id: entry.group,
            deduplication_id: Some(format!("look-{number}")),
            ..NewMessage::default()
        };
        self.stack.aws().sqs().send(&queue.arn, &message).unwrap();
        self.settle().await;
    }

    /// Posts an event as Stripe does; the status of the answer.
    pub async fn post_as_stripe(&self, body: &Value) -> u16 {
        let (secret, body) = (&self.simulator().config().stripe_webhook_secrets[0], body.to_string());
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let at = now();
        let mac = hex::encode(hmac::sign(&key, format!("{at}.{body}").as_bytes()));
        let request = Request::post(format!("{}/webhooks/stripe", self.stack.api_url()))
            .header("stripe-signature", format!("t={at},v1={mac}"));
        self.ask(request.body(Bytes::from(body)).unwrap()).await.status().as_u16()
    }

    /// Gives or takes credit by hand, without waiting for what follows.
    pub async fn adds(&self, micros: i64) {
        let wish = json!({"amount_micros": micros, "currency": "EUR", "reason": "Test"});
        let answer = self.post("/v1/credits/adjustments", wish).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
    }

    /// Auto-recharge as usual here: below five euro twenty are bought.
    pub async fn recharge_at_five(&self, more: Value) -> Value {
        let mut wish = json!({"enabled": true, "minimum_micros": 5_000_000, "amount_micros": TWENTY});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.call("PUT", "/v1/credits/auto-recharge", Some(wish)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.settle().await;
        answer.body
    }

    pub async fn auto_recharge(&self) -> Value {
        self.get("/v1/credits/auto-recharge").await
    }

    /// The next charges of the saved card end as those of these test cards.
    pub fn script(&self, cards: &[&str]) {
        let method = self.books("methods").last().unwrap()["id"].as_str().unwrap().to_owned();
        self.stripe(StripeAct::Script { method, cards: cards.iter().map(|card| (*card).to_owned()).collect() });
    }
}
