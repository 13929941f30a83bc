//! What calls cost, and what a table's stream shows.

use http::StatusCode;
use serde_json::{Value, json};

use crate::aws::Usage;
use crate::aws::tests::support::{Endpoint, STREAM, item};

const KEY: [(&str, &str); 2] = [("pk", "a"), ("sk", "b")];

fn usage(table_write_units: f64, index_write_units: f64, read_units: f64) -> Usage {
    Usage { requests: 1, table_write_units, index_write_units, read_units }
}

#[tokio::test]
async fn the_meter_counts_each_call_as_aws_bills_it() {
    let endpoint = Endpoint::start().await;
    let indexed = |extra: &[(&str, &str)]| {
        item(&[&KEY[..], &[("list_pk", "l"), ("list_sk", "1"), ("due_pk", "d"), ("due_sk", "1")], extra].concat())
    };
    let big = "x".repeat(1500);
    let moved = item(&[&KEY[..], &[("list_pk", "l"), ("list_sk", "2"), ("text", big.as_str())]].concat());
    let put = |item: &Value| json!({ "TableName": "Main", "Item": item });
    let put_new =
        |item: &Value| json!({ "TableName": "Main", "Item": item, "ConditionExpression": "attribute_not_exists(pk)" });
    let other = item(&[("pk", "z"), ("sk", "-")]);
    let cases = [
        ("PutItem", put(&indexed(&[])), usage(1.0, 2.0, 0.0)),
        ("PutItem", put(&indexed(&[("text", "not in an index")])), usage(1.0, 0.0, 0.0)),
        ("PutItem", put(&moved), usage(2.0, 3.0, 0.0)), // one entry moves, which counts twice; one goes
        ("PutItem", put_new(&item(&KEY)), usage(2.0, 0.0, 0.0)), // stopped, and billed by the item that is there
        ("GetItem", json!({ "TableName": "Main", "Key": item(&KEY) }), usage(0.0, 0.0, 0.5)),
        ("GetItem", json!({ "TableName": "Main", "Key": item(&KEY), "ConsistentRead": true }), usage(0.0, 0.0, 1.0)),
        (
            "Query",
            json!({
                "TableName": "Main", "IndexName": "list", "KeyConditionExpression": "list_pk = :l",
                "ExpressionAttributeValues": { ":l": { "S": "l" } },
            }),
            usage(0.0, 0.0, 0.5),
        ),
        ("TransactWriteItems", json!({ "TransactItems": [{ "Put": put_new(&other) }] }), usage(2.0, 0.0, 0.0)),
        (
            "TransactWriteItems", // cancelled: twice one unit for the new item, twice two for the one that is there
            json!({ "TransactItems": [{ "Put": put(&other) }, { "Put": put_new(&item(&KEY)) }] }),
            usage(6.0, 0.0, 0.0),
        ),
    ];
    for (index, (operation, body, expected)) in cases.into_iter().enumerate() {
        let reply = endpoint.call(&format!("DynamoDB_20120810.{operation}"), body).await.json();
        assert!(reply.get("ConsumedCapacity").is_none(), "{index}: what was not asked for is not shown: {reply}");
        let taken = endpoint.aws.meter().take();
        assert_eq!(
            taken.get(&("Api".to_owned(), operation.to_owned())),
            Some(&expected),
            "{index} {operation}: {reply}"
        );
    }
}

