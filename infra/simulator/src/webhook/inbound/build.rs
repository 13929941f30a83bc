//! The webhook update that a customer's act becomes, and what it changes about the customer.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{Content, Inbound, InboundContext, Media};
use crate::config::Config;
use crate::ids::{self, Direction};
use crate::phone;
use crate::state::State;
use crate::state::customers::Customer;
use crate::state::deliveries::Update;
use crate::webhook::payload::{self, put};

/// The update for a message, and who the customer is after it.
pub(crate) fn update(
    config: &Config,
    customer: &Customer,
    inbound: &Inbound,
    id: &str,
    timestamp: i64,
) -> (Update, Customer) {
    let mut message = Map::new();
    put(&mut message, "from", customer.visible_wa_id());
    put(&mut message, "from_user_id", customer.bsuid.as_deref());
    put(&mut message, "from_parent_user_id", customer.parent_bsuid.as_deref());
    message.insert("id".into(), id.into());
    message.insert("timestamp".into(), timestamp.to_string().into());
    if let Some(context) = &inbound.context {
        message.insert("context".into(), context_object(config, context));
    }
    if let Some(referral) = &inbound.referral {
        message.insert("referral".into(), referral.clone());
    }
    let (members, after) = members(customer, &inbound.message, timestamp);
    message.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let mut value = Vec::new();
    // Notes of the system carry no `contacts`.
    if message.get("type").and_then(Value::as_str) != Some("system") {
        value.push(("contacts", json!([payload::contact(customer, customer.visible_wa_id(), true)])));
    }
    value.push(("messages", json!([message])));
    (payload::messages(config, value), after)
}

/// The message with a file on Meta's side for its medium, unless it names one.
pub(crate) fn with_medium(state: &mut State, inbound: &Inbound) -> Inbound {
    let mut inbound = inbound.clone();
    let usual = usual_type(&inbound.message);
    let is_document = matches!(inbound.message, Content::Document { .. });
    let (Content::Image { media }
    | Content::Video { media }
    | Content::Audio { media }
    | Content::Voice { media }
    | Content::Document { media }
    | Content::Sticker { media, .. }) = &mut inbound.message
    else {
        return inbound;
    };
    let medium = match &media.id {
        Some(id) => state.media.get(id).cloned(),
        None => {
            let mime_type = media.mime_type.clone().unwrap_or_else(|| usual.to_owned());
            let content = Bytes::from(format!("A file of type {mime_type}, made up by the simulator.\n"));
            Some(state.put_medium(&mime_type, media.filename.as_deref(), content, false))
        }
    };
    if let Some(medium) = medium {
        media.sha256.get_or_insert_with(|| medium.sha256_base64());
        media.mime_type.get_or_insert(medium.mime_type);
        media.id.get_or_insert(medium.id);
        media.filename = media.filename.take().or(medium.filename.filter(|_| is_document));
    }
    inbound
}

/// The type that a phone sends most.
fn usual_type(content: &Content) -> &'static str {
    let is = |known: bool, mime_type: &'static str| known.then_some(mime_type);
    is(matches!(content, Content::Image { .. }), "image/jpeg")
        .or(is(matches!(content, Content::Video { .. }), "video/mp4"))
        .or(is(matches!(content, Content::Audio { .. }), "audio/mpeg"))
        .or(is(matches!(content, Content::Voice { .. }), "audio/ogg; codecs=opus"))
        .or(is(matches!(content, Content::Sticker { .. }), "image/webp"))
        .unwrap_or("application/pdf")
}

/// A fresh wamid for a message of this customer.
pub(crate) fn new_id(customer: &Customer) -> String {
    ids::wamid(Direction::Inbound, customer.label())
}

fn context_object(config: &Config, context: &InboundContext) -> Value {
    let mut object = Map::new();
    if let Some(id) = &context.message_id {
        object.insert("from".into(), config.display_digits().into());
        object.insert("id".into(), id.as_str().into());
    }
    for (name, set) in [("forwarded", context.forwarded), ("frequently_forwarded", context.frequently_forwarded)] {
        if set {
            object.insert(name.into(), true.into());
        }
    }
    if let Some(product) = &context.referred_product {
        object.insert("referred_product".into(), product.clone());
    }
    object.into()
}

