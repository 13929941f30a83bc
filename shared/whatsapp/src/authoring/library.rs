//! Creating from Meta's library: the texts are Meta's, only what its buttons lead to is the business's.
use serde_json::{Map, Value};

use super::buttons::BUTTONS_MAX;
use super::report::Report;
use crate::send::check::rule::{Rule, optional, required};

pub(super) const NAME: &str = "library_template_name";
const BUTTONS: &str = "library_template_button_inputs";
const BODY: &str = "library_template_body_inputs";

const URL: Rule = Rule::Open(&[required(
    "url",
    Rule::Open(&[
        required("base_url", Rule::Text { max: 2000 }),
        optional("url_suffix_example", Rule::Text { max: 2000 }),
    ]),
)]);
const PHONE: Rule = Rule::Open(&[required("phone_number", Rule::Text { max: 20 })]);
const BODY_INPUTS: Rule = Rule::Open(&[]);

/// Whether the body asks for a template of the library.
pub(super) fn is_meant(body: &Map<String, Value>) -> bool {
    [NAME, BUTTONS, BODY].iter().any(|name| body.contains_key(*name))
}

pub(super) fn check(body: &Map<String, Value>, report: &mut Report) {
    match body.get(NAME) {
        None => report.say(NAME, "is missing"),
        Some(name) => report.rule(NAME, name, &Rule::Text { max: 512 }),
    }
    for name in ["components", "parameter_format", "languages"] {
        if body.contains_key(name) {
            report.say(name, format!("must not be given together with {NAME}"));
        }
    }
    if let Some(inputs) = body.get(BODY) {
        report.rule(BODY, inputs, &BODY_INPUTS);
    }
    let Some(inputs) = body.get(BUTTONS) else { return };
    let inputs = report.items(BUTTONS, inputs);
    if inputs.len() > BUTTONS_MAX {
        report.over(BUTTONS, BUTTONS_MAX, "buttons");
    }
    for (at, input) in inputs.iter().enumerate() {
        let path = format!("{BUTTONS}[{at}]");
        if !super::is_typed(&path, input, report) {
            continue;
        }
        match super::buttons::word(input) {
            "URL" => report.rule(&path, input, &URL),
            "PHONE_NUMBER" => report.rule(&path, input, &PHONE),
            _ => {}
        }
    }
}
