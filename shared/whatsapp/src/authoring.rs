//! What must hold of a template before Meta is asked to create or change it.
//!
//! Guarantees: all that is wrong is told at once, each with its field and the limit that it exceeds. An unknown member of
//! the body is refused by name; inside a component, where Meta adds members, words and kinds without notice, what is well
//! formed passes. Lists that were written as maps (`{"0": …}`) leave here as lists. Only files remain: whether an upload
//! that a header names is there is known to whoever has it, see [`header_files`].
mod authentication;
mod buttons;
mod cards;
mod compare;
mod components;
mod envelope;
mod example;
mod files;
mod library;
mod normal;
mod report;
mod text;

use serde_json::{Map, Value};

pub use compare::is_as_asked;
pub use files::{HeaderFile, check_header_file, header_files, with_handles};

use crate::send::Violation;
use crate::templates::{Category, ParameterFormat, TemplateStatus};
use components::Context;
use report::Report;

/// What a body of a creation may have. The last three are Meta's and go to it as they are.
const CREATE: &[&str] = &[
    "name",
    "language",
    "languages",
    "category",
    "parameter_format",
    "components",
    "message_send_ttl_seconds",
    library::NAME,
    "library_template_button_inputs",
    "library_template_body_inputs",
    "allow_category_change",
    "cta_url_link_tracking_opted_out",
    "sub_category",
];
const EDIT: &[&str] = &["category", "components", "message_send_ttl_seconds", "cta_url_link_tracking_opted_out"];

/// A body in the form in which Meta takes it, and all that is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<T> {
    pub value: T,
    pub violations: Vec<Violation>,
}

/// What is to be created.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub name: String,
    pub languages: Vec<String>,
    /// Several languages in one request: Meta's `upsert_message_templates`.
    pub is_bulk: bool,
    pub category: String,
    /// `POSITIONAL` or `NAMED`.
    pub parameter_format: String,
    pub components: Value,
    /// All of it but the languages.
    pub body: Value,
}

/// What an edit must know of the template that it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    pub status: TemplateStatus,
    pub category: Category,
    pub parameter_format: ParameterFormat,
}

/// Checks what is to be created.
pub fn check_create(body: Map<String, Value>) -> Checked<Draft> {
    let mut body = normal::members(body);
    let mut report = Report::default();
    check_known(&body, CREATE, &mut report);
    envelope::check_name(body.get("name"), &mut report);
    let category = envelope::check_category(body.get("category"), &mut report);
    envelope::check_languages(&body, category.as_ref(), &mut report);
    let format = envelope::check_format(body.get("parameter_format"), &mut report);
    envelope::check_ttl(body.get("message_send_ttl_seconds"), category.as_ref(), &mut report);
    check_flags(&body, &mut report);
    if library::is_meant(&body) {
        library::check(&body, &mut report);
    } else {
        let context = Context { category: category.as_ref(), format: format.as_ref() };
        match body.get("components") {
            None => report.say("components", "is missing"),
            Some(components) => check_components(components, context, &mut report),
        }
    }
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    let (language, several) = (body.remove("language"), body.remove("languages"));
    let is_bulk = several.is_some();
    let languages = match several {
        Some(Value::Array(codes)) => codes.into_iter().map(|code| text(Some(code))).collect(),
        _ => vec![text(language)],
    };
    let draft = Draft {
        name: text(body.get("name").cloned()),
        languages,
        is_bulk,
        category: category.as_ref().map(Category::word).unwrap_or_default().to_owned(),
        parameter_format: format.as_ref().map_or(ParameterFormat::Positional.word(), ParameterFormat::word).to_owned(),
        components: body.get("components").cloned().unwrap_or_else(|| Value::Array(Vec::new())),
        body: Value::Object(body),
    };
    Checked { value: draft, violations: report.0 }
}

/// Checks a change; the body in the form in which Meta takes it. Without `of` only what needs no template is checked.
pub fn check_edit(body: Map<String, Value>, of: Option<&Existing>) -> Checked<Value> {
    let mut body = normal::members(body);
    let mut report = Report::default();
    check_known(&body, EDIT, &mut report);
    let asked = body.contains_key("category").then(|| envelope::check_category(body.get("category"), &mut report));
    if let (Some(Some(asked)), Some(of)) = (&asked, of) {
        if *asked == of.category {
            body.remove("category");
        } else if of.status == TemplateStatus::Approved {
            report.say("category", format!("must stay {}: the template is approved", of.category));
        }
    }
    if !EDIT.iter().any(|name| body.contains_key(*name)) {
        report.say("components", "is missing; give components, another category or message_send_ttl_seconds");
    }
    let category = asked.flatten().or_else(|| of.map(|of| of.category.clone()));
    let format = of.map(|of| of.parameter_format.clone());
    envelope::check_ttl(body.get("message_send_ttl_seconds"), category.as_ref(), &mut report);
    check_flags(&body, &mut report);
    if let Some(components) = body.get("components") {
        // Which format the variables have is the template's to say: without it their examples cannot be judged.
        let format = format.or_else(|| guessed(components));
        let context = Context { category: category.as_ref(), format: format.as_ref() };
        check_components(components, context, &mut report);
    }
    Checked { value: Value::Object(body), violations: report.0 }
}

/// The format of a template of which only the examples are known.
fn guessed(components: &Value) -> Option<ParameterFormat> {
    components.to_string().contains("_named_params").then_some(ParameterFormat::Named)
}

fn check_known(body: &Map<String, Value>, known: &[&str], report: &mut Report) {
    for name in body.keys().filter(|name| !known.contains(&name.as_str())) {
        report.say(name, format!("is not known, expected one of {}", known.join(", ")));
    }
}

fn check_flags(body: &Map<String, Value>, report: &mut Report) {
    for name in ["allow_category_change", "cta_url_link_tracking_opted_out"] {
        if body.get(name).is_some_and(|value| !value.is_boolean()) {
            report.say(name, "must be true or false");
        }
    }
}

fn check_components(components: &Value, context: Context<'_>, report: &mut Report) {
    let components = report.items("components", components);
    kinds_are_single("components", components, report);
    // A word that is no category must not make the rest look wrong.
    let is_authentication = match context.category {
        Some(category) => *category == Category::Authentication,
        None => components.iter().any(authentication::is_meant),
    };
    for (at, component) in components.iter().enumerate() {
        let path = format!("components[{at}]");
        if is_authentication {
            authentication::check(&path, component, report);
        } else {
            components::check(&path, component, context, report);
        }
    }
    if is_authentication {
        authentication::check_all(components, report);
    } else {
        components::check_all(components, context, report);
    }
}

/// Each kind of component stands once.
fn kinds_are_single(path: &str, components: &[Value], report: &mut Report) {
    for (at, component) in components.iter().enumerate() {
        let kind = components::word(component);
        if !kind.is_empty() && components.iter().take(at).any(|other| components::word(other) == kind) {
            report.say(&format!("{path}[{at}].type"), format!("is the second {kind}"));
        }
    }
}

/// Whether it is an object whose `type` may be a word of Meta's.
fn is_typed(path: &str, value: &Value, report: &mut Report) -> bool {
    if !value.is_object() {
        report.say(path, "must be an object");
        return false;
    }
    match value.get("type") {
        Some(Value::String(word)) if is_word(word) => return true,
        Some(_) => report.say(&format!("{path}.type"), "must be a word such as BODY or URL"),
        None => report.say(&format!("{path}.type"), "is missing"),
    }
    false
}

fn is_word(word: &str) -> bool {
    (2..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests;
