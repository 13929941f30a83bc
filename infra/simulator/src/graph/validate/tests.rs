//! Every type is accepted at its limits and refused one step beyond, with the right code.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::message;

fn refused(body: &Value) -> i64 {
    message(body).map_or_else(|error| error.code, |kind| panic!("{kind} was accepted: {body}"))
}

fn accepted(body: &Value) {
    if let Err(error) = message(body) {
        panic!("{} {:?}: {body}", error.message, error.details);
    }
}

fn send(kind: &str, object: &Value) -> Value {
    json!({"messaging_product": "whatsapp", "to": "+16505551234", "type": kind, kind: object})
}

fn interactive(kind: &str, action: &Value) -> Value {
    send("interactive", &json!({"type": kind, "body": {"text": "Choose"}, "action": action}))
}

/// The same body with another value at a place.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = changed.pointer_mut(parent).unwrap();
    let place = match name.parse::<usize>() {
        Ok(at) => &mut parent[at],
        Err(_) => &mut parent[name],
    };
    *place = value;
    changed
}

fn without(body: &Value, pointer: &str) -> Value {
    with(body, pointer, Value::Null)
}

fn long(length: usize) -> Value {
    "é".repeat(length).into()
}

fn rows(count: usize) -> Value {
    (0..count).map(|n| json!({"id": format!("row-{n}"), "title": format!("Row {n}")})).collect()
}

#[test]
fn the_calls_own_parameters_are_refused_with_100() {
    let text = send("text", &json!({"body": "Hi"}));
    accepted(&text);
    accepted(&without(&text, "/type"));
    for wrong in [
        json!([]),
        without(&text, "/to"),
        json!({"to": "+16505551234", "text": {"body": "Hi"}}),
        with(&text, "/messaging_product", "telegram".into()),
        with(&text, "/to", 16_505_551_234_u64.into()),
        with(&text, "/type", "poll".into()),
        with(&text, "/recipient_type", "everyone".into()),
        with(&text, "/text/preview_url", "yes".into()),
        with(&text, "/text/bodi", "Hi".into()),
        with(&text, "/text/body", 7.into()),
        with(&text, "/text/body", "".into()),
        with(&text, "/text/body", long(4097)),
        with(&text, "/text", "Hi".into()),
    ] {
        assert_eq!(refused(&wrong), 100, "{wrong}");
    }
    accepted(&with(&text, "/text/body", long(4096)));
    assert_eq!(refused(&without(&text, "/text")), 131_008);
    assert_eq!(refused(&without(&text, "/text/body")), 131_008);
    assert_eq!(refused(&with(&text, "/biz_opaque_callback_data", long(513))), 131_009);
    accepted(&with(&text, "/biz_opaque_callback_data", long(512)));
    assert_eq!(refused(&with(&text, "/context", json!({}))), 131_008);
}

#[test]
fn media_need_an_id_or_a_link_and_short_captions() {
    for kind in ["image", "video", "document", "audio", "sticker"] {
        accepted(&send(kind, &json!({"id": "123"})));
        accepted(&send(kind, &json!({"link": "https://example.com/file"})));
        assert_eq!(refused(&send(kind, &json!({}))), 131_008, "{kind}");
        assert_eq!(refused(&send(kind, &json!({"id": "1", "link": "https://example.com"}))), 131_009, "{kind}");
    }
    for kind in ["image", "video", "document"] {
        accepted(&send(kind, &json!({"id": "123", "caption": long(1024)})));
        assert_eq!(refused(&send(kind, &json!({"id": "123", "caption": long(1025)}))), 131_009, "{kind}");
    }
    accepted(&send("audio", &json!({"id": "123", "voice": true})));
    assert_eq!(refused(&send("audio", &json!({"id": "123", "caption": "no"}))), 100);
    assert_eq!(refused(&send("image", &json!({"id": "123", "filename": "no.png"}))), 100);
}

#[test]
fn locations_contacts_and_reactions_have_their_members() {
    let place = send("location", &json!({"latitude": "37.4", "longitude": -122.1, "name": "Office"}));
    accepted(&place);
    assert_eq!(refused(&with(&place, "/location/latitude", 90.5.into())), 131_009);
    assert_eq!(refused(&with(&place, "/location/longitude", "west".into())), 100);
    assert_eq!(refused(&without(&place, "/location/longitude")), 131_008);

    let person =
        json!({"name": {"formatted_name": "Ana Gil", "first_name": "Ana"}, "phones": [{"phone": "+34600111222"}]});
    accepted(&send("contacts", &json!([person])));
    accepted(&send("contacts", &vec![person.clone(); 257].into()));
    assert_eq!(refused(&send("contacts", &vec![person.clone(); 258].into())), 131_009);
    assert_eq!(refused(&send("contacts", &json!([{"name": {"formatted_name": "Ana"}}]))), 131_008);
    assert_eq!(refused(&send("contacts", &json!([with(&person, "/birthday", "soon".into())]))), 131_009);

    let reaction = send("reaction", &json!({"message_id": "wamid.1", "emoji": "👍"}));
    accepted(&reaction);
    accepted(&with(&reaction, "/reaction/emoji", "".into()));
    assert_eq!(refused(&without(&reaction, "/reaction/emoji")), 131_008);
    assert_eq!(refused(&with(&reaction, "/context", json!({"message_id": "wamid.2"}))), 131_009);
}

