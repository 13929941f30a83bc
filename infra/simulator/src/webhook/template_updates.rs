//! What Meta tells about a template that changed: one webhook for each aspect.

use serde_json::{Map, Value, json};

use super::payload::{account, put};
use crate::config::Config;
use crate::state::deliveries::Update;
use crate::state::settings::TemplateWebhooks;
use crate::state::templates::{Template, component};

/// What a change of status tells beside the status.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) reason: Option<String>,
    /// `other_info`: title and description.
    pub(crate) other: Option<(&'static str, String)>,
    /// `rejection_info`: the reason in words, and what to do.
    pub(crate) rejection: Option<(String, String)>,
    /// `disable_info.disable_date`, unix seconds.
    pub(crate) disabled_s: Option<i64>,
}

/// The webhooks for a change from `old` (nothing for a new template) to `new`.
pub(crate) fn updates(config: &Config, form: TemplateWebhooks, old: Option<&Template>, new: &Template) -> Vec<Update> {
    let mut updates = Vec::new();
    if old.is_none_or(|old| old.status != new.status) {
        let notes = Notes { reason: new.rejected_reason.clone(), ..Notes::default() };
        updates.push(status(config, form, new, &new.status, &notes));
    }
    let Some(old) = old else {
        return updates;
    };
    if old.category != new.category {
        updates.push(recategorised(config, form, new, &old.category));
    }
    if old.score() != new.score() {
        updates.push(quality(config, form, new, old.score()));
    }
    if old.components != new.components {
        updates.push(edited(config, form, new));
    }
    updates
}

/// The webhook for a template's event.
pub(crate) fn status(config: &Config, form: TemplateWebhooks, one: &Template, event: &str, notes: &Notes) -> Update {
    let mut value = identity(one);
    value.insert("event".into(), event.into());
    value.insert("message_template_category".into(), one.category.as_str().into());
    let reason = match (&notes.reason, form) {
        (Some(reason), _) => reason.as_str().into(),
        (None, TemplateWebhooks::Regular) => "NONE".into(),
        (None, TemplateWebhooks::Documented) => Value::Null,
    };
    value.insert("reason".into(), reason);
    if let Some((title, description)) = &notes.other {
        value.insert("other_info".into(), json!({"title": title, "description": description}));
    }
    if let Some((reason, recommendation)) = &notes.rejection {
        value.insert("rejection_info".into(), json!({"reason": reason, "recommendation": recommendation}));
    }
    if let Some(date) = notes.disabled_s {
        value.insert("disable_info".into(), json!({"disable_date": date}));
    }
    account(config, "message_template_status_update", in_form(value, form))
}

/// The webhook for a template whose category has changed.
pub(crate) fn recategorised(config: &Config, form: TemplateWebhooks, one: &Template, previous: &str) -> Update {
    let mut value = identity(one);
    value.insert("previous_category".into(), previous.into());
    value.insert("new_category".into(), one.category.as_str().into());
    account(config, "template_category_update", in_form(value, form))
}

/// The webhook that announces another category: `new_category` is the one that still counts.
pub(crate) fn impending(config: &Config, form: TemplateWebhooks, one: &Template, next: &str, at_s: i64) -> Update {
    let mut value = identity(one);
    value.insert("new_category".into(), one.category.as_str().into());
    value.insert("correct_category".into(), next.into());
    value.insert("category_update_timestamp".into(), at_s.into());
    account(config, "template_category_update", in_form(value, form))
}

/// The webhook for another quality; Meta's own sample of it is labelled as one about the status.
pub(crate) fn quality(config: &Config, form: TemplateWebhooks, one: &Template, previous: Option<&str>) -> Update {
    let mut value = identity(one);
    value.insert("previous_quality_score".into(), previous.unwrap_or("UNKNOWN").into());
    value.insert("new_quality_score".into(), one.score().unwrap_or("UNKNOWN").into());
    let field = match form {
        TemplateWebhooks::Regular => "message_template_quality_update",
        TemplateWebhooks::Documented => "message_template_status_update",
    };
    account(config, field, in_form(value, form))
}

/// The webhook for another text.
pub(crate) fn edited(config: &Config, form: TemplateWebhooks, one: &Template) -> Update {
    let value = components(one);
    let value = value.as_object().map_or(Value::Null, |value| in_form(value.clone(), form));
    account(config, "message_template_components_update", value)
}

/// The webhook for a template that was deleted.
pub(crate) fn deleted(config: &Config, form: TemplateWebhooks, template: &Template) -> Update {
    status(config, form, template, "DELETED", &Notes::default())
}

fn in_form(mut value: Map<String, Value>, form: TemplateWebhooks) -> Value {
    if form == TemplateWebhooks::Documented {
        if let Some(Value::String(language)) = value.get_mut("message_template_language") {
            *language = language.replace('_', "-");
        }
        if let Some(id) = value.get_mut("message_template_id") {
            *id = id.to_string().trim_matches('"').into();
        }
    }
    value.into()
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
