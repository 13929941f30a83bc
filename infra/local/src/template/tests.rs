//! The template of this repository is understood, and whatever is not understood is refused with its line.

mod mistakes;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{AttributeType, KeyAttribute, Projection, Redrive, Resolver, Route, StartingPosition, Template, load};
use crate::iam::Policy;

const REGION: &str = "eu-central-1";
const SOURCE: &str = include_str!("../../../template.yaml");

fn path() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml"))
}

fn resolver() -> Resolver {
    Resolver {
        region: REGION.to_owned(),
        account: "000000000000".to_owned(),
        aws_endpoint: "http://127.0.0.1:4566".to_owned(),
        api_endpoint: "http://127.0.0.1:8080".to_owned(),
        live_endpoint: "ws://127.0.0.1:3".to_owned(),
    }
}

fn read(overrides: &[(&str, &str)]) -> anyhow::Result<Template> {
    let overrides = overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(path(), &overrides, &resolver())
}

/// The complaints about a template, each without the path.
fn complaints(text: &str) -> Vec<String> {
    let folder = path().display().to_string();
    let error = super::document::read(path(), text, &BTreeMap::new(), &resolver()).map(drop).unwrap_err().to_string();
    error.lines().map(|line| line.strip_prefix(&format!("{folder}:")).unwrap_or(line).to_owned()).collect()
}

#[test]
fn queues_carry_their_redrive_and_the_defaults_of_sqs() {
    let template = read(&[]).unwrap();
    let inbound = &template.queues["InboundQueue"];
    assert_eq!(inbound.name, "casement-InboundQueue.fifo");
    assert_eq!(inbound.url, "http://127.0.0.1:4566/000000000000/casement-InboundQueue.fifo");
    assert!(inbound.fifo && inbound.dedup_per_group && !inbound.content_based_dedup);
    assert_eq!(inbound.visibility, Duration::from_secs(60));
    assert_eq!(inbound.retention, Duration::from_secs(4 * 86_400));
    assert_eq!(inbound.maximum_message_size, 1_048_576);
    let target_arn = format!("arn:aws:sqs:{REGION}:000000000000:casement-InboundDeadLetters.fifo");
    assert_eq!(inbound.redrive, Some(Redrive { target_arn, max_receive_count: 5 }));
    assert!(!template.queues["TemplateSyncQueue"].fifo);
    assert_eq!(template.queues["RelayFailuresQueue"].redrive, None);
}

#[test]
fn the_table_has_its_keys_indexes_stream_and_expiry() {
    let template = read(&[]).unwrap();
    let table = &template.tables["Table"];
    let key = |name: &str| KeyAttribute { name: name.to_owned(), kind: AttributeType::String };
    assert_eq!((&table.partition_key, &table.sort_key), (&key("pk"), &Some(key("sk"))));
    assert_eq!(table.stream_view.as_deref(), Some("NEW_AND_OLD_IMAGES"));
    assert_eq!(table.ttl_attribute.as_deref(), Some("expires_at"));
    let names: Vec<&str> = table.indexes.iter().map(|index| index.name.as_str()).collect();
    assert_eq!(names, ["list", "waiting", "assigned", "attending", "answered", "owned", "due", "holds"]);
    assert_eq!(table.indexes[6].sort_key, Some(key("due_sk")));
    assert!(table.indexes.iter().all(|index| index.projection == Projection::KeysOnly));
    assert_eq!(template.buckets["LargeAtoms"].expire_after, Some(Duration::from_secs(30 * 86_400)));
}

#[test]
fn functions_have_their_sources_and_environment() {
    let template = read(&[("GraphUrl", "http://127.0.0.1:9")]).unwrap();
    let webhook = &template.functions["WebhookIngestFunction"];
    let route = |method: &str| Route { method: method.to_owned(), path: "/webhooks/whatsapp".to_owned() };
    assert_eq!(webhook.name, "webhook-ingest");
    assert_eq!(webhook.routes, [route("GET"), route("POST")]);
    assert_eq!(webhook.environment["APP_SECRETS_PARAMETER"], "/casement/whatsapp/app-secrets");
    assert_eq!(webhook.environment["INBOUND_QUEUE_URL"], template.queues["InboundQueue"].url);

    let send = &template.functions["MessageSendFunction"];
    assert_eq!((send.timeout, send.memory_mb), (Duration::from_secs(30), 128));
    assert_eq!(send.environment["GRAPH_URL"], "http://127.0.0.1:9");
    assert_eq!(send.sqs[0].queue_arn, template.queues["SendQueue"].arn);
    assert!(send.sqs[0].report_batch_item_failures && send.sqs[0].enabled);

    let changes = &template.functions["EventRelayFunction"].streams[0];
    assert_eq!((changes.table.as_str(), changes.batch_size, changes.max_retries), ("Table", 100, Some(10)));
    assert!(changes.bisect && changes.report_batch_item_failures);
    assert_eq!(changes.starting_position, StartingPosition::TrimHorizon);
    assert_eq!(changes.on_failure.as_ref(), Some(&template.queues["RelayFailuresQueue"].arn));

    let credits = &template.functions["CreditTopupFunction"];
    assert_eq!(credits.routes, [Route { method: "POST".to_owned(), path: "/webhooks/stripe".to_owned() }]);
    assert_eq!((credits.sqs.len(), credits.timeout), (1, Duration::from_secs(30)));

    let sync = &template.functions["TemplateSyncFunction"];
    assert_eq!((sync.schedules[0].every, sync.sqs[0].batch_size), (Duration::from_secs(86_400), 1));
    let expiry = &template.functions["WindowExpiryFunction"];
    assert_eq!((expiry.schedules[0].every, expiry.async_retries), (Duration::from_secs(60), 0));
}

