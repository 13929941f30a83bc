//! `POST /{version}/{waba_id}/message_templates`: what Meta refuses at once, and the review of the rest.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Call;
use super::super::errors::GraphError;
use super::{body, bulk, library, of_account, rules};
use crate::core::Core;
use crate::review;
use crate::state::State;
use crate::state::templates::Template;

pub(super) fn create(core: &Arc<Core>, call: &Call) -> Result<Value, GraphError> {
    of_account(core, call)?;
    let body = body(call)?;
    let name = rules::name(&body)?;
    let language = rules::language(&rules::text(&body, "language")?)?;
    let category = rules::category(&rules::text(&body, "category")?)?;
    core.write(|state| {
        admit_name(state, &name, &language)?;
        let mut template = Template {
            parameter_format: rules::parameter_format(&body)?,
            status: "PENDING".into(),
            message_send_ttl_seconds: body.get("message_send_ttl_seconds").and_then(Value::as_i64),
            cta_url_link_tracking_opted_out: body.get("cta_url_link_tracking_opted_out").and_then(Value::as_bool),
            sub_category: body.get("sub_category").and_then(Value::as_str).map(str::to_owned),
            ..Template::text(&name, &language, &category, "")
        };
        if let Some(from) = body.get("library_template_name").and_then(Value::as_str) {
            template.components = library::components(from, &language, body.get("library_template_button_inputs"))?;
            template.library_template_name = Some(from.to_owned());
            let id = state.put_template(template).1.id;
            let act = crate::state::reviews::Act::Approve { category: None };
            review::play(core, state, &id, act).map_err(GraphError::parameter)?;
            return Ok(answer(state, &id));
        }
        let given =
            body.get("components").ok_or_else(|| GraphError::parameter("The parameter components is required."))?;
        template.components = rules::components(state, given, &category)?;
        if category == "AUTHENTICATION" {
            template.components = bulk::worded(&template.components, &language);
        }
        let id = state.put_template(template).1.id;
        review::submit(core, state, &id);
        Ok(answer(state, &id))
    })
}

fn answer(state: &State, id: &str) -> Value {
    let template = state.templates.iter().find(|template| template.id == id);
    let told = |member: fn(&Template) -> &str| template.map_or_else(String::new, |one| member(one).to_owned());
    json!({"id": id, "status": told(|one| &one.status), "category": told(|one| &one.category)})
}

/// Whether the account may have a further template of this name and language.
pub(super) fn admit_name(state: &State, name: &str, language: &str) -> Result<(), GraphError> {
    if state.template(name, language).is_some() {
        let message = format!(
            "There is already {language} content for this template. You can create a new template and try again."
        );
        return Err(GraphError::template(2_388_024, "Content in this language already exists", message));
    }
    if state.is_blocked(name, language) {
        let message = format!(
            "New {language} content can't be added while the existing {language} content is being deleted. Try again in 4 weeks or \
             create a new message template."
        );
        return Err(GraphError::template(2_388_023, "Message template language is being deleted", message));
    }
    if state.templates.len() >= state.settings.template_limit {
        let message =
            format!("A WhatsApp Business account can have {} message templates.", state.settings.template_limit);
        return Err(GraphError::template(2_388_019, "Message template limit exceeded", message));
    }
    Ok(())
}
