//! What starts a function: routes of the HTTP API, queues, streams and schedules. Combinations that AWS refuses are refused.

use std::time::Duration;

use super::context::{Context, STACK};
use super::fields::{Fields, Text};
use super::model::{Route, Schedule, SqsMapping, StartingPosition, StreamMapping, Template};
use super::symbols::Kind;
use super::tree::Entry;

#[derive(Default)]
pub(super) struct Events {
    pub(super) routes: Vec<Route>,
    pub(super) sqs: Vec<SqsMapping>,
    pub(super) streams: Vec<StreamMapping>,
    pub(super) schedules: Vec<Schedule>,
}

#[derive(Clone, Copy)]
enum Source {
    DynamoDb,
    HttpApi,
    Schedule,
    Sqs,
}

const SOURCES: [(&str, Source); 4] = [
    ("DynamoDB", Source::DynamoDb),
    ("HttpApi", Source::HttpApi),
    ("SQS", Source::Sqs),
    ("Schedule", Source::Schedule),
];

const METHODS: [(&str, &str); 8] = [
    ("ANY", "ANY"),
    ("DELETE", "DELETE"),
    ("GET", "GET"),
    ("HEAD", "HEAD"),
    ("OPTIONS", "OPTIONS"),
    ("PATCH", "PATCH"),
    ("POST", "POST"),
    ("PUT", "PUT"),
];

pub(super) fn read(
    context: &Context<'_>,
    template: &Template,
    function: &str,
    timeout: Duration,
    entries: Vec<Entry>,
) -> Events {
    let mut events = Events::default();
    for Entry { key, node, .. } in entries {
        let mut event = Fields::new(context.problems, format!("{function}.{key}"), node);
        event.needs(&["Type", "Properties"]);
        let source = event.choice("Type", &SOURCES);
        let properties = event.take("Properties");
        let (Some(source), Some(properties)) = (source, properties) else { continue };
        let fields = Fields::new(context.problems, event.what.clone(), properties);
        match source {
            Source::DynamoDb => events.streams.extend(stream(context, key, fields)),
            Source::HttpApi => {
                let route = route(context, fields, |route| {
                    let others = template.functions.values().flat_map(|function| &function.routes);
                    others.chain(&events.routes).any(|other| other == route)
                });
                events.routes.extend(route);
            }
            Source::Schedule => events.schedules.extend(schedule(context, &format!("{function}{key}"), fields)),
            Source::Sqs => events.sqs.extend(sqs(template, timeout, key, fields)),
        }
    }
    events
}

fn route(context: &Context<'_>, mut fields: Fields<'_>, taken: impl Fn(&Route) -> bool) -> Option<Route> {
    // SAM would make an API of its own for a route without ApiId.
    fields.needs(&["ApiId", "Method", "Path"]);
    fields.choice("PayloadFormatVersion", &[("2.0", ())]);
    let api = fields.text("ApiId");
    let method = fields.text("Method");
    let path = fields.text("Path");
    if let Some(Text { line, value }) = api {
        let mut symbols = context.symbols.0.values();
        if !symbols.any(|symbol| symbol.kind == Kind::HttpApi && symbol.reference == value) {
            fields.report(line, format!("ApiId {value} is not an HTTP API of this template"));
        }
    }
    let Text { line, value: path } = path?;
    if !well_formed(&path) {
        fields.report(line, format!("Path {path}; understood: /a/{{name}}/b, and {{name+}} at the end"));
    }
    let method = method?;
    let route = Route { method: fields.choose("Method", &method, &METHODS)?.to_owned(), path };
    if taken(&route) {
        fields.report(method.line, format!("{} {} is routed already", route.method, route.path));
    }
    Some(route)
}

/// Segments are literal or one variable in braces; only the last may be greedy.
fn well_formed(path: &str) -> bool {
    let Some(path) = path.strip_prefix('/') else { return false };
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let variable = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let greedy = variable.is_some_and(|name| name.ends_with('+'));
        if (greedy && segments.peek().is_some()) || variable.unwrap_or(segment).contains(['{', '}']) {
            return false;
        }
    }
    true
}

fn sqs(template: &Template, timeout: Duration, name: String, mut fields: Fields<'_>) -> Option<SqsMapping> {
    fields.needs(&["Queue"]);
    let queue_arn = fields.text("Queue");
    let batch_size = fields.number("BatchSize", 1..=10_000).unwrap_or(10);
    let window = Duration::from_secs(fields.number("MaximumBatchingWindowInSeconds", 0..=300).unwrap_or(0));
    let report_batch_item_failures = reports_failures(&mut fields);
    let enabled = fields.boolean("Enabled").unwrap_or(true);
    let scaling = fields.fields("ScalingConfig");
    let maximum_concurrency = scaling.and_then(|mut scaling| scaling.number("MaximumConcurrency", 2..=1000));

    let Text { line, value: queue_arn } = queue_arn?;
    let Some(queue) = template.queue_by_arn(&queue_arn) else {
        fields.report(line, format!("Queue {queue_arn} is not a queue of this template"));
        return None;
    };
    if queue.visibility < timeout {
        let (visibility, timeout) = (queue.visibility.as_secs(), timeout.as_secs());
        fields.report(
            line,
            format!("the queue's visibility timeout of {visibility} s is below the function's timeout of {timeout} s"),
        );
    }
    if queue.fifo && (batch_size > 10 || !window.is_zero()) {
        fields.report(line, "a FIFO queue is read in batches of up to 10 and without a batching window");
    } else if batch_size > 10 && window.is_zero() {
        fields.report(line, "a BatchSize above 10 needs MaximumBatchingWindowInSeconds");
    }
    Some(SqsMapping { name, queue_arn, batch_size, window, report_batch_item_failures, enabled, maximum_concurrency })
}

