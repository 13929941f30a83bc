//! A whole stack around the fake function: started, restarted, refused, dropped.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::time::sleep;

use super::{Options, Stack};
use crate::aws::NewMessage;
use crate::fake_function;
use crate::lambda::InvokeError;
use crate::workspace::Workspace;

const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  GraphUrl: { Type: String, Default: "https://graph.example" }
  AppSecretsParameter: { Type: String, Default: /secrets }
  VerifyTokenParameter: { Type: String, Default: /token }
  AccessTokenParameter: { Type: String, Default: /access }
  AdminKeyParameter: { Type: String, Default: /admin }
  OutsideAddresses: { Type: String, Default: public }
  StripeUrl: { Type: String, Default: "https://stripe.example" }
  StripeKeyParameter: { Type: String, Default: /stripe }
  StripeWebhookSecretsParameter: { Type: String, Default: /signing }
Resources:
  HttpApi:
    Type: AWS::Serverless::HttpApi
  Worker:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda }
    Properties:
      CodeUri: ../functions/worker
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 10
      Environment:
        Variables: { GRAPH_URL: !Ref GraphUrl, STRIPE_URL: !Ref StripeUrl, QUEUE: !Ref Tasks }
      Events:
        Any:
          Type: HttpApi
          Properties: { ApiId: !Ref HttpApi, Method: ANY, Path: "/v1/{proxy+}", PayloadFormatVersion: "2.0" }
        Tasks:
          Type: SQS
          Properties: { Queue: !GetAtt Tasks.Arn, BatchSize: 10, FunctionResponseTypes: [ReportBatchItemFailures] }
        Minutely:
          Type: Schedule
          Properties: { Schedule: rate(1 minute) }
  Tasks:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2 }
  Dead:
    Type: AWS::SQS::Queue
Outputs:
  WebhookUrl: { Value: !Sub "${HttpApi.ApiEndpoint}/v1/hook" }
  StripeWebhookUrl: { Value: !Sub "${HttpApi.ApiEndpoint}/v1/paid" }
"#;

fn options(folder: &TempDir) -> Options {
    fake_function::workspace(folder, TEMPLATE);
    fake_function::program(folder, "worker", "exec");
    let workspace = Workspace::new(folder.path().to_owned(), folder.path().to_owned());
    Options { seed: false, print_output: false, time_scale: 1000, ..Options::new(&workspace) }
}

fn send(stack: &Stack, body: &str) {
    let message = NewMessage { body: body.to_owned(), ..NewMessage::default() };
    stack.aws().sqs().send(&stack.template().queues["Tasks"].arn, &message).unwrap();
}

