//! Rules of a carousel: cards that show files or products, all of one kind.
use serde_json::Value;

use super::interactive::{LINK, PRODUCT};
use super::media::FILE;
use super::rule::{Member, Rule, Violation, check_rule, optional, required};

pub(super) const CAROUSEL: Rule =
    Rule::All(&[Rule::List { min: 2, max: 10, of: &Rule::Custom(check_card) }, Rule::Custom(cards_are_alike)]);

const INDEX: Member = required("card_index", Rule::Number);
const KIND: Member = required("type", Rule::Filled);

const PRODUCT_CARD: Rule = Rule::Open(&[INDEX, KIND, required("action", PRODUCT)]);
const LINK_CARD: Rule = Rule::All(&[MEDIA_CARD, Rule::Open(&[required("action", Rule::Custom(check_action))])]);
const MEDIA_CARD: Rule = Rule::Open(&[
    INDEX,
    KIND,
    required(
        "header",
        Rule::Tagged(&[
            ("image", Rule::Open(&[required("image", FILE)])),
            ("video", Rule::Open(&[required("video", FILE)])),
        ]),
    ),
    optional("body", Rule::Open(&[required("text", Rule::Text { max: 160 })])),
    required("action", Rule::Open(&[])),
]);

/// Meta adds kinds of cards; what is common to all that show a file is checked of them too.
fn check_card(path: &str, card: &Value, violations: &mut Vec<Violation>) {
    let rule = match card["type"].as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("product") => &PRODUCT_CARD,
        Some("cta_url") => &LINK_CARD,
        Some(_) | None => &MEDIA_CARD,
    };
    check_rule(path, card, rule, violations);
}

fn check_action(path: &str, action: &Value, violations: &mut Vec<Violation>) {
    if action.is_object() && action.get("buttons").is_none() {
        check_rule(path, action, &LINK, violations);
    }
}

fn cards_are_alike(path: &str, cards: &Value, violations: &mut Vec<Violation>) {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_ascii_lowercase();
    let mut cards = cards.as_array().into_iter().flatten().enumerate();
    let Some((_, first)) = cards.next() else { return };
    for (at, card) in cards {
        if word(&card["type"]) != word(&first["type"]) {
            violations.push(Violation::new(format!("{path}[{at}].type"), "must be the same on all cards"));
        }
        if word(&card["header"]["type"]) != word(&first["header"]["type"]) {
            violations.push(Violation::new(format!("{path}[{at}].header.type"), "must be the same on all cards"));
        }
    }
}
