//! Functions that are killed at each of their steps while money moves: nothing is paid twice, nothing stays held.
use serde_json::json;

use super::{OFFER, regular};
use crate::truth::crashes::Scene;
use crate::truth::people::API;
use crate::world::World;

const CREDIT_TOPUP: &str = "CreditTopupFunction";

async fn has_template(world: &World) {
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    let offer = simulator::Template::text(OFFER, "en_US", "MARKETING", "Green shirts for half the price.");
    world.has_templates(vec![offer]).await;
    world.adjust(10_000_000, "USD").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_survives_a_crash_at_every_step() {
    let world = World::priced(|options| options.time_scale = 1000).await;
    has_template(&world).await;
    let prepare = async |world: &World, wa_id: &str| {
        world.sells(OFFER, wa_id).await;
    };
    let act = async |world: &World, wa_id: &str| {
        let conversation = world.conversation_with(wa_id).await;
        let message = world.thread(&conversation).await[0].clone();
        world.hears_of(&message, &[("sent", regular("marketing")), ("delivered", regular("marketing"))]).await;
    };
    let look = async |world: &World, wa_id: &str| {
        let conversation = world.conversation_with(wa_id).await;
        let message = world.thread(&conversation).await[0].clone();
        let entries = world.entries(&format!("&message_id={}", message["id"].as_str().unwrap())).await;
        json!([super::price(&message), entries.len(), world.balance().await.1])
    };
    Scene { function: CREDIT_TOPUP, prepare, act, look }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_message_holds_once_after_a_crash_at_every_step_of_the_api() {
    let world = World::priced(|options| options.time_scale = 1000).await;
    has_template(&world).await;
    let prepare = async |world: &World, wa_id: &str| {
        world.post("/v1/contacts", json!({"phone": format!("+{wa_id}"), "kind": "lead"})).await;
    };
    // Its caller asks again with the same key until it has an answer.
    let act = async |world: &World, wa_id: &str| {
        let message = world.order_of(OFFER, wa_id);
        for _ in 0..5 {
            let key = format!("order-{wa_id}");
            let admin = world.stack.admin_key();
            let answer = world.call_as(admin, "POST", "/v1/messages", Some(message.clone()), Some(&key)).await;
            if answer.status == 202 {
                return;
            }
        }
        panic!("no answer");
    };
    let look = async |world: &World, wa_id: &str| {
        let conversation = world.conversation_with(wa_id).await;
        let thread = world.thread(&conversation).await;
        let held = thread.iter().filter(|message| message["price"]["state"] == "held").count();
        world.hears_of(&thread[0], &[("delivered", regular("marketing"))]).await;
        json!([thread.len(), held, world.balance().await.1])
    };
    Scene { function: API, prepare, act, look }.survives_every_crash(&world).await;
}
