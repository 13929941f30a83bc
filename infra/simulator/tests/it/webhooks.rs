//! What reaches the webhook, how it is signed, and what happens when it is not taken.

use ring::hmac;
use serde_json::{Number, Value, json};
use simulator::{
    Content, CustomerInput, DeliveryState, InboundContext, Media, Raw, Resume, SettingsPatch, Shape, Signing, Verbatim,
};

use crate::support::{ANA, LIMIT, Post, World, inbound};

fn is_signed(post: &Post, secret: &str) -> bool {
    let header = post.headers["x-hub-signature-256"].to_str().unwrap();
    let mac = hex::decode(header.strip_prefix("sha256=").unwrap()).unwrap();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), post.body.as_bytes(), &mac).is_ok()
}

#[tokio::test]
async fn bodies_are_escaped_and_signed_and_the_secret_can_rotate() {
    let world = World::new().await;
    world.says(ANA, Content::Text { body: "¿Cuánto cuesta? 😀 https://a.example".into() });
    world.settled().await;
    let post = world.receiver.posts().pop().unwrap();
    assert!(post.body.is_ascii() && post.body.contains("\\ud83d\\ude00") && post.body.contains("https:\\/\\/"));
    assert_eq!(
        post.json()["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"],
        "¿Cuánto cuesta? 😀 https://a.example"
    );
    assert!(is_signed(&post, &world.simulator.config().app_secret));

    world.simulator.change_settings(SettingsPatch { app_secret: Some("next".into()), ..SettingsPatch::default() });
    world.ana_writes();
    world.settled().await;
    assert!(is_signed(&world.receiver.posts().pop().unwrap(), "next"));
}

#[tokio::test]
async fn a_webhook_that_fails_is_asked_again_until_it_takes_the_same_bytes() {
    let world = World::new().await;
    world.receiver.answer_next_with([500, 302, 201, 404]);
    world.ana_writes();
    world.settled().await;
    let posts = world.receiver.posts();
    assert_eq!(posts.len(), 5);
    assert!(posts.iter().all(|post| post.body == posts[0].body));
    let delivery = world.simulator.deliveries().pop().unwrap();
    let statuses: Vec<u16> = delivery.attempts.iter().filter_map(|attempt| attempt.status).collect();
    assert_eq!((statuses, delivery.state), (vec![500, 302, 201, 404, 200], DeliveryState::Delivered));

    world.receiver.answer_next_with([500; 6]);
    world.ana_writes();
    world.settled().await;
    assert_eq!(world.simulator.deliveries().pop().unwrap().state, DeliveryState::GivenUp);
}

#[tokio::test]
async fn the_handshake_must_give_the_challenge_back() {
    let world = World::new().await;
    let known = world.simulator.webhook().unwrap();
    let refused = world.simulator.set_webhook(&known.replace("webhook", "elsewhere")).await.unwrap_err();
    assert!(refused.to_string().contains("answered the handshake with 404"), "{refused}");
    assert!(world.simulator.set_webhook("https://example.com/").await.is_err());
    assert!(world.simulator.set_webhook("http://127.0.0.1:1/").await.is_err());
    assert_eq!(world.simulator.webhook().unwrap(), known, "the old one stays");
}

