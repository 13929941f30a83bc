//! A virus scanner of the business's own: it reads a queue and gives verdicts, and until then nobody gets a file.
use serde_json::{Value, json};

use super::desk::content;
use crate::world::World;

/// Takes what lies in the scanner's queue.
async fn scan_requests(world: &World) -> Vec<Value> {
    let sqs = world.stack.aws().sqs();
    let queue = world.stack.template().queues["ScanQueue"].arn.clone();
    let mut requests = Vec::new();
    for received in sqs.receive(&queue, 10, std::time::Duration::ZERO).await.unwrap() {
        requests.push(serde_json::from_str(&received.body).unwrap());
        sqs.delete(&queue, &received.receipt).unwrap();
    }
    requests
}

async fn scanned_world() -> World {
    World::with(|options| {
        options.parameters.insert("MediaScan".to_owned(), "required".to_owned());
    })
    .await
}

async fn judge(world: &World, id: &Value, verdict: &str) -> crate::world::Answer {
    let path = format!("/v1/attachments/{}/verdict", id.as_str().unwrap());
    world.post(&path, json!({"verdict": verdict, "details": "by the scanner"})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_file_waits_for_its_verdict() {
    let world = scanned_world().await;
    let conversation = world.ann_sends(json!({"type": "document"})).await;
    let file = world.latest_file(&conversation).await;
    let id = &file["id"];
    let attachment = world.attachment(id).await;
    assert_eq!(
        (&attachment["state"], &attachment["scan"], &attachment["download"]),
        (&json!("stored"), &json!("pending"), &Value::Null)
    );
    let requests = scan_requests(&world).await;
    assert_eq!(requests.len(), 1);
    assert_eq!((&requests[0]["attachment_id"], &requests[0]["mime_type"]), (id, &json!("application/pdf")));
    assert!(requests[0]["key"].as_str().unwrap().starts_with("inbound/att_"));
    let send_on = json!({"type": "document", "document": {"attachment_id": id}});
    let refused = world.answer(&conversation, send_on.clone()).await;
    assert_eq!(refused.body["type"], "https://casement.dev/problems/attachment-not-ready");

    let verdict = judge(&world, id, "clean").await;
    assert_eq!((verdict.status, &verdict.body["scan"]), (200, &json!("clean")));
    assert_eq!(judge(&world, id, "clean").await.status, 200, "a verdict may be given twice");
    let attachment = world.attachment(id).await;
    assert_eq!(world.follow(&attachment["download"], b"").await.status(), 200);
    assert_eq!(world.answer_and_settle(&conversation, send_on).await["state"], "accepted");
    assert!(scan_requests(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_infected_file_is_deleted_and_never_given_to_anybody() {
    let world = scanned_world().await;
    let conversation = world.ann_sends(json!({"type": "text", "body": "Hello"})).await;
    let id = world.upload("a.pdf", "application/pdf", &content(1, 3000)).await;
    assert_eq!(world.attachment(&id).await["scan"], "pending");
    world.settle().await;
    assert_eq!(scan_requests(&world).await.len(), 1);
    assert_eq!(judge(&world, &id, "clean").await.status, 200);
    let download = world.attachment(&id).await["download"].clone();
    assert_eq!(world.follow(&download, b"").await.status(), 200);
    // A scanner may change its mind in this direction.
    let verdict = judge(&world, &id, "infected").await;
    assert_eq!((&verdict.body["state"], &verdict.body["scan"]), (&json!("infected"), &json!("infected")));
    world.settle().await;
    let attachment = world.attachment(&id).await;
    assert_eq!((&attachment["download"], &attachment["upload"]), (&Value::Null, &Value::Null));
    assert_eq!(attachment["problem"], "by the scanner");
    assert_eq!(world.follow(&download, b"").await.status(), 403, "the object is gone, also for an older link");
    let refused = world.answer(&conversation, json!({"type": "document", "document": {"attachment_id": id}})).await;
    assert_eq!(refused.body["type"], "https://casement.dev/problems/attachment-not-ready");
    assert_eq!(judge(&world, &id, "clean").await.status, 409, "what is condemned stays condemned");
    assert_eq!(world.events("attachment.infected").await.len(), 1);
    assert_eq!(world.uploaded().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn verdicts_are_given_by_other_systems_and_only_where_they_are_asked_for() {
    let world = World::start().await;
    let conversation = world.ann_sends(json!({"type": "document"})).await;
    let file = world.latest_file(&conversation).await;
    let verdict = judge(&world, &file["id"], "clean").await;
    assert_eq!(
        (verdict.status, &verdict.body["type"]),
        (409, &json!("https://casement.dev/problems/attachment-not-scanned"))
    );
    assert_eq!(world.attachment(&file["id"]).await["scan"], Value::Null);
    assert!(scan_requests(&world).await.is_empty());
    let path = format!("/v1/attachments/{}/verdict", file["id"].as_str().unwrap());
    for (role, status) in [("agent", 403), ("integration", 409)] {
        let key = world.post("/v1/api-keys", json!({"name": role, "role": role})).await.body["key"].clone();
        let answer = world.call_as(key.as_str().unwrap(), "POST", &path, Some(json!({"verdict": "clean"})), None).await;
        assert_eq!(answer.status, status, "{role}");
    }
    let odd = world.post(&path, json!({"verdict": "perhaps"})).await;
    assert_eq!((odd.status, &odd.body["errors"][0]["field"]), (400, &json!("verdict")));
}
