//! The business's own caps on what one contact is sent, and Meta's limit on marketing beside them (P26).
use serde_json::{Value, json};
use simulator::{Fault, Template, TemplateOrder};

use super::stranger;
use crate::account::scenes::refused;
use crate::truth::people::MESSAGE_SEND;
use crate::world::consents::agreed;
use crate::world::webhooks::ANN;
use crate::world::{Answer, World};

impl World {
    async fn has_an_offer(&self) {
        let template = Template::text("offer", "en_US", "MARKETING", "Today only: half price!");
        self.simulator().put_template(TemplateOrder { template, notify: false });
        assert_eq!(self.post("/v1/templates/sync", json!({})).await.status, 202);
        self.settle().await;
    }

    async fn offers(&self, wa_id: &str) -> Answer {
        let message = json!({
            "channel_id": self.channel().id, "to": {"phone": format!("+{wa_id}")},
            "type": "template", "template": {"name": "offer", "language": {"code": "en_US"}},
        });
        self.post("/v1/messages", agreed(message)).await
    }

    async fn sent_an_offer(&self, wa_id: &str) -> Value {
        let answer = self.offers(wa_id).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        self.message(&answer.body["id"]).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_sent_no_more_marketing_than_the_settings_say() {
    let world = World::hasty().await;
    world.has_an_offer().await;
    world.settle_on(json!({"limits": {"marketing_per_contact": {"messages": 2, "hours": 24}}})).await;
    for _ in 0..2 {
        assert_eq!(world.sent_an_offer(ANN).await["state"], "accepted");
    }
    let answer = world.offers(ANN).await;
    refused(&answer, "frequency-cap");
    assert_eq!(answer.body["limit"], 2);
    let contact = world.contact_with(ANN).await;
    assert_eq!(contact["capped_until"], json!({"marketing": answer.body["not_before"]}));
    assert_eq!(contact["marketing_paused_until"], Value::Null, "WhatsApp said nothing");
    assert_eq!(world.template_to(ANN).await.status, 202, "it is no marketing");
    assert_eq!(world.offers(&stranger(0)).await.status, 202, "nobody else's cap");
    world.settle().await;

    world.met(ANN).await;
    assert_eq!(world.sent_an_offer(ANN).await["state"], "accepted", "in the window nothing is capped");
    world.settle_on(json!({"limits": {"marketing_per_contact": null}})).await;
    assert_eq!(world.contact_with(ANN).await["capped_until"], json!({}));
}

/// Asked for at once, all are taken: which go out is decided when they are sent.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_beyond_a_cap_is_refused_when_it_is_sent() {
    let world = World::hasty().await;
    world.has_an_offer().await;
    world.settle_on(json!({"limits": {"business_initiated_per_contact": {"messages": 1, "hours": 48}}})).await;
    assert_eq!(world.offers(&stranger(0)).await.status, 202);
    world.settle().await;
    assert_eq!(world.simulator().accepted().len(), 1);
    refused(&world.template_to(&stranger(0)).await, "frequency-cap");

    // Nothing of what follows is counted when it is asked for.
    world.settle_on(json!({"limits": {"business_initiated_per_contact": null}})).await;
    let waiting = world.stack.hold(MESSAGE_SEND);
    let asked = [world.template_to(ANN).await, world.template_to(ANN).await];
    world.settle_on(json!({"limits": {"business_initiated_per_contact": {"messages": 1, "hours": 48}}})).await;
    drop(waiting);
    world.settle().await;
    let mut states = Vec::new();
    for answer in &asked {
        assert_eq!(answer.status, 202, "{}", answer.body);
        let message = world.message(&answer.body["id"]).await;
        states.push((message["state"].clone(), message["errors"][0]["title"].clone()));
    }
    assert_eq!(states, [(json!("accepted"), Value::Null), (json!("refused"), json!("frequency-cap"))]);
    assert_eq!(world.events("message.refused").await.len(), 1);
}

/// Over all channels, and each message once.
#[tokio::test(flavor = "multi_thread")]
async fn a_cap_is_about_the_contact_and_not_the_number() {
    let world = World::hasty().await;
    world.settle_on(json!({"limits": {"business_initiated_per_contact": {"messages": 1, "hours": 1}}})).await;
    // Meta puts it off: the next try is the same message.
    world.simulator().add_fault(Fault::error(130_429));
    let sent = world.template_to(ANN).await;
    world.settle().await;
    let first = world.message(&sent.body["id"]).await;
    assert_eq!(first["state"], "accepted", "{first}");
    assert_eq!(world.calls_for(ANN), 2);
    let second = json!({
        "phone_number_id": "4711", "waba_id": world.channel().waba_id, "display_phone_number": "+1 555 010 0300",
        "nickname": "Second", "add_as": "lead",
    });
    let second = world.post("/v1/channels", second).await.body["id"].clone();
    world.settle().await;
    let message = json!({
        "channel_id": second, "to": {"phone": format!("+{ANN}")},
        "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}},
    });
    refused(&world.post("/v1/messages", agreed(message)).await, "frequency-cap");
    assert_eq!(world.contact_with(ANN).await["capped_until"].as_object().unwrap().len(), 1);
}

/// P26: WhatsApp's own limit has another name, another member and ends when the person writes.
#[tokio::test(flavor = "multi_thread")]
async fn whatsapps_limit_on_marketing_is_told_apart() {
    let world = World::hasty().await;
    world.has_an_offer().await;
    world.settle_on(json!({"limits": {"marketing_per_contact": {"messages": 5, "hours": 24}}})).await;
    world.simulator().add_fault(Fault::error(131_049));
    assert_eq!(world.sent_an_offer(ANN).await["state"], "refused");
    refused(&world.offers(ANN).await, "marketing-cooldown");
    let contact = world.contact_with(ANN).await;
    assert!(contact["marketing_paused_until"].is_string());
    assert_eq!(contact["capped_until"], json!({}));
}
