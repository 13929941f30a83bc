//! One message of every type and kind, written after Meta's documentation.
use serde_json::{Value, json};
use simulator::StatusPlan;

use crate::world::World;
use crate::world::webhooks::ANN;

/// Types but templates: name and content.
pub fn kinds() -> Vec<(&'static str, Value)> {
    let mut kinds = vec![
        ("text", json!({"body": "Hello, see https://example.org/a", "preview_url": true})),
        ("image", json!({"link": "https://example.org/a.jpg", "caption": "The green one"})),
        ("image", json!({"id": "1479537139650973"})),
        ("video", json!({"link": "https://example.org/a.mp4", "caption": "How to wash it"})),
        ("audio", json!({"id": "1013859600285441", "voice": true})),
        ("audio", json!({"link": "https://example.org/a.mp3"})),
        (
            "document",
            json!({"link": "https://example.org/a.pdf", "filename": "Invoice.pdf", "caption": "Your invoice"}),
        ),
        ("sticker", json!({"link": "https://example.org/a.webp"})),
        ("location", json!({"latitude": 52.52, "longitude": "13.405", "name": "Shop", "address": "Example St 1"})),
        (
            "contacts",
            json!([{
                "name": {"formatted_name": "Mia May", "first_name": "Mia"}, "birthday": "1990-02-28",
                "phones": [{"phone": "+16505550199", "wa_id": "16505550199", "type": "WORK"}],
                "emails": [{"email": "mia@example.org", "type": "WORK"}], "org": {"company": "Example"},
                "urls": [{"url": "https://example.org"}], "addresses": [{"city": "Berlin", "country_code": "DE"}],
            }]),
        ),
    ];
    kinds.extend(interactive().into_iter().map(|content| ("interactive", content)));
    kinds
}

pub fn button(titles: &[&str]) -> Value {
    let button =
        |(at, title): (usize, &&str)| json!({"type": "reply", "reply": {"id": format!("b{at}"), "title": title}});
    let buttons: Vec<Value> = titles.iter().enumerate().map(button).collect();
    json!({"type": "button", "body": {"text": "Is Monday fine?"}, "action": {"buttons": buttons}})
}

/// A list with so many rows in each section.
pub fn list(sections: &[usize]) -> Value {
    let section = |(at, rows): (usize, &usize)| {
        let row =
            |row| json!({"id": format!("r{at}-{row}"), "title": format!("Row {row}"), "description": "Of cotton"});
        json!({"title": format!("Section {at}"), "rows": (0..*rows).map(row).collect::<Vec<_>>()})
    };
    let sections: Vec<Value> = sections.iter().enumerate().map(section).collect();
    json!({
        "type": "list", "header": {"type": "text", "text": "Sizes"}, "body": {"text": "Which one?"},
        "footer": {"text": "All in stock"}, "action": {"button": "Choose", "sections": sections},
    })
}

/// A carousel of so many cards that lead to an address.
pub fn carousel(cards: usize) -> Value {
    let link = json!({"name": "cta_url", "parameters": {"display_text": "Buy", "url": "https://example.org/buy"}});
    let card = |at| {
        json!({
            "card_index": at, "type": "cta_url", "body": {"text": "Cotton"}, "action": link,
            "header": {"type": "image", "image": {"link": "https://example.org/a.jpg"}},
        })
    };
    let cards: Vec<Value> = (0..cards).map(card).collect();
    json!({"type": "carousel", "body": {"text": "New this week"}, "action": {"cards": cards}})
}

/// Products of a catalogue, so many in each section.
pub fn products(sections: &[usize]) -> Value {
    let section = |(at, products): (usize, &usize)| {
        let item = |item| json!({"product_retailer_id": format!("p{at}-{item}")});
        json!({"title": format!("Shelf {at}"), "product_items": (0..*products).map(item).collect::<Vec<_>>()})
    };
    let sections: Vec<Value> = sections.iter().enumerate().map(section).collect();
    json!({
        "type": "product_list", "header": {"type": "text", "text": "Ours"}, "body": {"text": "See"},
        "action": {"catalog_id": "146265584024623", "sections": sections},
    })
}

