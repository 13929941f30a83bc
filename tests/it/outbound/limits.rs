//! Each limit of WhatsApp's is told before WhatsApp is called: by field, with its number.
use serde_json::{Value, json};

use super::kinds::{button, carousel, list, products};
use super::problem;
use crate::world::World;
use crate::world::webhooks::ANN;

/// `content` with another value, or none where `value` is null, at a JSON pointer.
fn with(mut content: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match content.pointer_mut(parent).unwrap() {
        Value::Object(members) if value.is_null() => drop(members.remove(name)),
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other}"),
    }
    content
}

fn long(length: usize) -> Value {
    json!("ä".repeat(length))
}

/// Type, content, the field that is told and its limit.
type Case = (&'static str, Value, &'static str, Option<u64>);

fn plain() -> Vec<Case> {
    let image = json!({"link": "https://example.org/a.jpg"});
    let place = json!({"latitude": 1, "longitude": 1});
    let card = json!({"name": {"formatted_name": "Mia May", "first_name": "Mia"}});
    vec![
        ("text", json!({"body": long(4097)}), "text.body", Some(4096)),
        ("text", json!({"body": " "}), "text.body", None),
        ("text", json!({"body": "x", "colour": 1}), "text.colour", None),
        ("image", with(image.clone(), "/caption", long(1025)), "image.caption", Some(1024)),
        ("image", with(image.clone(), "/id", json!("1")), "image", None),
        ("image", json!({}), "image", None),
        ("image", with(image.clone(), "/filename", json!("a")), "image.filename", None),
        ("video", with(image.clone(), "/caption", long(1025)), "video.caption", Some(1024)),
        ("document", with(image.clone(), "/caption", long(1025)), "document.caption", Some(1024)),
        ("audio", with(image.clone(), "/caption", json!("x")), "audio.caption", None),
        ("audio", with(image.clone(), "/voice", json!("yes")), "audio.voice", None),
        ("sticker", with(image, "/caption", json!("x")), "sticker.caption", None),
        ("location", with(place.clone(), "/latitude", json!(90.5)), "location.latitude", None),
        ("location", with(place.clone(), "/longitude", json!("-181")), "location.longitude", None),
        ("location", with(place.clone(), "/longitude", Value::Null), "location.longitude", None),
        ("location", with(place, "/zoom", json!(3)), "location.zoom", None),
        ("contacts", json!([]), "contacts", None),
        ("contacts", json!(vec![card.clone(); 258]), "contacts", Some(257)),
        ("contacts", json!([with(card.clone(), "/name/first_name", Value::Null)]), "contacts[0].name", None),
        (
            "contacts",
            json!([with(card.clone(), "/name/formatted_name", Value::Null)]),
            "contacts[0].name.formatted_name",
            None,
        ),
        ("contacts", json!([with(card, "/nickname", json!("M"))]), "contacts[0].nickname", None),
        ("reaction", json!({"message_id": "wamid.x", "emoji": long(17)}), "reaction.emoji", Some(16)),
        ("reaction", json!({"emoji": "👍"}), "reaction.message_id", None),
        ("reaction", json!({"message_id": "wamid.x"}), "reaction.emoji", None),
    ]
}

