//! Each user's own rules.
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_their_users_and_an_administrators() {
    let world = World::start().await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    let usual = world.on_behalf(&uma, "GET", "/v1/notification-rules", None).await.body;
    assert_eq!((&usual["ways"]["message"], &usual["changed_at"]), (&json!(["live"]), &Value::Null));
    let wanted = json!({
        "ways": {"message": ["email", "live"], "mention": ["slack"]},
        "slack_webhook_url": "https://127.0.0.1:9/services/T0/B0/x",
        "quiet_hours": {"time_zone": "europe/berlin", "days": ["sunday"], "from": "20:00", "to": "07:00"},
    });
    world.wants(&uma, wanted.clone()).await;
    let path = format!("/v1/notification-rules?user_id={}", uma.id);
    let seen = world.call("GET", &path, None).await.body;
    assert_eq!(seen, world.on_behalf(&uma, "GET", "/v1/notification-rules", None).await.body);
    assert_eq!(seen["ways"], json!({"assignment": [], "mention": ["slack"], "message": ["email", "live"]}));
    assert_eq!(
        (&seen["quiet_hours"]["time_zone"], &seen["quiet_hours"]["to"]),
        (&json!("Europe/Berlin"), &json!("07:00"))
    );
    for method in ["GET", "PUT"] {
        let body = (method == "PUT").then(|| wanted.clone());
        assert_eq!(world.on_behalf(&vic, method, &path, body).await.status, 422, "they are nobody else's");
    }
    assert_eq!(world.call("PUT", &path, Some(json!({"ways": {}}))).await.status, 200);
    assert_eq!(world.on_behalf(&uma, "GET", "/v1/notification-rules", None).await.body["ways"]["message"], json!([]));
}

/// It takes more than the role: the key must be one to manage users with.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_the_inbox_alone_reaches_nobody_elses_rules() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    let path = format!("/v1/notification-rules?user_id={}", uma.id);
    for (scopes, status) in
        [(json!(["inbox:read", "inbox:write"]), 422), (json!(["inbox:read", "inbox:write", "setup:write"]), 200)]
    {
        let made = world.post("/v1/api-keys", json!({"name": "n", "role": "admin", "scopes": scopes})).await;
        let key = made.body["key"].as_str().unwrap();
        for (method, body) in [("GET", None), ("PUT", Some(json!({"ways": {}})))] {
            let answer = world.call_as(key, method, &path, body, None).await;
            assert_eq!(answer.status, status, "{method} with {scopes}: {}", answer.body);
        }
    }
}
