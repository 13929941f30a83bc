//! Message templates as Meta lists them.
//!
//! Graph answers only the fields that were asked for, and its samples leave out more: every member may be missing.
use domain::Time;
use domain::template::language;
use serde_json::Value;

use crate::loose::{self, Loose, ReadError};
use crate::open::open_enum;

/// The fields to ask for: all that [`WireTemplate`] reads.
pub const FIELDS: &str = "id,name,language,status,category,sub_category,components,quality_score,rejected_reason,\
                          parameter_format,previous_category,correct_category,message_send_ttl_seconds,\
                          cta_url_link_tracking_opted_out,library_template_name";

/// One page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub templates: Vec<WireTemplate>,
    /// The cursor to ask for the next page with; `None` on the last one, though that has cursors too (P35).
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct WireTemplate {
    pub id: Option<String>,
    pub name: Option<String>,
    /// With an underscore: `en_US`.
    pub language: Option<String>,
    pub status: Option<TemplateStatus>,
    pub category: Option<Category>,
    pub sub_category: Option<String>,
    pub previous_category: Option<Category>,
    pub correct_category: Option<Category>,
    pub quality: Option<QualityScore>,
    pub quality_at: Option<Time>,
    pub rejected_reason: Option<String>,
    pub parameter_format: Option<ParameterFormat>,
    /// -1 is Meta's longest, 30 days.
    pub ttl_seconds: Option<i64>,
    pub is_link_tracking_off: Option<bool>,
    pub library_template_name: Option<String>,
    pub components: Vec<Value>,
    /// `TEXT`, `IMAGE` …; a header that is not text takes one parameter: the medium, place or product.
    pub header_format: Option<String>,
    /// The placeholders of the header's text, in order, each once: `1` or `first_name`.
    pub header_parameters: Vec<String>,
    /// The placeholders of the body, in order, each once.
    pub body_parameters: Vec<String>,
    /// The places of the buttons whose URL has a placeholder.
    pub url_button_indexes: Vec<usize>,
}

open_enum! {
    /// The states of a template; also the events of its status changes.
    pub enum TemplateStatus {
        Approved = "APPROVED",
        Pending = "PENDING",
        Rejected = "REJECTED",
        Paused = "PAUSED",
        Disabled = "DISABLED",
        InAppeal = "IN_APPEAL",
        PendingDeletion = "PENDING_DELETION",
        Deleted = "DELETED",
        LimitExceeded = "LIMIT_EXCEEDED",
        Archived = "ARCHIVED",
        Unarchived = "UNARCHIVED",
        Locked = "LOCKED",
        Flagged = "FLAGGED",
        Reinstated = "REINSTATED",
    }
}

open_enum! {
    pub enum Category {
        Marketing = "MARKETING",
        Utility = "UTILITY",
        Authentication = "AUTHENTICATION",
    }
}

open_enum! {
    pub enum QualityScore {
        Green = "GREEN",
        Yellow = "YELLOW",
        Red = "RED",
        /// Meta's own word: not rated yet.
        Unrated = "UNKNOWN",
    }
}

open_enum! {
    pub enum ParameterFormat {
        Named = "NAMED",
        Positional = "POSITIONAL",
    }
}

impl Page {
    pub fn read(body: &str) -> Result<Page, ReadError> {
        let value = loose::object(body)?;
        if value.get("data").is_none() {
            return Err(ReadError::Missing("data"));
        }
        let templates = value.list("data").into_iter().map(WireTemplate::from_value).collect();
        Ok(Page { templates, next: value.object("paging").and_then(loose::next_cursor) })
    }
}

impl WireTemplate {
    /// Reads the answer about a single template.
    pub fn read(body: &str) -> Result<WireTemplate, ReadError> {
        loose::object(body).map(|value| WireTemplate::from_value(&value))
    }

    fn from_value(value: &Value) -> WireTemplate {
        let components: Vec<Value> = value.list("components").into_iter().cloned().collect();
        let quality = value.object("quality_score");
        let header = component(&components, "HEADER");
        WireTemplate {
            id: value.text("id"),
            name: value.text("name"),
            language: value.text("language").map(|code| language(&code)),
            status: value.text("status").map(|word| TemplateStatus::read(&word)),
            category: value.text("category").map(|word| Category::read(&word)),
            sub_category: value.text("sub_category"),
            previous_category: value.text("previous_category").map(|word| Category::read(&word)),
            correct_category: value.text("correct_category").map(|word| Category::read(&word)),
            quality: quality.and_then(|quality| quality.text("score")).map(|word| QualityScore::read(&word)),
            quality_at: quality.and_then(|quality| quality.time("date")),
            rejected_reason: value.text("rejected_reason").filter(|reason| reason != "NONE"),
            parameter_format: value.text("parameter_format").map(|word| ParameterFormat::read(&word)),
            ttl_seconds: value.number("message_send_ttl_seconds"),
            is_link_tracking_off: value.flag("cta_url_link_tracking_opted_out"),
            library_template_name: value.text("library_template_name"),
            header_format: header.and_then(|header| header.text("format")),
            header_parameters: text_placeholders(header),
            body_parameters: text_placeholders(component(&components, "BODY")),
            url_button_indexes: component(&components, "BUTTONS").map_or_else(Vec::new, url_buttons),
            components,
        }
    }
}

fn component<'a>(components: &'a [Value], kind: &str) -> Option<&'a Value> {
    components.iter().find(|component| component.text("type").is_some_and(|word| word.eq_ignore_ascii_case(kind)))
}

fn text_placeholders(component: Option<&Value>) -> Vec<String> {
    component.and_then(|component| component.text("text")).map_or_else(Vec::new, |text| placeholders(&text))
}

fn url_buttons(component: &Value) -> Vec<usize> {
    let takes_one = |button: &Value| button.text("url").is_some_and(|url| !placeholders(&url).is_empty());
    let buttons = component.list("buttons").into_iter().enumerate();
    buttons.filter(|(_, button)| takes_one(button)).map(|(index, _)| index).collect()
}

/// The names between double braces, each once. Positional ones are put in the order of their numbers.
pub(crate) fn placeholders(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for piece in text.split("{{").skip(1) {
        let Some((name, _)) = piece.split_once("}}") else { continue };
        let name = name.trim().to_owned();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.iter().all(|name| loose::is_index(name)) {
        names.sort_by_key(|name| (name.len(), name.clone()));
    }
    names
}

#[cfg(test)]
mod tests;
