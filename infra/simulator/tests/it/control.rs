//! The control API over HTTP, and what survives a restart.

use http::Method;
use serde_json::{Value, json};
use simulator::{Config, Content, Simulator, Template};

use crate::support::{ANA, World, config};

#[tokio::test]
async fn the_control_api_does_over_http_what_the_handle_does() {
    let world = World::new().await;
    let post = async |path: &str, body: Value| world.control(Method::POST, path, body).await;

    let customer = post("/customers", json!({"name": "Bo", "wa_id": "+44 7700 900123", "username": "bo"})).await;
    assert_eq!(customer.json["wa_id"], "447700900123");
    assert!(customer.json["bsuid"].as_str().unwrap().starts_with("GB."));
    let told = post("/inbound", json!({"from": "bo", "message": {"type": "text", "body": "Hi"}})).await;
    assert!(told.json["wamid"].as_str().unwrap().starts_with("wamid."));
    assert_eq!(post("/webhook/drain", json!({})).await.json, json!({"drained": true}));
    let media = json!({"from": "bo", "message": {"type": "image", "media": {"caption": "Look"}}, "context": {"forwarded": true}});
    assert_eq!(post("/inbound/batch", json!({"messages": [media], "shape": "entries"})).await.status, 200);

    assert_eq!(post("/faults", json!({"fault": {"kind": "error", "code": 131_016}})).await.status, 204);
    assert_eq!(world.send_text("+447700900123", "Hi").await.status, 500);
    let plan = json!({"plan": {"statuses": [{"status": "sent"}, {"status": "delivered", "copies": 2}]}, "times": 1});
    assert_eq!(post("/status-plan", plan).await.status, 204);
    let wamid = world.send_text("+447700900123", "Hi").await.wamid().to_owned();
    world.settled().await;
    assert_eq!(world.receiver.status_names(), ["sent", "delivered", "delivered"]);

    let sends = world.control(Method::GET, "/sends", json!({})).await;
    assert_eq!(sends.json[0]["outcome"], json!({"kind": "refused", "status": 500, "code": 131_016, "details": null}));
    assert_eq!(sends.json[1]["outcome"]["wamid"], wamid);
    let deliveries = world.control(Method::GET, "/deliveries", json!({})).await;
    let id = &deliveries.json[0]["id"];
    let delivery = world.control(Method::GET, &format!("/deliveries/{id}"), json!({})).await;
    assert_eq!((&delivery.json["state"], &delivery.json["attempts"][0]["status"]), (&json!("delivered"), &json!(200)));

    let template = json!({"template": {"name": "a", "language": "en", "category": "UTILITY", "components": [{"type": "BODY", "text": "Hi"}]}});
    assert_eq!(post("/templates", template).await.json["status"], "APPROVED");
    let verbatim = post("/deliver", json!({"body": "{}", "times": 2, "signature": "missing"})).await;
    assert_eq!(verbatim.json.as_array().unwrap().len(), 2);
    assert_eq!(post("/raw", json!({"field": "x", "value": {}})).await.status, 200);
    let patched = world.control(Method::PATCH, "/settings", json!({"window_refusal": "http"})).await;
    assert_eq!(patched.json["window_refusal"], "http");
    assert_eq!(post("/reset", json!({})).await.status, 204);
    assert!(
        world.simulator.customers().is_empty()
            && world.simulator.templates().is_empty()
            && world.simulator.sends().is_empty()
    );
}

#[tokio::test]
async fn what_a_control_request_has_too_much_is_refused_by_name() {
    let world = World::new().await;
    for (path, body, field, word) in [
        ("/customers", json!({"nmae": "Ana"}), "nmae", "nmae"),
        ("/inbound", json!({"from": ANA, "message": {"type": "text", "bodi": "x"}}), "message", "bodi"),
        ("/inbound", json!({"from": "nobody", "message": {"type": "text", "body": "x"}}), "messages[0].from", "nobody"),
        ("/inbound", json!({"from": ANA, "message": {"type": "hologram"}}), "message.type", "hologram"),
        ("/faults", json!({"fault": {"kind": "error", "code": 1, "staus": 400}}), "fault", "staus"),
        ("/faults", json!({"fault": {"kind": "reset"}, "tmes": 2}), "tmes", "tmes"),
        (
            "/status-plan",
            json!({"plan": {"statuses": [{"status": "sent", "afer_ms": 2}]}}),
            "plan.statuses[0].afer_ms",
            "afer_ms",
        ),
        ("/deliver", json!({"body": "{}", "times": "two"}), "times", "invalid type"),
        ("/preferences", json!({"from": ANA, "value": "maybe"}), "value", "maybe"),
    ] {
        let answer = world.control(Method::POST, path, body).await;
        assert_eq!(answer.status, 400, "{path} {}", answer.text);
        assert_eq!(answer.json["error"]["field"], field, "{}", answer.text);
        assert!(answer.json["error"]["message"].as_str().unwrap().contains(word), "{}", answer.text);
    }
    assert_eq!(world.control(Method::POST, "/nothing", json!({})).await.status, 404);
    assert_eq!(world.control(Method::DELETE, "/templates/1", json!({})).await.status, 404);
    assert_eq!(world.control(Method::PUT, "/webhook", json!({"url": "http://127.0.0.1:1/"})).await.status, 502);
}

#[tokio::test]
async fn the_state_and_what_was_on_its_way_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data: Some(folder.path().into()), ..config() };
    let world = World::with(config.clone()).await;
    world.ana_writes();
    world.settled().await;
    world.simulator.put_template(Template::text("a", "en", "UTILITY", "Hi").into());
    world.simulator.pause();
    let waiting = world.says(ANA, Content::Text { body: "later".into() });
    world.simulator.shutdown().await.unwrap();

    let again = Simulator::start(config.clone()).await.unwrap();
    assert_eq!(again.templates().len(), 1);
    assert!(again.customer(ANA).unwrap().last_inbound_at.is_some());
    again.set_webhook(&world.simulator.webhook().unwrap()).await.unwrap();
    again.resume(simulator::Resume::default());
    assert!(again.drain(crate::support::LIMIT).await);
    let last = world.receiver.values("messages").pop().unwrap();
    assert_eq!(last["messages"][0]["id"], waiting);
    again.shutdown().await.unwrap();

    std::fs::write(folder.path().join("simulator.json"), "{ broken").unwrap();
    let refused = Simulator::start(config).await.err().unwrap();
    assert!(format!("{refused:#}").contains("simulator.json is not a state of the simulator"), "{refused:#}");
}

#[tokio::test]
async fn a_taken_port_is_one_clear_message() {
    let world = World::new().await;
    let listen = world.simulator.base_url().strip_prefix("http://").unwrap().parse().unwrap();
    let refused = Simulator::start(Config { listen, ..config() }).await.err().unwrap();
    assert!(refused.to_string().starts_with("the WhatsApp simulator cannot listen on"), "{refused}");
}