type Members = BTreeMap<&'static str, Value>;

/// The members of a message that its kind decides, and the customer after it.
fn members(customer: &Customer, content: &Content, timestamp: i64) -> (Members, Customer) {
    let same = |members| (members, customer.clone());
    match content {
        Content::Text { body } => same(typed("text", json!({"body": body}))),
        Content::Image { media } => same(typed("image", media_object(media, "image/jpeg"))),
        Content::Video { media } => same(typed("video", media_object(media, "video/mp4"))),
        Content::Audio { media } => same(typed("audio", with(media_object(media, "audio/mpeg"), "voice", false))),
        Content::Voice { media } => {
            same(typed("audio", with(media_object(media, "audio/ogg; codecs=opus"), "voice", true)))
        }
        Content::Document { media } => same(typed("document", media_object(media, "application/pdf"))),
        Content::Sticker { media, animated } => {
            same(typed("sticker", with(media_object(media, "image/webp"), "animated", *animated)))
        }
        Content::Location { latitude, longitude, name, address, url } => {
            let mut location = Map::from_iter([
                ("latitude".to_owned(), Value::Number(latitude.clone())),
                ("longitude".to_owned(), Value::Number(longitude.clone())),
            ]);
            for (member, text) in [("name", name), ("address", address), ("url", url)] {
                put(&mut location, member, text.as_deref());
            }
            same(typed("location", location.into()))
        }
        Content::Contacts { contacts } => same(typed("contacts", json!(contacts))),
        Content::Button { payload, text } => same(typed("button", json!({"payload": payload, "text": text}))),
        Content::ButtonReply { id, title } => same(interactive("button_reply", json!({"id": id, "title": title}))),
        Content::ListReply { id, title, description } => same(list_reply(id, title, description.as_deref())),
        Content::NfmReply { name, body, response } => same(nfm_reply(name.as_deref(), body.as_deref(), response)),
        Content::Interactive { interactive } => same(typed("interactive", interactive.clone())),
        Content::Order { catalog_id, product_items, text } => {
            let text = text.as_deref().unwrap_or_default();
            same(typed("order", json!({"catalog_id": catalog_id, "text": text, "product_items": product_items})))
        }
        Content::Reaction { message_id, emoji } => {
            let mut reaction = Map::from_iter([("message_id".to_owned(), message_id.as_str().into())]);
            put(&mut reaction, "emoji", emoji.as_deref());
            same(typed("reaction", reaction.into()))
        }
        Content::UserChangedNumber { wa_id, bsuid } => changed_number(customer, wa_id, bsuid.as_deref()),
        Content::UserChangedUserId { bsuid } => changed_user_id(customer, bsuid),
        Content::UserIdentityChanged { hash } => {
            changed_identity(customer, hash.clone().unwrap_or_else(ids::sha256), timestamp)
        }
        Content::Unsupported { kind, code } => same(unsupported(kind.as_deref(), code.unwrap_or(131_051))),
        Content::Edit { original_message_id, message } => {
            same(typed("edit", json!({"original_message_id": original_message_id, "message": message})))
        }
        Content::Revoke { original_message_id } => {
            same(typed("revoke", json!({"original_message_id": original_message_id})))
        }
    }
}

fn typed(kind: &'static str, object: Value) -> Members {
    Members::from([("type", kind.into()), (kind, object)])
}

fn with(mut object: Value, name: &str, value: bool) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value.into());
    }
    object
}

fn interactive(kind: &str, object: Value) -> Members {
    typed("interactive", Map::from_iter([("type".to_owned(), kind.into()), (kind.to_owned(), object)]).into())
}

fn list_reply(id: &str, title: &str, description: Option<&str>) -> Members {
    let mut reply = Map::from_iter([("id".to_owned(), id.into()), ("title".to_owned(), title.into())]);
    put(&mut reply, "description", description);
    interactive("list_reply", reply.into())
}

