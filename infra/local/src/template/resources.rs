//! The resources of a template: first what each is and how others refer to it, then its properties.

use super::context::Context;
use super::fields::Fields;
use super::model::Template;
use super::symbols::{KINDS, Kind, Symbol, Traits};
use super::tree::{Entry, Node, Value};
use super::{bucket, function, live, queue, table};

/// A resource whose type is understood and whose properties are still as written.
pub(super) struct Declared {
    logical_id: String,
    kind: Kind,
    properties: Node,
}

/// Reads everything but the properties, and makes the resources known to the context.
pub(super) fn declare(context: &mut Context<'_>, entries: Vec<Entry>) -> Vec<Declared> {
    let declared: Vec<Declared> = entries.into_iter().filter_map(|entry| resource(context, entry)).collect();
    for Declared { logical_id, kind, properties } in &declared {
        let traits = Traits {
            fifo: says_true(context, properties, "FifoQueue"),
            stream: has(properties, "StreamSpecification"),
        };
        let symbol = Symbol::new(*kind, logical_id, traits, context.env);
        context.symbols.0.insert(logical_id.clone(), symbol);
    }
    declared
}

fn resource(context: &Context<'_>, Entry { key, line, node }: Entry) -> Option<Declared> {
    if !key.chars().all(|character| character.is_ascii_alphanumeric()) {
        context.problems.report(line, format!("{key}: a logical id has letters and digits only"));
    }
    if context.parameters.contains_key(&key) {
        context.problems.report(line, format!("{key} is also the name of a parameter"));
    }
    let mut fields = Fields::new(context.problems, key.clone(), node);
    fields.needs(&["Type"]);
    let kind = fields.choice("Type", &KINDS);
    let policies = [("Delete", ()), ("Retain", ())];
    // What becomes of a resource when the stack is deleted: the local stack keeps or drops all of its data at once.
    fields.choice("DeletionPolicy", &policies);
    fields.choice("UpdateReplacePolicy", &policies);
    if kind == Some(Kind::Function) {
        fields.needs(&["Metadata"]);
        if let Some(mut metadata) = fields.fields("Metadata") {
            metadata.needs(&["BuildMethod"]);
            metadata.choice("BuildMethod", &[("rust-cargolambda", ())]);
        }
    }
    let empty = Node { line, value: Value::Map(Vec::new()) };
    let properties = fields.take("Properties").unwrap_or(empty);
    Some(Declared { logical_id: key, kind: kind?, properties })
}

fn property<'n>(properties: &'n Node, name: &str) -> Option<&'n Node> {
    let Value::Map(entries) = &properties.value else { return None };
    entries.iter().find(|entry| entry.key == name).map(|entry| &entry.node)
}

fn has(properties: &Node, name: &str) -> bool {
    property(properties, name).is_some()
}

fn says_true(context: &Context<'_>, properties: &Node, name: &str) -> bool {
    let node = property(properties, name).and_then(|node| context.resolve(node));
    matches!(node, Some(Node { value: Value::Scalar(text), .. }) if text == "true")
}

/// Reads the properties. Functions come last: what they consume is held against the queues and tables.
pub(super) fn read(context: &Context<'_>, declared: Vec<Declared>, globals: Option<&Node>, template: &mut Template) {
    let (functions, others): (Vec<_>, Vec<_>) = declared.into_iter().partition(|one| one.kind == Kind::Function);
    let mut parts = live::Parts::default();
    for Declared { logical_id, kind, properties } in others.into_iter().chain(functions) {
        let Some(symbol) = context.symbols.get(&logical_id) else { continue };
        let properties = match (kind, globals) {
            (Kind::Function, Some(globals)) => function::with_globals(globals, properties),
            _ => properties,
        };
        let Some(properties) = context.resolve(&properties) else { continue };
        let fields = Fields::new(context.problems, logical_id.clone(), properties);
        match kind {
            Kind::Alarm => alarm(fields),
            Kind::Bucket => template.buckets.extend([(logical_id.clone(), bucket::read(logical_id, symbol, fields))]),
            Kind::Function => {
                let function = function::read(context, template, &logical_id, symbol, fields);
                template.functions.extend(function.map(|function| (logical_id, function)));
            }
            Kind::HttpApi => http_api(fields),
            Kind::LivePart(part) => parts.add(part, symbol, fields),
            Kind::LogGroup => log_group(fields),
            Kind::Queue => template
                .queues
                .extend(queue::read(context, &logical_id, symbol, fields).map(|queue| (logical_id, queue))),
            Kind::Table => {
                template.tables.extend(table::read(&logical_id, symbol, fields).map(|table| (logical_id, table)))
            }
        }
    }
    template.live = parts.assemble(context);
}

/// Its routes are written at the functions that serve them.
fn http_api(mut fields: Fields<'_>) {
    fields.text("Description");
}

/// Nothing watches metrics here, but an alarm must watch a queue that exists, which resolving it has shown.
fn alarm(mut fields: Fields<'_>) {
    fields.needs(&[
        "Namespace",
        "MetricName",
        "ComparisonOperator",
        "EvaluationPeriods",
        "Period",
        "Statistic",
        "Threshold",
    ]);
    fields.text("AlarmDescription");
    fields.choice("Namespace", &[("AWS/SQS", ())]);
    fields.choice("MetricName", &[("ApproximateNumberOfMessagesVisible", ())]);
    for mut dimension in fields.items("Dimensions") {
        dimension.needs(&["Name", "Value"]);
        dimension.choice("Name", &[("QueueName", ())]);
        dimension.text("Value");
    }
    fields.choice("Statistic", &[("Maximum", ())]);
    fields.number("Period", 60..=86_400_u32);
    fields.number("EvaluationPeriods", 1..=1440_u32);
    fields.number("Threshold", 0..=u32::MAX);
    fields.choice("ComparisonOperator", &[("GreaterThanThreshold", ())]);
    fields.choice("TreatMissingData", &[("notBreaching", ())]);
    fields.texts("AlarmActions");
}

/// The local stack keeps no logs.
fn log_group(mut fields: Fields<'_>) {
    fields.number("RetentionInDays", 1..=3653_u32);
}
