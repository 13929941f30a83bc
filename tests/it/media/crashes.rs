//! `media-transfer` killed before and after each single call that it makes: what comes again ends in the same state.
use serde_json::{Value, json};
use simulator::{CustomerInput, Inbound};

use super::desk::content;
use crate::truth::crashes::{Scene, nothing};
use crate::truth::people::MEDIA_TRANSFER;
use crate::world::World;

/// What there is of the files of a thread, without what differs from run to run.
async fn files(world: &World, wa_id: &str) -> Value {
    let conversation = world.conversation_with(wa_id).await;
    let mut shown = Vec::new();
    for message in world.thread(&conversation).await {
        let mut files = Vec::new();
        for file in message["attachments"].as_array().unwrap() {
            let attachment = world.attachment(&file["id"]).await;
            let fetched = world.follow(&attachment["download"], b"").await;
            files.push(json!([file["state"], file["size"], fetched.body().len(), attachment["sha256"]]));
        }
        let children: Vec<Value> = message["children"]
            .as_array()
            .unwrap()
            .iter()
            .map(|child| json!([child["type"], child["state"], child["status"]]))
            .collect();
        shown.push(json!([message["type"], message["state"], message["status"], files, children]));
    }
    json!({"thread": shown, "received": world.received_by(wa_id).len()})
}

#[tokio::test(flavor = "multi_thread")]
async fn fetching_survives_a_crash_at_every_step() {
    let world = World::hasty().await;
    let act = async |world: &World, wa_id: &str| {
        let customer: CustomerInput = serde_json::from_value(json!({"wa_id": wa_id, "name": wa_id})).unwrap();
        world.simulator().put_customer(customer);
        let inbound = json!({"from": wa_id, "message": {"type": "image", "media": {"caption": "Look"}}});
        world.simulator().inbound(serde_json::from_value::<Inbound>(inbound).unwrap()).unwrap();
    };
    Scene { function: MEDIA_TRANSFER, prepare: nothing, act, look: files }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_files_survives_a_crash_at_every_step() {
    let world = World::hasty().await;
    let prepare = async |world: &World, wa_id: &str| {
        world.met(wa_id).await;
    };
    let act = async |world: &World, wa_id: &str| {
        let conversation = world.conversation_with(wa_id).await;
        let (one, two) = (
            world.upload("a.jpg", "image/jpeg", &content(1, 2000)).await,
            world.upload("b.pdf", "application/pdf", &content(2, 2000)).await,
        );
        let list = json!([{"attachment_id": one}, {"attachment_id": two}]);
        let message = json!({"type": "attachments", "attachments": list, "caption": "Both"});
        assert_eq!(world.answer(&conversation, message).await.status, 202);
    };
    Scene { function: MEDIA_TRANSFER, prepare, act, look: files }.survives_every_crash(&world).await;
}
