//! Double opt-in: the person's own yes, asked for once.
use serde_json::{Value, json};
use simulator::Template;

use super::{is_refused, is_taken};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now};

const MARKETING: [&str; 1] = ["marketing"];

async fn asking(consent: Value) -> World {
    let world = World::hasty().await.with_offers().await;
    let mut settings = consent;
    settings["marketing"] = json!({"double_opt_in": true});
    let changed = world.settle_consent(settings).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    world
}

/// The questions that WhatsApp took for somebody.
fn questions(world: &World, wa_id: &str) -> Vec<Value> {
    let bodies = world.received_by(wa_id).into_iter().map(|send| send.body);
    bodies.filter(|body| body["type"] == "interactive" || body["template"]["name"] == "may_we").collect()
}

fn tap(wa_id: &str, wamid: &str, button: &Value) -> Value {
    json!({
        "from": wa_id, "id": wamid, "timestamp": now().to_string(), "type": "interactive",
        "interactive": {"type": "button_reply", "button_reply": button["reply"]},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_waits_for_the_persons_own_yes() {
    let world = asking(json!({})).await;
    for (wa_id, button, state) in [(ANN, 0, "given"), (BOB, 1, "withdrawn")] {
        let contact = world.met(wa_id).await["contact_id"].clone();
        for _ in 0..2 {
            let answer = world.consent(&contact, &MARKETING, "given").await;
            assert_eq!(answer.body["current"]["marketing"]["state"], "pending", "{}", answer.body);
        }
        let asked = questions(&world, wa_id);
        assert_eq!(asked.len(), 1, "asked once: {asked:?}");
        let refused = world.sends_template(wa_id, "sale").await;
        is_refused(&refused);
        assert!(refused.body["detail"].as_str().unwrap().contains("not yet confirmed"), "{}", refused.body);
        let button = &asked[0]["interactive"]["action"]["buttons"][button];
        for _ in 0..2 {
            world.receives(tap(wa_id, &format!("wamid.{wa_id}.tap"), button)).await;
        }
        assert_eq!(world.allows(wa_id).await[0], state);
        let ledger = world.consent_ledger(wa_id).await;
        let own: Vec<&Value> = ledger.iter().filter(|entry| entry["source"] == "confirmation").collect();
        let proof = own[0]["proof"].as_str().unwrap();
        assert_eq!(own.len(), 1, "{ledger:?}");
        assert!(
            proof.contains("offers and news") && proof.contains(button["reply"]["title"].as_str().unwrap()),
            "{proof}"
        );
    }
    is_taken(&world.sends_template(ANN, "sale").await);
    is_refused(&world.sends_template(BOB, "sale").await);
    // Who has said yes is not asked again.
    let ann = world.contact_with(ANN).await["id"].clone();
    let again = world.consent(&ann, &MARKETING, "given").await;
    assert_eq!((&again.body["current"]["marketing"]["state"], questions(&world, ANN).len()), (&json!("given"), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_in_words_answers_only_what_was_asked_last() {
    let world = asking(json!({})).await;
    let conversation = world.met(ANN).await;
    world.speaks(ANN, "yes").await;
    assert_eq!(world.allows(ANN).await[0], Value::Null, "nothing was asked");
    world.consent(&conversation["contact_id"], &MARKETING, "given").await;
    is_taken(&world.reply(&conversation, "Shall I send it to your home?").await);
    world.settle().await;
    world.speaks_at(ANN, now() + 1, "Yes!").await;
    assert_eq!(world.allows(ANN).await[0], "pending", "that was about the parcel");
    let bob = world.met(BOB).await["contact_id"].clone();
    world.consent(&bob, &MARKETING, "given").await;
    world.speaks_at(BOB, now() + 1, "Ja!").await;
    assert_eq!(world.allows(BOB).await[0], "given");
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_the_window_a_template_asks_and_without_one_nobody_is_asked() {
    let world = asking(json!({})).await;
    let new = |phone: &str| {
        let consents = json!([{"purposes": ["marketing"], "state": "given", "source": "Shop"}]);
        json!({"phone": format!("+{phone}"), "kind": "contact", "consents": consents})
    };
    assert_eq!(world.post("/v1/contacts", new(ANN)).await.status, 201);
    world.settle().await;
    let ledger = world.consent_ledger(ANN).await;
    assert_eq!((&ledger[0]["state"], world.sends().len()), (&json!("pending"), 0));
    assert!(ledger[0]["note"].as_str().unwrap().contains("consent.question.template"), "{ledger:?}");

    let set = world.settle_consent(json!({"question": {"template": {"name": "may_we", "language": "en_US"}}})).await;
    assert_eq!(set.status, 200, "{}", set.body);
    let ann = world.contact_with(ANN).await["id"].clone();
    let answer = world.consent(&ann, &MARKETING, "given").await;
    assert!(answer.body["items"][0]["note"].as_str().unwrap().contains("may_we"), "it is not there: {}", answer.body);
    let mut template = Template::text("may_we", "en_US", "MARKETING", "May we send you offers?");
    let reply = |text: &str| json!({"type": "QUICK_REPLY", "text": text});
    template.components.push(json!({"type": "BUTTONS", "buttons": [reply("Yes"), reply("No")]}));
    world.has_templates(vec![template]).await;

    let answer = world.consent(&ann, &MARKETING, "given").await;
    assert!(answer.body["items"][0]["question_id"].is_string(), "{}", answer.body);
    let asked = questions(&world, ANN);
    assert_eq!(asked.len(), 1, "{:?}", world.sends());
    let payload = asked[0].pointer("/template/components/0/parameters/0/payload").unwrap();
    let tapped = json!({
        "from": ANN, "id": "wamid.yes", "timestamp": (now() + 1).to_string(), "type": "button",
        "button": {"payload": payload, "text": "Yes"},
    });
    world.receives(tapped).await;
    assert_eq!(world.allows(ANN).await[0], "given");
    is_taken(&world.sends_template(ANN, "sale").await);
}

/// The consent that comes with a message waits for a yes too: the person is asked, and the message is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_consent_waits_is_refused_and_the_person_asked() {
    let world = asking(json!({})).await;
    world.met(ANN).await;
    let message = json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{ANN}")}, "consent": {"source": "Shop"},
        "type": "template", "template": {"name": "sale", "language": {"code": "en_US"}},
    });
    for _ in 0..2 {
        is_refused(&world.post("/v1/messages", message.clone()).await);
        world.settle().await;
    }
    let asked = questions(&world, ANN);
    assert_eq!(asked.len(), 1);
    world.receives(tap(ANN, "wamid.tap", &asked[0]["interactive"]["action"]["buttons"][0])).await;
    is_taken(&world.post("/v1/messages", message).await);
    // START asks as well; STOP needs no yes.
    world.speaks(BOB, "STOP").await;
    world.speaks_at(BOB, now() + 1, "START").await;
    assert_eq!(world.allows(BOB).await[..2], [json!("pending"), json!("given")]);
    assert_eq!(questions(&world, BOB).len(), 1);
}
