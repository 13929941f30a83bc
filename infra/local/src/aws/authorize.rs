//! Which permissions a call needs, and the refusal when the caller's role does not give one of them.

use serde_json::Value;

use super::principals::Principal;
use super::service::{Common, Failure, Service};
use super::{ACCOUNT, REGION};

/// One action on one resource, both as policies name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Permission {
    pub(super) action: String,
    pub(super) resource: String,
}

impl Permission {
    pub(super) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into() }
    }
}

/// Refuses the call in AWS's words unless the principal's policy gives every permission.
pub(super) fn check(service: Service, principal: &Principal, needed: &[Permission]) -> Result<(), Failure> {
    let Some(denied) = needed.iter().find(|needed| !principal.policy.allows(&needed.action, &needed.resource)) else {
        return Ok(());
    };
    let Permission { action, resource } = denied;
    let message = format!(
        "User: {} is not authorized to perform: {action} on resource: {resource} \
         because no identity-based policy allows the {action} action",
        principal.arn()
    );
    Err(Failure::common(service, Common::AccessDenied, message))
}

/// What a call of one of the JSON services needs.
pub(super) fn permissions(service: Service, operation: &str, body: &Value) -> Vec<Permission> {
    match service {
        Service::DynamoDb => dynamodb(operation, body),
        Service::Sqs => {
            let reference = body["QueueUrl"].as_str().or(body["QueueName"].as_str()).unwrap_or_default();
            let queue = reference.rsplit('/').next().unwrap_or_default();
            let action = operation.strip_suffix("Batch").unwrap_or(operation);
            vec![Permission::new(format!("sqs:{action}"), format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"))]
        }
        Service::Ssm => {
            let names = body["Names"].as_array().into_iter().flatten().chain(body.get("Name"));
            let action = format!("ssm:{operation}");
            names.filter_map(Value::as_str).map(|name| Permission::new(&action, parameter_arn(name))).collect()
        }
        Service::S3 | Service::Ses | Service::Sockets => Vec::new(), // by path and method: see each
    }
}

fn parameter_arn(name: &str) -> String {
    format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{}", name.trim_start_matches('/'))
}

fn dynamodb(operation: &str, body: &Value) -> Vec<Permission> {
    let action = format!("dynamodb:{operation}");
    match operation {
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| Permission::new(&action, table_arn(table))).collect()
        }
        "TransactWriteItems" => {
            let operations =
                body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            operations.map(|(kind, operation)| Permission::new(transact_action(kind), arn_in(operation))).collect()
        }
        "TransactGetItems" => {
            let gets = body["TransactItems"].as_array().into_iter().flatten();
            gets.map(|item| Permission::new("dynamodb:GetItem", arn_in(&item["Get"]))).collect()
        }
        "ListTables" => vec![Permission::new(action, "*")],
        _ => vec![Permission::new(action, arn_in(body))],
    }
}

fn transact_action(kind: &str) -> String {
    let operation = if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
    format!("dynamodb:{operation}")
}

/// The table that a request names, or the index when it names one.
fn arn_in(request: &Value) -> String {
    let table = table_arn(request["TableName"].as_str().unwrap_or_default());
    match request["IndexName"].as_str() {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    }
}

/// A request may name a table by its name or by its ARN.
fn table_arn(table: &str) -> String {
    if table.starts_with("arn:") {
        table.to_owned()
    } else {
        format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_operation_needs_the_permissions_that_aws_asks_for() {
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/Main";
        let cases = [
            (Service::DynamoDb, "GetItem", json!({"TableName": "Main"}), vec![("dynamodb:GetItem", table.to_owned())]),
            (
                Service::DynamoDb,
                "Query",
                json!({"TableName": "Main", "IndexName": "due"}),
                vec![("dynamodb:Query", format!("{table}/index/due"))],
            ),
            (
                Service::DynamoDb,
                "BatchGetItem",
                json!({"RequestItems": {"Main": {}}}),
                vec![("dynamodb:BatchGetItem", table.to_owned())],
            ),
            (
                Service::DynamoDb,
                "TransactWriteItems",
                json!({"TransactItems": [{"Put": {"TableName": "Main"}}, {"ConditionCheck": {"TableName": "Main"}}]}),
                vec![("dynamodb:PutItem", table.to_owned()), ("dynamodb:ConditionCheckItem", table.to_owned())],
            ),
            (
                Service::Sqs,
                "SendMessageBatch",
                json!({"QueueUrl": "http://localhost:1/000000000000/In.fifo"}),
                vec![("sqs:SendMessage", "arn:aws:sqs:us-east-1:000000000000:In.fifo".to_owned())],
            ),
            (
                Service::Ssm,
                "GetParameters",
                json!({"Names": ["/casement/a", "b"]}),
                vec![
                    ("ssm:GetParameters", "arn:aws:ssm:us-east-1:000000000000:parameter/casement/a".to_owned()),
                    ("ssm:GetParameters", "arn:aws:ssm:us-east-1:000000000000:parameter/b".to_owned()),
                ],
            ),
        ];
        for (service, operation, body, expected) in cases {
            let expected: Vec<Permission> =
                expected.into_iter().map(|(action, resource)| Permission::new(action, resource)).collect();
            assert_eq!(permissions(service, operation, &body), expected, "{operation}");
        }
    }
}
