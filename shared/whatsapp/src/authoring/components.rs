//! The components of a template that is not for authentication: each by itself, and what they say of each other.
use serde_json::Value;

use super::report::Report;
use super::text::{self, Form, Variables};
use super::{buttons, cards, example, is_typed};
use crate::templates::{Category, ParameterFormat};

const HEADER: Form = Form { max: 60, has_lines: false, variables: Variables::One };
const BODY: Form = Form { max: 1024, has_lines: true, variables: Variables::Many };
const FOOTER: Form = Form { max: 60, has_lines: false, variables: Variables::None };

/// What the rest of the template says about a component.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) category: Option<&'a Category>,
    pub(super) format: Option<&'a ParameterFormat>,
}

/// The kind of a component, in capitals.
pub(super) fn word(component: &Value) -> &str {
    component.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// The format of a header, in capitals.
pub(super) fn header_format(header: &Value) -> Option<&str> {
    header.get("format").and_then(Value::as_str)
}

/// Meta adds kinds of components: what is well formed passes.
pub(super) fn check(path: &str, component: &Value, context: Context<'_>, report: &mut Report) {
    if !is_typed(path, component, report) {
        return;
    }
    match word(component) {
        "HEADER" => check_header(path, component, context, report),
        "BODY" => check_body(path, component, BODY, context, report),
        "FOOTER" => {
            if let Some(given) = report.text(path, component, "text") {
                text::check(&format!("{path}.text"), given, FOOTER, None, report);
            }
        }
        "BUTTONS" => buttons::check(path, component, buttons::BUTTONS_MAX, report),
        "CAROUSEL" => cards::check(path, component, context, report),
        "LIMITED_TIME_OFFER" => check_offer(path, component, report),
        _ => {}
    }
}

pub(super) fn check_header(path: &str, header: &Value, context: Context<'_>, report: &mut Report) {
    match header.get("format") {
        None => report.say(&format!("{path}.format"), "is missing"),
        Some(Value::String(word)) if super::is_word(word) => {}
        Some(_) => report.say(&format!("{path}.format"), "must be a word such as TEXT or IMAGE"),
    }
    match header_format(header) {
        // Without a format its text still tells what was meant.
        None if header.get("text").is_none() => {}
        None | Some("TEXT") => {
            if let Some(given) = report.text(path, header, "text") {
                let names = text::check(&format!("{path}.text"), given, HEADER, context.format, report);
                example::check(path, header, &names, &example::HEADER, context.format, report);
            }
        }
        Some("IMAGE" | "VIDEO" | "DOCUMENT") => example::check_file(path, header, report),
        Some(_) => {}
    }
}

pub(super) fn check_body(path: &str, body: &Value, form: Form, context: Context<'_>, report: &mut Report) {
    let Some(given) = report.text(path, body, "text") else { return };
    let names = text::check(&format!("{path}.text"), given, form, context.format, report);
    example::check(path, body, &names, &example::BODY, context.format, report);
}

fn check_offer(path: &str, component: &Value, report: &mut Report) {
    const OFFER: Form = Form { max: 16, has_lines: false, variables: Variables::None };
    let path = format!("{path}.limited_time_offer");
    let Some(offer) = component.get("limited_time_offer") else { return report.say(&path, "is missing") };
    if !offer.is_object() {
        return report.say(&path, "must be an object");
    }
    if let Some(given) = report.text(&path, offer, "text") {
        text::check(&format!("{path}.text"), given, OFFER, None, report);
    }
    if offer.get("has_expiration").is_some_and(|flag| !flag.is_boolean()) {
        report.say(&format!("{path}.has_expiration"), "must be true or false");
    }
}

/// What components say of each other and of the category.
pub(super) fn check_all(components: &[Value], context: Context<'_>, report: &mut Report) {
    let place = |kind: &str| components.iter().position(|component| word(component) == kind);
    if place("BODY").is_none() {
        report.say("components", "must have a component of type BODY");
    }
    let kinds: Vec<&str> = components
        .iter()
        .filter(|component| word(component) == "BUTTONS")
        .flat_map(|component| component.get("buttons").and_then(Value::as_array).into_iter().flatten())
        .map(buttons::word)
        .collect();
    let has = |kind: &str| kinds.contains(&kind);
    if has("OTP") && context.category.is_some() {
        report.say("category", "must be AUTHENTICATION for a button of type OTP");
    }
    if let Some(at) = place("LIMITED_TIME_OFFER") {
        if context.category == Some(&Category::Utility) {
            report.say("category", "must be MARKETING for a limited-time offer");
        }
        if !has("COPY_CODE") && !has("URL") {
            report.say(&format!("components[{at}]"), "needs a button of type COPY_CODE or URL");
        }
        if let Some(at) = place("FOOTER") {
            report.say(&format!("components[{at}]"), "must not stand beside a limited-time offer");
        }
    }
    let shows_product = components.iter().any(|component| header_format(component) == Some("PRODUCT"));
    if has("SPM") && !shows_product {
        report.say("components", "must have a HEADER of format PRODUCT for a button of type SPM");
    }
}
