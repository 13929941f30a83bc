//! Tables of contacts that are files: larger than a body, counted before a row is taken, and read on where they were left.
use std::path::{Path, PathBuf};

use domain::ids::ContactImportId;
use local::aws::{Fault, FaultAction};
use serde_json::{Value, json};

use super::imports::{FUNCTION, counts, ended, imported, rows};
use crate::world::World;

const ROWS: usize = 3_100;

/// What becomes of a row: one of a hundred is somebody, ten of a hundred are the same person again, the rest have no number.
fn expected(index: usize) -> &'static str {
    match index % 100 {
        0 => "created",
        10..20 => "skipped",
        _ => "failed",
    }
}

/// Every row is written over two lines.
fn table() -> String {
    let note = "n".repeat(60);
    let row = |index: usize| {
        let phone = match expected(index) {
            "failed" => "none".to_owned(),
            _ => format!("+1650556{:04}", index / 100),
        };
        format!("{phone},Person {index},\"{note}\n{note}\"\r\n")
    };
    format!("phone,name,note\r\n{}", (0..ROWS).map(row).collect::<String>())
}

async fn uploaded(world: &World, content: &[u8]) -> Value {
    json!({"attachment_id": world.upload("contacts.csv", "text/csv", content).await})
}

async fn mapped(world: &World, table: &str) -> Value {
    let mut body = uploaded(world, table.as_bytes()).await;
    body["mapping"] = json!({"note": "field.note"});
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_imported_row_by_row_wherever_it_is_cut_off() {
    let world = World::hasty().await;
    let table = table();
    assert!(table.len() > 256 * 1024);
    let body = json!({"csv": table, "mapping": {"note": "field.note"}});
    assert_eq!(world.post("/v1/contacts/imports", body).await.status, 413, "it fits into no body");
    let body = mapped(&world, &table).await;
    for (nth, action) in [
        (3, FaultAction::KillAfterExecuting),
        (300, FaultAction::KillBeforeExecuting),
        (2_000, FaultAction::KillAfterExecuting),
    ] {
        world.stack.aws().faults().add(Fault::new(FUNCTION, action).nth(nth));
    }
    let taken = world.post("/v1/contacts/imports", body).await;
    assert_eq!((taken.status, &taken.body["rows"]), (202, &Value::Null), "{}", taken.body);
    world.settle().await;
    assert!(world.stack.aws().faults().pending().is_empty(), "it was cut off three times");
    let import = ended(&world, &taken.body).await;
    assert_eq!((&import["state"], counts(&import)), (&json!("done"), [3_100, 31, 0, 310, 2_759]), "{import}");
    assert_eq!((&import["rows"], &import["attachment_id"]), (&json!(ROWS), &taken.body["attachment_id"]));
    let rows = rows(&world, &import).await;
    assert_eq!(rows.len(), ROWS);
    for (index, row) in rows.iter().enumerate() {
        assert_eq!((&row["row"], &row["outcome"]), (&json!(index + 1), &json!(expected(index))), "{row}");
        assert_eq!(row["line"], 2 * index + 2);
    }
    assert_eq!(world.found("phone=%2B16505560030", 10).await, ["Person 3000"]);
}

/// A run takes half of the time that it has. What it then leaves is another's.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_takes_longer_than_a_run_is_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(|options| options.template = hurried(&options.template, folder.path())).await;
    let taken = world.post("/v1/contacts/imports", mapped(&world, &table()).await).await;
    assert_eq!(taken.status, 202, "{}", taken.body);
    world.settle().await;
    let import = ended(&world, &taken.body).await;
    assert_eq!((&import["state"], counts(&import)), (&json!("done"), [3_100, 31, 0, 310, 2_759]), "{import}");
    assert_eq!(rows(&world, &import).await.len(), ROWS);
    let id = ContactImportId::parse(import["id"].as_str().unwrap()).unwrap();
    let legs = world.inside().await.store.contact_import_get(&id).await.unwrap().unwrap().leg;
    assert!(legs >= 2, "it was handed on {legs} times");
}

/// The template with two seconds for the function, written into `folder`.
fn hurried(usual: &Path, folder: &Path) -> PathBuf {
    let root = usual.parent().and_then(Path::parent).unwrap();
    let template = std::fs::read_to_string(usual).unwrap();
    let (before, after) = template.split_once("  ContactImportFunction:").unwrap();
    let after = after.replacen("Timeout: 120", "Timeout: 2", 1);
    let template = format!("{before}  ContactImportFunction:{after}").replace("../", &format!("{}/", root.display()));
    let path = folder.join("template.yaml");
    std::fs::write(&path, template).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_begin_as_a_table_is_refused_at_once() {
    let world = World::start().await;
    for (content, part) in [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".as_slice(), "not UTF-8"),
        (b"\xff\xfep\0h\0o\0n\0e\0\n\0".as_slice(), "not UTF-8"),
        (b"phone,Shoe\n1,2\n".as_slice(), "Shoe"),
        (b"name\nAnn\n".as_slice(), "no column for phone"),
        (&vec![b'a'; 300 * 1024], "262144"),
        (&vec![b'\n'; 32 * 1024 * 1024 + 1], "33554432"),
    ] {
        let refused = world.post("/v1/contacts/imports", uploaded(&world, content).await).await;
        let error = &refused.body["errors"][0];
        assert_eq!((refused.status, &error["field"]), (400, &json!("attachment_id")), "{}", refused.body);
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    }
    let announced = world.announce("contacts.csv", "text/csv", 10).await;
    for (body, status) in [
        (json!({"attachment_id": announced["id"]}), 422),
        (json!({"attachment_id": "att_0000000000000000000000000000000000000000000000000000"}), 422),
        (json!({"attachment_id": announced["id"], "csv": "phone\n1"}), 400),
        (json!({"mapping": {}}), 400),
    ] {
        assert_eq!(world.post("/v1/contacts/imports", body.clone()).await.status, status, "{body}");
    }
    assert_eq!(world.get("/v1/contacts/imports").await["items"], json!([]));
}

/// What is wrong far behind the beginning shows before any row is taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_table_to_its_end_changes_nothing() {
    let world = World::start().await;
    let good = "+16505558700,Ann,note\n".repeat(14_000);
    for (rest, part) in [
        (b"+16505558701,M\xfcller,\n".as_slice(), "not UTF-8 text in line 14002"),
        (b"+16505558701,\"Bob,\n".as_slice(), "a quote in line 14002"),
        (&b"+16505558701,Bob,\n".repeat(86_001), "1 to 100000 rows"),
    ] {
        let content = [b"phone,name,note\n", good.as_bytes(), rest].concat();
        let mut body = uploaded(&world, &content).await;
        body["mapping"] = json!({"note": "ignore"});
        let import = imported(&world, body).await;
        assert_eq!((&import["state"], counts(&import)), (&json!("failed"), [0; 5]), "{import}");
        assert!(import["problem"].as_str().unwrap().contains(part), "{import}");
        assert!(import["ended_at"].is_string());
        let told = world.events("contact.import_ended").await;
        assert!(told.iter().any(|event| event["data"]["problem"] == import["problem"]), "{told:?}");
    }
    assert_eq!(world.get("/v1/contacts").await["items"], json!([]));
}
