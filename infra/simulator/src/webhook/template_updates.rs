//! What Meta tells about a template that changed: one webhook for each aspect.

use serde_json::{Map, Value, json};

use super::payload::{account, put};
use crate::config::Config;
use crate::state::deliveries::Update;
use crate::state::templates::{Template, component};

/// The webhooks for a change from `old` (nothing for a new template) to `new`.
pub(crate) fn updates(config: &Config, old: Option<&Template>, new: &Template) -> Vec<Update> {
    let mut updates = Vec::new();
    if old.is_none_or(|old| old.status != new.status) {
        let mut value = identity(new);
        value.insert("event".into(), new.status.as_str().into());
        value.insert("message_template_category".into(), new.category.as_str().into());
        value.insert("reason".into(), new.rejected_reason.as_deref().unwrap_or("NONE").into());
        updates.push(account(config, "message_template_status_update", value.into()));
    }
    let Some(old) = old else {
        return updates;
    };
    if old.category != new.category {
        let mut value = identity(new);
        value.insert("previous_category".into(), old.category.as_str().into());
        value.insert("new_category".into(), new.category.as_str().into());
        updates.push(account(config, "template_category_update", value.into()));
    }
    if old.score() != new.score() {
        let mut value = identity(new);
        value.insert("previous_quality_score".into(), old.score().unwrap_or("UNKNOWN").into());
        value.insert("new_quality_score".into(), new.score().unwrap_or("UNKNOWN").into());
        updates.push(account(config, "message_template_quality_update", value.into()));
    }
    if old.components != new.components {
        updates.push(account(config, "message_template_components_update", components(new)));
    }
    updates
}

/// The webhook for a template that was deleted.
pub(crate) fn deleted(config: &Config, template: &Template) -> Update {
    let mut value = identity(template);
    value.insert("event".into(), "DELETED".into());
    value.insert("reason".into(), "NONE".into());
    account(config, "message_template_status_update", value.into())
}

/// The members that name a template. Its id is a number here and a string everywhere else.
fn identity(template: &Template) -> Map<String, Value> {
    let id = template.id.parse::<u64>().map_or_else(|_| Value::from(template.id.as_str()), Value::from);
    let mut value = Map::new();
    value.insert("message_template_id".into(), id);
    value.insert("message_template_name".into(), template.name.as_str().into());
    value.insert("message_template_language".into(), template.language.as_str().into());
    value
}

fn components(template: &Template) -> Value {
    let text = |kind: &str| template.component(kind).and_then(|one| one.get("text")).and_then(Value::as_str);
    let mut value = identity(template);
    put(&mut value, "message_template_title", text("HEADER"));
    put(&mut value, "message_template_element", text("BODY"));
    put(&mut value, "message_template_footer", text("FOOTER"));
    let buttons =
        component(&template.components, "BUTTONS").and_then(|one| one.get("buttons")).and_then(Value::as_array);
    if let Some(buttons) = buttons {
        value.insert("message_template_buttons".into(), buttons.iter().map(button).collect());
    }
    value.into()
}

fn button(button: &Value) -> Value {
    let members = [("type", "type"), ("text", "text"), ("url", "url"), ("phone_number", "phone_number")];
    let told = members
        .iter()
        .filter_map(|(from, to)| Some((format!("message_template_button_{to}"), button.get(from)?.clone())));
    json!(told.collect::<Map<String, Value>>())
}
