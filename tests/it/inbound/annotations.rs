//! Reactions, edits and deletions are of their message (P43): shown on it, whatever the order in which they come.
use serde_json::{Value, json};
use simulator::StatusPlan;

use super::scene::{OWN, echo, edit, message, reaction, revoke, stamp, to_ann};
use crate::truth::people::INBOUND_APPLY;
use crate::world::World;
use crate::world::webhooks::{ANN, now, text};

/// What is seen of a message: reactions, edit, deletion.
fn annotated(message: &Value) -> Value {
    json!([message["reactions"], message["edited"]["text"]["body"], message["edited"]["at"], message["revoked_at"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_is_added_replaced_and_taken_back() {
    let world = World::start().await;
    let at = now() - 60;
    world.says(&[text(ANN, "wamid.1", at, "Hello")]).await;
    let before = world.anns_conversation().await;
    for (step, emoji) in [(1, Some("👍")), (2, Some("❤️")), (3, None), (4, Some("😮")), (5, Some(""))] {
        world.says(&[reaction(&format!("wamid.r{step}"), at + step, "wamid.1", emoji)]).await;
        let shown = world.shown("wamid.1").await;
        let expected = match emoji {
            Some(emoji) if !emoji.is_empty() => json!([{"by": "customer", "emoji": emoji, "at": stamp(at + step)}]),
            _ => json!([]),
        };
        assert_eq!(shown["reactions"], expected);
        assert_eq!(shown["text"]["body"], "Hello");
    }
    assert_eq!(world.anns().await.len(), 1, "none is a message");
    assert_eq!(world.anns_conversation().await, before, "nothing is unread, waits or opens a window");
    assert!(world.events("annotation.unmatched").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_and_a_deletion_leave_the_original_readable() {
    let world = World::start().await;
    let at = now() - 60;
    let image = json!({"id": "m1", "mime_type": "image/jpeg", "caption": "old"});
    world.says(&[message(ANN, "wamid.1", at, "image", image.clone())]).await;
    let before = world.anns_conversation().await;
    world
        .says(&[edit(ANN, "wamid.2", at + 5, "wamid.1", "new"), edit(ANN, "wamid.3", at + 9, "wamid.1", "newer")])
        .await;
    let shown = world.shown("wamid.1").await;
    assert_eq!(
        shown["edited"],
        json!({"by": "customer", "at": stamp(at + 9), "type": "text", "text": {"body": "newer"}})
    );
    assert_eq!((&shown["type"], &shown["image"], &shown["revoked_at"]), (&json!("image"), &image, &Value::Null));
    world.says(&[revoke(ANN, "wamid.4", at + 12, "wamid.1")]).await;
    let shown = world.shown("wamid.1").await;
    assert_eq!((&shown["revoked_at"], &shown["image"]), (&json!(stamp(at + 12)), &image));
    assert_eq!(world.anns().await.len(), 1);
    assert_eq!(world.anns_conversation().await, before);
}

/// Ours is annotated by the customer, an echo of ours by the business.
#[tokio::test(flavor = "multi_thread")]
async fn what_we_sent_is_annotated_by_either_side() {
    let world = World::start().await;
    world.simulator().set_default_plan(StatusPlan::none());
    let at = now() - 60;
    world.says(&[text(ANN, "wamid.1", at, "Hello")]).await;
    let ours = world.reply_and_settle(&world.conversation_with(ANN).await, "Welcome").await;
    let wamid = ours["wamid"].as_str().unwrap();
    world.says(&[reaction("wamid.2", now(), wamid, Some("🎉"))]).await;
    assert_eq!(world.shown(wamid).await["reactions"][0]["by"], "customer");

    world.echoes(&[echo("wamid.e", at + 20, "From the phone")]).await;
    world.echoes(&[to_ann(edit(OWN, "wamid.e2", at + 25, "wamid.e", "mended"))]).await;
    world
        .echoes(&[to_ann(message(
            OWN,
            "wamid.e3",
            at + 26,
            "reaction",
            json!({"message_id": "wamid.1", "emoji": "👌"}),
        ))])
        .await;
    world.says(&[reaction("wamid.3", at + 30, "wamid.e", Some("👍"))]).await;
    world.echoes(&[to_ann(revoke(OWN, "wamid.e4", at + 40, "wamid.e"))]).await;
    let shown = world.shown("wamid.e").await;
    assert_eq!((&shown["edited"]["by"], &shown["edited"]["text"]["body"]), (&json!("business"), &json!("mended")));
    assert_eq!(shown["reactions"], json!([{"by": "customer", "emoji": "👍", "at": stamp(at + 30)}]));
    assert_eq!(shown["revoked_at"], stamp(at + 40));
    assert_eq!(world.shown("wamid.1").await["reactions"][0]["by"], "business");
    assert_eq!(world.anns().await.len(), 3);
}

/// Every order of a message and what is done to it, each with duplicates, ends in the same picture.
#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_a_message_and_its_annotations_does_not_matter() {
    let at = now() - 600;
    let acts = |target: &str| {
        vec![
            text(ANN, target, at, "Hello"),
            reaction(&format!("{target}.r1"), at + 3, target, Some("👍")),
            reaction(&format!("{target}.r2"), at + 4, target, Some("❤️")),
            edit(ANN, &format!("{target}.e1"), at + 5, target, "one"),
            edit(ANN, &format!("{target}.e2"), at + 6, target, "two"),
            revoke(ANN, &format!("{target}.v"), at + 7, target),
        ]
    };
    let world = World::start().await;
    let orders = [
        vec![0, 1, 2, 3, 4, 5],
        vec![1, 0, 2, 3, 4, 5],
        vec![5, 4, 3, 2, 1, 0],
        vec![2, 4, 0, 1, 3, 5],
        vec![1, 2, 1, 0, 0, 1, 3, 4, 3, 5, 2],
        vec![3, 1, 5, 0, 2, 4, 0],
    ];
    for (index, order) in orders.iter().enumerate() {
        let target = format!("wamid.{index}");
        let acts = acts(&target);
        let messages: Vec<Value> = order.iter().map(|act| acts[*act].clone()).collect();
        world.says(&messages).await;
        let expected =
            json!([[{"by": "customer", "emoji": "❤️", "at": stamp(at + 4)}], "two", stamp(at + 6), stamp(at + 7)]);
        assert_eq!(annotated(&world.shown(&target).await), expected, "{order:?}");
    }
    assert_eq!(world.anns().await.len(), orders.len());
    assert_eq!(world.conversation_with(ANN).await["unread"], orders.len());
}

/// A reaction before anything else of a person makes them known, and shows as soon as the message is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_before_its_message_is_told_and_waits_for_it() {
    let world = World::start().await;
    let at = now() - 60;
    world.says(&[reaction("wamid.r", at + 1, "wamid.1", Some("👍"))]).await;
    assert!(world.find_conversation(ANN).await.is_none(), "no thread");
    let told = world.events("annotation.unmatched").await;
    assert_eq!((told.len(), &told[0]["data"]["raw"]["reaction"]["message_id"]), (1, &json!("wamid.1")));
    world.says(&[text(ANN, "wamid.1", at, "Hello")]).await;
    assert_eq!(world.shown("wamid.1").await["reactions"][0]["emoji"], "👍");
    world.says(&[reaction("wamid.r2", at + 2, "wamid.1", None)]).await;
    assert_eq!(world.shown("wamid.1").await["reactions"], json!([]), "what came later counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_say_its_message_is_kept() {
    let world = World::start().await;
    let lost = message(ANN, "wamid.x", now(), "reaction", json!({"emoji": "👍"}));
    let odd = message(ANN, "wamid.y", now(), "revoke", json!("not an object"));
    world.says(&[lost.clone(), odd.clone()]).await;
    let told = world.events("annotation.unmatched").await;
    for part in [lost, odd] {
        assert!(told.iter().any(|event| event["data"]["raw"] == part), "{part}");
    }
    assert!(world.conversations("").await.is_empty(), "and is no message");
}

/// An annotation that waits for its message is two writes: a crash between them is healed.
#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_survives_a_crash_at_every_step() {
    use local::aws::{Fault, FaultAction};
    let world = World::hasty().await;
    let at = now() - 60;
    world.says(&[text(ANN, "wamid.known", at, "Hello")]).await;
    for (index, (target, step)) in ["wamid.known", "wamid.early"]
        .into_iter()
        .flat_map(|target| (1..=5).map(move |step| (target, step)))
        .enumerate()
    {
        world.stack.lambda().cool(INBOUND_APPLY).await;
        let emoji = if index % 2 == 0 { "👍" } else { "❤️" };
        world.stack.aws().faults().add(Fault::new(INBOUND_APPLY, FaultAction::KillAfterExecuting).nth(step));
        world.says(&[reaction(&format!("wamid.r{index}"), at + 1 + index as i64, target, Some(emoji))]).await;
        world.stack.aws().faults().clear();
    }
    world.says(&[text(ANN, "wamid.early", at, "There")]).await;
    for (target, emoji, after) in [("wamid.known", "👍", 5), ("wamid.early", "❤️", 10)] {
        assert_eq!(
            world.shown(target).await["reactions"],
            json!([{"by": "customer", "emoji": emoji, "at": stamp(at + after)}])
        );
    }
}
