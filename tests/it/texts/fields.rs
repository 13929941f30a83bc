//! Merge fields in messages: only where they are asked for, filled in once, or refused.
use serde_json::{Value, json};
use simulator::Template;

use super::problem;
use crate::world::people::Person;
use crate::world::webhooks::ANN;
use crate::world::{Answer, World};

const TEXT: &str = "Hello $[Leads.First Name|there], this is $[User.First Name] of $[Channel.Nickname].";

/// Ann wrote, and Eva answers.
async fn scene() -> (World, Value, Person) {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    let eva = world.hire("Eva", "agent", "all", &[]).await;
    (world, conversation, eva)
}

async fn say(world: &World, by: &Person, path: &str, conversation: &Value, message: Value) -> Answer {
    let mut message = message;
    message["channel_id"] = conversation["channel_id"].clone();
    message["to"] = json!({"contact_id": conversation["contact_id"]});
    world.on_behalf(by, "POST", path, Some(message)).await
}

fn text(body: &str) -> Value {
    json!({"type": "text", "text": {"body": body}, "merge": true})
}

/// What WhatsApp got last.
fn received(world: &World) -> Value {
    world.simulator().accepted().last().unwrap().body.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_goes_out_with_its_values_where_that_is_asked_for() {
    let (world, conversation, eva) = scene().await;
    let nickname = world.get(&format!("/v1/channels/{}", world.channel().id)).await["nickname"].clone();
    let preview = say(&world, &eva, "/v1/messages/preview", &conversation, text(TEXT)).await;
    let expected = format!("Hello Ann, this is Eva of {}.", nickname.as_str().unwrap());
    assert_eq!((&preview.body["can_send"], &preview.body["messages"][0]["body"]), (&json!(true), &json!(expected)));
    assert!(world.sends().is_empty(), "a preview sends nothing");
    let sent = say(&world, &eva, "/v1/messages", &conversation, text(TEXT)).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    assert_eq!(sent.body["text"]["body"], expected.as_str());
    world.settle().await;
    assert_eq!(received(&world)["text"]["body"], expected.as_str());
    // A text that asks for nothing is the Cloud API's, letter by letter; so is an escaped field.
    for message in [json!({"type": "text", "text": {"body": TEXT}}), text(&TEXT.replace("$[", "\\$["))] {
        let sent = say(&world, &eva, "/v1/messages", &conversation, message).await;
        assert_eq!(sent.status, 202, "{}", sent.body);
        world.settle().await;
        assert_eq!(received(&world)["text"]["body"], TEXT);
    }
}

/// P47: whatever a customer calls themselves.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_cannot_bring_a_field_into_a_text() {
    let (world, conversation, eva) = scene().await;
    world.defines("city", "City").await;
    for hostile in ["$[User.Email]", "\\$[User.Email]", "x|y] $[Channel.Phone|", "{{1}} *bold*"] {
        world.knows(&conversation["contact_id"], json!({"name": hostile, "fields": {"city": hostile}})).await;
        let body = "To $[Leads.Full Name] in $[leads.CITY|nowhere]";
        let sent = say(&world, &eva, "/v1/messages", &conversation, text(body)).await;
        assert_eq!(sent.status, 202, "{}", sent.body);
        world.settle().await;
        assert_eq!(received(&world)["text"]["body"], format!("To {hostile} in {hostile}").as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_or_missing_is_named_and_nothing_is_sent() {
    let (world, conversation, eva) = scene().await;
    world.defines("city", "City").await;
    let unknown = "Hi $[Leads.Frist Name] of $[Lead.City]";
    let refused = say(&world, &eva, "/v1/messages", &conversation, text(unknown)).await;
    assert_eq!((refused.status, problem(&refused)), (422, "merge-field-unknown"));
    let errors = refused.body["errors"].as_array().unwrap();
    let told: Vec<&str> = errors.iter().map(|error| error["message"].as_str().unwrap()).collect();
    assert!(told[0].contains("at character 4 $[Leads.Frist Name]") && told[0].contains("First Name"), "{told:?}");
    assert!(told[1].contains("$[Lead.City]") && told[1].contains("Leads, Contacts, User, Channel"), "{told:?}");
    assert_eq!(errors[0]["field"], "text.body");

    let missing = "Hi $[Leads.First Name], how is $[Leads.City]? $[Contacts.City]";
    let refused = say(&world, &eva, "/v1/messages", &conversation, text(missing)).await;
    assert_eq!((refused.status, problem(&refused)), (422, "merge-field-missing"));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("names Leads.City, which has no value"), "{detail}");
    assert!(detail.contains("names Contacts.City, which has no value, as the person is a lead"), "{detail}");
    // A preview shows the text as far as it goes, and everything else that speaks against it.
    let preview = say(&world, &eva, "/v1/messages/preview", &conversation, text(missing)).await;
    assert_eq!(preview.status, 200, "{}", preview.body);
    assert_eq!(preview.body["messages"][0]["body"], "Hi Ann, how is $[Leads.City]? $[Contacts.City]");
    assert_eq!(preview.body["can_send"], false);
    assert!(preview.body["problems"][0]["type"].as_str().unwrap().ends_with("merge-field-missing"));
    // A key that belongs to no user has no values of one.
    let message = json!({
        "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]}, "merge": true,
        "type": "text", "text": {"body": "$[User.Name]"},
    });
    let refused = world.post("/v1/messages", message).await;
    assert!(refused.body["detail"].as_str().unwrap().contains("the caller is no user"), "{}", refused.body);
    assert!(world.sends().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn captions_and_values_of_templates_are_merged_too_and_nothing_else() {
    let (world, conversation, eva) = scene().await;
    world.has_templates(vec![Template::text("order", "en_US", "UTILITY", "{{1}}, your order comes {{2}}.")]).await;
    let parameters = |second: Value| {
        json!({
            "type": "template", "merge": true,
            "template": {"name": "order", "language": {"code": "en_US"}, "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "$[Leads.First Name]"}, second]},
            ]},
        })
    };
    let fallback = json!({"type": "text", "text": "$[Leads.Email]", "fallback": "soon"});
    let sent = say(&world, &eva, "/v1/messages", &conversation, parameters(fallback)).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    let given = received(&world)["template"]["components"][0]["parameters"].clone();
    assert_eq!((&given[0]["text"], &given[1]["text"]), (&json!("Ann"), &json!("soon")));
    let refused =
        say(&world, &eva, "/v1/messages", &conversation, parameters(json!({"type": "text", "text": "$[Leads.Email]"})));
    assert_eq!(problem(&refused.await), "merge-field-missing");

    let image = json!({"link": "https://shop.example/a.png", "caption": "For $[Leads.First Name]"});
    let sent =
        say(&world, &eva, "/v1/messages", &conversation, json!({"type": "image", "image": image, "merge": true})).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    assert_eq!(received(&world)["image"]["caption"], "For Ann");
    let image = json!({"link": "https://shop.example/$[Leads.First Name].png"});
    let refused =
        say(&world, &eva, "/v1/messages", &conversation, json!({"type": "image", "image": image, "merge": true})).await;
    assert_eq!((problem(&refused), &refused.body["errors"][0]["field"]), ("merge-field-unknown", &json!("image.link")));
}

/// A value may make of a short text a long one: then it is refused, or cut where that is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_measured_with_its_values() {
    let (world, conversation, eva) = scene().await;
    world.defines("story", "Story").await;
    world.knows(&conversation["contact_id"], json!({"fields": {"story": "word ".repeat(190).trim()}})).await;
    let body = "$[Leads.Story]\n\n".repeat(5);
    let refused = say(&world, &eva, "/v1/messages", &conversation, text(&body)).await;
    assert_eq!((refused.status, problem(&refused)), (422, "too-long"));
    let mut split = text(&body);
    split["split"] = json!(true);
    let sent = say(&world, &eva, "/v1/messages", &conversation, split).await;
    assert_eq!((sent.status, sent.body["parts"].as_array().map(Vec::len)), (202, Some(2)), "{}", sent.body);
}
