//! The free entry point: offered by an ad, opened by an answer, told by Meta's statuses, and no window of its own.
use serde_json::{Value, json};
use simulator::{Inbound, StatusPlan};

use super::{DAY, HOUR, message, seconds};
use crate::world::World;
use crate::world::webhooks::{ANN, now, status};

fn ad() -> Value {
    json!({"type": "text", "text": {"body": "I saw your ad"}, "referral": {"source_type": "ad", "source_id": "120210", "source_url": "https://fb.me/ad"}})
}

async fn shown(world: &World) -> Value {
    world.conversation_with(ANN).await["window"]["entry_point"].clone()
}

/// As WhatsApp plays it.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_an_ad_opens_it_and_meta_tells_its_end() {
    let world = World::hasty().await;
    world.simulator().put_customer(serde_json::from_value(json!({"wa_id": ANN, "name": "Ann Ash"})).unwrap());
    let inbound = json!({
        "from": format!("+{ANN}"), "message": {"type": "text", "body": "I saw your ad"}, "referral": ad()["referral"],
    });
    world.simulator().inbound(serde_json::from_value::<Inbound>(inbound).unwrap()).unwrap();
    world.settle().await;
    let offered = shown(&world).await;
    assert_eq!(
        (&offered["state"], &offered["source"], &offered["closes_at"]),
        (&json!("expected"), &json!("ad"), &json!(null))
    );
    let clicked_at = seconds(&world.conversation_with(ANN).await["last_inbound_at"]);
    assert_eq!(seconds(&offered["answer_by"]), clicked_at + DAY);

    // Meta's statuses are late: what is expected is shown as that.
    world.simulator().set_default_plan(StatusPlan::none());
    let answer = world.reply_and_settle(&world.conversation_with(ANN).await, "Welcome").await;
    let expected = shown(&world).await;
    assert_eq!((&expected["state"], &expected["is_expected"]), (&json!("expected"), &json!(true)));
    assert_eq!(seconds(&expected["closes_at"]), seconds(&expected["opened_at"]) + 72 * HOUR);
    world.settle_on(json!({"window": {"entry_point_hours": 168}})).await;
    let expected = shown(&world).await;
    assert_eq!(seconds(&expected["closes_at"]), seconds(&expected["opened_at"]) + 168 * HOUR);

    world.simulator().set_default_plan(StatusPlan::default());
    let second = world.reply_and_settle(&world.conversation_with(ANN).await, "Can we help?").await;
    assert_eq!(second["pricing"]["type"], "free_entry_point", "{second}");
    let open = shown(&world).await;
    assert_eq!((&open["state"], &open["is_expected"]), (&json!("open"), &json!(false)));
    let told: i64 = second["conversation"]["expiration_timestamp"].as_str().unwrap().parse().unwrap();
    assert_eq!(seconds(&open["closes_at"]), told);
    assert_eq!(open["opened_at"], expected["opened_at"], "by the first answer");
    assert_eq!(answer["state"], "accepted");
}

/// The ways in which Meta has told it, over the years: numbers and strings, with and without `type`, with and without an end.
#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_metas_word_is_understood() {
    let world = World::hasty().await;
    world.simulator().set_default_plan(StatusPlan::none());
    let end = now() + 100 * HOUR;
    let cbp = json!({"billable": false, "pricing_model": "CBP", "category": "referral_conversion"});
    let pmp = json!({"billable": false, "pricing_model": "PMP", "type": "free_entry_point", "category": "referral_conversion"});
    let service = json!({"billable": false, "pricing_model": "PMP", "type": "free_entry_point", "category": "service"});
    let regular = json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "service"});
    let origin =
        |expires: Value| json!({"id": "c", "origin": {"type": "referral_conversion"}, "expiration_timestamp": expires});
    let of =
        |kind: &str| json!({"id": "c", "origin": {"type": kind}, "expiration_timestamp": (end - HOUR).to_string()});
    for (index, (name, conversation, pricing, state, closes)) in [
        ("by conversation", origin(json!(end.to_string())), cbp, "open", Some(end)),
        ("by message", origin(json!(end)), pmp.clone(), "open", Some(end)),
        ("the price alone", Value::Null, service.clone(), "open", None),
        ("the origin alone", origin(json!(end)), Value::Null, "open", Some(end)),
        ("an end beside the price", of("service"), service, "open", Some(end - HOUR)),
        ("an ordinary one", of("service"), regular, "null", None),
        ("nothing", Value::Null, Value::Null, "null", None),
    ]
    .into_iter()
    .enumerate()
    {
        let from = format!("165055520{index:02}");
        world.deliver_and_settle(&world.written(&from, &format!("wamid.{index}"), now() - 60, "Hello")).await;
        let sent = world.reply_and_settle(&world.conversation_with(&from).await, "Welcome").await;
        let mut told = status(sent["wamid"].as_str().unwrap(), &from, "sent", now());
        told["biz_opaque_callback_data"] = sent["id"].clone();
        (told["conversation"], told["pricing"]) = (conversation, pricing);
        told.as_object_mut().unwrap().retain(|_, member| !member.is_null());
        for _ in 0..2 {
            world.deliver_and_settle(&world.status_webhook(told.clone())).await;
        }
        let shown = world.conversation_with(&from).await["window"]["entry_point"].clone();
        assert_eq!(shown["state"].as_str().unwrap_or("null"), state, "{name}: {shown}");
        if let Some(closes) = closes {
            assert_eq!((seconds(&shown["closes_at"]), &shown["is_expected"]), (closes, &json!(false)), "{name}");
        }
    }
}