#[test]
fn sockets_go_to_the_function_that_lets_them_in() {
    let template = read(&[]).unwrap();
    let live = template.live.unwrap();
    assert_eq!((live.id.as_str(), live.stage.as_str()), ("casement-LiveApi", "live"));
    let routes: Vec<(&str, &str)> =
        live.routes.iter().map(|(key, function)| (key.as_str(), function.as_str())).collect();
    let keys = ["$connect", "$default", "$disconnect"];
    assert_eq!(routes, keys.map(|key| (key, "RealtimeFunction")));
    assert_eq!(template.outputs["LiveUrl"], "ws://127.0.0.1:3/live");
    let unlet = SOURCE.replacen("${LiveApi}/live/*", "${LiveApi}/dev/*", 1);
    let said = complaints(&unlet);
    assert!(said.iter().any(|said| said.contains("no AWS::Lambda::Permission lets arn:aws:execute-api:")), "{said:?}");
}

#[test]
fn every_source_queue_gives_its_function_six_timeouts() {
    let template = read(&[]).unwrap();
    for function in template.functions.values() {
        for mapping in &function.sqs {
            let queue = template.queue_by_arn(&mapping.queue_arn).unwrap();
            assert!(queue.visibility >= function.timeout * 6, "{}", queue.logical_id);
            assert!(queue.redrive.is_some(), "{}", queue.logical_id);
        }
    }
}

#[test]
fn permissions_are_exact() {
    let template = read(&[]).unwrap();
    let policy = |id: &str| Policy(template.functions[id].statements.clone());
    let table = &template.tables["Table"];
    let index = &table.indexes[0].arn;
    assert!(policy("ApiFunction").allows("dynamodb:Query", index));
    assert!(!policy("MessageSendFunction").allows("dynamodb:Query", index));
    assert!(!policy("InboundApplyFunction").allows("dynamodb:DeleteItem", &table.arn));
    let parameter = |name: &str| format!("arn:aws:ssm:{REGION}:000000000000:parameter{name}");
    assert!(policy("ApiFunction").allows("ssm:GetParameter", &parameter("/casement/admin-key-sha256")));
    assert!(!policy("WindowExpiryFunction").allows("ssm:GetParameter", &parameter("/casement/whatsapp/access-token")));
    assert!(policy("CreditTopupFunction").allows("ssm:GetParameter", &parameter("/casement/stripe/key")));
    assert!(policy("CreditTopupFunction").allows("ssm:GetParameter", &parameter("/casement/stripe/webhook-secrets")));
    assert!(!policy("ApiFunction").allows("ssm:GetParameter", &parameter("/casement/stripe/key")));
    let object = format!("{}/atoms/2026/x", template.buckets["LargeAtoms"].arn);
    assert!(policy("WebhookIngestFunction").allows("s3:PutObject", &object));
    assert!(!policy("WebhookIngestFunction").allows("s3:GetObject", &object));
    for function in template.functions.values() {
        for statement in &function.statements {
            assert!(statement.actions.iter().all(|action| !action.contains('*')), "line {}", statement.line);
            assert!(statement.resources.iter().all(|resource| resource != "*"), "line {}", statement.line);
            let line = SOURCE.lines().nth(statement.line - 1).unwrap();
            assert_eq!(line.trim(), "- Effect: Allow", "line {}", statement.line);
        }
    }
}

#[test]
fn outputs_are_resolved_and_parameters_are_held_to_their_values() {
    let template = read(&[("Architecture", "x86_64")]).unwrap();
    assert_eq!(template.outputs["WebhookUrl"], "http://127.0.0.1:8080/webhooks/whatsapp");
    assert_eq!(template.parameters["Architecture"], "x86_64");
    let wrong = |overrides| read(overrides).unwrap_err().to_string();
    let error = wrong(&[("Architecture", "mips")]);
    assert!(error.contains("Architecture: the value is mips; understood: arm64, x86_64"), "{error}");
    let error = wrong(&[("Architectur", "arm64")]);
    assert!(error.contains("there is no parameter Architectur; understood: Architecture, "), "{error}");
}
