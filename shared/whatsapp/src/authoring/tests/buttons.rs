//! Buttons of every kind.
use super::*;

fn of_buttons(given: Value) -> Vec<String> {
    of_components("MARKETING", buttons(given)).into_iter().map(|field| field.replace("components[1].", "")).collect()
}

fn quick(text: &str) -> Value {
    json!({"type": "QUICK_REPLY", "text": text})
}

fn url(text: &str) -> Value {
    json!({"type": "URL", "text": text, "url": "https://shop.test/"})
}

fn call() -> Value {
    json!({"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+16505550100"})
}

fn copy(code: &str) -> Value {
    json!({"type": "COPY_CODE", "example": code})
}

#[test]
fn a_template_has_so_many_of_each_kind_and_quick_replies_together() {
    let many = |count: usize| Value::Array((0..count).map(|at| quick(&format!("No {at}"))).collect());
    for (what, given, wrong) in [
        ("ten quick replies", many(10), vec![]),
        ("eleven", many(11), vec!["buttons"]),
        ("none", json!([]), vec!["buttons"]),
        ("no list", json!("x"), vec!["buttons"]),
        ("two addresses", json!([url("a"), url("b")]), vec![]),
        ("three addresses", json!([url("a"), url("b"), url("c")]), vec!["buttons"]),
        ("a phone", json!([call()]), vec![]),
        ("two codes", json!([copy("A"), copy("B")]), vec!["buttons"]),
        ("replies first", json!([quick("a"), quick("b"), url("c"), call()]), vec![]),
        ("replies last", json!([url("c"), call(), quick("a"), quick("b")]), vec![]),
        ("replies in between", json!([url("c"), quick("a"), call()]), vec!["buttons"]),
        ("replies around", json!([quick("a"), url("c"), quick("b")]), vec!["buttons"]),
        ("the same label twice", json!([quick("a"), url("a")]), vec!["buttons[1].text"]),
        ("a kind that is new", json!([{"type": "TELEPATHY", "mind": 1}]), vec![]),
        ("no kind", json!([{"text": "a"}]), vec!["buttons[0].type"]),
        ("a kind that is none", json!([{"type": "quick reply"}]), vec!["buttons[0].type"]),
        ("no object", json!(["a"]), vec!["buttons[0]"]),
    ] {
        assert_eq!(of_buttons(given), wrong, "{what}");
    }
    assert_eq!(of_components("UTILITY", json!([body("Hello there."), {"type": "BUTTONS"}])), ["components[1].buttons"]);
}

