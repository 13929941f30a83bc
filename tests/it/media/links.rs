//! Uploads and the links by which callers move bytes themselves.
use serde_json::{Value, json};

use super::desk::{content, opus};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_announced_put_and_there() {
    let world = World::start().await;
    let bytes = content(1, 40_000);
    let announced = world.announce("offer.pdf", "application/pdf", bytes.len()).await;
    assert_eq!((&announced["state"], &announced["kind"]), (&json!("pending"), &json!("document")));
    assert_eq!(announced["download"], Value::Null);
    assert_eq!(announced["upload"]["headers"]["content-length"], bytes.len().to_string());
    // Nothing is there yet, and the link is still good.
    assert_eq!(world.attachment(&announced["id"]).await["state"], "pending");
    assert_eq!(world.follow(&announced["upload"], &bytes).await.status(), 200);
    let attachment = world.attachment(&announced["id"]).await;
    assert_eq!((&attachment["state"], &attachment["upload"]), (&json!("stored"), &Value::Null));
    let fetched = world.follow(&attachment["download"], b"").await;
    assert_eq!(fetched.headers()["content-disposition"], "attachment; filename*=UTF-8''offer.pdf");
    assert!(fetched.body().as_ref() == bytes, "other bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_for_what_it_was_given_for_alone() {
    let world = World::start().await;
    let bytes = content(2, 1000);
    let announced = world.announce("a.pdf", "application/pdf", bytes.len()).await;
    let other = world.announce("b.pdf", "application/pdf", bytes.len()).await;
    let link = &announced["upload"];
    let url = link["url"].as_str().unwrap();
    let (own, others) = (announced["id"].as_str().unwrap(), other["id"].as_str().unwrap());
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut link = link.clone();
        change(&mut link);
        link
    };
    for (name, link, body, status) in [
        ("another file", changed(&|link| link["url"] = json!(url.replace(own, others))), bytes.clone(), 403),
        (
            "more time",
            changed(&|link| link["url"] = json!(url.replace("X-Amz-Expires=900", "X-Amz-Expires=9000"))),
            bytes.clone(),
            403,
        ),
        ("reading", json!({"method": "GET", "url": url, "headers": {}}), vec![], 403),
        ("another type", changed(&|link| link["headers"]["content-type"] = json!("text/html")), bytes.clone(), 403),
        (
            "overwriting",
            changed(&|link| link["headers"] = json!({"content-type": "application/pdf"})),
            bytes.clone(),
            403,
        ),
        (
            "no signature",
            changed(&|link| link["url"] = json!(url.split("&X-Amz-Signature").next().unwrap())),
            bytes.clone(),
            400,
        ),
        ("as given", link.clone(), bytes.clone(), 200),
        ("a second time", link.clone(), bytes.clone(), 412),
    ] {
        let answer = world.follow(&link, &body).await;
        assert_eq!(answer.status(), status, "{name}: {:?}", answer.body());
    }
    let mut shorter = other["upload"].clone();
    shorter["headers"]["content-length"] = json!("999");
    assert_eq!(world.follow(&shorter, &bytes[..999]).await.status(), 403, "another size");
    let attachment = world.attachment(&announced["id"]).await;
    let download = attachment["download"]["url"].as_str().unwrap();
    let mut stolen = attachment["download"].clone();
    stolen["url"] = json!(download.replace(own, others));
    assert_eq!(world.follow(&stolen, b"").await.status(), 403);
    stolen["url"] = json!(download.replace("offer", "x").replace("attachment%3B", "inline%3B"));
    assert_eq!(world.follow(&stolen, b"").await.status(), 403, "shown as a page");
}

/// P22: the container counts, not the extension.
#[tokio::test(flavor = "multi_thread")]
async fn a_voice_message_must_be_opus_in_ogg() {
    let world = World::start().await;
    let conversation = world.ann_sends(json!({"type": "text", "body": "Hello"})).await;
    for (bytes, state) in [(opus(), "stored"), (b"ID3 is no ogg at all".to_vec(), "failed")] {
        let body =
            json!({"filename": "a.ogg", "mime_type": "audio/ogg; codecs=opus", "size": bytes.len(), "kind": "voice"});
        let announced = world.post("/v1/attachments", body).await.body;
        assert_eq!(world.follow(&announced["upload"], &bytes).await.status(), 200);
        let voice = json!({"type": "audio", "audio": {"attachment_id": announced["id"], "voice": true}});
        let answer = world.answer(&conversation, voice).await;
        assert_eq!(answer.status, if state == "stored" { 202 } else { 422 }, "{}", answer.body);
        assert_eq!(world.attachment(&announced["id"]).await["state"], state);
    }
    world.settle().await;
    let sent = world.sends();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].body["audio"]["voice"], true);
    // Uploaded as any audio, it is looked at when it is to be a voice message.
    let plain = world.upload("b.ogg", "audio/ogg", b"OggS but vorbis").await;
    let refused =
        world.answer(&conversation, json!({"type": "audio", "audio": {"attachment_id": plain, "voice": true}})).await;
    assert_eq!(refused.body["type"], "https://casement.dev/problems/file-refused");
    assert_eq!(refused.body["errors"][0]["field"], "audio.attachment_id.file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_announcement_is_the_same_upload() {
    let world = World::start().await;
    let body = json!({"filename": "a.pdf", "mime_type": "application/pdf", "size": 10});
    let announce = async || {
        world.call_as(world.stack.admin_key(), "POST", "/v1/attachments", Some(body.clone()), Some("once")).await.body
    };
    let (first, second) = (announce().await, announce().await);
    assert_eq!(first["id"], second["id"]);
    assert_eq!(world.follow(&second["upload"], b"0123456789").await.status(), 200);
}
