//! What the template must say about every function and every queue.
use std::collections::{BTreeMap, BTreeSet};

use local::template::{Function, Resolver, StartingPosition, Template, load};

use super::project::{crates, none_of, read, root, rust};

const TEMPLATE: &str = "infra/template.yaml";

fn template() -> Template {
    let resolver = Resolver {
        region: "eu-central-1".to_owned(),
        account: "000000000000".to_owned(),
        aws_endpoint: "http://127.0.0.1:1".to_owned(),
        api_endpoint: "http://127.0.0.1:2".to_owned(),
        live_endpoint: "ws://127.0.0.1:3".to_owned(),
    };
    load(&root().join(TEMPLATE), &BTreeMap::new(), &resolver).unwrap()
}

/// The template's text of each resource, by logical id.
fn resources() -> BTreeMap<String, String> {
    let text = read(TEMPLATE);
    let section = text.split("\nResources:\n").nth(1).unwrap().split("\nOutputs:\n").next().unwrap();
    let mut resources: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    for line in section.lines() {
        let name = line.strip_prefix("  ").filter(|rest| rest.starts_with(char::is_alphabetic));
        if let Some(name) = name.and_then(|rest| rest.strip_suffix(':')) {
            name.clone_into(&mut current);
        }
        *resources.entry(current.clone()).or_default() += &format!("{line}\n");
    }
    resources
}

#[test]
fn every_function_of_the_template_is_a_crate_and_every_crate_is_in_the_template() {
    let mut named: Vec<String> = template().functions.into_values().map(|function| function.name).collect();
    named.sort();
    assert_eq!(named, crates("functions"));
}

#[test]
fn a_function_is_given_the_variables_that_it_reads_and_no_others() {
    let sources = rust();
    for function in template().functions.values() {
        let folder = format!("functions/{}/src/", function.name);
        let own = sources.iter().filter(|source| source.path.starts_with(&folder));
        let reads = own.flat_map(|source| source.text.split("boot.env(\"").skip(1));
        let read: BTreeSet<&str> = reads.filter_map(|rest| rest.split('"').next()).collect();
        let given: BTreeSet<&str> = function.environment.keys().map(String::as_str).collect();
        assert_eq!(given, read, "the variables of {}", function.name);
    }
}

#[test]
fn one_bad_message_never_fails_its_batch_and_ends_among_the_dead_letters() {
    let template = template();
    for function in template.functions.values() {
        for mapping in &function.sqs {
            let name = format!("{} of {}", mapping.name, function.logical_id);
            assert!(mapping.report_batch_item_failures, "{name}: ReportBatchItemFailures");
            let queue = template.queue_by_arn(&mapping.queue_arn).unwrap();
            let redrive = queue.redrive.as_ref().unwrap_or_else(|| panic!("{name}: no dead-letter queue"));
            assert_eq!(redrive.max_receive_count, domain::sending::TRIES_MAX, "{name}: maxReceiveCount");
            let dead = template.queue_by_arn(&redrive.target_arn).unwrap();
            assert_eq!(dead.fifo, queue.fifo, "{name}: FIFO dead letters for a FIFO queue");
            assert!(dead.retention > queue.retention, "{name}: dead letters are kept for longer");
            assert!(queue.visibility >= function.timeout * 6, "{name}: visibility is six times the timeout");
        }
        for mapping in &function.streams {
            let name = format!("{} of {}", mapping.name, function.logical_id);
            assert!(mapping.report_batch_item_failures && mapping.bisect, "{name}: partial batches");
            assert_eq!(mapping.starting_position, StartingPosition::TrimHorizon, "{name}: nothing is skipped");
            assert!(mapping.max_retries.is_some() && mapping.on_failure.is_some(), "{name}: a bad record is given up");
        }
    }
}

#[test]
fn no_two_queues_share_their_dead_letters() {
    let template = template();
    let targets: Vec<&str> =
        template.queues.values().filter_map(|queue| Some(queue.redrive.as_ref()?.target_arn.as_str())).collect();
    assert_eq!(targets.iter().collect::<BTreeSet<_>>().len(), targets.len());
}

#[test]
fn every_queue_of_dead_letters_raises_an_alarm() {
    let template = template();
    let polled: BTreeSet<&str> = template
        .functions
        .values()
        .flat_map(|function| &function.sqs)
        .map(|mapping| mapping.queue_arn.as_str())
        .collect();
    let resources = resources();
    let alarms: Vec<&String> = resources.values().filter(|text| text.contains("AWS::CloudWatch::Alarm")).collect();
    let silent = template.queues.values().filter(|queue| !polled.contains(queue.arn.as_str())).filter(|queue| {
        let dimension = format!("!GetAtt {}.QueueName", queue.logical_id);
        !alarms.iter().any(|alarm| alarm.contains(&dimension))
    });
    none_of("queues of dead letters without an alarm", silent.map(|queue| queue.logical_id.clone()));
}

#[test]
fn a_function_may_do_what_is_said_and_to_what_is_said() {
    let template = template();
    let roles: BTreeSet<&str> = template.functions.values().map(|function| function.role_name.as_str()).collect();
    assert_eq!(roles.len(), template.functions.len(), "each function has a role of its own");
    let too_much = template.functions.values().flat_map(|function| {
        let statements = function.statements.iter();
        let wide = statements.filter(|statement| {
            statement.actions.iter().any(|action| action.contains('*'))
                || statement.resources.iter().any(|arn| is_wide(arn))
        });
        wide.map(|statement| format!("{TEMPLATE}:{}: {}", statement.line, function.name)).collect::<Vec<_>>()
    });
    none_of("statements with a bare wildcard", too_much);
}

/// A wildcard may stand for what comes after a folder of a named bucket or of the parameters, for the connections of a named API,
/// and for nothing else.
fn is_wide(arn: &str) -> bool {
    let is_connections = arn.starts_with("arn:aws:execute-api:") && arn.ends_with("/@connections/*");
    let is_parameters = arn.split_once(":parameter/").is_some_and(|(_, path)| path.len() > 2);
    let is_folder = arn.starts_with("arn:aws:s3:::") || is_connections || is_parameters;
    let named = arn.strip_suffix("/*").filter(|_| is_folder).unwrap_or(arn);
    named.contains('*') || named.contains('?') || !arn.starts_with("arn:")
}

#[test]
fn every_function_writes_to_a_log_that_ends() {
    let (template, resources) = (template(), resources());
    let keeps_for_ever = |function: &&Function| {
        let text = &resources[&function.logical_id];
        let group = text.split("LogGroup: !Ref ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let log = group.and_then(|group| resources.get(group));
        !log.is_some_and(|log| log.contains("AWS::Logs::LogGroup") && log.contains("RetentionInDays: "))
    };
    let endless = template.functions.values().filter(keeps_for_ever);
    none_of("functions without log retention", endless.map(|function| function.name.clone()));
}

#[test]
fn state_that_cannot_be_made_again_outlives_the_stack() {
    for (name, text) in resources() {
        if text.contains("Type: AWS::DynamoDB::Table") {
            for guard in ["DeletionPolicy: Retain", "UpdateReplacePolicy: Retain", "PointInTimeRecoveryEnabled: true"] {
                assert!(text.contains(guard), "{name}: {guard}");
            }
        }
    }
}