pub fn interactive() -> Vec<Value> {
    let mut with_image = button(&["Yes", "No"]);
    with_image["header"] = json!({"type": "image", "image": {"link": "https://example.org/a.jpg"}});
    let card = |at| json!({"card_index": at, "type": "product", "action": {"product_retailer_id": "p1", "catalog_id": "146265584024623"}});
    let body = json!({"text": "Please"});
    vec![
        button(&["Yes", "No", "Later"]),
        with_image,
        list(&[4, 6]),
        carousel(2),
        products(&[10, 20]),
        json!({"type": "carousel", "body": body, "action": {"cards": [card(0), card(1), card(2)]}}),
        json!({"type": "cta_url", "body": body, "action": {
            "name": "cta_url", "parameters": {"display_text": "See dates", "url": "https://example.org/dates"}}}),
        json!({"type": "flow", "body": body, "action": {"name": "flow", "parameters": {
            "flow_message_version": "3", "flow_name": "booking", "flow_cta": "Book", "flow_action": "navigate",
            "flow_action_payload": {"screen": "START", "data": {"price": 100}}, "flow_token": "t", "mode": "draft"}}}),
        json!({"type": "product", "body": body, "action": {"catalog_id": "1", "product_retailer_id": "p1"}}),
        json!({"type": "catalog_message", "body": body, "action": {
            "name": "catalog_message", "parameters": {"thumbnail_product_retailer_id": "p1"}}}),
        json!({"type": "location_request_message", "body": body, "action": {"name": "send_location"}}),
        json!({"type": "address_message", "body": body, "action": {
            "name": "address_message", "parameters": {"country": "IN", "values": {"name": "Ann"}}}}),
        json!({"type": "call_permission_request", "body": body, "action": {"name": "call_permission_request"}}),
        json!({"type": "voice_call", "body": body, "action": {
            "name": "voice_call", "parameters": {"display_text": "Call us", "ttl_minutes": 100, "payload": "p"}}}),
        json!({"type": "request_contact_info", "body": body, "action": {"name": "request_contact_info"}}),
        json!({"type": "order_details", "body": body, "action": {"name": "review_and_pay", "parameters": {
            "reference_id": "o-1", "type": "digital-goods", "currency": "INR", "total_amount": {"value": 100, "offset": 100},
            "order": {"status": "pending", "items": []}, "something_new": true}}}),
        json!({"type": "order_status", "body": body, "action": {"name": "review_order", "parameters": {
            "reference_id": "o-1", "order": {"status": "shipped"}}}}),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_reaches_whatsapp_as_it_was_given() {
    let world = World::start().await;
    world.simulator().set_default_plan(StatusPlan::none());
    for id in ["1479537139650973", "1013859600285441"] {
        let known = simulator::MediumInput { id: Some(id.to_owned()), ..simulator::MediumInput::default() };
        world.simulator().put_medium(&known).unwrap();
    }
    let (conversation, _) = world.hears(ANN, "Hello").await;
    let mut queued = Vec::new();
    for (kind, content) in kinds() {
        let answer = world.send(&conversation, json!({"type": kind, kind: content})).await;
        assert_eq!(answer.status, 202, "{kind} {content}: {}", answer.body);
        assert_eq!(answer.body[kind], content);
        queued.push((kind, content, answer.body["id"].clone()));
    }
    world.settle().await;
    for (kind, content, id) in queued {
        let message = world.message(&id).await;
        assert_eq!(message["state"], "accepted", "{message}");
        let calls = world.calls_of_message(&id);
        assert_eq!(calls.len(), 1);
        assert_eq!((&calls[0].body["type"], &calls[0].body[kind]), (&json!(kind), &content));
    }
}
