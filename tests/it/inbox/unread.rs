//! What is unread is unread by each user for themselves.
use serde_json::{Value, json};

use super::act;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

#[tokio::test(flavor = "multi_thread")]
async fn each_user_reads_for_themselves() {
    let world = World::start().await;
    let (uma, olaf) = (world.hire("Uma", "agent", "all", &[]).await, world.hire("Olaf", "agent", "all", &[]).await);
    let ann = world.wrote(ANN, "wamid.1").await;
    world.wrote(ANN, "wamid.2").await;
    let bob = world.wrote(BOB, "wamid.3").await;
    let read = world.call_by(&uma, "POST", &act(&ann, "/read"), Value::Null).await;
    assert_eq!((read.status, &read.body["unread"]), (200, &json!(0)), "{}", read.body);
    world.settle().await;
    assert_eq!(world.get_by(&olaf, &act(&ann, "")).await["unread"], 2);
    assert_eq!(world.get(&act(&ann, "")).await["unread"], 2, "a key that is no user's reads for nobody");
    assert_eq!(world.found_by(&uma, "?unread=true").await, [bob["id"].clone()]);
    assert_eq!(world.found_by(&uma, "?unread=false").await, [ann["id"].clone()]);
    assert_eq!(world.found_by(&olaf, "?unread=true").await.len(), 2);

    world.wrote(ANN, "wamid.4").await;
    let listed = world.get_by(&uma, "/v1/conversations").await;
    let of_ann = listed["items"].as_array().unwrap().iter().find(|item| item["id"] == ann["id"]).unwrap();
    assert_eq!(of_ann["unread"], 1, "only what came since");
    assert_eq!(world.found_by(&uma, "?unread=true").await.len(), 2);

    let all = world.call("POST", &act(&ann, "/read"), None).await;
    assert_eq!(all.body["unread"], 0);
    assert_eq!(world.get_by(&olaf, &act(&ann, "")).await["unread"], 0, "by everybody");
    assert_eq!(world.found_by(&olaf, "?unreplied=true").await.len(), 2, "read is not answered");
}
