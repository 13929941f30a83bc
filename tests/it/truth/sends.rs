//! Sends that Meta answers late, wrongly or not at all: never twice, never lost, never blindly again (P19, P24, P25, P28).
use serde_json::{Value, json};
use simulator::{Config, Fault, FaultOrder, Outcome, Simulator, StatusPlan};

use super::people::{MESSAGE_SEND, number};
use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::{ANN, BOB};

const CAROL: &str = "16505550103";

fn calls_for(world: &World, wa_id: &str) -> usize {
    world.sends().iter().filter(|send| send.body["to"] == format!("+{wa_id}").as_str()).count()
}

/// An answer to somebody who wrote, of which is waited for nothing.
async fn answer(world: &World, wa_id: &str) -> Value {
    let conversation = world.conversation_with(wa_id).await;
    let answer = world.reply(&conversation, "Welcome").await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.body
}

/// Takes the 20 s for which an answer of Meta's is waited, for all three at once.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_timeout_only_a_status_settles_the_message() {
    let world = World::start().await;
    let lost = |wa_id: &str, accepted| FaultOrder::from(Fault::Timeout { accepted }).for_recipient(wa_id);
    for (wa_id, accepted) in [(ANN, true), (BOB, true), (CAROL, false)] {
        world.met(wa_id).await;
        world.simulator().add_fault(lost(wa_id, accepted));
    }
    world.simulator().add_plan(simulator::PlanOrder::from(StatusPlan::none()).for_recipient(BOB));
    let mut messages = Vec::new();
    for wa_id in [ANN, BOB, CAROL] {
        messages.push(answer(&world, wa_id).await);
    }
    world.settle().await;

    for (wa_id, message, state, status, received) in [
        (ANN, &messages[0], "accepted", json!("read"), 1),
        (BOB, &messages[1], "in_doubt", Value::Null, 1),
        (CAROL, &messages[2], "in_doubt", Value::Null, 0),
    ] {
        let message = world.message(&message["id"]).await;
        assert_eq!((&message["state"], &message["status"]), (&json!(state), &status), "{wa_id}");
        assert_eq!(calls_for(&world, wa_id), 1, "no second send to {wa_id}");
        assert_eq!(world.received_by(wa_id).len(), received);
    }
    let told = world.events("message.in_doubt").await;
    assert_eq!(told.len(), 3, "all three were in doubt once: {told:?}");
    // Ours is the wamid that the status brought.
    assert_eq!(world.message(&messages[0]["id"]).await["wamid"].as_str(), world.received_by(ANN)[0].wamid());
}

