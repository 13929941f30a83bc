//! A function for the tests of this crate: this very test binary, started again as a Lambda process that does what the event
//! asks of it. It prints every event to stdout, one per line, so that a test can see what arrived and in which order.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::lambda::{FunctionSpec, Lambda};

/// What a test starts the function with.
pub(crate) fn spec(folder: &TempDir, logical_id: &str) -> FunctionSpec {
    FunctionSpec {
        logical_id: logical_id.to_owned(),
        name: logical_id.to_lowercase(),
        function_name: format!("test-{logical_id}"),
        arn: format!("arn:aws:lambda:us-east-1:000000000000:function:test-{logical_id}"),
        log_group: format!("/aws/lambda/test-{logical_id}"),
        log_format: "Text",
        program: program(folder, logical_id, "exec"),
        region: "us-east-1".to_owned(),
        memory_mb: 128,
        timeout: Duration::from_secs(20),
        environment: BTreeMap::from([("COLOUR".to_owned(), "green".to_owned())]),
        concurrency: 2,
    }
}

/// A script that runs `before` in front of the path of this binary.
pub(crate) fn program(folder: &TempDir, name: &str, before: &str) -> PathBuf {
    let path = folder.path().join(name);
    let binary = std::env::current_exe().unwrap();
    let arguments = "--exact fake_function::process --nocapture";
    fs::write(&path, format!("#!/bin/sh\n{before} {} {arguments}\n", binary.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A workspace with this template and one function, `worker`; answers where the template is.
pub(crate) fn workspace(folder: &TempDir, template: &str) -> PathBuf {
    let function = folder.path().join("functions/worker");
    fs::create_dir_all(&function).unwrap();
    fs::write(function.join("Cargo.toml"), "[package]\nname = \"worker\"\n").unwrap();
    let path = folder.path().join("infra/template.yaml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, template).unwrap();
    path
}

/// The events that the function was given, oldest first.
pub(crate) fn events(lambda: &Lambda, function: &str) -> Vec<Value> {
    lambda.output(function).iter().filter_map(|line| serde_json::from_str(line.strip_prefix("event ")?).ok()).collect()
}

/// The process. In an ordinary run of the tests it has nothing to do.
#[test]
fn process() {
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    loop {
        let Some((id, event)) = next(&api) else { return };
        println!("event {event}");
        let (verb, body) = match act(&event) {
            Ok(answer) => ("response", answer),
            Err(message) => ("error", json!({ "errorType": "Fake", "errorMessage": message })),
        };
        call(&api, "POST", &format!("invocation/{id}/{verb}"), &body.to_string());
    }
}

fn next(api: &str) -> Option<(String, Value)> {
    let answer = call(api, "GET", "invocation/next", "")?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let id = head.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: "))?;
    Some((id.to_owned(), serde_json::from_str(body).ok()?))
}

fn call(api: &str, method: &str, path: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(api).ok()?;
    let length = body.len();
    let head = format!(
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn act(event: &Value) -> Result<Value, String> {
    if let Some(records) = event["Records"].as_array() {
        return batch(records);
    }
    let wanted = event["do"].as_str().or_else(|| event["pathParameters"]["proxy"].as_str()).unwrap_or("echo");
    match wanted {
        "fail" => Err("as asked".to_owned()),
        "exit" => std::process::exit(3),
        "hang" => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(Value::Null)
        }
        "nap" => {
            std::thread::sleep(Duration::from_millis(300));
            Ok(json!(std::process::id()))
        }
        "environment" => Ok(json!(std::env::vars().collect::<BTreeMap<_, _>>())),
        "large" => Ok(json!("x".repeat(7 * 1024 * 1024))),
        "bare" => Ok(json!({ "bare": true })),
        "broken" => Ok(json!({ "statusCode": "none" })),
        "binary" => Ok(json!({
            "statusCode": 201,
            "headers": { "Content-Type": "image/png", "X-Number": 7 },
            "cookies": ["a=1", "b=2"],
            "body": "AAEC",
            "isBase64Encoded": true,
        })),
        _ if event["version"] == "2.0" => Ok(json!({ "statusCode": 200, "body": event.to_string() })),
        _ => Ok(event.clone()),
    }
}

/// Fails the records that say `bad`, and the whole batch, one way or another, for one that says `poison` or `crash`.
fn batch(records: &[Value]) -> Result<Value, String> {
    let text = |record: &Value| {
        record["body"]
            .as_str()
            .or_else(|| record["dynamodb"]["NewImage"]["text"]["S"].as_str())
            .unwrap_or("")
            .to_owned()
    };
    let says = |word: &str| records.iter().any(|record| text(record).contains(word));
    if says("crash") {
        std::process::exit(3);
    }
    if says("slow") {
        std::thread::sleep(Duration::from_millis(300));
    }
    if says("poison") {
        return Err("poison".to_owned());
    }
    let id = |record: &Value| json!({ "itemIdentifier": record["messageId"].as_str().or_else(|| record["dynamodb"]["SequenceNumber"].as_str()) });
    let failed: Vec<Value> = records.iter().filter(|record| text(record).contains("bad")).map(id).collect();
    Ok(json!({ "batchItemFailures": failed }))
}
