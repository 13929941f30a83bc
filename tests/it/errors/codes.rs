//! What becomes of a message that meets a code, and of the channel and the person.
use serde_json::json;
use simulator::{Fault, FaultOrder};
use whatsapp::errors::{Reaction, reaction};

use crate::truth::people::number;
use crate::world::World;
use crate::world::webhooks::{ANN, now};

/// One code of each reaction at least; the table's own tests have them all.
const CODES: [i64; 24] = [
    2, 4, 100, 190, 368, 10, 131_000, 131_008, 131_016, 131_026, 131_031, 131_042, 131_045, 131_047, 131_049, 131_050,
    131_055, 130_429, 131_056, 132_001, 132_016, 133_010, 130_497, 131_048,
];

/// The state of the message, and how often Meta was called, after one such answer.
fn expected(reaction: Reaction) -> (&'static str, usize) {
    match reaction {
        Reaction::RetryLater | Reaction::RetryPair => ("accepted", 2),
        Reaction::InDoubt => ("in_doubt", 1),
        Reaction::StopChannel | Reaction::NewToken => ("queued", 1),
        Reaction::Refuse
        | Reaction::CloseWindow
        | Reaction::SuppressMarketing
        | Reaction::Unreachable
        | Reaction::Cooldown
        | Reaction::Brake
        | Reaction::TemplateStale
        | Reaction::OtherEdge => ("refused", 1),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_code_in_an_answer_has_its_reaction() {
    let world = World::hasty().await;
    for (customer, code) in CODES.into_iter().enumerate() {
        let wa_id = number(customer);
        let conversation = world.met(&wa_id).await;
        world.simulator().clear_sends();
        world.simulator().add_fault(FaultOrder::from(Fault::error(code)));
        let message = world.reply_and_settle(&conversation, "Welcome").await;
        let reaction = reaction(code, None, false);
        let calls = world.sends().len();
        assert_eq!((message["state"].as_str().unwrap(), calls), expected(reaction), "{code}: {message}");
        if message["state"] == "refused" {
            assert_eq!(message["errors"][0]["reaction"], reaction.word(), "{code}: {message}");
            assert!(message["errors"][0]["help"].is_string(), "{message}");
            let waits = world.conversation_with(&wa_id).await["waiting_since"].clone();
            assert_eq!(waits, conversation["waiting_since"], "{code}: the customer waits again");
        }
        let held = message["held"]["reason"].is_string();
        assert_eq!(held, [Reaction::StopChannel, Reaction::NewToken].contains(&reaction), "{code}: {message}");
        let blocked = held || reaction == Reaction::Brake;
        assert_eq!(world.health().await["sending"], if blocked { "blocked" } else { "allowed" }, "{code}");
        if held {
            // Somebody puts it right, and it goes on.
            let path = format!("/v1/channels/{}/resume", world.channel().id);
            assert_eq!(world.post(&path, json!({})).await.status, 200);
            world.settle().await;
            assert_eq!(world.message(&message["id"]).await["state"], "accepted", "{code}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_code_by_webhook_changes_what_it_is_about() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    let sent = world.reply_and_settle(&conversation, "Welcome").await["id"].clone();
    let mut blocks = 0;
    for code in CODES {
        // What is told twice of one message is one status; the errors of each telling count.
        let status = json!({
            "id": format!("wamid.{code}"), "recipient_id": ANN, "status": "failed", "timestamp": (now() - 1000).to_string(),
            "biz_opaque_callback_data": sent, "errors": [{"code": code, "title": "no"}],
        });
        world.deliver_and_settle(&world.status_webhook(status)).await;
        let reaction = reaction(code, None, false);
        let stops = matches!(reaction, Reaction::StopChannel | Reaction::Brake);
        let in_force = world.health().await["blocks"].as_array().unwrap().len();
        assert!(if stops { in_force >= blocks } else { in_force == blocks }, "{code}: {in_force} of {blocks}");
        blocks = in_force;
    }
    assert!(blocks >= 1, "the account's codes stop the channel");
    let first = &world.message(&sent).await["errors"][0];
    assert_eq!((&first["code"], &first["reaction"]), (&json!(2), &json!("retry")), "as it was told first");
}
