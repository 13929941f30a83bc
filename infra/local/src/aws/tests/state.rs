//! State in a data folder: kept over a restart, and refused with the folder's name when it is broken.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::support::{Endpoint, STREAM, item, queue_arn, table};
use crate::aws::{Aws, NewMessage};
use crate::template::Template;

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Aws::open(Some(folder.path())).unwrap();
    let key = item(&[("pk", "a"), ("sk", "b")]);
    {
        let endpoint = Endpoint::over(open()).await;
        endpoint.aws.put_parameter("/casement/a", "value").unwrap();
        endpoint.call("DynamoDB_20120810.PutItem", json!({ "TableName": "Main", "Item": key })).await;
        endpoint
            .aws
            .sqs()
            .send(&queue_arn("In"), &NewMessage { body: "kept".to_owned(), ..NewMessage::default() })
            .unwrap();
    }
    let endpoint = Endpoint::over(open()).await;
    let found = endpoint.call("DynamoDB_20120810.GetItem", json!({ "TableName": "Main", "Key": key })).await.json();
    assert_eq!(found["Item"], key);
    assert_eq!(endpoint.aws.streams(STREAM).read(10).unwrap().len(), 1);
    let parameter =
        endpoint.call("AmazonSSM.GetParameter", json!({ "Name": "/casement/a", "WithDecryption": true })).await.json();
    assert_eq!(parameter["Parameter"]["Value"], "value");
    let received = endpoint.aws.sqs().receive(&queue_arn("In"), 10, Duration::ZERO).await.unwrap();
    assert_eq!(received[0].body, "kept");
}

#[test]
fn a_table_that_differs_from_the_template_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let aws = Aws::open(Some(folder.path())).unwrap();
    let with_indexes = |count: usize| {
        let mut main = table();
        main.indexes.truncate(count);
        Template { tables: BTreeMap::from([("Main".to_owned(), main)]), ..Template::default() }
    };
    aws.provision(&with_indexes(2)).unwrap();
    aws.provision(&with_indexes(2)).unwrap();
    let error = format!("{:#}", aws.provision(&with_indexes(1)).unwrap_err());
    assert!(error.starts_with("table Main: the data folder holds it with other keys or indexes"), "{error}");
}

#[tokio::test]
async fn a_broken_data_folder_is_refused_by_its_name() {
    for file in ["dynamodb.sqlite", "sqs.sqlite", "ssm.sqlite", "s3"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join(file),
            "this is no database, but long enough to be looked at as one".repeat(20),
        )
        .unwrap();
        let error = Aws::open(Some(folder.path())).err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert!(error.contains(&*folder.path().to_string_lossy()), "{file}: {error}");
        assert!(error.contains(file), "{file}: {error}");
    }
}
