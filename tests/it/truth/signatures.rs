//! Who may tell us something: signatures over the raw bytes, rotation, and the handshake (P9, P10, P11).
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::Request;
use ring::hmac;
use serde_json::{Value, json};
use simulator::{Signing, Verbatim};

use super::people::WEBHOOK_INGEST;
use crate::world::World;
use crate::world::webhooks::{ANN, now};

fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

/// Nothing was stored, queued, or written down.
async fn assert_nothing_told(world: &World, calls_before: u32) {
    assert_eq!(world.calls_of(WEBHOOK_INGEST), calls_before, "no call to the queue, nor to anything else");
    world.settle().await;
    assert!(world.get("/v1/contacts").await["items"].as_array().unwrap().is_empty());
    assert!(world.events("webhook.kept").await.is_empty());
    assert_eq!(world.stack.lambda().output(WEBHOOK_INGEST), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_wrong_or_empty_signature_is_401_and_leaves_no_trace() {
    let world = World::start().await;
    let body = world.text_webhook(ANN, "wamid.1", "Let me in");
    drop(world.stack.aws().meter().take());
    for signing in [Signing::Missing, Signing::Wrong, Signing::Empty] {
        let attempts = world.simulator().deliver(Verbatim::new(body.clone()).signed(signing)).await.unwrap();
        assert_eq!((attempts[0].status, attempts[0].answer.as_str()), (Some(401), ""), "{signing:?}");
    }
    let other_secret = Verbatim::new(body.clone()).with_secret("another secret");
    assert_eq!(world.post_webhook(other_secret).await, [401]);
    assert_nothing_told(&world, 0).await;
}

/// Every way in which a header may be wrong, and the answer is always the same.
#[tokio::test(flavor = "multi_thread")]
async fn no_header_but_the_right_one_is_good_enough() {
    let world = World::start().await;
    let body = world.text_webhook(ANN, "wamid.1", "Let me in").to_string();
    let right = signature(world.stack.app_secret(), body.as_bytes());
    let digits = right.trim_start_matches("sha256=");
    let of_other_bytes = signature(world.stack.app_secret(), b"{}");
    let of_no_secret = signature("", body.as_bytes());
    drop(world.stack.aws().meter().take());
    for header in [
        "",
        "sha256=",
        digits,
        &format!("sha1={digits}"),
        &format!("SHA256={digits}"),
        &right[..right.len() - 1],
        &format!("{right}0"),
        &format!("{right}, {right}"),
        &of_other_bytes,
        &of_no_secret,
    ] {
        let (status, answer) = post(&world, "application/json", Some(header), body.clone().into()).await;
        assert_eq!((status, answer.as_str()), (401, ""), "{header}");
    }
    assert_nothing_told(&world, 0).await;
    assert_eq!(post(&world, "application/json", Some(&right), body.into()).await.0, 200);
}

async fn post(world: &World, content_type: &str, signature: Option<&str>, body: Bytes) -> (u16, String) {
    let mut request = Request::post(world.stack.webhook_url()).header("content-type", content_type);
    if let Some(signature) = signature {
        request = request.header("x-hub-signature-256", signature);
    }
    send(request.body(body).unwrap()).await
}

async fn send(request: Request<Bytes>) -> (u16, String) {
    let http = net::Http::new(None).unwrap();
    let answer = http.send(request, Duration::from_secs(20)).await.unwrap();
    (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
}

/// P9: the signature is over the bytes as they came: escaped, not escaped, and in base64 by API Gateway.
#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_over_the_raw_bytes_however_they_are_written_or_carried() {
    let world = World::start().await;
    let said = "caf\u{e9} \u{1f600} 1/2 \u{2028}\"";
    let secret = world.stack.app_secret();
    // As Meta writes it: \u00e9, surrogate pairs, \/ .
    world.deliver(&world.text_webhook(ANN, "wamid.1", said)).await;
    // The same as plain UTF-8, with spaces, and as a type that API Gateway hands over in base64.
    for (wamid, content_type) in [("wamid.2", "application/json"), ("wamid.3", "application/octet-stream")] {
        let body = format!(" {:#}\n", world.text_webhook(ANN, wamid, said));
        let header = signature(secret, body.as_bytes());
        assert_eq!(post(&world, content_type, Some(&header), body.into()).await.0, 200, "{content_type}");
    }
    // An event of API Gateway's with base64 where there was no need for it.
    let body = world.text_webhook(ANN, "wamid.4", said).to_string();
    let event = json!({
        "version": "2.0", "requestContext": {"http": {"method": "POST"}},
        "headers": {"x-hub-signature-256": signature(secret, body.as_bytes())},
        "body": BASE64_STANDARD.encode(&body), "isBase64Encoded": true,
    });
    assert_eq!(world.stack.invoke(WEBHOOK_INGEST, &event).await.unwrap()["statusCode"], 200);
    // The signature of what the base64 stands for, not of the base64.
    let mut wrong = event;
    wrong["headers"]["x-hub-signature-256"] = json!(signature(secret, BASE64_STANDARD.encode(&body).as_bytes()));
    assert_eq!(world.stack.invoke(WEBHOOK_INGEST, &wrong).await.unwrap()["statusCode"], 401);
    world.settle().await;
    assert_eq!(world.texts(ANN).await, [said; 4]);
}

fn secrets_parameter(world: &World) -> String {
    world.stack.template().parameters["AppSecretsParameter"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_are_good_during_a_rotation() {
    let world = World::start().await;
    let old = world.stack.app_secret().to_owned();
    for list in [format!("{old}\nthe new one"), format!("the new one, {old}")] {
        world.stack.aws().put_parameter(&secrets_parameter(&world), &list).unwrap();
        world.stack.lambda().cool(WEBHOOK_INGEST).await;
        for (secret, status) in [(old.as_str(), 200), ("the new one", 200), ("neither", 401), (&list, 401)] {
            let body = world.written(ANN, &format!("wamid.{}", secret.len()), now(), "Hello");
            assert_eq!(world.post_webhook(Verbatim::new(body).with_secret(secret)).await, [status], "{secret}");
        }
    }
}

/// A process that knows the old secret only reads again after a wrong signature, but not for every one: junk from outside
/// must not become calls to SSM. Within its minute it says 401, and Meta comes again.
#[tokio::test(flavor = "multi_thread")]
async fn junk_does_not_make_the_secrets_be_read_again() {
    let world = World::start().await;
    world.stack.aws().put_parameter(&secrets_parameter(&world), "the new one").unwrap();
    drop(world.stack.aws().meter().take());
    let body = world.text_webhook(ANN, "wamid.1", "Hello");
    for _ in 0..5 {
        assert_eq!(world.post_webhook(Verbatim::new(body.clone()).with_secret("junk")).await, [401]);
    }
    assert_eq!(world.calls_of(WEBHOOK_INGEST), 0);
    // A process that starts now knows the new one and no longer the old one.
    world.stack.lambda().cool(WEBHOOK_INGEST).await;
    assert_eq!(world.post_webhook(Verbatim::new(body.clone())).await, [401]);
    assert_eq!(world.post_webhook(Verbatim::new(body).with_secret("the new one")).await, [200]);
    world.settle().await;
    assert_eq!(world.texts(ANN).await, ["Hello"]);
}

/// Without any secret nothing is good, above all not the signature that anyone can make.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_no_signature_is_good() {
    let world = World::start().await;
    for list in [" ", " ,\n,"] {
        world.stack.aws().put_parameter(&secrets_parameter(&world), list).unwrap();
        world.stack.lambda().cool(WEBHOOK_INGEST).await;
        for secret in ["", " ", world.stack.app_secret()] {
            let body = world.text_webhook(ANN, "wamid.1", "Let me in");
            assert_eq!(world.post_webhook(Verbatim::new(body).with_secret(secret)).await, [401], "{secret:?}");
        }
    }
    world.settle().await;
    assert!(world.get("/v1/contacts").await["items"].as_array().unwrap().is_empty());
}

/// P11: the challenge comes back as the bare body, and only to who knows the token.
#[tokio::test(flavor = "multi_thread")]
async fn the_handshake_answers_the_challenge_to_who_knows_the_token() {
    let world = World::start().await;
    let ask = async |query: &str| {
        let request = Request::get(format!("{}?{query}", world.stack.webhook_url()));
        send(request.body(Bytes::new()).unwrap()).await
    };
    let token = world.stack.verify_token();
    let good = ask(&format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}")).await;
    assert_eq!(good, (200, "1158201444".to_owned()));
    for bad in [
        String::new(),
        "hub.mode=subscribe&hub.challenge=1".to_owned(),
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=".to_owned(),
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong".to_owned(),
        format!("hub.mode=unsubscribe&hub.challenge=1&hub.verify_token={token}"),
        format!("hub.mode=subscribe&hub.verify_token={token}"),
        format!("hub.challenge=1&hub.verify_token={token}"),
    ] {
        assert_eq!(ask(&bad).await, (403, String::new()), "{bad}");
    }
    let value: Value = world.get("/v1/contacts").await;
    assert!(value["items"].as_array().unwrap().is_empty());
}
