//! Parts of webhooks, one builder for each shape, written after the facts of the Cloud API.
use serde_json::{Value, json};

/// A message of `kind`, without its id, sender and time.
pub(super) fn message(kind: &str, content: Value) -> Value {
    json!({"type": kind, kind: content})
}

/// The same with one member more.
pub(super) fn with(mut message: Value, name: &str, member: Value) -> Value {
    message[name] = member;
    message
}

pub(super) fn text(body: &str) -> Value {
    message("text", json!({"body": body}))
}

/// A medium with what every medium has, and `more`.
pub(super) fn medium(kind: &str, mime_type: &str, more: Value) -> Value {
    let mut content = json!({
        "id": "9007199254740993", "mime_type": mime_type, "sha256": "q83vEjRWeJA=",
        "url": "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
    });
    for (name, member) in more.as_object().unwrap() {
        content[name] = member.clone();
    }
    message(kind, content)
}

pub(super) fn interactive(kind: &str, answer: Value) -> Value {
    message("interactive", json!({"type": kind, kind: answer}))
}

pub(super) fn unsupported(what: Value, code: i64) -> Value {
    let title = "Message type unknown";
    let error =
        json!({"code": code, "title": title, "message": title, "error_data": {"details": "It cannot be shown."}});
    json!({"type": "unsupported", "unsupported": what, "errors": [error]})
}

pub(super) fn product(quantity: i64) -> Value {
    json!({"product_retailer_id": "sku-7", "quantity": quantity, "item_price": 12.5, "currency": "EUR"})
}

pub(super) fn referral() -> Value {
    json!({
        "source_type": "ad", "source_id": "120210", "source_url": "https://fb.me/ad", "headline": "Spring sale",
        "body": "Chat with us", "media_type": "image", "image_url": "https://scontent.xx.fbcdn.net/a.jpg",
        "ctwa_clid": "Aff-n8", "welcome_message": {"text": "Hi! How can we help?"},
    })
}

pub(super) fn pricing(kind: &str, category: &str) -> Value {
    json!({"billable": kind == "regular", "pricing_model": "PMP", "type": kind, "category": category})
}

/// Takes away what we add to the answer of a flow.
pub(super) fn without_answer(content: &mut Value) {
    if let Some(reply) = content.get_mut("nfm_reply").and_then(Value::as_object_mut) {
        reply.remove("response");
    }
}