#[tokio::test]
async fn held_webhooks_leave_in_bodies_of_several_updates() {
    let world = World::new().await;
    world.simulator.pause();
    for n in 0..5 {
        world.says(ANA, Content::Text { body: format!("{n}") });
    }
    assert!(!world.simulator.drain(std::time::Duration::from_millis(100)).await);
    assert!(world.receiver.posts().is_empty());
    world.simulator.resume(Resume { batch: Some(3), shape: Shape::Values });
    world.settled().await;
    let mut sizes: Vec<usize> =
        world.receiver.values("messages").iter().map(|value| value["messages"].as_array().unwrap().len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [2, 3]);

    let batch = (0..3).map(|n| inbound(ANA, Content::Text { body: format!("b{n}") })).collect();
    let told = world.simulator.inbound_batch(batch, Shape::Entries).unwrap();
    assert!(told.iter().all(|one| one.delivery == told[0].delivery));
    world.settled().await;
    assert_eq!(world.receiver.posts().pop().unwrap().json()["entry"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_body_is_posted_verbatim_in_parallel_with_any_signature() {
    let world = World::new().await;
    let body = r#"{ "object":"whatsapp_business_account" , "entry":[{"id":"1","changes":[{"field":"messages","value":{
        "messages":[{"from":"4915112345678","id":"wamid.own","timestamp":"4102444800","type":"text","text":{"body":"hi"}}]}}]}]}"#;
    let attempts = world.simulator.deliver(Verbatim::new(body).times(5)).await.unwrap();
    assert_eq!(attempts.iter().filter(|attempt| attempt.status == Some(200)).count(), 5);
    assert!(world.receiver.posts().iter().all(|post| post.body == body));
    assert_eq!(world.send_text("+4915112345678", "the window is open").await.status, 200);
    world.settled().await;
    assert!(!world.receiver.status_names().contains(&"failed".to_owned()));

    let cases = [(Signing::Wrong, Some(false)), (Signing::Valid, Some(true)), (Signing::Missing, None)];
    for (signing, expected) in cases {
        world.simulator.deliver(Verbatim::new(json!({"entry": []})).signed(signing)).await.unwrap();
        let post = world.receiver.posts().pop().unwrap();
        let header = post.headers.contains_key("x-hub-signature-256");
        assert_eq!(header.then(|| is_signed(&post, &world.simulator.config().app_secret)), expected);
    }
    world.simulator.deliver(Verbatim::new("{}").signed(Signing::Empty)).await.unwrap();
    assert_eq!(world.receiver.posts().pop().unwrap().headers["x-hub-signature-256"], "");
    world.simulator.deliver(Verbatim::new("{}").with_secret("older")).await.unwrap();
    assert!(is_signed(&world.receiver.posts().pop().unwrap(), "older"));
}

fn every_content() -> Vec<(&'static str, Content)> {
    let media = |caption: &str| Media { caption: Some(caption.into()), ..Media::default() };
    let none = Media::default;
    let response = json!({"flow_token": "t", "answer": 1});
    vec![
        ("text", Content::Text { body: "Hi".into() }),
        ("image", Content::Image { media: media("Look") }),
        ("video", Content::Video { media: none() }),
        ("audio", Content::Audio { media: none() }),
        ("audio", Content::Voice { media: none() }),
        ("document", Content::Document { media: Media { filename: Some("a.pdf".into()), ..none() } }),
        ("sticker", Content::Sticker { media: none(), animated: true }),
        (
            "location",
            Content::Location {
                latitude: Number::from(40),
                longitude: Number::from(-3),
                name: None,
                address: None,
                url: None,
            },
        ),
        ("contacts", Content::Contacts { contacts: vec![json!({"name": {"formatted_name": "Bo"}})] }),
        ("button", Content::Button { payload: "p".into(), text: "Yes".into() }),
        ("interactive", Content::ButtonReply { id: "1".into(), title: "Yes".into() }),
        ("interactive", Content::ListReply { id: "1".into(), title: "Row".into(), description: Some("d".into()) }),
        ("interactive", Content::NfmReply { name: None, body: None, response }),
        ("interactive", Content::Interactive { interactive: json!({"type": "payment_method", "payment_method": {}}) }),
        ("order", Content::Order { catalog_id: "1".into(), product_items: vec![json!({"quantity": 1})], text: None }),
        ("reaction", Content::Reaction { message_id: "wamid.1".into(), emoji: Some("👍".into()) }),
        ("reaction", Content::Reaction { message_id: "wamid.1".into(), emoji: None }),
        ("system", Content::UserIdentityChanged { hash: None }),
        ("unsupported", Content::Unsupported { kind: Some("poll_creation".into()), code: None }),
        (
            "edit",
            Content::Edit {
                original_message_id: "wamid.1".into(),
                message: json!({"type": "text", "text": {"body": "x"}}),
            },
        ),
        ("revoke", Content::Revoke { original_message_id: "wamid.1".into() }),
    ]
}

