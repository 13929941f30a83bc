//! Every real creation of the folder that `WHATSAPP_CORPUS` names: ordered as it stands, made by the simulated Meta, mirrored;
//! or refused before Meta is asked.
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use whatsapp::authoring::check_create;

use crate::world::World;

const STARTS: [&str; 4] = ["create_", "spec_req_", "upsert_bulk_", "auth_preview_"];

/// The bodies among the samples, each under a name of its own where its own is one at all.
fn samples() -> Option<Vec<(String, Value)>> {
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: its templates are skipped");
        return None;
    };
    let mut paths: Vec<PathBuf> =
        fs::read_dir(corpus.join("templates")).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    let mut samples = Vec::new();
    for path in paths {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut body: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let is_body = body.get("name").is_some() && body.get("status").is_none();
        if !is_body || !STARTS.iter().any(|start| file.starts_with(start)) {
            continue;
        }
        if body["name"].as_str().is_some_and(|name| !name.contains(['<', '{'])) {
            body["name"] = json!(format!("sample_{}", samples.len()));
        }
        samples.push((file, body));
    }
    assert!(!samples.is_empty());
    Some(samples)
}

/// Meta's own handles, which the simulated one must know.
fn know_handles(world: &World, value: &Value) {
    match value {
        Value::Object(members) => {
            for handle in members.get("header_handle").and_then(Value::as_array).into_iter().flatten() {
                world.simulator().know_handle(handle.as_str().unwrap(), "image/jpeg");
            }
            members.values().for_each(|member| know_handles(world, member));
        }
        Value::Array(items) => items.iter().for_each(|item| know_handles(world, item)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_creation_of_the_corpus_is_made_or_refused_before_the_call() {
    let Some(samples) = samples() else { return };
    let world = World::start().await;
    let mut ordered = Vec::new();
    for (file, body) in samples {
        let is_good = check_create(body.as_object().unwrap().clone()).violations.is_empty();
        know_handles(&world, &body);
        let mut body = body;
        body["channel_id"] = json!(world.channel().id);
        let answer = world.post("/v1/templates", body).await;
        assert_eq!(answer.status, if is_good { 202 } else { 422 }, "{file}: {}", answer.body);
        if is_good {
            let views = answer.body["items"].as_array().cloned().unwrap_or_else(|| vec![answer.body.clone()]);
            ordered.extend(views.into_iter().map(|view| (file.clone(), view["id"].clone())));
        }
    }
    world.settle().await;
    world.sync_templates().await;
    for (file, id) in ordered {
        let made = world.template(&id).await;
        assert_eq!((&made["order"]["state"], &made["status"]), (&json!("done"), &json!("APPROVED")), "{file}: {made}");
    }
}
