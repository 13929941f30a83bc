//! Addresses that are not called.
use domain::Time;
use domain::ids::{SecretId, WebhookId};
use domain::webhook::{Filter, Pattern, Webhook};
use serde_json::{Value, json};

use crate::world::World;
use crate::world::receiver::Receiver;

async fn in_public() -> World {
    World::with(|options| {
        options.parameters.insert("OutsideAddresses".to_owned(), "public".to_owned());
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_refused_when_it_is_saved() {
    let (world, shop) = (in_public().await, Receiver::start().await);
    for (url, reason) in [
        (shop.url("/hook"), "only addresses that begin with https://"),
        ("https://127.0.0.1/hook".to_owned(), "127.0.0.1"),
        ("https://10.1.2.3/hook".to_owned(), "10.1.2.3"),
        ("https://169.254.169.254/latest/meta-data/".to_owned(), "169.254.169.254"),
        ("https://localhost/hook".to_owned(), "no name in the public DNS"),
        ("https://2130706433/hook".to_owned(), "no name in the public DNS"),
        ("https://db.internal/hook".to_owned(), "no name in the public DNS"),
        ("https://user:secret@shop.example.com/".to_owned(), "user name or a password"),
    ] {
        let refused = world.post("/v1/webhooks", json!({"url": url, "events": ["*"]})).await;
        assert_eq!(refused.status, 422, "{url}: {}", refused.body);
        assert!(refused.body["type"].as_str().unwrap().ends_with("address-refused"), "{}", refused.body);
        let error = &refused.body["errors"][0];
        assert_eq!(error["field"], "url");
        assert!(error["message"].as_str().unwrap().contains(reason), "{url}: {error}");
    }
    assert_eq!(world.get("/v1/webhooks").await["items"], json!([]));
}

/// A name that led elsewhere when it was saved, or a deployment that has become stricter since.
#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_refused_again_when_it_is_delivered_to() {
    let (world, shop) = (in_public().await, Receiver::start().await);
    let secret = SecretId::derive(&["secret"]);
    world.stack.aws().put_parameter(&format!("/casement/outside/{secret}"), "whsec_c2VjcmV0").unwrap();
    let webhook = Webhook {
        id: WebhookId::derive(&["private"]),
        url: format!("https://127.0.0.1:{}/hook", shop.port),
        description: None,
        events: vec![Pattern::parse("contact.created").unwrap()],
        filter: Filter::default(),
        paused: None,
        secret,
        previous: Vec::new(),
        failing_since: None,
        created_at: Time::from_seconds(1),
        revision: 0,
    };
    world.inside().await.store.webhook_create(&webhook).await.unwrap();
    world.settle().await;
    world.meets("+16505559100").await;
    let log = world.deliveries(&json!({"id": webhook.id.as_str()}), "").await;
    assert_eq!((&log[0]["state"], &log[0]["last_try"]["status"]), (&json!("waiting"), &Value::Null));
    let problem = log[0]["last_try"]["problem"].as_str().unwrap();
    assert!(problem.contains("127.0.0.1, which is not an address of the public internet"), "{problem}");
    assert!(shop.received().is_empty());
}
