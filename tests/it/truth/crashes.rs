//! Functions killed before and after each single call of AWS that they make. What is killed comes again, and ends in the
//! state of a run that nobody disturbed. A step that is added to a function later is found and killed by itself.
use local::aws::{Fault, FaultAction};
use serde_json::{Value, json};

use super::people::{API, EVENT_RELAY, INBOUND_APPLY, MESSAGE_SEND, WEBHOOK_INGEST, number};
use super::portrait::portrait;
use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::{contact, text};

/// How a stream falls into batches differs from run to run, and with it the number of calls: one that was too short to reach a
/// step is played again, so often.
const TRIES_MAX: usize = 4;

/// One scene that is played with a new customer each time.
pub struct Scene<P, A, L> {
    pub function: &'static str,
    /// What comes before, undisturbed.
    pub prepare: P,
    /// What is disturbed; all that follows from it has happened at its end.
    pub act: A,
    /// What is there afterwards: the same each time.
    pub look: L,
}

impl<P, A, L> Scene<P, A, L>
where
    P: AsyncFn(&World, &str),
    A: AsyncFn(&World, &str),
    L: AsyncFn(&World, &str) -> Value,
{
    /// Plays the scene undisturbed, and then with a kill at every call. Every time the function starts cold, so that the
    /// calls are the same.
    pub async fn survives_every_crash(self, world: &World) {
        let faults = world.stack.aws().faults();
        let mut customer = 0;
        let mut play = async |fault: Option<Fault>| {
            let wa_id = number(customer);
            customer += 1;
            (self.prepare)(world, &wa_id).await;
            world.settle().await;
            world.stack.lambda().cool(self.function).await;
            drop(world.stack.aws().meter().take());
            fault.into_iter().for_each(|fault| faults.add(fault));
            (self.act)(world, &wa_id).await;
            world.settle().await;
            let calls = world.calls_of(self.function);
            let was_met = faults.pending().is_empty();
            faults.clear();
            (calls, was_met, (self.look)(world, &wa_id).await)
        };
        let (steps, _, undisturbed) = play(None).await;
        assert!(steps > 0, "{} makes no calls here", self.function);
        let mut missed = 0;
        for step in 1..=steps {
            for action in [FaultAction::KillBeforeExecuting, FaultAction::KillAfterExecuting] {
                let mut is_met = false;
                for _ in 0..TRIES_MAX {
                    let (calls, was_met, seen) = play(Some(Fault::new(self.function, action).nth(step))).await;
                    assert_eq!(seen, undisturbed, "{action:?} at step {step} of {steps} of {}", self.function);
                    assert!(was_met || calls < step, "step {step} of {steps} was passed over in {calls} calls");
                    is_met = was_met;
                    if is_met {
                        break;
                    }
                }
                missed += u32::from(!is_met);
            }
        }
        assert!(missed <= steps / 4, "{missed} of twice {steps} kills met nothing");
    }
}

pub async fn nothing(_: &World, _: &str) {}

async fn say_hello(world: &World, wa_id: &str) {
    world.deliver(&world.written(wa_id, &format!("wamid.{wa_id}.hello"), 1_000_000_000, "Hello")).await;
}

