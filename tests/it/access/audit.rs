//! The audit log: every change is in it, by whom and of which fields, and whoever tampers with it is found out.
use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use local::audit::{Broken, Head, verify};
use serde_json::{Value, json};

use crate::bad_input::document::closed;
use crate::world::World;

/// Routes that are not noted: they change nothing, or what they write tells its author.
const UNNOTED: &[&str] = &[
    "POST /v1/conversations/{id}/read",
    "POST /v1/conversations/{id}/typing",
    "POST /v1/live/tickets",
    "POST /v1/messages",
    "POST /v1/messages/preview",
    "POST /v1/notifications/{id}/dismiss",
    "POST /v1/notifications/{id}/open",
    "POST /v1/notifications/{id}/snooze",
];

async fn entries(world: &World, query: &str) -> Vec<Value> {
    world.get(&format!("/v1/audit?limit=100{query}")).await["items"].as_array().unwrap().clone()
}

async fn check(world: &World, known: Option<&Head>) -> Result<Head, Broken> {
    verify(&world.stack.caller(), known).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_noted_with_its_author_and_its_fields_and_not_with_what_they_say() {
    let world = World::start().await;
    let uma = world.hire("Uma", "admin", "all", &[]).await;
    let body = json!({"name": "Zebedee", "email": "zeb@example.org", "role": "agent"});
    let made = world.call_as(&uma.key, "POST", "/v1/users", Some(body), Some("secret-word")).await;
    let id = made.body["id"].as_str().unwrap();
    let change = json!({"limits": {"held_at_most_hours": 12}});
    assert_eq!(world.call_as(&uma.key, "PATCH", "/v1/settings", Some(change), None).await.status, 200);
    let path = format!("/v1/users/{id}");
    assert_eq!(world.call_as(&uma.key, "PATCH", &path, Some(json!({"reach": "own"})), None).await.status, 200);

    let noted = entries(&world, &format!("&actor={}", uma.id)).await;
    let told =
        |entry: &Value| json!([entry["method"], entry["route"], entry["target"], entry["fields"], entry["status"]]);
    assert_eq!(
        noted.iter().map(told).collect::<Vec<_>>(),
        [
            json!(["PATCH", "/v1/users/{id}", id, ["reach"], 200]),
            json!(["PATCH", "/v1/settings", null, ["limits.held_at_most_hours"], 200]),
            json!(["POST", "/v1/users", null, ["email", "name", "role"], 201]),
        ]
    );
    assert_eq!(noted[2]["made"], id);
    assert_eq!(noted[2]["idempotency"].as_str().unwrap().len(), 64);
    assert!(noted[2]["credential"].as_str().unwrap().starts_with("key_"));
    let all = world.get("/v1/audit?limit=100").await.to_string();
    for content in ["Zebedee", "zeb@example.org", "secret-word"] {
        assert!(!all.contains(content), "{content} is in the log");
    }
    let about = entries(&world, &format!("&target={id}")).await;
    assert_eq!(about, [noted[0].clone(), noted[2].clone()], "by what it is about");
    let (from, to) = (noted[1]["at"].as_str().unwrap(), noted[0]["at"].as_str().unwrap());
    let between = entries(&world, &format!("&from={from}&to={to}")).await;
    assert!(between.contains(&noted[1]) && !between.contains(&noted[0]), "by time: {between:?}");
    assert_eq!(world.call("GET", &format!("/v1/audit?actor={}&target=x", uma.id), None).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_that_changes_something_is_noted_before_it_does() {
    let world = World::start().await;
    for operation in closed() {
        let name = operation.name();
        let before = world.get("/v1/audit?limit=1").await["head"]["number"].as_u64().unwrap();
        let body = operation.takes_body().then(|| operation.body(&world));
        let answer = world.call(&operation.method, &operation.to_nothing(), body).await;
        assert!(answer.status < 500, "{name}: {}", answer.body);
        let after = world.get("/v1/audit?limit=1").await;
        let is_noted = operation.method != "GET" && !UNNOTED.contains(&name.as_str());
        assert_eq!(after["head"]["number"], before + u64::from(is_noted), "{name}: {}", answer.body);
        if is_noted {
            let entry = &after["items"][0];
            assert_eq!((&entry["route"], &entry["status"]), (&json!(operation.path), &json!(answer.status)), "{name}");
        }
    }
    assert!(check(&world, None).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_the_same_time_stand_one_behind_the_other() {
    let world = World::start().await;
    let before = check(&world, None).await.unwrap();
    let changes = (0..24).map(|index| world.post("/v1/groups", json!({"name": format!("Group {index}")})));
    for answer in futures::future::join_all(changes).await {
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let after = check(&world, Some(&before)).await.unwrap();
    assert_eq!(after.number, before.number + 24);
}

/// The table, for somebody who can write to it past the API.
struct Table {
    client: Client,
    name: String,
}

type Item = HashMap<String, AttributeValue>;

impl Table {
    fn of(world: &World) -> Table {
        let template = world.stack.template();
        let queue = template.queues.values().next().unwrap();
        let endpoint: Vec<&str> = queue.url.splitn(4, '/').take(3).collect();
        let client = tests::table::client(world.stack.aws(), &endpoint.join("/"));
        Table { client, name: template.tables.values().next().unwrap().name.clone() }
    }

    async fn rows(&self) -> Vec<Item> {
        let query = self.client.query().table_name(&self.name).key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", AttributeValue::S("audit".to_owned()));
        query.send().await.unwrap().items.unwrap()
    }

    async fn put(&self, row: Item) {
        self.client.put_item().table_name(&self.name).set_item(Some(row)).send().await.unwrap();
    }

    async fn delete(&self, row: &Item) {
        let key = ["pk", "sk"].map(|name| (name.to_owned(), row[name].clone()));
        self.client.delete_item().table_name(&self.name).set_key(Some(key.into())).send().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_tampers_with_the_log_is_found_out() {
    let world = World::start().await;
    for name in ["One", "Two", "Three"] {
        world.found_team(name).await;
    }
    let head = check(&world, None).await.unwrap();
    assert!(head.number >= 3);
    let table = Table::of(&world);
    let rows = table.rows().await;
    assert_eq!(rows.len() as u64, head.number);
    let second = &rows[1];

    let mut changed = second.clone();
    changed.insert("actor".to_owned(), AttributeValue::S("usr_00000000000000000000000000".to_owned()));
    table.put(changed).await;
    let broken = check(&world, None).await.unwrap_err();
    assert!(broken.number == 2 && broken.why.contains("changed"), "{broken}");
    table.put(second.clone()).await;
    assert_eq!(check(&world, None).await, Ok(head.clone()), "put back, it holds");

    table.delete(second).await;
    let broken = check(&world, None).await.unwrap_err();
    assert!(broken.number == 2 && broken.why.contains("missing"), "{broken}");
    table.put(second.clone()).await;

    table.delete(rows.last().unwrap()).await;
    let broken = check(&world, None).await.unwrap_err();
    assert!(broken.number == head.number && broken.why.contains("missing"), "the tail: {broken}");
    table.put(rows.last().unwrap().clone()).await;
    assert_eq!(check(&world, Some(&head)).await, Ok(head.clone()));

    let other = Head { seal: "0".repeat(64), ..head.clone() };
    assert_eq!(check(&world, Some(&other)).await.unwrap_err().number, head.number, "a log that was written anew");
    let longer = Head { number: head.number + 1, ..head };
    assert_eq!(check(&world, Some(&longer)).await.unwrap_err().number, longer.number, "one cut off with its head");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_whether_the_log_holds() {
    let world = World::start().await;
    world.found_team("One").await;
    let run = async || {
        let mut command = tokio::process::Command::new(crate::world::casement());
        command.args(["audit", "verify", "--api", &world.stack.api_url()]);
        command.env("CASEMENT_KEY", world.stack.admin_key()).output().await.unwrap()
    };
    let held = run().await;
    let said = String::from_utf8_lossy(&held.stdout).into_owned();
    assert!(held.status.success() && said.starts_with("the audit log holds: "), "{said}");
    let table = Table::of(&world);
    table.delete(&table.rows().await[0]).await;
    let broken = run().await;
    let said = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(!broken.status.success() && said.contains("broken at entry 1"), "{said}");
}
