//! Mappings over the embedded queues and streams, with a function that fails as its records ask.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use super::response::failed_items;
use super::stream_plan::{Batch, Next, Rules};
use super::{Holds, Mappings};
use crate::aws::{Aws, NewMessage};
use crate::fake_function;
use crate::lambda::Lambda;
use crate::template::{self, Resolver, Template};

fn sequence(numbers: &[u32]) -> Vec<Value> {
    numbers.iter().map(|number| json!({ "dynamodb": { "SequenceNumber": number.to_string(), "ApproximateCreationDateTime": number } })).collect()
}

fn batch(numbers: &[u32], retries: u32) -> Batch {
    Batch { records: sequence(numbers), retries }
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

const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda }
    Properties:
      CodeUri: ../functions/worker
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 10
      Events:
        Ordered:
          Type: SQS
          Properties:
            Queue: !GetAtt Ordered.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
        Whole:
          Type: SQS
          Properties:
            Queue: !GetAtt Whole.Arn
            BatchSize: 3
            MaximumBatchingWindowInSeconds: 1
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 100
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: 1
            FunctionResponseTypes: [ReportBatchItemFailures]
            DestinationConfig:
              OnFailure: { Type: SQS, Destination: !GetAtt Failures.Arn }
  Ordered:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      ContentBasedDeduplication: true
      VisibilityTimeout: 60
      RedrivePolicy: { deadLetterTargetArn: !GetAtt OrderedDeadLetters.Arn, maxReceiveCount: 2 }
  OrderedDeadLetters:
    Type: AWS::SQS::Queue
    Properties: { FifoQueue: true }
  Whole:
    Type: AWS::SQS::Queue
    Properties: { VisibilityTimeout: 60 }
  Failures:
    Type: AWS::SQS::Queue
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_AND_OLD_IMAGES }
"#;

struct World {
    folder: TempDir,
    template: Template,
    aws: Aws,
    lambda: Lambda,
}

impl World {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = fake_function::workspace(&folder, TEMPLATE);
        let resolver = Resolver {
            region: crate::aws::REGION.to_owned(),
            account: crate::aws::ACCOUNT.to_owned(),
            aws_endpoint: "http://127.0.0.1:1".to_owned(),
            api_endpoint: "http://127.0.0.1:2".to_owned(),
            live_endpoint: "ws://127.0.0.1:3".to_owned(),
        };
        let template = template::load(&path, &BTreeMap::new(), &resolver).unwrap();
        let aws = Aws::open(Some(folder.path())).unwrap();
        aws.provision(&template).unwrap();
        let lambda = Lambda::new(vec![fake_function::spec(&folder, "Worker")], false);
        Self { folder, template, aws, lambda }
    }

    fn map(&self) -> Mappings {
        Mappings::start(&self.template, &self.aws, &self.lambda, &Holds::default(), 2, 1000).unwrap()
    }

    fn arn(&self, queue: &str) -> &str {
        &self.template.queues[queue].arn
    }

    fn send(&self, queue: &str, group: Option<&str>, body: &str) {
        let message = NewMessage { body: body.to_owned(), group_id: group.map(str::to_owned), ..NewMessage::default() };
        self.aws.sqs().send(self.arn(queue), &message).unwrap();
    }

    async fn drained(&self, queue: &str) {
        self.until(|| self.aws.sqs().depth(self.arn(queue)).unwrap().total() == 0).await;
    }

    async fn until(&self, mut holds: impl FnMut() -> bool) {
        let waiting = async {
            while !holds() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), waiting).await.expect("it should have come to that");
    }

    /// The bodies that the function was given, oldest first.
    fn bodies(&self) -> Vec<String> {
        let events = fake_function::events(&self.lambda, "Worker");
        let bodies = events.iter().flat_map(|event| event["Records"].as_array().unwrap());
        bodies.map(|record| record["body"].as_str().unwrap().to_owned()).collect()
    }

    /// Writes behind the endpoint's back: a mapping sees it when it starts.
    fn write(&self, key: &str, text: &str) {
        let table = &self.template.tables["Table"].name;
        let request = json!({ "TableName": table, "Item": { "pk": { "S": key }, "text": { "S": text } } });
        let database = dynoxide::Database::new(&self.folder.path().join("dynamodb.sqlite").to_string_lossy()).unwrap();
        database.put_item(serde_json::from_value(request).unwrap()).unwrap();
    }
}

