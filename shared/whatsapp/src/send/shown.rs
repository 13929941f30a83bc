//! A message as the customer will see it, from what is sent and, of a template, what Meta adds: for previews.
//!
//! Guarantee: texts are those that WhatsApp gets. Where a value is missing its placeholder stays, so that it is seen.
use domain::template::{AUTHENTICATION, Template};
use serde_json::Value;

use super::contract::{Parts, button_place, value_of};
use crate::loose::Loose;
use crate::templates::placeholders;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub header: Option<Header>,
    pub body: Option<String>,
    pub footer: Option<String>,
    /// The text of a limited-time offer.
    pub offer: Option<String>,
    pub buttons: Vec<Button>,
    pub cards: Vec<Shown>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    Text(String),
    /// A file, a place, a product …: its type, and what was given of it.
    Other {
        kind: String,
        value: Value,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// `url`, `quick_reply` …, lower case.
    pub kind: String,
    pub text: String,
    pub url: Option<String>,
    pub phone: Option<String>,
    /// What is copied.
    pub code: Option<String>,
}

impl Button {
    fn new(kind: &str, text: Option<String>) -> Button {
        Button { kind: kind.to_lowercase(), text: text.unwrap_or_default(), url: None, phone: None, code: None }
    }
}

/// `template`: that of a template message, if it is known.
pub fn shown(kind: &str, content: &Value, template: Option<&Template>) -> Shown {
    match (kind, template) {
        ("template", Some(template)) => {
            let has_code = template.category == AUTHENTICATION;
            let wanted = Parts::of(&template.components);
            let mut shown = components(&wanted, &Parts(content.list("components")), has_code);
            let offer = wanted.find("limited_time_offer").map(|(_, offer)| offer);
            shown.offer = offer.and_then(|offer| offer.object("limited_time_offer")?.text("text"));
            let sent = Parts(content.list("components")).inside("carousel", "cards");
            let card = |(at, card): (usize, &Value)| {
                let at = i64::try_from(at).ok();
                let given = sent.iter().find(|one| one.number("card_index") == at);
                let given = given.map_or_else(Vec::new, |given| given.list("components"));
                components(&Parts(card.list("components")), &Parts(given), has_code)
            };
            shown.cards = wanted.inside("carousel", "cards").into_iter().enumerate().map(card).collect();
            shown
        }
        ("template", None) => Shown::default(),
        ("text", _) => Shown { body: content.text("body"), ..Shown::default() },
        ("interactive", _) => interactive(content),
        _ => Shown { header: Some(other(kind, content)), body: content.text("caption"), ..Shown::default() },
    }
}

fn components(wanted: &Parts, given: &Parts, has_code: bool) -> Shown {
    let part = |kind: &str| wanted.find(kind).map(|(_, part)| part);
    let parameters = |kind: &str| given.inside(kind, "parameters");
    let header = part("header").and_then(|header| {
        let format = header.text("format").unwrap_or_else(|| "TEXT".to_owned()).to_lowercase();
        if format == "text" {
            return Some(Header::Text(filled(&header.text("text")?, &parameters("header"))));
        }
        let value = parameters("header").first().and_then(|one| one.get(&format)).cloned();
        Some(Header::Other { kind: format, value: value.unwrap_or_default() })
    });
    // Meta writes the text of codes itself, and may not tell it.
    let text = part("body").and_then(|body| body.text("text").or_else(|| has_code.then(|| "{{1}}".to_owned())));
    let body = text.map(|text| filled(&text, &parameters("body")));
    let footer = part("footer").and_then(|footer| footer.text("text"));
    let sent: Vec<&Value> = given.all("button").map(|(_, button)| button).collect();
    let buttons = wanted.inside("buttons", "buttons").into_iter().enumerate().map(|(place, button)| {
        let given = sent.iter().find(|one| button_place(one) == Some(place));
        let first = given.and_then(|one| one.list("parameters").first().copied());
        let url = button.text("url").map(|url| match placeholders(&url).is_empty() {
            true => url,
            false => filled(&url, first.as_slice()),
        });
        Button {
            url,
            phone: button.text("phone_number"),
            code: first.and_then(|one| one.text("coupon_code")),
            ..Button::new(&button.text("type").unwrap_or_default(), button.text("text"))
        }
    });
    Shown { header, body, footer, offer: None, buttons: buttons.collect(), cards: Vec::new() }
}

/// The text with its values: by name where the parameters have names, else in order.
fn filled(text: &str, parameters: &[&Value]) -> String {
    let names = placeholders(text);
    let value = |name: &str| {
        let named = parameters.iter().find(|one| one.text("parameter_name").as_deref() == Some(name));
        let place = names.iter().position(|known| known == name)?;
        let in_order = parameters.get(place).filter(|one| one.get("parameter_name").is_none());
        named.or(in_order).and_then(|one| value_of(one))
    };
    let mut pieces = text.split("{{");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once("}}") {
            Some((name, rest)) => {
                shown.push_str(&value(name.trim()).unwrap_or_else(|| format!("{{{{{name}}}}}")));
                shown.push_str(rest);
            }
            None => {
                shown.push_str("{{");
                shown.push_str(piece);
            }
        }
    }
    shown
}