/// Meta's times are fixed, so that they are the same in all runs; the windows that they would open are long closed.
async fn write_two(world: &World, wa_id: &str) {
    let message = |part: i64| text(wa_id, &format!("wamid.{wa_id}.{part}"), 1_000_000_000 + part, &format!("{part}"));
    let value = json!({"contacts": [contact(wa_id, wa_id)], "messages": [message(1), message(2)]});
    world.deliver(&world.messages_webhook(world.value(value))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_message_survives_a_crash_at_every_step_of_inbound_apply() {
    let world = World::hasty().await;
    let scene = Scene { function: INBOUND_APPLY, prepare: nothing, act: write_two, look: portrait };
    scene.survives_every_crash(&world).await;
}

/// The plain case with an open window takes another path than that of an old message.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_known_contact_survives_a_crash_at_every_step_of_inbound_apply() {
    let world = World::hasty().await;
    let at = crate::world::webhooks::now() - 60;
    let act = async |world: &World, wa_id: &str| {
        world.deliver(&world.written(wa_id, &format!("wamid.{wa_id}.1"), at, "Are you there?")).await;
    };
    Scene { function: INBOUND_APPLY, prepare: say_hello, act, look: portrait }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_survives_a_crash_at_every_step_of_inbound_apply() {
    let world = World::hasty().await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    let prepare = async |world: &World, wa_id: &str| {
        let conversation = world.met(wa_id).await;
        world.reply_and_settle(&conversation, "Welcome").await;
    };
    // Without our own id, which is the longer way; and with an error that closes the window (P24).
    let act = async |world: &World, wa_id: &str| {
        let wamid = world.received_by(wa_id)[0].wamid().unwrap().to_owned();
        let mut status = crate::world::webhooks::status(&wamid, wa_id, "failed", crate::world::webhooks::now() + 1);
        status["errors"] = json!([{"code": 131_047, "title": "Re-engagement message"}]);
        world.deliver(&world.status_webhook(status)).await;
    };
    let look = async |world: &World, wa_id: &str| {
        let conversation = world.conversation_with(wa_id).await;
        let message = world.thread(&conversation).await[0].clone();
        json!([message["status"], message["errors"], conversation["window"]["state"]])
    };
    Scene { function: INBOUND_APPLY, prepare, act, look }.survives_every_crash(&world).await;
}

/// Meta does not stop until it is told 200, and is told 200 only for what is stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_survives_a_crash_at_every_step_of_webhook_ingest() {
    let world = World::hasty().await;
    let act = async |world: &World, wa_id: &str| {
        let body = world.written(wa_id, &format!("wamid.{wa_id}.1"), 1_000_000_000, "Hello");
        for _ in 0..5 {
            if world.post_webhook(simulator::Verbatim::new(body.clone())).await == [200] {
                return;
            }
        }
        panic!("the webhook is never taken");
    };
    Scene { function: WEBHOOK_INGEST, prepare: nothing, act, look: portrait }.survives_every_crash(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_survives_a_crash_at_every_step_of_event_relay() {
    let world = World::hasty().await;
    let act = async |world: &World, wa_id: &str| {
        let conversation = world.met(wa_id).await;
        world.reply_and_settle(&conversation, "Welcome").await;
    };
    let look = async |world: &World, wa_id: &str| {
        let mut portrait = portrait(world, wa_id).await;
        // Only here the window is open, by the time of the run.
        for member in ["window", "last_inbound_at"] {
            portrait["conversation"][member] = Value::Null;
        }
        let kinds = |events: &Value| -> Vec<Value> {
            events.as_array().unwrap().iter().map(|event| event["type"].clone()).collect()
        };
        portrait["events"] = json!(kinds(&portrait["events"]));
        portrait["thread"].as_array_mut().unwrap().iter_mut().for_each(|message| message["at"] = Value::Null);
        json!({"portrait": portrait, "received": world.received_by(wa_id).len()})
    };
    Scene { function: EVENT_RELAY, prepare: nothing, act, look }.survives_every_crash(&world).await;
}

/// A caller who got no answer asks again with the same Idempotency-Key, until there is one.
async fn send_until_answered(world: &World, wa_id: &str, message: Value) {
    for _ in 0..5 {
        let key = format!("answer-{wa_id}");
        let message = Some(message.clone());
        let answer = world.call_as(world.stack.admin_key(), "POST", "/v1/messages", message, Some(&key)).await;
        match answer.status {
            202 => return,
            500.. => {}
            status => panic!("{status}: {}", answer.body),
        }
    }
    panic!("the message is never taken");
}

async fn look_at_what_was_sent(world: &World, wa_id: &str) -> Value {
    world.settle().await;
    let thread = world.thread(&world.conversation_with(wa_id).await).await;
    let ours: Vec<&Value> = thread.iter().filter(|message| message["direction"] == "outbound").collect();
    let states: Vec<&Value> = ours.iter().map(|message| &message["state"]).collect();
    json!({"ours": states, "received": world.received_by(wa_id).len()})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_survives_a_crash_at_every_step_of_the_api() {
    let world = World::hasty().await;
    let prepare = async |world: &World, wa_id: &str| drop(world.met(wa_id).await);
    let act = async |world: &World, wa_id: &str| {
        let to = json!({"phone": format!("+{wa_id}")});
        let channel = &world.channel().id;
        let message = json!({"channel_id": channel, "to": to, "type": "text", "text": {"body": "Welcome"}});
        send_until_answered(world, wa_id, message).await;
    };
    Scene { function: API, prepare, act, look: look_at_what_was_sent }.survives_every_crash(&world).await;
}

/// A template to somebody who never wrote also makes the contact.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_to_a_stranger_survives_a_crash_at_every_step_of_the_api() {
    let world = World::hasty().await;
    let act = async |world: &World, wa_id: &str| {
        let message = json!({
            "channel_id": world.channel().id, "to": {"phone": format!("+{wa_id}")},
            "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}},
        });
        send_until_answered(world, wa_id, agreed(message)).await;
    };
    Scene { function: API, prepare: nothing, act, look: look_at_what_was_sent }.survives_every_crash(&world).await;
    let contacts = world.get("/v1/contacts?limit=100").await["items"].as_array().unwrap().len();
    assert_eq!(contacts, world.conversations("?limit=100").await.len(), "no contact was left over");
}

/// A message is sent at most once, and never lost: it is accepted, or in doubt where nobody can know. If Meta took it, a
/// status says so in the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_survives_a_crash_at_every_step_of_message_send() {
    let world = World::hasty().await;
    let prepare = async |world: &World, wa_id: &str| drop(world.met(wa_id).await);
    let act = async |world: &World, wa_id: &str| {
        let conversation = world.conversation_with(wa_id).await;
        assert_eq!(world.reply(&conversation, "Welcome").await.status, 202);
    };
    let look = async |world: &World, wa_id: &str| {
        let thread = world.thread(&world.conversation_with(wa_id).await).await;
        let (state, received) = (thread[0]["state"].as_str().unwrap(), world.received_by(wa_id).len());
        match received {
            0 => assert_eq!(state, "in_doubt", "it was not sent and nobody is told"),
            1 => assert_eq!((state, &thread[0]["status"]), ("accepted", &json!("read"))),
            times => panic!("Meta took the message {times} times"),
        }
        // What hangs in doubt holds up nothing.
        let next = world.reply_and_settle(&world.conversation_with(wa_id).await, "Anything else?").await;
        assert_eq!(next["state"], "accepted");
        assert_eq!(world.received_by(wa_id).len(), received + 1);
        Value::Null
    };
    Scene { function: MESSAGE_SEND, prepare, act, look }.survives_every_crash(&world).await;
}

/// The claim is the first write of a send: until it stands Meta was not called, so a crash before it is no doubt.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_claim_of_a_send_leaves_no_doubt() {
    let world = World::hasty().await;
    for (customer, action, state, received) in [
        (1, FaultAction::KillBeforeExecuting, "accepted", 1),
        (2, FaultAction::KillAfterExecuting, "in_doubt", 0),
        (3, FaultAction::DropBeforeExecuting, "accepted", 1),
    ] {
        let wa_id = number(customer);
        let conversation = world.met(&wa_id).await;
        // Within a second of its last send a process would first ask for its place in the number's pace.
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        world.stack.aws().faults().add(Fault::new(MESSAGE_SEND, action).on("UpdateItem"));
        let message = world.reply_and_settle(&conversation, "Welcome").await;
        assert_eq!(message["state"], state, "{action:?}");
        assert_eq!(world.received_by(&wa_id).len(), received, "{action:?}");
    }
}

/// The two steps that are no call of AWS: Meta has the message and the answer is on its way, or Meta never reads it.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_meta_is_called_is_settled_by_the_status() {
    let world = World::hasty().await;
    for (customer, fault, state, received) in [
        (1, simulator::Fault::Slow { delay_ms: 60_000 }, "accepted", 1),
        (2, simulator::Fault::Timeout { accepted: false }, "in_doubt", 0),
    ] {
        let wa_id = number(customer);
        let conversation = world.met(&wa_id).await;
        world.simulator().add_fault(fault);
        let queued = world.reply(&conversation, "Welcome").await;
        world.called_for(&wa_id, 1).await;
        world.stack.lambda().kill(MESSAGE_SEND);
        world.settle().await;
        let message = world.message(&queued.body["id"]).await;
        assert_eq!(message["state"], state);
        assert_eq!(world.received_by(&wa_id).len(), received);
        assert_eq!(world.simulator().faults().len(), 0);
    }
}
