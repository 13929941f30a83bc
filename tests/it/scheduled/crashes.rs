//! due-tasks is killed at each of its steps while messages are due, and so is the api while one is asked for: each goes once, and
//! what it costs is held once.
use serde_json::json;
use simulator::{StatusPlan, Template};

use super::at;
use crate::truth::crashes::Scene;
use crate::truth::people::API;
use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::now;

const DUE_TASKS: &str = "DueTasksFunction";

async fn sells() -> World {
    let world = World::priced(|options| options.time_scale = 1000).await;
    world.simulator().set_default_plan(StatusPlan::none());
    world.adjust(10_000_000, "USD").await;
    world.has_templates(vec![Template::text("offer", "en_US", "MARKETING", "Green shirts.")]).await;
    world
}

fn offer(world: &World, wa_id: &str, seconds: i64) -> serde_json::Value {
    agreed(json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{wa_id}")}, "type": "template",
        "template": {"name": "offer", "language": {"code": "en_US"}}, "send_at": at(now() + seconds),
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_due_message_goes_once_after_a_crash_at_every_step() {
    let world = sells().await;
    let prepare = async |world: &World, wa_id: &str| {
        let taken = world.post("/v1/messages", offer(world, wa_id, 5)).await;
        assert_eq!(taken.status, 202, "{}", taken.body);
        world.settle().await;
        world.comes(now() + 5).await;
    };
    // A run that is cut off is followed by the next minute's.
    let act = async |world: &World, _: &str| {
        for _ in 0..2 {
            drop(world.stack.tick("due-tasks").await);
            world.settle().await;
        }
    };
    let look = async |world: &World, wa_id: &str| {
        world.minute().await;
        let thread = world.thread(&world.conversation_with(wa_id).await).await;
        json!([thread.len(), thread[0]["state"], thread[0]["price"]["state"], world.received_by(wa_id).len()])
    };
    Scene { function: DUE_TASKS, prepare, act, look }.survives_every_crash(&world).await;
}

/// Its caller asks again with the same key until it has an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_scheduled_once_after_a_crash_at_every_step_of_the_api() {
    let world = sells().await;
    let prepare = async |_: &World, _: &str| {};
    let act = async |world: &World, wa_id: &str| {
        let message = offer(world, wa_id, 600);
        for _ in 0..5 {
            let (admin, key) = (world.stack.admin_key(), format!("later-{wa_id}"));
            let answer = world.call_as(admin, "POST", "/v1/messages", Some(message.clone()), Some(&key)).await;
            if answer.status == 202 {
                return;
            }
        }
        panic!("no answer");
    };
    let look = async |world: &World, wa_id: &str| {
        let contact = world.contact_with(wa_id).await["id"].clone();
        let waiting = world.get("/v1/messages?state=scheduled&limit=100").await;
        let theirs = waiting["items"].as_array().unwrap().iter().filter(|message| message["contact_id"] == contact);
        json!(theirs.count())
    };
    Scene { function: API, prepare, act, look }.survives_every_crash(&world).await;
}
