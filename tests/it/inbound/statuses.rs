//! What Meta reports about a message, beside its furthest status: prices, conversations, participants, words of later.
use serde_json::{Value, json};
use simulator::StatusPlan;

use super::scene::stamp;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now, text};

async fn sent(world: &World) -> Value {
    world.simulator().set_default_plan(StatusPlan::none());
    world.says(&[text(ANN, "wamid.hello", now() - 60, "Hello")]).await;
    world.reply_and_settle(&world.conversation_with(ANN).await, "Welcome").await
}

fn about(message: &Value, at: i64, word: &str, more: Value) -> Value {
    let mut status = json!({
        "id": message["wamid"], "status": word, "timestamp": at.to_string(), "recipient_id": ANN,
        "biz_opaque_callback_data": message["id"],
    });
    status.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    status
}

/// Meta tells them on different statuses, in any order and more than once.
#[tokio::test(flavor = "multi_thread")]
async fn price_and_conversation_are_kept_and_shown() {
    let world = World::start().await;
    let message = sent(&world).await;
    let pricing = json!({"billable": false, "pricing_model": "PMP", "type": "free_entry_point", "category": "referral_conversion"});
    let open = json!({"id": "c1", "origin": {"type": "referral_conversion"}, "expiration_timestamp": "1796000000"});
    let at = now();
    for status in [
        about(
            &message,
            at + 2,
            "delivered",
            json!({"conversation": {"id": "c1", "origin": {"type": "referral_conversion"}}}),
        ),
        about(&message, at + 3, "played", json!({})),
        about(&message, at + 1, "sent", json!({"conversation": open, "pricing": pricing})),
        about(&message, at + 4, "pondered", json!({})),
    ] {
        world.deliver_and_settle(&world.status_webhook(status)).await;
    }
    let shown = world.message(&message["id"]).await;
    assert_eq!((&shown["pricing"], &shown["conversation"]), (&pricing, &open));
    assert_eq!(shown["status"], "played");
    let times =
        json!({"sent": stamp(at + 1), "delivered": stamp(at + 2), "played": stamp(at + 3), "pondered": stamp(at + 4)});
    assert_eq!(shown["statuses"], times, "a word that we do not know is kept and shown");
    assert_eq!(shown["participants"], json!([]));
}

/// Aggregated, with the price inside the conversation and both spellings of the participant's id.
#[tokio::test(flavor = "multi_thread")]
async fn the_statuses_of_a_group_are_shown_for_each_participant() {
    let world = World::start().await;
    let message = sent(&world).await;
    let at = now();
    let thread = json!({"id": "c1", "origin": {"type": "group_service"}, "pricing": {"billable": true, "category": "group_service"}});
    let of = |at: i64, word: &str, name: &str, participant: &str| {
        let mut status = about(
            &message,
            at,
            word,
            json!({"recipient_type": "group", "recipient_id": "group-1", "conversation": thread}),
        );
        status[name] = json!(participant);
        status
    };
    let statuses = [
        of(at + 1, "delivered", "recipient_participant_id", ANN),
        of(at + 2, "delivered", "participant_recipient_id", BOB),
        of(at + 3, "read", "recipient_participant_id", ANN),
        of(at + 4, "delivered", "recipient_participant_user_id", "US.9"),
    ];
    let webhook = world.messages_webhook(world.value(json!({"statuses": statuses})));
    world.deliver_and_settle(&webhook).await;
    world.deliver_and_settle(&webhook).await;
    let shown = world.message(&message["id"]).await;
    let expected = json!([
        {"user": ANN, "statuses": {"delivered": stamp(at + 1), "read": stamp(at + 3)}},
        {"user": BOB, "statuses": {"delivered": stamp(at + 2)}},
        {"user": "US.9", "statuses": {"delivered": stamp(at + 4)}},
    ]);
    assert_eq!(shown["participants"], expected);
    assert_eq!((&shown["status"], &shown["pricing"]["category"]), (&json!("read"), &json!("group_service")));
    assert_eq!(shown["conversation"], json!({"id": "c1", "origin": {"type": "group_service"}}));
}
