//! Each fault as the function sees it, and whether the call took effect behind it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::support::{Endpoint, api, item, signed};
use crate::aws::{Fault, FaultAction};
use crate::wall_clock::now_ms;

#[tokio::test]
async fn a_fault_shows_on_the_wire_and_takes_effect_or_not_as_it_says() {
    let endpoint = Endpoint::start().await;
    let killed = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&killed);
    endpoint.aws.on_kill(move |function| log.lock().unwrap().push(function.to_owned()));
    // the action; the error that the caller sees, if it is answered; whether the item is there afterwards
    let cases = [
        (FaultAction::Throttle, Some("ProvisionedThroughputExceededException"), false),
        (FaultAction::ServerError, Some("InternalServerError"), false),
        (FaultAction::TransactionConflict, Some("TransactionConflictException"), false),
        (FaultAction::DropBeforeExecuting, None, false),
        (FaultAction::KillBeforeExecuting, None, false),
        (FaultAction::DropAfterExecuting, None, true),
        (FaultAction::KillAfterExecuting, None, true),
        (FaultAction::Delay(Duration::from_millis(20)), Some(""), true),
    ];
    for (index, (action, code, stored)) in cases.into_iter().enumerate() {
        endpoint.aws.faults().add(Fault::new("Api", action).on("PutItem"));
        let key = item(&[("pk", &index.to_string()), ("sk", "-")]);
        let put = endpoint.json_request("DynamoDB_20120810.PutItem", &json!({ "TableName": "Main", "Item": key }));
        let reply = endpoint.send(signed(&api(), put, now_ms())).await;
        assert_eq!(reply.as_ref().ok().map(super::support::Reply::code).as_deref(), code, "{action:?}");
        let found = endpoint.call("DynamoDB_20120810.GetItem", json!({ "TableName": "Main", "Key": key })).await.json();
        assert_eq!(found.get("Item").is_some(), stored, "{action:?}");
    }
    assert_eq!(*killed.lock().unwrap(), ["Api", "Api"]);
    assert!(endpoint.aws.faults().pending().is_empty());
}

#[tokio::test]
async fn each_service_throttles_in_its_own_words() {
    let endpoint = Endpoint::start().await;
    endpoint.aws.faults().add(Fault::new("Api", FaultAction::Throttle).times(3));
    let cases = [
        ("DynamoDB_20120810.ListTables", "ProvisionedThroughputExceededException"),
        ("AmazonSQS.ReceiveMessage", "RequestThrottled"),
        ("AmazonSSM.GetParameter", "ThrottlingException"),
    ];
    for (target, code) in cases {
        assert_eq!(endpoint.call(target, json!({})).await.code(), code);
    }
}

#[tokio::test]
async fn a_conflicting_transaction_names_a_reason_for_each_item() {
    let endpoint = Endpoint::start().await;
    endpoint.aws.faults().add(Fault::new("Api", FaultAction::TransactionConflict).on("TransactWriteItems"));
    let put = |pk: &str| json!({ "Put": { "TableName": "Main", "Item": item(&[("pk", pk), ("sk", "-")]) } });
    let reply =
        endpoint.call("DynamoDB_20120810.TransactWriteItems", json!({ "TransactItems": [put("a"), put("b")] })).await;
    assert_eq!(reply.code(), "TransactionCanceledException");
    let reasons = &reply.json()["CancellationReasons"];
    assert_eq!((&reasons[0]["Code"], &reasons[1]["Code"]), (&json!("TransactionConflict"), &json!("None")));
}