#[test]
fn reply_buttons_are_at_most_three_short_and_different() {
    let button = |id: &str, title: Value| json!({"type": "reply", "reply": {"id": id, "title": title}});
    let three = json!([button("1", "Yes".into()), button("2", "No".into()), button("3", "Later".into())]);
    let body = interactive("button", &json!({"buttons": three}));
    accepted(&body);
    accepted(&with(&body, "/interactive/action/buttons/0/reply/title", long(20)));
    accepted(&with(&body, "/interactive/action/buttons/0/reply/id", long(256)));
    accepted(&with(
        &body,
        "/interactive/header",
        json!({"type": "document", "document": {"id": "1", "filename": "a.pdf"}}),
    ));
    for (place, value) in [
        ("/interactive/action/buttons/0/reply/title", long(21)),
        ("/interactive/action/buttons/0/reply/id", long(257)),
        ("/interactive/action/buttons/1/reply/title", "Yes".into()),
        ("/interactive/action/buttons", vec![button("1", "Yes".into()); 4].into()),
        ("/interactive/action/buttons", json!([])),
        ("/interactive/body/text", long(1025)),
        ("/interactive/footer", json!({"text": long(61)})),
        ("/interactive/header", json!({"type": "text", "text": long(61)})),
        ("/interactive/header", json!({"type": "sticker", "sticker": {"id": "1"}})),
    ] {
        assert_eq!(refused(&with(&body, place, value)), 131_009, "{place}");
    }
    assert_eq!(refused(&without(&body, "/interactive/body")), 131_008);
    assert_eq!(refused(&without(&body, "/interactive/action")), 131_008);
    assert_eq!(refused(&with(&body, "/interactive/type", "poll".into())), 100);
}

#[test]
fn lists_have_ten_rows_in_all_and_titles_where_there_are_sections() {
    let body = interactive("list", &json!({"button": "Open", "sections": [{"rows": rows(10)}]}));
    accepted(&body);
    accepted(&with(&body, "/interactive/body/text", long(4096)));
    accepted(&with(&body, "/interactive/action/sections/0/rows/0/id", long(200)));
    let two = json!([{"title": "A", "rows": rows(5)}, {"title": "B", "rows": [{"id": "x", "title": "X"}]}]);
    accepted(&with(&body, "/interactive/action/sections", two.clone()));
    for (place, value) in [
        ("/interactive/action/sections/0/rows", rows(11)),
        ("/interactive/action/sections/0/rows/1/id", "row-0".into()),
        ("/interactive/action/sections/0/rows/0/id", long(201)),
        ("/interactive/action/sections/0/rows/0/title", long(25)),
        ("/interactive/action/sections/0/rows/0/description", long(73)),
        ("/interactive/action/button", long(21)),
        ("/interactive/header", json!({"type": "image", "image": {"id": "1"}})),
        ("/interactive/body/text", long(4097)),
        ("/interactive/action/sections", vec![json!({"title": "A", "rows": rows(1)}); 11].into()),
    ] {
        assert_eq!(refused(&with(&body, place, value)), 131_009, "{place}");
    }
    let untitled =
        with(&with(&body, "/interactive/action/sections", two), "/interactive/action/sections/0/title", Value::Null);
    assert_eq!(refused(&untitled), 131_008);
}

