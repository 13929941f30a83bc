//! What a person wants, and whether they are to be reached (P40).
use serde_json::{Value, json};
use simulator::{Fault, FaultOrder};

use super::scenes::refused;
use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::{ANN, BOB, now, webhook};

impl World {
    async fn marketing_to(&self, wa_id: &str) -> crate::world::Answer {
        let message = json!({
            "channel_id": self.channel().id, "to": {"phone": format!("+{wa_id}")},
            "type": "template", "template": {"name": "sale", "language": {"code": "en_US"}},
        });
        self.post("/v1/messages", agreed(message)).await
    }

    /// An approved marketing template, also in our mirror.
    async fn with_marketing(self) -> World {
        let mut template = self.simulator().templates().into_iter().find(|known| known.name == "hello_world").unwrap();
        (template.id, template.name, template.category) = ("777".into(), "sale".into(), "MARKETING".into());
        self.simulator().put_template(template.into());
        let waba_id = self.channel().waba_id.clone();
        let asked = self.post("/v1/templates/sync", json!({"waba_id": waba_id})).await;
        assert!(asked.status < 300, "{}", asked.body);
        self.settle().await;
        self
    }

    async fn has_said(&self, wa_id: &str, word: &str, at: i64) {
        let item = json!({"wa_id": wa_id, "category": "marketing_messages", "value": word, "timestamp": at});
        let value = self.value(json!({"user_preferences": [item]}));
        let change = json!({"field": "user_preferences", "value": value});
        self.deliver_and_settle(&webhook(&[json!({"id": self.channel().waba_id, "changes": [change]})])).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_marketing_gets_none_until_they_allow_it() {
    let world = World::hasty().await.with_marketing().await;
    world.met(ANN).await;
    let at = now() - 100;
    world.has_said(ANN, "stop", at).await;
    let choice = world.contact_with(ANN).await["consents"]["marketing"].clone();
    assert_eq!((&choice["state"], &choice["source"]), (&json!("withdrawn"), &json!("preference")));
    refused(&world.marketing_to(ANN).await, "no-consent");
    assert_eq!(world.template_to(ANN).await.status, 202, "other templates go on");
    // An older word that comes late is no word.
    world.has_said(ANN, "resume", at - 50).await;
    refused(&world.marketing_to(ANN).await, "no-consent");
    world.has_said(ANN, "resume", at + 50).await;
    assert_eq!(world.marketing_to(ANN).await.status, 202);
    world.settle().await;
    let told = world.events("consent.changed").await;
    let told = told.iter().filter(|event| event["data"]["purpose"] == "marketing").map(|event| &event["data"]["state"]);
    let mut told: Vec<&str> = told.filter_map(Value::as_str).collect();
    // The stream tells whole seconds: two words of one second are told in any order.
    told.sort_unstable();
    assert_eq!(told, ["given", "withdrawn"]);
    // Of somebody whom nobody knows it is kept, and nobody is made.
    world.has_said(BOB, "stop", at).await;
    assert_eq!(world.get(&format!("/v1/contacts?phone=%2B{BOB}")).await["items"], json!([]));
    assert!(world.events("webhook.kept").await.iter().any(|event| event["data"]["because"].is_string()));
}

/// A stop that Meta tells by refusing holds as one that it tells by webhook, whichever way the refusal came.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_a_stop_is_a_stop() {
    let world = World::hasty().await.with_marketing().await;
    world.simulator().add_fault(FaultOrder::from(Fault::error(131_050)).for_recipient(ANN));
    assert_eq!(world.marketing_to(ANN).await.status, 202);
    world.settle().await;
    refused(&world.marketing_to(ANN).await, "no-consent");
    assert_eq!(world.contact_with(ANN).await["consents"]["marketing"]["source"], "error");

    let sent = world.marketing_to(BOB).await.body["id"].clone();
    world.settle().await;
    failed(&world, &sent, BOB, 131_050).await;
    refused(&world.marketing_to(BOB).await, "no-consent");
}

/// Tells by webhook that a message of ours has failed.
async fn failed(world: &World, message: &Value, wa_id: &str, code: i64) {
    let status = json!({
        "id": format!("wamid.failed.{code}"), "recipient_id": wa_id, "status": "failed", "timestamp": now().to_string(),
        "biz_opaque_callback_data": message, "errors": [{"code": code, "title": "no"}],
    });
    world.deliver_and_settle(&world.status_webhook(status)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metas_own_limit_on_marketing_holds_for_a_day_or_until_they_write() {
    let world = World::hasty().await.with_marketing().await;
    let sent = world.marketing_to(ANN).await.body["id"].clone();
    world.settle().await;
    failed(&world, &sent, ANN, 131_049).await;
    let answer = world.marketing_to(ANN).await;
    refused(&answer, "marketing-cooldown");
    let until = world.contact_with(ANN).await["marketing_paused_until"].as_str().unwrap().to_owned();
    assert!(answer.body["detail"].as_str().unwrap().contains(&until), "it says until when: {}", answer.body);
    assert_eq!(world.template_to(ANN).await.status, 202, "other templates go on");
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.back", "Tell me more")).await;
    assert_eq!(world.marketing_to(ANN).await.status, 202, "who writes wants to hear");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_reached_is_marked_until_they_write() {
    let world = World::hasty().await;
    let sent = world.template_to(ANN).await.body["id"].clone();
    world.settle().await;
    assert_eq!(world.contact_with(ANN).await["unreachable_since"], Value::Null);
    failed(&world, &sent, ANN, 131_026).await;
    assert!(world.contact_with(ANN).await["unreachable_since"].is_string());
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.back", "I have WhatsApp now")).await;
    assert_eq!(world.contact_with(ANN).await["unreachable_since"], Value::Null);
}
