//! The sections of a template, in the order in which each needs the ones before it.

use std::collections::BTreeMap;
use std::path::Path;

use super::Resolver;
use super::context::Context;
use super::fields::Fields;
use super::model::Template;
use super::problems::Problems;
use super::symbols::Symbols;
use super::tree::{self, Entry};
use super::{parameters, resources};

pub(super) fn read(
    path: &Path,
    text: &str,
    overrides: &BTreeMap<String, String>,
    env: &Resolver,
) -> anyhow::Result<Template> {
    let problems = Problems::default();
    let template = sections(path, text, overrides, env, &problems);
    problems.settle(path, template)
}

fn sections(
    path: &Path,
    text: &str,
    overrides: &BTreeMap<String, String>,
    env: &Resolver,
    problems: &Problems,
) -> Template {
    let Some(root) = tree::parse(text, problems) else { return Template::default() };
    let mut fields = Fields::new(problems, "the template", root);
    fields.needs(&["Transform", "Resources"]);
    fields.choice("AWSTemplateFormatVersion", &[("2010-09-09", ())]);
    fields.choice("Transform", &[("AWS::Serverless-2016-10-31", ())]);
    fields.text("Description");

    let parameters = parameters::read(problems, fields.entries("Parameters"), fields.line, overrides);
    let mut context = Context {
        problems,
        env,
        folder: path.parent().unwrap_or(Path::new("")),
        parameters,
        conditions: BTreeMap::new(),
        symbols: Symbols::default(),
    };
    let conditions = fields.entries("Conditions");
    context.conditions =
        conditions.into_iter().map(|Entry { key, node, .. }| (key, context.condition(&node))).collect();

    let globals = fields.fields("Globals").and_then(|mut globals| globals.take("Function"));
    let declared = resources::declare(&mut context, fields.entries("Resources"));
    let mut template = Template { parameters: context.parameters.clone(), ..Template::default() };
    resources::read(&context, declared, globals.as_ref(), &mut template);
    template.outputs = outputs(&context, fields.entries("Outputs"));
    template
}

fn outputs(context: &Context<'_>, entries: Vec<Entry>) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    for Entry { key, node, .. } in entries {
        let Some(node) = context.resolve(&node) else { continue };
        let mut fields = Fields::new(context.problems, key.clone(), node);
        fields.needs(&["Value"]);
        fields.text("Description");
        if let Some(value) = fields.text("Value") {
            outputs.insert(key, value.value);
        }
    }
    outputs
}
