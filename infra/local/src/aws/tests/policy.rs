//! What the caller's role does not allow is refused in AWS's words, whatever the service.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::json;

use super::support::{Endpoint, item, principal, queue_arn, signed};
use crate::wall_clock::now_ms;

#[tokio::test]
async fn a_call_that_the_policy_does_not_allow_is_denied() {
    let endpoint = Endpoint::start().await;
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/Main";
    let queue = queue_arn("In");
    let caller = principal("Reader", &[("dynamodb:GetItem", table), ("sqs:ReceiveMessage", &queue)]);
    endpoint.aws.principals().register(caller.clone());
    let key = item(&[("pk", "a"), ("sk", "b")]);
    let cases = [
        ("DynamoDB_20120810.GetItem", json!({ "TableName": "Main", "Key": key }), None),
        ("AmazonSQS.ReceiveMessage", json!({ "QueueUrl": "http://localhost/000000000000/In" }), None),
        (
            "DynamoDB_20120810.PutItem",
            json!({ "TableName": "Main", "Item": key }),
            Some((400, "AccessDeniedException", "dynamodb:PutItem", table.to_owned())),
        ),
        (
            "DynamoDB_20120810.Query",
            json!({ "TableName": "Main", "IndexName": "due" }),
            Some((400, "AccessDeniedException", "dynamodb:Query", format!("{table}/index/due"))),
        ),
        (
            "AmazonSQS.SendMessageBatch",
            json!({ "QueueUrl": "http://localhost/000000000000/In", "Entries": [] }),
            Some((403, "AccessDeniedException", "sqs:SendMessage", queue.clone())),
        ),
        (
            "AmazonSSM.GetParameter",
            json!({ "Name": "/casement/a" }),
            Some((
                400,
                "AccessDeniedException",
                "ssm:GetParameter",
                "arn:aws:ssm:us-east-1:000000000000:parameter/casement/a".to_owned(),
            )),
        ),
    ];
    for (target, body, denied) in cases {
        let request = signed(&caller, endpoint.json_request(target, &body), now_ms());
        let reply = endpoint.send(request).await.unwrap();
        let Some((status, code, action, resource)) = denied else {
            assert_eq!(reply.status, StatusCode::OK, "{target}: {:?}", reply.body);
            continue;
        };
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{target}");
        let message = format!(
            "User: arn:aws:sts::000000000000:assumed-role/ReaderRole/Reader is not authorized to perform: {action} \
             on resource: {resource} because no identity-based policy allows the {action} action"
        );
        assert_eq!(reply.json()["message"], message, "{target}");
    }
}

#[tokio::test]
async fn an_object_needs_its_own_permission_and_its_absence_is_told_only_to_who_may_list() {
    let endpoint = Endpoint::start().await;
    let reader = principal("Reader", &[("s3:GetObject", "arn:aws:s3:::large/atoms/*")]);
    let lister =
        principal("Lister", &[("s3:GetObject", "arn:aws:s3:::large/*"), ("s3:ListBucket", "arn:aws:s3:::large")]);
    let cases = [
        (&reader, "PUT", "atoms/a", 403, "AccessDenied"),
        (&reader, "GET", "other/a", 403, "AccessDenied"),
        (&reader, "GET", "atoms/a", 403, "AccessDenied"),
        (&lister, "GET", "atoms/a", 404, "NoSuchKey"),
    ];
    for (caller, method, key, status, code) in cases {
        endpoint.aws.principals().register(caller.clone());
        let url = format!("http://{}/large/{key}", endpoint.address);
        let request = Request::builder().method(method).uri(url).body(Bytes::new()).unwrap();
        let reply = endpoint.send(signed(caller, request, now_ms())).await.unwrap();
        let body = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status.as_u16(), status, "{} {method} {key}: {body}", caller.function);
        assert!(body.contains(&format!("<Code>{code}</Code>")), "{} {method} {key}: {body}", caller.function);
    }
}
