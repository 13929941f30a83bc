//! Whose an upload is: who sees only some conversations reads and sends their own uploads, and those of the texts that they use.
use domain::attachment::Attachment;
use domain::ids::AttachmentId;
use serde_json::{Value, json};

use super::desk::content;
use crate::world::people::Person;
use crate::world::webhooks::ANN;
use crate::world::{Answer, World};

fn png(seed: u8) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n".as_slice(), &content(seed, 300)].concat()
}

impl World {
    /// Uploads a file in somebody's name; its id.
    async fn upload_of(&self, person: &Person, content: &[u8]) -> Value {
        let wish = json!({"filename": "shoe.png", "mime_type": "image/png", "size": content.len()});
        let made = self.on_behalf(person, "POST", "/v1/attachments", Some(wish)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(self.follow(&made.body["upload"], content).await.status(), 200);
        made.body["id"].clone()
    }

    async fn looks_at(&self, person: &Person, file: &Value, query: &str) -> Answer {
        self.on_behalf(person, "GET", &format!("/v1/attachments/{}{query}", file.as_str().unwrap()), None).await
    }

    async fn sends_file(&self, person: &Person, conversation: &Value, file: &Value) -> Answer {
        let message = json!({
            "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
            "type": "image", "image": {"attachment_id": file},
        });
        let answer = self.on_behalf(person, "POST", "/v1/messages", Some(message)).await;
        self.settle().await;
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_its_uploaders() {
    let world = World::start().await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    let ann = world.handed(ANN, json!({"user_id": uma.id})).await;
    let (own, theirs) = (world.upload_of(&uma, &png(1)).await, world.upload_of(&vic, &png(2)).await);
    let everybodys = world.upload("all.png", "image/png", &png(3)).await;
    for (file, is_own) in [(&own, true), (&theirs, false), (&everybodys, false)] {
        let (read, sent) = if is_own { (200, 202) } else { (404, 422) };
        assert_eq!(world.looks_at(&uma, file, "").await.status, read, "{file}");
        let answer = world.sends_file(&uma, &ann, file).await;
        assert_eq!(answer.status, sent, "{}", answer.body);
        assert_eq!(world.attachment(file).await["state"], "stored", "who sees everything sees it");
    }
    let wish = json!({"name": "Mine", "module": "leads", "text": "x", "scope": "mine", "files": [theirs]});
    let refused = world.on_behalf(&uma, "POST", "/v1/canned-texts", Some(wish)).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("files[0]")), "{}", refused.body);
    assert_eq!(world.uploaded().len(), 1, "one file went out");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_seen_by_who_sees_the_message() {
    let world = World::start().await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    let ann = world.handed(ANN, json!({"user_id": uma.id})).await;
    let (sent, unsent) = (world.upload_of(&uma, &png(1)).await, world.upload_of(&uma, &png(2)).await);
    let message = world.sends_file(&uma, &ann, &sent).await;
    let query = format!("?message_id={}", message.body["id"].as_str().unwrap());
    assert_eq!(world.looks_at(&vic, &sent, &query).await.status, 404, "they do not see the message");
    let path = format!("/v1/conversations/{}/assign", ann["id"].as_str().unwrap());
    assert_eq!(world.post(&path, json!({"user_id": vic.id})).await.status, 200);
    world.settle().await;
    for (file, query, status) in [(&sent, query.as_str(), 200), (&sent, "", 404), (&unsent, query.as_str(), 404)] {
        assert_eq!(world.looks_at(&vic, file, query).await.status, status, "{file}{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_text_are_theirs_who_use_it() {
    let world = World::start().await;
    let (sales, support) = (world.found_team("Sales").await, world.found_team("Support").await);
    let uma = world.hire("Uma", "agent", "own", &[&sales]).await;
    let vic = world.hire("Vic", "agent", "own", &[&sales]).await;
    let wes = world.hire("Wes", "agent", "own", &[&support]).await;
    let file = world.upload_of(&uma, &png(1)).await;
    let text = json!({
        "name": "Shoes", "module": "leads", "text": "Our shoes", "scope": "group", "group_id": sales, "files": [file],
    });
    let made = world.on_behalf(&uma, "POST", "/v1/canned-texts", Some(text)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let ann = world.handed(ANN, json!({"user_id": vic.id})).await;
    let seen = world.looks_at(&vic, &file, "").await;
    assert!(seen.status == 200 && seen.body["preview"].is_object(), "{}", seen.body);
    assert_eq!(world.looks_at(&wes, &file, "").await.status, 404);
    let message = json!({
        "channel_id": ann["channel_id"], "to": {"contact_id": ann["contact_id"]}, "type": "canned_text",
        "canned_text": {"id": made.body["id"]},
    });
    let preview = world.on_behalf(&vic, "POST", "/v1/messages/preview", Some(message.clone())).await;
    assert_eq!((preview.status, &preview.body["can_send"]), (200, &json!(true)), "{}", preview.body);
    let sent = world.on_behalf(&vic, "POST", "/v1/messages", Some(message)).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    assert_eq!(world.uploaded().len(), 1);
}

/// Rows of before have none.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_without_an_uploader_is_left_to_who_sees_everything() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    let file = world.upload_of(&uma, &png(1)).await;
    assert_eq!(world.looks_at(&uma, &file, "").await.status, 200);
    let inside = world.inside().await;
    let id = AttachmentId::parse(file.as_str().unwrap()).unwrap();
    let (seen, _) = inside.store.attachment_get(&id).await.unwrap().unwrap();
    assert!(
        inside.store.attachment_replace(Some(&seen), &Attachment { uploaded_by: None, ..seen.clone() }).await.unwrap()
    );
    assert_eq!(world.looks_at(&uma, &file, "").await.status, 404);
    assert_eq!(world.attachment(&file).await["state"], "stored");
}
