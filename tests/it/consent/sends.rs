//! What is refused for want of consent, and what never is.
use serde_json::{Value, json};
use simulator::{Template, TemplateOrder};

use super::{is_refused, is_taken};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_template_without_consent_for_its_purpose() {
    let world = World::hasty().await.with_offers().await;
    for (name, purpose) in [("sale", "marketing"), ("news", "utility")] {
        let refused = world.sends_template(BOB, name).await;
        is_refused(&refused);
        let detail = refused.body["detail"].as_str().unwrap();
        assert_eq!(refused.body["purpose"], purpose);
        for told in [purpose, "POST /v1/contacts/{id}/consents", "PATCH /v1/settings"] {
            assert!(detail.contains(told), "{detail}");
        }
    }
    assert_eq!(world.get("/v1/contacts").await["items"], json!([]), "nobody is made for a message that is refused");
    assert!(world.sends().is_empty());
}

/// Replies in the window need none, whatever the person withdrew, and codes are asked for by what the person does.
#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_consent_is_never_blocked() {
    let world = World::hasty().await.with_offers().await;
    let conversation = world.met(ANN).await;
    let contact = conversation["contact_id"].clone();
    for purposes in [&[][..], &["marketing", "utility"], &["service"]] {
        if !purposes.is_empty() {
            assert_eq!(world.consent(&contact, purposes, "withdrawn").await.status, 201);
        }
        is_taken(&world.reply(&conversation, "Your parcel is here").await);
        is_taken(&world.sends_template(ANN, "news").await);
        is_refused(&world.sends_template(ANN, "sale").await);
    }
    world.settle().await;
    assert_eq!(world.received_by(ANN).len(), 6, "and WhatsApp took all of it");
    let mut code = Template::text("login", "en_US", "AUTHENTICATION", "{{1}} is your code");
    code.components.push(json!({"type": "BUTTONS", "buttons": [
        {"type": "URL", "text": "Copy code", "url": "https://example.org/otp?code={{1}}"},
    ]}));
    world.has_templates(vec![code]).await;
    let parameter = json!([{"type": "text", "text": "123456"}]);
    let send = async |wa_id: &str| {
        let components = json!([
            {"type": "body", "parameters": parameter},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": parameter},
        ]);
        let message = json!({
            "channel_id": world.channel().id, "to": {"phone": format!("+{wa_id}")}, "type": "template",
            "template": {"name": "login", "language": {"code": "en_US"}, "components": components},
        });
        world.post("/v1/messages", message).await
    };
    is_taken(&send(BOB).await);
    let bob = world.contact_with(BOB).await["id"].clone();
    assert_eq!(world.consent(&bob, &["service"], "withdrawn").await.status, 201);
    let refused = send(BOB).await;
    is_refused(&refused);
    assert!(refused.body["since"].is_string(), "{}", refused.body);
}

/// A shop's first message is one call: the consent comes with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_may_bring_the_consent_that_it_needs() {
    let world = World::hasty().await.with_offers().await;
    let send = async |consent: Value| {
        let message = json!({
            "channel_id": world.channel().id, "to": {"phone": format!("+{BOB}")}, "consent": consent,
            "type": "template", "template": {"name": "news", "language": {"code": "en_US"}},
        });
        let answer = world.post("/v1/messages", message).await;
        world.settle().await;
        answer
    };
    let form = json!({"source": "Order form", "proof": "https://shop.test/orders/17"});
    for _ in 0..2 {
        is_taken(&send(form.clone()).await);
    }
    assert_eq!(world.received_by(BOB).len(), 2);
    let ledger = world.consent_ledger(BOB).await;
    assert_eq!(ledger.len(), 1, "said again it is the same: {ledger:?}");
    let entry = ["purpose", "state", "source", "source_text", "proof"].map(|name| ledger[0][name].clone());
    assert_eq!(json!(entry), json!(["utility", "given", "message", "Order form", "https://shop.test/orders/17"]));
    is_refused(&world.sends_template(BOB, "sale").await);

    // It undoes no withdrawal, unless it says that it is later.
    let bob = world.contact_with(BOB).await["id"].clone();
    let at = "2026-03-01T12:00:00Z";
    let withdrawn = json!({"purposes": ["utility"], "state": "withdrawn", "at": at, "source": "Letter"});
    assert_eq!(world.consent_of(&bob, withdrawn).await.status, 201);
    is_refused(&send(form).await);
    is_refused(&send(json!({"source": "Order form", "at": "2026-02-28T12:00:00Z"})).await);
    assert_eq!(world.allows(BOB).await[1], "withdrawn");
    is_taken(&send(json!({"source": "Order form", "at": "2026-03-02T12:00:00Z"})).await);

    let wrong = send(json!({"source": "Order form", "at": "2126-03-02T12:00:00Z"})).await;
    assert_eq!((wrong.status, &wrong.body["errors"][0]["field"]), (400, &json!("consent.at")));
    let text = json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{BOB}")}, "type": "text", "text": {"body": "x"},
        "consent": {"source": "Order form"},
    });
    assert_eq!(world.post("/v1/messages", text).await.body["errors"][0]["field"], "consent");
}

/// P40: it came with a message and nobody said when; what the person writes always counts more, even if it comes late.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_comes_late_wins_over_a_consent_without_a_time() {
    let world = World::hasty().await.with_offers().await;
    let message = json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{ANN}")}, "consent": {"source": "Shop"},
        "type": "template", "template": {"name": "news", "language": {"code": "en_US"}},
    });
    is_taken(&world.post("/v1/messages", message).await);
    world.settle().await;
    world.speaks_at(ANN, crate::world::webhooks::now() - 3600, "STOP").await;
    assert_eq!(world.allows(ANN).await[1], "withdrawn");
}

/// P38: a message that was taken as a utility is refused when its template has become marketing on the way.
#[tokio::test(flavor = "multi_thread")]
async fn consent_is_checked_again_when_the_message_goes_out() {
    let world = World::patient().await.with_offers().await;
    let contact = world.met(ANN).await["contact_id"].clone();
    assert_eq!(world.consent(&contact, &["utility"], "given").await.status, 201);
    let message = json!({
        "channel_id": world.channel().id, "to": {"contact_id": contact},
        "type": "template", "template": {"name": "news", "language": {"code": "en_US"}},
    });
    let (queued, held) = world.put_off(130_429, world.post("/v1/messages", message)).await;
    let template = Template::text("news", "en_US", "MARKETING", "Your order is on its way");
    world.simulator().put_template(TemplateOrder { template, notify: false });
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    world.settle().await;
    drop(held);
    world.settle().await;
    let message = world.message(&queued.body["id"]).await;
    assert_eq!(message["state"], "refused", "{message}");
    assert!(message["errors"][0]["details"].as_str().unwrap().contains("marketing"), "{message}");
    assert!(world.received_by(ANN).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_business_says_what_it_asks_for() {
    let world = World::hasty().await.with_offers().await;
    let changed = world.settle_consent(json!({"utility": {"rule": "unless_withdrawn"}})).await;
    assert_eq!((changed.status, &changed.body["consent"]["utility"]["rule"]), (200, &json!("unless_withdrawn")));
    is_taken(&world.sends_template(BOB, "news").await);
    is_refused(&world.sends_template(BOB, "sale").await);
    world.speaks(BOB, "Stop").await;
    assert_eq!(world.settle_consent(json!({"marketing": {"rule": "unless_withdrawn"}})).await.status, 200);
    is_refused(&world.sends_template(BOB, "sale").await);
    is_taken(&world.sends_template(ANN, "sale").await);
}
