//! The buttons of a template message: what each type asks of the message, and whether it is given.
use serde_json::Value;

use super::{Check, Parts, place};
use crate::loose::{Loose, is_index};
use crate::open::same_word;
use crate::send::Violation;
use crate::templates::placeholders;

/// Longest address with its value filled in.
const URL_MAX: usize = 2000;

/// What a button of each type asks of the message: the `sub_type` of its component, the types of its parameters, and whether
/// it must be given. A button that is not here takes nothing.
const BUTTONS: &[(&str, &str, &[&str], Given)] = &[
    ("URL", "url", &["text"], Given::IfOpen),
    ("OTP", "url", &["text"], Given::Always),
    ("COPY_CODE", "copy_code", &["coupon_code"], Given::Always),
    // Meta's own samples have both.
    ("QUICK_REPLY", "quick_reply", &["payload", "text"], Given::IfWanted),
    ("FLOW", "flow", &["action"], Given::IfWanted),
    ("CATALOG", "catalog", &["action"], Given::IfWanted),
    ("MPM", "mpm", &["action"], Given::Always),
    ("SPM", "spm", &["action"], Given::IfWanted),
    ("ORDER_DETAILS", "order_details", &["action"], Given::Always),
    ("VOICE_CALL", "voice_call", &["ttl_minutes", "payload"], Given::IfWanted),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Always,
    /// Where the button's address has a placeholder.
    IfOpen,
    IfWanted,
}

impl Check {
    pub(super) fn buttons(&mut self, path: &str, wanted: &[&Value], given: &Parts, code: Option<&str>) {
        let sent: Vec<(usize, &Value)> = given.all("button").collect();
        for (at, button) in wanted.iter().enumerate() {
            let mut own = sent.iter().filter(|(_, component)| button_place(component) == Some(at));
            let component = own.next();
            self.wanted(
                &place(path, "button", component.map(|one| one.0)),
                at,
                button,
                component.map(|one| one.1),
                code,
            );
            for (index, _) in own {
                self.say(format!("{path}[{index}].index"), format!("names button {at} a second time"));
            }
        }
        for (index, component) in sent {
            if button_place(component).is_none_or(|at| at >= wanted.len()) {
                self.say(format!("{path}[{index}].index"), format!("the template has {} buttons", wanted.len()));
            }
        }
    }

    /// The button of the template in place `at`, and what the message gives for it.
    fn wanted(&mut self, path: &str, at: usize, button: &Value, component: Option<&Value>, code: Option<&str>) {
        let kind = button.text("type").unwrap_or_default();
        let Some((_, sub_type, kinds, needed)) = BUTTONS.iter().find(|(known, ..)| same_word(known, &kind)) else {
            if component.is_some() {
                self.say(path, format!("button {at} ({kind}) takes nothing"));
            }
            return;
        };
        let url = button.text("url").unwrap_or_default();
        let is_open = !placeholders(&url).is_empty();
        let Some(component) = component else {
            if *needed == Given::Always || (*needed == Given::IfOpen && is_open) {
                self.say(path, format!("button {at} ({kind}) needs a component of sub_type {sub_type}"));
            }
            return;
        };
        let takes = *needed != Given::IfOpen || is_open;
        self.button(path, component, sub_type, kinds, [takes, *needed != Given::IfWanted]);
        let first = component.list("parameters").first().copied();
        let text = first.and_then(|parameter| parameter.text("text"));
        // An authentication template's button may be told as one of type URL.
        if *sub_type == "url" && takes && code.is_some() && text.as_deref() != code {
            self.say(format!("{path}.parameters[0].text"), "must be the code that the body has");
        }
        let length = url.chars().count().saturating_add(text.map_or(0, |text| text.chars().count()));
        if is_open && length > URL_MAX {
            let message = format!("must not make the address longer than {URL_MAX} characters");
            let field = format!("{path}.parameters[0].text");
            self.violations.push(Violation { limit: Some(URL_MAX), ..Violation::new(field, message) });
        }
        let action = first.and_then(|parameter| parameter.object("action"));
        if same_word(&kind, "MPM") && action.is_some_and(|action| action.list("sections").is_empty()) {
            self.say(format!("{path}.parameters[0].action.sections"), "must have the products, in sections");
        }
    }

    fn button(&mut self, path: &str, component: &Value, sub_type: &str, kinds: &[&str], [takes, is_needed]: [bool; 2]) {
        if component.text("sub_type").is_none_or(|word| !same_word(&word, sub_type)) {
            self.say(format!("{path}.sub_type"), format!("must be {sub_type}, as the template's button is"));
            return;
        }
        let parameters = component.list("parameters");
        let is_one =
            |one: &&Value| one.text("type").is_some_and(|kind| kinds.iter().any(|known| same_word(&kind, known)));
        if takes && is_needed && parameters.is_empty() {
            self.say(format!("{path}.parameters"), "is missing");
        } else if !takes && !parameters.is_empty() {
            self.say(format!("{path}.parameters"), "the button's address has no placeholder");
        } else if takes && (parameters.len() > kinds.len() || !parameters.iter().all(is_one)) {
            self.say(
                format!("{path}.parameters"),
                format!("must be at most one of type {}", kinds.join(" and one of type ")),
            );
        }
    }
}

/// Where a template has one button of its kind, the index may be left out.
pub(in crate::send) fn button_place(component: &Value) -> Option<usize> {
    match component.text("index") {
        Some(text) if is_index(&text) => text.parse().ok(),
        Some(_) => None,
        None => Some(0),
    }
}
