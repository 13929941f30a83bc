//! Canned texts that are sent: with their values and their files, to those whom they are for.
use serde_json::{Value, json};

use super::problem;
use crate::media::desk::content;
use crate::world::webhooks::ANN;
use crate::world::{Answer, World};

async fn send(world: &World, conversation: &Value, canned: &Value) -> Answer {
    let message = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
        "type": "canned_text", "canned_text": {"id": canned["id"]},
    });
    world.post("/v1/messages", message).await
}

/// What WhatsApp got, in order: the type, and the caption, the text or the name.
fn arrived(world: &World) -> Vec<(String, Value)> {
    let show = |record: &simulator::SendRecord| {
        let kind = record.body["type"].as_str().unwrap().to_owned();
        let object = &record.body[&kind];
        let text = ["caption", "body", "filename"].iter().map(|name| object[name].clone()).find(|text| !text.is_null());
        (kind, text.unwrap_or_default())
    };
    world.simulator().accepted().iter().map(show).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canned_text_arrives_with_its_values_and_its_files() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    let plain = world.canned("Welcome", "Hello $[Leads.First Name|there]!").await;
    let sent = send(&world, &conversation, &plain).await;
    assert_eq!((sent.status, &sent.body["type"]), (202, &json!("text")), "{}", sent.body);
    world.settle().await;
    let image = world.upload("a.jpg", "image/jpeg", &content(1, 3000)).await;
    let terms = world.upload("terms.pdf", "application/pdf", &content(2, 3000)).await;
    let body = json!({
        "name": "Offer", "module": "leads", "text": "For you, $[Leads.First Name]", "scope": "all", "files": [image, terms],
    });
    let offer = world.post("/v1/canned-texts", body).await;
    assert_eq!((offer.status, &offer.body["files"]), (201, &json!([image, terms])), "{}", offer.body);
    let sent = send(&world, &conversation, &offer.body).await;
    assert_eq!((sent.status, &sent.body["type"]), (202, &json!("attachments")), "{}", sent.body);
    world.settle().await;
    let expected = [("text", "Hello Ann!"), ("image", "For you, Ann"), ("document", "terms.pdf")];
    assert_eq!(arrived(&world), expected.map(|(kind, text)| (kind.to_owned(), json!(text))));
    // One that was sent stays as it was sent.
    let path = format!("/v1/canned-texts/{}", plain["id"].as_str().unwrap());
    world.call("DELETE", &path, None).await;
    let refused = send(&world, &conversation, &plain).await;
    assert_eq!(
        (problem(&refused), &refused.body["errors"][0]["field"]),
        ("unknown-reference", &json!("canned_text.id"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canned_text_is_refused_where_it_does_not_fit() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    world.defines("story", "Story").await;
    world.knows(&conversation["contact_id"], json!({"fields": {"story": "x".repeat(1000)}})).await;
    let long = world.canned("Long", &"$[Leads.Story]".repeat(5)).await;
    let refused = send(&world, &conversation, &long).await;
    assert_eq!((problem(&refused), &refused.body["errors"][0]["field"]), ("too-long", &json!("canned_text.text")));
    let lacking = world.canned("Lacking", "$[Leads.Email]").await;
    let refused = send(&world, &conversation, &lacking).await;
    assert_eq!(
        (problem(&refused), &refused.body["errors"][0]["field"]),
        ("merge-field-missing", &json!("canned_text.text"))
    );
    // Ann becomes a contact: texts for leads are not for her any more.
    let plain = world.canned("Plain", "Hello").await;
    world.knows(&conversation["contact_id"], json!({"kind": "contact"})).await;
    let refused = send(&world, &conversation, &plain).await;
    assert_eq!((refused.status, problem(&refused)), (422, "text-for-others"), "{}", refused.body);
    // What is nobody's, or not theirs, is not to be sent.
    let eva = world.hire("Eva", "agent", "all", &[]).await;
    let bob = world.hire("Bob", "agent", "all", &[]).await;
    let body = json!({"name": "Mine", "module": "contacts", "text": "Hello", "scope": "mine"});
    let mine = world.on_behalf(&eva, "POST", "/v1/canned-texts", Some(body)).await;
    let message = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
        "type": "canned_text", "canned_text": {"id": mine.body["id"]},
    });
    for (who, status) in [(&bob, 422), (&eva, 202)] {
        let answer = world.on_behalf(who, "POST", "/v1/messages", Some(message.clone())).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert!(arrived(&world).is_empty() || arrived(&world) == [("text".to_owned(), json!("Hello"))]);
}

/// Files of a text are those that everybody who uses it may send.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_names_files_that_are_there() {
    let world = World::start().await;
    let announced = world.announce("a.pdf", "application/pdf", 3000).await["id"].clone();
    let medium = world.medium("image/png", &content(3, 2000));
    let conversation = world.ann_sends(json!({"type": "image", "media": {"id": medium.id}})).await;
    let theirs = world.latest_file(&conversation).await["id"].clone();
    let there = world.upload("b.pdf", "application/pdf", &content(4, 3000)).await;
    let unknown = format!("att_{}", "0".repeat(52));
    for (files, expected) in [
        (json!([there, announced]), "attachment-not-ready"),
        (json!([there, unknown]), "unknown-reference"),
        (json!([there, theirs]), "invalid-input"),
        (json!([there, there, there, there, there, there]), "invalid-input"),
    ] {
        let body = json!({"name": "N", "module": "leads", "text": "x", "scope": "all", "files": files});
        let refused = world.post("/v1/canned-texts", body).await;
        assert_eq!(problem(&refused), expected, "{}", refused.body);
        let field = refused.body["errors"][0]["field"].as_str().unwrap();
        assert!(field.starts_with("files"), "{field}");
    }
}
