//! Texts, variables and examples.
use super::*;

fn of_body(text: &str, example: Value, format: &str) -> Vec<String> {
    let mut given = draft("UTILITY", json!([{"type": "BODY", "text": text, "example": example}]));
    given["parameter_format"] = json!(format);
    told(given).into_iter().map(|field| field.replace("components[0].", "")).collect()
}

#[test]
fn variables_stand_within_enough_text() {
    let one = || json!({"body_text": [["x"]]});
    let two = || json!({"body_text": [["x", "y"]]});
    for (text, example, wrong) in [
        ("Your order {{1}} is here.", one(), vec![]),
        ("Your order {{1}} is here, {{1}}!", one(), vec!["text"]), // 5 words beside 2
        ("{{1}} is your order, and it is here.", one(), vec!["text"]),
        (" {{1}} is your order, and it is here.", one(), vec!["text"]),
        ("Here is your order, and its name is {{1}}", one(), vec!["text"]),
        ("Here is your order, and its name is {{1}}\n", one(), vec!["text"]),
        ("Here is your order, and its name is *{{1}}*", one(), vec![]),
        ("Here is your order {{1}}{{2}} for you to take.", two(), vec!["text"]),
        ("Here is your order {{1}} {{2}} for you to take.", two(), vec![]),
        ("Dear {{1}}, {{2}} is here.", two(), vec!["text"]),
        ("Dear {{1}}, your {{2}} order is here.", two(), vec![]),
        ("您好{{1}}，您的订单已经发货。", one(), vec![]),
        ("สวัสดี {{1}} ค่ะ", one(), vec![]),
        ("Your order {{2}} is here.", one(), vec!["text"]),
        ("Your order {{1}} is here with {{3}} parts in it.", two(), vec!["text"]),
        ("Your order {{2}} is here with {{1}} parts in it.", two(), vec![]),
        ("Your order {{1} is here.", one(), vec!["text"]),
        ("Your order 1}} is here.", one(), vec!["text"]),
        ("Your order {{ 1 }} is here.", one(), vec!["text"]),
        ("Your order {{}} is here.", one(), vec!["text"]),
        ("Your order {{Name}} is here.", one(), vec!["text"]),
        ("Your order {{order}} is here.", one(), vec!["text"]),
        ("Your order {{1}} is here, dear {{name}}, at last.", two(), vec!["text"]),
    ] {
        assert_eq!(of_body(text, example, "positional"), wrong, "{text}");
    }
}

#[test]
fn every_variable_has_an_example() {
    const TEXT: &str = "Your order {{1}} is here with {{2}} parts in it.";
    for (example, wrong) in [
        (json!({"body_text": [["a", "b"]]}), vec![]),
        (json!({"body_text": [["a", "b"], ["c", "d"]]}), vec![]),
        (json!({"body_text": ["a", "b"]}), vec![]),
        (json!({"body_text": {"0": {"0": "a", "1": "b"}}}), vec![]),
        (json!({"body_text": [["a"]]}), vec!["example.body_text[0]"]),
        (json!({"body_text": [["a", "b", "c"]]}), vec!["example.body_text[0]"]),
        (json!({"body_text": [["a", "b"], ["c"]]}), vec!["example.body_text[1]"]),
        (json!({"body_text": []}), vec!["example.body_text"]),
        (json!({"body_text": "a"}), vec!["example.body_text[0]"]),
        (json!({"body_text": [["a", " "]]}), vec!["example.body_text[0][1]"]),
        (json!({"body_text": [["a", 2]]}), vec!["example.body_text[0][1]"]),
        (json!({"body_text": [["a", "b\nc"]]}), vec!["example.body_text[0][1]"]),
        (json!({"body_text": [["a", "b     c"]]}), vec!["example.body_text[0][1]"]),
        (json!({"body_text": [["a", "x".repeat(1025)]]}), vec!["example.body_text[0][1]"]),
        (json!({"body_text": 5}), vec!["example.body_text"]),
        (json!({"header_text": ["a", "b"]}), vec!["example.body_text"]),
        (json!({}), vec!["example.body_text"]),
        (json!("a"), vec!["example"]),
        (json!(null), vec!["example"]),
    ] {
        assert_eq!(of_body(TEXT, example.clone(), "positional"), wrong, "{example}");
    }
}

