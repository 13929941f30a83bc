//! What a template says, in the terms of the local stack. Every reference is resolved and every default of AWS is filled in.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::iam::Statement;

/// A template whose references all lead somewhere. Maps are keyed by logical id.
#[derive(Clone, Debug, Default)]
pub struct Template {
    pub functions: BTreeMap<String, Function>,
    pub queues: BTreeMap<String, Queue>,
    pub tables: BTreeMap<String, Table>,
    pub buckets: BTreeMap<String, Bucket>,
    /// The WebSocket API, if there is one.
    pub live: Option<LiveApi>,
    /// The values in force, by parameter name.
    pub parameters: BTreeMap<String, String>,
    pub outputs: BTreeMap<String, String>,
}

impl Template {
    /// The queue that an ARN names.
    #[must_use]
    pub fn queue_by_arn(&self, arn: &str) -> Option<&Queue> {
        self.queues.values().find(|queue| queue.arn == arn)
    }
}

#[derive(Clone, Debug)]
pub struct Function {
    pub logical_id: String,
    /// Name of its crate and of its binary, from `CodeUri`.
    pub name: String,
    /// Name that Lambda knows it by: `AWS_LAMBDA_FUNCTION_NAME`.
    pub function_name: String,
    pub arn: String,
    /// Name of its execution role, as access denials spell it.
    pub role_name: String,
    pub timeout: Duration,
    pub memory_mb: u32,
    pub environment: BTreeMap<String, String>,
    /// What its role allows; what SAM adds for event sources is not in it, because the stack polls on its own behalf.
    pub statements: Vec<Statement>,
    pub routes: Vec<Route>,
    pub sqs: Vec<SqsMapping>,
    pub streams: Vec<StreamMapping>,
    pub schedules: Vec<Schedule>,
    pub reserved_concurrency: Option<u32>,
    /// How often Lambda repeats a failed asynchronous invocation: one by a schedule.
    pub async_retries: u32,
    pub log_group: String,
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// A route of the HTTP API, always with payload format 2.0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// In capitals; `ANY` stands for all of them.
    pub method: String,
    /// `/v1/{proxy+}`: a segment in braces is a variable, one with a plus sign takes the rest of the path.
    pub path: String,
}

/// A WebSocket API: what is opened, closed and sent to it goes to functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveApi {
    pub id: String,
    /// Name of its one stage, which is the path of its address.
    pub stage: String,
    /// Logical ids of functions by route keys: `$connect`, `$disconnect`, `$default`.
    pub routes: BTreeMap<String, String>,
}

/// Lambda polls a queue.
#[derive(Clone, Debug)]
pub struct SqsMapping {
    /// Key of the event in the template.
    pub name: String,
    pub queue_arn: String,
    pub batch_size: u32,
    /// How long a batch may be gathered before it is handed over.
    pub window: Duration,
    pub report_batch_item_failures: bool,
    pub enabled: bool,
    pub maximum_concurrency: Option<u32>,
}

/// Lambda reads a table's stream.
#[derive(Clone, Debug)]
pub struct StreamMapping {
    /// Key of the event in the template.
    pub name: String,
    /// Logical id of the table.
    pub table: String,
    pub stream_arn: String,
    pub batch_size: u32,
    /// How long a batch may be gathered before it is handed over.
    pub window: Duration,
    pub starting_position: StartingPosition,
    pub bisect: bool,
    pub report_batch_item_failures: bool,
    pub enabled: bool,
    /// `None`: until the record expires.
    pub max_retries: Option<u32>,
    /// `None`: as long as the stream keeps it.
    pub max_record_age: Option<Duration>,
    /// ARN of the queue that is told of records given up on.
    pub on_failure: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartingPosition {
    TrimHorizon,
    Latest,
}

#[derive(Clone, Debug)]
pub struct Schedule {
    /// Name of the EventBridge rule.
    pub name: String,
    pub arn: String,
    pub every: Duration,
    /// What the function receives in place of EventBridge's own event.
    pub input: Option<String>,
    pub enabled: bool,
}

#[derive(Clone, Debug)]
pub struct Queue {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    pub url: String,
    pub fifo: bool,
    pub visibility: Duration,
    pub delay: Duration,
    pub retention: Duration,
    /// Default wait of a receive call that names none.
    pub receive_wait: Duration,
    /// Largest message in bytes.
    pub maximum_message_size: u32,
    pub content_based_dedup: bool,
    /// Duplicates are looked for within the message group only, not in the whole queue.
    pub dedup_per_group: bool,
    pub redrive: Option<Redrive>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    pub target_arn: String,
    pub max_receive_count: u32,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    pub partition_key: KeyAttribute,
    pub sort_key: Option<KeyAttribute>,
    pub indexes: Vec<Index>,
    /// `StreamViewType` of the table's stream, if it has one.
    pub stream_view: Option<String>,
    pub ttl_attribute: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute {
    pub name: String,
    pub kind: AttributeType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    String,
    Number,
    Binary,
}

/// A global secondary index.
#[derive(Clone, Debug)]
pub struct Index {
    pub name: String,
    pub arn: String,
    pub partition_key: KeyAttribute,
    pub sort_key: Option<KeyAttribute>,
    pub projection: Projection,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    All,
    KeysOnly,
    Include(Vec<String>),
}

#[derive(Clone, Debug)]
pub struct Bucket {
    pub logical_id: String,
    pub name: String,
    pub arn: String,
    /// Age at which the lifecycle rule removes an object.
    pub expire_after: Option<Duration>,
}