fn nfm_reply(name: Option<&str>, body: Option<&str>, response: &Value) -> Members {
    let (name, body) = (name.unwrap_or("flow"), body.unwrap_or("Sent"));
    interactive("nfm_reply", json!({"name": name, "body": body, "response_json": response.to_string()}))
}

fn media_object(media: &Media, mime_type: &str) -> Value {
    let id = media.id.clone().unwrap_or_else(|| ids::digits(16));
    let url = format!("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid={id}&source=webhook");
    let mut object = Map::new();
    put(&mut object, "id", Some(&id));
    put(&mut object, "mime_type", Some(media.mime_type.as_deref().unwrap_or(mime_type)));
    put(&mut object, "sha256", Some(&media.sha256.clone().unwrap_or_else(ids::sha256)));
    put(&mut object, "caption", media.caption.as_deref());
    put(&mut object, "filename", media.filename.as_deref());
    put(&mut object, "url", Some(media.url.as_deref().unwrap_or(&url)));
    object.into()
}

fn system(object: Map<String, Value>) -> Members {
    typed("system", object.into())
}

/// A new number brings a new user id; the window belonged to the old ones.
fn changed_number(customer: &Customer, wa_id: &str, bsuid: Option<&str>) -> (Members, Customer) {
    let (old, name) = (customer.wa_id.as_deref().unwrap_or_default(), customer.name.as_deref().unwrap_or_default());
    let bsuid = bsuid.map_or_else(|| ids::bsuid(phone::country(wa_id)), str::to_owned);
    let mut object = Map::new();
    put(&mut object, "body", Some(&format!("User {name} changed from {old} to {wa_id}")));
    put(&mut object, "type", Some("user_changed_number"));
    put(&mut object, "wa_id", Some(wa_id));
    put(&mut object, "user_id", Some(&bsuid));
    put(&mut object, "previous_user_id", customer.bsuid.as_deref());
    let after = Customer { wa_id: Some(wa_id.to_owned()), bsuid: Some(bsuid), ..without_windows(customer) };
    (system(object), after)
}

fn changed_user_id(customer: &Customer, bsuid: &str) -> (Members, Customer) {
    let (old, name) = (customer.bsuid.as_deref().unwrap_or_default(), customer.name.as_deref().unwrap_or_default());
    let mut object = Map::new();
    put(&mut object, "body", Some(&format!("User {name} changed from {old} to {bsuid}")));
    put(&mut object, "type", Some("user_changed_user_id"));
    put(&mut object, "user_id", Some(bsuid));
    put(&mut object, "previous_user_id", customer.bsuid.as_deref());
    put(&mut object, "parent_user_id", customer.parent_bsuid.as_deref());
    put(&mut object, "wa_id", customer.visible_wa_id());
    (system(object), Customer { bsuid: Some(bsuid.to_owned()), ..without_windows(customer) })
}

fn changed_identity(customer: &Customer, hash: String, timestamp: i64) -> (Members, Customer) {
    let identity = json!({"acknowledged": false, "created_timestamp": timestamp.to_string(), "hash": hash});
    let body = format!("User {} may have changed their device", customer.name.as_deref().unwrap_or_default());
    let object = json!({"body": body, "type": "user_identity_changed", "identity": identity});
    (typed("system", object), Customer { identity_hash: Some(hash), ..customer.clone() })
}

fn without_windows(customer: &Customer) -> Customer {
    Customer { last_inbound_at: None, entry_point_at: None, free_until: None, ..customer.clone() }
}

fn unsupported(kind: Option<&str>, code: i64) -> Members {
    let title = "Message type unknown";
    let details = json!({"details": "Message type is currently not supported."});
    let errors = json!([{"code": code, "title": title, "message": title, "error_data": details}]);
    let mut members = Members::from([("type", "unsupported".into()), ("errors", errors)]);
    if let Some(kind) = kind {
        members.insert("unsupported", json!({"type": kind}));
    }
    members
}