/// 7.3: it makes messages free; after 24 hours of silence only a template may go out.
#[tokio::test(flavor = "multi_thread")]
async fn it_lets_nothing_free_form_out_after_the_window() {
    let world = World::hasty().await;
    world.simulator().set_default_plan(StatusPlan::none());
    world.settle_on(json!({"window": {"safety_margin_seconds": 0}})).await;
    world.deliver_and_settle(&message(&world, ANN, ad(), now() - DAY + 3)).await;
    let sent = world.reply_and_settle(&world.conversation_with(ANN).await, "Welcome").await;
    let mut told = status(sent["wamid"].as_str().unwrap(), ANN, "sent", now());
    told["biz_opaque_callback_data"] = sent["id"].clone();
    told["conversation"] = json!({"id": "c", "origin": {"type": "referral_conversion"}, "expiration_timestamp": (now() + 2 * DAY).to_string()});
    world.deliver_and_settle(&world.status_webhook(told)).await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let conversation = world.conversation_with(ANN).await;
    let window = &conversation["window"];
    let shown = (&window["state"], &window["can_send"], &window["entry_point"]["state"]);
    assert_eq!(shown, (&json!("closed"), &json!("template"), &json!("open")));
    let refused = world.reply(&conversation, "Still interested?").await;
    assert!(refused.body["type"].as_str().unwrap().ends_with("window-closed"), "{}", refused.body);
    assert_eq!(world.template_to(ANN).await.status, 202);
}

/// Meta repeats itself with each message: only what is news is written.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_tells_nothing_new_of_it_costs_no_more() {
    let world = World::hasty().await;
    world.simulator().set_default_plan(StatusPlan::none());
    world.deliver_and_settle(&message(&world, ANN, ad(), now() - 60)).await;
    let sent = world.reply_and_settle(&world.conversation_with(ANN).await, "Welcome").await;
    let end = (now() + 2 * DAY).to_string();
    let costs = async |word: &str| {
        let mut told = status(sent["wamid"].as_str().unwrap(), ANN, word, now());
        told["biz_opaque_callback_data"] = sent["id"].clone();
        told["conversation"] =
            json!({"id": "c", "origin": {"type": "referral_conversion"}, "expiration_timestamp": end});
        told["pricing"] =
            json!({"pricing_model": "PMP", "type": "free_entry_point", "category": "referral_conversion"});
        drop(world.stack.aws().meter().take());
        world.deliver_and_settle(&world.status_webhook(told)).await;
        let taken = world.stack.aws().meter().take();
        let of = taken.iter().filter(|((function, _), _)| function == "InboundApplyFunction");
        of.fold((0.0, 0.0), |(table, indexes), (_, usage)| {
            (table + usage.table_write_units, indexes + usage.index_write_units)
        })
    };
    assert_eq!(costs("sent").await, (2.0, 0.0), "news");
    assert_eq!(costs("delivered").await, (1.0, 0.0));
    assert_eq!(costs("read").await, (1.0, 0.0));
}