#[test]
fn the_other_interactive_types_have_their_actions() {
    let link = interactive(
        "cta_url",
        &json!({"name": "cta_url", "parameters": {"display_text": "Book", "url": "https://a.example"}}),
    );
    accepted(&link);
    assert_eq!(refused(&with(&link, "/interactive/action/parameters/display_text", long(21))), 131_009);
    assert_eq!(refused(&with(&link, "/interactive/action/parameters/url", "nowhere".into())), 131_009);

    let parameters = json!({"flow_message_version": "3", "flow_id": "1", "flow_cta": "Go", "flow_action": "navigate"});
    let flow = interactive("flow", &json!({"name": "flow", "parameters": parameters}));
    accepted(&flow);
    assert_eq!(refused(&without(&flow, "/interactive/action/parameters/flow_id")), 131_008);
    assert_eq!(refused(&with(&flow, "/interactive/action/parameters/flow_message_version", "2".into())), 131_009);

    accepted(&interactive("location_request_message", &json!({"name": "send_location"})));
    accepted(&interactive("request_contact_info", &json!({"name": "request_contact_info"})));
    accepted(&interactive("catalog_message", &json!({"name": "catalog_message"})));
    accepted(&interactive("product", &json!({"catalog_id": "1", "product_retailer_id": "2"})));
    assert_eq!(refused(&interactive("location_request_message", &json!({"name": "where"}))), 131_009);

    let products = |count: usize| vec![json!({"product_retailer_id": "1"}); count];
    let list = interactive(
        "product_list",
        &json!({"catalog_id": "1", "sections": [{"title": "A", "product_items": products(30)}]}),
    );
    assert_eq!(refused(&list), 131_008, "a header is needed");
    let list = with(&list, "/interactive/header", json!({"type": "text", "text": "Goods"}));
    accepted(&list);
    assert_eq!(refused(&with(&list, "/interactive/action/sections/0/product_items", products(31).into())), 131_009);

    let card = |index: u32, media: &str| {
        let action = json!({"name": "cta_url", "parameters": {"display_text": "Buy", "url": "https://a.example"}});
        json!({"card_index": index, "type": "cta_url", "header": {"type": media, media: {"id": "1"}}, "action": action})
    };
    let carousel = |cards: &Value| interactive("carousel", &json!({"cards": cards}));
    accepted(&carousel(&json!([card(0, "image"), card(1, "image")])));
    assert_eq!(refused(&carousel(&json!([card(0, "image")]))), 131_009);
    assert_eq!(refused(&carousel(&json!([card(0, "image"), card(1, "video")]))), 131_009);
    assert_eq!(refused(&carousel(&json!([card(0, "image"), card(2, "image")]))), 131_009);
}

#[test]
fn templates_and_read_marks_have_their_shape() {
    let parameters = json!([{"type": "text", "text": "Ana"}, {"type": "currency", "currency": {"fallback_value": "1", "code": "USD", "amount_1000": 1}}]);
    let template = send(
        "template",
        &json!({"name": "hello", "language": {"code": "en_US"}, "components": [
            {"type": "body", "parameters": parameters},
            {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "x"}]},
        ]}),
    );
    accepted(&template);
    assert_eq!(refused(&without(&template, "/template/name")), 131_008);
    assert_eq!(refused(&with(&template, "/template/language", json!({}))), 131_008);
    assert_eq!(refused(&with(&template, "/template/components/0/type", "middle".into())), 100);
    assert_eq!(refused(&with(&template, "/template/components/1/sub_type", "link".into())), 100);
    assert_eq!(refused(&with(&template, "/template/components/1/index", "11".into())), 131_009);
    assert_eq!(refused(&with(&template, "/template/components/0/parameters/0", json!({"type": "text"}))), 131_008);

    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1", "typing_indicator": {"type": "text"}});
    accepted(&read);
    assert_eq!(refused(&without(&read, "/message_id")), 131_008);
    assert_eq!(refused(&with(&read, "/status", "delivered".into())), 100);
    assert_eq!(refused(&with(&read, "/typing_indicator/type", "audio".into())), 100);
}

/// Samples of documentation that are no whole messages: one card of a carousel, no type.
const FRAGMENTS: [&str; 4] = [
    "interactive_carousel__2.json",
    "interactive_none.json",
    "spec_messages_send_multi_product_message.json",
    "spec_messages_send_reply_to_list_message.json",
];

/// Runs where `WHATSAPP_CORPUS` names a folder of real requests.
#[test]
fn every_request_of_a_given_corpus_is_accepted() {
    let Some(root) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        return;
    };
    let Some(folder) = [root.join("send"), root.join("whatsapp/send")].into_iter().find(|folder| folder.is_dir())
    else {
        return;
    };
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let wrong: Vec<String> = files.filter_map(|file| wrongly_judged(&file)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong about a sample's verdict. Answers, and requests of other edges, are none of this check's business.
fn wrongly_judged(file: &Path) -> Option<String> {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let other_edge =
        ["calls_", "spec_calls_", "block_users_", "spec_block_users_"].iter().any(|edge| name.starts_with(edge));
    if other_edge || name.contains("response") {
        return None;
    }
    let body: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let result = message(&body);
    (result.is_err() != FRAGMENTS.contains(&name.as_str())).then(|| format!("{name}: {result:?}"))
}
