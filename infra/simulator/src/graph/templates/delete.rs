//! `DELETE /{version}/{waba_id}/message_templates`: all languages of a name, one of them, or several by id.

use std::sync::Arc;

use serde_json::Value;

use super::super::Call;
use super::super::errors::GraphError;
use super::{of_account, success};
use crate::core::Core;
use crate::review;
use crate::state::templates::Template;

/// How many ids one call may name.
const IDS_MAX: usize = 100;

pub(super) fn delete(core: &Arc<Core>, call: &Call) -> Result<Value, GraphError> {
    of_account(core, call)?;
    let (name, id) = (call.parameter("name"), call.parameter("hsm_id"));
    let ids = call.parameter("hsm_ids").map(several).transpose()?;
    core.write(|state| {
        let is_meant = |template: &&Template| match (&ids, name, id) {
            (Some(ids), _, _) => ids.contains(&template.id),
            (None, Some(name), Some(id)) => template.name == name && template.id == id,
            (None, Some(name), None) => template.name == name,
            (None, None, _) => false,
        };
        let meant: Vec<Template> = state.templates.iter().filter(is_meant).cloned().collect();
        if ids.is_none() && name.is_none() {
            return Err(GraphError::parameter("The parameter name is required."));
        }
        if meant.is_empty() || ids.as_ref().is_some_and(|ids| ids.len() != meant.len()) {
            let message = "The message template you want to delete doesn't exist.";
            return Err(GraphError::template(2_593_002, "Message template not found", message));
        }
        let is_one = ids.is_some() || id.is_some();
        for template in &meant {
            review::delete(core, state, &template.id, is_one.then_some(template.language.as_str()));
        }
        Ok(success())
    })
}

/// Ids as a JSON list or between commas.
fn several(given: &str) -> Result<Vec<String>, GraphError> {
    let listed: Option<Vec<Value>> = serde_json::from_str(given).ok();
    let mut ids: Vec<String> = match listed {
        Some(ids) => ids.iter().map(|id| id.to_string().trim_matches('"').to_owned()).collect(),
        None => given.split(',').map(|id| id.trim().to_owned()).collect(),
    };
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > IDS_MAX {
        return Err(GraphError::parameter(format!("Param hsm_ids must name 1 to {IDS_MAX} templates.")));
    }
    Ok(ids)
}
