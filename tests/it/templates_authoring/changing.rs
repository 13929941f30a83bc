//! Edits, deletions and pauses, each by the rules of when Meta takes them.
use serde_json::{Value, json};
use simulator::Act;

use super::desk::{draft, problem};
use crate::world::World;

fn body(text: &str) -> Value {
    json!([{"type": "BODY", "text": text, "example": {"body_text": [["4711"]]}}])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_template_is_edited_once_a_day() {
    let world = World::start().await;
    let made = world.make_template(draft(&world, "edited")).await;
    let change = json!({"components": body("Your order {{1}} waits for you at the desk.")});
    let changed = world.change_template(&made["id"], change.clone()).await;
    assert_eq!((changed.status, &changed.body["order"]["state"]), (200, &json!("queued")), "{}", changed.body);
    world.settle().await;
    let now = world.template(&made["id"]).await;
    assert_eq!((&now["order"]["action"], &now["order"]["state"]), (&json!("edit"), &json!("done")), "{now}");
    assert_eq!(now["components"][0]["text"], "Your order {{1}} waits for you at the desk.");
    assert_eq!(now["status"], "APPROVED");

    let again = world.change_template(&made["id"], change).await;
    assert_eq!((again.status, problem(&again).0.as_str()), (409, "template-edit-limit"), "{}", again.body);
    let until = again.body["not_before"].as_str().unwrap();
    assert!(until > now["order"]["settled_at"].as_str().unwrap(), "{until}");

    let other = world.change_template(&made["id"], json!({"category": "MARKETING"})).await;
    assert_eq!(problem(&other).0, "template-rules", "{}", other.body);
    assert!(problem(&other).1[0].starts_with("category: must stay UTILITY"), "{}", other.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_template_is_mended_and_one_in_review_waits() {
    let world = World::start().await;
    let rejection: simulator::Verdict =
        serde_json::from_value(json!({"kind": "reject", "reason": "INVALID_FORMAT"})).unwrap();
    world.simulator().add_review(rejection);
    let made = world.make_template(draft(&world, "mended")).await;
    assert_eq!((&made["status"], &made["rejected_reason"]), (&json!("REJECTED"), &json!("INVALID_FORMAT")), "{made}");
    world.simulator().add_review(simulator::Verdict::Wait);
    let change = json!({"category": "MARKETING", "components": body("Your order {{1}} is on its way to you.")});
    assert_eq!(world.change_template(&made["id"], change).await.status, 200);
    world.settle().await;
    let now = world.template(&made["id"]).await;
    assert_eq!((&now["status"], &now["category"]), (&json!("PENDING"), &json!("MARKETING")), "{now}");
    let early = world.change_template(&made["id"], json!({"components": body("Once {{1}} more of it.")})).await;
    assert_eq!((early.status, problem(&early).0.as_str()), (409, "template-status"), "{}", early.body);
    assert!(early.body["detail"].as_str().unwrap().contains("PENDING; edit is for APPROVED, REJECTED, PAUSED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_language_is_blocked_and_the_others_stay() {
    let world = World::start().await;
    let english = world.make_template(draft(&world, "gone")).await;
    let mut french = draft(&world, "gone");
    french["language"] = json!("fr");
    let french = world.make_template(french).await;
    let deleted = world.delete_template(&english["id"], "").await;
    assert_eq!((deleted.status, &deleted.body["status"]), (200, &json!("APPROVED")), "marked when Meta said so");
    world.settle().await;
    assert_eq!(world.template(&english["id"]).await["status"], "DELETED");
    assert_eq!(world.template(&french["id"]).await["status"], "APPROVED");
    assert!(world.at_meta("gone", "en_US").is_none() && world.at_meta("gone", "fr").is_some());
    assert_eq!(world.delete_template(&english["id"], "").await.status, 200, "again is once");

    let blocked = world.post("/v1/templates", draft(&world, "gone")).await;
    assert_eq!((blocked.status, problem(&blocked).0.as_str()), (409, "template-name-blocked"), "{}", blocked.body);
    assert!(blocked.body["not_before"].is_string(), "{}", blocked.body);
    let mut spanish = draft(&world, "gone");
    spanish["language"] = json!("es");
    assert_eq!(world.make_template(spanish.clone()).await["status"], "APPROVED");

    // The name as a whole, then.
    assert_eq!(world.delete_template(&french["id"], "?all_languages=true").await.status, 200);
    world.settle().await;
    assert_eq!(world.names_at_meta(), Vec::<String>::new());
    let left = world.get("/v1/templates?name=gone").await;
    assert!(left["items"].as_array().unwrap().iter().all(|item| item["status"] == "DELETED"), "{left}");
    spanish["language"] = json!("it");
    let blocked = world.post("/v1/templates", spanish).await;
    assert_eq!(problem(&blocked).0, "template-name-blocked", "{}", blocked.body);
    world.sync_templates().await;
    assert_eq!(world.template(&french["id"]).await["status"], "DELETED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_template_goes_on() {
    let world = World::start().await;
    let made = world.make_template(draft(&world, "paused")).await;
    let early = world.unpause_template(&made["id"]).await;
    assert_eq!((early.status, problem(&early).0.as_str()), (409, "template-status"), "{}", early.body);
    let pause: Act = serde_json::from_value(json!({"act": "pause", "for_ms": 600_000})).unwrap();
    world.simulator().play(made["meta_id"].as_str().unwrap(), pause).unwrap();
    world.settle().await;
    assert_eq!(world.template(&made["id"]).await["status"], "PAUSED");
    assert_eq!(world.unpause_template(&made["id"]).await.status, 200);
    world.settle().await;
    let now = world.template(&made["id"]).await;
    assert_eq!((&now["status"], &now["order"]["state"]), (&json!("APPROVED"), &json!("done")), "{now}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_deleted_itself_is_deleted() {
    let world = World::start().await;
    let made = world.make_template(draft(&world, "lost")).await;
    world.simulator().delete_template(made["meta_id"].as_str().unwrap()).unwrap();
    let deleted = world.delete_template(&made["id"], "").await;
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    world.settle().await;
    assert_eq!(world.template(&made["id"]).await["status"], "DELETED");
}
