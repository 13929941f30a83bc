//! Examples: Meta's reviewers see one for each variable and for each file.
use serde_json::Value;

use super::report::Report;
use super::text::check_white_space;
use crate::templates::ParameterFormat;

/// A hydrated text is at most this long, so an example of a part of it cannot be longer.
const EXAMPLE_MAX: usize = 1024;
/// Handles of files uploaded in several pieces are long.
const HANDLE_MAX: usize = 8192;

/// The member that holds our id of an upload in place of Meta's `header_handle`.
pub(super) const ATTACHMENT_ID: &str = "attachment_id";

/// The members of `example` for one text.
pub(super) struct Members {
    pub(super) positional: &'static str,
    pub(super) named: &'static str,
    /// Whether the positional ones stand in a list of lists.
    pub(super) has_rows: bool,
}

pub(super) const HEADER: Members =
    Members { positional: "header_text", named: "header_text_named_params", has_rows: false };
pub(super) const BODY: Members = Members { positional: "body_text", named: "body_text_named_params", has_rows: true };

/// One example for each of `names`, in the form that the template's format asks for.
pub(super) fn check(
    path: &str,
    component: &Value,
    names: &[String],
    members: &Members,
    format: Option<&ParameterFormat>,
    report: &mut Report,
) {
    if names.is_empty() {
        return;
    }
    if component.get("example").is_some_and(|example| !example.is_object()) {
        return report.say(&format!("{path}.example"), "must be an object");
    }
    let is_named = format == Some(&ParameterFormat::Named);
    let member = if is_named { members.named } else { members.positional };
    let path = format!("{path}.example.{member}");
    let Some(given) = component.get("example").and_then(|example| example.get(member)) else {
        report.say(&path, format!("must have an example for each variable: {}", names.join(", ")));
        return;
    };
    let items = report.items(&path, given);
    if is_named {
        check_named(&path, items, names, report);
    } else if members.has_rows {
        if items.is_empty() {
            report.say(&path, "must have an example for each variable");
        }
        for (at, row) in items.iter().enumerate() {
            let path = format!("{path}[{at}]");
            let row = report.items(&path, row);
            check_row(&path, row, names, report);
        }
    } else {
        check_row(&path, items, names, report);
    }
}

fn check_row(path: &str, row: &[Value], names: &[String], report: &mut Report) {
    if row.len() != names.len() {
        let (count, found) = (names.len(), row.len());
        report.say(path, format!("must have one example for each of {count} variables, and has {found}"));
    }
    for (at, text) in row.iter().enumerate() {
        check_text(&format!("{path}[{at}]"), text, report);
    }
}

fn check_named(path: &str, items: &[Value], names: &[String], report: &mut Report) {
    let mut told = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let path = format!("{path}[{at}]");
        if !item.is_object() {
            report.say(&path, "must be an object");
            continue;
        }
        if let Some(name) = report.text(&path, item, "param_name") {
            if !names.iter().any(|known| known == name) {
                report.say(&format!("{path}.param_name"), "is no variable of the text");
            } else if told.contains(&name) {
                report.say(&format!("{path}.param_name"), "has an example already");
            }
            told.push(name);
        }
        match item.get("example") {
            None => report.say(&format!("{path}.example"), "is missing"),
            Some(text) => check_text(&format!("{path}.example"), text, report),
        }
    }
    let missing: Vec<&str> = names.iter().map(String::as_str).filter(|name| !told.contains(name)).collect();
    if !missing.is_empty() {
        report.say(path, format!("has no example for {}", missing.join(", ")));
    }
}

/// An example is a parameter as a send would fill it in.
pub(super) fn check_text(path: &str, value: &Value, report: &mut Report) {
    match value.as_str() {
        None => report.say(path, "must be a string"),
        Some(text) if text.trim().is_empty() => report.say(path, "must not be empty"),
        Some(text) => {
            if text.chars().count() > EXAMPLE_MAX {
                report.over(path, EXAMPLE_MAX, "characters");
            }
            check_white_space(path, text, false, report);
        }
    }
}

/// The example of a header that shows a file: Meta's handle, or an upload of ours.
pub(super) fn check_file(path: &str, header: &Value, report: &mut Report) {
    let path = format!("{path}.example");
    let none = Value::Null;
    let example = header.get("example").unwrap_or(&none);
    match (example.get("header_handle"), example.get(ATTACHMENT_ID)) {
        (None, None) => report.say(&path, "must have a header_handle, or the attachment_id of an upload"),
        (Some(_), Some(_)) => report.say(&path, "must have either a header_handle or an attachment_id"),
        (Some(handles), None) => {
            let path = format!("{path}.header_handle");
            let handles = report.items(&path, handles);
            if handles.len() != 1 {
                report.say(&path, "must have one handle");
            }
            for (at, handle) in handles.iter().enumerate() {
                let path = format!("{path}[{at}]");
                match handle.as_str() {
                    None => report.say(&path, "must be a string"),
                    Some(text) if text.trim().is_empty() => report.say(&path, "must not be empty"),
                    Some(text) if text.len() > HANDLE_MAX => report.over(&path, HANDLE_MAX, "characters"),
                    // What a list shows in this place is an address that expires.
                    Some(text) if text.starts_with("http") => report.say(&path, "must be a handle, not an address"),
                    Some(_) => {}
                }
            }
        }
        // Whether there is such an upload is known to whoever has it.
        (None, Some(id)) if id.is_string() => {}
        (None, Some(_)) => report.say(&format!("{path}.{ATTACHMENT_ID}"), "must be a string"),
    }
}
