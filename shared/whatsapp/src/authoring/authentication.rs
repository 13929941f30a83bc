//! Authentication templates: their texts are Meta's own, so what a business may say is in flags and numbers.
use serde_json::Value;

use super::components::word;
use super::report::Report;
use super::{buttons, is_typed};
use crate::send::check::rule::{Rule, optional};

const MINUTES: std::ops::RangeInclusive<i64> = 1..=90;

const BODY: Rule = Rule::Open(&[optional("add_security_recommendation", Rule::Flag)]);

/// Whether a component is one that only authentication templates have.
pub(super) fn is_meant(component: &Value) -> bool {
    let mut buttons = component.get("buttons").and_then(Value::as_array).into_iter().flatten();
    buttons.any(|button| buttons::word(button) == "OTP")
}

/// Checks one component; those that an authentication template does not have are refused by name.
pub(super) fn check(path: &str, component: &Value, report: &mut Report) {
    if !is_typed(path, component, report) {
        return;
    }
    match word(component) {
        "BODY" => {
            report.rule(path, component, &BODY);
            has_no_text(path, component, report);
        }
        "FOOTER" => {
            has_no_text(path, component, report);
            let path = format!("{path}.code_expiration_minutes");
            match component.get("code_expiration_minutes").map(Value::as_i64) {
                // Of a footer with a text it is the text that is wrong.
                None if component.get("text").is_some() => {}
                None => report.say(&path, "is missing"),
                Some(minutes) if minutes.is_some_and(|minutes| MINUTES.contains(&minutes)) => {}
                Some(_) => report.say(&path, "must be a whole number from 1 to 90"),
            }
        }
        "BUTTONS" => {
            buttons::check(path, component, 1, report);
            let given = component.get("buttons").and_then(Value::as_array).into_iter().flatten();
            for (at, button) in given.enumerate() {
                let kind = buttons::word(button);
                if !kind.is_empty() && kind != "OTP" {
                    report.say(&format!("{path}.buttons[{at}].type"), "must be OTP in an authentication template");
                }
            }
        }
        kind => report.say(&format!("{path}.type"), format!("an authentication template has no {kind}")),
    }
}

/// The whole of it: what it must have.
pub(super) fn check_all(components: &[Value], report: &mut Report) {
    for wanted in ["BODY", "BUTTONS"] {
        if !components.iter().any(|component| word(component) == wanted) {
            report.say("components", format!("must have a component of type {wanted}"));
        }
    }
}

fn has_no_text(path: &str, component: &Value, report: &mut Report) {
    if component.get("text").is_some() {
        report.say(&format!("{path}.text"), "must not be given: Meta writes the texts of authentication templates");
    }
}
