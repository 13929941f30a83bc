//! What the business writes on its phone, or by another app: a human's answer in the thread (P41, P42).
use serde_json::{Value, json};
use simulator::StatusPlan;

use super::scene::{OWN, echo, message, stamp, to_ann};
use crate::truth::people::INBOUND_APPLY;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now, status, text};

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_is_an_answer_that_opens_no_window() {
    let world = World::start().await;
    let at = now() - 60;
    world.says(&[text(ANN, "wamid.1", at, "Hello?")]).await;
    let before = world.anns_conversation().await;
    assert_eq!((&before["unread"], &before["waiting_since"]), (&json!(1), &json!(stamp(at))));
    world.echoes(&[echo("wamid.e", at + 10, "From the phone")]).await;
    let conversation = world.anns_conversation().await;
    assert_eq!((&conversation["unread"], &conversation["waiting_since"]), (&json!(0), &Value::Null));
    assert_eq!(conversation["last_outbound_at"], stamp(at + 10));
    assert_eq!(conversation["window"], before["window"]);
    let shown = world.shown("wamid.e").await;
    let facts = ["direction", "source", "state", "type", "status"].map(|name| shown[name].clone());
    assert_eq!(json!(facts), json!(["outbound", "echo", "accepted", "text", null]));
    assert_eq!(shown["at"], stamp(at + 10));
    assert!(world.sends().is_empty(), "nothing is sent");
    assert!(world.conversations("?view=unreplied").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_echo_to_somebody_new_makes_a_contact_and_a_thread() {
    let world = World::start().await;
    let at = now() - 60;
    world.echoes(&[echo("wamid.e", at, "Hi, here is the shop")]).await;
    let conversation = world.conversation_with(ANN).await;
    assert_eq!(conversation["window"]["state"], "closed");
    assert_eq!((&conversation["unread"], &conversation["last_inbound_at"]), (&json!(0), &Value::Null));
    let channel = world.get(&format!("/v1/channels/{}", world.channel().id)).await;
    assert_eq!(channel["health"]["throughput"], "coexistence", "a number that is on a phone too sends more slowly");
    assert_eq!(world.contact_with(ANN).await["kind"], "lead");
    assert!(world.events("window.opening").await.is_empty());
    let refused = world.reply(&conversation, "By Casement").await;
    assert!(refused.body["type"].as_str().unwrap().ends_with("window-closed"), "{}", refused.body);
    world.says(&[text(ANN, "wamid.1", at + 5, "Hello")]).await;
    let conversation = world.conversation_with(ANN).await;
    assert_eq!((&conversation["window"]["state"], &conversation["unread"]), (&json!("open"), &json!(1)));
}

/// Whoever the channel gives new customers to, gets them also if the business wrote first.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_answers_an_echo_goes_to_whom_the_channel_says() {
    let world = World::start().await;
    let user = world.post("/v1/users", json!({"name": "Agent", "email": "a@example.org", "role": "agent"})).await;
    assert_eq!(user.status, 201, "{}", user.body);
    let assignee = json!({"user_id": user.body["id"]});
    let path = format!("/v1/channels/{}", world.channel().id);
    assert_eq!(world.call("PATCH", &path, Some(json!({"assign_to": assignee}))).await.status, 200);
    world.echoes(&[echo("wamid.e", now() - 60, "Hi")]).await;
    assert_eq!(world.conversation_with(ANN).await["assignee"], Value::Null);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    world.says(&[text(ANN, "wamid.1", now(), "Hello")]).await;
    assert_eq!(world.conversation_with(ANN).await["assignee"]["user_id"], user.body["id"]);
}

/// Every order of what the customer and the business wrote ends in the same conversation.
#[tokio::test(flavor = "multi_thread")]
async fn echoes_and_messages_in_any_order_end_in_the_same_conversation() {
    let world = World::start().await;
    let at = now() - 600;
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (index, order) in orders.iter().enumerate() {
        let wa_id = format!("1650557{index:04}");
        let mut wrote = echo(&format!("wamid.{wa_id}.e"), at + 10, "answer");
        wrote["to"] = json!(wa_id);
        for act in order.iter().chain(order) {
            match act {
                0 => world.deliver_and_settle(&world.written(&wa_id, &format!("wamid.{wa_id}.0"), at, "before")).await,
                1 => world.echoes(std::slice::from_ref(&wrote)).await,
                _ => {
                    world
                        .deliver_and_settle(&world.written(&wa_id, &format!("wamid.{wa_id}.2"), at + 20, "after"))
                        .await
                }
            }
        }
        let conversation = world.conversation_with(&wa_id).await;
        let facts =
            ["unread", "waiting_since", "last_inbound_at", "last_outbound_at"].map(|name| conversation[name].clone());
        assert_eq!(json!(facts), json!([1, stamp(at + 20), stamp(at + 20), stamp(at + 10)]), "{order:?}");
        assert_eq!(conversation["window"]["closes_at"], stamp(at + 20 + 24 * 3600), "{order:?}");
        assert_eq!(world.texts(&wa_id).await, ["before", "answer", "after"], "{order:?}");
    }
}

/// P18: statuses find an echo by its wamid, also those that come before it.
#[tokio::test(flavor = "multi_thread")]
async fn statuses_find_an_echo_also_when_they_come_first() {
    let world = World::start().await;
    let at = now() - 60;
    for first in [true, false] {
        let wamid = format!("wamid.{first}");
        let mut delivered = status(&wamid, ANN, "delivered", at + 2);
        delivered["pricing"] = json!({"billable": false, "category": "service", "type": "free_customer_service"});
        if first {
            world.deliver_and_settle(&world.status_webhook(delivered.clone())).await;
            world.deliver_and_settle(&world.status_webhook(delivered.clone())).await;
        }
        world.echoes(&[echo(&wamid, at, "From the phone")]).await;
        if !first {
            world.deliver_and_settle(&world.status_webhook(delivered)).await;
        }
        world.deliver_and_settle(&world.status_webhook(status(&wamid, ANN, "read", at + 3))).await;
        let shown = world.shown(&wamid).await;
        assert_eq!(shown["status"], "read", "{shown}");
        assert_eq!(shown["statuses"], json!({"delivered": stamp(at + 2), "read": stamp(at + 3)}));
        assert_eq!(shown["pricing"]["category"], "service");
    }
    assert_eq!(world.events("status.unmatched").await.len(), 1, "the one that came first is told");
}

/// The samples write the sides the wrong way round, leave one out, or name the person by user id.
#[tokio::test(flavor = "multi_thread")]
async fn an_echo_finds_its_thread_by_whatever_it_names() {
    let world = World::start().await;
    let at = now() - 60;
    let body = json!({"body": "Hi"});
    let mut swapped = message(BOB, "wamid.1", at, "text", body.clone());
    swapped["to"] = json!("+1 555 010 0200");
    let mut by_id = message(OWN, "wamid.2", at, "text", body.clone());
    by_id["to_user_id"] = json!("US.77");
    let by_contact = message(OWN, "wamid.3", at, "text", body);
    let contact = json!({"wa_id": BOB, "user_id": "US.77", "profile": {"name": "Bob"}});
    world.told("smb_message_echoes", json!({"contacts": [contact], "message_echoes": [swapped]})).await;
    world.echoes(&[by_id]).await;
    world.told("smb_message_echoes", json!({"contacts": [contact], "message_echoes": [by_contact]})).await;
    let thread = world.thread(&world.conversation_with(BOB).await).await;
    assert_eq!(thread.len(), 3, "{thread:#?}");
    assert_eq!(world.contact_with(BOB).await["name"], "Bob");
    let to_nobody = message(OWN, "wamid.4", at, "text", json!({"body": "?"}));
    world.echoes(std::slice::from_ref(&to_nobody)).await;
    assert_eq!(world.events("webhook.kept").await[0]["data"]["raw"], to_nobody);
}

/// `message_echoes` may tell of what we sent ourselves: it is there already.
#[tokio::test(flavor = "multi_thread")]
async fn an_echo_of_what_we_sent_is_no_second_message() {
    let world = World::start().await;
    world.simulator().set_default_plan(StatusPlan::none());
    world.says(&[text(ANN, "wamid.1", now() - 60, "Hello")]).await;
    let ours = world.reply_and_settle(&world.conversation_with(ANN).await, "Welcome").await;
    let same = to_ann(message(OWN, ours["wamid"].as_str().unwrap(), now(), "text", json!({"body": "Welcome"})));
    let other = to_ann(message(OWN, "wamid.bot", now(), "text", json!({"body": "of a bot"})));
    for _ in 0..2 {
        world.told("message_echoes", json!({"message_echoes": [same, other]})).await;
    }
    assert_eq!(world.anns().await.len(), 3);
    assert_eq!(world.shown(ours["wamid"].as_str().unwrap()).await["source"], "live");
    assert_eq!(world.shown("wamid.bot").await["source"], "echo");
}

/// The message and the conversation are two writes.
#[tokio::test(flavor = "multi_thread")]
async fn an_echo_survives_a_crash_at_every_step() {
    use local::aws::{Fault, FaultAction};
    let world = World::hasty().await;
    let at = now() - 600;
    for step in 1..=8 {
        let wa_id = format!("1650558{step:04}");
        world.deliver_and_settle(&world.written(&wa_id, &format!("wamid.{wa_id}"), at, "Hello?")).await;
        world.stack.lambda().cool(INBOUND_APPLY).await;
        world.stack.aws().faults().add(Fault::new(INBOUND_APPLY, FaultAction::KillAfterExecuting).nth(step));
        let mut wrote = echo(&format!("wamid.{wa_id}.e"), at + 5, "From the phone");
        wrote["to"] = json!(wa_id);
        world.echoes(&[wrote]).await;
        world.stack.aws().faults().clear();
        let conversation = world.conversation_with(&wa_id).await;
        assert_eq!((&conversation["unread"], &conversation["waiting_since"]), (&json!(0), &Value::Null), "{step}");
        assert_eq!(conversation["last_outbound_at"], stamp(at + 5), "{step}");
        assert_eq!(world.texts(&wa_id).await, ["Hello?", "From the phone"], "{step}");
    }
}
