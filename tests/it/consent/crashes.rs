//! Functions killed at every step of a word about consent: it is recorded, confirmed and asked about once all the same.
use serde_json::{Value, json};
use simulator::Template;

use crate::truth::crashes::{Scene, nothing};
use crate::truth::people::{API, INBOUND_APPLY};
use crate::world::World;
use crate::world::webhooks::now;

/// What holds, what stands in the ledger, and what WhatsApp was given.
async fn look(world: &World, wa_id: &str) -> Value {
    let ledger = world.consent_ledger(wa_id).await;
    let mut entries: Vec<String> =
        ledger.iter().map(|entry| format!("{} {} {}", entry["purpose"], entry["state"], entry["source"])).collect();
    entries.sort();
    let kinds: Vec<Value> = world.received_by(wa_id).iter().map(|send| send.body["type"].clone()).collect();
    json!([world.allows(wa_id).await, entries, kinds])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_and_its_start_survive_a_crash_at_every_step_of_inbound_apply() {
    let world = World::hasty().await;
    let at = now() - 60;
    let stop = async |world: &World, wa_id: &str| {
        world.deliver(&world.written(wa_id, &format!("wamid.{wa_id}.stop"), at, "STOP")).await;
    };
    Scene { function: INBOUND_APPLY, prepare: nothing, act: stop, look }.survives_every_crash(&world).await;
    let world = World::hasty().await;
    let start = async |world: &World, wa_id: &str| {
        world.deliver(&world.written(wa_id, &format!("wamid.{wa_id}.start"), at + 10, "START")).await;
    };
    Scene { function: INBOUND_APPLY, prepare: stop, act: start, look }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_survives_a_crash_at_every_step_of_the_api() {
    let world = World::hasty().await;
    let mut template = Template::text("may_we", "en_US", "UTILITY", "May we write to you?");
    template.components.push(json!({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}]}));
    world.has_templates(vec![template]).await;
    let settings = json!({
        "marketing": {"double_opt_in": true}, "utility": {"double_opt_in": true},
        "question": {"template": {"name": "may_we", "language": "en_US"}},
    });
    assert_eq!(world.settle_consent(settings).await.status, 200);
    let act = async |world: &World, wa_id: &str| {
        let consents = json!([{"purposes": ["marketing", "utility"], "state": "given", "source": "Shop"}]);
        let new = json!({"phone": format!("+{wa_id}"), "kind": "lead", "consents": consents});
        for _ in 0..3 {
            let key = Some(wa_id);
            let answer = world.call_as(world.stack.admin_key(), "POST", "/v1/contacts", Some(new.clone()), key).await;
            if answer.status == 201 {
                return;
            }
        }
        panic!("it was never answered");
    };
    Scene { function: API, prepare: nothing, act, look }.survives_every_crash(&world).await;
}
