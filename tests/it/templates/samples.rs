//! Every template that a sample of the corpus lists goes through a list of Meta's into the mirror, and is compared with it member
//! by member; every template webhook of the corpus is applied.
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use simulator::{Fault, FaultOrder, Operation};

use super::scenes::template;
use crate::world::World;

/// Files of a folder of the corpus whose names begin so.
fn samples(folder: &str, beginnings: &[&str]) -> Vec<(String, Value)> {
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: its templates are skipped");
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = fs::read_dir(corpus.join(folder)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_meant = beginnings.iter().any(|beginning| name.starts_with(beginning));
        is_meant.then(|| (name, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap()))
    };
    files.into_iter().filter_map(read).collect()
}

/// Lists as form-encoded answers have them: objects whose names are places.
fn listed(value: &Value) -> Value {
    match value {
        Value::Object(members) if !members.is_empty() && members.keys().all(|name| name.parse::<usize>().is_ok()) => {
            let mut items: Vec<(usize, Value)> =
                members.iter().map(|(name, item)| (name.parse().unwrap(), listed(item))).collect();
            items.sort_by_key(|(place, _)| *place);
            items.into_iter().map(|(_, item)| item).collect()
        }
        Value::Object(members) => members.iter().map(|(name, item)| (name.clone(), listed(item))).collect(),
        Value::Array(items) => items.iter().map(listed).collect(),
        other => other.clone(),
    }
}