#[tokio::test]
async fn every_type_of_message_has_its_object_and_its_sender() {
    let world = World::new().await;
    for (kind, content) in every_content() {
        let wamid = world.says(ANA, content);
        world.settled().await;
        let value = world.receiver.values("messages").pop().unwrap();
        let message = &value["messages"][0];
        assert_eq!((&message["id"], &message["type"]), (&json!(wamid), &json!(kind)));
        assert!(message.get(kind).is_some(), "{message}");
        assert_eq!(message["from"], ANA);
        assert!(message["from_user_id"].as_str().unwrap().starts_with("ES."));
        assert!(message["timestamp"].is_string());
        assert_eq!(value.get("contacts").is_none(), kind == "system");
    }
    let seen: Vec<Value> = world.receiver.values("messages").iter().map(|value| value["messages"][0].clone()).collect();
    assert_eq!(seen[4]["audio"]["voice"], true);
    assert_eq!(
        serde_json::from_str::<Value>(seen[12]["interactive"]["nfm_reply"]["response_json"].as_str().unwrap()).unwrap()
            ["answer"],
        1
    );
    assert!(seen[16]["reaction"].get("emoji").is_none());
    assert_eq!(seen[18]["errors"][0]["code"], 131_051);
}

#[tokio::test]
async fn a_reply_names_what_it_quotes() {
    let world = World::new().await;
    let mut reply = inbound(ANA, Content::ButtonReply { id: "y".into(), title: "Yes".into() });
    reply.context = Some(InboundContext { message_id: Some("wamid.asked".into()), ..InboundContext::default() });
    reply.id = Some("wamid.mine".into());
    let told = world.simulator.inbound(reply).unwrap();
    assert_eq!(told.wamid, "wamid.mine");
    world.settled().await;
    let message = world.receiver.values("messages").pop().unwrap()["messages"][0].clone();
    assert_eq!(message["context"], json!({"from": "15550123456", "id": "wamid.asked"}));
}

#[tokio::test]
async fn a_change_of_number_or_user_id_changes_the_customer_and_closes_the_window() {
    let world = World::new().await;
    world.ana_writes();
    let old = world.simulator.customer(ANA).unwrap().bsuid;
    world.says(ANA, Content::UserChangedNumber { wa_id: "34600999888".into(), bsuid: None });
    world.settled().await;
    let message = world.receiver.values("messages").pop().unwrap()["messages"][0].clone();
    assert_eq!((&message["from"], &message["system"]["wa_id"]), (&json!(ANA), &json!("34600999888")));
    assert_eq!(message["system"]["previous_user_id"], json!(old));
    assert!(world.simulator.customer(ANA).is_none());
    let ana = world.simulator.customer("34600999888").unwrap();
    assert_eq!(ana.last_inbound_at, None);

    world.simulator.put_customer(CustomerInput {
        wa_id: ana.wa_id,
        phone_hidden: Some(true),
        ..CustomerInput::default()
    });
    world.says("34600999888", Content::UserChangedUserId { bsuid: "ES.777".into() });
    world.settled().await;
    let message = world.receiver.values("messages").pop().unwrap()["messages"][0].clone();
    assert!(message.get("from").is_none());
    assert_eq!(
        (&message["system"]["type"], &message["system"]["user_id"]),
        (&json!("user_changed_user_id"), &json!("ES.777"))
    );
    assert!(message["system"]["body"].as_str().unwrap().ends_with("to ES.777"));
}

#[tokio::test]
async fn any_value_goes_out_under_any_field() {
    let world = World::new().await;
    let raw = |field: &str, value: Value| Raw { field: field.into(), value, entry_id: None, entry_time: None };
    world.simulator.raw(raw("account_update", json!({"event": "ACCOUNT_VIOLATION"})));
    assert!(world.simulator.drain(LIMIT).await);
    world.simulator.raw(Raw { entry_id: Some("7".into()), ..raw("made_up", json!({"metadata": {}, "x": [1]})) });
    world.settled().await;
    let posts = world.receiver.posts();
    let (account, made_up) = (posts[0].json(), posts[1].json());
    assert!(account["entry"][0]["time"].is_i64());
    assert_eq!(
        made_up["entry"][0],
        json!({"id": "7", "changes": [{"field": "made_up", "value": {"metadata": {}, "x": [1]}}]})
    );
}
