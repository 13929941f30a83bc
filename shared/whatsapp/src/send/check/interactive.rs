//! Rules of the type `interactive`: each of its kinds is a row with what it takes around its action.
use serde_json::Value;

use super::carousel::CAROUSEL;
use super::media::FILE;
use super::rule::{MANY, Member, Rule, Violation, optional, required};

const KIND: Member = required("type", Rule::Filled);
const BODY: Member = required("body", Rule::Open(&[required("text", Rule::Text { max: 1024 })]));
const LONG_BODY: Member = required("body", Rule::Open(&[required("text", Rule::Text { max: 4096 })]));
const ANY_BODY: Member = optional("body", Rule::Open(&[required("text", Rule::Text { max: 1024 })]));
const FOOTER: Member = optional("footer", Rule::Open(&[required("text", Rule::Text { max: 60 })]));

const TEXT_HEADER: Rule = Rule::Tagged(&[("text", HEADER_TEXT)]);
const HEADER_TEXT: Rule = Rule::Open(&[required("text", Rule::Text { max: 60 })]);
const HEADER: Member = optional(
    "header",
    Rule::Tagged(&[
        ("text", HEADER_TEXT),
        ("image", Rule::Open(&[required("image", FILE)])),
        ("video", Rule::Open(&[required("video", FILE)])),
        ("document", Rule::Open(&[required("document", FILE)])),
    ]),
);

pub(super) const INTERACTIVE: Rule = Rule::Tagged(&[
    ("button", Rule::Object(&[KIND, HEADER, BODY, FOOTER, action(&[required("buttons", BUTTONS)])])),
    ("list", Rule::Object(&[KIND, optional("header", TEXT_HEADER), LONG_BODY, FOOTER, action(LIST)])),
    ("cta_url", Rule::Object(&[KIND, HEADER, BODY, FOOTER, required("action", LINK)])),
    ("flow", Rule::Object(&[KIND, HEADER, BODY, FOOTER, action(FLOW)])),
    ("product", Rule::Object(&[KIND, ANY_BODY, FOOTER, required("action", PRODUCT)])),
    ("product_list", Rule::Object(&[KIND, required("header", TEXT_HEADER), BODY, FOOTER, action(PRODUCTS)])),
    ("catalog_message", Rule::Object(&[KIND, BODY, FOOTER, action(CATALOG)])),
    ("location_request_message", Rule::Object(&[KIND, BODY, action(&[named(&["send_location"])])])),
    ("address_message", Rule::Object(&[KIND, HEADER, ANY_BODY, FOOTER, action(ADDRESS)])),
    (
        "call_permission_request",
        Rule::Object(&[KIND, ANY_BODY, FOOTER, action(&[named(&["call_permission_request"])])]),
    ),
    ("voice_call", Rule::Object(&[KIND, ANY_BODY, FOOTER, action(CALL)])),
    ("carousel", Rule::Object(&[KIND, BODY, action(&[required("cards", CAROUSEL)])])),
    ("request_contact_info", Rule::Object(&[KIND, BODY, action(&[named(&["request_contact_info"])])])),
    ("order_details", Rule::Object(&[KIND, HEADER, BODY, FOOTER, action(ORDER_DETAILS)])),
    ("order_status", Rule::Object(&[KIND, BODY, FOOTER, action(ORDER_STATUS)])),
]);

const fn action(members: &'static [Member]) -> Member {
    required("action", Rule::Open(members))
}

const fn named(name: &'static [&'static str]) -> Member {
    required("name", Rule::Words(name))
}

const fn parameters(members: &'static [Member]) -> Member {
    required("parameters", Rule::Open(members))
}

const BUTTONS: Rule = Rule::All(&[Rule::List { min: 1, max: 3, of: &Rule::Open(BUTTON) }, Rule::Custom(titles_differ)]);

const BUTTON: &[Member] = &[
    required("type", Rule::Words(&["reply"])),
    required(
        "reply",
        Rule::Open(&[required("id", Rule::Text { max: 256 }), required("title", Rule::Text { max: 20 })]),
    ),
];

const LIST: &[Member] = &[
    required("button", Rule::Text { max: 20 }),
    required(
        "sections",
        Rule::All(&[Rule::List { min: 1, max: 10, of: &Rule::Open(SECTION) }, TITLED, Rule::Custom(rows_fit)]),
    ),
];

const TITLE: Member = optional("title", Rule::Short { max: 24 });
const TITLED: Rule = Rule::Custom(sections_are_told_apart);

const SECTION: &[Member] = &[TITLE, required("rows", Rule::List { min: 1, max: MANY, of: &Rule::Open(ROW) })];

const ROW: &[Member] = &[
    required("id", Rule::Text { max: 200 }),
    required("title", Rule::Text { max: 24 }),
    optional("description", Rule::Short { max: 72 }),
];

/// A button that opens an address; a card of a carousel has one too.
pub(super) const LINK: Rule = Rule::Open(&[
    named(&["cta_url"]),
    parameters(&[required("display_text", Rule::Text { max: 20 }), required("url", Rule::Filled)]),
]);

