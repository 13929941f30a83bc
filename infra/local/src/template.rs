//! Reads `infra/template.yaml`, so that the local stack is wired as the deployment is.
//!
//! Only what the stack acts on, or knows to mean nothing on one machine, is understood. Everything else is an error that names
//! the line, so that no property is ever ignored in silence. All the errors of a template are reported together.

mod bucket;
mod context;
mod document;
mod events;
mod fields;
mod function;
mod intrinsics;
mod live;
mod model;
mod parameters;
mod policies;
mod problems;
mod queue;
mod resources;
mod symbols;
mod table;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

pub use self::model::{
    AttributeType, Bucket, Function, Index, KeyAttribute, LiveApi, LogFormat, Projection, Queue, Redrive, Route,
    Schedule, SqsMapping, StartingPosition, StreamMapping, Table, Template,
};

/// What CloudFormation would know about the account that it deploys to.
#[derive(Clone, Debug)]
pub struct Resolver {
    pub region: String,
    /// The account's id, twelve digits.
    pub account: String,
    /// Base address of the AWS endpoint, without a slash at the end; queue addresses begin with it.
    pub aws_endpoint: String,
    /// Base address of the HTTP API, without a slash at the end.
    pub api_endpoint: String,
    /// Base address of the WebSocket API, without a slash at the end.
    pub live_endpoint: String,
}

/// Reads the template at `path`, with parameters set by `overrides` and otherwise by their defaults.
///
/// # Errors
/// One line `PATH:LINE: what is wrong and what is understood` per mistake in the template.
pub fn load(path: &Path, overrides: &BTreeMap<String, String>, env: &Resolver) -> anyhow::Result<Template> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    document::read(path, &text, overrides, env)
}
