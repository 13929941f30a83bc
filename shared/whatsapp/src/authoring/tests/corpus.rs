use super::*;
use crate::corpus_tests::files;
#[test]
fn show() {
    for start in ["create_", "spec_req_", "upsert_bulk_", "auth_preview_"] {
    for (name, text) in files("templates", start).unwrap() {
        let v: Value = serde_json::from_str(&text).unwrap();
        if v.get("name").is_none() || v.get("status").is_some() { continue; }
        let r = check_create(v.as_object().unwrap().clone());
        match r { Ok(d) => println!("OK {name} {}", d.category), Err(v) => { println!("NO {name}"); for v in v { println!("      {} {}", v.field, v.message); } } }
    }}
}
