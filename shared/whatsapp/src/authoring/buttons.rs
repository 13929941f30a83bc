//! Buttons: each kind a row of [`KINDS`], with how many of it a template takes.
use serde_json::Value;

use super::example;
use super::report::Report;
use super::text::{self, Form, Piece, Variables};
use crate::send::check::rule::{Rule, optional, required};

/// How many buttons a template has at most.
pub(super) const BUTTONS_MAX: usize = 10;
const LABEL_MAX: usize = 25;
const URL_MAX: usize = 2000;
const PHONE_MAX: usize = 20;
/// 15 until December 2025.
const CODE_MAX: usize = 20;
const APPS_MAX: usize = 5;
const QUICK_REPLY: &str = "QUICK_REPLY";

struct Kind {
    word: &'static str,
    max: usize,
    rule: Rule,
    more: fn(&str, &Value, &mut Report),
}

/// Words of Meta's own stand on buttons whose label is optional.
const LABEL: Rule = Rule::Custom(|path, value, violations| {
    let mut report = Report::default();
    match value.as_str() {
        None => report.say(path, "must be a string"),
        Some(label) => {
            let form = Form { max: LABEL_MAX, has_lines: false, variables: Variables::None };
            text::check(path, label, form, None, &mut report);
        }
    }
    violations.append(&mut report.0);
});

const LABELLED: Rule = Rule::Open(&[required("text", LABEL)]);
const MAYBE_LABELLED: Rule = Rule::Open(&[optional("text", LABEL)]);

const fn kind(word: &'static str, max: usize, rule: Rule) -> Kind {
    Kind { word, max, rule, more: |_, _, _| {} }
}

const KINDS: &[Kind] = &[
    kind(QUICK_REPLY, 10, LABELLED),
    Kind { more: check_url, ..kind("URL", 2, LABELLED) },
    Kind { more: check_phone, ..kind("PHONE_NUMBER", 1, LABELLED) },
    Kind { more: check_code, ..kind("COPY_CODE", 1, MAYBE_LABELLED) },
    Kind { more: check_flow, ..kind("FLOW", 1, LABELLED) },
    Kind { more: check_one_time, ..kind("OTP", 1, ONE_TIME) },
    kind("CATALOG", 1, MAYBE_LABELLED),
    kind("MPM", 1, MAYBE_LABELLED),
    kind("SPM", 1, MAYBE_LABELLED),
    kind("VOICE_CALL", 1, MAYBE_LABELLED),
    kind("ORDER_DETAILS", 1, MAYBE_LABELLED),
    kind("REQUEST_CONTACT_INFO", 1, MAYBE_LABELLED),
];

