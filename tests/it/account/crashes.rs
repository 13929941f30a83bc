//! due-tasks killed before and after each of its calls: what is held goes on all the same, once and in order.
use serde_json::{Value, json};

use crate::truth::crashes::Scene;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn held_messages_survive_a_crash_at_every_step_of_due_tasks() {
    let world = World::hasty().await;
    let prepare = async |world: &World, wa_id: &str| {
        let conversation = world.met(wa_id).await;
        let token = format!("EAA{wa_id}");
        world.revoke_token(&token);
        for text in ["1", "2", "3"] {
            assert_eq!(world.reply(&conversation, text).await.status, 202);
        }
        world.settle().await;
        assert_eq!(world.blocks().await, ["token"]);
        world.store_token(&token);
        let path = format!("/v1/channels/{}/resume", world.channel().id);
        assert_eq!(world.post(&path, json!({})).await.status, 200);
    };
    let act = async |world: &World, _: &str| {
        // A run that is cut off is followed by the next minute's.
        for _ in 0..5 {
            let run = world.stack.tick("due-tasks").await;
            world.settle().await;
            if run.is_ok_and(|report| report.as_object().unwrap().values().all(|count| *count == 0)) {
                return;
            }
        }
        panic!("due-tasks never comes to rest");
    };
    let look = async |world: &World, wa_id: &str| {
        let thread = world.thread(&world.conversation_with(wa_id).await).await;
        let states: Vec<&Value> = thread.iter().map(|message| &message["state"]).collect();
        json!([states, world.bodies(wa_id), world.blocks().await])
    };
    Scene { function: "DueTasksFunction", prepare, act, look }.survives_every_crash(&world).await;
    assert!(world.dead_letters().is_empty());
}