fn buttons_and_lists() -> Vec<Case> {
    let (two, rows) = (button(&["Yes", "No"]), list(&[2, 2]));
    let reply = "/action/buttons/0/reply";
    let row = "/action/sections/0/rows/0";
    let cases: Vec<(Value, &'static str, Option<u64>)> = vec![
        (json!({}), "interactive.type", None),
        (json!({"type": "poll"}), "interactive.type", None),
        (button(&["A", "B", "C", "D"]), "interactive.action.buttons", Some(3)),
        (button(&[]), "interactive.action.buttons", None),
        (button(&["A", "A"]), "interactive.action.buttons[1].reply.title", None),
        (with(two.clone(), &format!("{reply}/title"), long(21)), "interactive.action.buttons[0].reply.title", Some(20)),
        (with(two.clone(), &format!("{reply}/id"), long(257)), "interactive.action.buttons[0].reply.id", Some(256)),
        (with(two.clone(), "/body/text", long(1025)), "interactive.body.text", Some(1024)),
        (with(two.clone(), "/body", Value::Null), "interactive.body", None),
        (with(two.clone(), "/footer", json!({"text": long(61)})), "interactive.footer.text", Some(60)),
        (with(two.clone(), "/header", json!({"type": "text", "text": long(61)})), "interactive.header.text", Some(60)),
        (with(two.clone(), "/header", json!({"type": "image", "image": {}})), "interactive.header.image", None),
        (with(two.clone(), "/header", json!({"type": "sticker"})), "interactive.header.type", None),
        (with(two, "/sections", json!([])), "interactive.sections", None),
        (with(rows.clone(), "/body/text", long(4097)), "interactive.body.text", Some(4096)),
        (
            with(rows.clone(), "/header", json!({"type": "image", "image": {"id": "1"}})),
            "interactive.header.type",
            None,
        ),
        (with(rows.clone(), "/action/button", long(21)), "interactive.action.button", Some(20)),
        (list(&[5, 6]), "interactive.action.sections", Some(10)),
        (list(&[1; 11]), "interactive.action.sections", Some(10)),
        (list(&[2, 0]), "interactive.action.sections[1].rows", None),
        (with(rows.clone(), "/action/sections/1/title", Value::Null), "interactive.action.sections[1].title", None),
        (with(rows.clone(), "/action/sections/1/title", long(25)), "interactive.action.sections[1].title", Some(24)),
        (with(rows.clone(), &format!("{row}/id"), long(201)), "interactive.action.sections[0].rows[0].id", Some(200)),
        (with(rows.clone(), &format!("{row}/id"), json!("r1-0")), "interactive.action.sections[1].rows[0].id", None),
        (
            with(rows.clone(), &format!("{row}/title"), long(25)),
            "interactive.action.sections[0].rows[0].title",
            Some(24),
        ),
        (
            with(rows, &format!("{row}/description"), long(73)),
            "interactive.action.sections[0].rows[0].description",
            Some(72),
        ),
    ];
    cases.into_iter().map(|(content, field, limit)| ("interactive", content, field, limit)).collect()
}

