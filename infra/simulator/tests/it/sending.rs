//! What is made of a send: its answer, its recipient, and the rules that need memory.

use http::Method;
use serde_json::json;
use simulator::{Config, Content, CustomerInput, Outcome, SettingsPatch, WindowRefusal};

use crate::support::{ANA, World, config, inbound, text_to};

#[tokio::test]
async fn a_text_in_an_open_window_is_accepted_and_recorded() {
    let world = World::new().await;
    world.ana_writes();
    let mut body = text_to("+34 600-111-222", "¡Hola!");
    body["biz_opaque_callback_data"] = "msg_1".into();
    let answer = world.send(&body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["messaging_product"], "whatsapp");
    assert_eq!(answer.json["contacts"], json!([{"input": "+34 600-111-222", "wa_id": ANA}]));
    assert!(answer.wamid().starts_with("wamid."));
    assert!(answer.json["messages"][0].get("message_status").is_none());

    let sends = world.simulator.accepted();
    assert_eq!(sends.len(), 1);
    assert_eq!(sends[0].wamid(), Some(answer.wamid()));
    assert_eq!(sends[0].body["text"]["body"], "¡Hola!");
    assert_eq!(sends[0].headers["authorization"], "withheld");
    assert_eq!(sends[0].path, world.messages_path());
}

#[tokio::test]
async fn the_token_the_number_and_the_version_are_checked() {
    let world = World::new().await;
    let (path, body) = (world.messages_path(), text_to("+34600111222", "Hi"));
    let wrong = world.call(Method::POST, &path, Some("wrong"), Some(&body)).await.unwrap();
    assert_eq!((wrong.status, wrong.code()), (401, 190));
    assert_eq!(wrong.json["error"]["type"], "OAuthException");
    let none = world.call(Method::POST, &path, None, Some(&body)).await.unwrap();
    assert_eq!((none.status, none.code()), (401, 104));

    let token = world.simulator.config().access_token.clone();
    let other = world.call(Method::POST, "/v26.0/999/messages", Some(&token), Some(&body)).await.unwrap();
    assert_eq!((other.status, other.code(), &other.json["error"]["error_subcode"]), (400, 100, &json!(33)));
    let old = world.call(Method::POST, &path.replace("v26", "v19"), Some(&token), Some(&json!({}))).await.unwrap();
    assert_eq!(old.code(), 100);
    let future = world.call(Method::POST, &path.replace("v26", "v99"), Some(&token), Some(&body)).await.unwrap();
    assert_eq!(future.code(), 2500);
    let edge = world.call(Method::POST, &path.replace("messages", "nothing"), Some(&token), Some(&body)).await.unwrap();
    assert_eq!(edge.json["error"]["error_subcode"], 33);
    assert!(world.simulator.accepted().is_empty());
}

#[tokio::test]
async fn a_number_without_plus_is_misdelivered() {
    let world = World::new().await;
    world.ana_writes();
    let answer = world.send_text(ANA, "Hola").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["contacts"], json!([{"input": ANA, "wa_id": "134600111222"}]));
    world.settled().await;
    let status = world.receiver.statuses().pop().unwrap();
    assert_eq!(status["errors"][0]["code"], 131_026);
    let sends = world.simulator.sends();
    let Outcome::Accepted { misdelivered, wa_id, fails_with, .. } = &sends[0].outcome else {
        panic!("{:?}", sends[0]);
    };
    assert!(misdelivered);
    assert_eq!((wa_id.as_deref(), *fails_with), (Some("134600111222"), Some(131_026)));
    assert_eq!(world.send_text("+1 555 012 3456", "me").await.code(), 131_021);
    assert_eq!(world.send_text("Ana", "who").await.code(), 131_009);
}

#[tokio::test]
async fn a_line_with_two_spellings_answers_with_whatsapps_own() {
    let world = World::new().await;
    for (wa_id, dialled) in
        [("551187654321", "+5511987654321"), ("5215512345678", "+525512345678"), ("5491123456789", "+541123456789")]
    {
        world.simulator.put_customer(CustomerInput { wa_id: Some(wa_id.into()), ..CustomerInput::default() });
        world.says(wa_id, Content::Text { body: "Oi".into() });
        let answer = world.send_text(dialled, "Hi").await;
        assert_eq!(answer.json["contacts"], json!([{"input": dialled, "wa_id": wa_id}]));
    }
}

#[tokio::test]
async fn outside_the_window_free_text_fails_and_a_reopened_window_lets_it_through() {
    let world = World::new().await;
    world.ana_writes();
    let mut stale = inbound(ANA, Content::Text { body: "long ago".into() });
    stale.timestamp = Some(1_700_000_000);
    let bea = CustomerInput { wa_id: Some("34600333444".into()), ..CustomerInput::default() };
    world.simulator.put_customer(bea);
    stale.from = "34600333444".into();
    world.simulator.inbound(stale).unwrap();

    let late = world.send_text("+34600333444", "too late").await;
    assert_eq!(late.status, 200, "Meta accepts first");
    world.settled().await;
    let status = world.receiver.statuses().pop().unwrap();
    assert_eq!((&status["status"], &status["errors"][0]["code"]), (&json!("failed"), &json!(131_047)));
    assert_eq!(status["recipient_id"], "34600333444");
    assert!(status.get("recipient_user_id").is_none() && status.get("pricing").is_none());

    world
        .simulator
        .change_settings(SettingsPatch { window_refusal: Some(WindowRefusal::Http), ..SettingsPatch::default() });
    let refused = world.send_text("+34600333444", "too late").await;
    assert_eq!((refused.status, refused.code()), (400, 131_047));
    world.says("34600333444", Content::Reaction { message_id: "wamid.x".into(), emoji: Some("👍".into()) });
    assert_eq!(world.send_text("+34600333444", "a reaction opens nothing").await.code(), 131_047);
    world.says("34600333444", Content::Button { payload: "p".into(), text: "Yes".into() });
    assert_eq!(world.send_text("+34600333444", "now").await.status, 200);
}

