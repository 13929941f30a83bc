//! What is asked once more when a message is due: the window, consent, credit, the channel, the template, and whether anybody
//! answered.
use serde_json::{Value, json};
use simulator::{StatusPlan, Template};

use super::{SOON, at, is};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now};

/// Somebody wrote so long ago that their window closes in so many seconds.
async fn met_until(world: &World, wa_id: &str, seconds: i64) -> Value {
    let wrote = now() - 24 * 3600 + seconds;
    world.deliver(&world.written(wa_id, &format!("wamid.{wa_id}.hello"), wrote, "Hello")).await;
    world.settle().await;
    world.conversation_with(wa_id).await
}

/// Free-form messages go until the last moment of the window.
async fn without_margin() -> World {
    let world = World::hasty().await;
    let answer = world.call("PATCH", "/v1/settings", Some(json!({"window": {"safety_margin_seconds": 0}}))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_window_closed_is_refused_or_goes_as_its_template() {
    let world = without_margin().await;
    let due = now() + SOON;
    let conversation = met_until(&world, ANN, SOON - 1).await;
    let refused = world.scheduled(&conversation, "too late", due, json!({})).await;
    let consent = json!({"purposes": ["utility"], "state": "given", "source": "Shop"});
    let path = format!("/v1/contacts/{}/consents", conversation["contact_id"].as_str().unwrap());
    assert_eq!(world.post(&path, consent).await.status, 201);
    let fallback = json!({"fallback": {"template": {"name": "hello_world", "language": {"code": "en_US"}}}});
    let replaced = world.scheduled(&conversation, "or the template", due, fallback.clone()).await;
    world.comes(due).await;
    let report = world.minute().await;
    assert_eq!((&report["refused"], &report["queued"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(world.outcome(&refused).await, is("refused", "window-closed"));
    let told = world.events("message.refused").await;
    assert_eq!((told.len(), &told[0]["data"]["message_id"]), (1, &refused));
    let went = world.message(&replaced).await;
    assert_eq!((&went["type"], &went["state"]), (&json!("template"), &json!("accepted")), "{went}");
    assert_eq!(went["scheduled"]["instead_of"], "text");
    assert_eq!(world.received_by(ANN)[0].body["type"], "template");
    // In an open window it goes as it is.
    let open = world.met(BOB).await;
    let due = now() + SOON;
    let kept = world.scheduled(&open, "as it is", due, fallback).await;
    world.comes(due).await;
    world.minute().await;
    let went = world.message(&kept).await;
    assert_eq!((&went["type"], &went["state"]), (&json!("text"), &json!("accepted")), "{went}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_to_go_if_nobody_answered_is_cancelled_if_somebody_did() {
    let world = World::hasty().await;
    let numbers: Vec<String> = (1..=4).map(crate::truth::people::number).collect();
    let unless = json!({"only_if_unanswered": true});
    let (due, mut ids) = (now() + 2 * SOON, Vec::new());
    for number in &numbers {
        let conversation = world.met(number).await;
        ids.push(world.scheduled(&conversation, "Still there?", due, unless.clone()).await);
    }
    let second = world.scheduled(&world.conversation_with(&numbers[0]).await, "And now?", due + 1, unless).await;
    // The first hears nothing; the second writes; to the third somebody replies; the fourth's phone sends a receipt only.
    world.writes(&numbers[1], "wamid.answer", "Yes!").await;
    world.reply_and_settle(&world.conversation_with(&numbers[2]).await, "One more thing").await;
    let path = format!("/v1/conversations/{}/read", world.conversation_with(&numbers[3]).await["id"].as_str().unwrap());
    world.post(&path, json!({})).await;
    world.settle().await;
    world.comes(due + 1).await;
    let report = world.minute().await;
    assert_eq!((&report["queued"], &report["cancelled"]), (&json!(3), &json!(2)), "{report}");
    let outcomes = [
        is("accepted", ""),
        is("cancelled", "customer_wrote"),
        is("cancelled", "business_replied"),
        is("accepted", ""),
    ];
    for (id, outcome) in ids.iter().zip(outcomes) {
        assert_eq!(world.outcome(id).await, outcome);
    }
    assert_eq!(world.outcome(&second).await, is("accepted", ""), "one reminder does not end the next");
    let told = world.events("message.cancelled").await;
    let mut reasons: Vec<&str> = told.iter().map(|event| event["data"]["reason"]["title"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["business_replied", "customer_wrote"]);
    assert!(world.received_by(&numbers[1]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_the_template_and_consent_are_asked_about_again() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    world.has_templates(vec![Template::text("offer", "en_US", "MARKETING", "Green shirts.")]).await;
    let due = now() + SOON;
    let offer = |wa_id: &str| {
        json!({
            "channel_id": world.channel().id, "to": {"phone": format!("+{wa_id}")}, "type": "template",
            "template": {"name": "offer", "language": {"code": "en_US"}}, "send_at": at(due),
            "consent": {"source": "Shop"},
        })
    };
    let marketing = world.post("/v1/messages", offer(BOB)).await;
    assert_eq!(marketing.status, 202, "{}", marketing.body);
    let text = world.scheduled(&conversation, "x", due, json!({})).await;
    // Bob says no, and the channel is disabled.
    let bob = world.contact_with(BOB).await["id"].clone();
    let no = json!({"purposes": ["marketing"], "state": "withdrawn", "source": "Call", "at": at(now())});
    let path = format!("/v1/contacts/{}/consents", bob.as_str().unwrap());
    assert_eq!(world.post(&path, no).await.status, 201);
    world.comes(due).await;
    world.minute().await;
    assert_eq!(world.outcome(&marketing.body["id"]).await, is("refused", "no-consent"));
    assert_eq!(world.outcome(&text).await, is("accepted", ""));
    let due = now() + SOON;
    let disabled = world.scheduled(&conversation, "y", due, json!({})).await;
    let path = format!("/v1/channels/{}", world.channel().id);
    world.call("PATCH", &path, Some(json!({"state": "disabled"}))).await;
    world.comes(due).await;
    world.minute().await;
    assert_eq!(world.outcome(&disabled).await, is("refused", "channel-disabled"));
}

/// Credit is taken when the message goes: until then it costs nothing, and what is short by then is refused.
#[tokio::test(flavor = "multi_thread")]
async fn credit_is_held_when_a_message_is_due() {
    let world = World::priced(|options| options.time_scale = 1000).await;
    world.simulator().set_default_plan(StatusPlan::none());
    world.adjust(30_000, "USD").await;
    world.has_templates(vec![Template::text("offer", "en_US", "MARKETING", "Green shirts.")]).await;
    let due = now() + SOON;
    let offer = |wa_id: &str, later: i64| {
        crate::world::consents::agreed(json!({
            "channel_id": world.channel().id, "to": {"phone": format!("+{wa_id}")}, "type": "template",
            "template": {"name": "offer", "language": {"code": "en_US"}}, "send_at": at(due + later),
        }))
    };
    let first = world.post("/v1/messages", offer(ANN, 0)).await;
    let second = world.post("/v1/messages", offer(BOB, 1)).await;
    assert_eq!((first.status, second.status, &first.body["price"]), (202, 202, &Value::Null), "{}", first.body);
    world.settle().await;
    let credits = async || world.get("/v1/credits").await;
    assert_eq!(credits().await["held_micros"], 0);
    world.comes(due + 1).await;
    let report = world.minute().await;
    assert_eq!((&report["queued"], &report["refused"]), (&json!(1), &json!(1)), "{report}");
    // Of two that are due in one minute either may be the first to be looked at.
    let (mut went, mut other) = (world.message(&first.body["id"]).await, second);
    if went["state"] == "refused" {
        (went, other) = (world.message(&other.body["id"]).await, first);
    }
    assert_eq!(
        (&went["state"], &went["price"]["state"], &went["price"]["amount_micros"]),
        (&json!("accepted"), &json!("held"), &json!(25_000))
    );
    assert_eq!(credits().await["held_micros"], 25_000);
    assert_eq!(world.outcome(&other.body["id"]).await, is("refused", "insufficient-credits"));
    // What was cancelled holds nothing either.
    let third = world.post("/v1/messages", offer(BOB, 600)).await;
    assert_eq!(world.cancel(&third.body["id"]).await.status, 200);
    world.settle().await;
    assert_eq!(credits().await["held_micros"], 25_000);
}
