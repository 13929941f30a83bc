//! A Lambda function: a crate of this workspace, its environment, its permissions and what starts it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::context::Context;
use super::events::{self, Events};
use super::fields::{Fields, Text};
use super::model::{Function, LogFormat, Template};
use super::symbols::{Kind, Symbol};
use super::tree::{Entry, Node, Value};
use super::{intrinsics, policies};

/// What Lambda sets itself and lets no template set.
const RESERVED: [&str; 8] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "_HANDLER",
];

/// Bytes that Lambda allows for all names and values together.
const ENVIRONMENT_LIMIT: usize = 4096;

/// Lays a function's properties over the global ones as SAM does: maps are merged, lists are joined, anything else replaces.
pub(super) fn with_globals(globals: &Node, own: Node) -> Node {
    let Node { line, value } = own;
    let value = match (&globals.value, value) {
        (Value::Map(global), Value::Map(own))
            if intrinsics::call(global).is_none() && intrinsics::call(&own).is_none() =>
        {
            let mut merged = global.clone();
            for Entry { key, line, node } in own {
                match merged.iter_mut().find(|entry| entry.key == key) {
                    Some(entry) => *entry = Entry { key, line, node: with_globals(&entry.node, node) },
                    None => merged.push(Entry { key, line, node }),
                }
            }
            Value::Map(merged)
        }
        (Value::List(global), Value::List(own)) => Value::List(global.iter().cloned().chain(own).collect()),
        (_, value) => value,
    };
    Node { line, value }
}

pub(super) fn read(
    context: &Context<'_>,
    template: &Template,
    logical_id: &str,
    symbol: &Symbol,
    mut fields: Fields<'_>,
) -> Option<Function> {
    fields.needs(&["CodeUri", "Handler", "Runtime"]);
    let name = fields.text("CodeUri").and_then(|uri| crate_name(context, &fields, &uri));
    fields.choice("Runtime", &[("provided.al2023", ())]);
    fields.choice("Handler", &[("bootstrap", ())]);
    fields.text("Description");
    // The local stack builds for the machine that it runs on.
    for architecture in fields.texts("Architectures") {
        fields.choose("Architectures", &architecture, &[("arm64", ()), ("x86_64", ())]);
    }
    let memory_mb = fields.number("MemorySize", 128..=10_240).unwrap_or(128);
    let timeout = Duration::from_secs(fields.number("Timeout", 1..=900).unwrap_or(3));
    let reserved_concurrency = fields.number("ReservedConcurrentExecutions", 0..=1000);
    let invoke = fields.fields("EventInvokeConfig");
    let async_retries = invoke.and_then(|mut invoke| invoke.number("MaximumRetryAttempts", 0..=2)).unwrap_or(2);
    let (log_group, log_format) = logging(context, &mut fields);
    let environment = environment(&mut fields);
    let statements = policies::read(&mut fields);
    let events = fields.entries("Events");
    let Events { routes, sqs, streams, schedules } = events::read(context, template, logical_id, timeout, events);

    Some(Function {
        logical_id: logical_id.to_owned(),
        name: name?,
        function_name: symbol.reference.clone(),
        arn: symbol.attribute("Arn")?.to_owned(),
        role_name: format!("{}Role", symbol.reference),
        timeout,
        memory_mb,
        environment,
        statements,
        routes,
        sqs,
        streams,
        schedules,
        reserved_concurrency,
        async_retries,
        log_group: log_group.unwrap_or_else(|| format!("/aws/lambda/{}", symbol.reference)),
        log_format,
    })
}

/// `../functions/NAME`, which must be a crate; crate, binary and folder have one name.
fn crate_name(context: &Context<'_>, fields: &Fields<'_>, Text { line, value }: &Text) -> Option<String> {
    let name = Path::new(value).file_name()?.to_str()?;
    if !context.folder.join(value).join("Cargo.toml").is_file() {
        fields.report(*line, format!("CodeUri {value} is not the folder of a crate"));
    }
    Some(name.to_owned())
}

fn logging(context: &Context<'_>, function: &mut Fields<'_>) -> (Option<String>, LogFormat) {
    let Some(mut fields) = function.fields("LoggingConfig") else { return (None, LogFormat::Text) };
    let format = fields.choice("LogFormat", &[("JSON", LogFormat::Json), ("Text", LogFormat::Text)]);
    // The local stack writes no platform logs.
    fields.choice("SystemLogLevel", &[("DEBUG", ()), ("INFO", ()), ("WARN", ())]);
    let group = fields.text("LogGroup");
    if let Some(Text { line, value }) = &group {
        let mut symbols = context.symbols.0.values();
        if !symbols.any(|symbol| symbol.kind == Kind::LogGroup && symbol.reference == *value) {
            fields.report(*line, format!("LogGroup {value} is not a log group of this template"));
        }
    }
    (group.map(|group| group.value), format.unwrap_or(LogFormat::Text))
}

fn environment(function: &mut Fields<'_>) -> BTreeMap<String, String> {
    let Some(mut fields) = function.fields("Environment") else { return BTreeMap::new() };
    let mut variables = BTreeMap::new();
    for (key, Text { line, value }) in fields.named_texts("Variables") {
        if RESERVED.contains(&key.as_str()) {
            fields.report(line, format!("Lambda sets {key} itself"));
        }
        let first_letter = key.starts_with(|character: char| character.is_ascii_alphabetic());
        let word = key.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
        if !(first_letter && word && key.len() > 1) {
            fields.report(line, format!("{key} cannot be the name of a variable in Lambda"));
        }
        variables.insert(key, value);
    }
    let size: usize = variables.iter().map(|(key, value)| key.len() + value.len()).sum();
    if size > ENVIRONMENT_LIMIT {
        fields.report(fields.line, format!("{size} bytes of variables; Lambda allows {ENVIRONMENT_LIMIT}"));
    }
    variables
}
