//! Functions killed at each single call that they make for contacts: what was cut off is whole again after the retry.
use serde_json::{Value, json};

use super::path_of;
use crate::truth::crashes::Scene;
use crate::truth::people::{API, EVENT_RELAY};
use crate::world::World;

/// A caller asks so often anew.
const TRIES_MAX: usize = 10;

/// Two contacts named after the customer, the second with an e-mail.
async fn prepare(world: &World, wa_id: &str) {
    for (index, kind) in ["lead", "contact"].into_iter().enumerate() {
        let body = json!({
            "phone": format!("+{wa_id}{index}"), "kind": kind, "name": format!("Half{index} {wa_id}"), "tags": [wa_id],
            "fields": {"half": format!("{index}")},
        });
        let added = world.post("/v1/contacts", body).await;
        assert_eq!(added.status, 201, "{}", added.body);
    }
}

async fn half(world: &World, wa_id: &str, index: usize) -> Value {
    world.get(&format!("/v1/contacts?phone=%2B{wa_id}{index}")).await["items"][0].clone()
}

/// Asks until it is answered, as the function may be killed.
async fn at_last(world: &World, method: &str, path: &str, body: Option<Value>) -> Value {
    let mut answer = world.call(method, path, body.clone()).await;
    for _ in 0..TRIES_MAX {
        if answer.status == 200 {
            break;
        }
        answer = world.call(method, path, body.clone()).await;
    }
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
    answer.body
}

async fn half_at_last(world: &World, wa_id: &str, index: usize) -> Value {
    at_last(world, "GET", &format!("/v1/contacts?phone=%2B{wa_id}{index}"), None).await["items"][0].clone()
}

async fn merge(world: &World, wa_id: &str) {
    let (one, other) = (half_at_last(world, wa_id, 0).await, half_at_last(world, wa_id, 1).await);
    at_last(world, "POST", &path_of(&one, "/merge"), Some(json!({"with": other["id"]}))).await;
}

async fn unmerge(world: &World, wa_id: &str) {
    let one = half_at_last(world, wa_id, 0).await;
    at_last(world, "POST", &path_of(&one, "/unmerge"), Some(json!({"with": one["merged"][0]}))).await;
}

/// All that can be seen of the two, without what names the customer or the time.
async fn look(world: &World, wa_id: &str) -> Value {
    let mut seen = Vec::new();
    for index in 0..2 {
        let contact = half(world, wa_id, index).await;
        let identities = contact["identities"].as_array().unwrap().len();
        let merged = contact["merged"].as_array().unwrap().len();
        let turns = world.timeline(&contact, 50).await;
        let mut turns: Vec<&str> = turns.iter().filter_map(|moment| moment["turn"]["type"].as_str()).collect();
        turns.sort_unstable();
        seen.push(json!([contact["kind"], contact["fields"], identities, merged, turns]));
    }
    for query in [format!("tag={wa_id}"), format!("name=half0+{wa_id}"), format!("phone_ending={wa_id}1")] {
        let names = world.found(&query, 10).await;
        seen.push(json!(names.iter().map(|name| name.replace(wa_id, "")).collect::<Vec<_>>()));
    }
    json!(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_survives_a_crash_at_every_step_of_the_api() {
    let world = World::hasty().await;
    Scene { function: API, prepare, act: merge, look }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_undoing_of_a_merge_survives_a_crash_at_every_step_of_the_api() {
    let world = World::hasty().await;
    let prepare = async |world: &World, wa_id: &str| {
        prepare(world, wa_id).await;
        merge(world, wa_id).await;
    };
    Scene { function: API, prepare, act: unmerge, look }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_contacts_are_found_by_survives_a_crash_at_every_step_of_event_relay() {
    let world = World::hasty().await;
    Scene { function: EVENT_RELAY, prepare, act: merge, look }.survives_every_crash(&world).await;
}
