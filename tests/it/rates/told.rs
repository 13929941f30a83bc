//! Every real status of the folder that `WHATSAPP_CORPUS` names: what its `pricing` says is understood.
use std::path::PathBuf;

use domain::pricing::{Free, Told, told};
use serde_json::Value;

/// All `pricing` objects, wherever they stand.
fn pricings(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("pricing").filter(|pricing| pricing.is_object()).cloned());
            members.values().for_each(|member| pricings(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| pricings(item, found)),
        _ => {}
    }
}

#[test]
fn metas_word_on_the_price_is_understood_in_every_real_status() {
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: its statuses are skipped");
        return;
    };
    let (mut seen, mut charged) = (0, 0);
    for file in std::fs::read_dir(corpus.join("webhooks")).unwrap() {
        let file = file.unwrap().path();
        let Ok(webhook) = serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap()) else { continue };
        let mut found = Vec::new();
        pricings(&webhook, &mut found);
        for pricing in found {
            seen += 1;
            let word = told(&pricing);
            let billable = pricing["billable"].as_bool();
            match (&word, pricing["type"].as_str()) {
                // Documentation with a placeholder in the place of each value.
                (None, None) => assert_eq!(billable, None, "{} {pricing}", file.display()),
                (None, Some(_)) => assert!(billable.is_none(), "{} {pricing}", file.display()),
                (Some(Told::Charged { category }), _) => {
                    charged += 1;
                    assert!(billable != Some(false) && category.is_some(), "{} {pricing}", file.display());
                }
                (Some(Told::Free { why, .. }), kind) => {
                    assert!(billable != Some(true), "{} {pricing}", file.display());
                    assert!(kind.is_none() || *why != Free::NotBillable, "{} {pricing}", file.display());
                }
            }
        }
    }
    assert!(seen > 15 && charged > 10, "{charged} of {seen}");
}
