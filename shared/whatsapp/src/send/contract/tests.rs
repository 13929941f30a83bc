//! Messages held against templates, a row for each way in which they may not fit.
use domain::Time;
use domain::ids::TemplateId;
use serde_json::json;

use super::*;

pub(in crate::send) fn template(category: &str, format: &str, components: Value) -> Template {
    Template {
        id: TemplateId::of("1", "t", "en"),
        waba_id: "1".to_owned(),
        meta_id: "2".to_owned(),
        name: "t".to_owned(),
        language: "en".to_owned(),
        status: "APPROVED".to_owned(),
        category: category.to_owned(),
        parameter_format: format.to_owned(),
        components,
        quality: None,
        rejected_reason: None,
        more: domain::template::More::default(),
        course: domain::template::Course::default(),
        synced_at: Time::from_seconds(1),
    }
}

/// The fields that do not fit, from `template.components` on.
fn wrong(template: &Template, components: Value) -> Vec<String> {
    let payload = json!({"name": "t", "language": {"code": "en"}, "components": components});
    let violations = fits(template, &payload).err().unwrap_or_default();
    violations.into_iter().map(|one| one.field.trim_start_matches("template.components").to_owned()).collect()
}

fn body(texts: &[&str]) -> Value {
    let parameter = |text: &&str| json!({"type": "text", "text": text});
    json!({"type": "body", "parameters": texts.iter().map(parameter).collect::<Vec<_>>()})
}

fn named(name: &str) -> Value {
    json!({"type": "text", "text": "x", "parameter_name": name})
}

#[test]
fn values_match_the_placeholders_of_header_and_body() {
    let plain = template("UTILITY", "POSITIONAL", json!([{"type": "BODY", "text": "Hello"}]));
    let two = template("UTILITY", "POSITIONAL", json!([{"type": "BODY", "text": "{{1}} and {{2}}, {{1}}"}]));
    let by_name = template(
        "UTILITY",
        "NAMED",
        json!([{"type": "HEADER", "format": "TEXT", "text": "{{shop}}"}, {"type": "BODY", "text": "{{first}} {{last}}"}]),
    );
    let header = json!({"type": "header", "parameters": [named("shop")]});
    let names = |names: &[&str]| json!({"type": "body", "parameters": names.iter().map(|name| named(name)).collect::<Vec<_>>()});
    for (template, components, expected) in [
        (&plain, json!([]), &[][..]),
        (&plain, json!([body(&["x"])]), &["[0].parameters"]),
        (&plain, json!([{"type": "header", "parameters": [{"type": "text", "text": "x"}]}]), &["[0]"]),
        (&two, json!([body(&["a", "b"])]), &[]),
        (
            &two,
            json!([{"type": "BODY", "parameters": [
                {"type": "currency", "currency": {"fallback_value": "1 EUR", "code": "EUR", "amount_1000": 1000}},
                {"type": "date_time", "date_time": {"fallback_value": "today"}},
            ]}]),
            &[],
        ),
        (&two, json!([]), &[".body.parameters"]),
        (&two, json!([body(&["a"])]), &["[0].parameters"]),
        (&two, json!([body(&["a", "b", "c"])]), &["[0].parameters"]),
        (
            &two,
            json!([{"type": "body", "parameters": [{"type": "text", "text": "a"}, {"type": "payload", "payload": "b"}]}]),
            &["[0].parameters[1].type"],
        ),
        (&two, json!([body(&["a", " "])]), &["[0].parameters[1].text"]),
        (
            &two,
            json!([{"type": "body", "parameters": [named("1"), named("2")]}]),
            &["[0].parameters[0].parameter_name", "[0].parameters[1].parameter_name"],
        ),
        (&two, json!([body(&["a", "b"]), body(&["c", "d"])]), &["[1].type"]),
        (&two, json!([body(&["a", &"b".repeat(1020)])]), &["[0]"]), // 132005
        (&by_name, json!([header, names(&["last", "first"])]), &[]),
        (&by_name, json!([header, names(&["first", "first"])]), &["[1].parameters[1].parameter_name"]),
        (&by_name, json!([header, names(&["first", "second"])]), &["[1].parameters[1].parameter_name"]),
        (
            &by_name,
            json!([header, body(&["a", "b"])]),
            &["[1].parameters[0].parameter_name", "[1].parameters[1].parameter_name"],
        ),
        (&by_name, json!([names(&["first", "last"])]), &[".header.parameters"]),
    ] {
        assert_eq!(wrong(template, components.clone()), expected, "{components}");
    }
}

