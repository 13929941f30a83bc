//! What a reference may lead to: the parameters, the conditions, the resources, and the pseudo parameters of AWS.

use std::collections::BTreeMap;
use std::path::Path;

use super::Resolver;
use super::problems::Problems;
use super::symbols::Symbols;

pub(super) struct Context<'a> {
    pub(super) problems: &'a Problems,
    pub(super) env: &'a Resolver,
    /// The template's folder: `CodeUri` is relative to it.
    pub(super) folder: &'a Path,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) conditions: BTreeMap<String, bool>,
    pub(super) symbols: Symbols,
}

/// The stack's name, with which the names of its resources begin.
pub(super) const STACK: &str = "casement";

impl Context<'_> {
    /// The value of `AWS::…`, except `AWS::NoValue`, which is none.
    pub(super) fn pseudo_parameter(&self, name: &str) -> Option<&str> {
        match name {
            "AWS::AccountId" => Some(&self.env.account),
            "AWS::Partition" => Some("aws"),
            "AWS::Region" => Some(&self.env.region),
            "AWS::StackName" => Some(STACK),
            "AWS::URLSuffix" => Some("amazonaws.com"),
            _ => None,
        }
    }
}