const FLOW: &[Member] = &[
    named(&["flow"]),
    required(
        "parameters",
        Rule::All(&[
            Rule::Open(&[
                required("flow_message_version", Rule::Words(&["3"])),
                optional("flow_id", Rule::Filled),
                optional("flow_name", Rule::Filled),
                required("flow_cta", Rule::Text { max: 30 }),
                optional("flow_token", Rule::String),
                optional("mode", Rule::Words(&["draft", "published"])),
                optional("flow_action", Rule::Words(&["navigate", "data_exchange"])),
                optional("flow_action_payload", Rule::Open(&[])),
            ]),
            Rule::Custom(names_its_flow),
        ]),
    ),
];

/// A product of a catalogue; a card of a carousel shows one too.
pub(super) const PRODUCT: Rule =
    Rule::Open(&[required("catalog_id", Rule::Filled), required("product_retailer_id", Rule::Filled)]);

const PRODUCTS: &[Member] = &[
    required("catalog_id", Rule::Filled),
    required(
        "sections",
        Rule::All(&[Rule::List { min: 1, max: 10, of: &Rule::Open(SHELF) }, TITLED, Rule::Custom(products_fit)]),
    ),
];

const SHELF: &[Member] = &[
    TITLE,
    required(
        "product_items",
        Rule::List { min: 1, max: MANY, of: &Rule::Open(&[required("product_retailer_id", Rule::Filled)]) },
    ),
];

const CATALOG: &[Member] = &[
    named(&["catalog_message"]),
    optional("parameters", Rule::Open(&[optional("thumbnail_product_retailer_id", Rule::Filled)])),
];

const ADDRESS: &[Member] = &[named(&["address_message"]), required("parameters", Rule::Custom(names_its_country))];

const CALL: &[Member] = &[
    named(&["voice_call"]),
    optional(
        "parameters",
        Rule::Open(&[
            optional("display_text", Rule::Text { max: 20 }),
            optional("ttl_minutes", Rule::Number),
            optional("payload", Rule::String),
        ]),
    ),
];

const ORDER_DETAILS: &[Member] = &[named(&["review_and_pay"]), parameters(&[required("reference_id", Rule::Filled)])];

const ORDER_STATUS: &[Member] = &[
    named(&["review_order"]),
    parameters(&[
        required("reference_id", Rule::Filled),
        required("order", Rule::Open(&[required("status", Rule::Filled)])),
    ]),
];

const ROWS_MAX: usize = 10;
const PRODUCTS_MAX: usize = 30;

fn titles_differ(path: &str, buttons: &Value, violations: &mut Vec<Violation>) {
    all_differ(
        items(buttons).map(|(at, button)| (format!("{path}[{at}].reply.title"), &button["reply"]["title"])),
        violations,
    );
}

fn rows_fit<'a>(path: &str, sections: &'a Value, violations: &mut Vec<Violation>) {
    let mut ids = Vec::new();
    for (at, section) in items(sections) {
        let row = |(row, value): (usize, &'a Value)| (format!("{path}[{at}].rows[{row}].id"), &value["id"]);
        ids.extend(items(&section["rows"]).map(row));
    }
    if ids.len() > ROWS_MAX {
        violations.push(Violation::over(path, ROWS_MAX, "rows in all sections together"));
    }
    all_differ(ids.into_iter(), violations);
}

fn products_fit(path: &str, sections: &Value, violations: &mut Vec<Violation>) {
    if items(sections).map(|(_, section)| items(&section["product_items"]).count()).sum::<usize>() > PRODUCTS_MAX {
        violations.push(Violation::over(path, PRODUCTS_MAX, "products in all sections together"));
    }
}

fn sections_are_told_apart(path: &str, sections: &Value, violations: &mut Vec<Violation>) {
    let is_untitled = |section: &Value| section["title"].as_str().is_none_or(|title| title.trim().is_empty());
    if items(sections).count() > 1 {
        for (at, _) in items(sections).filter(|(_, section)| is_untitled(section)) {
            violations
                .push(Violation::new(format!("{path}[{at}].title"), "is needed where there are several sections"));
        }
    }
}

fn names_its_flow(path: &str, parameters: &Value, violations: &mut Vec<Violation>) {
    if parameters.is_object() && parameters.get("flow_id").is_none() && parameters.get("flow_name").is_none() {
        violations.push(Violation::new(path, "must have a flow_id or a flow_name"));
    }
}

/// Meta documents these parameters as an object and as the JSON of one.
fn names_its_country(path: &str, parameters: &Value, violations: &mut Vec<Violation>) {
    let is_named = parameters["country"].as_str().is_some_and(|country| !country.trim().is_empty());
    match parameters {
        Value::String(json) if !json.trim().is_empty() => {}
        Value::Object(_) if is_named => {}
        Value::Object(_) => violations.push(Violation::new(format!("{path}.country"), "is missing")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            violations.push(Violation::new(path, "must be an object"));
        }
    }
}

fn items(list: &Value) -> impl Iterator<Item = (usize, &Value)> {
    list.as_array().into_iter().flatten().enumerate()
}

fn all_differ<'a>(texts: impl Iterator<Item = (String, &'a Value)>, violations: &mut Vec<Violation>) {
    let mut seen: Vec<&str> = Vec::new();
    for (path, text) in texts {
        match text.as_str() {
            Some(text) if seen.contains(&text) => violations.push(Violation::new(path, "must differ from the others")),
            Some(text) => seen.push(text),
            None => {}
        }
    }
}
