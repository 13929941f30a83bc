//! A template's header that shows a file of ours: it goes across first, as the file of any message does.
use serde_json::{Value, json};
use simulator::Template;

use crate::media::desk::content;
use crate::world::World;
use crate::world::webhooks::ANN;

fn header(kind: &str, id: &Value) -> Value {
    json!([{"type": "header", "parameters": [{"type": kind, kind: {"attachment_id": id}}]}])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_takes_a_file_of_ours() {
    let world = World::start().await;
    let mut receipt = Template::text("receipt", "en_US", "UTILITY", "Your receipt.");
    receipt.components.push(json!({"type": "HEADER", "format": "DOCUMENT"}));
    world.has_templates(vec![receipt]).await;
    world.hears(ANN, "Hello").await;
    let id = world.upload("receipt.pdf", "application/pdf", b"%PDF-1.7 a receipt of some length").await;
    let message = world.to_ann("receipt", &header("document", &id));
    let preview = world.preview(message.clone()).await;
    assert_eq!(preview["can_send"], true, "{preview}");
    let shown = &preview["messages"][0]["header"];
    assert_eq!((&shown["type"], &shown["value"]["filename"]), (&json!("document"), &json!("receipt.pdf")));
    let sent = world.post("/v1/messages", message).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    let message = world.message(&sent.body["id"]).await;
    assert_eq!((&message["state"], &message["attachments"][0]["id"]), (&json!("accepted"), &id), "{message}");
    let uploaded = world.uploaded();
    let given = &world.calls_of_message(&sent.body["id"])[0].body["template"]["components"][0]["parameters"][0];
    assert_eq!(given["document"], json!({"id": uploaded[0].id, "filename": "receipt.pdf"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_kind_than_the_header_s_is_refused() {
    let world = World::start().await;
    let mut photo = Template::text("photo", "en_US", "UTILITY", "Look.");
    photo.components.push(json!({"type": "HEADER", "format": "IMAGE"}));
    world.has_templates(vec![photo]).await;
    world.hears(ANN, "Hello").await;
    let id = world.upload("film.mp4", "video/mp4", &content(1, 500)).await;
    for (components, status, kind) in [
        (header("image", &id), 422, "file-refused"),
        (header("video", &id), 422, "template-parameters"),
        (header("image", &json!("att_1")), 400, "invalid-input"),
    ] {
        let refused = world.post("/v1/messages", world.to_ann("photo", &components)).await;
        let told = refused.body["type"].as_str().unwrap().rsplit('/').next().unwrap();
        assert_eq!((refused.status, told), (status, kind), "{}", refused.body);
    }
    assert!(world.sends().is_empty());
}
