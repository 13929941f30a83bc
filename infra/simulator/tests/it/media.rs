//! Files: uploaded, found, fetched and deleted as Meta does it, and made to expire and fail.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use simulator::{Content, Media, MediumInput, MediumPatch};

use crate::support::{ANA, Answer, World};

async fn upload(world: &World, mime_type: &str, content: &str) -> Answer {
    let config = world.simulator.config();
    let uri = format!("{}/v26.0/{}/media", world.simulator.base_url(), config.phone_number_id);
    let field = |name: &str, more: &str, value: &str| {
        format!("--xyz\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n{value}\r\n")
    };
    let file = format!("; filename=\"a\"\r\ncontent-type: {mime_type}");
    let body = format!("{}{}--xyz--\r\n", field("messaging_product", "", "whatsapp"), field("file", &file, content));
    let request = Request::post(uri).header("authorization", format!("Bearer {}", config.access_token));
    let request = request.header("content-type", "multipart/form-data; boundary=xyz").body(Bytes::from(body)).unwrap();
    world.ask(request).await.unwrap()
}

/// The answer to a download, with a token or without.
async fn download(world: &World, place: &Value, token: Option<&str>) -> Answer {
    let url = place["url"].as_str().unwrap();
    world.call(Method::GET, url.strip_prefix(&world.simulator.base_url()).unwrap(), token, None).await.unwrap()
}

#[tokio::test]
async fn a_file_is_uploaded_found_fetched_sent_and_deleted() {
    let world = World::new().await;
    world.ana_writes();
    let id = upload(&world, "text/plain", "Hola").await.json["id"].as_str().unwrap().to_owned();
    let number = world.simulator.config().phone_number_id.clone();
    let place = world.get(&format!("/v26.0/{id}?phone_number_id={number}")).await.json;
    assert_eq!((&place["mime_type"], &place["file_size"]), (&json!("text/plain"), &json!("4")));
    assert_eq!(place["sha256"], "e633f4fc79badea1dc5db970cf397c8248bac47cc3acf9915ba60b5d76b0e88f");
    let token = world.simulator.config().access_token.clone();
    let fetched = download(&world, &place, Some(&token)).await;
    assert_eq!((fetched.status, fetched.text.as_str()), (200, "Hola"));
    assert_eq!(download(&world, &place, None).await.code(), 190);
    assert_eq!(world.get(&format!("/v26.0/{id}?phone_number_id=1")).await.code(), 100);

    let message = json!({"to": format!("+{ANA}"), "type": "document", "document": {"id": id}});
    assert_eq!(world.send(&message).await.status, 200);
    let deleted = world.call(Method::DELETE, &format!("/v26.0/{id}"), Some(&token), None).await.unwrap();
    assert_eq!(deleted.json, json!({"success": true}));
    assert_eq!(world.get(&format!("/v26.0/{id}")).await.code(), 100);
    assert_eq!(download(&world, &place, Some(&token)).await.status, 404);
    let refused = world.send(&message).await;
    assert_eq!(refused.code(), 100);
    assert!(refused.details().contains("media attachment ID"), "{}", refused.text);
}

#[tokio::test]
async fn an_upload_is_refused_by_type_and_size() {
    let world = World::new().await;
    for (mime_type, size, code) in [
        ("image/png", 10, None),
        ("audio/ogg; codecs=opus", 10, None),
        ("image/png", 5 * 1024 * 1024 + 1, Some(131_053)),
        ("image/webp", 500 * 1024 + 1, Some(131_053)),
        ("image/png", 0, Some(131_053)),
        ("application/zip", 10, Some(100)),
    ] {
        let answer = upload(&world, mime_type, &"x".repeat(size)).await;
        assert_eq!(answer.json["error"]["code"].as_i64(), code, "{mime_type} {size}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_a_customer_sends_is_there_until_it_expires() {
    let world = World::new().await;
    world.says(ANA, Content::Image { media: Media::default() });
    world.settled().await;
    let image = world.receiver.values("messages")[0]["messages"][0]["image"].clone();
    let path = format!("/v26.0/{}", image["id"].as_str().unwrap());
    let place = world.get(&path).await.json;
    assert_eq!(place["mime_type"], image["mime_type"]);
    let token = world.simulator.config().access_token.clone();
    let change = async |patch: Value| {
        let id = image["id"].as_str().unwrap();
        world.control(Method::PATCH, &format!("/media/{id}"), patch).await.status
    };
    assert_eq!(change(json!({"fail_downloads": 1, "dead_addresses": 1})).await, 200);
    assert_eq!(download(&world, &place, Some(&token)).await.status, 500);
    assert_eq!(download(&world, &place, Some(&token)).await.status, 200);
    let dead = world.get(&path).await.json;
    assert_eq!(download(&world, &dead, Some(&token)).await.status, 404);
    assert_eq!(change(json!({"expire": true})).await, 200);
    assert_eq!(world.get(&path).await.code(), 100);
    assert_eq!(change(json!({"colour": "red"})).await, 400);
}

#[tokio::test]
async fn a_file_is_made_to_order() {
    let world = World::new().await;
    let made = world
        .control(Method::POST, "/media", json!({"mime_type": "image/png", "content": "SG9sYQ==", "file_size": 7}))
        .await;
    assert_eq!((&made.json["file_size"], &made.json["uploaded"]), (&json!(7), &json!(false)));
    let odd = MediumInput { content: Some("?".to_owned()), ..MediumInput::default() };
    assert!(world.simulator.put_medium(&odd).is_err());
    assert!(world.simulator.change_medium("1", &MediumPatch::default()).is_err());
    let media = Media { id: made.json["id"].as_str().map(str::to_owned), ..Media::default() };
    world.says(ANA, Content::Document { media });
    world.settled().await;
    let document = &world.receiver.values("messages")[0]["messages"][0]["document"];
    assert_eq!((&document["id"], &document["mime_type"]), (&made.json["id"], &json!("image/png")));
}
