//! An answer counts once it has arrived: one that Meta refuses, or could not deliver, leaves the customer waiting.
use serde_json::{Value, json};
use simulator::{Fault, StatusPlan};

use super::act;
use crate::world::World;
use crate::world::people::Person;
use crate::world::webhooks::{ANN, BOB, now, status};

impl World {
    async fn answered_by(&self, agent: &Person, conversation: &Value, text: &str) -> Value {
        let message = json!({
            "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
            "type": "text", "text": {"body": text},
        });
        let answer = self.call_by(agent, "POST", "/v1/messages", message).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        self.settle().await;
        self.message(&answer.body["id"]).await
    }

    async fn waits(&self) -> bool {
        !self.conversations("?unreplied=true").await.is_empty()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_a_failed_answer_waits_again_unless_another_one_arrived() {
    let world = World::start().await;
    let uma = world.hire("Uma", "agent", "all", &[]).await;
    let ann = world.wrote(ANN, "wamid.1").await;
    let since = world.conversation().await["waiting_since"].clone();
    world.simulator().add_plan(StatusPlan::failed(131_026));
    world.answered_by(&uma, &ann, "On its way").await;
    assert!(world.waits().await);
    assert_eq!(world.conversation().await["waiting_since"], since);

    world.answered_by(&uma, &ann, "On its way, again").await;
    assert!(!world.waits().await);
    world.simulator().add_plan(StatusPlan::failed(131_026));
    world.answered_by(&uma, &ann, "Bye").await;
    assert!(!world.waits().await, "the one before it was an answer");

    // Of two that fail it does not matter which is told first.
    world.wrote(ANN, "wamid.3").await;
    world.simulator().set_default_plan(StatusPlan::none());
    let mut wamids = Vec::new();
    for text in ["One", "Two"] {
        let answer = world.answered_by(&uma, &ann, text).await;
        wamids.push(answer["wamid"].as_str().unwrap().to_owned());
    }
    for (wamid, waits) in wamids.iter().rev().zip([false, true]) {
        let mut failed = status(wamid, ANN, "failed", now());
        failed["errors"] = json!([{"code": 131_026, "title": "Message undeliverable"}]);
        world.deliver_and_settle(&world.status_webhook(failed)).await;
        assert_eq!(world.waits().await, waits);
    }
    world.simulator().set_default_plan(StatusPlan::default());

    // Whoever closes it knows what failed.
    world.wrote(ANN, "wamid.2").await;
    assert_eq!(world.call("POST", &act(&ann, "/close"), None).await.status, 200);
    world.simulator().add_plan(StatusPlan::failed(131_026));
    world.answered_by(&uma, &ann, "By the way").await;
    assert!(!world.waits().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_refuses_is_no_reply() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "all", &[]).await, world.hire("Olaf", "agent", "all", &[]).await);
    let ann = world.wrote(ANN, "wamid.1").await;
    world.answered_by(&uma, &ann, "Welcome").await;
    world.wrote(ANN, "wamid.2").await;
    let before = world.conversation().await;
    // The second one closes the window, too.
    for code in [131_026, 131_047] {
        world.simulator().add_fault(Fault::error(code));
        world.answered_by(&olaf, &ann, "Anything else?").await;
        let after = world.conversation().await;
        for told in ["last_reply", "last_outbound_at", "waiting_since", "unread"] {
            assert_eq!(after[told], before[told], "{code}, {told}: {after}");
        }
    }
    assert!(!before["last_reply"].is_null() && before["unread"] == 1, "{before}");
    assert!(world.found_by(&olaf, "?replied_by=me").await.is_empty());
    assert_eq!(world.found_by(&uma, "?replied_by=me").await, [ann["id"].clone()]);

    // Nor to somebody to whom nobody has written yet.
    world.simulator().add_fault(Fault::error(131_026));
    let first = json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{BOB}")}, "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}},
        "consent": {"source": "Shop", "proof": "Yes", "at": "2026-01-01T12:00:00Z"},
    });
    let taken = world.call_by(&olaf, "POST", "/v1/messages", first).await;
    assert_eq!(taken.status, 202, "{}", taken.body);
    world.settle().await;
    let bob = world.conversation_with(BOB).await;
    assert_eq!((&bob["last_reply"], &bob["last_outbound_at"]), (&Value::Null, &Value::Null), "{bob}");
}
