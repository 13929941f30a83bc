//! Files that other systems have: at an address, or as a document of a source, by its kind and id.
use serde_json::{Value, json};

use super::desk::content;
use crate::truth::crashes::{Scene, nothing};
use crate::truth::people::MEDIA_TRANSFER;
use crate::world::World;
use crate::world::receiver::{Receiver, Reply};
use crate::world::webhooks::ANN;

fn pdf(size: usize) -> Vec<u8> {
    [b"%PDF-1.7\n".as_slice(), &content(1, size)].concat()
}

fn file(mime_type: &str, bytes: Vec<u8>) -> Reply {
    Reply::of(200).with("Content-Type", mime_type).saying(bytes)
}

impl World {
    /// Has a file fetched; the attachment once nothing is under way.
    async fn fetched(&self, wish: Value) -> Value {
        let answer = self.post("/v1/attachments", wish).await;
        assert_eq!((answer.status, &answer.body["upload"]), (201, &Value::Null), "{}", answer.body);
        self.settle().await;
        self.attachment(&answer.body["id"]).await
    }

    async fn source(&self, body: Value) -> Value {
        let answer = self.post("/v1/document-sources", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_fetched_from_an_address_and_sent() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "Where is my invoice?")).await;
    let bytes = pdf(3000);
    shop.next(Reply::of(302).with("Location", "/files/Invoice%204711.pdf"));
    shop.next(file("application/pdf; version=1.7", bytes.clone()));
    let attachment = world.fetched(json!({"from_url": shop.url("/moved/Invoice-4711.pdf?token=secret")})).await;
    assert_eq!((&attachment["state"], &attachment["kind"]), (&json!("stored"), &json!("document")), "{attachment}");
    assert_eq!((&attachment["size"], &attachment["filename"]), (&json!(bytes.len()), &json!("Invoice-4711.pdf")));
    assert!(!attachment.to_string().contains("token=secret"), "{attachment}");
    assert_eq!(world.follow(&attachment["download"], b"").await.body().as_ref(), bytes);

    let conversation = world.conversation().await;
    let message = json!({"type": "document", "document": {"attachment_id": attachment["id"], "caption": "Here it is"}});
    let message = world.answer_and_settle(&conversation, message).await;
    assert_eq!(message["state"], "accepted", "{message}");
    assert_eq!(world.uploaded().len(), 1);
}