#[tokio::test]
async fn a_stack_is_wired_as_its_template_says() {
    let folder = TempDir::new().unwrap();
    let stack = Stack::start(options(&folder)).await.unwrap();
    assert!(stack.lambda().idle_processes("Worker").is_empty());
    let environment = stack.invoke("worker", &json!({ "do": "environment" })).await.unwrap();
    assert_eq!(environment["GRAPH_URL"], stack.graph_url());
    assert_eq!(environment["AWS_ACCESS_KEY_ID"], "LOCALWorker");
    let endpoint = environment["AWS_ENDPOINT_URL"].as_str().unwrap();
    assert!(environment["QUEUE"].as_str().unwrap().starts_with(endpoint));
    assert_eq!(stack.webhook_url(), format!("{}/v1/hook", stack.api_url()));
    assert_eq!(environment["STRIPE_URL"], stack.simulator().unwrap().stripe_url());
    assert_eq!(stack.stripe_webhook_url(), format!("{}/v1/paid", stack.api_url()));
    let event = stack.tick("worker").await.unwrap();
    assert_eq!((&event["source"], &event["detail-type"]), (&json!("aws.events"), &json!("Scheduled Event")));
    assert!(matches!(stack.tick("nobody").await, Err(InvokeError::UnknownFunction(_))));
    send(&stack, "good");
    send(&stack, "bad");
    stack.quiesce(Duration::from_secs(20)).await.unwrap();
    let dead = stack.aws().sqs().peek(&stack.template().queues["Dead"].arn).unwrap();
    assert_eq!(dead.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(), ["bad"]);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_schedule_fires_by_itself_at_its_rate_divided_by_the_speed() {
    let folder = TempDir::new().unwrap();
    let stack = Stack::start(Options { speed: 60, ..options(&folder) }).await.unwrap();
    let began = tokio::time::Instant::now();
    while fake_function::events(stack.lambda(), "Worker").is_empty() {
        assert!(began.elapsed() < Duration::from_secs(10), "it never fired");
        sleep(Duration::from_millis(10)).await;
    }
    assert!(began.elapsed() > Duration::from_millis(900), "{:?}", began.elapsed());
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn quiesce_says_what_is_still_under_way() {
    let folder = TempDir::new().unwrap();
    let stack = Stack::start(Options { poll: false, ..options(&folder) }).await.unwrap();
    send(&stack, "waits");
    let unrest = stack.quiesce(Duration::from_millis(20)).await.unwrap_err();
    assert!(unrest.left.contains("1 visible, 0 in flight, 0 delayed"), "{unrest}");
}

#[tokio::test]
async fn state_and_secrets_survive_a_restart() {
    let folder = TempDir::new().unwrap();
    let data = TempDir::new().unwrap();
    let kept = || Options { data: Some(data.path().join("kept")), ..options(&folder) };
    let first = Stack::start(Options { poll: false, ..kept() }).await.unwrap();
    let (key, secret) = (first.admin_key().to_owned(), first.stripe_webhook_secret().to_owned());
    send(&first, "bad kept");
    let refused = Stack::start(kept()).await.err().unwrap();
    assert!(format!("{refused:#}").contains("is in use by another Casement"), "{refused:#}");
    first.shutdown().await.unwrap();
    let second = Stack::start(kept()).await.unwrap();
    assert_eq!((second.admin_key(), second.stripe_webhook_secret()), (key.as_str(), secret.as_str()));
    second.quiesce(Duration::from_secs(20)).await.unwrap();
    assert_eq!(second.aws().sqs().depth(&second.template().queues["Dead"].arn).unwrap().visible, 1);
}

#[tokio::test]
async fn a_start_that_cannot_be_says_what_to_change() {
    let folder = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let damaged = TempDir::new().unwrap();
    std::fs::write(
        damaged.path().join("dynamodb.sqlite"),
        "this is no database at all, but it is long enough to look at",
    )
    .unwrap();
    let secrets = TempDir::new().unwrap();
    std::fs::write(secrets.path().join("secrets.json"), "{").unwrap();
    let data = |folder: &TempDir| Some(folder.path().to_owned());
    for (options, expected) in [
        (Options { port, ..options(&folder) }, format!("port {port} is taken: choose another with --port")),
        (
            Options { binaries: "/nowhere".into(), ..options(&folder) },
            "the binary /nowhere/worker is missing".to_owned(),
        ),
        (Options { data: data(&damaged), ..options(&folder) }, "cannot be used: name another, or remove it".to_owned()),
        (Options { data: data(&secrets), ..options(&folder) }, "secrets.json is damaged".to_owned()),
        (Options { template: "/nowhere.yaml".into(), ..options(&folder) }, "cannot read /nowhere.yaml".to_owned()),
    ] {
        let error = format!("{:#}", Stack::start(options).await.err().unwrap());
        assert!(error.contains(&expected), "{error}");
    }
}

#[tokio::test]
async fn a_dropped_stack_leaves_no_process_behind() {
    let folder = TempDir::new().unwrap();
    let stack = Stack::start(options(&folder)).await.unwrap();
    stack.invoke("Worker", &json!({})).await.unwrap();
    let pid = stack.lambda().idle_processes("Worker")[0].pid;
    drop(stack);
    let process = format!("/proc/{pid}");
    for _ in 0..1000 {
        if !Path::new(&process).exists() {
            return;
        }
        sleep(Duration::from_millis(5)).await;
    }
    panic!("the process lives");
}
