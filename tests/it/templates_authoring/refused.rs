//! What is refused: before Meta is asked, with everything that is wrong; or by Meta, with its own words.
use serde_json::{Value, json};

use super::desk::{draft, problem, with_components};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_is_named_at_once() {
    let world = World::start().await;
    let body = json!({
        "waba_id": world.channel().waba_id, "name": "Order Ready", "language": "english", "category": "TRANSACTIONAL",
        "message_send_ttl_seconds": "soon", "colour": "red",
        "components": [
            {"type": "HEADER", "format": "IMAGE"},
            {"type": "BODY", "text": "{{1}} is your order {{3}}"},
            {"type": "FOOTER", "text": "x".repeat(61)},
            {"type": "BUTTONS", "buttons": [
                {"type": "URL", "text": "A label that is longer than it may be", "url": "shop.test/{{1}}/x"},
                {"type": "QUICK_REPLY"},
                {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "nobody"},
            ]},
        ],
    });
    let refused = world.post("/v1/templates", body).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let (kind, _) = problem(&refused);
    assert_eq!(kind, "template-rules");
    let errors = refused.body["errors"].as_array().unwrap();
    let mut fields: Vec<&str> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
    fields.dedup();
    assert_eq!(
        fields,
        [
            "colour",
            "name",
            "category",
            "language",
            "message_send_ttl_seconds",
            "components[0].example",
            "components[1].text",
            "components[1].example.body_text",
            "components[2].text",
            "components[3].buttons[0].text",
            "components[3].buttons[0].url",
            "components[3].buttons[0].example",
            "components[3].buttons[1].text",
            "components[3].buttons[2].phone_number",
            "components[3].buttons",
        ],
        "{}",
        refused.body
    );
    let limit = |field: &str| errors.iter().find(|error| error["field"] == field).unwrap()["limit"].clone();
    assert_eq!((limit("components[2].text"), limit("components[3].buttons[0].text")), (json!(60), json!(25)));
    world.settle().await;
    assert_eq!(world.get("/v1/templates?status=REQUESTED").await["items"], json!([]));
    assert_eq!(world.names_at_meta(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_refuses_stands_on_the_template_in_metas_words() {
    let world = World::start().await;
    let header = json!([
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::bmV2ZXI=:given"]}},
        {"type": "BODY", "text": "Look at our new offer."},
    ]);
    let made = world.make_template(with_components(&world, "bad_handle", header)).await;
    assert_eq!((&made["status"], &made["order"]["state"]), (&json!("REFUSED"), &json!("refused")), "{made}");
    let told = &made["order"]["problem"];
    assert_eq!((&told["code"], &told["title"]), (&json!(100), &json!("Invalid media handle")), "{made}");
    assert!(told["details"].as_str().unwrap().contains("Resumable Upload"), "{made}");
    world.sync_templates().await;
    assert_eq!(world.template(&made["id"]).await["status"], "REFUSED", "a list does not take it away");

    // Mended, it may be ordered again; and what was refused may be put away.
    let again = world.make_template(draft(&world, "bad_handle")).await;
    assert_eq!((&again["id"], &again["status"]), (&made["id"], &json!("APPROVED")), "{again}");
    assert_eq!(again["order"]["problem"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_meta_had_already_is_shown_as_it_is() {
    let world = World::start().await;
    let there = simulator::Template::text("there", "en_US", "MARKETING", "Somebody else wrote this.");
    world.simulator().put_template(there.into());
    let made = world.make_template(draft(&world, "there")).await;
    assert_eq!(made["order"]["state"], "refused", "{made}");
    assert_eq!(made["order"]["problem"]["title"], "Content in this language already exists");
    assert_eq!((&made["status"], &made["category"]), (&json!("APPROVED"), &json!("MARKETING")), "{made}");
    assert_eq!(made["components"][0]["text"], "Somebody else wrote this.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_one_at_a_time() {
    let world = World::start().await;
    world.fail_templates(simulator::Fault::Slow { delay_ms: 1500 }, 1);
    let ordered = world.order_template(draft(&world, "busy")).await;
    let busy = world.delete_template(&ordered["id"], "").await;
    assert_eq!((busy.status, problem(&busy).0.as_str()), (409, "template-busy"), "{}", busy.body);
    world.settle().await;
    assert_eq!(world.template(&ordered["id"]).await["status"], "APPROVED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_named_once_and_is_one_of_ours() {
    let world = World::start().await;
    for (change, kind, field) in [
        (json!({"waba_id": null}), "invalid-input", "waba_id"),
        (json!({"channel_id": world.channel().id}), "invalid-input", "channel_id"),
        (json!({"waba_id": "4711"}), "unknown-reference", "waba_id"),
    ] {
        let mut body = draft(&world, "whose");
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        if body["waba_id"].is_null() {
            body.as_object_mut().unwrap().remove("waba_id");
        }
        let refused = world.post("/v1/templates", body).await;
        assert_eq!(problem(&refused).0, kind, "{}", refused.body);
        assert!(problem(&refused).1[0].starts_with(field), "{}", refused.body);
    }
}
