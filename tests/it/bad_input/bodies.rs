//! Bodies that are none, or not what the route takes.
use serde_json::{Value, json};

use super::document::{Operation, operations};
use super::requests::{Client, is_unchanged, state};
use super::values;
use crate::world::World;

const KIB: usize = 1024;

fn with_bodies() -> Vec<Operation> {
    operations().into_iter().filter(Operation::takes_body).collect()
}

/// A place in a body: `to.phone`, `tags[0]`.
struct Place {
    path: String,
    pointer: String,
}

/// Every place in the body that holds something, from the outside in.
fn places(body: &Value) -> Vec<Place> {
    let mut places = Vec::new();
    let mut open = vec![(String::new(), String::new(), body)];
    while let Some((path, pointer, value)) = open.pop() {
        let members: Vec<(String, String, &Value)> = match value {
            Value::Object(members) => {
                let dot = if path.is_empty() { "" } else { "." };
                members
                    .iter()
                    .map(|(name, value)| (format!("{path}{dot}{name}"), format!("{pointer}/{name}"), value))
                    .collect()
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, value)| (format!("{path}[{index}]"), format!("{pointer}/{index}"), value))
                .collect(),
            _ => Vec::new(),
        };
        for (path, pointer, value) in members {
            places.push(Place { path: path.clone(), pointer: pointer.clone() });
            open.push((path, pointer, value));
        }
    }
    places
}

fn changed(body: &Value, place: &Place, to: Value) -> Value {
    let mut body = body.clone();
    *body.pointer_mut(&place.pointer).unwrap() = to;
    body
}

/// Something of another type than `value`.
fn other_type(value: &Value) -> Value {
    match value {
        Value::String(_) => json!(7),
        Value::Number(_) | Value::Object(_) | Value::Array(_) | Value::Bool(_) => json!("seven"),
        Value::Null => json!(true),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_field_that_is_wrong_is_named() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    for operation in with_bodies() {
        let name = operation.name();
        let good = operation.body(&world);
        let send = async |body: &Value| client.json(&operation.method, &operation.to_nothing(), body).await;
        for place in places(&good) {
            let held = good.pointer(&place.pointer).unwrap();
            let wrong = changed(&good, &place, other_type(held));
            send(&wrong).await.names(&place.path, &format!("{name}, {} of another type", place.path));
            if held.is_string() {
                for long in ["x".repeat(10 * KIB), "🙂".repeat(5 * KIB)] {
                    let wrong = changed(&good, &place, json!(long));
                    send(&wrong).await.names(&place.path, &format!("{name}, a long {}", place.path));
                }
            }
            // The names of free fields are the business's own, and Meta may know options of a parameter, or of a part of a
            // template, that we do not.
            let is_metas = place.path.contains(".parameters[") || place.path.starts_with("components[");
            let is_closed = place.path != "fields" && !is_metas;
            if held.is_object() && is_closed {
                let mut wrong = good.clone();
                wrong.pointer_mut(&place.pointer).unwrap()["surprise"] = json!(1);
                send(&wrong)
                    .await
                    .names(&format!("{}.surprise", place.path), &format!("{name}, more in {}", place.path));
            }
        }
        let mut wrong = good.clone();
        wrong["surprise"] = json!({"of": ["anything"]});
        send(&wrong).await.names("surprise", &name);
        for missing in operation.required() {
            let mut wrong = good.clone();
            wrong.as_object_mut().unwrap().remove(&missing);
            send(&wrong).await.names(&missing, &format!("{name} without {missing}"));
        }
    }
    is_unchanged(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_none_are_refused() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    let deep = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    let deep_members = format!("{}1{}", r#"{"to":"#.repeat(1000), "}".repeat(1000));
    for operation in with_bodies() {
        let (name, path) = (operation.name(), operation.to_nothing());
        let odd = [
            "{",
            "{]",
            "nonsense",
            "{} {}",
            "{\"a\":1,}",
            "\u{feff}{}",
            "[]",
            "\"text\"",
            "5",
            "true",
            "\0",
            &deep,
            &deep_members,
        ];
        for odd in odd {
            let what = format!("{name} with {}", odd.chars().take(20).collect::<String>());
            client.text(&operation.method, &path, odd.to_owned()).await.is(400, &what);
        }
        client.text(&operation.method, &path, &b"{\"name\": \"\xff\"}"[..]).await.is(400, &format!("{name}, no UTF-8"));
        let good = operation.body(&world).to_string();
        for content_type in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json", ""] {
            let reply = client.with(&operation.method, &path, &[("content-type", content_type)], good.clone()).await;
            reply.is(415, &format!("{name} as {content_type:?}"));
        }
        client.with(&operation.method, &path, &[], good).await.is(415, &format!("{name} without a type"));
    }
    is_unchanged(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_sizes_are_refused() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    for operation in with_bodies() {
        let (name, path) = (operation.name(), operation.to_nothing());
        let mut long = operation.body(&world);
        long["name"] = json!("x".repeat(KIB * KIB));
        client.json(&operation.method, &path, &long).await.is(413, &format!("{name}, a text of a megabyte"));
        let mut wide = operation.body(&world);
        wide["tags"] = json!(vec!["x"; 100_000]);
        client.json(&operation.method, &path, &wide).await.is(413, &format!("{name}, a hundred thousand items"));
    }
    let million = format!("[{}0]", "0,".repeat(1_000_000));
    client.text("POST", "/v1/contacts", million).await.is(413, "a million items");
    // Above what Lambda takes: API Gateway's own refusal.
    let reply = client.text("POST", "/v1/contacts", "x".repeat(7 * KIB * KIB)).await;
    assert_eq!(reply.status, 413, "7 MB");
    is_unchanged(&world, &before).await;
}

/// What each field takes, beyond its type.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_no_field_takes_are_named() {
    let world = World::start().await;
    let before = state(&world).await;
    let client = Client::new(&world);
    for (name, field, value) in values::refused() {
        let operation = operations().into_iter().find(|operation| operation.name() == name).unwrap();
        let mut body = operation.body(&world);
        put(&mut body, field, value.clone());
        let reply = client.json(&operation.method, &operation.to_nothing(), &body).await;
        let named = reply.body["errors"].as_array().into_iter().flatten().filter_map(|error| error["field"].as_str());
        let is_named = named.into_iter().any(|named| named.starts_with(field));
        reply.is_problem(name);
        assert!(matches!(reply.status, 400 | 422) && is_named, "{name} with {field} = {value}: {}", reply.body);
    }
    is_unchanged(&world, &before).await;
}

/// Puts a value where `place` says; the last step of the way need not be there, nor what stood in its way stay.
fn put(body: &mut Value, place: &str, value: Value) {
    match place.split_once('.') {
        Some((outer, inner)) => {
            let is_choice = matches!(inner, "contact_id" | "user_id");
            if is_choice {
                body[outer] = json!({});
            }
            put(&mut body[outer], inner, value);
        }
        None => match place.strip_suffix("[0]") {
            Some(list) => body[list] = json!([value]),
            None => body[place] = value,
        },
    }
}