/// 502 with HTML, and a connection that breaks: the message may have been taken or not.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_answer_leaves_a_doubt_that_only_a_status_ends() {
    let world = World::hasty().await;
    let faults = [
        (Fault::BadGateway { accepted: false }, "in_doubt", 0),
        (Fault::BadGateway { accepted: true }, "accepted", 1),
        (Fault::Reset { accepted: false }, "in_doubt", 0),
        (Fault::Reset { accepted: true }, "accepted", 1),
        (Fault::error(131_000), "in_doubt", 0),
    ];
    for (customer, (fault, state, received)) in faults.into_iter().enumerate() {
        let wa_id = number(customer);
        let conversation = world.met(&wa_id).await;
        world.simulator().add_fault(fault.clone());
        let message = world.reply_and_settle(&conversation, "Welcome").await;
        assert_eq!(message["state"], state, "{fault:?}");
        assert_eq!((calls_for(&world, &wa_id), world.received_by(&wa_id).len()), (1, received), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_is_not_decided_before_its_time() {
    let world = World::start().await;
    let conversation = world.met(ANN).await;
    world.simulator().add_fault(Fault::BadGateway { accepted: true });
    world.simulator().add_plan(StatusPlan::none());
    let message = world.reply_and_settle(&conversation, "Welcome").await;
    assert_eq!(message["state"], "in_doubt");
    let path = format!("/v1/messages/{}/resolve", message["id"].as_str().unwrap());
    for action in ["resend", "give_up"] {
        let refused = world.post(&path, json!({"action": action})).await;
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert!(refused.body["type"].as_str().unwrap().ends_with("too-early"), "{}", refused.body);
    }
    world.settle().await;
    assert_eq!(calls_for(&world, ANN), 1);

    // The status that comes after all ends it, and there is nothing more to decide.
    let wamid = world.received_by(ANN)[0].wamid().unwrap().to_owned();
    let mut status = crate::world::webhooks::status(&wamid, ANN, "delivered", crate::world::webhooks::now());
    status["biz_opaque_callback_data"] = message["id"].clone();
    world.deliver_and_settle(&world.status_webhook(status)).await;
    assert_eq!(world.message(&message["id"]).await["state"], "accepted");
    let refused = world.post(&path, json!({"action": "resend"})).await;
    assert!(refused.body["type"].as_str().unwrap().ends_with("not-in-doubt"), "{}", refused.body);
}

/// Nothing listens where Meta should be: what was certainly not sent is sent later, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_is_tried_again_until_meta_is_there() {
    let world = World::patient().await;
    world.met(ANN).await;
    let address = world.simulator().base_url().trim_start_matches("http://").parse().unwrap();
    let config = Config { listen: address, ..world.simulator().config().clone() };
    let templates = world.simulator().templates();
    world.simulator().shutdown().await.unwrap();
    let template = json!({
        "channel_id": world.channel().id, "to": {"phone": format!("+{ANN}")},
        "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}},
    });
    let queued = world.post("/v1/messages", agreed(template)).await;
    assert_eq!(queued.status, 202, "{}", queued.body);
    world.until(|| world.stack.lambda().output(MESSAGE_SEND).iter().any(|line| line.contains("Meta put it off"))).await;
    assert_eq!(world.message(&queued.body["id"]).await["state"], "queued");

    let back = Simulator::start(config).await.unwrap();
    templates.into_iter().for_each(|template| drop(back.put_template(template.into())));
    back.set_webhook_unverified(world.stack.webhook_url()).unwrap();
    world.settle().await;
    back.drain(std::time::Duration::from_secs(20)).await;
    world.settle().await;
    let message = world.message(&queued.body["id"]).await;
    assert_eq!((&message["state"], &message["status"]), (&json!("accepted"), &json!("read")), "{message}");
    assert_eq!(back.accepted().len(), 1);
    back.shutdown().await.unwrap();
}

/// P25: the pair and the throughput limit pass. Others are not held up meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_holds_up_its_own_conversation_only() {
    let world = World::patient().await;
    for code in [130_429, 131_056] {
        for wa_id in [ANN, BOB] {
            world.met(wa_id).await;
        }
        world.simulator().clear_sends();
        world.simulator().add_fault(FaultOrder::from(Fault::error(code)).times(3).for_recipient(ANN));
        let limited = answer(&world, ANN).await;
        world.called_for(ANN, 1).await;
        let other = answer(&world, BOB).await;
        world.settle().await;
        for message in [limited, other] {
            assert_eq!(world.message(&message["id"]).await["status"], "read", "{code}");
        }
        assert_eq!(calls_for(&world, ANN), 4, "three were refused, and one is enough");
        let (ann, bob) = (world.received_by(ANN), world.received_by(BOB));
        assert_eq!((ann.len(), bob.len()), (1, 1));
        assert!(bob[0].at_ms < ann[0].at_ms, "Bob's did not wait for Ann's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_that_does_not_pass_ends_in_a_refusal_and_the_customer_waits_again() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    world.simulator().add_fault(FaultOrder::from(Fault::error(131_056)).times(100).for_recipient(ANN));
    let message = world.reply_and_settle(&conversation, "Welcome").await;
    assert_eq!((&message["state"], &message["errors"][0]["code"]), (&json!("refused"), &json!(131_056)));
    let after = world.conversation_with(ANN).await;
    assert_eq!(after["waiting_since"], conversation["waiting_since"]);
    let told = world.events("message.refused").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["data"]["message_id"], message["id"]);
    assert!(world.received_by(ANN).is_empty());
}

/// What Meta refuses for good is told with Meta's own words, and is not tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_final() {
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    for code in [131_009, 131_048, 100] {
        world.simulator().clear_sends();
        world.simulator().add_fault(Fault::error(code));
        let message = world.reply_and_settle(&conversation, "Welcome").await;
        assert_eq!((&message["state"], &message["errors"][0]["code"]), (&json!("refused"), &json!(code)));
        assert_eq!(calls_for(&world, ANN), 1, "{code}");
    }
}

/// P28: a token that was replaced in time is read again, and the message goes out with the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_with_a_replaced_token_goes_out_with_the_new_one() {
    let world = World::hasty().await;
    let name = world.stack.template().parameters["AccessTokenParameter"].clone();
    let conversation = world.met(ANN).await;
    // The process has the old token, and does not know yet.
    world.reply_and_settle(&conversation, "Welcome").await;
    let rotated = simulator::SettingsPatch { access_token: Some("EAAnew".to_owned()), ..Default::default() };
    world.simulator().change_settings(rotated);
    world.stack.aws().put_parameter(&name, "EAAnew").unwrap();
    let message = world.reply_and_settle(&conversation, "Anything else?").await;
    assert_eq!(message["status"], "read", "{message}");
    assert!(world.sends().iter().any(|send| matches!(send.outcome, Outcome::Refused { code: 190, .. })));
    assert_eq!(world.received_by(ANN).len(), 2);
    assert!(world.events("channel.blocked").await.is_empty());
}

/// Meta refused the token, so nothing was sent: not even a lost answer of ours while reading the new one makes a doubt.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_no_doubt_when_the_new_one_cannot_be_read_at_once() {
    use local::aws::FaultAction::{KillBeforeExecuting, Throttle};
    let world = World::hasty().await;
    for (customer, action) in [Throttle, KillBeforeExecuting].into_iter().enumerate() {
        let wa_id = number(customer);
        let conversation = world.met(&wa_id).await;
        // The process has its token already, so that the next reading of it is the one after the refusal.
        world.reply_and_settle(&conversation, "Welcome").await;
        world.simulator().add_fault(Fault::error(190));
        let unreadable = local::aws::Fault::new(MESSAGE_SEND, action).on("GetParameter").times(3);
        world.stack.aws().faults().add(unreadable);
        let message = world.reply_and_settle(&conversation, "Anything else?").await;
        world.stack.aws().faults().clear();
        assert_eq!(message["state"], "accepted", "{action:?}");
        assert_eq!(world.received_by(&wa_id).len(), 2);
    }
}
