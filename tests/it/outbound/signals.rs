//! What the customer sees of our reading and writing, by the channel's preference (P29).
use serde_json::{Value, json};
use simulator::{Fault, FaultOrder};

use super::problem;
use crate::world::webhooks::{ANN, now};
use crate::world::{Answer, World};

impl World {
    async fn act(&self, conversation: &Value, what: &str) -> Answer {
        let answer =
            self.post(&format!("/v1/conversations/{}/{what}", conversation["id"].as_str().unwrap()), json!({})).await;
        self.settle().await;
        answer
    }
}

/// P29: what agents have read and what the customer sees of it are two things.
#[tokio::test(flavor = "multi_thread")]
async fn reading_is_shown_as_the_channel_prefers() {
    for preference in ["never", "on_read", "on_answer"] {
        let world = World::start().await;
        world.prefers(json!({"read_receipts": preference})).await;
        let (conversation, first) = world.hears(ANN, "Hello").await;
        assert_eq!(conversation["unread"], 1);
        for _ in 0..2 {
            assert_eq!(world.act(&conversation, "read").await.body["unread"], 0, "{preference}");
        }
        let after_reading = if preference == "on_read" { vec![(first.clone(), false)] } else { vec![] };
        assert_eq!(world.signals(), after_reading, "{preference}");

        let (_, second) = world.hears(ANN, "Are you there?").await;
        world.reply_and_settle(&conversation, "Yes").await;
        world.reply_and_settle(&conversation, "How can I help you?").await;
        let expected = match preference {
            "never" => vec![],
            "on_read" => vec![(first, false)],
            _ => vec![(second, false)],
        };
        assert_eq!(world.signals(), expected, "{preference}");
        assert_eq!(world.conversation().await["unread"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_shows_what_was_read() {
    let world = World::start().await;
    let channel = world.get(&format!("/v1/channels/{}", world.channel().id)).await;
    assert_eq!((&channel["read_receipts"], &channel["marketing_api"]), (&json!("on_read"), &json!("auto")));
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_is_shown_and_repeated_only_when_it_would_end() {
    let world = World::start().await;
    world.prefers(json!({"read_receipts": "never"})).await;
    let (conversation, hello) = world.hears(ANN, "Hello").await;
    for _ in 0..3 {
        let answer = world.act(&conversation, "typing").await;
        assert_eq!((answer.status, &answer.body["unread"]), (200, &json!(1)), "an agent has read nothing");
    }
    assert_eq!(world.signals(), [(hello.clone(), true)]);
    // An answer ends it, so that who types on is shown anew.
    world.reply_and_settle(&conversation, "One moment").await;
    world.act(&conversation, "typing").await;
    assert_eq!(world.signals(), [(hello.clone(), true), (hello, true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_needs_somebody_who_wrote_and_a_channel_that_sends() {
    let world = World::start().await;
    world.deliver_and_settle(&world.written(ANN, "wamid.old", now() - 31 * 24 * 3600, "Long ago")).await;
    let conversation = world.conversation_with(ANN).await;
    let answer = world.act(&conversation, "typing").await;
    assert_eq!((answer.status, problem(&answer)), (422, "nothing-to-answer"), "{}", answer.body);
    assert_eq!(world.act(&conversation, "read").await.status, 200);
    world.prefers(json!({"state": "disabled"})).await;
    let answer = world.act(&conversation, "typing").await;
    assert_eq!((answer.status, problem(&answer)), (422, "channel-disabled"), "{}", answer.body);
    let missing = world.post("/v1/conversations/cnv_00000000000000000000000000/typing", json!({})).await;
    assert_eq!(missing.status, 404);
    assert!(world.signals().is_empty());
}

/// A receipt that Meta does not take is dropped, and the messages behind it go out.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_fails_holds_nothing_up() {
    let world = World::hasty().await;
    for (fault, tries) in
        [(Fault::error(131_009), 1), (Fault::error(131_016), 3), (Fault::BadGateway { accepted: false }, 3)]
    {
        let (conversation, _) = world.hears(ANN, "Hello").await;
        world.simulator().clear_sends();
        world.simulator().add_fault(FaultOrder::from(fault.clone()).times(tries));
        world.act(&conversation, "read").await;
        let message = world.reply_and_settle(&conversation, "Welcome").await;
        assert_eq!(message["state"], "accepted", "{fault:?}");
        let receipts = world.simulator().sends().iter().filter(|send| send.body["status"] == "read").count();
        assert_eq!(receipts, usize::try_from(tries).unwrap(), "{fault:?}");
        assert!(world.signals().is_empty(), "{fault:?}");
        assert!(world.simulator().faults().is_empty());
    }
}
