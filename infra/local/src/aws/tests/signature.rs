//! Only what was signed with a known key, within five minutes, and arrives unchanged is taken.

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use serde_json::json;

use super::support::{Endpoint, api, principal, signed};
use crate::aws::Principal;
use crate::wall_clock::now_ms;

#[tokio::test]
async fn a_request_is_taken_only_as_it_was_signed() {
    let endpoint = Endpoint::start().await;
    let request = || endpoint.json_request("DynamoDB_20120810.ListTables", &json!({ "Limit": 5 }));
    let changed = |change: fn(&mut Request<Bytes>)| {
        let mut request = signed(&api(), request(), now_ms());
        change(&mut request);
        request
    };
    let as_other = |change: fn(&mut Principal)| {
        let mut other = api();
        change(&mut other);
        signed(&other, request(), now_ms())
    };
    let minutes = |count: i64| signed(&api(), request(), now_ms() + count * 60_000);
    let cases = [
        ("as signed", signed(&api(), request(), now_ms()), None),
        ("four minutes old", minutes(-4), None),
        (
            "body",
            changed(|request| *request.body_mut() = Bytes::from(r#"{"Limit":6}"#)),
            Some("InvalidSignatureException"),
        ),
        (
            "header",
            changed(|request| set(request, "content-type", "application/json")),
            Some("InvalidSignatureException"),
        ),
        ("unsigned header", changed(|request| set(request, "x-amz-other", "1")), Some("InvalidSignatureException")),
        (
            "path",
            changed(|request| *request.uri_mut() = format!("{}else", request.uri()).parse().unwrap()),
            Some("InvalidSignatureException"),
        ),
        (
            "query",
            changed(|request| *request.uri_mut() = format!("{}?a=b", request.uri()).parse().unwrap()),
            Some("InvalidSignatureException"),
        ),
        ("secret", as_other(|other| other.secret_access_key.push('x')), Some("InvalidSignatureException")),
        ("key", as_other(|other| other.access_key_id.push('x')), Some("UnrecognizedClientException")),
        (
            "token",
            as_other(|other| other.session_token = Some("other".to_owned())),
            Some("UnrecognizedClientException"),
        ),
        ("no token", as_other(|other| other.session_token = None), Some("UnrecognizedClientException")),
        ("six minutes old", minutes(-6), Some("InvalidSignatureException")),
        ("six minutes early", minutes(6), Some("InvalidSignatureException")),
        ("unsigned", request(), Some("MissingAuthenticationTokenException")),
        (
            "half a signature",
            changed(|request| set(request, "authorization", "AWS4-HMAC-SHA256 Credential=a")),
            Some("IncompleteSignatureException"),
        ),
    ];
    for (name, request, expected) in cases {
        let reply = endpoint.send(request).await.unwrap();
        match expected {
            None => assert_eq!(reply.status, StatusCode::OK, "{name}: {:?}", reply.body),
            Some(code) => {
                assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, code), "{name}");
            }
        }
    }
}

fn set(request: &mut Request<Bytes>, name: &'static str, value: &'static str) {
    request.headers_mut().insert(name, HeaderValue::from_static(value));
}

#[tokio::test]
async fn each_service_words_a_wrong_signature_in_its_own_form() {
    let endpoint = Endpoint::start().await;
    let mut stranger = principal("Api", &[]);
    stranger.secret_access_key.push('x');
    let sqs = endpoint.json_request("AmazonSQS.GetQueueUrl", &json!({ "QueueName": "In" }));
    let reply = endpoint.send(signed(&stranger, sqs, now_ms())).await.unwrap();
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::FORBIDDEN, "InvalidSignatureException"));
    assert_eq!(reply.headers["x-amzn-query-error"], "SignatureDoesNotMatch;Sender");

    let s3 = Request::get(format!("http://{}/large/a", endpoint.address)).body(Bytes::new()).unwrap();
    let reply = endpoint.send(signed(&stranger, s3, now_ms())).await.unwrap();
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.body.starts_with(b"<?xml"), "{:?}", reply.body);
    assert!(String::from_utf8_lossy(&reply.body).contains("<Code>SignatureDoesNotMatch</Code>"));
}