#[test]
fn a_header_that_is_no_text_takes_one_of_its_kind() {
    for format in ["IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "PRODUCT"] {
        let template = template("MARKETING", "POSITIONAL", json!([{"type": "HEADER", "format": format}]));
        let kind = format.to_lowercase();
        let good = json!({"type": "header", "parameters": [{"type": kind, kind.as_str(): {}}]});
        let other = json!({"type": "header", "parameters": [{"type": "text", "text": "x"}]});
        assert_eq!(wrong(&template, json!([good])), [""; 0], "{format}");
        assert_eq!(wrong(&template, json!([other])), ["[0]"], "{format}");
        assert_eq!(wrong(&template, json!([])), [".header"], "{format}");
    }
}

#[test]
fn each_button_takes_what_its_type_takes() {
    let button = |kind: &str| json!([{"type": "BUTTONS", "buttons": [{"type": kind}]}]);
    let open = json!([{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY"}, {"type": "URL", "url": "https://x.test/{{1}}"}]}]);
    let closed = json!([{"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.test/"}]}]);
    let sent = |sub_type: &str, index: usize, kind: &str| json!([{"type": "button", "sub_type": sub_type, "index": index.to_string(), "parameters": [{"type": kind, kind: if kind == "action" { json!({}) } else { json!("x") }}]}]);
    let products = json!({"type": "button", "sub_type": "mpm", "index": 0, "parameters": [{"type": "action", "action": {"sections": [{"title": "All"}]}}]});
    let long = json!({"type": "button", "sub_type": "url", "index": 1, "parameters": [{"type": "text", "text": "x".repeat(1990)}]});
    for (wanted, components, expected) in [
        (open.clone(), sent("url", 1, "text"), &[][..]),
        (open.clone(), json!([]), &[".button"]),
        (open.clone(), sent("url", 0, "text"), &["[0].sub_type", ".button"]),
        (open.clone(), sent("url", 2, "text"), &[".button", "[0].index"]),
        (open.clone(), json!([sent("url", 1, "text")[0], sent("url", 1, "text")[0]]), &["[1].index"]),
        (open.clone(), json!([long]), &["[0].parameters[0].text"]),
        (closed.clone(), json!([]), &[]),
        (closed, sent("url", 0, "text"), &["[0].parameters"]),
        (button("COPY_CODE"), sent("copy_code", 0, "coupon_code"), &[]),
        (button("COPY_CODE"), json!([]), &[".button"]),
        (button("COPY_CODE"), sent("copy_code", 0, "text"), &["[0].parameters"]),
        (button("COPY_CODE"), json!([{"type": "button", "sub_type": "copy_code", "index": 0}]), &["[0].parameters"]),
        (button("MPM"), sent("mpm", 0, "action"), &["[0].parameters[0].action.sections"]),
        (button("MPM"), json!([products]), &[]),
        (button("MPM"), json!([]), &[".button"]),
        (button("ORDER_DETAILS"), json!([]), &[".button"]),
        (button("CATALOG"), json!([]), &[]),
        (button("FLOW"), sent("FLOW", 0, "action"), &[]),
        (button("QUICK_REPLY"), sent("quick_reply", 0, "payload"), &[]),
        (button("QUICK_REPLY"), sent("quick_reply", 0, "text"), &[]),
        (button("QUICK_REPLY"), sent("quick_reply", 0, "action"), &["[0].parameters"]),
        (button("VOICE_CALL"), json!([{"type": "button", "sub_type": "voice_call"}]), &[]),
        (button("PHONE_NUMBER"), json!([]), &[]),
        (button("PHONE_NUMBER"), sent("url", 0, "text"), &["[0]"]),
    ] {
        let template = template("MARKETING", "POSITIONAL", wanted.clone());
        assert_eq!(wrong(&template, components.clone()), expected, "{wanted} {components}");
    }
}

#[test]
fn a_one_time_code_goes_twice() {
    let template = template(
        "AUTHENTICATION",
        "POSITIONAL",
        json!([{"type": "BODY", "text": "*{{1}}* is your code."}, {"type": "BUTTONS", "buttons": [{"type": "OTP", "url": "https://x.test/otp/{{1}}"}]}]),
    );
    let button = |code: &str| json!({"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": code}]});
    for (components, expected) in [
        (json!([body(&["123456"]), button("123456")]), &[][..]),
        (json!([body(&["123456"]), button("654321")]), &["[1].parameters[0].text"]),
        (json!([body(&["123456"])]), &[".button"]),
        (json!([body(&["1234567890123456"]), button("1234567890123456")]), &["[0].parameters[0].text"]),
    ] {
        assert_eq!(wrong(&template, components.clone()), expected, "{components}");
    }
}