#[tokio::test]
async fn a_caller_sees_the_capacity_and_the_old_item_only_when_it_asked() {
    let endpoint = Endpoint::start().await;
    let put = |more: Value| {
        let mut body = json!({ "TableName": "Main", "Item": item(&KEY) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        endpoint.call("DynamoDB_20120810.PutItem", body)
    };
    let total = put(json!({ "ReturnConsumedCapacity": "TOTAL" })).await.json();
    assert_eq!(total["ConsumedCapacity"], json!({ "TableName": "Main", "CapacityUnits": 1.0 }));
    let indexes = put(json!({ "ReturnConsumedCapacity": "INDEXES" })).await.json();
    assert_eq!(indexes["ConsumedCapacity"]["Table"], json!({ "CapacityUnits": 1.0 }));
    let unknown = put(json!({ "ReturnConsumedCapacity": "ALL" })).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (StatusCode::BAD_REQUEST, "ValidationException"));

    let condition = "attribute_not_exists(pk)";
    let bare = put(json!({ "ConditionExpression": condition })).await;
    assert_eq!((bare.code().as_str(), bare.json().get("Item")), ("ConditionalCheckFailedException", None));
    let with_item =
        put(json!({ "ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD" })).await.json();
    assert_eq!(with_item["Item"], item(&KEY));
}

#[tokio::test]
async fn the_stream_shows_each_change_once_until_it_is_trimmed() {
    let endpoint = Endpoint::start().await;
    let stream = endpoint.aws.streams(STREAM);
    let mut writes = stream.writes();
    let changed = item(&[&KEY[..], &[("text", "new")]].concat());
    for body in [json!({ "Item": item(&KEY) }), json!({ "Item": changed })] {
        let mut body = body;
        body["TableName"] = json!("Main");
        endpoint.call("DynamoDB_20120810.PutItem", body).await;
    }
    endpoint.call("DynamoDB_20120810.DeleteItem", json!({ "TableName": "Main", "Key": item(&KEY) })).await;
    assert!(writes.has_changed().unwrap());
    writes.mark_unchanged();

    let records = stream.read(10).unwrap();
    let shown: Vec<_> = records
        .iter()
        .map(|record| {
            let change = &record["dynamodb"];
            (record["eventName"].as_str().unwrap(), change.get("OldImage").cloned(), change.get("NewImage").cloned())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("INSERT", None, Some(item(&KEY))),
            ("MODIFY", Some(item(&KEY)), Some(changed.clone())),
            ("REMOVE", Some(changed), None),
        ]
    );
    let first = &records[0];
    assert_eq!(
        (&first["eventSourceARN"], &first["awsRegion"], &first["eventSource"]),
        (&json!(STREAM), &json!("us-east-1"), &json!("aws:dynamodb"))
    );
    assert_eq!(
        (&first["dynamodb"]["Keys"], &first["dynamodb"]["StreamViewType"]),
        (&item(&KEY), &json!("NEW_AND_OLD_IMAGES"))
    );
    assert_eq!(first["eventID"].as_str().unwrap().len(), 32);

    assert_eq!(stream.read(1).unwrap(), records[..1]);
    stream.trim(records[1]["dynamodb"]["SequenceNumber"].as_str().unwrap()).unwrap();
    assert_eq!(stream.read(10).unwrap(), records[2..]);
    stream.trim(records[2]["dynamodb"]["SequenceNumber"].as_str().unwrap()).unwrap();
    assert!(stream.read(10).unwrap().is_empty());

    endpoint.call("DynamoDB_20120810.PutItem", json!({ "TableName": "Main", "Item": item(&KEY) })).await;
    let later = stream.read(10).unwrap();
    assert!(later[0]["dynamodb"]["SequenceNumber"].as_str() > records[2]["dynamodb"]["SequenceNumber"].as_str());
}

#[tokio::test]
async fn an_item_past_its_time_to_live_is_removed_by_the_service() {
    let endpoint = Endpoint::start().await;
    let mut expired = item(&KEY);
    expired["expires_at"] = json!({ "N": (crate::wall_clock::now_ms() / 1000 - 60).to_string() });
    endpoint.call("DynamoDB_20120810.PutItem", json!({ "TableName": "Main", "Item": expired })).await;
    assert_eq!(endpoint.aws.sweep_expired_items().unwrap(), 1);
    let records = endpoint.aws.streams(STREAM).read(10).unwrap();
    assert_eq!(records[1]["eventName"], "REMOVE");
    assert_eq!(records[1]["userIdentity"], json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" }));
}