fn compare(file: &str, sample: &Value, shown: &Value) {
    let upper = |value: &Value| value.as_str().map(str::to_uppercase);
    for (member, told) in sample.as_object().unwrap() {
        match member.as_str() {
            "id" => assert_eq!(shown["meta_id"].as_str().unwrap(), told.to_string().trim_matches('"'), "{file}"),
            "language" => assert_eq!(shown[member], told.as_str().unwrap().replace('-', "_"), "{file}"),
            "status" | "category" | "previous_category" | "correct_category" | "parameter_format" => {
                assert_eq!(upper(&shown[member]), upper(told), "{file} {member}");
            }
            "components" => assert_eq!(listed(&shown[member]), listed(told), "{file} {member}"),
            "quality_score" => assert_eq!(shown["quality"], told["score"], "{file}"),
            "rejected_reason" if told == "NONE" => assert_eq!(shown[member], Value::Null, "{file}"),
            // Not among the fields that the mirror asks for.
            "namespace" | "length" => {}
            _ => assert_eq!(&shown[member], told, "{file} {member}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listed_template_of_the_corpus_is_mirrored_member_by_member() {
    let samples = samples("templates", &["list_", "node_", "spec_res_get"]);
    if samples.is_empty() {
        return;
    }
    let world = World::start().await;
    for (file, sample) in samples {
        let is_list = sample["data"].is_array();
        let mut items = if is_list { sample["data"].as_array().unwrap().clone() } else { vec![sample.clone()] };
        for (place, item) in items.iter_mut().enumerate() {
            // Samples that were asked for few fields do not say which template they are of.
            let defaults = [("name", json!(format!("nameless_{place}"))), ("language", json!("en_US"))];
            for (member, default) in defaults {
                item.as_object_mut().unwrap().entry(member).or_insert(default);
            }
        }
        let mut page = if is_list { sample.clone() } else { json!({}) };
        page["data"] = items.clone().into();
        let has_next = page["paging"]["next"].is_string();
        let order = |body: Value| {
            let order = FaultOrder::from(Fault::Answer { status: 200, body }).on(Operation::MessageTemplates);
            world.simulator().add_fault(order);
        };
        order(page);
        if has_next {
            order(json!({"data": []}));
        }
        let sync = world.synced().await;
        assert_eq!((&sync["state"], &sync["failed"]), (&json!("done"), &json!(0)), "{file}: {sync}");
        assert!(world.simulator().faults().is_empty(), "{file}: all pages were read");
        let mirrored = world.get("/v1/templates?limit=100").await;
        for item in &items {
            let is_it = |shown: &&Value| {
                shown["name"] == item["name"]
                    && shown["language"] == item["language"].as_str().unwrap().replace('-', "_")
            };
            let shown = mirrored["items"].as_array().unwrap().iter().find(is_it);
            compare(&file, item, shown.unwrap_or_else(|| panic!("{file}: {item} is not there")));
        }
        let live = mirrored["items"].as_array().unwrap().iter().filter(|one| one["status"] != "DELETED").count();
        assert_eq!(live, items.len(), "{file}: what is not listed is marked");
    }
}

/// The bodies of a sample file: some hold several.
fn bodies(sample: &Value) -> Vec<&Value> {
    let own = sample["entry"].is_array().then_some(sample);
    own.into_iter()
        .chain(
            sample
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(_, inner)| inner["entry"].is_array().then_some(inner)),
        )
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_webhook_of_the_corpus_is_applied() {
    let beginnings = ["message_template", "template_category", "msg_text_message_template", "template_correct"];
    let samples = samples("webhooks", &beginnings);
    if samples.is_empty() {
        return;
    }
    let world = World::start().await;
    let mut place = 0;
    for (file, sample) in samples {
        for body in bodies(&sample) {
            for change in
                body["entry"].as_array().unwrap().iter().flat_map(|entry| entry["changes"].as_array().unwrap())
            {
                let value = &change["value"];
                if value["message_template_id"].is_null() {
                    continue;
                }
                // Some samples are about the same template.
                place += 1;
                let name = format!("{}_{place}", value["message_template_name"].as_str().unwrap_or("by_its_id_alone"));
                let language = value["message_template_language"].as_str().unwrap_or("en_US").replace('-', "_");
                let mut held = template(&name, "IN_APPEAL");
                (held.language, held.id) = (language, format!("{}{place:03}", value["message_template_id"]));
                let id: u64 = held.id.parse().unwrap();
                world.listed(held);
                world.synced().await;
                // The samples are years old: told anew, at a time after the list.
                let mut told = change.clone();
                told["value"]["message_template_id"] = json!(id);
                if told["value"]["message_template_name"].is_string() {
                    told["value"]["message_template_name"] = json!(name);
                }
                let at = crate::world::webhooks::now() + 5;
                world.deliver(&world.account_webhook(told["field"].as_str().unwrap(), at, told["value"].clone())).await;
                let webhook = |template: &Value| template["course"][0]["source"] == "webhook";
                let shown = world.template_shows(&name, webhook).await;
                applied(&file, value, &shown);
            }
        }
    }
    world.settle().await;
}

fn applied(file: &str, value: &Value, shown: &Value) {
    let text = |member: &str| value[member].as_str();
    if let Some(score) = text("new_quality_score") {
        assert_eq!(shown["quality"], score, "{file}: decided by members, not by the field");
        assert_eq!(
            (&shown["status"], &shown["course"][0]["before"]),
            (&json!("IN_APPEAL"), &value["previous_quality_score"]),
            "{file}"
        );
    } else if let Some(event) = text("event") {
        assert_eq!(shown["status"], event, "{file}");
        if event == "REJECTED" {
            assert_eq!(shown["rejection"]["reason"], value["reason"], "{file}");
        }
    } else if let Some(correct) = text("correct_category") {
        assert_eq!(shown["category"], value["new_category"], "{file}: it still has this one");
        assert_eq!(shown["upcoming_category"]["category"], correct, "{file}");
        assert!(shown["upcoming_category"]["at"].is_string(), "{file}");
    } else if let Some(category) = text("new_category") {
        assert_eq!((&shown["category"], &shown["previous_category"]), (&json!(category), &json!("UTILITY")), "{file}");
    } else {
        assert_eq!(shown["course"][0]["kind"], "components", "{file}");
    }
}
