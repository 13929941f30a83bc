//! A template that changes between the taking of a message and its sending: the message is held against the template as it is
//! when it goes (P38).
use serde_json::{Value, json};
use simulator::{Act, Choice, CustomerInput, Preference};

use super::scenes::template;
use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::{ANN, BOB};

impl World {
    /// A message of a template to somebody; taken.
    async fn queued(&self, name: &str, to: &str) -> Value {
        let message = json!({
            "channel_id": self.channel().id, "to": {"phone": format!("+{to}")},
            "type": "template", "template": {"name": name, "language": {"code": "en_US"}},
        });
        let answer = self.post("/v1/messages", agreed(message)).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        answer.body["id"].clone()
    }

    /// Everything that is sent waits from now on, until [`World::lets_go`].
    async fn holds_back(&self) {
        self.revoke_token("EAAnext");
        let probe = self.queued("hello_world", BOB).await;
        self.settle().await;
        assert_eq!(self.message(&probe).await["state"], "queued");
    }

    async fn lets_go(&self) {
        self.store_token("EAAnext");
        let path = format!("/v1/channels/{}/resume", self.channel().id);
        assert_eq!(self.post(&path, json!({})).await.status, 200);
        self.settle().await;
        self.minute().await;
    }

    async fn refused_with(&self, message: &Value) -> (String, String) {
        let message = self.message(message).await;
        assert_eq!(message["state"], "refused", "{message}");
        let error = &message["errors"][0];
        (error["title"].as_str().unwrap_or_default().to_owned(), error.to_string())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_waits_is_refused_when_its_template_may_not_be_sent_any_more() {
    let world = World::hasty().await;
    let cases = [
        ("paused", Act::Pause { for_ms: None, by_rate: false }, "PAUSED (FIRST_PAUSE; until "),
        ("disabled", Act::Disable, "DISABLED"),
        ("rejected", Act::Reject(simulator::Rejection::default()), "REJECTED (INVALID_FORMAT"),
        ("archived", Act::Archive { for_ms: None }, "ARCHIVED"),
        ("deleted", Act::Delete, "DELETED"),
        ("locked", Act::Lock, "LOCKED"),
    ];
    for (name, _, _) in &cases {
        world.listed(template(name, "APPROVED"));
    }
    world.listed(template("fine", "APPROVED"));
    world.synced().await;
    world.holds_back().await;
    let mut messages = Vec::new();
    for (place, (name, _, _)) in cases.iter().enumerate() {
        messages.push(world.queued(name, &format!("1650555030{place}")).await);
    }
    let fine = world.queued("fine", ANN).await;
    world.settle().await;
    for (name, act, _) in &cases {
        world.play(name, act.clone());
    }
    for (name, _, _) in &cases {
        world.template_shows(name, |template| template["status"] != "APPROVED").await;
    }
    world.lets_go().await;
    for ((name, _, says), message) in cases.iter().zip(&messages) {
        let (code, error) = world.refused_with(message).await;
        assert_eq!(code, "template-not-approved", "{name}");
        assert!(error.contains(says), "{name}: {error}");
    }
    assert_eq!(world.message(&fine).await["state"], "accepted");
    let sent: Vec<_> = world.sends().iter().map(|send| send.body["template"]["name"].clone()).collect();
    assert!(cases.iter().all(|(name, _, _)| !sent.contains(&json!(name))), "Meta was never called: {sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_utility_message_that_becomes_marketing_needs_the_persons_consent() {
    let world = World::hasty().await;
    for (name, wa_id) in [("Ann", ANN), ("Bob", BOB)] {
        let customer = CustomerInput { name: Some(name.into()), wa_id: Some(wa_id.into()), ..CustomerInput::default() };
        world.simulator().put_customer(customer);
    }
    world.listed(template("news", "APPROVED"));
    world.synced().await;
    world.met(ANN).await;
    world.simulator().set_preference(&Preference { from: ANN.into(), value: Choice::Stop }).unwrap();
    world.settle().await;
    world.holds_back().await;
    let (stopped, willing) = (world.queued("news", ANN).await, world.queued("news", BOB).await);
    world.settle().await;
    let bob = world.message(&willing).await["contact_id"].clone();
    assert_eq!(world.consent(&bob, &["marketing"], "given").await.status, 201);

    // Announced, it may still go as what it is; changed, it may not.
    world.play("news", Act::Category { category: "MARKETING".into(), in_ms: Some(3_600_000) });
    world.template_shows("news", |template| !template["upcoming_category"].is_null()).await;
    let announced = world.queued("news", ANN).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_000)).await;
    world.play("news", Act::Category { category: "MARKETING".into(), in_ms: Some(0) });
    world.template_shows("news", |template| template["category"] == "MARKETING").await;
    world.lets_go().await;
    for message in [&stopped, &announced] {
        assert_eq!(world.refused_with(message).await.0, "no-consent");
    }
    assert_eq!(world.message(&willing).await["state"], "accepted");
    let to_ann = world
        .sends()
        .iter()
        .filter(|send| send.body["template"]["name"] == "news" && send.body["to"] == format!("+{ANN}"))
        .count();
    assert_eq!(to_ann, 0, "Meta was never called");
    world.minute().await;
    let edges: Vec<String> = world
        .sends()
        .iter()
        .filter(|send| send.body["template"]["name"] == "news")
        .map(|send| send.path.clone())
        .collect();
    assert!(edges.iter().all(|path| path.ends_with("/marketing_messages")), "it goes as what it is now: {edges:?}");
}

/// A template that is unpaused is sent again; what was refused in between is not sent by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_sends_until_it_ends() {
    let world = World::hasty().await;
    world.listed(template("visit", "APPROVED"));
    world.synced().await;
    world.play("visit", Act::Pause { for_ms: Some(3_000), by_rate: false });
    world.template_shows("visit", |template| template["status"] == "PAUSED").await;
    let message = json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{ANN}")},
        "type": "template", "template": {"name": "visit", "language": {"code": "en_US"}},
    });
    let refused = world.post("/v1/messages", message).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body["detail"].as_str().unwrap().contains("FIRST_PAUSE; until "), "{}", refused.body);
    world.template_shows("visit", |template| template["status"] == "APPROVED").await;
    let message = world.queued("visit", ANN).await;
    world.settle().await;
    assert_eq!(world.message(&message).await["status"], "read");
    assert_eq!(world.sends().len(), 1);
}
