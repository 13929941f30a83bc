//! The review process from end to end: what Meta's review makes of a template, told by webhooks in both of their forms and in
//! any order, is what the API shows.
use serde_json::{Value, json};
use simulator::{Act, Rejection, SettingsPatch, TemplateWebhooks};

use super::scenes::template;
use crate::world::World;
use crate::world::webhooks::now;

const HOUR_MS: i64 = 60 * 60 * 1000;

fn seconds(at: &Value) -> i64 {
    domain::Time::parse(at.as_str().unwrap_or_else(|| panic!("no time: {at}"))).unwrap().seconds()
}

async fn plays_a_review(world: &World, form: TemplateWebhooks) {
    world.simulator().change_settings(SettingsPatch { template_webhooks: Some(form), ..SettingsPatch::default() });
    world.listed(template("visit", "PENDING"));
    world.synced().await;
    let rejection = Rejection { reason: "SCAM".into(), recommendation: Some("Say who you are.".into()) };
    world.play("visit", Act::Reject(rejection));
    let shown = world.template_shows("visit", is("REJECTED")).await;
    assert_eq!((&shown["rejected_reason"], &shown["rejection"]["reason"]), (&json!("SCAM"), &json!("SCAM")), "{shown}");
    assert_eq!(shown["rejection"]["recommendation"], "Say who you are.");
    assert_eq!((&shown["course"][0]["value"], &shown["course"][0]["source"]), (&json!("REJECTED"), &json!("webhook")));

    next_second().await;
    world.play("visit", Act::Approve { category: None });
    let shown = world.template_shows("visit", is("APPROVED")).await;
    assert_eq!((&shown["rejection"], &shown["rejected_reason"]), (&Value::Null, &Value::Null));

    is_paused_and_disabled(world).await;
    is_archived_rated_and_moved(world).await;

    next_second().await;
    world.play("visit", Act::Flag);
    world
        .template_shows("visit", |template| {
            template["course"][0]["value"] == "FLAGGED" && template["status"] == "APPROVED"
        })
        .await;
    next_second().await;
    world.play("visit", Act::Delete);
    world.template_shows("visit", is("DELETED")).await;
    world.settle().await;
    let shown = world.template_shown("visit").await;
    let notes: Vec<&str> =
        shown["course"].as_array().unwrap().iter().map(|note| note["value"].as_str().unwrap()).collect();
    let told = [
        "DELETED",
        "FLAGGED",
        "MARKETING",
        "MARKETING",
        "YELLOW",
        "UNARCHIVED",
        "ARCHIVED",
        "REINSTATED",
        "IN_APPEAL",
        "DISABLED",
        "PAUSED",
        "APPROVED",
        "PAUSED",
        "APPROVED",
        "REJECTED",
        "PENDING",
    ];
    assert_eq!(notes, told, "each once, the latest first");
}

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |template| template["status"] == status
}

async fn is_paused_and_disabled(world: &World) {
    next_second().await;
    world.play("visit", Act::Pause { for_ms: None, by_rate: false });
    let pause = world.template_shows("visit", is("PAUSED")).await["pause"].clone();
    assert_eq!(pause["title"], "FIRST_PAUSE");
    assert!((now() + 3 * 3600 - seconds(&pause["until"])).abs() < 60, "{pause}");
    next_second().await;
    world.play("visit", Act::Unpause);
    assert_eq!(world.template_shows("visit", is("APPROVED")).await["pause"], Value::Null);
    next_second().await;
    world.play("visit", Act::Pause { for_ms: None, by_rate: true });
    let pause = world.template_shows("visit", is("PAUSED")).await["pause"].clone();
    assert_eq!((&pause["title"], &pause["until"]), (&json!("RATE_LIMITING_PAUSE"), &Value::Null));

    next_second().await;
    world.play("visit", Act::Disable);
    let shown = world.template_shows("visit", is("DISABLED")).await;
    assert!((now() - seconds(&shown["disabled_at"])).abs() < 60, "{shown}");
    next_second().await;
    world.play("visit", Act::Appeal);
    world.template_shows("visit", is("APPROVED")).await;
}