/// The kind of a button, in capitals.
pub(super) fn word(button: &Value) -> &str {
    button.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// Checks the buttons of a template or of a card, of which there are at most `max`.
pub(super) fn check(path: &str, component: &Value, max: usize, report: &mut Report) {
    let path = format!("{path}.buttons");
    let Some(buttons) = component.get("buttons") else {
        report.say(&path, "is missing");
        return;
    };
    let buttons = report.items(&path, buttons);
    if buttons.is_empty() {
        report.say(&path, "must have at least one button");
    }
    if buttons.len() > max {
        report.over(&path, max, "buttons");
    }
    for (at, button) in buttons.iter().enumerate() {
        check_one(&format!("{path}[{at}]"), button, report);
    }
    for kind in KINDS {
        if buttons.iter().filter(|button| word(button) == kind.word).count() > kind.max {
            report.over(&path, kind.max, &format!("buttons of type {}", kind.word));
        }
    }
    check_grouping(&path, buttons, report);
    check_labels(&path, buttons, report);
}

/// Meta adds kinds of buttons: what is well formed passes.
fn check_one(path: &str, button: &Value, report: &mut Report) {
    if !super::is_typed(path, button, report) {
        return;
    }
    if let Some(kind) = KINDS.iter().find(|kind| kind.word == word(button)) {
        report.rule(path, button, &kind.rule);
        (kind.more)(path, button, report);
    }
}

/// Quick replies stand together, before the others or behind them.
fn check_grouping(path: &str, buttons: &[Value], report: &mut Report) {
    let mut groups: Vec<bool> = buttons.iter().map(|button| word(button) == QUICK_REPLY).collect();
    groups.dedup();
    if groups.len() > 2 {
        report.say(path, "must have the quick replies together, before or behind all others");
    }
}

fn check_labels(path: &str, buttons: &[Value], report: &mut Report) {
    let label = |button: &Value| button.get("text").and_then(Value::as_str).map(str::to_owned);
    let labels: Vec<Option<String>> = buttons.iter().map(label).collect();
    for (at, label) in labels.iter().enumerate() {
        if label.is_some() && labels.iter().take(at).any(|other| other == label) {
            report.say(&format!("{path}[{at}].text"), "must differ from those of the other buttons");
        }
    }
}

/// One variable at most, at the end; its example is what comes in its place, or the whole address.
fn check_url(path: &str, button: &Value, report: &mut Report) {
    let Some(url) = report.text(path, button, "url") else { return };
    let place = format!("{path}.url");
    if url.chars().count() > URL_MAX {
        report.over(&place, URL_MAX, "characters");
    }
    if !["https://", "http://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme)) {
        report.say(&place, "must be an address that begins with https:// or http://");
    } else if url.contains(char::is_whitespace) {
        report.say(&place, "must not have white space");
    }
    let pieces = match text::pieces(url) {
        Ok(pieces) => pieces,
        Err(wrong) => return report.say(&place, wrong),
    };
    let count = pieces.iter().filter(|piece| matches!(piece, Piece::Variable(_))).count();
    if count == 0 {
        return;
    }
    if count > 1 || !matches!(pieces.last(), Some(Piece::Variable(_))) {
        report.say(&place, "must have at most one variable, at its end");
    }
    check_example(path, button, URL_MAX, report);
}

/// A text, or a list of one.
fn check_example(path: &str, button: &Value, max: usize, report: &mut Report) {
    let path = format!("{path}.example");
    match button.get("example") {
        None => report.say(&path, "is missing"),
        Some(Value::Array(items)) => {
            if items.len() != 1 {
                report.say(&path, "must have one example");
            }
            for (at, item) in items.iter().enumerate() {
                check_short(&format!("{path}[{at}]"), item, max, report);
            }
        }
        Some(value) => check_short(&path, value, max, report),
    }
}

fn check_short(path: &str, value: &Value, max: usize, report: &mut Report) {
    example::check_text(path, value, report);
    if value.as_str().is_some_and(|text| text.chars().count() > max) {
        report.over(path, max, "characters");
    }
}

fn check_phone(path: &str, button: &Value, report: &mut Report) {
    let Some(phone) = report.text(path, button, "phone_number") else { return };
    let path = format!("{path}.phone_number");
    if phone.chars().count() > PHONE_MAX {
        report.over(&path, PHONE_MAX, "characters");
    }
    let is_written = |c: char| c.is_ascii_digit() || "+ -().".contains(c);
    if !phone.chars().all(is_written) || phone.chars().filter(char::is_ascii_digit).count() < 3 {
        report.say(&path, "must be a phone number");
    }
}

fn check_code(path: &str, button: &Value, report: &mut Report) {
    check_example(path, button, CODE_MAX, report);
}

/// The Flow is named in exactly one way.
fn check_flow(path: &str, button: &Value, report: &mut Report) {
    const WAYS: [&str; 3] = ["flow_id", "flow_name", "flow_json"];
    if WAYS.iter().filter(|way| button.get(**way).is_some()).count() != 1 {
        report.say(path, "must have exactly one of flow_id, flow_name and flow_json");
    }
    if let Some(id) = button.get("flow_id") {
        let is_id = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !id.as_str().map_or(id.is_u64(), is_id) {
            report.say(&format!("{path}.flow_id"), "must be the digits of a Flow's id");
        }
    }
    if button.get("flow_name").is_some() {
        report.rule(&format!("{path}.flow_name"), &button["flow_name"], &Rule::Text { max: 200 });
    }
    if let Some(json) = button.get("flow_json") {
        let is_flow =
            json.as_str().is_some_and(|text| serde_json::from_str::<Value>(text).is_ok_and(|flow| flow.is_object()));
        if !is_flow {
            report.say(&format!("{path}.flow_json"), "must be a Flow's JSON, as a string");
        }
    }
    if button.get("flow_action").is_some() {
        report.rule(
            &format!("{path}.flow_action"),
            &button["flow_action"],
            &Rule::Words(&["navigate", "data_exchange"]),
        );
    }
}

const ONE_TIME: Rule = Rule::Open(&[
    optional("text", LABEL),
    optional("autofill_text", LABEL),
    required("otp_type", Rule::Words(&["COPY_CODE", "ONE_TAP", "ZERO_TAP"])),
]);

const APP: Rule = Rule::Open(&[
    required("package_name", Rule::Text { max: 224 }),
    required("signature_hash", Rule::Text { max: 64 }),
]);
const APPS: Rule = Rule::List { min: 1, max: APPS_MAX, of: &APP };

/// The apps that may fill a code in are named; that the customer may not see it has been agreed to.
fn check_one_time(path: &str, button: &Value, report: &mut Report) {
    let kind = button.get("otp_type").and_then(Value::as_str).unwrap_or_default();
    if matches!(kind, "ONE_TAP" | "ZERO_TAP") {
        match button.get("supported_apps") {
            Some(apps) => report.rule(&format!("{path}.supported_apps"), apps, &APPS),
            None if button.get("package_name").is_some() || button.get("signature_hash").is_some() => {
                report.rule(path, button, &APP);
            }
            None => report.say(&format!("{path}.supported_apps"), "is missing"),
        }
    }
    if kind == "ZERO_TAP" && button.get("zero_tap_terms_accepted") != Some(&Value::Bool(true)) {
        report.say(&format!("{path}.zero_tap_terms_accepted"), "must be true");
    }
}
