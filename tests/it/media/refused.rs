//! Files that cannot be: each is refused with the field that is wrong and the limit that it exceeds, before anything happens.
use serde_json::{Value, json};

use super::desk::content;
use crate::world::World;

fn fields(body: &Value) -> Vec<String> {
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| format!("{} {}", error["field"].as_str().unwrap(), error["limit"])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_whatsapp_would_refuse_is_refused_when_it_is_announced() {
    let world = World::start().await;
    const MB: usize = 1024 * 1024;
    for (mime_type, kind, size, status, expected) in [
        ("image/jpeg", None, 5 * MB, 201, vec![]),
        ("image/jpeg", None, 5 * MB + 1, 422, vec!["size 5242880"]),
        ("image/jpeg", Some("document"), 5 * MB + 1, 201, vec![]),
        ("image/gif", Some("image"), 10, 422, vec!["mime_type null"]),
        ("image/gif", Some("image"), 6 * MB, 422, vec!["mime_type null", "size 5242880"]),
        ("video/mp4", None, 16 * MB + 1, 422, vec!["size 16777216"]),
        ("audio/mpeg", Some("voice"), 10, 422, vec!["mime_type null"]),
        ("image/webp", None, 500 * 1024 + 1, 422, vec!["size 512000"]),
        ("application/pdf", None, 100 * MB + 1, 422, vec!["size 104857600"]),
        ("application/pdf", None, 0, 422, vec!["size null"]),
        ("pdf", None, 10, 400, vec!["mime_type null"]),
        ("application/pdf", Some("poster"), 10, 400, vec!["kind null"]),
    ] {
        let mut body = json!({"filename": "a", "mime_type": mime_type, "size": size});
        if let Some(kind) = kind {
            body["kind"] = json!(kind);
        }
        let answer = world.post("/v1/attachments", body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        if status != 201 {
            assert_eq!(fields(&answer.body), expected, "{body}");
        }
    }
    for (body, field) in [
        (json!({"mime_type": "a/b", "size": 1}), "filename"),
        (json!({"filename": "a", "mime_type": "a/b", "size": -1}), "size"),
        (json!({"filename": "a", "mime_type": "a/b", "size": 1, "url": "x"}), "url"),
        (json!({"filename": "x".repeat(241), "mime_type": "a/b", "size": 1}), "filename"),
    ] {
        let answer = world.post("/v1/attachments", body.clone()).await;
        assert_eq!((answer.status, fields(&answer.body)), (400, vec![format!("{field} null")]), "{body}");
    }
}

/// A message, and the status, the problem and the field with its limit that it is refused with.
type Refusal = (Value, u16, &'static str, &'static str);

async fn all_refused(world: &World, conversation: &Value, cases: Vec<Refusal>) {
    for (message, status, kind, expected) in cases {
        let answer = world.answer(conversation, message.clone()).await;
        let found = answer.body["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap().to_owned();
        assert_eq!((answer.status, found.as_str()), (status, kind), "{message}: {}", answer.body);
        assert_eq!(fields(&answer.body), [expected], "{message}: {}", answer.body);
    }
    assert_eq!((world.sends().len(), world.uploaded().len()), (0, 0));
    assert_eq!(world.thread(conversation).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_a_file_that_cannot_be_sent_is_refused() {
    let world = World::start().await;
    let conversation = world.ann_sends(json!({"type": "text", "body": "Hello"})).await;
    let pdf = world.upload("a.pdf", "application/pdf", &content(1, 100)).await;
    let pending = world.announce("b.pdf", "application/pdf", 10).await["id"].clone();
    let nobody = json!("att_0000000000000000000000000000000000000000000000000000");
    let one = |id: &Value| json!({"type": "document", "document": {"attachment_id": id}});
    let image = |content: Value| json!({"type": "image", "image": content});
    let long = json!({"type": "document", "document": {"attachment_id": pdf, "caption": "x".repeat(1025)}});
    let cases = vec![
        (one(&json!("x")), 400, "invalid-input", "document.attachment_id null"),
        (one(&json!(5)), 400, "invalid-input", "document.attachment_id null"),
        (one(&nobody), 422, "unknown-reference", "document.attachment_id null"),
        (one(&pending), 422, "attachment-not-ready", "document.attachment_id null"),
        (image(json!({"attachment_id": pdf})), 422, "file-refused", "image.attachment_id.mime_type null"),
        (image(json!({"attachment_id": pdf, "id": "1"})), 400, "invalid-input", "image null"),
        (image(json!({"attachment_id": pdf, "link": "https://x.example/a"})), 422, "invalid-message", "image null"),
        (long, 422, "too-long", "document.caption 1024"),
        (
            json!({"type": "text", "text": {"body": "x", "attachment_id": pdf}}),
            422,
            "invalid-message",
            "text.attachment_id null",
        ),
    ];
    all_refused(&world, &conversation, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_files_of_which_one_cannot_be_sent_are_refused() {
    let world = World::start().await;
    let conversation = world.ann_sends(json!({"type": "text", "body": "Hello"})).await;
    let pdf = world.upload("a.pdf", "application/pdf", &content(1, 100)).await;
    let pending = world.announce("b.pdf", "application/pdf", 10).await["id"].clone();
    let several = |list: Value| json!({"type": "attachments", "attachments": list});
    let one = || json!({"attachment_id": pdf});
    let link = "https://x.example/a";
    let cases = vec![
        (several(json!(vec![one(); 6])), 422, "too-long", "attachments 5"),
        (several(json!([])), 400, "invalid-input", "attachments null"),
        (several(Value::Null), 400, "invalid-input", "attachments null"),
        (several(json!([{}])), 400, "invalid-input", "attachments[0] null"),
        (several(json!([{"attachment_id": pdf, "link": link}])), 400, "invalid-input", "attachments[0] null"),
        (several(json!([{"link": link}])), 400, "invalid-input", "attachments[0].kind null"),
        (several(json!([one(), {"attachment_id": pending}])), 422, "attachment-not-ready", "attachments[1] null"),
        (
            several(json!([{"attachment_id": pdf, "kind": "image"}])),
            422,
            "file-refused",
            "attachments[0].mime_type null",
        ),
        (several(json!([{"attachment_id": pdf, "size": 1}])), 400, "invalid-input", "attachments[0].size null"),
        (
            json!({"type": "attachments", "attachments": [one()], "caption": "x".repeat(4097)}),
            400,
            "invalid-input",
            "caption null",
        ),
    ];
    all_refused(&world, &conversation, cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_does_not_go_out_after_the_window_closed() {
    let world = World::start().await;
    let pdf = world.upload("a.pdf", "application/pdf", &content(1, 100)).await;
    let long_ago = crate::world::webhooks::now() - 90_000;
    world.deliver_and_settle(&world.written(crate::world::webhooks::ANN, "wamid.old", long_ago, "Hello")).await;
    let conversation = world.conversation().await;
    let answer =
        world.answer(&conversation, json!({"type": "attachments", "attachments": [{"attachment_id": pdf}]})).await;
    assert_eq!(answer.body["type"], "https://casement.dev/problems/window-closed");
    assert_eq!(world.uploaded().len(), 0, "nothing is uploaded for what cannot be sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_attachment_is_not_found() {
    let world = World::start().await;
    let nobody = "/v1/attachments/att_0000000000000000000000000000000000000000000000000000";
    let unheard = "/v1/attachments/att_1111111111111111111111111111111111111111111111111111";
    for path in [nobody, unheard] {
        assert_eq!(world.call("GET", path, None).await.status, 404);
        assert_eq!(world.post(&format!("{path}/retry"), json!({})).await.status, 404);
        assert_eq!(world.post(&format!("{path}/verdict"), json!({"verdict": "clean"})).await.status, 404);
    }
    assert_eq!(world.call("GET", "/v1/attachments/att_1", None).await.status, 400);
    let conversation = "/v1/conversations/cnv_00000000000000000000000000/attachments";
    assert_eq!(world.call("GET", conversation, None).await.status, 404);
}