async fn is_archived_rated_and_moved(world: &World) {
    next_second().await;
    world.play("visit", Act::Archive { for_ms: Some(HOUR_MS) });
    let archive = world.template_shows("visit", is("ARCHIVED")).await["archive"].clone();
    assert_eq!(seconds(&archive["deleted_at"]) - seconds(&archive["at"]), 28 * 24 * 3600);
    next_second().await;
    world.play("visit", Act::Unarchive);
    assert_eq!(world.template_shows("visit", is("APPROVED")).await["archive"], Value::Null);

    next_second().await;
    world.play("visit", Act::Quality { score: "YELLOW".into() });
    world
        .template_shows("visit", |template| template["quality"] == "YELLOW" && template["quality_at"].is_string())
        .await;
    next_second().await;
    world.play("visit", Act::Category { category: "MARKETING".into(), in_ms: Some(HOUR_MS) });
    let shown = world.template_shows("visit", |template| !template["upcoming_category"].is_null()).await;
    assert_eq!((&shown["category"], &shown["upcoming_category"]["category"]), (&json!("UTILITY"), &json!("MARKETING")));
    assert!((now() + 3600 - seconds(&shown["upcoming_category"]["at"])).abs() < 60, "{shown}");
    next_second().await;
    world.play("visit", Act::Category { category: "MARKETING".into(), in_ms: Some(0) });
    let shown = world.template_shows("visit", |template| template["category"] == "MARKETING").await;
    assert_eq!((&shown["previous_category"], &shown["upcoming_category"]), (&json!("UTILITY"), &Value::Null));
}

/// Meta's times are whole seconds: what happens within one has no order of its own.
async fn next_second() {
    tokio::time::sleep(std::time::Duration::from_millis(1_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_review_of_a_template_is_shown_from_its_webhooks() {
    let world = World::start().await;
    plays_a_review(&world, TemplateWebhooks::Regular).await;
    let kinds = [
        ("template.status_changed", 11),
        ("template.quality_changed", 1),
        ("template.category_changed", 1),
        ("template.category_announced", 1),
    ];
    for (kind, times) in kinds {
        let told = world.events(kind).await;
        let told: Vec<&Value> =
            told.iter().map(|event| &event["data"]).filter(|data| data["name"] == "visit").collect();
        assert_eq!(told.len(), times, "{kind}: {told:?}");
        let named = |data: &&Value| {
            data["language"] == "en_US" && data["template_id"].is_string() && data["meta_id"].is_string()
        };
        assert!(told.iter().all(named), "{kind}: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_review_is_the_same_in_the_form_of_metas_samples() {
    plays_a_review(&World::start().await, TemplateWebhooks::Documented).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_in_any_order_and_number_end_in_the_same() {
    let world = World::start().await;
    // Later than all lists, which would have the last word otherwise.
    let at = now() + 90;
    let mut seen = Vec::new();
    for (name, turn) in [("one", 0), ("two", 2), ("three", 4)] {
        world.listed(template(name, "PENDING"));
        world.synced().await;
        let named = |value: Value| {
            let mut value = value;
            value["message_template_id"] = json!(123_456_789_012_345_678_i64);
            value["message_template_name"] = json!(name);
            value["message_template_language"] = json!("en-US");
            value
        };
        let status = "message_template_status_update";
        let mut words = [
            (status, at, named(json!({"event": "APPROVED", "reason": "NONE", "message_template_category": "UTILITY"}))),
            (
                status,
                at + 9,
                named(
                    json!({"event": "PAUSED", "other_info": {"title": "SECOND_PAUSE", "description": "Low quality."}}),
                ),
            ),
            (status, at + 4, named(json!({"previous_quality_score": "GREEN", "new_quality_score": "RED"}))),
            (
                "template_category_update",
                at + 7,
                named(json!({"previous_category": "UTILITY", "new_category": "MARKETING"})),
            ),
            (status, at + 2, named(json!({"event": "FLAGGED", "reason": null}))),
        ];
        words.rotate_left(turn);
        let twice: Vec<_> = words.iter().chain(words.iter().rev()).cloned().collect();
        for (field, at, value) in twice {
            world.deliver(&world.account_webhook(field, at, value)).await;
        }
        let mut shown = world.template_shows(name, |template| template["course"].as_array().unwrap().len() >= 6).await;
        let told: Vec<Value> =
            shown["course"].as_array().unwrap().iter().filter(|note| note["source"] == "webhook").cloned().collect();
        assert_eq!(told.len(), 5, "each word once: {told:?}");
        shown["course"] = json!(told);
        for member in ["id", "name", "meta_id", "synced_at"] {
            shown[member] = Value::Null;
        }
        seen.push(shown);
    }
    assert_eq!((&seen[0]["status"], &seen[0]["category"]), (&json!("PAUSED"), &json!("MARKETING")));
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}
