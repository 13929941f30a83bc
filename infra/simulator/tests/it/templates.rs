//! Template sends against templates, and the list with its pages.

use http::Method;
use serde_json::{Value, json};
use simulator::{Choice, Fault, FaultOrder, Operation, Preference, Template, TemplateOrder};

use crate::support::{ANA, World};

fn template_send(name: &str, components: &Value) -> Value {
    let template = json!({"name": name, "language": {"code": "en_US"}, "components": components});
    json!({"to": "+34600111222", "type": "template", "template": template})
}

fn body(texts: &[&str]) -> Value {
    let parameters: Vec<Value> = texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
    json!([{"type": "body", "parameters": parameters}])
}

#[tokio::test]
async fn an_approved_template_goes_out_without_a_window() {
    let world = World::new().await;
    world.simulator.put_template(Template::text("visit", "en_US", "UTILITY", "Hi {{1}}, see you {{2}}").into());
    let answer = world.send(&template_send("visit", &body(&["Ana", "soon"]))).await;
    assert_eq!(answer.json["messages"][0]["message_status"], "accepted");
    world.settled().await;
    let statuses = world.receiver.statuses();
    assert_eq!(
        statuses[0]["pricing"],
        json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"})
    );
}

#[tokio::test]
async fn existence_state_and_parameters_are_checked() {
    let world = World::new().await;
    let put = |template: Template| world.simulator.put_template(template.into());
    put(Template::text("visit", "en_US", "UTILITY", "Hi {{1}}"));
    put(Template { status: "PAUSED".into(), ..Template::text("paused", "en_US", "UTILITY", "Hi") });
    put(Template { status: "DISABLED".into(), ..Template::text("disabled", "en_US", "UTILITY", "Hi") });
    put(Template { status: "PENDING".into(), ..Template::text("pending", "en_US", "UTILITY", "Hi") });
    let named = Template {
        parameter_format: "NAMED".into(),
        ..Template::text("named", "en_US", "UTILITY", "Hi {{first_name}}")
    };
    put(named);
    let rich = json!([
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "Hi"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Open", "url": "https://a.example/{{1}}"}]},
    ]);
    put(Template { components: rich.as_array().unwrap().clone(), ..Template::text("rich", "en_US", "MARKETING", "") });

    let image = json!({"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]});
    let wrong_header = json!({"type": "header", "parameters": [{"type": "video", "video": {"id": "1"}}]});
    let button = |index: &str| json!({"type": "button", "sub_type": "url", "index": index, "parameters": [{"type": "text", "text": "x"}]});
    let named_body =
        |name: &str| json!([{"type": "body", "parameters": [{"type": "text", "parameter_name": name, "text": "Ana"}]}]);
    for (name, components, status, code) in [
        ("nothing", json!([]), 404, 132_001),
        ("pending", json!([]), 404, 132_001),
        ("paused", json!([]), 400, 132_015),
        ("disabled", json!([]), 400, 132_016),
        ("visit", json!([]), 400, 132_000),
        ("visit", body(&["a", "b"]), 400, 132_000),
        ("visit", body(&["line\nbreak"]), 400, 132_018),
        ("visit", body(&[&"x".repeat(1_025)]), 400, 132_005),
        ("named", body(&["Ana"]), 400, 132_012),
        ("named", named_body("surname"), 400, 132_012),
        ("rich", json!([button("0")]), 400, 132_012),
        ("rich", json!([wrong_header, button("0")]), 400, 132_012),
        ("rich", json!([image]), 400, 131_008),
        ("rich", json!([image, button("0"), button("1")]), 400, 132_000),
    ] {
        let answer = world.send(&template_send(name, &components)).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{name} {components} {}", answer.details());
    }
    for (name, components) in [("named", named_body("first_name")), ("rich", json!([image, button("0")]))] {
        assert_eq!(world.send(&template_send(name, &components)).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn authentication_needs_a_phone_and_marketing_respects_a_stop() {
    let world = World::new().await;
    world.simulator.put_template(Template::text("code", "en_US", "AUTHENTICATION", "Your code").into());
    world.simulator.put_template(Template::text("sale", "en_US", "MARKETING", "Sale!").into());
    let bsuid = world.simulator.customer(ANA).unwrap().bsuid.unwrap();
    let mut to_user = template_send("code", &json!([]));
    to_user["recipient"] = bsuid.into();
    to_user.as_object_mut().unwrap().remove("to");
    assert_eq!(world.send(&to_user).await.code(), 131_062);

    world.simulator.set_preference(&Preference { from: ANA.into(), value: Choice::Stop }).unwrap();
    world.send(&template_send("sale", &json!([]))).await;
    world.settled().await;
    assert_eq!(world.receiver.values("user_preferences")[0]["user_preferences"][0]["value"], "stop");
    assert_eq!(world.receiver.statuses()[0]["errors"][0]["code"], 131_050);
}

#[tokio::test]
async fn the_list_is_paged_by_cursors_and_ends_without_next() {
    let world = World::new().await;
    for n in 0..5 {
        world.simulator.put_template(Template::text(&format!("t{n}"), "en_US", "UTILITY", "Hi").into());
    }
    let list = format!("/v26.0/{}/message_templates", world.simulator.config().waba_id);
    let (mut names, mut path, mut pages) = (Vec::new(), format!("{list}?limit=2&fields=name,status"), 0);
    loop {
        let page = world.get(&path).await;
        pages += 1;
        for item in page.json["data"].as_array().unwrap() {
            let members: Vec<&String> = item.as_object().unwrap().keys().collect();
            assert_eq!(members, ["id", "name", "status"]);
            names.push(item["name"].as_str().unwrap().to_owned());
        }
        let cursors = &page.json["paging"]["cursors"];
        assert!(cursors["before"].is_string() && cursors["after"].is_string());
        match page.json["paging"]["next"].as_str() {
            None => break,
            Some(next) => path = next.strip_prefix("https://graph.facebook.com").unwrap().to_owned(),
        }
    }
    assert_eq!((names.join(" "), pages), ("t0 t1 t2 t3 t4".to_owned(), 3));

    assert_eq!(world.get(&format!("{list}?after=nonsense")).await.code(), 131_059);
    assert_eq!(world.get(&format!("{list}?limit=none")).await.code(), 100);
    let all = world.get(&list).await;
    let template = &all.json["data"][0];
    assert_eq!(template["parameter_format"], "POSITIONAL");
    assert_eq!(world.get(&format!("{list}?name=t3")).await.json["data"].as_array().unwrap().len(), 1);
    assert_eq!(world.get(&format!("{list}?status=rejected")).await.json, json!({"data": []}));
    let one = world.get(&format!("/v26.0/{}?fields=name", template["id"].as_str().unwrap())).await;
    assert_eq!(one.json["name"], "t0");

    world.simulator.add_fault(FaultOrder::from(Fault::error(80_007)).on(Operation::MessageTemplates));
    assert_eq!(world.get(&list).await.code(), 80_007);
    assert_eq!(world.get(&list).await.status, 200);
}

#[tokio::test]
async fn each_change_of_a_template_is_told_under_its_own_field() {
    let world = World::new().await;
    let told = |template: Template| world.simulator.put_template(TemplateOrder { template, notify: true });
    let first = told(Template::text("visit", "en_US", "UTILITY", "Hi"));
    let mut changed = Template::text("visit", "en_US", "MARKETING", "Hello");
    changed.status = "PAUSED".into();
    changed.quality_score = Some(json!({"score": "RED"}));
    let second = told(changed);
    assert_eq!(first.id, second.id);
    world.settled().await;
    let id: u64 = first.id.parse().unwrap();
    let events: Vec<Value> =
        world.receiver.values("message_template_status_update").iter().map(|value| value["event"].clone()).collect();
    assert_eq!(events.len(), 2);
    assert!(events.contains(&"APPROVED".into()) && events.contains(&"PAUSED".into()));
    let category = &world.receiver.values("template_category_update")[0];
    assert_eq!((&category["message_template_id"], &category["new_category"]), (&json!(id), &json!("MARKETING")));
    assert_eq!(world.receiver.values("message_template_quality_update")[0]["new_quality_score"], "RED");
    assert_eq!(world.receiver.values("message_template_components_update")[0]["message_template_element"], "Hello");
    assert!(world.receiver.posts()[0].json()["entry"][0]["time"].is_i64());

    let gone = world.control(Method::DELETE, &format!("/templates/{}", first.id), json!({})).await;
    assert_eq!(gone.status, 204);
    assert!(world.simulator.templates().is_empty());
}

#[tokio::test]
async fn the_marketing_edge_takes_marketing_templates_only() {
    let world = World::new().await;
    world.simulator.put_template(Template::text("sale", "en_US", "MARKETING", "Sale!").into());
    world.simulator.put_template(Template::text("visit", "en_US", "UTILITY", "Hi").into());
    let path = world.messages_path().replace("/messages", "/marketing_messages");
    let token = world.simulator.config().access_token.clone();
    let call = async |name: &str| {
        let mut body = template_send(name, &json!([]));
        body["messaging_product"] = "whatsapp".into();
        world.call(Method::POST, &path, Some(&token), Some(&body)).await.unwrap()
    };
    assert_eq!(call("sale").await.status, 200);
    assert_eq!(call("visit").await.code(), 134_100);
    world.settled().await;
    assert_eq!(world.receiver.statuses()[0]["pricing"]["category"], "marketing_lite");
}
