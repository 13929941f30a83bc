//! A function's inline policies. Whatever would change their meaning and is not enforced here, such as a condition, is refused.

use super::fields::{Fields, Text};
use crate::iam::{Effect, Statement};

/// Services whose calls reach the local AWS endpoint, where the statements are enforced.
const SERVICES: [&str; 6] = ["dynamodb", "execute-api", "s3", "ses", "sqs", "ssm"];

pub(super) fn read(function: &mut Fields<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    for mut policy in function.items("Policies") {
        policy.needs(&["Version", "Statement"]);
        policy.choice("Version", &[("2012-10-17", ())]);
        statements.extend(policy.items("Statement").into_iter().filter_map(statement));
    }
    statements
}

fn statement(mut fields: Fields<'_>) -> Option<Statement> {
    fields.needs(&["Effect", "Action", "Resource"]);
    fields.text("Sid");
    let effect = fields.choice("Effect", &[("Allow", Effect::Allow), ("Deny", Effect::Deny)]);
    let actions = fields.texts("Action");
    let resources = fields.texts("Resource");
    for Text { line, value } in &actions {
        let known =
            value.split_once(':').is_some_and(|(service, name)| SERVICES.contains(&service) && !name.is_empty());
        if !known {
            let services = SERVICES.join(", ");
            fields.report(*line, format!("Action {value} is not understood; understood: service:Name of {services}"));
        }
    }
    for Text { line, value } in &resources {
        if value != "*" && value.splitn(6, ':').count() < 6 {
            fields.report(*line, format!("Resource {value} is not an ARN"));
        }
    }
    let values = |texts: Vec<Text>| texts.into_iter().map(|text| text.value).collect();
    Some(Statement { effect: effect?, actions: values(actions), resources: values(resources), line: fields.line })
}
