//! What customers send is fetched apart from the message, with a fresh address per try, until it is stored or certainly lost.
use local::aws::{Fault, FaultAction};
use serde_json::{Value, json};
use simulator::MediumPatch;

use super::desk::{content, opus};
use crate::truth::people::MEDIA_TRANSFER;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_a_customer_is_stored_and_can_be_fetched() {
    let world = World::start().await;
    let picture = content(1, 300_000);
    let medium = world.medium("image/png", &picture);
    let conversation =
        world.ann_sends(json!({"type": "image", "media": {"id": medium.id, "caption": "This one"}})).await;
    let file = world.latest_file(&conversation).await;
    let id = file["id"].clone();
    let expected = json!({
        "id": id, "state": "stored", "kind": "image", "mime_type": "image/png", "size": picture.len(), "filename": null,
    });
    assert_eq!(file, expected);
    let attachment = world.attachment(&id).await;
    assert_eq!(attachment["sha256"], medium.sha256.as_str());
    assert_eq!((&attachment["scan"], &attachment["upload"]), (&Value::Null, &Value::Null));
    let fetched = world.follow(&attachment["download"], b"").await;
    assert_eq!(fetched.status(), 200);
    assert_eq!(fetched.headers()["content-type"], "image/png");
    assert_eq!(fetched.headers()["content-disposition"], "attachment; filename*=UTF-8''image");
    assert!(fetched.body().as_ref() == picture, "other bytes");
    let path = format!("/v1/conversations/{}/attachments", conversation["id"].as_str().unwrap());
    let list = world.get(&path).await;
    assert_eq!(list["items"][0]["id"], id);
    assert_eq!(list["items"][0]["message_id"], attachment["message_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_medium_is_stored() {
    let world = World::start().await;
    let sound = world.medium("audio/ogg; codecs=opus", &opus());
    for (message, kind, filename) in [
        (json!({"type": "image"}), "image", Value::Null),
        (json!({"type": "video"}), "video", Value::Null),
        (json!({"type": "voice", "media": {"id": sound.id}}), "audio", Value::Null),
        (json!({"type": "document", "media": {"filename": "Łódź.pdf"}}), "document", json!("Łódź.pdf")),
        (json!({"type": "sticker", "animated": true}), "sticker", Value::Null),
    ] {
        let conversation = world.ann_sends(message.clone()).await;
        let file = world.latest_file(&conversation).await;
        assert_eq!((&file["state"], &file["kind"]), (&json!("stored"), &json!(kind)), "{message}");
        assert_eq!(file["filename"], filename);
        let attachment = world.attachment(&file["id"]).await;
        assert_eq!(world.follow(&attachment["download"], b"").await.status(), 200);
    }
    let conversation = world.conversation().await;
    let path = format!("/v1/conversations/{}/attachments", conversation["id"].as_str().unwrap());
    let first = world.get(&format!("{path}?limit=3")).await;
    let second = world.get(&format!("{path}?limit=3&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    let kinds =
        |page: &Value| page["items"].as_array().unwrap().iter().map(|item| item["kind"].clone()).collect::<Vec<_>>();
    let latest_first = ["sticker", "document", "audio", "video", "image"].map(Value::from);
    // Within one second the order is that of the messages' ids.
    let mut all = [kinds(&first), kinds(&second)].concat();
    all.sort_by_key(|kind| latest_first.iter().position(|known| known == kind));
    assert_eq!(all, latest_first);
    assert_eq!(second["next_cursor"], Value::Null);
}

/// P23: "download failed once" is no reason to lose a file.
#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_fails_is_tried_again_with_a_fresh_address() {
    let world = World::hasty().await;
    for patch in [
        MediumPatch { fail_downloads: Some(2), ..MediumPatch::default() },
        MediumPatch { dead_addresses: Some(1), ..MediumPatch::default() },
        MediumPatch { dead_addresses: Some(3), ..MediumPatch::default() },
        MediumPatch { slow_ms: Some(300), ..MediumPatch::default() },
    ] {
        let medium = world.medium("image/jpeg", &content(2, 5000));
        world.simulator().change_medium(&medium.id, &patch).unwrap();
        let conversation = world.ann_sends(json!({"type": "image", "media": {"id": medium.id}})).await;
        let file = world.latest_file(&conversation).await;
        assert_eq!(file["state"], "stored", "{patch:?}: {}", world.attachment(&file["id"]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_there_before_its_file() {
    let world = World::start().await;
    let medium = world.medium("image/jpeg", &content(3, 5000));
    let slow = MediumPatch { slow_ms: Some(3000), ..MediumPatch::default() };
    world.simulator().change_medium(&medium.id, &slow).unwrap();
    world.ann_sends_soon(json!({"type": "image", "media": {"id": medium.id}}));
    let file = loop {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if let Some(conversation) = world.conversations("").await.first() {
            break world.latest_file(conversation).await;
        }
    };
    assert_eq!(file["state"], "pending");
    let attachment = world.attachment(&file["id"]).await;
    assert_eq!((&attachment["state"], &attachment["download"]), (&json!("pending"), &Value::Null));
    world.settle().await;
    assert_eq!(world.attachment(&file["id"]).await["state"], "stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_no_longer_has_is_expired_and_can_be_tried_again() {
    let world = World::hasty().await;
    let medium = world.medium("image/jpeg", &content(4, 5000));
    let expired = MediumPatch { expire: true, ..MediumPatch::default() };
    world.simulator().change_medium(&medium.id, &expired).unwrap();
    let conversation = world.ann_sends(json!({"type": "image", "media": {"id": medium.id}})).await;
    let file = world.latest_file(&conversation).await;
    assert_eq!(file["state"], "expired");
    let attachment = world.attachment(&file["id"]).await;
    assert!(attachment["problem"].as_str().unwrap().contains("does not exist"), "{attachment}");
    let events = world.events("attachment.failed").await;
    assert_eq!(events[0]["data"]["attachment_id"], file["id"]);
    let retry = format!("/v1/attachments/{}/retry", file["id"].as_str().unwrap());
    assert_eq!(world.post(&retry, json!({})).await.body["state"], "pending");
    world.settle().await;
    assert_eq!(world.attachment(&file["id"]).await["state"], "expired");
    assert_eq!(world.events("attachment.failed").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_last_try_a_file_has_failed_until_somebody_tries_again() {
    let world = World::hasty().await;
    let medium = world.medium("image/jpeg", &content(5, 5000));
    let broken = MediumPatch { fail_downloads: Some(1000), ..MediumPatch::default() };
    world.simulator().change_medium(&medium.id, &broken).unwrap();
    let conversation = world.ann_sends(json!({"type": "image", "media": {"id": medium.id}})).await;
    let file = world.latest_file(&conversation).await;
    let attachment = world.attachment(&file["id"]).await;
    assert_eq!(attachment["state"], "failed");
    assert!(attachment["problem"].as_str().unwrap().contains("HTTP 500"), "{attachment}");
    assert_eq!(world.thread(&conversation).await[0]["type"], "image", "the message is untouched");
    let retry = format!("/v1/attachments/{}/retry", file["id"].as_str().unwrap());
    let whole = MediumPatch { fail_downloads: Some(0), ..MediumPatch::default() };
    world.simulator().change_medium(&medium.id, &whole).unwrap();
    assert_eq!(world.post(&retry, json!({})).await.status, 200);
    world.settle().await;
    let attachment = world.attachment(&file["id"]).await;
    assert_eq!((&attachment["state"], &attachment["problem"]), (&json!("stored"), &Value::Null));
    let again = world.post(&retry, json!({})).await;
    assert_eq!(
        (again.status, &again.body["type"]),
        (409, &json!("https://casement.dev/problems/attachment-not-failed"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_larger_than_whatsapp_takes_is_not_fetched() {
    let world = World::start().await;
    let medium = world.medium("application/pdf", b"small");
    let huge = MediumPatch { file_size: Some(100 * 1024 * 1024 + 1), ..MediumPatch::default() };
    world.simulator().change_medium(&medium.id, &huge).unwrap();
    let conversation = world.ann_sends(json!({"type": "document", "media": {"id": medium.id}})).await;
    let file = world.latest_file(&conversation).await;
    assert_eq!(file["state"], "too_big");
    let attachment = world.attachment(&file["id"]).await;
    assert!(attachment["problem"].as_str().unwrap().contains("104857601 bytes"), "{attachment}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_several_times_brings_its_file_once() {
    let world = World::start().await;
    let medium = world.medium("image/jpeg", &content(6, 5000));
    let message = json!({
        "from": crate::world::webhooks::ANN, "id": "wamid.picture", "timestamp": crate::world::webhooks::now().to_string(),
        "type": "image", "image": {"id": medium.id, "mime_type": "image/jpeg", "sha256": medium.sha256},
    });
    let body = world.messages_webhook(world.value(json!({"messages": [message]})));
    let answers = world.post_webhook(simulator::Verbatim::new(body).times(4)).await;
    assert_eq!(answers, [200; 4]);
    world.settle().await;
    let conversation = world.conversation().await;
    assert_eq!(world.thread(&conversation).await.len(), 1);
    assert_eq!(world.latest_file(&conversation).await["state"], "stored");
    let taken = world.stack.aws().meter().take();
    assert_eq!(taken[&(MEDIA_TRANSFER.to_owned(), "PutObject".to_owned())].requests, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_survives_throttling_of_the_bucket_and_of_the_table() {
    let world = World::hasty().await;
    let faults = world.stack.aws().faults();
    faults.add(Fault::new(MEDIA_TRANSFER, FaultAction::Throttle).on("PutObject").times(2));
    faults.add(Fault::new(MEDIA_TRANSFER, FaultAction::Throttle).on("PutItem").times(5));
    faults.add(Fault::new(MEDIA_TRANSFER, FaultAction::DropAfterExecuting).on("GetItem").nth(3));
    let conversation = world.ann_sends(json!({"type": "document"})).await;
    let file = world.latest_file(&conversation).await;
    assert_eq!(file["state"], "stored");
    let attachment = world.attachment(&file["id"]).await;
    assert_eq!(world.follow(&attachment["download"], b"").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_medium_costs_its_message_nothing_and_one_row_of_its_own() {
    let world = World::start().await;
    world.ann_sends(json!({"type": "text", "body": "Hello"})).await;
    drop(world.stack.aws().meter().take());
    world.ann_sends(json!({"type": "image"})).await;
    let taken = world.stack.aws().meter().take();
    let units = |function: &str| {
        let used = taken.iter().filter(|((name, _), _)| name == function);
        used.fold((0.0, 0.0), |(table, indexes), (_, usage)| {
            (table + usage.table_write_units, indexes + usage.index_write_units)
        })
    };
    assert!(units("InboundApplyFunction").0 <= 2.0, "{:?}", units("InboundApplyFunction"));
    assert_eq!(units(MEDIA_TRANSFER), (1.0, 1.0));
}