#[test]
fn each_kind_of_button_has_its_rules() {
    let url = |url: &str, example: Value| json!({"type": "URL", "text": "Open", "url": url, "example": example});
    let phone = |number: &str| json!({"type": "PHONE_NUMBER", "text": "Call", "phone_number": number});
    let flow = |members: Value| {
        let mut flow = json!({"type": "FLOW", "text": "Open"});
        for (name, value) in members.as_object().unwrap() {
            flow[name] = value.clone();
        }
        flow
    };
    for (button, wrong) in [
        (quick(&"x".repeat(25)), vec![]),
        (quick(&"x".repeat(26)), vec!["text"]),
        (quick(" "), vec!["text"]),
        (quick("for {{1}}"), vec!["text"]),
        (quick("a\nb"), vec!["text"]),
        (json!({"type": "QUICK_REPLY"}), vec!["text"]),
        (url("https://shop.test/{{1}}", json!(["a"])), vec![]),
        (url("https://shop.test/{{1}}", json!("a")), vec![]),
        (url("https://shop.test/{{1}}", json!(["a", "b"])), vec!["example"]),
        (url("https://shop.test/{{1}}", json!([5])), vec!["example[0]"]),
        (url("https://shop.test/{{1}}/x", json!(["a"])), vec!["url"]),
        (url("https://shop.test/{{1}}{{2}}", json!(["a"])), vec!["url"]),
        (url("https://shop.test/{{1}", json!(["a"])), vec!["url"]),
        (url("shop.test", json!(["a"])), vec!["url"]),
        (url("https://shop.test/a b", json!(["a"])), vec!["url"]),
        (url(&format!("https://shop.test/{}", "x".repeat(1982)), json!(["a"])), vec![]),
        (url(&format!("https://shop.test/{}", "x".repeat(1983)), json!(["a"])), vec!["url"]),
        (json!({"type": "URL", "text": "Open", "url": "https://shop.test/{{1}}"}), vec!["example"]),
        (json!({"type": "URL", "text": "Open"}), vec!["url"]),
        (phone("15550051310"), vec![]),
        (phone("+1 (555) 005-1310"), vec![]),
        (phone("+155500513100000000000"), vec!["phone_number"]),
        (phone("nobody"), vec!["phone_number"]),
        (json!({"type": "PHONE_NUMBER", "text": "Call"}), vec!["phone_number"]),
        (copy(&"x".repeat(20)), vec![]),
        (copy(&"x".repeat(21)), vec!["example"]),
        (json!({"type": "COPY_CODE"}), vec!["example"]),
        (flow(json!({"flow_id": "123"})), vec![]),
        (flow(json!({"flow_id": 123, "flow_action": "navigate", "navigate_screen": "WELCOME"})), vec![]),
        (flow(json!({"flow_name": "booking"})), vec![]),
        (flow(json!({"flow_json": "{\"version\": \"5.0\"}"})), vec![]),
        (flow(json!({})), vec![""]),
        (flow(json!({"flow_id": "1", "flow_name": "booking"})), vec![""]),
        (flow(json!({"flow_id": "<flow_id>"})), vec!["flow_id"]),
        (flow(json!({"flow_json": "nonsense"})), vec!["flow_json"]),
        (flow(json!({"flow_id": "1", "flow_action": "wait"})), vec!["flow_action"]),
        (json!({"type": "CATALOG", "text": "View catalog"}), vec![]),
        (json!({"type": "MPM", "text": "View items"}), vec![]),
        (json!({"type": "VOICE_CALL", "text": "Call now", "ttl_minutes": 100}), vec![]),
        (json!({"type": "ORDER_DETAILS", "text": "Review and pay"}), vec![]),
        (json!({"type": "REQUEST_CONTACT_INFO"}), vec![]),
    ] {
        let found: Vec<String> =
            of_buttons(json!([button])).into_iter().map(|field| field.replace("buttons[0]", "")).collect();
        let found: Vec<&str> = found.iter().map(|field| field.trim_start_matches('.')).collect();
        assert_eq!(found, wrong, "{button}");
    }
}

#[test]
fn a_code_is_filled_in_by_apps_that_are_named() {
    let app = || json!([{"package_name": "com.shop", "signature_hash": "K8a/AINcGX7"}]);
    for (button, wrong) in [
        (json!({"otp_type": "COPY_CODE"}), vec![]),
        (json!({"otp_type": "copy_code", "text": "Copy"}), vec![]),
        (json!({}), vec!["otp_type"]),
        (json!({"otp_type": "MAGIC"}), vec!["otp_type"]),
        (json!({"otp_type": "ONE_TAP", "supported_apps": app()}), vec![]),
        (json!({"otp_type": "ONE_TAP", "package_name": "com.shop", "signature_hash": "K8a/AINcGX7"}), vec![]),
        (json!({"otp_type": "ONE_TAP", "package_name": "com.shop"}), vec!["signature_hash"]),
        (json!({"otp_type": "ONE_TAP"}), vec!["supported_apps"]),
        (json!({"otp_type": "ONE_TAP", "supported_apps": []}), vec!["supported_apps"]),
        (
            json!({"otp_type": "ONE_TAP", "supported_apps": [{}]}),
            vec!["supported_apps[0].package_name", "supported_apps[0].signature_hash"],
        ),
        (json!({"otp_type": "ZERO_TAP", "supported_apps": app(), "zero_tap_terms_accepted": true}), vec![]),
        (json!({"otp_type": "ZERO_TAP", "supported_apps": app()}), vec!["zero_tap_terms_accepted"]),
        (
            json!({"otp_type": "ONE_TAP", "supported_apps": app(), "autofill_text": "x".repeat(26)}),
            vec!["autofill_text"],
        ),
    ] {
        let mut button = button;
        button["type"] = json!("OTP");
        let given = json!([{"type": "BODY"}, {"type": "BUTTONS", "buttons": [button]}]);
        let found: Vec<String> = of_components("AUTHENTICATION", given)
            .into_iter()
            .map(|field| field.replace("components[1].buttons[0].", ""))
            .collect();
        assert_eq!(found, wrong, "{button}");
    }
}
