//! Creation: one language, several at once, of Meta's library, with a file of ours in its header.
use serde_json::json;

use super::desk::{draft, with_components};
use crate::world::World;
use crate::world::consents::agreed;

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_ordered_created_reviewed_and_sent() {
    let world = World::start().await;
    let ordered = world.order_template(draft(&world, "order_ready")).await;
    assert_eq!((&ordered["status"], &ordered["language"]), (&json!("REQUESTED"), &json!("en_US")), "{ordered}");
    assert_eq!((&ordered["order"]["action"], &ordered["order"]["state"]), (&json!("create"), &json!("queued")));
    world.settle().await;
    let template = world.template(&ordered["id"]).await;
    assert_eq!(template["order"]["state"], "done", "{template}");
    assert_eq!((&template["status"], &template["category"]), (&json!("APPROVED"), &json!("UTILITY")), "{template}");
    let there = world.at_meta("order_ready", "en_US").unwrap();
    assert_eq!(template["meta_id"], there.id);
    assert_eq!(there.components[0]["text"], "Your order {{1}} can be collected today.");

    let message = json!({
        "channel_id": world.channel().id, "to": {"phone": "+16505550101"}, "type": "template",
        "template": {"name": "order_ready", "language": {"code": "en_US"}, "components": [
            {"type": "body", "parameters": [{"type": "text", "text": "4711"}]},
        ]},
    });
    let sent = world.post("/v1/messages", agreed(message)).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    assert_eq!(world.message(&sent.body["id"]).await["status"], "read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_orders_once() {
    let world = World::start().await;
    let key = world.stack.admin_key().to_owned();
    let post = async || world.call_as(&key, "POST", "/v1/templates", Some(draft(&world, "once")), Some("k1")).await;
    let (first, second) = (post().await, post().await);
    world.settle().await;
    let third = post().await;
    assert_eq!((first.status, second.status, third.status), (202, 202, 202), "{}", third.body);
    assert_eq!((&first.body["id"], &first.body["id"]), (&second.body["id"], &third.body["id"]));
    assert_eq!(third.body["order"]["state"], "done");
    assert_eq!(world.names_at_meta(), ["once"]);
    let other = world.post("/v1/templates", draft(&world, "once")).await;
    assert_eq!((other.status, other.body["id"].clone()), (409, first.body["id"].clone()), "{}", other.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authentication_template_is_made_in_several_languages_at_once() {
    let world = World::start().await;
    let mut draft = with_components(
        &world,
        "login_code",
        json!({
            "0": {"type": "BODY", "add_security_recommendation": true},
            "1": {"type": "FOOTER", "code_expiration_minutes": 10},
            "2": {"type": "BUTTONS", "buttons": {"0": {"type": "OTP", "otp_type": "COPY_CODE"}}},
        }),
    );
    draft["category"] = json!("AUTHENTICATION");
    let body = draft.as_object_mut().unwrap();
    body.remove("language");
    body.insert("languages".to_owned(), json!(["en_US", "es_ES", "fr"]));
    let answer = world.post("/v1/templates", draft.clone()).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(answer.body["items"].as_array().unwrap().len(), 3, "{}", answer.body);
    world.settle().await;
    let list = world.get("/v1/templates?name=login_code&status=approved&category=AUTHENTICATION").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(
        items.iter().map(|item| item["language"].as_str().unwrap()).collect::<Vec<_>>(),
        ["en_US", "es_ES", "fr"]
    );
    for item in items {
        assert_eq!((&item["order"]["action"], &item["order"]["state"]), (&json!("upsert"), &json!("done")), "{item}");
        assert!(!item["meta_id"].as_str().unwrap().is_empty());
    }
    assert!(world.at_meta("login_code", "fr").unwrap().components[0]["text"].as_str().unwrap().starts_with("Votre"));

    // Again, with one more: what is there is replaced.
    draft["languages"] = json!(["en_US", "pt_BR"]);
    draft["components"]["1"] = json!({"type": "FOOTER", "code_expiration_minutes": 5});
    let again = world.post("/v1/templates", draft).await;
    assert_eq!(again.status, 202, "{}", again.body);
    world.settle().await;
    assert_eq!(world.names_at_meta().len(), 4);
    let english = world.at_meta("login_code", "en_US").unwrap();
    assert_eq!(english.components[1]["code_expiration_minutes"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_of_metas_library_is_taken_over() {
    let world = World::start().await;
    let made = world
        .make_template(json!({
            "channel_id": world.channel().id, "name": "parcel", "language": "en_US", "category": "UTILITY",
            "library_template_name": "parcel_on_its_way_1",
            "library_template_button_inputs": [
                {"type": "URL", "url": {"base_url": "https://shop.test/{{1}}", "url_suffix_example": "https://shop.test/7"}},
            ],
        }))
        .await;
    assert_eq!((&made["status"], &made["order"]["state"]), (&json!("APPROVED"), &json!("done")), "{made}");
    assert_eq!(made["components"][2]["buttons"][0]["url"], "https://shop.test/{{1}}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_shows_an_upload_of_ours() {
    let world = World::start().await;
    let content = vec![7; 3000];
    let upload = world.upload("offer.png", "image/png", &content).await;
    let header = |id: &serde_json::Value, format: &str| {
        json!([
            {"type": "HEADER", "format": format, "example": {"attachment_id": id}},
            {"type": "BODY", "text": "Look at our new offer."},
        ])
    };
    let made = world.make_template(with_components(&world, "with_picture", header(&upload, "IMAGE"))).await;
    assert_eq!((&made["status"], &made["order"]["state"]), (&json!("APPROVED"), &json!("done")), "{made}");
    let files = world.simulator().uploaded();
    assert_eq!(files.len(), 1);
    assert_eq!((files[0].file_type.as_str(), files[0].content.as_ref()), ("image/png", content.as_slice()));

    // What Meta would refuse is told first, among all else that is wrong.
    let mut wrong = with_components(&world, "Wrong", header(&upload, "VIDEO"));
    let announced = world.announce("later.png", "image/png", 10).await;
    for (id, words) in [
        (upload.clone(), "is of type image/png: a header of format VIDEO takes video/mp4"),
        (announced["id"].clone(), "cannot be shown now: it is pending"),
        (json!(format!("att_{}", "0".repeat(52))), "names no attachment"),
        (json!("mine"), "must be the id of a attachment"),
    ] {
        wrong["components"][0]["example"]["attachment_id"] = id;
        let refused = world.post("/v1/templates", wrong.clone()).await;
        let (kind, errors) = super::desk::problem(&refused);
        assert_eq!((refused.status, kind.as_str()), (422, "template-rules"), "{}", refused.body);
        assert!(errors.iter().any(|error| error.starts_with("name: ")), "{errors:?}");
        let place = format!("components[0].example.attachment_id: {words}");
        assert!(errors.iter().any(|error| error.starts_with(&place)), "{errors:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_category_that_meta_gives_stands_beside_the_one_that_was_asked_for() {
    let world = World::start().await;
    let verdict = simulator::Verdict::ApproveAs { category: "MARKETING".to_owned(), at_once: true };
    world.simulator().add_review(verdict);
    let made = world.make_template(draft(&world, "really_an_offer")).await;
    assert_eq!((&made["category"], &made["asked_category"]), (&json!("MARKETING"), &json!("UTILITY")), "{made}");
}
