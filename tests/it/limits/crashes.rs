//! message-send is killed at each of its steps while it counts: a person who was written to is counted, whatever happens.
use std::collections::BTreeSet;

use serde_json::json;

use crate::truth::crashes::Scene;
use crate::truth::people::MESSAGE_SEND;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_written_to_uncounted_after_a_crash_at_any_step() {
    let world = World::hasty().await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    world.limited_to(json!("TIER_2K")).await;
    let caps = json!({"business_initiated_per_contact": {"messages": 1, "hours": 24}});
    world.settle_on(json!({"limits": caps})).await;
    let prepare = async |world: &World, wa_id: &str| {
        world.post("/v1/contacts", json!({"phone": format!("+{wa_id}"), "kind": "lead"})).await;
    };
    let act = async |world: &World, wa_id: &str| {
        assert_eq!(world.template_to(wa_id).await.status, 202);
    };
    let look = async |world: &World, wa_id: &str| {
        let people: BTreeSet<String> =
            world.simulator().accepted().iter().map(|send| send.body["to"].as_str().unwrap().to_owned()).collect();
        let used = world.started().await["used"].as_u64().unwrap();
        let again = world.template_to(wa_id).await;
        world.settle().await;
        let is_capped = again.status == 422 || world.received_by(wa_id).len() <= 1;
        json!({"all are counted": people.len() as u64 <= used, "once each": world.received_by(wa_id).len() <= 1, "capped": is_capped})
    };
    Scene { function: MESSAGE_SEND, prepare, act, look }.survives_every_crash(&world).await;
}