#[test]
fn a_code_goes_twice_also_where_meta_tells_neither_its_text_nor_the_button_s_type() {
    let untold = template(
        "AUTHENTICATION",
        "POSITIONAL",
        json!([{"type": "BODY", "add_security_recommendation": true}, {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}]),
    );
    let as_url = template(
        "AUTHENTICATION",
        "POSITIONAL",
        json!([{"type": "BODY", "text": "*{{1}}*"}, {"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.test/code={{1}}"}]}]),
    );
    let button = |code: &str| json!({"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": code}]});
    for template in [untold, as_url] {
        assert_eq!(wrong(&template, json!([body(&["1234"]), button("1234")])), [""; 0]);
        assert_eq!(wrong(&template, json!([body(&["1234"]), button("4321")])), ["[1].parameters[0].text"]);
        assert_eq!(wrong(&template, json!([body(&["1234"])])), [".button"]);
        assert_eq!(wrong(&template, json!([button("1234")])), [".body.parameters"]);
    }
}

#[test]
fn an_offer_that_ends_says_when() {
    let offer = |ends: bool| {
        let part =
            json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Now!", "has_expiration": ends}});
        template("MARKETING", "POSITIONAL", json!([part]))
    };
    let told = |ms: i64| {
        json!([{"type": "limited_time_offer", "parameters": [
            {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": ms}},
        ]}])
    };
    for (ends, components, expected) in [
        (true, told(1_795_321_800_000), &[][..]),
        (true, json!([]), &[".limited_time_offer"]),
        (true, told(0), &["[0]"]),
        (false, json!([]), &[]),
    ] {
        assert_eq!(wrong(&offer(ends), components.clone()), expected, "{components}");
    }
    let none = template("MARKETING", "POSITIONAL", json!([{"type": "BODY", "text": "Now"}]));
    assert_eq!(wrong(&none, told(1_795_321_800_000)), ["[0]"]);
}

#[test]
fn a_carousel_has_the_cards_of_its_template() {
    let card = json!({"components": [
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "{{1}}"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY"}]},
    ]});
    let template = template("MARKETING", "POSITIONAL", json!([{"type": "CAROUSEL", "cards": [card, card]}]));
    let image = json!({"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]});
    let sent = |index: usize| json!({"card_index": index, "components": [image, body(&["x"])]});
    let carousel = |cards: Value| json!([{"type": "carousel", "cards": cards}]);
    for (components, expected) in [
        (carousel(json!([sent(0), sent(1)])), &[][..]),
        (carousel(json!([sent(1), sent(0)])), &[]),
        (carousel(json!([sent(0)])), &["[0].cards"]),
        (carousel(json!([sent(0), sent(2)])), &["[0].cards"]),
        (
            carousel(json!([sent(0), {"card_index": 1, "components": [body(&["x", "y"])]}])),
            &["[0].cards[1].components.header", "[0].cards[1].components[0].parameters"],
        ),
        (json!([]), &[".carousel.cards"]),
    ] {
        assert_eq!(wrong(&template, components.clone()), expected, "{components}");
    }
}
