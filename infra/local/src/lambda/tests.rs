//! Processes under every kind of end: an answer, an error, an exit, a timeout, a kill, a failed start.

use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use super::{InvokeError, Lambda};
use crate::fake_function;

fn lambda(adjust: impl FnOnce(&mut super::FunctionSpec)) -> (TempDir, Lambda) {
    let folder = TempDir::new().unwrap();
    let mut spec = fake_function::spec(&folder, "Worker");
    adjust(&mut spec);
    (folder, Lambda::new(vec![spec], false))
}

async fn invoke(lambda: &Lambda, event: Value) -> Result<Value, InvokeError> {
    let answer = lambda.invoke("Worker", event.to_string()).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

#[tokio::test]
async fn a_process_is_started_once_and_kept() {
    let (_folder, lambda) = lambda(|_| ());
    assert!(lambda.idle_processes("Worker").is_empty());
    let first = invoke(&lambda, json!({ "do": "nap" })).await.unwrap();
    let second = invoke(&lambda, json!({ "do": "nap" })).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(invoke(&lambda, json!({ "a": 1 })).await.unwrap(), json!({ "a": 1 }));
    assert_eq!(lambda.idle_processes("worker").len(), 1);
    lambda.shutdown().await;
    assert_eq!(invoke(&lambda, json!({})).await, Err(InvokeError::Closed));
}

#[tokio::test]
async fn no_more_processes_run_than_allowed_and_the_rest_waits() {
    let (_folder, lambda) = lambda(|spec| spec.concurrency = 2);
    let answers = futures::future::join_all((0..5).map(|_| invoke(&lambda, json!({ "do": "nap" })))).await;
    let mut pids: Vec<u64> = answers.into_iter().map(|answer| answer.unwrap().as_u64().unwrap()).collect();
    pids.sort_unstable();
    pids.dedup();
    assert_eq!(pids.len(), 2);
    assert_eq!(lambda.activity().running, 0);
    assert_eq!(lambda.activity().started, 5);
    lambda.shutdown().await;
}

#[tokio::test]
async fn the_environment_is_lambdas_and_nothing_of_the_users() {
    let (_folder, lambda) = lambda(|_| ());
    let environment = invoke(&lambda, json!({ "do": "environment" })).await.unwrap();
    for (name, value) in [
        ("COLOUR", "green"),
        ("AWS_LAMBDA_FUNCTION_NAME", "test-Worker"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test-Worker"),
        ("AWS_REGION", "us-east-1"),
        ("TZ", ":UTC"),
        ("_HANDLER", "bootstrap"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert_eq!(environment.get("HOME"), None);
    assert_eq!(environment.get("CARGO_MANIFEST_DIR"), None);
    lambda.shutdown().await;
}

#[tokio::test]
async fn an_error_keeps_the_process_and_an_exit_costs_it() {
    let (_folder, lambda) = lambda(|_| ());
    let error = invoke(&lambda, json!({ "do": "fail" })).await.unwrap_err();
    assert_eq!((error.error_type(), error.to_string().as_str()), ("Fake", "Worker: Fake: as asked"));
    assert_eq!(lambda.idle_processes("Worker").len(), 1);
    let error = invoke(&lambda, json!({ "do": "exit" })).await.unwrap_err();
    assert_eq!(error.error_type(), "Runtime.ExitError");
    assert!(error.to_string().ends_with("Error: Runtime exited with error: exit status: 3"), "{error}");
    assert!(lambda.idle_processes("Worker").is_empty());
    assert_eq!(invoke(&lambda, json!({ "a": 1 })).await.unwrap(), json!({ "a": 1 }));
    lambda.shutdown().await;
}

#[tokio::test]
async fn an_invocation_ends_with_the_functions_timeout() {
    let (_folder, lambda) = lambda(|spec| spec.timeout = Duration::from_millis(250));
    let error = invoke(&lambda, json!({ "do": "hang" })).await.unwrap_err();
    assert!(matches!(error, InvokeError::TimedOut { .. }), "{error:?}");
    assert!(error.to_string().ends_with("Error: Task timed out after 0.25 seconds"), "{error}");
    assert!(lambda.idle_processes("Worker").is_empty());
}

#[tokio::test]
async fn a_kill_ends_the_invocations_that_run_and_no_later_one() {
    let (_folder, lambda) = lambda(|_| ());
    invoke(&lambda, json!({})).await.unwrap();
    lambda.kill("Worker");
    let hanging = tokio::spawn({
        let lambda = lambda.clone();
        async move { invoke(&lambda, json!({ "do": "hang" })).await }
    });
    while fake_function::events(&lambda, "Worker").len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    lambda.kill("Worker");
    let error = hanging.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("signal: 9"), "{error}");
    assert_eq!(invoke(&lambda, json!({ "a": 1 })).await.unwrap(), json!({ "a": 1 }));
    lambda.shutdown().await;
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_end_the_invocation() {
    let (_folder, lambda) = lambda(|_| ());
    invoke(&lambda, json!({})).await.unwrap();
    assert!(timeout(Duration::from_millis(50), invoke(&lambda, json!({ "do": "nap" }))).await.is_err());
    assert_eq!(lambda.activity().running, 1);
    while lambda.activity().running > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(lambda.idle_processes("Worker").len(), 1);
    lambda.shutdown().await;
}

#[tokio::test]
async fn a_function_that_does_not_start_says_why() {
    let (_folder, absent) = lambda(|spec| spec.program = "/nowhere/bootstrap".into());
    let error = invoke(&absent, json!({})).await.unwrap_err();
    assert!(error.to_string().starts_with("Worker: cannot start /nowhere/bootstrap: "), "{error}");
    let folder = TempDir::new().unwrap();
    let (_kept, failing) =
        lambda(|spec| spec.program = fake_function::program(&folder, "failing", "echo no such table >&2; exit 7;"));
    let error = invoke(&failing, json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "Worker: initialisation failed: exit status: 7\nno such table");
}

#[tokio::test]
async fn payloads_over_six_megabytes_are_refused_both_ways() {
    let (_folder, lambda) = lambda(|_| ());
    let error = invoke(&lambda, json!("x".repeat(7 * 1024 * 1024))).await.unwrap_err();
    assert!(matches!(error, InvokeError::RequestTooLarge { .. }), "{error}");
    let error = invoke(&lambda, json!({ "do": "large" })).await.unwrap_err();
    assert!(matches!(error, InvokeError::ResponseTooLarge { .. }), "{error}");
    assert!(matches!(lambda.invoke("Nobody", "{}").await, Err(InvokeError::UnknownFunction(_))));
    lambda.shutdown().await;
}
