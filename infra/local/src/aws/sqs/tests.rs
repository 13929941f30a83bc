//! The promises of the queues, by a clock that the tests turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::aws::tests::support::{api, queue, queue_arn, with_dead_letters};

const NOW: Duration = Duration::ZERO;

struct Bench {
    sqs: Sqs,
    now_ms: Arc<AtomicI64>,
    folder: TempDir,
}

impl Bench {
    fn new(queues: &[Queue]) -> Self {
        let now_ms = Arc::new(AtomicI64::new(1_700_000_000_000));
        let folder = tempfile::tempdir().unwrap();
        let bench = Self { sqs: open(&folder, &now_ms), now_ms, folder };
        queues.iter().for_each(|queue| bench.sqs.provision(queue));
        bench
    }

    fn pass(&self, seconds: i64) {
        self.now_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    fn send(&self, queue: &str, body: &str) -> Sent {
        self.sqs.send(&queue_arn(queue), &plain(body)).unwrap()
    }

    /// Sends to a FIFO queue; the body tells duplicates apart.
    fn send_in(&self, queue: &str, group: &str, body: &str) -> Sent {
        self.sqs.send(&queue_arn(queue), &grouped(group, body)).unwrap()
    }

    async fn receive(&self, queue: &str) -> Vec<Received> {
        self.sqs.receive(&queue_arn(queue), 10, NOW).await.unwrap()
    }

    async fn bodies(&self, queue: &str) -> Vec<String> {
        self.receive(queue).await.into_iter().map(|message| message.body).collect()
    }
}

fn open(folder: &TempDir, now_ms: &Arc<AtomicI64>) -> Sqs {
    let now_ms = Arc::clone(now_ms);
    let clock = Clock::new(move || now_ms.load(Ordering::SeqCst));
    Sqs::open(&folder.path().join("sqs.sqlite"), Durability::Kept, clock).unwrap()
}

fn plain(body: &str) -> NewMessage {
    NewMessage { body: body.to_owned(), ..NewMessage::default() }
}

fn grouped(group: &str, body: &str) -> NewMessage {
    NewMessage { group_id: Some(group.to_owned()), deduplication_id: Some(body.to_owned()), ..plain(body) }
}

#[tokio::test]
async fn a_message_not_deleted_comes_back_after_its_visibility_and_counts_its_receives() {
    let bench = Bench::new(&[queue("In")]);
    bench.send("In", "a");
    let first = bench.receive("In").await.remove(0);
    assert_eq!(first.attributes["ApproximateReceiveCount"], "1");
    bench.pass(29);
    assert!(bench.receive("In").await.is_empty());
    bench.pass(1);
    let second = bench.receive("In").await.remove(0);
    assert_eq!((&second.message_id, second.attributes["ApproximateReceiveCount"].as_str()), (&first.message_id, "2"));
    assert_eq!(
        second.attributes["ApproximateFirstReceiveTimestamp"],
        first.attributes["ApproximateFirstReceiveTimestamp"]
    );

    let arn = queue_arn("In");
    bench.sqs.delete(&arn, &first.receipt).unwrap();
    assert_eq!(bench.sqs.depth(&arn).unwrap().in_flight, 1, "a stale receipt deletes nothing");
    assert_eq!(bench.sqs.release(&arn, &first.receipt, NOW).unwrap_err().code, "InvalidParameterValue");
    assert_eq!(bench.sqs.delete(&arn, "no receipt").unwrap_err().code, "ReceiptHandleIsInvalid");
    bench.sqs.release(&arn, &second.receipt, Duration::from_secs(5)).unwrap();
    bench.pass(4);
    assert!(bench.receive("In").await.is_empty());
    bench.pass(1);
    assert_eq!(bench.sqs.release(&arn, &second.receipt, NOW).unwrap_err().code, "MessageNotInflight");
    let third = bench.receive("In").await.remove(0);
    bench.sqs.hasten(&arn, &third.receipt, 10).unwrap();
    bench.pass(3);
    let fourth = bench.receive("In").await.remove(0);
    bench.sqs.delete(&arn, &fourth.receipt).unwrap();
    assert_eq!(bench.sqs.depth(&arn).unwrap().total(), 0);
}

#[tokio::test]
async fn a_long_poll_wakes_for_a_message_and_otherwise_waits_its_time() {
    let bench = Bench::new(&[queue("In")]);
    let arn = queue_arn("In");
    let started = Instant::now();
    assert!(bench.sqs.receive(&arn, 1, Duration::from_millis(80)).await.unwrap().is_empty());
    assert!(started.elapsed() >= Duration::from_millis(80));

    let (sqs, waiting) = (bench.sqs.clone(), arn.clone());
    let poll = tokio::spawn(async move { sqs.receive(&waiting, 1, Duration::from_secs(20)).await.unwrap() });
    tokio::time::sleep(Duration::from_millis(20)).await;
    bench.send("In", "a");
    let received = tokio::time::timeout(Duration::from_secs(1), poll).await.unwrap().unwrap();
    assert_eq!(received[0].body, "a");
    bench.sqs.release(&arn, &received[0].receipt, Duration::from_millis(50)).unwrap();
    let (now_ms, clock) = (Arc::clone(&bench.now_ms), tokio::time::sleep(Duration::from_millis(10)));
    tokio::spawn(async move {
        clock.await;
        now_ms.fetch_add(50, Ordering::SeqCst);
    });
    let again = tokio::time::timeout(Duration::from_secs(1), bench.sqs.receive(&arn, 1, Duration::from_secs(20)))
        .await
        .unwrap();
    assert_eq!(again.unwrap()[0].body, "a", "a message that becomes visible during the poll ends it");
}

#[tokio::test]
async fn a_delayed_message_shows_when_its_delay_is_over_and_none_outlives_the_retention() {
    let slow = Queue { delay: Duration::from_secs(10), retention: Duration::from_secs(60), ..queue("Slow") };
    let bench = Bench::new(&[slow, queue("In")]);
    let arn = queue_arn("Slow");
    bench.send("Slow", "by the queue");
    bench.sqs.send(&arn, &NewMessage { delay: Some(Duration::from_secs(20)), ..plain("by itself") }).unwrap();
    assert_eq!(bench.sqs.depth(&arn).unwrap(), Depth { delayed: 2, ..Depth::default() });
    bench.pass(10);
    assert_eq!(bench.bodies("Slow").await, ["by the queue"]);
    bench.pass(10);
    assert_eq!(bench.bodies("Slow").await, ["by itself"]);
    bench.pass(40);
    assert_eq!(bench.sqs.depth(&arn).unwrap().total(), 0);
    assert!(bench.receive("Slow").await.is_empty());
}

#[tokio::test]
async fn a_group_stays_in_order_and_is_locked_while_any_of_it_is_in_flight() {
    let bench = Bench::new(&[queue("In.fifo")]);
    for (group, body) in [("a", "a1"), ("b", "b1"), ("a", "a2"), ("a", "a3")] {
        bench.send_in("In.fifo", group, body);
    }
    let arn = queue_arn("In.fifo");
    let first = bench.sqs.receive(&arn, 1, NOW).await.unwrap().remove(0);
    assert_eq!((first.body.as_str(), first.attributes["MessageGroupId"].as_str()), ("a1", "a"));
    assert_eq!(bench.bodies("In.fifo").await, ["b1"], "group a is locked");
    bench.sqs.release(&arn, &first.receipt, NOW).unwrap();
    let batch = bench.receive("In.fifo").await;
    assert_eq!(batch.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["a1", "a2", "a3"]);
    let numbers: Vec<_> = batch.iter().map(|message| message.attributes["SequenceNumber"].clone()).collect();
    assert!(numbers.is_sorted() && numbers[0].len() == 20, "{numbers:?}");
    bench.sqs.delete(&arn, &batch[0].receipt).unwrap();
    bench.sqs.release(&arn, &batch[1].receipt, NOW).unwrap();
    assert!(bench.bodies("In.fifo").await.is_empty(), "a3 is still in flight");
    bench.sqs.release(&arn, &batch[2].receipt, NOW).unwrap();
    assert_eq!(bench.bodies("In.fifo").await, ["a2", "a3"]);
    bench.pass(30);
    assert_eq!(
        bench.sqs.delete(&arn, &batch[2].receipt).unwrap_err().code,
        "InvalidParameterValue",
        "its visibility is over"
    );
}

#[tokio::test]
async fn a_fifo_queue_takes_the_same_message_once_in_five_minutes() {
    let by_content = Queue { content_based_dedup: true, ..queue("Content.fifo") };
    let whole = Queue { dedup_per_group: false, ..queue("Whole.fifo") };
    let bench = Bench::new(&[queue("In.fifo"), by_content, whole]);
    let first = bench.send_in("In.fifo", "a", "1");
    let received = bench.receive("In.fifo").await.remove(0);
    bench.sqs.delete(&queue_arn("In.fifo"), &received.receipt).unwrap();
    bench.pass(299);
    assert_eq!(bench.send_in("In.fifo", "a", "1"), first, "also after it was deleted");
    assert!(bench.receive("In.fifo").await.is_empty());
    bench.send_in("In.fifo", "b", "1");
    assert_eq!(bench.bodies("In.fifo").await, ["1"], "another group is another scope");
    bench.pass(1);
    assert_ne!(bench.send_in("In.fifo", "a", "1").message_id, first.message_id);

    for group in ["a", "b"] {
        bench.send_in("Whole.fifo", group, "1");
        bench
            .sqs
            .send(&queue_arn("Content.fifo"), &NewMessage { group_id: Some(group.to_owned()), ..plain("same") })
            .unwrap();
        bench
            .sqs
            .send(&queue_arn("Content.fifo"), &NewMessage { group_id: Some(group.to_owned()), ..plain("same") })
            .unwrap();
    }
    assert_eq!(bench.sqs.depth(&queue_arn("Whole.fifo")).unwrap().visible, 1);
    assert_eq!(bench.sqs.depth(&queue_arn("Content.fifo")).unwrap().visible, 2);
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letters_and_can_be_sent_back() {
    for (name, dead) in [("In", "Dead"), ("In.fifo", "Dead.fifo")] {
        let bench = Bench::new(&[with_dead_letters(name, dead), queue(dead)]);
        let group = queue(name).fifo.then(|| "a".to_owned());
        for body in ["1", "2"] {
            let message = NewMessage {
                deduplication_id: group.clone().map(|_| body.to_owned()),
                group_id: group.clone(),
                ..plain(body)
            };
            bench.sqs.send(&queue_arn(name), &message).unwrap();
        }
        for _ in 0..2 {
            assert_eq!(bench.sqs.receive(&queue_arn(name), 1, NOW).await.unwrap()[0].body, "1", "{name}");
            if !queue(name).fifo {
                assert_eq!(bench.bodies(name).await, ["2"]);
            }
            bench.pass(30);
        }
        let left = bench.bodies(name).await;
        assert_eq!(left, if queue(name).fifo { vec!["2".to_owned()] } else { Vec::new() }, "{name}: the group goes on");
        let parked = bench.sqs.peek(&queue_arn(dead)).unwrap();
        assert_eq!(parked[0].attributes["DeadLetterQueueSourceArn"], queue_arn(name));
        assert_eq!(parked[0].attributes.get("MessageGroupId"), group.as_ref(), "{name}");
        let moved = bench.sqs.redrive(&queue_arn(dead)).unwrap();
        assert_eq!((moved, bench.sqs.depth(&queue_arn(dead)).unwrap().total()), (parked.len(), 0), "{name}");
        bench.pass(30);
        let again = bench.receive(name).await;
        assert_eq!(again.last().unwrap().body, parked.last().unwrap().body);
        assert_eq!(again.last().unwrap().attributes["ApproximateReceiveCount"], "1");
    }
}

#[test]
fn a_message_that_sqs_would_not_take_is_refused() {
    let bench = Bench::new(&[queue("In"), queue("In.fifo")]);
    let long = |bytes: usize| plain(&"x".repeat(bytes));
    let cases = [
        ("In", plain(""), "MissingParameter"),
        ("In", plain("\u{1}"), "InvalidMessageContents"),
        ("In", long(1_048_577), "InvalidParameterValue"),
        ("In", NewMessage { deduplication_id: Some("a".to_owned()), ..plain("a") }, "InvalidParameterValue"),
        ("In", NewMessage { delay: Some(Duration::from_secs(901)), ..plain("a") }, "InvalidParameterValue"),
        ("In.fifo", plain("a"), "MissingParameter"),
        ("In.fifo", NewMessage { group_id: Some("a".to_owned()), ..plain("a") }, "InvalidParameterValue"),
        ("In.fifo", grouped("no spaces", "a"), "InvalidParameterValue"),
        ("In.fifo", NewMessage { delay: Some(Duration::from_secs(1)), ..grouped("a", "a") }, "InvalidParameterValue"),
        ("None", plain("a"), "QueueDoesNotExist"),
    ];
    for (index, (queue, message, code)) in cases.into_iter().enumerate() {
        assert_eq!(bench.sqs.send(&queue_arn(queue), &message).unwrap_err().code, code, "case {index}");
    }
    bench.sqs.send(&queue_arn("In"), &long(1_048_576)).unwrap();
}

#[tokio::test]
async fn a_batch_is_held_to_its_limits_and_answered_entry_by_entry() {
    let bench = Bench::new(&[queue("In"), queue("In.fifo")]);
    let batch = async |queue: &str, entries: Vec<Value>| {
        bench.sqs.execute(&api(), "SendMessageBatch", &json!({ "QueueUrl": queue, "Entries": entries })).await
    };
    let entry = |id: &str, body: &str| json!({ "Id": id, "MessageBody": body });
    let half = "x".repeat(600_000);
    let refused = [
        (vec![], "EmptyBatchRequest"),
        ((0..11).map(|id| entry(&id.to_string(), "a")).collect(), "TooManyEntriesInBatchRequest"),
        (vec![entry("a", "1"), entry("a", "2")], "BatchEntryIdsNotDistinct"),
        (vec![entry("a b", "1")], "InvalidBatchEntryId"),
        (vec![entry("a", &half), entry("b", &half)], "BatchRequestTooLong"),
    ];
    for (entries, code) in refused {
        assert_eq!(batch("In", entries).await.unwrap_err().code, code);
    }
    assert_eq!(bench.sqs.depth(&queue_arn("In")).unwrap().total(), 0, "a refused batch sends nothing");

    let good = json!({ "Id": "good", "MessageBody": "1", "MessageGroupId": "a", "MessageDeduplicationId": "1" });
    let answer = batch("In.fifo", vec![entry("bad", "2"), good]).await.unwrap();
    assert_eq!((&answer["Successful"][0]["Id"], &answer["Failed"][0]["Id"]), (&json!("good"), &json!("bad")));
    assert_eq!(answer["Failed"][0]["Code"], "MissingParameter");

    let receipt = bench.receive("In.fifo").await.remove(0).receipt;
    let entries = json!([{ "Id": "1", "ReceiptHandle": receipt }, { "Id": "2", "ReceiptHandle": "?" }]);
    let answer = bench
        .sqs
        .execute(&api(), "DeleteMessageBatch", &json!({ "QueueUrl": "In.fifo", "Entries": entries }))
        .await
        .unwrap();
    assert_eq!(
        (&answer["Successful"][0]["Id"], &answer["Failed"][0]["Code"]),
        (&json!("1"), &json!("ReceiptHandleIsInvalid"))
    );
}

#[tokio::test]
async fn a_queue_is_purged_once_a_minute() {
    let bench = Bench::new(&[queue("In")]);
    bench.send("In", "a");
    let purge = async || bench.sqs.execute(&api(), "PurgeQueue", &json!({ "QueueUrl": "In" })).await;
    purge().await.unwrap();
    assert_eq!(bench.sqs.depth(&queue_arn("In")).unwrap().total(), 0);
    assert_eq!(purge().await.unwrap_err().code, "PurgeQueueInProgress");
    bench.pass(60);
    purge().await.unwrap();
}

#[tokio::test]
async fn messages_in_flight_and_what_was_taken_before_outlive_a_restart() {
    let bench = Bench::new(&[queue("In.fifo")]);
    let first = bench.send_in("In.fifo", "a", "1");
    let received = bench.receive("In.fifo").await.remove(0);
    let Bench { sqs, now_ms, folder } = bench;
    drop(sqs);
    let bench = Bench { sqs: open(&folder, &now_ms), now_ms, folder };
    bench.sqs.provision(&queue("In.fifo"));
    assert!(bench.receive("In.fifo").await.is_empty(), "still in flight");
    assert_eq!(bench.send_in("In.fifo", "a", "1"), first);
    bench.sqs.delete(&queue_arn("In.fifo"), &received.receipt).unwrap();
    assert_eq!(bench.sqs.depth(&queue_arn("In.fifo")).unwrap().total(), 0);
}

#[test]
fn the_digest_of_attributes_is_the_one_that_sdks_compute() {
    // The worked example of the AWS SDK for Java's tests: one string attribute.
    let attributes = MessageAttributes::from([(
        "timestamp".to_owned(),
        MessageAttribute {
            data_type: "Number".to_owned(),
            string_value: Some("1493147359900".to_owned()),
            binary_value: None,
        },
    )]);
    assert_eq!(message::md5_of_attributes(&attributes).unwrap(), "235c5c510d26fb653d073faed50ae77c");
}