#[tokio::test]
async fn speed_lets_a_window_close_soon_without_any_other_clock() {
    let world = World::with(Config { speed: 43_200, ..config() }).await;
    world
        .simulator
        .change_settings(SettingsPatch { window_refusal: Some(WindowRefusal::Http), ..SettingsPatch::default() });
    world.ana_writes();
    assert_eq!(world.send_text("+34600111222", "in time").await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    assert_eq!(world.send_text("+34600111222", "late").await.code(), 131_047);
}

#[tokio::test]
async fn user_ids_are_answered_without_a_phone_number() {
    let world = World::new().await;
    let hidden = CustomerInput {
        name: Some("Lu".into()),
        bsuid: Some("ES.20000000000000000002".into()),
        username: Some("lu_prueba".into()),
        wa_id: Some("34600555666".into()),
        phone_hidden: Some(true),
        ..CustomerInput::default()
    };
    world.simulator.put_customer(hidden);
    world.says("ES.20000000000000000002", Content::Text { body: "Hola".into() });
    let answer = world.send(&json!({"recipient": "ES.20000000000000000002", "text": {"body": "Hola"}})).await;
    assert_eq!(
        answer.json["contacts"],
        json!([{"input": "ES.20000000000000000002", "user_id": "ES.20000000000000000002"}])
    );
    world.settled().await;
    let told = world.receiver.values("messages");
    assert_eq!(
        told[0]["contacts"],
        json!([{"profile": {"name": "Lu", "username": "lu_prueba"}, "user_id": "ES.20000000000000000002"}])
    );
    assert!(told[0]["messages"][0].get("from").is_none());
    let statuses = world.receiver.statuses();
    assert!(
        statuses
            .iter()
            .all(|status| status.get("recipient_id").is_none()
                && status["recipient_user_id"] == "ES.20000000000000000002")
    );

    let both = world
        .send(&json!({"to": "+34600111222", "recipient": "ES.20000000000000000002", "text": {"body": "to wins"}}))
        .await;
    assert_eq!(both.json["contacts"][0]["wa_id"], ANA);
    assert_eq!(world.send(&json!({"recipient": "nobody", "text": {"body": "x"}})).await.code(), 131_009);
    let stranger = world.send(&json!({"recipient": "US.999", "text": {"body": "x"}})).await;
    assert_eq!(stranger.status, 200);
    world.settled().await;
    assert_eq!(world.receiver.statuses().pop().unwrap()["errors"][0]["code"], 131_026);
}

#[tokio::test]
async fn read_marks_and_reactions_need_a_message_that_exists() {
    let world = World::new().await;
    let wamid = world.ana_writes();
    let mark = json!({"status": "read", "message_id": wamid, "typing_indicator": {"type": "text"}});
    let answer = world.send(&mark).await;
    assert_eq!(answer.json, json!({"success": true}));
    assert_eq!(world.simulator.sends()[0].outcome, Outcome::MarkedRead { message_id: wamid.clone(), typing: true });
    assert_eq!(world.send(&json!({"status": "read", "message_id": "wamid.none"})).await.code(), 131_009);

    let react =
        |id: &str| json!({"to": "+34600111222", "type": "reaction", "reaction": {"message_id": id, "emoji": "👍"}});
    world.send(&react(&wamid)).await;
    world.settled().await;
    assert_eq!(world.receiver.status_names(), ["sent"], "a reaction is only sent");
    world.send(&react("wamid.none")).await;
    world.settled().await;
    assert_eq!(world.receiver.statuses().pop().unwrap()["errors"][0]["code"], 131_009);
}

#[tokio::test]
async fn an_unreachable_customer_or_a_changed_identity_fails_by_webhook() {
    let world = World::new().await;
    world.ana_writes();
    world.says(ANA, Content::UserIdentityChanged { hash: Some("new".into()) });
    let mut body = text_to("+34600111222", "Hola");
    body["recipient_identity_key_hash"] = "old".into();
    world.send(&body).await;
    body["recipient_identity_key_hash"] = "new".into();
    world.send(&body).await;
    world.simulator.put_customer(CustomerInput {
        wa_id: Some(ANA.into()),
        reachable: Some(false),
        ..CustomerInput::default()
    });
    world.send(&body).await;
    world.settled().await;
    let fates: Vec<Option<i64>> = (world.simulator.accepted().into_iter())
        .filter_map(
            |send| if let Outcome::Accepted { fails_with, .. } = send.outcome { Some(fails_with) } else { None },
        )
        .collect();
    assert_eq!(fates, [Some(137_000), None, Some(131_026)]);
}
