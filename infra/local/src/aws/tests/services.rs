//! SSM, S3 and SQS over the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::json;

use super::support::{Endpoint, Reply, api, signed};
use crate::aws::{Aws, Clock};
use crate::wall_clock::now_ms;

#[tokio::test]
async fn a_secure_parameter_shows_its_value_only_when_decryption_is_asked_for() {
    let endpoint = Endpoint::start().await;
    endpoint.aws.put_parameter("/casement/a", "plain").unwrap();
    let get = |decrypt: bool| {
        endpoint.call("AmazonSSM.GetParameter", json!({ "Name": "/casement/a", "WithDecryption": decrypt }))
    };
    assert_eq!(get(true).await.json()["Parameter"]["Value"], "plain");
    let sealed = get(false).await.json()["Parameter"].clone();
    assert_eq!(sealed["Type"], "SecureString");
    assert!(!sealed["Value"].as_str().unwrap().contains("plain"));

    let missing = endpoint.call("AmazonSSM.GetParameter", json!({ "Name": "/casement/b" })).await;
    assert_eq!((missing.status, missing.code().as_str()), (StatusCode::BAD_REQUEST, "ParameterNotFound"));
    let both = endpoint
        .call("AmazonSSM.GetParameters", json!({ "Names": ["/casement/a", "/casement/b"], "WithDecryption": true }))
        .await
        .json();
    assert_eq!(
        (&both["Parameters"][0]["Value"], &both["InvalidParameters"]),
        (&json!("plain"), &json!(["/casement/b"]))
    );
    let put = endpoint.call("AmazonSSM.PutParameter", json!({ "Name": "/casement/a", "Value": "new" })).await;
    assert_eq!(put.code(), "ParameterAlreadyExists");
    let put = endpoint
        .call("AmazonSSM.PutParameter", json!({ "Name": "/casement/a", "Value": "new", "Overwrite": true }))
        .await;
    assert_eq!(put.json()["Version"], 2);
    assert_eq!(get(true).await.json()["Parameter"]["Value"], "new");

    let delete = || endpoint.call("AmazonSSM.DeleteParameter", json!({ "Name": "/casement/a" }));
    assert_eq!(delete().await.status, StatusCode::OK);
    assert_eq!(delete().await.code(), "ParameterNotFound");
    assert_eq!(get(true).await.code(), "ParameterNotFound");
}

#[tokio::test]
async fn an_object_is_read_as_it_was_put() {
    let endpoint = Endpoint::start().await;
    let request = |method: Method, path: &str, body: &'static str| {
        Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", endpoint.address))
            .header("content-type", "application/json")
            .header("x-amz-meta-kind", "atom")
            .body(Bytes::from(body))
            .unwrap()
    };
    let send = async |method: Method, path: &str, body: &'static str| -> Reply {
        endpoint.send(signed(&api(), request(method, path, body), now_ms())).await.unwrap()
    };
    let path = "/large/atoms/2026/a%20b%2Fc.json";
    let put = send(Method::PUT, path, "{}\n{}").await;
    assert_eq!(
        (put.status, put.headers["etag"].to_str().unwrap()),
        (StatusCode::OK, "\"ee18245449f00d276eef84663af7dc7f\"")
    );
    let got = send(Method::GET, path, "").await;
    assert_eq!((got.status, got.body.as_ref()), (StatusCode::OK, b"{}\n{}".as_ref()));
    assert_eq!(
        (&got.headers["content-type"], &got.headers["x-amz-meta-kind"]),
        (&"application/json".parse().unwrap(), &"atom".parse().unwrap())
    );
    let head = send(Method::HEAD, path, "").await;
    assert_eq!(
        (head.status, head.headers["content-length"].to_str().unwrap(), head.body.len()),
        (StatusCode::OK, "5", 0)
    );
    assert_eq!(send(Method::DELETE, path, "").await.status, StatusCode::NO_CONTENT);
    for (path, code) in [(path, "NoSuchKey"), ("/none/a", "NoSuchBucket")] {
        let reply = send(Method::GET, path, "").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert!(String::from_utf8_lossy(&reply.body).contains(code), "{:?}", reply.body);
    }
    let mut changed = signed(&api(), request(Method::PUT, path, "a"), now_ms());
    *changed.body_mut() = Bytes::from("b");
    let reply = endpoint.send(changed).await.unwrap();
    assert!(String::from_utf8_lossy(&reply.body).contains("XAmzContentSHA256Mismatch"));
}

#[tokio::test]
async fn a_message_goes_over_the_wire_and_back() {
    let endpoint = Endpoint::start().await;
    let url = endpoint.call("AmazonSQS.GetQueueUrl", json!({ "QueueName": "In" })).await.json()["QueueUrl"].clone();
    let attributes = json!({
        "kind": { "DataType": "String", "StringValue": "text" },
        "raw": { "DataType": "Binary", "BinaryValue": "AAEC" },
    });
    let sent = endpoint
        .call(
            "AmazonSQS.SendMessage",
            json!({ "QueueUrl": url, "MessageBody": "hello", "MessageAttributes": attributes }),
        )
        .await
        .json();
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let receive =
        json!({ "QueueUrl": url, "MessageAttributeNames": ["All"], "AttributeNames": ["ApproximateReceiveCount"] });
    let received = endpoint.call("AmazonSQS.ReceiveMessage", receive).await.json()["Messages"][0].clone();
    assert_eq!((&received["Body"], &received["MessageId"]), (&json!("hello"), &sent["MessageId"]));
    assert_eq!(
        (&received["MessageAttributes"], &received["Attributes"]),
        (&attributes, &json!({ "ApproximateReceiveCount": "1" }))
    );
    assert_eq!(received["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    let deleted = endpoint
        .call("AmazonSQS.DeleteMessage", json!({ "QueueUrl": url, "ReceiptHandle": received["ReceiptHandle"] }))
        .await;
    assert_eq!(deleted.status, StatusCode::OK);
    let counts = endpoint
        .call("AmazonSQS.GetQueueAttributes", json!({ "QueueUrl": url, "AttributeNames": ["All"] }))
        .await
        .json();
    assert_eq!(counts["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "0");
    let nowhere = endpoint
        .call("AmazonSQS.SendMessage", json!({ "QueueUrl": "http://localhost/0/None", "MessageBody": "a" }))
        .await;
    assert_eq!((nowhere.status, nowhere.code().as_str()), (StatusCode::BAD_REQUEST, "QueueDoesNotExist"));
    assert_eq!(nowhere.headers["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
}

#[tokio::test]
async fn an_object_is_put_over_no_other_when_so_asked_and_ends_with_its_lifecycle() {
    let now = Arc::new(AtomicI64::new(1_700_000_000_000));
    let shared = Arc::clone(&now);
    let clock = Clock::new(move || shared.load(Ordering::SeqCst));
    let endpoint = Endpoint::over(Aws::open_with_clock(None, clock).unwrap()).await;
    let send = async |method: Method| {
        let url = format!("http://{}/large/a", endpoint.address);
        let request =
            Request::builder().method(method).uri(url).header("if-none-match", "*").body(Bytes::from("a")).unwrap();
        endpoint.send(signed(&api(), request, now.load(Ordering::SeqCst))).await.unwrap().status
    };
    assert_eq!(send(Method::PUT).await, StatusCode::OK);
    assert_eq!(send(Method::PUT).await, StatusCode::PRECONDITION_FAILED);
    now.fetch_add(86_400_001, Ordering::SeqCst);
    assert_eq!(send(Method::GET).await, StatusCode::NOT_FOUND);
    assert_eq!(send(Method::PUT).await, StatusCode::OK);
}