fn other_interactive() -> Vec<Case> {
    let of = |kind: &str| super::kinds::interactive().into_iter().find(|one| one["type"] == kind).unwrap();
    let (link, flow, call, shelf) = (of("cta_url"), of("flow"), of("voice_call"), products(&[2, 2]));
    let parameters = "/action/parameters";
    let cases: Vec<(Value, &'static str, Option<u64>)> = vec![
        (with(link.clone(), "/body/text", long(1025)), "interactive.body.text", Some(1024)),
        (
            with(link.clone(), "/action/parameters/display_text", long(21)),
            "interactive.action.parameters.display_text",
            Some(20),
        ),
        (with(link, "/action/parameters/url", Value::Null), "interactive.action.parameters.url", None),
        (
            with(flow.clone(), "/action/parameters/flow_cta", long(31)),
            "interactive.action.parameters.flow_cta",
            Some(30),
        ),
        (with(flow.clone(), "/action/parameters/flow_name", Value::Null), "interactive.action.parameters", None),
        (with(flow, "/action/parameters/mode", json!("live")), "interactive.action.parameters.mode", None),
        (
            with(call, "/action/parameters/display_text", long(21)),
            "interactive.action.parameters.display_text",
            Some(20),
        ),
        (with(of("product"), "/header", json!({"type": "text", "text": "x"})), "interactive.header", None),
        (with(of("product"), "/action/catalog_id", Value::Null), "interactive.action.catalog_id", None),
        (with(shelf.clone(), "/header", Value::Null), "interactive.header", None),
        (with(shelf, "/action/sections/0/title", Value::Null), "interactive.action.sections[0].title", None),
        (products(&[15, 16]), "interactive.action.sections", Some(30)),
        (products(&[1; 11]), "interactive.action.sections", Some(10)),
        (with(of("location_request_message"), "/body/text", long(1025)), "interactive.body.text", Some(1024)),
        (with(of("location_request_message"), "/action/name", json!("send")), "interactive.action.name", None),
        (
            with(of("address_message"), "/action/parameters/country", Value::Null),
            "interactive.action.parameters.country",
            None,
        ),
        (with(of("order_details"), parameters, json!({})), "interactive.action.parameters.reference_id", None),
        (
            with(of("order_status"), "/action/parameters/order", Value::Null),
            "interactive.action.parameters.order",
            None,
        ),
        (with(of("request_contact_info"), "/body", Value::Null), "interactive.body", None),
        (carousel(1), "interactive.action.cards", None),
        (carousel(11), "interactive.action.cards", Some(10)),
        (with(carousel(2), "/body/text", long(1025)), "interactive.body.text", Some(1024)),
        (with(carousel(2), "/footer", json!({"text": "x"})), "interactive.footer", None),
        (with(carousel(2), "/action/cards/1/body/text", long(161)), "interactive.action.cards[1].body.text", Some(160)),
        (
            with(carousel(2), "/action/cards/1/header", json!({"type": "video", "video": {"id": "1"}})),
            "interactive.action.cards[1].header.type",
            None,
        ),
        (
            with(carousel(2), "/action/cards/0/action/parameters/display_text", long(21)),
            "interactive.action.cards[0].action.parameters.display_text",
            Some(20),
        ),
    ];
    cases.into_iter().map(|(content, field, limit)| ("interactive", content, field, limit)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_limit_is_told_before_whatsapp_is_called() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    for (kind, content, field, limit) in [plain(), buttons_and_lists(), other_interactive()].concat() {
        let answer = world.send(&conversation, json!({"type": kind, kind: content})).await;
        let line = format!("{kind} {field} {limit:?}: {}", answer.body);
        assert_eq!(answer.status, 422, "{line}");
        assert_eq!(problem(&answer), if limit.is_some() { "too-long" } else { "invalid-message" }, "{line}");
        let errors = answer.body["errors"].as_array().unwrap();
        let is_told = |error: &Value| (error["field"].as_str(), error["limit"].as_u64()) == (Some(field), limit);
        assert!(!errors.is_empty() && errors.iter().all(is_told), "{line}");
        if let Some(limit) = limit {
            assert!(answer.body["detail"].as_str().unwrap().contains(&limit.to_string()), "{line}");
        }
    }
    world.settle().await;
    assert!(world.sends().is_empty(), "WhatsApp was not called");
    assert_eq!(world.thread(&conversation).await.len(), 1, "and nothing was stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_is_told_at_once() {
    let world = World::start().await;
    let (conversation, _) = world.hears(ANN, "Hello").await;
    let mut content = button(&["Yes", "Yes", "No", "Never"]);
    content["body"]["text"] = long(1025);
    content["colour"] = json!("green");
    let answer = world.send(&conversation, json!({"type": "interactive", "interactive": content})).await;
    let fields: Vec<&str> =
        answer.body["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(
        fields,
        [
            "interactive.body.text",
            "interactive.action.buttons",
            "interactive.action.buttons[1].reply.title",
            "interactive.colour"
        ]
    );
    assert_eq!(problem(&answer), "invalid-message");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_beside_the_content_are_checked_too() {
    let world = World::start().await;
    let (conversation, hello) = world.hears(ANN, "Hello").await;
    let text = json!({"type": "text", "text": {"body": "x"}});
    let reaction = json!({"type": "reaction", "reaction": {"message_id": hello, "emoji": "👍"}});
    for (message, member, value) in [
        (&text, "product_policy", json!("STRICT")),
        (&text, "product_policy", json!("WHATEVER")),
        (&text, "colour", json!("green")),
        (&text, "context", json!("wamid.x")),
        (&text, "message_activity_sharing", json!("yes")),
        (&reaction, "split", json!(true)),
        (&reaction, "context", json!({"message_id": hello})),
    ] {
        let mut message = message.clone();
        message[member] = value;
        let answer = world.send(&conversation, message).await;
        assert_eq!((answer.status, problem(&answer)), (400, "invalid-input"), "{member}: {}", answer.body);
        assert_eq!(answer.body["errors"][0]["field"], member);
    }
    assert!(world.sends().is_empty());
}
