//! STOP, START and their like: the whole message, in many languages, confirmed once (P40).
use serde_json::{Value, json};

use super::{is_refused, is_taken};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, contact, entry, now, text, webhook};

const ALL: [&str; 2] = ["marketing", "utility"];

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_honoured_and_confirmed_once_and_a_start_undoes_it() {
    let world = World::hasty().await.with_offers().await;
    let conversation = world.met(ANN).await;
    let given = json!({"purposes": ALL, "state": "given", "at": "2026-01-01T12:00:00Z", "source": "Order form"});
    assert_eq!(world.consent_of(&conversation["contact_id"], given).await.status, 201);
    is_taken(&world.sends_template(ANN, "sale").await);
    let at = now() - 300;
    for _ in 0..2 {
        world.speaks_at(ANN, at, "  Stop!! 🛑").await;
    }
    world.speaks_at(ANN, at + 10, "STOP").await;
    assert_eq!(world.allows(ANN).await, [json!("withdrawn"), json!("withdrawn"), Value::Null]);
    is_refused(&world.sends_template(ANN, "sale").await);
    let told = world.heard_back(ANN);
    assert!(told.len() == 1 && told[0].contains("START"), "once: {told:?}");

    let thread = world.thread(&conversation).await;
    let stop = thread.iter().find(|message| message["text"]["body"] == "  Stop!! 🛑").unwrap();
    let ledger = world.consent_ledger(ANN).await;
    let proofs = ledger.iter().filter(|entry| entry["message_id"] == stop["id"] && entry["proof"] == "  Stop!! 🛑");
    assert_eq!(proofs.count(), 2, "one entry for each purpose names the message: {ledger:?}");
    let after = world.conversation_with(ANN).await;
    assert!(after["waiting_since"].is_string(), "what we write by ourselves answers nobody: {after}");

    world.speaks_at(ANN, at + 20, "start").await;
    assert_eq!(world.allows(ANN).await, [json!("given"), json!("given"), Value::Null]);
    assert_eq!(world.heard_back(ANN).len(), 2);
    world.speaks_at(ANN, at + 30, "Start").await;
    assert_eq!(world.heard_back(ANN).len(), 2, "nothing more was given back");
    is_taken(&world.sends_template(ANN, "sale").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_person_is_understood_and_answered_in_their_language() {
    let world = World::hasty().await;
    for (index, (body, withdrawn, told)) in [
        ("BAJA", 2, "No recibirás"),
        ("Désabonner", 2, "Vous ne recevrez plus"),
        ("Abmelden.", 2, "Sie erhalten keine"),
        ("отписаться", 2, "Вы больше не"),
        ("إلغاء الاشتراك", 2, "لن تصلك"),
        ("बंद करो", 2, "अब आपको"),
        ("退订", 2, "您将不再"),
        ("配信停止", 2, "今後"),
        ("수신거부", 2, "앞으로"),
        ("หยุด", 2, "คุณจะไม่"),
        ("הסר", 2, "לא תקבלו"),
        ("Stop all", 3, "You will get no more"),
    ]
    .into_iter()
    .enumerate()
    {
        let wa_id = format!("165055503{index:02}");
        world.speaks(&wa_id, body).await;
        let count = world.allows(&wa_id).await.iter().filter(|state| *state == "withdrawn").count();
        assert_eq!(count, withdrawn, "{body}");
        let texts = world.heard_back(&wa_id);
        assert!(texts.len() == 1 && texts[0].starts_with(told), "{body}: {texts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_word_in_a_sentence_is_a_message_like_any_other() {
    let world = World::hasty().await;
    for body in ["Where does the bus stop?", "Please cancel", "no", "Can I stop by at five", "start", "subscribe"] {
        world.speaks(ANN, body).await;
    }
    assert_eq!(world.allows(ANN).await, [Value::Null, Value::Null, Value::Null]);
    assert!(world.consent_ledger(ANN).await.is_empty() && world.heard_back(ANN).is_empty());
}

/// P41: what is not said live and to us is no word for us.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_said_live_counts() {
    let world = World::hasty().await;
    world.met(ANN).await;
    let own = "15550100200";
    let mut past = text(ANN, "wamid.past", now() - 50, "STOP");
    past["history_context"] = json!({"status": "READ"});
    let history = json!({"history": [{
        "metadata": {"phase": 0, "chunk_order": 1, "progress": 55}, "threads": [{"id": ANN, "messages": [past]}],
    }]});
    let mut echo = text(own, "wamid.echo", now() - 40, "STOP");
    echo["to"] = json!(ANN);
    let mut group = text(ANN, "wamid.group", now() - 30, "STOP");
    group["group_id"] = json!("group-1");
    let standby =
        json!({"contacts": [contact(ANN, "Ann")], "messages": [text(ANN, "wamid.standby", now() - 20, "STOP")]});
    for (field, value) in [
        ("history", world.value(history)),
        ("smb_message_echoes", world.value(json!({"message_echoes": [echo]}))),
        ("messages", world.value(json!({"contacts": [contact(ANN, "Ann")], "messages": [group]}))),
        ("standby", world.value(json!({"standby": standby}))),
    ] {
        world.deliver_and_settle(&webhook(&[entry(&world, &[(field, value)])])).await;
    }
    assert_eq!(world.allows(ANN).await, [Value::Null, Value::Null, Value::Null]);
    assert!(world.heard_back(ANN).is_empty());
}

fn tapped(from: &str, wamid: &str, title: &str) -> Value {
    json!({
        "from": from, "id": wamid, "timestamp": now().to_string(), "type": "button",
        "button": {"payload": title, "text": title},
    })
}

/// The buttons of Meta's own samples end what they stand under.
#[tokio::test(flavor = "multi_thread")]
async fn a_button_ends_marketing_only() {
    let world = World::hasty().await.with_offers().await;
    let (given, withdrawn) = (json!("given"), json!("withdrawn"));
    for (wa_id, title, states) in [
        (ANN, "Stop promotions", [&withdrawn, &given]),
        (BOB, "Unsubscribe", [&withdrawn, &given]),
        ("16505550103", "Stop Delivery Updates", [&given, &withdrawn]),
        ("16505550104", "Unsubscribe from All", [&withdrawn, &withdrawn]),
        ("16505550105", "View order", [&given, &given]),
    ] {
        let contact = world.met(wa_id).await["contact_id"].clone();
        assert_eq!(world.consent(&contact, &ALL, "given").await.status, 201);
        world.receives(tapped(wa_id, &format!("wamid.{wa_id}.tap"), title)).await;
        let [marketing, utility, _] = world.allows(wa_id).await;
        assert_eq!([&marketing, &utility], states, "{title}");
    }
}

/// P40: however they come, the last word by Meta's clock holds.
#[tokio::test(flavor = "multi_thread")]
async fn words_that_come_late_and_reordered_end_alike() {
    let world = World::hasty().await;
    let at = now() - 500;
    for (wa_id, words, marketing) in [
        (ANN, [(20, "START"), (10, "STOP")], json!("given")),
        (BOB, [(30, "STOP"), (20, "START")], json!("withdrawn")),
        ("16505550103", [(10, "STOP"), (20, "START")], json!("given")),
        ("16505550104", [(10, "STOP"), (10, "START")], json!("withdrawn")),
    ] {
        for (seconds, word) in words.iter().chain(&words) {
            world.speaks_at(wa_id, at + seconds, word).await;
        }
        assert_eq!(world.allows(wa_id).await[0], marketing, "{words:?}");
        let ledger = world.consent_ledger(wa_id).await;
        assert_eq!(ledger[0]["state"], marketing, "the ledger ends with what holds: {ledger:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_business_has_words_and_texts_of_its_own() {
    let world = World::hasty().await;
    let changed = world
        .settle_consent(json!({
            "keywords": {"stop_marketing": ["Keine Angebote"], "ignored": ["quit"]},
            "confirmation": {"stop": {"*": "Done. The shop"}, "start": {"en": "Hello again"}},
        }))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    world.speaks(ANN, "keine angebote!").await;
    assert_eq!(world.allows(ANN).await, [json!("withdrawn"), Value::Null, Value::Null]);
    assert_eq!(world.heard_back(ANN), ["Done. The shop"]);
    world.speaks(BOB, "quit").await;
    assert_eq!(world.allows(BOB).await[0], Value::Null);
    assert_eq!(world.settle_consent(json!({"confirmation": {"enabled": false}})).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    world.speaks(BOB, "stop").await;
    assert_eq!((world.allows(BOB).await[0].clone(), world.heard_back(BOB).len()), (json!("withdrawn"), 0));
}

/// What is no such word costs nothing: `cost` asserts it for a long text, this for one that could be one.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_text_costs_at_most_a_look_at_the_settings() {
    let world = World::hasty().await;
    world.speaks(ANN, "Hello").await;
    drop(world.stack.aws().meter().take());
    world.speaks(ANN, "Thank you").await;
    let taken = world.stack.aws().meter().take();
    let apply = taken.iter().filter(|((function, _), _)| function == "InboundApplyFunction");
    let reads: Vec<_> = apply.filter(|((_, name), _)| name.starts_with("Get") || name == "Query").collect();
    assert!(reads.iter().all(|((_, name), usage)| name == "GetItem" && usage.requests == 1), "{reads:?}");
}
