//! How the tables are read, and what no table says. That each limit reaches a caller is shown over HTTP.
use serde_json::json;

use super::*;

/// The fields that are told, with their limits.
fn told(kind: &str, payload: &Value) -> Vec<(String, Option<usize>)> {
    let violations = check(kind, payload).err().unwrap_or_default();
    violations.into_iter().map(|violation| (violation.field, violation.limit)).collect()
}

fn list(sections: Value) -> Value {
    json!({"type": "list", "body": {"text": "Which?"}, "action": {"button": "Choose", "sections": sections}})
}

#[test]
fn unknown_members_are_refused_at_the_top_of_a_type_and_pass_further_inside() {
    let flow = json!({"type": "FLOW", "body": {"text": "x", "mood": 1}, "action": {"name": "flow", "new": 1, "parameters": {
        "flow_message_version": "3", "flow_id": "1", "flow_name": "both may be given", "flow_cta": "Go", "new": {"deep": 1}}}});
    assert_eq!(told("interactive", &flow), []);
    let mut known = flow;
    known["colour"] = json!("green");
    assert_eq!(told("interactive", &known), [("interactive.colour".to_owned(), None)]);
}

#[test]
fn a_file_has_exactly_one_source() {
    for (payload, wrong) in [
        (json!({"id": "1"}), vec![]),
        (json!({"link": "https://example.org/a"}), vec![]),
        (json!({"id": "1", "link": "https://example.org/a"}), vec!["image"]),
        (json!({"caption": "x"}), vec!["image"]),
        (json!({"id": ""}), vec!["image.id"]),
        (json!({"id": 7}), vec!["image.id"]),
        (json!("1"), vec!["image"]),
    ] {
        let fields: Vec<String> = told("image", &payload).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, wrong, "{payload}");
    }
}

#[test]
fn a_title_is_needed_where_sections_must_be_told_apart() {
    let rows = |id: &str| json!([{"id": id, "title": "One"}]);
    let at = |place: usize| (format!("interactive.action.sections[{place}].title"), None);
    for (sections, wrong) in [
        (json!([{"rows": rows("a")}]), vec![]),
        (json!([{"title": "", "rows": rows("a")}]), vec![]),
        (json!([{"title": "A", "rows": rows("a")}, {"title": "B", "rows": rows("b")}]), vec![]),
        (json!([{"title": " ", "rows": rows("a")}, {"rows": rows("b")}]), vec![at(0), at(1)]),
    ] {
        assert_eq!(told("interactive", &list(sections.clone())), wrong, "{sections}");
    }
}

#[test]
fn places_are_numbers_also_as_texts() {
    for (latitude, is_good) in [
        (json!(-90), true),
        (json!(90.0), true),
        (json!("37.44216251868683"), true),
        (json!("91"), false),
        (json!(-90.01), false),
        (json!("north"), false),
        (json!("NaN"), false),
        (json!("inf"), false),
        (json!(null), false),
    ] {
        let is_taken = told("location", &json!({"latitude": latitude, "longitude": 180})).is_empty();
        assert_eq!(is_taken, is_good, "{latitude}");
    }
}

#[test]
fn an_address_is_asked_for_in_a_country() {
    for (parameters, is_good) in [
        (json!({"country": "IN", "values": {}}), true),
        (json!("{\"country\":\"IN\"}"), true),
        (json!({}), false),
        (json!({"country": " "}), false),
        (json!(""), false),
        (json!([]), false),
    ] {
        let action = json!({"name": "address_message", "parameters": parameters});
        let is_taken = told("interactive", &json!({"type": "address_message", "action": action})).is_empty();
        assert_eq!(is_taken, is_good, "{parameters}");
    }
}

#[test]
fn the_limit_of_an_emoji_leaves_room_for_the_longest() {
    for (emoji, limit) in [("", None), ("👩🏽‍❤️‍💋‍👨🏿", None), ("👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍", Some(16))]
    {
        let violations = told("reaction", &json!({"message_id": "wamid.A", "emoji": emoji}));
        assert_eq!(violations.first().and_then(|(_, limit)| *limit), limit, "{emoji}");
    }
}
