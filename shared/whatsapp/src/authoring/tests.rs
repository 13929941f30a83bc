//! Bodies of creations and edits, and what is said of each.
use serde_json::json;

use super::*;

mod buttons;
mod corpus;
mod kinds;
mod texts;

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// A creation without faults, of these components.
fn draft(category: &str, components: Value) -> Value {
    json!({"name": "order_ready", "language": "en_US", "category": category, "components": components})
}

fn body(text: &str) -> Value {
    json!({"type": "BODY", "text": text})
}

fn buttons(buttons: Value) -> Value {
    json!([body("Your order can be collected."), {"type": "BUTTONS", "buttons": buttons}])
}

/// The fields of which anything is said, each once.
fn fields(violations: &[Violation]) -> Vec<&str> {
    let mut fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
    fields.dedup();
    fields
}

fn told(value: Value) -> Vec<String> {
    fields(&check_create(object(value)).violations).into_iter().map(str::to_owned).collect()
}

fn of_components(category: &str, components: Value) -> Vec<String> {
    told(draft(category, components))
}

#[test]
fn what_stands_around_the_components_has_its_forms() {
    let plain = || draft("UTILITY", json!([body("Your order can be collected.")]));
    for (change, wrong) in [
        (json!({}), vec![]),
        (json!({"name": "a".repeat(512)}), vec![]),
        (json!({"name": "a".repeat(513)}), vec!["name"]),
        (json!({"name": ""}), vec!["name"]),
        (json!({"name": "Order"}), vec!["name"]),
        (json!({"name": "order-ready"}), vec!["name"]),
        (json!({"name": null}), vec!["name"]),
        (json!({"name": 7}), vec!["name"]),
        (json!({"language": "en-US"}), vec![]),
        (json!({"language": "fil"}), vec![]),
        (json!({"language": "es_419"}), vec![]),
        (json!({"language": "EN"}), vec!["language"]),
        (json!({"language": "english"}), vec!["language"]),
        (json!({"language": "en_usa"}), vec!["language"]),
        (json!({"language": ["en"]}), vec!["language"]),
        (json!({"languages": ["en"]}), vec!["languages"]),
        (json!({"category": "Utility"}), vec![]),
        (json!({"category": "TRANSACTIONAL"}), vec!["category"]),
        (json!({"category": 1}), vec!["category"]),
        (json!({"parameter_format": "NAMED"}), vec![]),
        (json!({"parameter_format": "mixed"}), vec!["parameter_format"]),
        (json!({"message_send_ttl_seconds": "3600"}), vec![]),
        (json!({"message_send_ttl_seconds": "soon"}), vec!["message_send_ttl_seconds"]),
        (json!({"message_send_ttl_seconds": 1.5}), vec!["message_send_ttl_seconds"]),
        (json!({"allow_category_change": true}), vec![]),
        (json!({"allow_category_change": "yes"}), vec!["allow_category_change"]),
        (json!({"colour": "red"}), vec!["colour"]),
        (json!({"components": "none"}), vec!["components"]),
    ] {
        let mut given = plain();
        for (name, value) in change.as_object().unwrap() {
            given[name] = value.clone();
        }
        assert_eq!(told(given), wrong, "{change}");
    }
    assert_eq!(told(json!({})), ["name", "category", "language", "components"]);
}

#[test]
fn a_message_lives_as_long_as_its_category_allows() {
    let code = json!([{"type": "BODY"}, {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}]);
    for (category, seconds, is_good) in [
        ("AUTHENTICATION", 30, true),
        ("AUTHENTICATION", 900, true),
        ("AUTHENTICATION", -1, true),
        ("AUTHENTICATION", 29, false),
        ("AUTHENTICATION", 901, false),
        ("UTILITY", 30, true),
        ("UTILITY", 43_200, true),
        ("UTILITY", -1, true),
        ("UTILITY", 43_201, false),
        ("MARKETING", 43_200, true),
        ("MARKETING", 2_592_000, true),
        ("MARKETING", 43_199, false),
        ("MARKETING", 2_592_001, false),
        ("MARKETING", -1, false),
        ("MARKETING", 0, false),
    ] {
        let components =
            if category == "AUTHENTICATION" { code.clone() } else { json!([body("Your order can be collected.")]) };
        let mut given = draft(category, components);
        given["message_send_ttl_seconds"] = json!(seconds);
        assert_eq!(told(given).is_empty(), is_good, "{category} {seconds}");
    }
}

#[test]
fn the_body_leaves_in_the_form_that_meta_takes() {
    let given = json!({
        "name": "offer", "language": "pt-BR", "category": "marketing", "parameter_format": "POSITIONAL",
        "message_send_ttl_seconds": "86400",
        "components": {
            "1": {"type": "body", "text": "Just {{1}} for you, today only.", "example": {"body_text": "5 %"}},
            "0": {"type": "header", "format": "text", "text": "Only {{1}}", "example": {"header_text": "today"}},
            "2": {"type": "buttons", "buttons": {"0": {"type": "quick_reply", "text": "No thanks"}}},
        },
    });
    let checked = check_create(object(given));
    assert_eq!(checked.violations, []);
    let draft = checked.value;
    assert_eq!((draft.languages.as_slice(), draft.is_bulk), (["pt_BR".to_owned()].as_slice(), false));
    let expected = json!({
        "name": "offer", "category": "MARKETING", "parameter_format": "positional", "message_send_ttl_seconds": 86_400,
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Only {{1}}", "example": {"header_text": ["today"]}},
            {"type": "BODY", "text": "Just {{1}} for you, today only.", "example": {"body_text": [["5 %"]]}},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "No thanks"}]},
        ],
    });
    assert_eq!(draft.body, expected);
    assert_eq!(draft.components, expected["components"]);
}

