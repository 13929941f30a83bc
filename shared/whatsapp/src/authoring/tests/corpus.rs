//! Real bodies, where `WHATSAPP_CORPUS` names a folder of them: each is clean, or refused for exactly what is wrong with it.
//! What that is follows from rules of this file that look at the sample by themselves, not from a list of names.
use std::collections::BTreeSet;

use super::*;
use crate::corpus_tests::files;

/// The kinds of files that hold bodies of requests, with answers among them.
const STARTS: [&str; 5] = ["create_", "spec_req_", "upsert_bulk_", "auth_preview_", "library_"];

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_ascii_uppercase()
}

/// Lists as they are, and maps by the order of their numbers.
fn items(value: &Value) -> Vec<Value> {
    let list = || value.as_array().cloned();
    let map = || {
        let map = value.as_object()?;
        Some((0..map.len()).filter_map(|at| map.get(&at.to_string()).cloned()).collect())
    };
    list().or_else(map).unwrap_or_default()
}

/// How many examples there are, whichever way they are nested.
fn count(value: &Value) -> usize {
    if value.is_string() { 1 } else { items(value).iter().map(count).sum() }
}

fn variables(text: &Value) -> BTreeSet<String> {
    let text = text.as_str().unwrap_or_default();
    text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).map(str::to_owned).collect()
}

fn wrong_in_component(path: &str, component: &Value, is_authentication: bool, wrong: &mut BTreeSet<String>) {
    let kind = word(&component["type"]);
    let mut say = |field: &str| wrong.insert(format!("{path}.{field}"));
    let text = component["text"].as_str();
    if is_authentication {
        if text.is_some() && kind != "HEADER" {
            say("text");
        }
        if kind == "HEADER" {
            say("type");
        }
    } else {
        let edges = text.unwrap_or_default().trim();
        if kind == "BODY" && (edges.starts_with("{{") || edges.ends_with("}}")) {
            say("text");
        }
        if kind == "HEADER" && component.get("format").is_none() {
            say("format");
        }
        let (member, names) = (format!("{}_text", kind.to_ascii_lowercase()), variables(&component["text"]));
        let named = count(&component["example"][format!("{member}_named_params")])
            + items(&component["example"][format!("{member}_named_params")]).len();
        let given = count(&component["example"][&member]);
        if matches!(kind.as_str(), "HEADER" | "BODY") && names.len() != given.max(named) {
            say(&format!("example.{member}"));
        }
    }
    for (at, button) in items(&component["buttons"]).iter().enumerate() {
        let path = format!("{path}.buttons[{at}]");
        let sources = ["flow_id", "flow_name", "flow_json"].iter().filter(|way| button.get(**way).is_some()).count();
        if word(&button["type"]) == "FLOW" && sources != 1 {
            wrong.insert(path.clone());
        }
        if button["flow_id"].as_str().is_some_and(|id| id.parse::<u64>().is_err()) {
            wrong.insert(format!("{path}.flow_id"));
        }
        if is_authentication && word(&button["type"]) != "OTP" {
            wrong.insert(format!("{path}.type"));
        }
    }
    for (at, card) in items(&component["cards"]).iter().enumerate() {
        for (inner, component) in items(&card["components"]).iter().enumerate() {
            wrong_in_component(&format!("{path}.cards[{at}].components[{inner}]"), component, false, wrong);
        }
    }
}

fn wrong_in(sample: &Value) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    let category = word(&sample["category"]);
    let text = |name: &str| sample[name].as_str().unwrap_or_default();
    if text("name").contains(['<', '{', '>', '}']) {
        wrong.insert("name".to_owned());
    }
    if !["MARKETING", "UTILITY", "AUTHENTICATION"].contains(&category.as_str()) {
        wrong.insert("category".to_owned());
    }
    if sample.get("languages").is_none() && !(2..=6).contains(&text("language").len()) {
        wrong.insert("language".to_owned());
    }
    let ttl = &sample["message_send_ttl_seconds"];
    let seconds = ttl.as_i64().or_else(|| ttl.as_str()?.parse().ok());
    let least = if category == "MARKETING" { 43_200 } else { 30 };
    if seconds.is_some_and(|seconds| seconds < least) {
        wrong.insert("message_send_ttl_seconds".to_owned());
    }
    for (at, component) in items(&sample["components"]).iter().enumerate() {
        wrong_in_component(&format!("components[{at}]"), component, category == "AUTHENTICATION", &mut wrong);
    }
    wrong
}

/// Where there are too few examples, the row is named; here it is enough that they are.
fn place(field: &str) -> String {
    field.split("_text[").next().map_or(field.to_owned(), |start| match field.contains("_text[") {
        true => format!("{start}_text"),
        false => start.to_owned(),
    })
}

#[test]
fn every_creation_of_the_corpus_is_clean_or_refused_for_what_is_wrong_with_it() {
    let (mut clean, mut refused) = (0, 0);
    for start in STARTS {
        let Some(files) = files("templates", start) else { return };
        for (name, text) in files {
            let sample: Value = serde_json::from_str(&text).unwrap();
            // An answer of Meta's, or what was meant to be one.
            if sample.get("name").is_none() || sample.get("status").is_some() {
                continue;
            }
            let checked = check_create(object(sample.clone()));
            let found: BTreeSet<String> = checked.violations.iter().map(|violation| place(&violation.field)).collect();
            assert_eq!(found, wrong_in(&sample), "{name}: {:?}", checked.violations);
            if found.is_empty() {
                clean += 1;
                let again = check_create(object(json!({
                    "name": checked.value.name, "language": checked.value.languages[0],
                    "category": checked.value.category, "components": checked.value.components,
                    "parameter_format": checked.value.parameter_format,
                })));
                assert_eq!(again.violations, [], "{name} as it leaves");
                assert_eq!(again.value.components, checked.value.components, "{name} as it leaves");
            } else {
                refused += 1;
            }
        }
    }
    assert!(clean > refused, "{clean} clean, {refused} refused");
}

#[test]
fn every_edit_of_the_corpus_is_clean_where_its_template_may_be_edited() {
    let Some(files) = files("templates", "edit_") else { return };
    for (name, text) in files {
        let sample: Value = serde_json::from_str(&text).unwrap();
        let checked = check_edit(object(sample), None);
        assert_eq!(checked.violations, [], "{name}");
    }
}
