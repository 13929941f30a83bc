//! Values that fields do not take, beyond their types.
use serde_json::{Value, json};

/// An operation, the field that is named, and what is wrong in it.
type Refused = (&'static str, &'static str, Value);

pub(crate) fn refused() -> impl Iterator<Item = Refused> {
    people().into_iter().chain(inbox()).chain(messages()).chain(outside())
}

fn many(item: Value, count: usize) -> Value {
    Value::Array(vec![item; count])
}

/// Keys, users, channels and contacts.
fn people() -> Vec<Refused> {
    let distinct = (0..51).map(|index| json!(format!("tag {index}"))).collect::<Vec<_>>();
    vec![
        ("POST /v1/api-keys", "role", json!("owner")),
        ("POST /v1/api-keys", "name", json!(" \t")),
        ("POST /v1/channels", "phone_number_id", json!("1/2")),
        ("POST /v1/channels", "phone_number_id", json!("")),
        ("POST /v1/channels", "waba_id", json!("#")),
        ("POST /v1/channels", "add_as", json!("customer")),
        ("POST /v1/channels", "assign_to", json!({})),
        ("POST /v1/channels", "assign_to", json!({"user_id": null, "group_id": null})),
        ("POST /v1/channels", "assign_to.user_id", json!("con_00000000000000000000000000")),
        ("POST /v1/channels", "nickname", json!(null)),
        ("PATCH /v1/channels/{id}", "state", json!(null)),
        ("PATCH /v1/channels/{id}", "nickname", json!("")),
        ("POST /v1/contacts", "phone", json!("not a number")),
        ("POST /v1/contacts", "phone", json!("+12")),
        ("POST /v1/contacts", "phone", json!("0151 23456789")),
        ("POST /v1/contacts", "bsuid", json!("16505551234")),
        ("POST /v1/contacts", "kind", json!("Lead")),
        ("POST /v1/contacts", "tags", many(json!("same"), 2)),
        ("POST /v1/contacts", "tags", json!(distinct)),
        ("POST /v1/contacts", "owner", json!({})),
        ("POST /v1/users", "email", json!("uma@")),
        ("POST /v1/users", "role", json!("")),
        ("POST /v1/users", "groups", many(json!("grp_00000000000000000000000000"), 51)),
        ("POST /v1/users", "groups[0]", json!("grp_00000000000000000000000000")),
    ]
}

/// Conversations, views, texts and notifications.
fn inbox() -> Vec<Refused> {
    vec![
        ("POST /v1/canned-texts", "module", json!("users")),
        ("POST /v1/canned-texts", "scope", json!("mine")),
        ("POST /v1/canned-texts", "group_id", json!("grp_00000000000000000000000000")),
        ("POST /v1/canned-texts", "text", json!("Hello $[Leads.Nothing]")),
        ("POST /v1/canned-texts", "text", json!("Hello $[Leads.First Name")),
        ("POST /v1/canned-texts", "files[0]", json!("att_00000000000000000000000000")),
        ("POST /v1/canned-texts", "shortcut", json!("")),
        ("PATCH /v1/canned-texts/{id}", "module", json!("users")),
        ("POST /v1/conversations/{id}/assign", "role", json!("owner")),
        ("POST /v1/conversations/{id}/hand-over", "to", json!({})),
        ("POST /v1/conversations/{id}/notes", "body", json!(" ")),
        ("POST /v1/conversations/{id}/snooze", "minutes", json!(0)),
        ("POST /v1/conversations/{id}/snooze", "until", json!("tomorrow")),
        ("PATCH /v1/conversations/{id}", "labels.add", json!([" vip"])),
        ("POST /v1/views", "scope", json!("theirs")),
        ("POST /v1/views", "filters.unreplied_for", json!("2y")),
        ("POST /v1/views", "filters.assignee", json!("nobody")),
        ("POST /v1/views", "group_id", json!("grp_00000000000000000000000000")),
        ("PUT /v1/notification-rules", "ways.message", many(json!("live"), 9)),
        ("PUT /v1/notification-rules", "quiet_hours.from", json!("24:00")),
        ("PUT /v1/notification-rules", "quiet_hours.time_zone", json!("CEST")),
        ("PUT /v1/notification-rules", "slack_webhook_url", json!("javascript:alert(1)")),
        ("POST /v1/notifications/{id}/snooze", "minutes", json!(0)),
        ("POST /v1/notifications/{id}/snooze", "until", json!("tomorrow")),
    ]
}