#[test]
fn an_edit_is_judged_by_the_template_that_it_changes() {
    let existing = |status: &str, category: &str, format: &str| Existing {
        status: TemplateStatus::read(status),
        category: Category::read(category),
        parameter_format: ParameterFormat::read(format),
    };
    let approved = existing("APPROVED", "UTILITY", "POSITIONAL");
    let rejected = existing("REJECTED", "UTILITY", "POSITIONAL");
    let named = existing("PAUSED", "UTILITY", "NAMED");
    let code = existing("APPROVED", "AUTHENTICATION", "POSITIONAL");
    let by_name = json!({"components": [{
        "type": "BODY", "text": "Dear {{first_name}}, your order is here.",
        "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Ann"}]},
    }]});
    for (change, of, wrong) in [
        (json!({}), Some(&approved), vec!["components"]),
        (json!({"category": "MARKETING"}), Some(&approved), vec!["category"]),
        (json!({"category": "utility"}), Some(&approved), vec!["components"]),
        (json!({"category": "MARKETING"}), Some(&rejected), vec![]),
        (json!({"category": "MARKETING"}), None, vec![]),
        (json!({"category": "OTP"}), None, vec!["category"]),
        (json!({"message_send_ttl_seconds": 60}), Some(&approved), vec![]),
        (json!({"message_send_ttl_seconds": 43_201}), Some(&approved), vec!["message_send_ttl_seconds"]),
        (
            json!({"category": "MARKETING", "message_send_ttl_seconds": 60}),
            Some(&rejected),
            vec!["message_send_ttl_seconds"],
        ),
        (json!({"name": "other"}), Some(&approved), vec!["name", "components"]),
        (by_name.clone(), Some(&named), vec![]),
        (by_name.clone(), None, vec![]),
        (by_name, Some(&approved), vec!["components[0].text", "components[0].example.body_text"]),
        (json!({"components": [body("Free text.")]}), Some(&code), vec!["components[0].text", "components"]),
    ] {
        let checked = check_edit(object(change.clone()), of);
        assert_eq!(fields(&checked.violations), wrong, "{change} of {of:?}");
    }
}

#[test]
fn an_edit_that_came_is_known_again() {
    let asked = json!([
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::x"]}},
        {"type": "BODY", "text": "Hello {{1}}, come in.", "example": {"body_text": [["Ann"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}]},
    ]);
    let mut found = asked.clone();
    found[0]["example"] = json!({"header_handle": ["https://scontent.test/1"]});
    found[1]["type"] = json!("body");
    found[2]["buttons"][0]["flow"] = json!(null);
    assert!(is_as_asked(&asked, &found));
    for (pointer, other) in [
        ("/1/text", json!("Hello {{1}}, stay out.")),
        ("/2/buttons", json!([])),
        ("/0/format", json!("VIDEO")),
        ("/0", json!({"type": "BODY"})),
    ] {
        let mut found = found.clone();
        *found.pointer_mut(pointer).unwrap() = other;
        assert!(!is_as_asked(&asked, &found), "{pointer}");
    }
}

#[test]
fn uploads_are_found_wherever_a_header_stands_and_make_way_for_handles() {
    let header = |id: &str| json!({"type": "HEADER", "format": "IMAGE", "example": {"attachment_id": id}});
    let card = |id: &str| json!({"components": [header(id), {"type": "BUTTONS", "buttons": []}]});
    let components = json!([header("att_1"), {"type": "CAROUSEL", "cards": [card("att_2"), card("att_1")]}]);
    let files = header_files(&components);
    let found: Vec<(&str, &str)> =
        files.iter().map(|file| (file.field.as_str(), file.attachment_id.as_str())).collect();
    assert_eq!(
        found,
        [
            ("components[0].example.attachment_id", "att_1"),
            ("components[1].cards[0].components[0].example.attachment_id", "att_2"),
            ("components[1].cards[1].components[0].example.attachment_id", "att_1"),
        ]
    );
    let sent = with_handles(components, &|id| (id == "att_1").then(|| "4::one".to_owned()));
    assert_eq!(sent[0]["example"], json!({"header_handle": ["4::one"]}));
    assert_eq!(sent[1]["cards"][1]["components"][0]["example"], json!({"header_handle": ["4::one"]}));
    assert_eq!(sent[1]["cards"][0]["components"][0]["example"], json!({"attachment_id": "att_2"}));
    for (format, mime_type, size, is_good) in [
        ("IMAGE", "image/jpeg", 5_242_880, true),
        ("IMAGE", "image/jpeg", 5_242_881, false),
        ("IMAGE", "image/webp", 1, false),
        ("VIDEO", "video/mp4", 1, true),
        ("VIDEO", "video/3gpp", 1, false),
        ("DOCUMENT", "application/pdf", 1, true),
        ("DOCUMENT", "application/zip", 1, false),
        ("DOCUMENT", "application/pdf", 0, false),
        ("LOCATION", "image/png", 1, false),
    ] {
        assert_eq!(check_header_file(format, mime_type, size).is_empty(), is_good, "{format} {mime_type} {size}");
    }
}
