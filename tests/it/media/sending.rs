//! One file in one message: it goes across first, is kept on Meta's side, and goes across anew when Meta has forgotten it.
use serde_json::{Value, json};
use simulator::{Fault, FaultOrder, MediumPatch, Operation};

use super::desk::content;
use crate::world::World;

async fn ann(world: &World) -> Value {
    world.ann_sends(json!({"type": "text", "body": "Hello"})).await
}

fn image(id: &Value) -> Value {
    json!({"type": "image", "image": {"attachment_id": id, "caption": "Like this"}})
}

/// P21: uploaded and sent by id, which is used again.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_to_meta_once_and_is_sent_by_its_id() {
    let world = World::start().await;
    let conversation = ann(&world).await;
    let bytes = content(1, 200_000);
    let id = world.upload("green.jpg", "image/jpeg", &bytes).await;
    let message = world.answer_and_settle(&conversation, image(&id)).await;
    assert_eq!((&message["state"], &message["status"]), (&json!("accepted"), &json!("read")), "{message}");
    assert_eq!(message["image"], json!({"attachment_id": id, "caption": "Like this"}));
    let file = json!({
        "id": id, "state": "stored", "kind": "image", "mime_type": "image/jpeg", "size": bytes.len(), "filename": "green.jpg",
    });
    assert_eq!(message["attachments"], json!([file]));
    let uploaded = world.uploaded();
    assert_eq!(uploaded.len(), 1);
    assert!(uploaded[0].content.as_ref() == bytes, "other bytes");
    assert_eq!(world.sends()[0].body["image"], json!({"id": uploaded[0].id, "caption": "Like this"}));

    world.answer_and_settle(&conversation, image(&id)).await;
    assert_eq!(world.uploaded().len(), 1, "the id is used again");
    assert_eq!(world.sends().len(), 2);
    let path = format!("/v1/conversations/{}/attachments", conversation["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await["items"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_keeps_its_name_and_a_customers_file_can_be_sent_on() {
    let world = World::start().await;
    let conversation = world.ann_sends(json!({"type": "document", "media": {"filename": "plan.pdf"}})).await;
    let file = world.latest_file(&conversation).await;
    let message = world
        .answer_and_settle(&conversation, json!({"type": "document", "document": {"attachment_id": file["id"]}}))
        .await;
    assert_eq!(message["state"], "accepted", "{message}");
    let uploaded = world.uploaded();
    assert_eq!(world.sends()[0].body["document"], json!({"id": uploaded[0].id, "filename": "plan.pdf"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_meta_has_forgotten_goes_across_anew() {
    let world = World::hasty().await;
    let conversation = ann(&world).await;
    let id = world.upload("green.jpg", "image/jpeg", &content(2, 5000)).await;
    world.answer_and_settle(&conversation, image(&id)).await;
    let first = world.uploaded()[0].id.clone();
    let expired = MediumPatch { expire: true, ..MediumPatch::default() };
    world.simulator().change_medium(&first, &expired).unwrap();
    let message = world.answer_and_settle(&conversation, image(&id)).await;
    assert_eq!((&message["state"], &message["status"]), (&json!("accepted"), &json!("read")), "{message}");
    let accepted = world.simulator().accepted();
    assert_eq!(accepted.len(), 2, "it was refused once for certain, and sent once");
    assert_ne!(accepted[1].body["image"]["id"], first);
    // What went across anew is what is used from now on.
    world.answer_and_settle(&conversation, image(&id)).await;
    assert_eq!(world.simulator().accepted()[2].body["image"]["id"], accepted[1].body["image"]["id"]);
}

/// 131053 on the answer is a certain refusal for the file's sake; a second one is the end of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_across_anew_once() {
    let world = World::hasty().await;
    let conversation = ann(&world).await;
    let id = world.upload("green.jpg", "image/jpeg", &content(3, 5000)).await;
    world.simulator().add_fault(Fault::error(131_053));
    let message = world.answer_and_settle(&conversation, image(&id)).await;
    assert_eq!(message["state"], "accepted", "{message}");
    world.simulator().add_fault(FaultOrder::from(Fault::error(131_053)).times(2));
    let message = world.answer_and_settle(&conversation, image(&id)).await;
    assert_eq!((&message["state"], &message["errors"][0]["code"]), (&json!("refused"), &json!(131_053)), "{message}");
    assert_eq!(world.simulator().accepted().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_fails_is_tried_again_and_then_refuses_its_message() {
    let world = World::hasty().await;
    let conversation = ann(&world).await;
    let upload_fails = |code, times| {
        world.simulator().add_fault(FaultOrder::from(Fault::error(code)).times(times).on(Operation::Media));
    };
    let id = world.upload("green.jpg", "image/jpeg", &content(4, 5000)).await;
    upload_fails(131_016, 2);
    let message = world.answer_and_settle(&conversation, image(&id)).await;
    assert_eq!(message["state"], "accepted", "{message}");

    let other = world.upload("blue.jpg", "image/jpeg", &content(5, 5000)).await;
    upload_fails(131_016, 5);
    let message = world.answer_and_settle(&conversation, image(&other)).await;
    assert_eq!((&message["state"], &message["errors"][0]["code"]), (&json!("refused"), &json!(131_016)), "{message}");
    upload_fails(131_053, 1);
    let message = world.answer_and_settle(&conversation, image(&other)).await;
    assert_eq!((&message["state"], &message["errors"][0]["code"]), (&json!("refused"), &json!(131_053)), "{message}");
    assert_eq!(world.simulator().accepted().len(), 1, "nothing was sent without its file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_an_upload_sends_its_message_once() {
    let world = World::hasty().await;
    let conversation = ann(&world).await;
    let id = world.upload("green.jpg", "image/jpeg", &content(6, 5000)).await;
    let lost = FaultOrder::from(Fault::Reset { accepted: true }).on(Operation::Media);
    world.simulator().add_fault(lost);
    let message = world.answer_and_settle(&conversation, image(&id)).await;
    assert_eq!(message["state"], "accepted", "{message}");
    assert_eq!((world.uploaded().len(), world.sends().len()), (2, 1));
}
