//! A carousel: two to ten cards, each with the same components, that show files or products.
use serde_json::Value;

use super::components::{Context, check_body, check_header, header_format, word};
use super::report::Report;
use super::text::{Form, Variables};
use super::{buttons, is_typed, kinds_are_single};

const CARDS_MIN: usize = 2;
const CARDS_MAX: usize = 10;
const CARD_BUTTONS_MAX: usize = 2;
const CARD_BODY: Form = Form { max: 160, has_lines: true, variables: Variables::Many };
const FORMATS: &[&str] = &["IMAGE", "VIDEO", "PRODUCT"];

pub(super) fn check(path: &str, carousel: &Value, context: Context<'_>, report: &mut Report) {
    let path = format!("{path}.cards");
    let Some(cards) = carousel.get("cards") else { return report.say(&path, "is missing") };
    let cards = report.items(&path, cards);
    if cards.len() > CARDS_MAX {
        report.over(&path, CARDS_MAX, "cards");
    }
    if cards.len() < CARDS_MIN {
        report.say(&path, format!("must have at least {CARDS_MIN} cards"));
    }
    for (at, card) in cards.iter().enumerate() {
        check_card(&format!("{path}[{at}]"), card, context, report);
    }
    let Some((first, others)) = cards.split_first() else { return };
    for (at, card) in (1..).zip(others) {
        if shape(card) != shape(first) {
            let path = format!("{path}[{at}].components");
            report.say(&path, "must be of the same types, formats and buttons as those of the first card");
        }
    }
}

fn check_card(path: &str, card: &Value, context: Context<'_>, report: &mut Report) {
    let path = format!("{path}.components");
    let Some(components) = card.get("components") else { return report.say(&path, "is missing") };
    let components = report.items(&path, components);
    kinds_are_single(&path, components, report);
    for (at, component) in components.iter().enumerate() {
        let path = format!("{path}[{at}]");
        if !is_typed(&path, component, report) {
            continue;
        }
        match word(component) {
            "HEADER" => {
                check_header(&path, component, context, report);
                if header_format(component).is_some_and(|format| !FORMATS.contains(&format)) {
                    report.say(&format!("{path}.format"), "must be IMAGE, VIDEO or PRODUCT on a card");
                }
            }
            "BODY" => check_body(&path, component, CARD_BODY, context, report),
            "BUTTONS" => buttons::check(&path, component, CARD_BUTTONS_MAX, report),
            kind => report.say(&format!("{path}.type"), format!("a card has no {kind}")),
        }
    }
    if !components.iter().any(|component| word(component) == "HEADER") {
        report.say(&path, "must have a component of type HEADER");
    }
}

/// What must be alike on all cards.
fn shape(card: &Value) -> Vec<String> {
    let components = card.get("components").and_then(Value::as_array).into_iter().flatten();
    components
        .flat_map(|component| {
            let buttons = component.get("buttons").and_then(Value::as_array).into_iter().flatten();
            let inside = header_format(component).into_iter().chain(buttons.map(buttons::word));
            std::iter::once(word(component)).chain(inside).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}
