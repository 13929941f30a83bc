//! `POST /{version}/{template_id}` and its `unpause`: an edited template goes to review again.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Call;
use super::super::errors::GraphError;
use super::{body, bulk, rules, success};
use crate::clock;
use crate::core::Core;
use crate::review;
use crate::state::State;
use crate::state::reviews::{Act, DAY_MS};
use crate::state::templates::Template;
use crate::webhook::template_updates;

/// Edits of an approved template, and the days that they count in.
const LIMITS: [(usize, i64); 2] = [(1, 1), (10, 30)];

pub(super) fn edit(core: &Arc<Core>, call: &Call) -> Result<Value, GraphError> {
    let body = body(call)?;
    core.write(|state| {
        let found = state.templates.iter().find(|template| template.id == call.node).cloned();
        let before = found.ok_or_else(|| GraphError::unsupported(&call.method, &call.node))?;
        may_edit(core, state, &before)?;
        let after = edited(state, &before, &body)?;
        if before.status == "APPROVED" {
            state.course(&before.id).edits.push(clock::now_ms());
        }
        state.put_template(after.clone());
        if after.components != before.components {
            review::tell(core, state, &after.id, |form, one| template_updates::edited(&core.config, form, one));
        }
        review::submit(core, state, &after.id);
        Ok(success())
    })
}

fn edited(state: &State, before: &Template, body: &Value) -> Result<Template, GraphError> {
    let mut after = before.clone();
    let members =
        ["category", "components", "message_send_ttl_seconds", "parameter_format", "cta_url_link_tracking_opted_out"];
    if !members.iter().any(|name| body.get(*name).is_some()) {
        return Err(GraphError::parameter(
            "At least one of category, components and message_send_ttl_seconds is required.",
        ));
    }
    if let Some(word) = body.get("category").and_then(Value::as_str) {
        after.category = rules::category(word)?;
        if before.status == "APPROVED" && after.category != before.category {
            let message = "The category of an approved message template can't be changed.";
            return Err(GraphError::template(2_388_003, "Message template can't be edited", message));
        }
    }
    if body.get("parameter_format").is_some() {
        after.parameter_format = rules::parameter_format(body)?;
    }
    if let Some(components) = body.get("components") {
        after.components = rules::components(state, components, &after.category)?;
        if after.category == "AUTHENTICATION" {
            after.components = bulk::worded(&after.components, &after.language);
        }
    }
    let ttl = body.get("message_send_ttl_seconds").and_then(Value::as_i64);
    after.message_send_ttl_seconds = ttl.or(after.message_send_ttl_seconds);
    let opted_out = body.get("cta_url_link_tracking_opted_out").and_then(Value::as_bool);
    after.cta_url_link_tracking_opted_out = opted_out.or(after.cta_url_link_tracking_opted_out);
    Ok(after)
}

fn may_edit(core: &Core, state: &mut State, template: &Template) -> Result<(), GraphError> {
    let refuse = |message: String| Err(GraphError::template(2_388_003, "Message template can't be edited", message));
    if !["APPROVED", "REJECTED", "PAUSED"].contains(&template.status.as_str()) {
        return refuse(format!(
            "Only approved, rejected and paused templates can be edited. This one is {}.",
            template.status
        ));
    }
    if template.status != "APPROVED" {
        return Ok(());
    }
    let (now, speed) = (clock::now_ms(), i64::from(core.config.speed.max(1)));
    let edits = state.course(&template.id).edits.clone();
    for (most, days) in LIMITS {
        let recent = edits.iter().filter(|at| now - **at < days * DAY_MS / speed).count();
        if recent >= most {
            return refuse(format!("An approved template can be edited {most} time(s) in {days} day(s)."));
        }
    }
    Ok(())
}

pub(super) fn unpause(core: &Arc<Core>, call: &Call) -> Result<Value, GraphError> {
    core.write(|state| {
        let found = state.templates.iter().find(|template| template.id == call.node).map(|one| one.id.clone());
        let id = found.ok_or_else(|| GraphError::unsupported(&call.method, &call.node))?;
        Ok(match review::play(core, state, &id, Act::Unpause) {
            Ok(()) => success(),
            Err(reason) => json!({"success": false, "reason": reason}),
        })
    })
}