#[tokio::test]
async fn only_the_reported_messages_come_back_and_end_in_the_dead_letter_queue() {
    let world = World::new();
    for (group, body) in [("a", "a1"), ("b", "bad b1"), ("a", "a2"), ("c", "c1")] {
        world.send("Ordered", Some(group), body);
    }
    let _mappings = world.map();
    world.drained("Ordered").await;
    let dead = world.aws.sqs().peek(world.arn("OrderedDeadLetters")).unwrap();
    assert_eq!(dead.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["bad b1"]);
    let mut bodies = world.bodies();
    bodies.sort_unstable();
    assert_eq!(bodies, ["a1", "a2", "bad b1", "bad b1", "c1"]);
    let event = &fake_function::events(&world.lambda, "Worker")[0]["Records"][0];
    for (pointer, expected) in [
        ("/eventSource", "aws:sqs"),
        ("/eventSourceARN", world.arn("Ordered")),
        ("/awsRegion", "us-east-1"),
        ("/attributes/MessageGroupId", "a"),
        ("/attributes/ApproximateReceiveCount", "1"),
        ("/md5OfBody", "8a8bb7cd343aa2ad99b7d762030857a2"),
    ] {
        assert_eq!(event.pointer(pointer).and_then(Value::as_str), Some(expected), "{pointer}");
    }
    world.lambda.shutdown().await;
}

#[tokio::test]
async fn a_failed_invocation_fails_the_batch_and_another_group_is_not_held_up() {
    let world = World::new();
    let _mappings = world.map();
    world.send("Ordered", Some("a"), "crash");
    world.until(|| !world.bodies().is_empty()).await;
    world.send("Ordered", Some("a"), "after");
    world.send("Ordered", Some("b"), "beside");
    world.drained("Ordered").await;
    let bodies = world.bodies();
    assert_eq!(bodies.iter().filter(|body| *body == "crash").count(), 2, "{bodies:?}");
    assert_eq!(bodies.iter().filter(|body| *body == "beside").count(), 1, "{bodies:?}");
    assert_eq!(bodies.last().unwrap(), "after", "{bodies:?}");
    let dead = world.aws.sqs().peek(world.arn("OrderedDeadLetters")).unwrap();
    assert_eq!(dead.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["crash"]);
    world.lambda.shutdown().await;
}

#[tokio::test]
async fn a_window_gathers_a_batch_and_without_reports_a_batch_is_handled_whole() {
    let world = World::new();
    for number in 0..5 {
        world.send("Whole", None, &format!("bad {number}"));
    }
    let _mappings = world.map();
    world.drained("Whole").await;
    let sizes: Vec<usize> = fake_function::events(&world.lambda, "Worker")
        .iter()
        .map(|event| event["Records"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [3, 2]);
    world.lambda.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_lets_the_batch_under_way_end_and_begins_no_other() {
    let world = World::new();
    let mappings = world.map();
    world.send("Ordered", Some("a"), "slow");
    world.until(|| !world.bodies().is_empty()).await;
    world.send("Ordered", Some("a"), "next");
    mappings.shutdown(Duration::from_secs(10)).await;
    let left = world.aws.sqs().peek(world.arn("Ordered")).unwrap();
    assert_eq!(left.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["next"]);
    assert_eq!(world.bodies(), ["slow"]);
    world.lambda.shutdown().await;
}

#[tokio::test]
async fn a_stream_gives_up_what_fails_and_goes_on_where_it_was() {
    let world = World::new();
    for (key, text) in [("1", "one"), ("2", "poison"), ("3", "three"), ("4", "bad"), ("5", "five")] {
        world.write(key, text);
    }
    let stream = world.aws.streams(&world.template.functions["Worker"].streams[0].stream_arn);
    assert_eq!(stream.read(100).unwrap().len(), 5);
    let mappings = world.map();
    world.until(|| stream.read(1).unwrap().is_empty()).await;
    drop(mappings);
    world.write("6", "six");
    let _mappings = world.map();
    world.until(|| stream.read(1).unwrap().is_empty()).await;
    let notices: Vec<Value> = world
        .aws
        .sqs()
        .peek(world.arn("Failures"))
        .unwrap()
        .iter()
        .map(|message| serde_json::from_str(&message.body).unwrap())
        .collect();
    assert_eq!(notices.len(), 2, "{notices:?}");
    for notice in &notices {
        assert_eq!(notice["requestContext"]["condition"], "RetryAttemptsExhausted");
        assert_eq!(notice["requestContext"]["approximateInvokeCount"], 2);
        assert_eq!(notice["DDBStreamBatchInfo"]["batchSize"], 1);
        assert_eq!(
            notice["DDBStreamBatchInfo"]["startSequenceNumber"],
            notice["DDBStreamBatchInfo"]["endSequenceNumber"]
        );
    }
    let last = fake_function::events(&world.lambda, "Worker").pop().unwrap();
    assert_eq!(last["Records"][0]["dynamodb"]["NewImage"]["text"]["S"], "six");
    assert_eq!(last["Records"][0]["eventName"], "INSERT");
    world.lambda.shutdown().await;
}