/// Messages and templates.
fn messages() -> Vec<Refused> {
    vec![
        ("POST /v1/messages", "to", json!({})),
        ("POST /v1/messages", "to", json!({"phone": "+16505559101", "bsuid": "US.1"})),
        ("POST /v1/messages", "to.contact_id", json!("con_00000000000000000000000000")),
        ("POST /v1/messages", "channel_id", json!("chn_00000000000000000000000000")),
        ("POST /v1/messages", "send_at", json!("tomorrow")),
        ("POST /v1/messages", "send_at", json!("1999-01-01T00:00:00Z")),
        ("POST /v1/messages", "send_at", json!("9999-01-01T00:00:00Z")),
        (
            "POST /v1/messages",
            "template.components",
            json!([{"type": "body", "parameters": [{"type": "text", "text": "$["}]}]),
        ),
        ("POST /v1/messages", "type", json!("telepathy")),
        ("POST /v1/messages", "type", json!("channel_id")),
        ("POST /v1/messages", "template.name", json!("")),
        ("POST /v1/messages", "template.language", json!({})),
        ("POST /v1/messages/{id}/resolve", "action", json!("retry")),
        ("POST /v1/templates", "name", json!("Order Ready")),
        ("POST /v1/templates", "language", json!("english")),
        ("POST /v1/templates", "category", json!("TRANSACTIONAL")),
        ("POST /v1/templates", "parameter_format", json!("mixed")),
        ("POST /v1/templates", "components", json!([])),
        ("POST /v1/templates", "message_send_ttl_seconds", json!(29)),
        ("POST /v1/templates", "waba_id", json!("of-nobody")),
        ("PATCH /v1/templates/{id}", "category", json!("TRANSACTIONAL")),
        ("POST /v1/templates/sync", "waba_id", json!("of-nobody")),
    ]
}

/// Credits, and what is told to and fetched from other systems.
fn outside() -> Vec<Refused> {
    vec![
        ("POST /v1/credits/adjustments", "amount_micros", json!(0)),
        ("POST /v1/credits/adjustments", "amount_micros", json!(i64::MIN)),
        ("POST /v1/credits/adjustments", "amount_micros", json!(1.5)),
        ("POST /v1/credits/adjustments", "amount_micros", json!(i64::MAX)),
        ("POST /v1/credits/adjustments", "amount_micros", json!(1e300)),
        ("POST /v1/credits/adjustments", "currency", json!("euro")),
        ("POST /v1/document-sources", "url", json!("https://127.0.0.1/all")),
        ("POST /v1/document-sources", "url", json!("https://{kind}/{id}")),
        ("POST /v1/document-sources", "filename", json!("{name}")),
        ("POST /v1/document-sources", "headers", json!({"Host": "x"})),
        ("POST /v1/document-sources", "headers.x-key", json!("a\nb")),
        ("POST /v1/attachments", "from_url", json!("https://169.254.169.254/")),
        (
            "POST /v1/attachments",
            "from_source",
            json!({"source_id": "src_00000000000000000000000000", "kind": "order", "id": "1"}),
        ),
        ("POST /v1/webhooks", "url", json!("shop.example.com")),
        ("POST /v1/webhooks", "url", json!("https://169.254.169.254/latest")),
        ("POST /v1/webhooks", "events", json!([])),
        ("POST /v1/webhooks", "events[0]", json!("message")),
        ("POST /v1/webhooks", "events", many(json!("*"), 51)),
        ("POST /v1/webhooks", "filter.direction", json!("sideways")),
        ("POST /v1/webhooks", "filter.channel_id", json!("chn_00000000000000000000000000")),
    ]
}
