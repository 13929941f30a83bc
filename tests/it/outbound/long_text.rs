//! A text that is too long for one message.
use serde_json::{Value, json};

use super::problem;
use crate::truth::people::{API, MESSAGE_SEND};
use crate::world::webhooks::ANN;
use crate::world::{Answer, World};

const MAX: usize = 4096;

/// Three paragraphs, each of which needs a message of its own, the last one two.
fn story() -> String {
    let paragraph =
        |name: &str, sentences: usize| format!("{name} is the part of the story that tells it. ").repeat(sentences);
    [paragraph("One", 80), paragraph("Two", 80), paragraph("Three", 120)]
        .map(|text| text.trim().to_owned())
        .join("\n\n")
}

fn split(body: &str) -> Value {
    json!({"type": "text", "text": {"body": body, "preview_url": false}, "split": true})
}

impl World {
    async fn parts(&self, answer: &Answer) -> Vec<Value> {
        let mut parts = Vec::new();
        for id in answer.body["parts"].as_array().unwrap() {
            parts.push(self.message(id).await);
        }
        parts
    }

    fn received_texts(&self) -> Vec<String> {
        self.received_by(ANN).iter().map(|send| send.body["text"]["body"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_is_refused_unless_it_may_be_split() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Tell me").await;
    for (body, split, limit) in [("x".repeat(MAX + 1), false, 4096), ("x ".repeat(30_000), true, 40_960)] {
        let answer = world.send(&conversation, json!({"type": "text", "text": {"body": body}, "split": split})).await;
        assert_eq!((answer.status, problem(&answer)), (422, "too-long"), "{}", answer.body);
        assert_eq!(
            answer.body["errors"][0],
            json!({
                "field": "text.body", "limit": limit, "message": answer.body["errors"][0]["message"],
            })
        );
    }
    let short = world.send(&conversation, split_short()).await;
    assert_eq!((short.status, short.body["parts"].as_array().unwrap().len()), (202, 1));
    assert_eq!(short.body["parts"][0], short.body["id"]);
}

fn split_short() -> Value {
    split("Short")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_go_out_in_order_each_a_message_of_its_own() {
    let world = World::start().await;
    let (conversation, hello) = world.hears(ANN, "Tell me").await;
    let mut message = split(&story());
    message["context"] = json!({"message_id": hello});
    let answer = world.send(&conversation, message).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    world.settle().await;
    let parts = world.parts(&answer).await;
    assert_eq!((parts.len(), &parts[0]["id"]), (4, &answer.body["id"]));
    let bodies: Vec<&str> = parts.iter().map(|part| part["text"]["body"].as_str().unwrap()).collect();
    assert_eq!(world.received_texts(), bodies);
    assert!(bodies[0].starts_with("One") && bodies[1].starts_with("Two") && bodies[2].starts_with("Three"));
    assert_eq!(bodies.join(" ").replace("\n\n", " "), story().replace("\n\n", " "));
    for (place, part) in parts.iter().enumerate() {
        assert_eq!((&part["state"], &part["status"]), (&json!("accepted"), &json!("read")));
        assert_eq!(part["text"]["preview_url"], false);
        assert_eq!(part["context"].is_object(), place == 0, "the first one quotes");
    }
    let mut thread: Vec<Value> = world.thread(&conversation).await.into_iter().map(|one| one["id"].clone()).collect();
    thread.reverse();
    assert_eq!(&thread[1..], answer.body["parts"].as_array().unwrap().as_slice());
}

#[tokio::test(flavor = "multi_thread")]
async fn repeating_the_request_makes_no_part_twice_and_completes_what_is_missing() {
    let world = World::hasty().await;
    let (conversation, _) = world.hears(ANN, "Tell me").await;
    let mut request = split(&story());
    request["channel_id"] = conversation["channel_id"].clone();
    request["to"] = json!({"contact_id": conversation["contact_id"]});
    let post = async |key: &str| {
        world.call_as(world.stack.admin_key(), "POST", "/v1/messages", Some(request.clone()), Some(key)).await
    };
    let (first, again) = (post("one").await, post("one").await);
    assert_eq!((first.status, again.status), (202, 202));
    assert_eq!(first.body["parts"], again.body["parts"]);
    world.settle().await;
    assert_eq!(world.received_texts().len(), 4);

    // The function is cut off after each write in turn; the caller repeats the request until it is taken.
    world.simulator().clear_sends();
    for survived in 1..=4 {
        use local::aws::FaultAction::KillBeforeExecuting;
        world
            .stack
            .aws()
            .faults()
            .add(local::aws::Fault::new(API, KillBeforeExecuting).on("PutItem").nth(survived + 1));
        let key = format!("cut-{survived}");
        let mut answer = post(&key).await;
        for _ in 0..3 {
            if answer.status != 202 {
                answer = post(&key).await;
            }
        }
        assert_eq!(answer.status, 202, "{}", answer.body);
        world.settle().await;
        assert_eq!(answer.body["parts"].as_array().unwrap().len(), 4);
        let texts = world.received_texts();
        assert_eq!(texts.len(), 4, "cut off after {survived}: {}", texts.len());
        world.simulator().clear_sends();
        world.stack.aws().faults().clear();
    }
}

/// What holds one part up holds up those behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_is_put_off_keeps_its_place() {
    let world = World::hasty().await;
    let (conversation, _) = world.hears(ANN, "Tell me").await;
    world.simulator().add_fault(simulator::FaultOrder::from(simulator::Fault::error(131_056)).times(2));
    let answer = world.send(&conversation, split(&story())).await;
    world.settle().await;
    let parts = world.parts(&answer).await;
    let bodies: Vec<&str> = parts.iter().map(|part| part["text"]["body"].as_str().unwrap()).collect();
    assert_eq!(world.received_texts(), bodies);
    assert!(world.calls_of(MESSAGE_SEND) > 0);
}
