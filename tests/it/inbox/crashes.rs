//! Where two rows are written, each cut between them is healed.
use local::aws::{Fault, FaultAction};
use serde_json::json;

use super::act;
use crate::world::World;
use crate::world::webhooks::ANN;

/// The relay is killed at each of its writes about a label, and about an owner: what is told again ends alike.
#[tokio::test(flavor = "multi_thread")]
async fn what_stands_elsewhere_of_a_conversation_comes_to_be_there() {
    let world = World::start().await;
    let uma = world.hire("Uma", "agent", "all", &[]).await;
    let ann = world.wrote(ANN, "wamid.1").await;
    let (labels, contact) = (act(&ann, ""), format!("/v1/contacts/{}", ann["contact_id"].as_str().unwrap()));
    for (operation, add, remove) in
        [("PutItem", json!(["vip"]), json!([])), ("DeleteItem", json!(["late"]), json!(["vip"]))]
    {
        world.stack.aws().faults().add(Fault::new("EventRelayFunction", FaultAction::KillAfterExecuting).on(operation));
        let change = json!({"labels": {"add": add, "remove": remove}});
        assert_eq!(world.call("PATCH", &labels, Some(change)).await.status, 200);
        world.settle().await;
    }
    assert!(world.conversations("?label=vip").await.is_empty());
    assert_eq!(world.conversations("?label=late").await.len(), 1);
    world.stack.aws().faults().add(Fault::new("EventRelayFunction", FaultAction::KillAfterExecuting).on("UpdateItem"));
    let owner = json!({"owner": {"user_id": uma.id}});
    assert_eq!(world.call("PATCH", &contact, Some(owner)).await.status, 200);
    world.settle().await;
    assert_eq!(world.found_by(&uma, "?owner=me").await, [ann["id"].clone()]);
}

/// The api is killed at each write of a hand-over: the same request again hands over once, with one note.
#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_that_was_cut_off_is_finished_by_its_repetition() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "own", &[]).await, world.hire("Olaf", "agent", "own", &[]).await);
    let ann = world.wrote(ANN, "wamid.1").await;
    for (round, (operation, action)) in [
        ("PutItem", FaultAction::KillBeforeExecuting),
        ("PutItem", FaultAction::KillAfterExecuting),
        ("UpdateItem", FaultAction::KillBeforeExecuting),
        ("UpdateItem", FaultAction::KillAfterExecuting),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(world.post(&act(&ann, "/assign"), json!({"user_id": uma.id})).await.status, 200);
        let body = json!({"to": {"user_id": olaf.id}, "note": format!("Round {round}")});
        let key = format!("round-{round}");
        world.stack.aws().faults().add(Fault::new("ApiFunction", action).on(operation));
        let path = act(&ann, "/hand-over");
        let cut = world.call_as(&uma.key, "POST", &path, Some(body.clone()), Some(&key)).await;
        assert!(cut.status >= 500, "{cut:?}");
        let again = world.call_as(&uma.key, "POST", &path, Some(body), Some(&key)).await;
        assert_eq!((again.status, &again.body["assignee"]), (200, &json!({"user_id": olaf.id})), "{}", again.body);
        let notes = world.get_by(&olaf, &act(&ann, "/notes")).await;
        assert_eq!(notes["items"].as_array().unwrap().len(), round + 1);
    }
}
