//! Components of every kind, and what they say of each other.
use super::*;

fn header(format: &str) -> Value {
    json!({"type": "HEADER", "format": format})
}

fn picture() -> Value {
    json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}})
}

#[test]
fn every_kind_of_component_has_its_rules() {
    let file = |example: Value| json!({"type": "HEADER", "format": "IMAGE", "example": example});
    for (component, wrong) in [
        (picture(), vec![]),
        (header("VIDEO"), vec!["example"]),
        (header("DOCUMENT"), vec!["example"]),
        (header("LOCATION"), vec![]),
        (header("PRODUCT"), vec![]),
        (header("HOLOGRAM"), vec![]),
        (header("what is it"), vec!["format"]),
        (file(json!({"header_handle": "4::x"})), vec![]),
        (file(json!({"header_handle": ["4::a\n4::b"]})), vec![]),
        (file(json!({"header_handle": []})), vec!["example.header_handle"]),
        (file(json!({"header_handle": [" "]})), vec!["example.header_handle[0]"]),
        (file(json!({"header_handle": ["https://scontent.test/1"]})), vec!["example.header_handle[0]"]),
        (file(json!({"attachment_id": "att_1"})), vec![]),
        (file(json!({"attachment_id": 1})), vec!["example.attachment_id"]),
        (file(json!({"attachment_id": "att_1", "header_handle": ["4::x"]})), vec!["example"]),
        (json!({"type": "CALL_PERMISSION_REQUEST"}), vec![]),
        (json!({"type": "SOMETHING_NEW", "with": {"members": 1}}), vec![]),
        (json!({"type": "what is it"}), vec!["type"]),
        (json!({"text": "x"}), vec!["type"]),
        (json!({"type": "BODY", "text": "A second body."}), vec!["type"]),
        (json!("x"), vec![""]),
    ] {
        let given = json!([body("Your order can be collected."), component]);
        let found: Vec<String> = of_components("UTILITY", given)
            .into_iter()
            .map(|field| field.replace("components[1]", "").trim_start_matches('.').to_owned())
            .collect();
        assert_eq!(found, wrong, "{component}");
    }
    assert_eq!(of_components("UTILITY", json!([header("LOCATION")])), ["components"], "the body is missing");
}

#[test]
fn an_offer_that_ends_has_a_button_and_no_footer() {
    let offer = |text: &str| json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": text, "has_expiration": true}});
    let code = json!({"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": "CODE"}]});
    let reply = json!({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "No"}]});
    let words = body("Take what you like today.");
    for (what, category, components, wrong) in [
        ("good", "MARKETING", json!([picture(), offer("Ends soon!"), words, code]), vec![]),
        ("sixteen", "MARKETING", json!([offer(&"x".repeat(16)), words, code]), vec![]),
        (
            "seventeen",
            "MARKETING",
            json!([offer(&"x".repeat(17)), words, code]),
            vec!["components[0].limited_time_offer.text"],
        ),
        ("no button", "MARKETING", json!([offer("Soon"), words, reply]), vec!["components[0]"]),
        (
            "a footer",
            "MARKETING",
            json!([offer("Soon"), words, code, {"type": "FOOTER", "text": "x"}]),
            vec!["components[3]"],
        ),
        ("utility", "UTILITY", json!([offer("Soon"), words, code]), vec!["category"]),
        (
            "nothing",
            "MARKETING",
            json!([{"type": "LIMITED_TIME_OFFER"}, words, code]),
            vec!["components[0].limited_time_offer"],
        ),
    ] {
        assert_eq!(of_components(category, components), wrong, "{what}");
    }
}

#[test]
fn one_product_is_shown_by_a_header() {
    let view = json!({"type": "BUTTONS", "buttons": [{"type": "SPM", "text": "View"}]});
    let words = body("Take what you like today.");
    assert_eq!(of_components("MARKETING", json!([header("PRODUCT"), words, view])), Vec::<String>::new());
    assert_eq!(of_components("MARKETING", json!([words, view])), ["components"]);
}

#[test]
fn a_carousel_has_cards_that_are_alike() {
    let buttons = |kinds: &[&str]| {
        let button = |(at, kind): (usize, &&str)| match *kind {
            "URL" => json!({"type": "URL", "text": format!("b{at}"), "url": "https://shop.test/"}),
            kind => json!({"type": kind, "text": format!("b{at}")}),
        };
        json!({"type": "BUTTONS", "buttons": kinds.iter().enumerate().map(button).collect::<Vec<_>>()})
    };
    let card = |components: Vec<Value>| json!({"components": components});
    let plain = || card(vec![picture(), buttons(&["QUICK_REPLY", "URL"])]);
    let product = || card(vec![header("PRODUCT"), buttons(&["SPM"])]);
    let text = || body("A card of its own.");
    let at = |card: usize, rest: &str| format!("cards[{card}].components{rest}");
    for (what, cards, wrong) in [
        ("two", vec![plain(), plain()], vec![]),
        ("products", vec![product(), product()], vec![]),
        ("ten", vec![plain(); 10], vec![]),
        ("eleven", vec![plain(); 11], vec!["cards".to_owned()]),
        ("one", vec![plain()], vec!["cards".to_owned()]),
        (
            "mixed headers",
            vec![plain(), card(vec![header("PRODUCT"), buttons(&["QUICK_REPLY", "URL"])])],
            vec![at(1, "")],
        ),
        ("other buttons", vec![plain(), card(vec![picture(), buttons(&["URL"])])], vec![at(1, "")]),
        (
            "a body on one",
            vec![plain(), card(vec![picture(), text(), buttons(&["QUICK_REPLY", "URL"])])],
            vec![at(1, "")],
        ),
        (
            "three buttons",
            vec![card(vec![picture(), buttons(&["URL", "URL", "QUICK_REPLY"])]); 2],
            vec![at(0, "[1].buttons"), at(1, "[1].buttons")],
        ),
        ("no header", vec![card(vec![buttons(&["URL"])]); 2], vec![at(0, ""), at(1, "")]),
        (
            "a place",
            vec![card(vec![header("LOCATION"), buttons(&["URL"])]); 2],
            vec![at(0, "[0].format"), at(1, "[0].format")],
        ),
        (
            "a footer",
            vec![card(vec![picture(), json!({"type": "FOOTER", "text": "x"})]); 2],
            vec![at(0, "[1].type"), at(1, "[1].type")],
        ),
        (
            "long bodies",
            vec![card(vec![picture(), body(&"x".repeat(161))]); 2],
            vec![at(0, "[1].text"), at(1, "[1].text")],
        ),
        ("no components", vec![json!({}), json!({})], vec![at(0, ""), at(1, "")]),
    ] {
        let given = json!([body("Look at these."), {"type": "CAROUSEL", "cards": cards}]);
        let found: Vec<String> = of_components("MARKETING", given)
            .into_iter()
            .map(|field| field.replacen("components[1].", "", 1))
            .collect();
        assert_eq!(found, wrong, "{what}");
    }
}

