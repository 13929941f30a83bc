//! The account's message templates, as the Graph side lists them and as sends are checked against them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::State;
use crate::ids;

/// One language of a template. Members that Meta leaves out when they do not apply are optional.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Digits; made up when empty.
    #[serde(default)]
    pub id: String,
    pub name: String,
    pub language: String,
    /// MARKETING, UTILITY or AUTHENTICATION.
    pub category: String,
    #[serde(default = "approved")]
    pub status: String,
    /// POSITIONAL or NAMED.
    #[serde(default = "positional")]
    pub parameter_format: String,
    /// In the shapes of Meta's template components.
    pub components: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correct_category: Option<String>,
    /// As `{"score": "GREEN"}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_score: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_send_ttl_seconds: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cta_url_link_tracking_opted_out: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library_template_name: Option<String>,
}

fn approved() -> String {
    "APPROVED".into()
}

fn positional() -> String {
    "POSITIONAL".into()
}

impl Template {
    /// An approved template with one body text.
    pub fn text(name: &str, language: &str, category: &str, body: &str) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            language: language.into(),
            category: category.into(),
            status: approved(),
            parameter_format: positional(),
            components: vec![serde_json::json!({"type": "BODY", "text": body})],
            sub_category: None,
            previous_category: None,
            correct_category: None,
            quality_score: None,
            rejected_reason: None,
            message_send_ttl_seconds: None,
            cta_url_link_tracking_opted_out: None,
            library_template_name: None,
        }
    }

    /// The component of this type, whatever its case.
    pub(crate) fn component(&self, kind: &str) -> Option<&Value> {
        component(&self.components, kind)
    }

    pub(crate) fn score(&self) -> Option<&str> {
        self.quality_score.as_ref()?.get("score")?.as_str()
    }
}

/// The component of this type among some, whatever its case.
pub(crate) fn component<'a>(components: &'a [Value], kind: &str) -> Option<&'a Value> {
    components
        .iter()
        .find(|one| one.get("type").and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(kind)))
}

impl State {
    pub(crate) fn template(&self, name: &str, language: &str) -> Option<&Template> {
        self.templates.iter().find(|one| one.name == name && one.language == language)
    }

    /// Adds a template, or replaces the one of the same name and language. Returns the old and the new one.
    pub(crate) fn put_template(&mut self, mut template: Template) -> (Option<Template>, Template) {
        let at = self.templates.iter().position(|one| one.name == template.name && one.language == template.language);
        if template.id.is_empty() {
            let known = at.and_then(|at| self.templates.get(at)).map(|old| old.id.clone());
            template.id = known.unwrap_or_else(|| ids::digits(16));
        }
        let new = template.clone();
        match at.and_then(|at| self.templates.get_mut(at)) {
            Some(slot) => (Some(std::mem::replace(slot, template)), new),
            None => {
                self.templates.push(template);
                (None, new)
            }
        }
    }
}