#[test]
fn named_variables_have_named_examples() {
    const TEXT: &str = "Dear {{first_name}}, your order {{order_2}} is here.";
    let one = |name: &str| json!({"param_name": name, "example": "x"});
    let list = |items: Value| json!({"body_text_named_params": items});
    for (text, example, wrong) in [
        (TEXT, list(json!([one("first_name"), one("order_2")])), vec![]),
        (TEXT, list(json!([one("order_2"), one("first_name")])), vec![]),
        (TEXT, list(json!([one("first_name")])), vec!["example.body_text_named_params"]),
        (
            TEXT,
            list(json!([one("first_name"), one("order_2"), one("third")])),
            vec!["example.body_text_named_params[2].param_name"],
        ),
        (
            TEXT,
            list(json!([one("first_name"), one("order_2"), one("order_2")])),
            vec!["example.body_text_named_params[2].param_name"],
        ),
        (
            TEXT,
            list(json!([one("first_name"), {"param_name": "order_2"}])),
            vec!["example.body_text_named_params[1].example"],
        ),
        (TEXT, json!({"body_text": [["a", "b"]]}), vec!["example.body_text_named_params"]),
        ("Your order {{1}} is here.", json!({"body_text": [["a"]]}), vec!["text", "example.body_text_named_params"]),
    ] {
        assert_eq!(of_body(text, example.clone(), "named"), wrong, "{text} {example}");
    }
}

#[test]
fn each_text_has_its_length_and_its_white_space() {
    let long = |count: usize| "x".repeat(count);
    for (component, wrong) in [
        (body(&long(1024)), vec![]),
        (body(&long(1025)), vec!["components[1].text"]),
        (body("one\ntwo\n\nthree"), vec![]),
        (body("one\ttwo"), vec!["components[1].text"]),
        (body("one    two"), vec![]),
        (body("one     two"), vec!["components[1].text"]),
        (body("  "), vec!["components[1].text"]),
        (json!({"type": "BODY"}), vec!["components[1].text"]),
        (json!({"type": "BODY", "text": ["x"]}), vec!["components[1].text"]),
    ] {
        assert_eq!(of_components("UTILITY", json!([{"type": "FOOTER", "text": "f"}, component])), wrong, "{component}");
    }
    for (component, wrong) in [
        (json!({"type": "FOOTER", "text": long(60)}), vec![]),
        (json!({"type": "FOOTER", "text": long(61)}), vec!["components[1].text"]),
        (json!({"type": "FOOTER", "text": "for {{1}} only"}), vec!["components[1].text"]),
        (json!({"type": "FOOTER", "text": "one\ntwo"}), vec!["components[1].text"]),
        (json!({"type": "FOOTER"}), vec!["components[1].text"]),
        (json!({"type": "HEADER", "format": "TEXT", "text": long(60)}), vec![]),
        (json!({"type": "HEADER", "format": "TEXT", "text": long(61)}), vec!["components[1].text"]),
        (json!({"type": "HEADER", "format": "TEXT", "text": "one\ntwo"}), vec!["components[1].text"]),
        (json!({"type": "HEADER", "format": "TEXT"}), vec!["components[1].text"]),
        (json!({"type": "HEADER", "text": "Order"}), vec!["components[1].format"]),
        (json!({"type": "HEADER"}), vec!["components[1].format"]),
        (json!({"type": "HEADER", "format": "TEXT", "text": "For {{1}}", "example": {"header_text": ["Ann"]}}), vec![]),
        (json!({"type": "HEADER", "format": "TEXT", "text": "For {{1}}"}), vec!["components[1].example.header_text"]),
        (
            json!({"type": "HEADER", "format": "TEXT", "text": "{{1}} and {{2}}", "example": {"header_text": ["a", "b"]}}),
            vec!["components[1].text"],
        ),
    ] {
        let given = json!([body("Your order can be collected."), component]);
        assert_eq!(of_components("UTILITY", given), wrong, "{component}");
    }
    let violations = check_create(object(draft("UTILITY", json!([body(&long(1025))])))).violations;
    assert_eq!(violations[0].limit, Some(1024));
}
