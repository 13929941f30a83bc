//! `POST /v1/messages/preview`: what would become of a message, and nothing comes of it.
use serde_json::{Value, json};
use simulator::Template;

use super::{problems, text};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB};

fn order() -> Template {
    let mut order = Template::text("order", "en_US", "UTILITY", "*{{1}}*, your order comes {{2}}.");
    order.components.extend([
        json!({"type": "FOOTER", "text": "The shop"}),
        json!({"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Follow", "url": "https://shop.test/{{1}}"}]}),
    ]);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_shows_what_the_customer_will_see() {
    let world = World::start().await;
    world.has_templates(vec![order()]).await;
    world.hears(ANN, "Hello").await;
    let components = json!([
        {"type": "body", "parameters": [{"type": "text", "text": "", "fallback": "Hello"}, text("today")]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [text("a17")]},
    ]);
    let message = world.to_ann("order", &components);
    let preview = world.preview(message.clone()).await;
    assert_eq!((&preview["can_send"], problems(&preview).len()), (&json!(true), 0));
    assert_eq!(preview["window"]["state"], "open");
    assert_eq!(preview["template"]["category"], "UTILITY");
    assert_eq!(preview["filled"], json!(["template.components[0].parameters[0].text"]));
    let shown = &preview["messages"][0];
    assert_eq!(shown["body"], "*Hello*, your order comes today.");
    assert_eq!(shown["footer"], "The shop");
    assert_eq!(shown["buttons"][0]["url"], "https://shop.test/a17");
    // What is shown is what WhatsApp gets.
    let sent = world.post("/v1/messages", message).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    assert_eq!(world.calls_of_message(&sent.body["id"])[0].body["template"], shown["content"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_names_every_problem_and_leaves_nothing_behind() {
    let world = World::start().await;
    let mut code = Template::text("code", "en_US", "AUTHENTICATION", "*{{1}}* is your code.");
    code.status = "PAUSED".to_owned();
    world.has_templates(vec![order(), code]).await;
    let channel = json!(world.channel().id);
    let stranger = |kind: &str, content: Value| json!({"channel_id": channel, "to": {"bsuid": "US.77"}, "type": kind, kind: content});
    let template = |name: &str, language: &str| json!({"name": name, "language": {"code": language}});
    for (message, expected) in [
        (stranger("text", json!({"body": "Hi"})), vec!["window-closed"]),
        (stranger("template", template("order", "en_US")), vec!["no-consent", "template-parameters"]),
        (
            stranger("template", template("code", "en_US")),
            vec!["template-not-approved", "template-parameters", "phone-needed"],
        ),
        (stranger("template", template("order", "de")), vec!["template-unknown"]),
        (stranger("template", template("nothing", "de")), vec!["template-unknown"]),
        (
            stranger("image", json!({"attachment_id": "att_0000000000000000000000000000000000000000000000000000"})),
            vec!["window-closed", "unknown-reference"],
        ),
    ] {
        let preview = world.preview(message.clone()).await;
        assert_eq!((problems(&preview), &preview["can_send"]), (expected, &json!(false)), "{message}");
        assert_eq!(preview["contact_id"], Value::Null);
    }
    let unknown = world.preview(stranger("template", template("order", "de"))).await;
    let detail = unknown["problems"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("en_US"), "it tells the languages that there are: {detail}");
    assert!(world.sends().is_empty() && world.conversations("").await.is_empty());
    assert_eq!(world.get("/v1/contacts").await["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_part_of_a_long_text_is_shown() {
    let world = World::start().await;
    let (conversation, _) = world.hears(BOB, "Hello").await;
    let message = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]}, "type": "text",
        "split": true, "text": {"body": format!("{}\n\n{}", "a".repeat(3000), "b".repeat(3000))},
    });
    let preview = world.preview(message).await;
    assert_eq!(preview["can_send"], true);
    let bodies: Vec<&str> =
        preview["messages"].as_array().unwrap().iter().map(|one| one["body"].as_str().unwrap()).collect();
    assert_eq!(bodies.iter().map(|body| body.len()).collect::<Vec<_>>(), [3000, 3000]);
}
