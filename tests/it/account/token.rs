//! P28: a token that is refused stops the channel's queue without burning tries, and the queue goes on with the new one.
use serde_json::{Value, json};
use simulator::{Fault, SettingsPatch};

use crate::truth::people::MESSAGE_SEND;
use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

impl World {
    /// Meta takes another token from now on.
    pub fn revoke_token(&self, next: &str) {
        self.simulator()
            .change_settings(SettingsPatch { access_token: Some(next.to_owned()), ..SettingsPatch::default() });
    }

    pub fn store_token(&self, token: &str) {
        let name = self.stack.template().parameters["AccessTokenParameter"].clone();
        self.stack.aws().put_parameter(&name, token).unwrap();
    }

    /// The texts that Meta took for somebody, in order.
    pub fn bodies(&self, wa_id: &str) -> Vec<String> {
        let received = self.received_by(wa_id);
        received.iter().map(|send| send.body["text"]["body"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub fn calls_for(&self, wa_id: &str) -> usize {
        let to = format!("+{wa_id}");
        self.sends().iter().filter(|send| send.body["to"] == to.as_str()).count()
    }
}

async fn queue(world: &World, conversation: &Value, text: &str) -> Value {
    let answer = world.reply(conversation, text).await;
    assert_eq!(answer.status, 202, "what waits for a token alone is taken: {}", answer.body);
    answer.body["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_holds_the_queue_until_the_new_one_works() {
    let world = World::hasty().await;
    let (ann, bob) = (world.met(ANN).await, world.met(BOB).await);
    world.revoke_token("EAAnew");
    let mut messages = vec![queue(&world, &ann, "1").await];
    world.settle().await;
    for (conversation, text) in [(&ann, "2"), (&bob, "1"), (&ann, "3"), (&bob, "2")] {
        messages.push(queue(&world, conversation, text).await);
    }
    world.settle().await;
    assert_eq!(world.blocks().await, ["token"]);
    assert_eq!(world.calls_for(ANN) + world.calls_for(BOB), 1, "one call was enough");
    for message in &messages {
        let message = world.message(message).await;
        assert_eq!((&message["state"], &message["held"]["reason"]), (&json!("queued"), &json!("token")), "{message}");
    }
    let told = world.events("channel.blocked").await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["data"]["reason"], &told[0]["channel_id"]), (&json!("token"), &json!(world.channel().id)));
    // Nothing changes by looking, and a probe with the old token changes nothing either.
    let report = world.minute().await;
    let did = ["released", "probed", "refused", "failed"].map(|name| report[name].as_u64());
    assert_eq!(did, [Some(0); 4], "{report}");
    let path = format!("/v1/channels/{}/resume", world.channel().id);
    assert_eq!(world.post(&path, json!({})).await.status, 200);
    world.settle().await;
    assert_eq!(world.blocks().await, ["token"]);

    world.store_token("EAAnew");
    assert_eq!(world.post(&path, json!({})).await.status, 200);
    world.settle().await;
    assert!(world.blocks().await.is_empty(), "the probe got through");
    world.minute().await;
    for message in &messages {
        assert_eq!(world.message(message).await["status"], "read");
    }
    assert_eq!(
        (world.bodies(ANN), world.bodies(BOB)),
        (vec!["1".into(), "2".into(), "3".into()], vec!["1".into(), "2".into()])
    );
    assert_eq!(world.events("channel.resumed").await.len(), 1);
}

/// Two ask to resume at once, and the first one's message meets another refusal: the second one's does not go ahead of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_held_again_is_not_overtaken_by_what_was_sent_on_with_it() {
    let world = World::hasty().await;
    let ann = world.met(ANN).await;
    world.revoke_token("EAAnew");
    for text in ["1", "2", "3"] {
        queue(&world, &ann, text).await;
        world.settle().await;
    }
    world.store_token("EAAnew");
    let held = world.stack.hold(MESSAGE_SEND);
    world.simulator().add_fault(Fault::error(190));
    let path = format!("/v1/channels/{}/resume", world.channel().id);
    for _ in 0..2 {
        assert_eq!(world.post(&path, json!({})).await.status, 200);
    }
    drop(held);
    world.settle().await;
    assert_eq!(world.calls_for(ANN), 2, "the first of all, and the first that was to find out");
    assert_eq!(world.bodies(ANN), [""; 0]);

    assert_eq!(world.post(&path, json!({})).await.status, 200);
    world.settle().await;
    world.minute().await;
    assert_eq!(world.bodies(ANN), ["1", "2", "3"]);
    // What follows goes by itself again.
    assert_eq!(world.reply_and_settle(&ann, "4").await["status"], "read");
}

/// By itself within minutes: the schedule finds out, without anybody asking.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_is_found_without_anybody_asking() {
    let world = World::hasty().await;
    let ann = world.met(ANN).await;
    world.revoke_token("EAAnew");
    let message = queue(&world, &ann, "1").await;
    world.settle().await;
    world.store_token("EAAnew");
    let probe_at = world.health().await["blocks"][0]["probe_at"].as_str().map(|at| domain::Time::parse(at).unwrap());
    let wait = probe_at.unwrap().millis() - crate::world::webhooks::now() * 1000;
    assert!((0..=61_000).contains(&wait), "a minute at first: {wait}");
    tokio::time::sleep(std::time::Duration::from_millis(wait.unsigned_abs() + 1000)).await;
    assert_eq!(world.minute().await["probed"], 1);
    assert_eq!(world.message(&message).await["status"], "read");
    assert!(world.blocks().await.is_empty());
}
