//! Up to five files in one message: a parent and an ordered child for each (P20).
use serde_json::{Value, json};

use super::desk::{content, opus};
use crate::world::World;

async fn ann(world: &World) -> Value {
    world.ann_sends(json!({"type": "text", "body": "Hello"})).await
}

/// What Meta accepted, in order: type and caption, name or text.
fn arrived(world: &World) -> Vec<(String, Value)> {
    let show = |record: &simulator::SendRecord| {
        let kind = record.body["type"].as_str().unwrap().to_owned();
        let object = &record.body[&kind];
        let text = ["caption", "filename", "body"].iter().map(|name| object[name].clone()).find(|text| !text.is_null());
        (kind, text.unwrap_or_default())
    };
    world.simulator().accepted().iter().map(show).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_files_arrive_in_order_with_the_caption_on_the_first() {
    let world = World::start().await;
    let conversation = ann(&world).await;
    let mut list = Vec::new();
    for (name, mime_type) in
        [("a.jpg", "image/jpeg"), ("b.pdf", "application/pdf"), ("c.mp4", "video/mp4"), ("d.pdf", "application/pdf")]
    {
        list.push(json!({"attachment_id": world.upload(name, mime_type, &content(1, 3000)).await}));
    }
    list[3]["filename"] = json!("renamed.pdf");
    list.push(json!({"link": "https://shop.example/e.png", "kind": "image"}));
    let parent = world
        .answer_and_settle(&conversation, json!({"type": "attachments", "attachments": list, "caption": "All five"}))
        .await;
    let expected = [
        ("image", json!("All five")),
        ("document", json!("b.pdf")),
        ("video", Value::Null),
        ("document", json!("renamed.pdf")),
        ("image", Value::Null),
    ];
    assert_eq!(arrived(&world), expected.map(|(kind, text)| (kind.to_owned(), text)));
    assert_eq!((&parent["state"], &parent["status"]), (&json!("accepted"), &json!("read")), "{parent}");
    assert_eq!(parent["attachments"].as_array().unwrap().len(), 4);
    let children = parent["children"].as_array().unwrap();
    let kinds: Vec<&Value> = children.iter().map(|child| &child["type"]).collect();
    assert_eq!(json!(kinds), json!(["image", "document", "video", "document", "image"]));
    for child in children {
        assert_eq!((&child["state"], &child["status"]), (&json!("accepted"), &json!("read")));
        let child = world.message(&child["id"]).await;
        assert_eq!(child["parent_id"], parent["id"]);
        assert!(child["wamid"].is_string());
    }
    let thread = world.thread(&conversation).await;
    assert_eq!(thread.len(), 7, "the customer's, the parent and its children");
    let shown = thread.iter().find(|message| message["id"] == parent["id"]).unwrap();
    assert_eq!(shown, &parent, "a list shows a parent as it is shown alone");
    for limit in 1..=6 {
        let path = format!("/v1/conversations/{}/messages?limit={limit}", conversation["id"].as_str().unwrap());
        let mut seen = Vec::new();
        let mut page = world.get(&path).await;
        loop {
            seen.extend(page["items"].as_array().unwrap().clone());
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            page = world.get(&format!("{path}&cursor={cursor}")).await;
        }
        assert_eq!(seen.len(), 7, "pages of {limit}");
        assert!(seen.contains(&parent), "a parent has its children also where a page of {limit} ends between them");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_fails_shows_and_leaves_the_others_alone() {
    let world = World::start().await;
    let conversation = ann(&world).await;
    let mut list = Vec::new();
    // The simulator takes the types that Meta lists, and an archive is none of them.
    for (name, mime_type) in [
        ("a.jpg", "image/jpeg"),
        ("b.pdf", "application/pdf"),
        ("c.zip", "application/zip"),
        ("d.pdf", "application/pdf"),
        ("e.jpg", "image/jpeg"),
    ] {
        list.push(json!({"attachment_id": world.upload(name, mime_type, &content(2, 3000)).await}));
    }
    let parent = world
        .answer_and_settle(&conversation, json!({"type": "attachments", "attachments": list, "caption": "Look"}))
        .await;
    let kinds: Vec<String> = arrived(&world).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["image", "document", "document", "image"]);
    let states: Vec<&Value> = parent["children"].as_array().unwrap().iter().map(|child| &child["state"]).collect();
    assert_eq!(json!(states), json!(["accepted", "accepted", "refused", "accepted", "accepted"]), "{parent}");
    assert_eq!(parent["children"][2]["errors"][0]["code"], 100);
    assert_eq!(parent["state"], "accepted");
    let refused = world.message(&parent["children"][2]["id"]).await;
    assert_eq!((&refused["state"], &refused["attachments"][0]["filename"]), (&json!("refused"), &json!("c.zip")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_no_file_takes_goes_ahead_of_them() {
    let world = World::start().await;
    let conversation = ann(&world).await;
    let body = json!({"filename": "a.ogg", "mime_type": "audio/ogg", "size": opus().len(), "kind": "voice"});
    let voice = world.post("/v1/attachments", body).await.body;
    assert_eq!(world.follow(&voice["upload"], &opus()).await.status(), 200);
    let list = json!([{"attachment_id": voice["id"]}]);
    let parent = world
        .answer_and_settle(&conversation, json!({"type": "attachments", "attachments": list, "caption": "Listen"}))
        .await;
    assert_eq!(arrived(&world), [("text".to_owned(), json!("Listen")), ("audio".to_owned(), Value::Null)]);
    assert_eq!(parent["children"].as_array().unwrap().len(), 2);
    assert_eq!(world.simulator().accepted()[1].body["audio"]["voice"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_sends_its_files_once() {
    let world = World::start().await;
    let conversation = ann(&world).await;
    let id = world.upload("a.jpg", "image/jpeg", &content(3, 3000)).await;
    let body = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
        "type": "attachments", "attachments": [{"attachment_id": id}, {"attachment_id": id}],
    });
    let send = async || {
        world.call_as(world.stack.admin_key(), "POST", "/v1/messages", Some(body.clone()), Some("files")).await
    };
    let first = send().await;
    assert_eq!(first.body["state"], "queued");
    let second = send().await;
    world.settle().await;
    let third = send().await;
    assert_eq!((&first.body["id"], &first.body["id"]), (&second.body["id"], &third.body["id"]));
    assert_eq!(third.body["state"], "accepted");
    assert_eq!((world.uploaded().len(), world.sends().len()), (1, 2), "one upload serves both");
}

/// Statuses of the parts are the parts' own; the parent shows what all have come to.
#[tokio::test(flavor = "multi_thread")]
async fn each_part_has_its_own_status() {
    let world = World::start().await;
    let conversation = ann(&world).await;
    let id = world.upload("a.jpg", "image/jpeg", &content(4, 3000)).await;
    let failed = json!({"plan": {"statuses": [{"status": "sent"}, {"status": "failed", "code": 131_026}]}});
    let sent = json!({"plan": {"statuses": [{"status": "sent"}, {"status": "delivered"}]}});
    for plan in [sent, failed] {
        world.simulator().add_plan(serde_json::from_value::<simulator::PlanOrder>(plan).unwrap());
    }
    let list = json!([{"attachment_id": id}, {"attachment_id": id}]);
    let parent = world.answer_and_settle(&conversation, json!({"type": "attachments", "attachments": list})).await;
    let statuses: Vec<&Value> = parent["children"].as_array().unwrap().iter().map(|child| &child["status"]).collect();
    assert_eq!(json!(statuses), json!(["delivered", "failed"]), "{parent}");
    assert_eq!(parent["children"][1]["errors"][0]["code"], 131_026);
    assert_eq!(parent["status"], "failed");
}