fn interactive(content: &Value) -> Shown {
    let text = |name: &str| content.object(name).and_then(|part| part.text("text"));
    let header = content.object("header").map(|header| {
        let kind = header.text("type").unwrap_or_else(|| "text".to_owned());
        match header.text("text").filter(|_| kind == "text") {
            Some(text) => Header::Text(text),
            None => other(&kind, header.get(&kind).unwrap_or(&Value::Null)),
        }
    });
    let action = content.object("action").unwrap_or(&Value::Null);
    let kind = content.text("type").unwrap_or_default();
    let reply =
        |button: &&Value| Button::new("quick_reply", button.object("reply").and_then(|reply| reply.text("title")));
    let mut buttons: Vec<Button> = action.list("buttons").iter().map(reply).collect();
    let parameters = action.object("parameters");
    let label =
        parameters.and_then(|parameters| parameters.text("display_text").or_else(|| parameters.text("flow_cta")));
    if let Some(label) = label.or_else(|| action.text("button")) {
        buttons.push(Button { url: parameters.and_then(|one| one.text("url")), ..Button::new(&kind, Some(label)) });
    }
    for row in action.list("sections").iter().flat_map(|section| section.list("rows")) {
        buttons.push(Button::new("row", row.text("title")));
    }
    let cards = action.list("cards").into_iter().map(interactive).collect();
    Shown { header, body: text("body"), footer: text("footer"), offer: None, buttons, cards }
}

fn other(kind: &str, value: &Value) -> Header {
    Header::Other { kind: kind.to_owned(), value: value.clone() }
}

#[cfg(test)]
mod tests {
    use super::super::contract::tests::template;
    use super::*;
    use serde_json::json;

    fn text(value: &str) -> Value {
        json!({"type": "text", "text": value})
    }

    #[test]
    fn a_template_is_shown_with_its_values() {
        let components = json!([
            {"type": "HEADER", "format": "TEXT", "text": "For {{1}}"},
            {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Ends soon"}},
            {"type": "BODY", "text": "*{{1}}* and {{2}}, again {{1}} for {{3}}"},
            {"type": "FOOTER", "text": "The shop"},
            {"type": "BUTTONS", "buttons": [
                {"type": "COPY_CODE", "text": "Copy"},
                {"type": "URL", "text": "Go", "url": "https://x.test/{{1}}"},
                {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+1650"},
            ]},
        ]);
        let content = json!({"components": [
            {"type": "header", "parameters": [text("Ann")]},
            {"type": "body", "parameters": [text("one"), text("two"), {"type": "currency", "currency": {"fallback_value": "$3"}}]},
            {"type": "button", "sub_type": "copy_code", "index": 0, "parameters": [{"type": "coupon_code", "coupon_code": "TEN"}]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [text("a/b")]},
        ]});
        let shown = shown("template", &content, Some(&template("MARKETING", "POSITIONAL", components)));
        assert_eq!(shown.header, Some(Header::Text("For Ann".to_owned())));
        assert_eq!(shown.body.as_deref(), Some("*one* and two, again one for $3"));
        assert_eq!((shown.footer.as_deref(), shown.offer.as_deref()), (Some("The shop"), Some("Ends soon")));
        assert_eq!(shown.buttons[0].code.as_deref(), Some("TEN"));
        assert_eq!(shown.buttons[1].url.as_deref(), Some("https://x.test/a/b"));
        assert_eq!(shown.buttons[2].phone.as_deref(), Some("+1650"));
    }

    #[test]
    fn names_decide_where_values_have_them_and_gaps_stay_visible() {
        let components = json!([{"type": "BODY", "text": "{{first}} {{last}}, {{ shop }}{{"}]);
        let name = |name: &str, value: &str| json!({"type": "text", "parameter_name": name, "text": value});
        let content =
            json!({"components": [{"type": "body", "parameters": [name("last", "Ash"), name("first", "Ann")]}]});
        let shown = shown("template", &content, Some(&template("UTILITY", "NAMED", components)));
        assert_eq!(shown.body.as_deref(), Some("Ann Ash, {{ shop }}{{"));
    }

    #[test]
    fn cards_are_found_by_their_index() {
        let card = json!({"components": [{"type": "BODY", "text": "Card {{1}}"}]});
        let components = json!([{"type": "BODY", "text": "Look"}, {"type": "CAROUSEL", "cards": [card, card]}]);
        let sent = |index: usize, value: &str| json!({"card_index": index, "components": [{"type": "body", "parameters": [text(value)]}]});
        let content = json!({"components": [{"type": "carousel", "cards": [sent(1, "B"), sent(0, "A")]}]});
        let shown = shown("template", &content, Some(&template("MARKETING", "POSITIONAL", components)));
        let bodies: Vec<_> = shown.cards.iter().map(|card| card.body.as_deref().unwrap()).collect();
        assert_eq!(bodies, ["Card A", "Card B"]);
    }

    #[test]
    fn other_messages_are_shown_too() {
        for (kind, content, body, buttons) in [
            ("text", json!({"body": "Hi"}), Some("Hi"), 0),
            ("image", json!({"id": "1", "caption": "Look"}), Some("Look"), 0),
            (
                "interactive",
                json!({"type": "button", "body": {"text": "Pick"}, "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "A"}}]}}),
                Some("Pick"),
                1,
            ),
            (
                "interactive",
                json!({"type": "list", "body": {"text": "Pick"}, "action": {"button": "Open", "sections": [{"rows": [{"id": "1", "title": "A"}]}]}}),
                Some("Pick"),
                2,
            ),
            ("template", json!({"name": "gone"}), None, 0),
        ] {
            let shown = shown(kind, &content, None);
            assert_eq!((shown.body.as_deref(), shown.buttons.len()), (body, buttons), "{content}");
        }
    }
}
