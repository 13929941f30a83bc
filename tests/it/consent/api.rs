//! Consents as they are recorded, shown and told.
use serde_json::{Value, json};

use super::{is_refused, is_taken};
use crate::world::World;
use crate::world::webhooks::{ANN, contact, now, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_keeps_every_word_and_the_latest_holds() {
    let world = World::hasty().await.with_offers().await;
    let contact = world.met(ANN).await["contact_id"].clone();
    let say = async |state: &str, at: Value| {
        let consent = json!({
            "purposes": ["marketing"], "state": state, "at": at, "source": "Fair in Cologne", "proof": "Form 12",
            "channel_id": world.channel().id,
        });
        let answer = world.consent_of(&contact, consent).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["current"]["marketing"]["state"].clone()
    };
    for (state, at, holds) in [
        ("given", "2026-02-01T12:00:00Z", "given"),
        ("withdrawn", "2026-01-01T12:00:00Z", "given"),
        ("withdrawn", "2026-03-01T12:00:00+01:00", "withdrawn"),
        ("given", "2026-03-01T11:00:00Z", "withdrawn"), // at the same moment
        ("given", "2026-02-01T12:00:00Z", "withdrawn"), // told again
    ] {
        assert_eq!(say(state, json!(at)).await, holds, "{state} at {at}");
    }
    is_refused(&world.sends_template(ANN, "sale").await);
    assert_eq!(say("given", Value::Null).await, "given");
    is_taken(&world.sends_template(ANN, "sale").await);
    assert_eq!(say("withdrawn", Value::Null).await, "withdrawn");

    let ledger = world.consent_ledger(ANN).await;
    let times: Vec<&str> = ledger.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert_eq!(ledger.len(), 6, "{ledger:?}");
    assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
    assert!(ledger.iter().all(|entry| entry["proof"] == "Form 12" && entry["source"] == "api"));
    let id = contact.as_str().unwrap();
    let first = world.get(&format!("/v1/contacts/{id}/consents?limit=4")).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = world.get(&format!("/v1/contacts/{id}/consents?limit=4&cursor={cursor}")).await;
    let paged = [first["items"].as_array().unwrap().clone(), rest["items"].as_array().unwrap().clone()].concat();
    assert_eq!((paged, &rest["next_cursor"]), (ledger, &Value::Null));
    assert_eq!(first["current"]["marketing"]["state"], "withdrawn");

    let told = world.events("consent.changed").await;
    let told: Vec<&Value> = told.iter().rev().map(|event| &event["data"]["state"]).collect();
    assert_eq!(told.len(), 4, "what changed nothing is no event: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_consent_is_named() {
    let world = World::hasty().await;
    let contact = world.met(ANN).await["contact_id"].clone();
    let good = json!({"purposes": ["marketing"], "state": "given", "source": "Shop"});
    for (member, value, status) in [
        ("at", json!("2126-01-01T00:00:00Z"), 400),
        ("at", json!("yesterday"), 400),
        ("purposes", json!([]), 400),
        ("purposes", json!(["marketing", "marketing"]), 400),
        ("purposes", json!(["spam"]), 400),
        ("state", json!("pending"), 400),
        ("source", json!(" "), 400),
        ("proof", json!("x".repeat(2001)), 400),
        ("channel_id", json!("chn_00000000000000000000000000"), 422),
    ] {
        let mut consent = good.clone();
        consent[member] = value.clone();
        let answer = world.consent_of(&contact, consent).await;
        let field = answer.body["errors"][0]["field"].as_str().unwrap_or_default();
        assert!(answer.status == status && field.starts_with(member), "{member} {value}: {}", answer.body);
    }
    assert!(world.consent_ledger(ANN).await.is_empty());
    let nobody = json!("con_00000000000000000000000000");
    assert_eq!(world.consent_of(&nobody, good).await.status, 404);
    for (consent, field) in [
        (json!({"marketing": {"rule": "never"}}), "consent.marketing.rule"),
        (json!({"keywords": {"stop": ["!!"]}}), "consent.keywords.stop[0]"),
        (json!({"keywords": {"stop": ["Halt"], "start": ["halt!"]}}), "consent.keywords.start"),
        (json!({"confirmation": {"stop": {"xx": "Bye"}}}), "consent.confirmation.stop.xx"),
        (json!({"question": {"yes": "Sure", "no": "Sure"}}), "consent.question.no"),
        (json!({"question": {"yes": "x".repeat(21)}}), "consent.question.yes"),
    ] {
        let answer = world.settle_consent(consent.clone()).await;
        let found = answer.body["errors"][0]["field"].clone();
        assert_eq!((answer.status, &found), (400, &json!(field)), "{consent}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_contact_may_bring_consents() {
    let world = World::hasty().await.with_offers().await;
    let new = json!({
        "phone": format!("+{ANN}"), "kind": "contact",
        "consents": [
            {"purposes": ["utility", "marketing"], "state": "given", "at": "2026-01-01T12:00:00Z", "source": "Shop"},
            {"purposes": ["marketing"], "state": "withdrawn", "source": "Call"},
        ],
    });
    let made = world.post("/v1/contacts", new).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["consents"]["marketing"]["state"], "withdrawn");
    is_taken(&world.sends_template(ANN, "news").await);
    is_refused(&world.sends_template(ANN, "sale").await);
    let wrong = json!({
        "phone": "+16505550199", "kind": "contact", "consents": [{"purposes": [], "state": "given", "source": "Shop"}],
    });
    let refused = world.post("/v1/contacts", wrong).await;
    assert_eq!(refused.body["errors"][0]["field"], "consents[0].purposes");
    assert_eq!(world.get("/v1/contacts").await["items"].as_array().unwrap().len(), 1);
}

/// Every identity of a person leads to the same consents.
#[tokio::test(flavor = "multi_thread")]
async fn the_forms_of_a_person_share_their_consents() {
    let world = World::hasty().await.with_offers().await;
    let bsuid = "US.13491208655302741918";
    let mut stop = text(ANN, "wamid.stop", now(), "stop");
    stop["from_user_id"] = json!(bsuid);
    let mut person = contact(ANN, "Ann");
    person["user_id"] = json!(bsuid);
    let value = json!({"contacts": [person], "messages": [stop]});
    world.deliver_and_settle(&world.messages_webhook(world.value(value))).await;
    for to in [json!({"phone": format!("+{ANN}")}), json!({"bsuid": bsuid})] {
        let message = json!({
            "channel_id": world.channel().id, "to": to, "consent": {"source": "Shop"},
            "type": "template", "template": {"name": "sale", "language": {"code": "en_US"}},
        });
        is_refused(&world.post("/v1/messages", message).await);
    }
}