fn stream(context: &Context<'_>, name: String, mut fields: Fields<'_>) -> Option<StreamMapping> {
    fields.needs(&["Stream", "StartingPosition"]);
    let stream = fields.text("Stream");
    let positions = [("TRIM_HORIZON", StartingPosition::TrimHorizon), ("LATEST", StartingPosition::Latest)];
    let starting_position = fields.choice("StartingPosition", &positions);
    let batch_size = fields.number("BatchSize", 1..=10_000).unwrap_or(100);
    let window = Duration::from_secs(fields.number("MaximumBatchingWindowInSeconds", 0..=300).unwrap_or(0));
    let bisect = fields.boolean("BisectBatchOnFunctionError").unwrap_or(false);
    let report_batch_item_failures = reports_failures(&mut fields);
    let enabled = fields.boolean("Enabled").unwrap_or(true);
    let max_retries =
        fields.number("MaximumRetryAttempts", -1..=10_000).and_then(|retries: i32| u32::try_from(retries).ok());
    let max_record_age = fields.number("MaximumRecordAgeInSeconds", -1..=604_800);
    if max_record_age.is_some_and(|seconds: i64| (0..60).contains(&seconds)) {
        fields.report(fields.line, "MaximumRecordAgeInSeconds is -1 or at least 60");
    }
    let max_record_age = max_record_age.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    let destination = fields.fields("DestinationConfig").and_then(|mut config| config.fields("OnFailure"));
    let on_failure = destination.and_then(|destination| on_failure(context, destination));

    let Text { line, value: stream_arn } = stream?;
    let Some(table) = context.symbols.find(Kind::Table, "StreamArn", &stream_arn) else {
        fields.report(line, format!("Stream {stream_arn} is not the stream of a table of this template"));
        return None;
    };
    Some(StreamMapping {
        name,
        table: table.to_owned(),
        stream_arn,
        batch_size,
        window,
        starting_position: starting_position?,
        bisect,
        report_batch_item_failures,
        enabled,
        max_retries,
        max_record_age,
        on_failure,
    })
}

fn on_failure(context: &Context<'_>, mut fields: Fields<'_>) -> Option<String> {
    fields.needs(&["Type", "Destination"]);
    fields.choice("Type", &[("SQS", ())]);
    let Text { line, value: arn } = fields.text("Destination")?;
    let queue = context.symbols.find(Kind::Queue, "Arn", &arn);
    if queue.is_none() || arn.ends_with(".fifo") {
        fields.report(line, format!("Destination {arn} is not a standard queue of this template"));
    }
    Some(arn)
}

fn reports_failures(fields: &mut Fields<'_>) -> bool {
    let types = fields.texts("FunctionResponseTypes");
    for response in &types {
        fields.choose("FunctionResponseTypes", response, &[("ReportBatchItemFailures", ())]);
    }
    !types.is_empty()
}

fn schedule(context: &Context<'_>, id: &str, mut fields: Fields<'_>) -> Option<Schedule> {
    fields.needs(&["Schedule"]);
    fields.text("Description");
    let expression = fields.text("Schedule");
    let input = fields.text("Input").map(|input| input.value);
    let enabled = fields.boolean("Enabled").unwrap_or(true);
    let Text { line, value } = expression?;
    let Some(every) = rate(&value) else {
        fields.report(line, format!("Schedule {value}; understood: rate(1 minute), rate(5 minutes), … hours, … days"));
        return None;
    };
    let name = format!("{STACK}-{id}");
    let arn = format!("arn:aws:events:{}:{}:rule/{name}", context.env.region, context.env.account);
    Some(Schedule { name, arn, every, input, enabled })
}

/// `rate(N unit)`; EventBridge wants the singular after 1 and the plural after anything else.
fn rate(expression: &str) -> Option<Duration> {
    let (number, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    let seconds = match (unit.strip_suffix('s'), number) {
        (None, 1) => unit_seconds(unit)?,
        (Some(singular), 2..) => unit_seconds(singular)?,
        _ => return None,
    };
    Duration::from_secs(seconds).checked_mul(number)
}

fn unit_seconds(unit: &str) -> Option<u64> {
    match unit {
        "minute" => Some(60),
        "hour" => Some(3_600),
        "day" => Some(86_400),
        _ => None,
    }
}
