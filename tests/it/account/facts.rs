//! Facts about accounts and numbers: stored on what they are about, shown on the channel, told as events of their kind.
use serde_json::{Value, json};

use crate::world::World;
use crate::world::webhooks::now;

/// As `infra/local` seeds the channel; Meta writes the number in other ways.
fn number(world: &World) -> String {
    world.simulator().config().display_phone_number.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_tells_of_a_number_and_its_account_shows_on_the_channel() {
    let world = World::start().await;
    let (at, number) = (now() - 60, number(&world));
    for (field, value) in [
        (
            "phone_number_quality_update",
            json!({"display_phone_number": number, "event": "FLAGGED", "current_limit": "TIER_2K"}),
        ),
        ("phone_number_quality_update", json!({"display_phone_number": number, "event": "THROUGHPUT_UPGRADE"})),
        (
            "phone_number_name_update",
            json!({"display_phone_number": number, "decision": "APPROVED", "requested_verified_name": "Shop"}),
        ),
        (
            "business_username_updates",
            json!({"display_phone_number": number, "username": "shop", "status": "approved"}),
        ),
        ("account_review_update", json!({"decision": "APPROVED"})),
        ("account_update", json!({"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}})),
    ] {
        world.account_told(field, at, value).await;
    }
    // P14: the limit is told as a number too, and the later word counts.
    world
        .account_told("business_capability_update", at + 1, json!({"max_daily_conversations_per_business": 10_000}))
        .await;
    let health = world.health().await;
    for (member, value) in [
        ("sending", "allowed"),
        ("quality", "FLAGGED"),
        ("messaging_limit", "10000"),
        ("throughput", "high"),
        ("name_status", "APPROVED"),
        ("username", "shop"),
    ] {
        assert_eq!(health[member], value, "{member}: {health}");
    }
    assert_eq!(health["facts"]["violation"]["value"], "SPAM", "it only tells");
    assert_eq!(health["facts"]["review"]["at"], domain::Time::from_seconds(at).to_string());
    for kind in [
        "channel.quality_changed",
        "channel.throughput_changed",
        "channel.name_changed",
        "channel.username_changed",
        "account.reviewed",
        "account.violated",
        "account.capability_changed",
    ] {
        let events = world.events(kind).await;
        assert_eq!(events.len(), 1, "{kind}: {events:?}");
        assert_eq!(events[0]["channel_id"].is_string(), kind.starts_with("channel."), "{kind}");
    }
}

/// The same words in any order, and twice: the same health.
#[tokio::test(flavor = "multi_thread")]
async fn late_and_repeated_words_change_nothing() {
    let world = World::start().await;
    let (at, number) = (now() - 100, number(&world));
    let quality = |event: &str| json!({"display_phone_number": number, "event": event});
    let restriction = json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": super::scenes::INITIATED, "expiration": now() + 3600}]});
    let lift = json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": []});
    let words = [
        ("phone_number_quality_update", at + 5, quality("UNFLAGGED")),
        ("phone_number_quality_update", at, quality("FLAGGED")),
        ("account_update", at + 20, lift),
        ("account_update", at + 10, restriction.clone()),
        ("phone_number_quality_update", at + 5, quality("UNFLAGGED")),
        ("account_update", at + 10, restriction),
    ];
    for (field, at, value) in words {
        world.account_told(field, at, value).await;
    }
    assert_eq!(world.health().await["quality"], "UNFLAGGED");
    assert!(world.blocks().await.is_empty(), "the lift was later");
    assert_eq!(world.events("channel.quality_changed").await.len(), 2, "each word once");
    assert!(world.events("channel.blocked").await.is_empty());
}

/// P38: what is paused is not sent from the moment that the webhook comes, also what was queued before.
#[tokio::test(flavor = "multi_thread")]
async fn a_paused_template_stops_at_once_and_goes_on_when_it_is_approved() {
    let world = World::start().await;
    let template = |status: &str, at: i64| {
        let value = json!({
            "event": status, "message_template_id": 1, "message_template_name": "hello_world",
            "message_template_language": "en-US", "reason": Value::Null,
        });
        (at, value)
    };
    // Meta's list agrees, or the sync would take it back.
    let set = |status: &str| {
        let mut template = world.simulator().templates().into_iter().find(|known| known.name == "hello_world").unwrap();
        template.status = status.to_owned();
        world.simulator().put_template(template.into());
    };
    set("PAUSED");
    let (at, paused) = template("PAUSED", now() + 1);
    world.account_told("message_template_status_update", at, paused).await;
    super::scenes::refused(&world.template_to("16505550177").await, "template-not-approved");
    let told = world.events("template.status_changed").await;
    assert_eq!((&told[0]["data"]["before"], &told[0]["data"]["after"]), (&json!("APPROVED"), &json!("PAUSED")));

    set("APPROVED");
    let (at, approved) = template("APPROVED", now() + 3);
    world.account_told("message_template_status_update", at, approved).await;
    assert_eq!(world.template_to("16505550177").await.status, 202);
    world.settle().await;
}