/// What is shown in place runs nothing; everything else is only saved.
#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_in_place_what_is_safe_to_show() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    shop.next(file("image/jpeg", [b"\xff\xd8\xff\xe0".as_slice(), &content(1, 500)].concat()));
    let image = world.fetched(json!({"from_url": shop.url("/photo.jpg")})).await;
    assert_eq!((&image["kind"], &image["mime_type"]), (&json!("image"), &json!("image/jpeg")), "{image}");
    for (link, how) in [("preview", "inline"), ("download", "attachment")] {
        let answer = world.follow(&image[link], b"").await;
        let disposition = answer.headers()["content-disposition"].to_str().unwrap();
        assert!(disposition.starts_with(how) && disposition.contains("photo.jpg"), "{disposition}");
    }
    shop.next(file("image/svg+xml", b"<svg onload='alert(1)'/>".to_vec()));
    let drawing = world.fetched(json!({"from_url": shop.url("/drawing.svg")})).await;
    assert_eq!((&drawing["state"], &drawing["preview"]), (&json!("stored"), &Value::Null), "{drawing}");
    assert!(drawing["download"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_it_should_be_fails_with_its_reason() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let page = b"<!DOCTYPE html><html>Log in first</html>".to_vec();
    for (wish, reply, state, reason) in [
        (json!({}), file("application/pdf", page.clone()), "failed", "is a page of the web"),
        (json!({"mime_type": "application/pdf"}), file("text/html", page), "failed", "is a page of the web"),
        (json!({}), file("application/pdf", Vec::new()), "failed", "is not a PDF"),
        (json!({}), Reply::of(404), "failed", "answered 404"),
        (json!({}), Reply::of(301).with("Location", "ftp://shop.example/x"), "failed", "did not give it"),
        (json!({"kind": "image"}), file("image/gif", b"GIF89a".to_vec()), "failed", "is not taken as image"),
        (
            json!({"kind": "sticker"}),
            file("image/webp", [b"RIFF\0\0\0\0WEBPVP8 ".as_slice(), &content(1, 120_000)].concat()),
            "failed",
            "102400 bytes",
        ),
        (
            json!({}),
            file("image/png", [b"\x89PNG\r\n\x1a\n".as_slice(), &vec![0; 5 * 1024 * 1024]].concat()),
            "too_big",
            "larger than WhatsApp takes",
        ),
    ] {
        shop.next(reply);
        let mut wish = wish;
        wish["from_url"] = json!(shop.url("/file"));
        let attachment = world.fetched(wish.clone()).await;
        assert_eq!(attachment["state"], state, "{wish}: {attachment}");
        assert!(attachment["problem"].as_str().unwrap().contains(reason), "{wish}: {attachment}");
        assert_eq!((&attachment["download"], &attachment["preview"]), (&Value::Null, &Value::Null));
    }
    assert_eq!(shop.received().len(), 8, "none of them is asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_is_down_is_asked_again() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    shop.next(Reply::of(503));
    shop.next(file("application/pdf", pdf(100)));
    let attachment = world.fetched(json!({"from_url": shop.url("/file.pdf")})).await;
    assert_eq!((&attachment["state"], shop.received().len()), (&json!("stored"), 2), "{attachment}");

    shop.next(Reply::of(404));
    let attachment = world.fetched(json!({"from_url": shop.url("/late.pdf")})).await;
    assert_eq!(attachment["state"], "failed");
    shop.next(file("application/pdf", pdf(100)));
    let path = format!("/v1/attachments/{}/retry", attachment["id"].as_str().unwrap());
    assert_eq!(world.call("POST", &path, None).await.status, 200);
    world.settle().await;
    assert_eq!(world.attachment(&attachment["id"]).await["state"], "stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_another_system_is_attached_by_its_id() {
    let (world, shop) = (World::start().await, Receiver::start().await);
    let source = json!({
        "name": "Shop", "url": shop.url("/api/{kind}/{id}.pdf?copy={id}"),
        "headers": {"Authorization": "Bearer shop-secret"}, "filename": "{kind} {id}.pdf", "mime_type": "application/pdf",
    });
    let source = world.source(source).await;
    assert_eq!(source["headers"], json!(["authorization"]));
    let listed = world.get("/v1/document-sources").await.to_string();
    assert!(listed.contains("Shop") && !listed.contains("shop-secret"), "{listed}");

    shop.next(Reply::of(200).saying(pdf(2000)));
    let wish = json!({"from_source": {"source_id": source["id"], "kind": "invoice", "id": "2026/47 ä?x=1"}});
    let attachment = world.fetched(wish.clone()).await;
    assert_eq!((&attachment["state"], &attachment["mime_type"]), (&json!("stored"), &json!("application/pdf")));
    assert_eq!(attachment["filename"], "invoice 2026_47 ä?x=1.pdf");
    assert_eq!(attachment["from_source"], wish["from_source"]);
    let asked = shop.received()[0].clone();
    let id = "2026%2F47%20%C3%A4%3Fx%3D1";
    assert_eq!(asked.path, format!("/api/invoice/{id}.pdf?copy={id}"));
    assert_eq!(asked.header("authorization"), "Bearer shop-secret");

    let path = format!("/v1/document-sources/{}", source["id"].as_str().unwrap());
    let patch = json!({"headers": {"x-api-key": "another"}, "filename": null});
    let changed = world.call("PATCH", &path, Some(patch)).await;
    assert_eq!((changed.status, &changed.body["headers"]), (200, &json!(["x-api-key"])), "{}", changed.body);
    shop.next(Reply::of(200).saying(pdf(10)));
    let attachment = world.fetched(wish.clone()).await;
    assert_eq!(attachment["filename"], "invoice-2026_47 ä?x=1");
    let asked = shop.received()[1].clone();
    assert_eq!(asked.header("x-api-key"), "another");
    assert!(!asked.headers.contains_key("authorization"));

    assert_eq!(world.call("DELETE", &path, None).await.status, 204);
    let refused = world.post("/v1/attachments", wish).await;
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("from_source.source_id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_elsewhere_is_refused() {
    let public = |options: &mut local::stack::Options| {
        options.parameters.insert("OutsideAddresses".to_owned(), "public".to_owned());
    };
    let (world, shop) = (World::with(public).await, Receiver::start().await);
    for url in [shop.url("/file.pdf"), "https://169.254.169.254/latest/".to_owned(), "https://10.0.0.1/x".to_owned()] {
        let refused = world.post("/v1/attachments", json!({"from_url": url})).await;
        assert_eq!(
            (refused.status, &refused.body["errors"][0]["field"]),
            (422, &json!("from_url")),
            "{}",
            refused.body
        );
        let source = json!({"name": "Shop", "url": format!("{url}/{{id}}")});
        let refused = world.post("/v1/document-sources", source).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("url")), "{}", refused.body);
    }
    for (url, reason) in [
        ("https://{kind}.example.com/{id}", "an address of the web"),
        ("https://shop.example.com/{number}", "other than kind and id"),
        ("https://shop.example.com/all", "a place for the document's {id}"),
    ] {
        let refused = world.post("/v1/document-sources", json!({"name": "Shop", "url": url})).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (400, &json!("url")), "{}", refused.body);
        assert!(refused.body["errors"][0]["message"].as_str().unwrap().contains(reason), "{}", refused.body);
    }
    assert!(shop.received().is_empty());
    for (wish, field) in [
        (json!({"from_url": "https://1.1.1.1/x", "size": 5}), "size"),
        (json!({"from_url": "https://1.1.1.1/x", "kind": "image", "mime_type": "image/gif"}), "mime_type"),
        (json!({"filename": "x.pdf", "size": 5}), "mime_type"),
    ] {
        let refused = world.post("/v1/attachments", wish.clone()).await;
        assert_eq!(refused.body["errors"][0]["field"], field, "{wish}: {}", refused.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fetching_from_an_address_survives_a_crash_at_every_step() {
    let (world, shop) = (World::hasty().await, Receiver::start().await);
    shop.always(file("application/pdf", pdf(2000)));
    let source = world.source(json!({"name": "Shop", "url": shop.url("/{id}"), "headers": {"x-key": "1"}})).await;
    let made = std::sync::Mutex::new(Value::Null);
    let act = async |world: &World, id: &str| {
        let wish = json!({"from_source": {"source_id": source["id"], "kind": "order", "id": id}});
        let answer = world.post("/v1/attachments", wish).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        *made.lock().unwrap() = answer.body["id"].clone();
    };
    let look = async |world: &World, _: &str| {
        let id = made.lock().unwrap().clone();
        let attachment = world.attachment(&id).await;
        let fetched = world.follow(&attachment["download"], b"").await;
        json!([attachment["state"], attachment["size"], fetched.body().len()])
    };
    Scene { function: MEDIA_TRANSFER, prepare: nothing, act, look }.survives_every_crash(&world).await;
}
