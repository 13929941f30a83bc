//! Mappings over the embedded queues and streams, with a function that fails as its records ask.

use std::time::Duration;

use serde_json::{Value, json};

use super::response::failed_items;
use super::stream_plan::{Batch, Next, Rules};

fn records(numbers: &[u32]) -> Vec<Value> {
    numbers.iter().map(|number| json!({ "dynamodb": { "SequenceNumber": number.to_string(), "ApproximateCreationDateTime": number } })).collect()
}

fn batch(numbers: &[u32], retries: u32) -> Batch {
    Batch { records: records(numbers), retries }
}

#[test]
fn a_report_names_the_failed_items_or_fails_the_batch() {
    for (response, expected) in [
        ("", Ok(vec![])),
        ("null", Ok(vec![])),
        ("{}", Ok(vec![])),
        (r#"{"batchItemFailures":null}"#, Ok(vec![])),
        (r#"{"batchItemFailures":[]}"#, Ok(vec![])),
        (r#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}"#, Ok(vec!["a", "b"])),
        (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, Err(())),
        (r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, Err(())),
        (r#"{"batchItemFailures":[{"id":"a"}]}"#, Err(())),
        (r#"{"batchItemFailures":"a"}"#, Err(())),
        ("nonsense", Err(())),
    ] {
        let expected = expected.map(|ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(failed_items(response.as_bytes()).map_err(|_| ()), expected, "{response}");
    }
}

#[test]
fn a_stream_goes_on_at_the_earliest_reported_record() {
    let four = batch(&[1, 2, 3, 4], 0);
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(four.first_failure(&[]), Ok(None));
    assert_eq!(four.first_failure(&ids(&["4", "2"])), Ok(Some(1)));
    assert!(four.first_failure(&ids(&["9"])).is_err());
    let rules = Rules { bisect: true, max_retries: Some(2) };
    assert_eq!(batch(&[1, 2, 3, 4], 2).after_failure(2, rules), Next::Repeat(batch(&[3, 4], 0)));
}

#[test]
fn a_failing_batch_is_split_then_repeated_then_given_up() {
    let rules = Rules { bisect: true, max_retries: Some(1) };
    assert_eq!(batch(&[1, 2, 3], 0).after_failure(0, rules), Next::Split(batch(&[1, 2], 0), batch(&[3], 0)));
    assert_eq!(batch(&[1], 0).after_failure(0, rules), Next::Repeat(batch(&[1], 1)));
    assert_eq!(batch(&[1], 1).after_failure(0, rules), Next::GiveUp(batch(&[1], 1)));
    let rules = Rules { bisect: false, max_retries: None };
    assert_eq!(batch(&[1, 2], 500).after_failure(0, rules), Next::Repeat(batch(&[1, 2], 501)));
}

#[test]
fn records_that_are_too_old_are_taken_off_the_front() {
    let mut aged = batch(&[10, 20, 30], 0);
    assert_eq!(aged.split_expired(None, 100_000), None);
    assert_eq!(aged.split_expired(Some(Duration::from_secs(60)), 85_000), Some(batch(&[10, 20], 0)));
    assert_eq!(aged, batch(&[30], 0));
    assert_eq!(aged.split_expired(Some(Duration::from_secs(60)), 85_000), None);
}
