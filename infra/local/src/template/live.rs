//! The parts of a WebSocket API, and what they come to: which function is told what. What AWS would refuse, or would only refuse
//! when somebody connects, is refused.

use std::collections::BTreeMap;

use super::context::Context;
use super::fields::{Fields, Text};
use super::model::LiveApi;
use super::symbols::{Kind, Part, Symbol};

const ROUTES: [(&str, &str); 3] = [("$connect", "$connect"), ("$default", "$default"), ("$disconnect", "$disconnect")];

/// What was read, before it is known whether it fits together.
#[derive(Default)]
pub(super) struct Parts {
    /// References of the APIs, each with its line.
    apis: Vec<(usize, String)>,
    /// By the integration's reference: its line, and the ARN of the function that it names.
    integrations: BTreeMap<String, (usize, Option<String>)>,
    /// Route key, and the target with its line.
    routes: Vec<(&'static str, Option<Text>)>,
    stages: Vec<(usize, String)>,
    /// What a permission is for, and whose calls it lets in.
    permissions: Vec<(String, String)>,
    /// The API that each part names.
    owners: Vec<Text>,
}

impl Parts {
    pub(super) fn add(&mut self, part: Part, symbol: &Symbol, mut fields: Fields<'_>) {
        match part {
            Part::Api => {
                fields.needs(&["Name", "ProtocolType", "RouteSelectionExpression"]);
                fields.text("Name");
                fields.text("Description");
                fields.choice("ProtocolType", &[("WEBSOCKET", ())]);
                fields.choice("RouteSelectionExpression", &[("$request.body.action", ())]);
                self.apis.push((fields.line, symbol.reference.clone()));
            }
            Part::Integration => {
                fields.needs(&["ApiId", "IntegrationType", "IntegrationUri"]);
                self.owners.extend(fields.text("ApiId"));
                fields.choice("IntegrationType", &[("AWS_PROXY", ())]);
                let uri = fields.text("IntegrationUri").and_then(|uri| function_arn(&fields, &uri));
                self.integrations.insert(symbol.reference.clone(), (fields.line, uri));
            }
            Part::Route => {
                fields.needs(&["ApiId", "RouteKey", "Target"]);
                self.owners.extend(fields.text("ApiId"));
                fields.choice("AuthorizationType", &[("NONE", ())]);
                let key = fields.choice("RouteKey", &ROUTES);
                let target = fields.text("Target");
                self.routes.extend(key.map(|key| (key, target)));
            }
            Part::Stage => {
                fields.needs(&["ApiId", "StageName", "AutoDeploy"]);
                self.owners.extend(fields.text("ApiId"));
                // Without it a deployment of its own would be needed after each change.
                fields.choice("AutoDeploy", &[("true", ())]);
                let line = fields.line;
                self.stages.extend(fields.text("StageName").map(|name| (line, name.value)));
            }
            Part::Permission => {
                fields.needs(&["Action", "FunctionName", "Principal", "SourceArn"]);
                fields.choice("Action", &[("lambda:InvokeFunction", ())]);
                fields.choice("Principal", &[("apigateway.amazonaws.com", ())]);
                let (function, source) = (fields.text("FunctionName"), fields.text("SourceArn"));
                self.permissions.extend(function.zip(source).map(|(function, source)| (function.value, source.value)));
            }
        }
    }

    /// The API that the parts make; `None` where there are none, or where they do not fit, which is reported.
    pub(super) fn assemble(self, context: &Context<'_>) -> Option<LiveApi> {
        let report = |line: usize, message: String| context.problems.report(line, message);
        let mut apis = self.apis.iter();
        let (line, id) = apis.next()?;
        if let Some((line, _)) = apis.next() {
            report(*line, "one WebSocket API is understood, and this is another".to_owned());
        }
        for Text { line, value } in self.owners.iter().filter(|owner| owner.value != *id) {
            report(*line, format!("ApiId {value} is not the WebSocket API of this template"));
        }
        let [(_, stage)] = self.stages.as_slice() else {
            report(*line, format!("a WebSocket API needs one stage; there are {}", self.stages.len()));
            return None;
        };
        let mut routes = BTreeMap::new();
        for (key, target) in &self.routes {
            let Some(Text { line, value }) = target else { continue };
            let integration = value.strip_prefix("integrations/").and_then(|name| self.integrations.get(name));
            let Some((_, arn)) = integration else {
                report(*line, format!("Target {value} is not integrations/ and an integration of this template"));
                continue;
            };
            let function = arn.as_ref().and_then(|arn| context.symbols.find(Kind::Function, "Arn", arn));
            routes.extend(function.map(|function| ((*key).to_owned(), function.to_owned())));
        }
        for (key, _) in ROUTES.iter().filter(|(key, _)| !self.routes.iter().any(|(given, _)| given == key)) {
            report(*line, format!("the WebSocket API has no route {key}"));
        }
        self.check_permissions(context, id, stage);
        Some(LiveApi { id: id.clone(), stage: stage.clone(), routes })
    }

    /// API Gateway may call a function only if the function lets it.
    fn check_permissions(&self, context: &Context<'_>, id: &str, stage: &str) {
        let source = format!("arn:aws:execute-api:{}:{}:{id}/{stage}/*", context.env.region, context.env.account);
        for (line, arn) in self.integrations.values() {
            let Some(arn) = arn else { continue };
            let function = context.symbols.find(Kind::Function, "Arn", arn);
            let Some(symbol) = function.and_then(|function| context.symbols.get(function)) else {
                context
                    .problems
                    .report(*line, format!("IntegrationUri names {arn}, which is no function of this template"));
                continue;
            };
            let is_let = |(function, from): &(String, String)| *function == symbol.reference && *from == source;
            if !self.permissions.iter().any(is_let) {
                let message = format!("no AWS::Lambda::Permission lets {source} call {}", symbol.reference);
                context.problems.report(*line, message);
            }
        }
    }
}

/// The function in `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
fn function_arn(fields: &Fields<'_>, Text { line, value }: &Text) -> Option<String> {
    let rest = value.split_once(":lambda:path/2015-03-31/functions/").filter(|(head, _)| head.contains(":apigateway:"));
    let arn = rest.and_then(|(_, rest)| rest.strip_suffix("/invocations")).map(str::to_owned);
    if arn.is_none() {
        fields.report(*line, format!("IntegrationUri {value} is not the invocation of a function"));
    }
    arn
}
