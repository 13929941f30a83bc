//! Atoms larger than a queue takes go by way of S3, and their neighbours as usual.
use local::aws::{Fault, FaultAction};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use simulator::Verbatim;

use super::people::{INBOUND_APPLY, WEBHOOK_INGEST};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, contact, now, text};

const MIB: usize = 1024 * 1024;

/// A story of random words.
fn prose(bytes: usize) -> String {
    const WORDS: &[&str] =
        &["window", "caf\u{e9}", "green", "never", "in", "M", "and", "L", "\u{1f600}", "tomorrow", "a", "is"];
    let mut random = StdRng::seed_from_u64(1);
    let mut text = String::new();
    while text.len() < bytes {
        text.push_str(WORDS.choose(&mut random).unwrap());
        text.push(' ');
    }
    text
}

/// What no compression makes smaller.
fn noise(bytes: usize) -> String {
    let mut random = StdRng::seed_from_u64(2);
    (0..bytes).map(|_| char::from(random.random_range(b' '..=b'~'))).collect()
}

/// Two large messages, with small ones around them, in about 2.5 MB.
fn body(world: &World, long: &str) -> Value {
    let message =
        |from: &str, part: i64, body: &str| text(from, &format!("wamid.{from}.{part}"), now() - 60 + part, body);
    world.messages_webhook(world.value(json!({
        "contacts": [contact(ANN, "Ann"), contact(BOB, "Bob")],
        "messages": [
            message(ANN, 1, "before"), message(ANN, 2, long), message(ANN, 3, "after"),
            message(BOB, 1, "small"), message(BOB, 2, long),
        ],
    })))
}

async fn assert_all_readable(world: &World, long: &str) {
    for (wa_id, expected) in [(ANN, ["before", long, "after"].as_slice()), (BOB, &["small", long])] {
        let texts = world.texts(wa_id).await;
        let lengths: Vec<usize> = texts.iter().map(String::len).collect();
        // Not assert_eq, which would print megabytes.
        assert!(texts == expected, "{wa_id} has texts of {lengths:?} bytes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_atom_larger_than_the_queue_takes_is_applied_in_its_place() {
    let world = World::start().await;
    let long = prose(MIB + 1000);
    let body = body(&world, &long);
    assert!(body.to_string().len() > 2 * MIB);
    drop(world.stack.aws().meter().take());
    world.deliver_and_settle(&body).await;
    let taken = world.stack.aws().meter().take();
    let count = |function: &str, operation: &str| {
        taken.get(&(function.to_owned(), operation.to_owned())).map_or(0, |usage| usage.requests)
    };
    assert_eq!((count(WEBHOOK_INGEST, "PutObject"), count(WEBHOOK_INGEST, "SendMessageBatch")), (2, 1));
    assert_eq!(count(INBOUND_APPLY, "GetObject"), 2);
    assert_all_readable(&world, &long).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_atom_survives_crashes_and_failures_of_its_storage() {
    let world = World::hasty().await;
    let long = prose(MIB / 2);
    let body = body(&world, &long);
    let faults = world.stack.aws().faults();
    faults.add(Fault::new(WEBHOOK_INGEST, FaultAction::Throttle).on("PutObject").times(6));
    faults.add(Fault::new(INBOUND_APPLY, FaultAction::Throttle).on("GetObject").times(4));
    faults.add(Fault::new(INBOUND_APPLY, FaultAction::KillAfterExecuting).on("GetObject").nth(6));
    let mut answers = Vec::new();
    while answers.last() != Some(&200) {
        answers.extend(world.post_webhook(Verbatim::new(body.clone())).await);
    }
    assert_eq!(answers[0], 500, "{answers:?}");
    world.settle().await;
    assert!(faults.pending().is_empty(), "{:?}", faults.pending());
    assert_all_readable(&world, &long).await;
}

/// A row holds 400 KB. Nothing that people write is so large when it is compressed; what is goes to a person, with its
/// reason, and harms no neighbour.
#[tokio::test(flavor = "multi_thread")]
async fn an_atom_that_no_row_can_hold_is_parked_and_harms_no_neighbour() {
    let mut world = World::start().await;
    world.deliver_and_settle(&body(&world, &noise(MIB))).await;
    assert_eq!(world.texts(ANN).await, ["before", "after"]);
    assert_eq!(world.texts(BOB).await, ["small"]);
    let letters = world.dead_letters();
    assert_eq!(letters.len(), 2, "{letters:?}");
    assert!(letters.iter().all(|letter| letter.message_attributes.contains_key("reason")), "{letters:?}");
    world.expect_dead_letters(2);
}
