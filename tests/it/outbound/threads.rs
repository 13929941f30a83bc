//! Quotes and reactions: messages that point at another one of their conversation.
use serde_json::{Value, json};
use simulator::Outcome;

use super::problem;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now};

fn text(body: &str, quoted: &Value) -> Value {
    json!({"type": "text", "text": {"body": body}, "context": {"message_id": quoted}})
}

fn reaction(to: &Value, emoji: &str) -> Value {
    json!({"type": "reaction", "reaction": {"message_id": to, "emoji": emoji}})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_quotes_by_wamid_or_by_our_id_and_either_side() {
    let world = World::start().await;
    let (conversation, hello) = world.hears(ANN, "Hello").await;
    let ours = world.reply_and_settle(&conversation, "Good morning").await;
    let theirs = world.thread(&conversation).await.into_iter().find(|one| one["wamid"] == json!(hello)).unwrap();
    for (quoted, wamid) in [
        (json!(hello), json!(hello)),
        (theirs["id"].clone(), json!(hello)),
        (ours["id"].clone(), ours["wamid"].clone()),
        (ours["wamid"].clone(), ours["wamid"].clone()),
    ] {
        let message = world.sent(&conversation, text("About this", &quoted)).await;
        assert_eq!((&message["state"], &message["context"]["message_id"]), (&json!("accepted"), &wamid));
        let calls = world.calls_of_message(&message["id"]);
        assert_eq!(calls[0].body["context"], json!({"message_id": wamid}));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_messages_of_the_conversation_can_be_quoted_or_reacted_to() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    let (others, theirs) = world.hears(BOB, "Hi").await;
    let foreign = world.thread(&others).await[0]["id"].clone();
    let nothing = foreign.as_str().unwrap().replace("msg_", "msg_0").get(..56).unwrap().to_owned();
    for target in [json!("wamid.nothing"), json!(theirs), foreign, json!(nothing)] {
        for (message, field) in
            [(text("x", &target), "context.message_id"), (reaction(&target, "👍"), "reaction.message_id")]
        {
            let answer = world.send(&conversation, message).await;
            assert_eq!((answer.status, problem(&answer)), (422, "unknown-reference"), "{}", answer.body);
            assert_eq!(answer.body["errors"][0]["field"], field);
        }
    }
    world.settle().await;
    assert!(world.sends().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_goes_out_and_is_taken_back() {
    let world = World::start().await;
    let (conversation, hello) = world.hears(ANN, "Hello").await;
    let theirs = world.thread(&conversation).await[0]["id"].clone();
    let ours = world.reply_and_settle(&conversation, "Good morning").await;
    for (target, wamid, emoji) in
        [(&theirs, &json!(hello), "👍🏽"), (&json!(hello), &json!(hello), ""), (&ours["id"], &ours["wamid"], "🎉")]
    {
        let message = world.sent(&conversation, reaction(target, emoji)).await;
        assert_eq!((&message["state"], &message["status"]), (&json!("accepted"), &json!("sent")), "{message}");
        assert_eq!(message["reaction"], json!({"message_id": wamid, "emoji": emoji}));
        let calls = world.calls_of_message(&message["id"]);
        assert!(matches!(calls[0].outcome, Outcome::Accepted { fails_with: None, .. }), "{:?}", calls[0]);
        assert_eq!(calls[0].body["reaction"], message["reaction"]);
        let shown = world.thread(&conversation).await.into_iter().find(|one| one["wamid"] == *wamid).unwrap();
        let reactions = shown["reactions"].as_array().unwrap().iter().map(|one| (&one["by"], &one["emoji"]));
        let expected = (!emoji.is_empty()).then(|| (json!("business"), json!(emoji)));
        assert!(reactions.eq(expected.iter().map(|(by, emoji)| (by, emoji))), "{shown}");
    }
}

/// P43: who only gets a thumbs-up still waits for an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_is_no_answer() {
    let world = World::start().await;
    let (conversation, hello) = world.hears(ANN, "Hello").await;
    world.sent(&conversation, reaction(&json!(hello), "👍")).await;
    assert_eq!(world.conversations("?view=unreplied").await.len(), 1);
    world.reply_and_settle(&conversation, "Good morning").await;
    assert!(world.conversations("?view=unreplied").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reacted_to_is_refused_before_the_call() {
    let world = World::start().await;
    let (conversation, hello) = world.hears(ANN, "Hello").await;
    let old = world.written(ANN, "wamid.old", now() - 31 * 24 * 3600, "Long ago");
    world.deliver_and_settle(&old).await;
    let liked = world.sent(&conversation, reaction(&json!(hello), "👍")).await;
    world.simulator().clear_sends();
    for (target, why) in [(json!("wamid.old"), "30 days"), (liked["id"].clone(), "a reaction itself")] {
        let answer = world.send(&conversation, reaction(&target, "👍")).await;
        assert_eq!((answer.status, problem(&answer)), (422, "invalid-message"), "{}", answer.body);
        assert_eq!(answer.body["errors"][0]["field"], "reaction.message_id");
        assert!(answer.body["detail"].as_str().unwrap().contains(why), "{}", answer.body);
    }
    world.settle().await;
    assert!(world.sends().is_empty());
}