#[test]
fn an_authentication_template_says_what_meta_says() {
    let code = || json!({"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]});
    let minutes = |minutes: Value| json!({"type": "FOOTER", "code_expiration_minutes": minutes});
    let plain = || json!({"type": "BODY"});
    for (what, components, wrong) in [
        ("plain", json!([plain(), code()]), vec![]),
        (
            "with a warning",
            json!([{"type": "BODY", "add_security_recommendation": true}, minutes(json!(90)), code()]),
            vec![],
        ),
        (
            "no flag",
            json!([{"type": "BODY", "add_security_recommendation": "yes"}, code()]),
            vec!["components[0].add_security_recommendation"],
        ),
        ("no minutes", json!([plain(), minutes(json!(0)), code()]), vec!["components[1].code_expiration_minutes"]),
        ("many minutes", json!([plain(), minutes(json!(91)), code()]), vec!["components[1].code_expiration_minutes"]),
        ("a text of ours", json!([body("{{1}} is your code."), code()]), vec!["components[0].text"]),
        ("a footer of ours", json!([plain(), {"type": "FOOTER", "text": "Hi"}, code()]), vec!["components[1].text"]),
        ("a picture", json!([picture(), plain(), code()]), vec!["components[0].type"]),
        (
            "an address",
            json!([plain(), {"type": "BUTTONS", "buttons": [
                {"type": "URL", "text": "Open", "url": "https://shop.test/"},
            ]}]),
            vec!["components[1].buttons[0].type"],
        ),
        ("no button", json!([plain()]), vec!["components"]),
        ("no body", json!([code()]), vec!["components"]),
        ("a call", json!([plain(), code(), {"type": "CALL_PERMISSION_REQUEST"}]), vec!["components[2].type"]),
    ] {
        assert_eq!(of_components("AUTHENTICATION", components), wrong, "{what}");
    }
    assert_eq!(of_components("UTILITY", json!([body("Your code is here."), code()])), ["category"]);
}

#[test]
fn several_languages_are_for_authentication() {
    let code = json!([{"type": "BODY"}, {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}]);
    for (languages, wrong) in [
        (json!(["en_US", "fr"]), vec![]),
        (json!({"0": "en-US", "1": "fr"}), vec![]),
        (json!(["en_US", "en-US"]), vec!["languages[1]"]),
        (json!(["english"]), vec!["languages[0]"]),
        (json!([]), vec!["languages"]),
        (json!("en"), vec!["languages"]),
    ] {
        let given = json!({"name": "code", "languages": languages, "category": "AUTHENTICATION", "components": code});
        assert_eq!(told(given), wrong, "{languages}");
    }
    let given =
        json!({"name": "code", "languages": ["en"], "category": "UTILITY", "components": [body("Hello there.")]});
    assert_eq!(told(given), ["languages"]);
}

#[test]
fn the_library_brings_its_own_texts() {
    let url = |url: Value| json!([{"type": "URL", "url": url}]);
    for (change, wrong) in [
        (json!({"library_template_name": "parcel_1"}), vec![]),
        (json!({"library_template_name": " "}), vec!["library_template_name"]),
        (json!({"library_template_button_inputs": []}), vec!["library_template_name"]),
        (
            json!({"library_template_name": "p", "library_template_button_inputs": url(json!({"base_url": "https://x/{{1}}"}))}),
            vec![],
        ),
        (
            json!({"library_template_name": "p", "library_template_button_inputs": url(json!({}))}),
            vec!["library_template_button_inputs[0].url.base_url"],
        ),
        (
            json!({"library_template_name": "p", "library_template_button_inputs": [{"type": "PHONE_NUMBER"}]}),
            vec!["library_template_button_inputs[0].phone_number"],
        ),
        (json!({"library_template_name": "p", "components": []}), vec!["components"]),
        (json!({"library_template_name": "p", "library_template_body_inputs": {"add_contact_number": true}}), vec![]),
        (
            json!({"library_template_name": "p", "library_template_body_inputs": []}),
            vec!["library_template_body_inputs"],
        ),
    ] {
        let mut given = json!({"name": "parcel", "language": "en", "category": "UTILITY"});
        for (name, value) in change.as_object().unwrap() {
            given[name] = value.clone();
        }
        assert_eq!(told(given), wrong, "{change}");
    }
}
