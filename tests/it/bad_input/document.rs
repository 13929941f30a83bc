//! The routes as the OpenAPI document describes them, with a good body for each that takes one.
use serde_json::{Value, json};

use crate::world::World;

pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    document: Value,
}

fn document() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn operations() -> Vec<Operation> {
    let document = document();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, document) in methods.as_object().unwrap() {
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                document: document.clone(),
            });
        }
    }
    assert!(operations.len() > 30, "{} operations", operations.len());
    operations
}

/// The operations that need a key.
pub(crate) fn closed() -> Vec<Operation> {
    operations().into_iter().filter(|operation| operation.document.get("security").is_some()).collect()
}

impl Operation {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    pub(crate) fn takes(&self, parameter: &str) -> bool {
        self.parameters().any(|given| given["name"] == parameter)
    }

    pub(crate) fn query_parameters(&self) -> Vec<String> {
        let query = self.parameters().filter(|given| given["in"] == "query");
        query.map(|given| given["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn takes_body(&self) -> bool {
        self.document.get("requestBody").is_some()
    }

    pub(crate) fn has_id(&self) -> bool {
        self.path.contains("{id}")
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.document["parameters"].as_array().into_iter().flatten()
    }

    /// The path with this in place of its id.
    pub(crate) fn with_id(&self, id: &str) -> String {
        self.path.replace("{id}", id)
    }

    /// The path with an id of the right form that nothing has, if it has one.
    pub(crate) fn to_nothing(&self) -> String {
        if self.has_id() { self.with_id(&self.unknown_id()) } else { self.path.clone() }
    }

    /// From the pattern `^xyz_[…]{N}$`.
    pub(crate) fn unknown_id(&self) -> String {
        let id = self.parameters().find(|given| given["in"] == "path").unwrap();
        let schema = resolve(&id["schema"]);
        let pattern = schema["pattern"].as_str().unwrap();
        let prefix = pattern.trim_start_matches('^').split('[').next().unwrap();
        let length: usize = pattern.split(['{', '}']).nth(1).unwrap().parse().unwrap();
        format!("{prefix}{}", "0".repeat(length))
    }

    /// The members that a body must have.
    pub(crate) fn required(&self) -> Vec<String> {
        let schema = resolve(&self.document["requestBody"]["content"]["application/json"]["schema"]);
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema]);
        let names = parts.iter().map(resolve).flat_map(|part| part["required"].as_array().cloned().unwrap_or_default());
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    /// A body with every member, which is refused for nothing but what is changed in it.
    pub(crate) fn body(&self, world: &World) -> Value {
        let channel = &world.channel().id;
        let nobody = json!({"user_id": null});
        match self.name().as_str() {
            "POST /v1/api-keys" => json!({"name": "Key", "role": "agent", "scopes": ["inbox:read"]}),
            "POST /v1/attachments" => {
                json!({"filename": "Offer.pdf", "mime_type": "application/pdf", "size": 5000, "kind": "document"})
            }
            "POST /v1/attachments/{id}/verdict" => json!({"verdict": "clean", "details": "Nothing found"}),
            "POST /v1/canned-texts" => json!({
                "name": "Welcome", "module": "leads", "text": "Hello $[Leads.First Name|there]", "files": [], "scope": "all",
                "shortcut": "hi",
            }),
            "PATCH /v1/canned-texts/{id}" => json!({
                "name": "Welcome", "module": "leads", "text": "Hello", "files": [], "scope": "all", "shortcut": "hi",
            }),
            "POST /v1/channels" => json!({
                "phone_number_id": "4711", "waba_id": world.channel().waba_id, "display_phone_number": "+1 555 010 0200",
                "nickname": "Second", "add_as": "lead", "assign_to": nobody, "read_receipts": "never",
                "marketing_api": "auto", "pricing_model": "per_message",
            }),
            "PATCH /v1/channels/{id}" => {
                json!({
                    "nickname": "Shop", "add_as": "lead", "assign_to": nobody, "state": "active",
                    "read_receipts": "on_read", "marketing_api": "auto", "pricing_model": "per_message",
                })
            }
            "POST /v1/conversations/{id}/assign" => nobody,
            "POST /v1/groups" | "PATCH /v1/groups/{id}" => json!({"name": "Sales"}),
            "PATCH /v1/settings" => json!({
                "window": {"safety_margin_seconds": 120, "closing_notice_minutes": 120, "entry_point_hours": 72},
                "limits": {"marketing_per_contact": null, "business_initiated_per_contact": null, "held_at_most_hours": 24},
                "consent": consent_settings(),
                "billing": {"time_zone": "Europe/Berlin", "international_authentication": ["IN"]},
                "notifications": {"unassigned": "admins"},
                "contacts": {"stages": ["new", "won"], "default_stage": "new"},
            }),
            "POST /v1/templates" => new_template(&world.channel().waba_id),
            "PATCH /v1/templates/{id}" => json!({
                "message_send_ttl_seconds": 3600,
                "components": [{"type": "BODY", "text": "Your order can be collected today."}],
            }),
            "POST /v1/templates/sync" => json!({"waba_id": world.channel().waba_id}),
            "POST /v1/users" => json!({
                "name": "Uma", "email": "uma@example.org", "role": "agent", "reach": "own", "groups": [],
                "external_id": "auth0|4711",
            }),
            "PATCH /v1/users/{id}" => json!({
                "name": "Uma", "email": "uma@example.org", "role": "agent", "reach": "group", "groups": [],
                "is_active": true, "external_id": "auth0|4711",
            }),
            "POST /v1/document-sources" | "PATCH /v1/document-sources/{id}" => json!({
                "name": "Shop", "url": "https://127.0.0.1:9/{kind}/{id}.pdf", "headers": {"authorization": "Bearer x"},
                "filename": "{kind} {id}.pdf", "mime_type": "application/pdf",
            }),
            other if other.contains(" /v1/messages") || other.contains("/fallbacks") => of_messages(other, channel),
            other if other.contains(" /v1/con") && !other.contains(" /v1/conversations") => of_contacts(other, channel),
            other if other.contains("/v1/webhooks") => of_webhooks(other, channel),
            other if other.contains(" /v1/credits") => of_credits(other),
            other => of_the_inbox(other, channel),
        }
    }
}

fn of_contacts(operation: &str, channel: &str) -> Value {
    let nobody = json!({"user_id": null});
    match operation {
        "POST /v1/contact-fields" => json!({
            "key": "shirt", "label": "Shirt Size", "module": "both", "type": "choice", "options": ["S", "M"],
            "required": false,
        }),
        "PATCH /v1/contact-fields/{id}" => {
            json!({"label": "Shirt", "module": "leads", "options": ["S", "M", "L"], "required": true})
        }
        "POST /v1/contacts/{id}/convert" => {
            json!({"stage": "customer", "owner": nobody, "fields": {"city": "Berlin"}})
        }
        "POST /v1/contacts/imports" => json!({
            "csv": "phone,Note\n0151 23456789,x", "mapping": {"Note": "field.note"}, "kind": "lead",
            "default_country": "DE", "on_duplicate": "skip", "tags": ["fair"], "owner": nobody,
        }),
        "POST /v1/contacts/{id}/merge" => json!({"with": "con_00000000000000000000000000", "prefer": "other"}),
        "POST /v1/contacts/{id}/unmerge" => json!({"with": "con_00000000000000000000000000"}),
        "POST /v1/contacts/duplicates/dismiss" => json!({
            "contact_id": "con_00000000000000000000000000", "other_id": "con_00000000000000000000000001",
        }),
        "POST /v1/contacts/{id}/consents" => json!({
            "purposes": ["utility", "marketing"], "state": "given", "at": "2026-01-01T12:00:00Z", "source": "Shop",
            "proof": "https://shop.test/consents/1", "channel_id": channel,
        }),
        "POST /v1/consents/import" => json!({
            "csv": "phone,purpose,state\n+16505559102,marketing,given", "create_as": "lead", "channel_id": channel,
        }),
        "POST /v1/contacts" => json!({
            "phone": "+16505559100", "bsuid": "US.9100", "kind": "lead", "name": "Ann", "owner": nobody, "stage": "new",
            "emails": ["ann@example.org"], "tags": ["vip"],
            "fields": {"city": "Berlin"},
            "consents": [{"purposes": ["service"], "state": "withdrawn", "source": "Shop"}],
        }),
        "PATCH /v1/contacts/{id}" => {
            json!({
                "kind": "lead", "name": "Ann", "owner": nobody, "stage": "new", "emails": ["ann@example.org"],
                "tags": ["vip"], "fields": {"city": "Berlin"},
            })
        }
        other => panic!("say what a good body of {other} is"),
    }
}

fn of_messages(operation: &str, channel: &str) -> Value {
    let template = json!({
        "name": "hello_world", "language": {"code": "en_US"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "x"}]}],
    });
    match operation {
        "POST /v1/messages" | "POST /v1/messages/preview" => json!({
            "channel_id": channel, "to": {"phone": "+16505559101"}, "type": "template", "template": template,
            "message_activity_sharing": true, "product_policy": "STRICT", "recipient_identity_key_hash": "DF2lS5v2W6x=",
            "consent": {"source": "Shop", "proof": "Yes", "at": "2026-01-01T12:00:00Z"}, "merge": true,
            "send_at": domain::Time::from_seconds(crate::world::webhooks::now() + 24 * 3600).to_string(),
            "only_if_unanswered": true,
        }),
        "POST /v1/messages/{id}/resolve" => json!({"action": "give_up"}),
        "PUT /v1/templates/{id}/fallbacks" => json!({"header": {}, "body": {"1": "there"}, "buttons": {}}),
        other => panic!("say what a good body of {other} is"),
    }
}

fn of_webhooks(operation: &str, channel: &str) -> Value {
    let filter =
        json!({"channel_id": channel, "direction": "inbound", "contact_kind": "lead", "tag": "vip", "label": "late"});
    let webhook = json!({
        "url": "https://127.0.0.1:9/hook", "events": ["message.*"], "filter": filter, "description": "The shop",
    });
    match operation {
        "POST /v1/webhooks" => webhook,
        "PATCH /v1/webhooks/{id}" => {
            let mut patch = webhook;
            patch["state"] = json!("active");
            patch
        }
        "POST /v1/webhooks/{id}/replay" => {
            json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "types": ["contact.*"]})
        }
        other => panic!("say what a good body of {other} is"),
    }
}

fn of_the_inbox(operation: &str, channel: &str) -> Value {
    let filters = json!({
        "channel_id": channel, "status": "open", "assignee": "me", "owner": "me", "replied_by": "me", "unreplied": true,
        "unreplied_for": "2d", "replied_within": "3w", "last_message_within": "today", "label": "vip", "unread": true,
        "window": "open", "snoozed": false,
    });
    match operation {
        "PATCH /v1/conversations/{id}" => json!({"labels": {"add": ["vip"], "remove": ["late"]}}),
        "POST /v1/conversations/{id}/hand-over" => {
            json!({"to": {"user_id": "usr_00000000000000000000000000"}, "note": "She wants it in blue"})
        }
        "PUT /v1/notification-rules" => json!({
            "ways": {"assignment": ["email"], "mention": ["slack"], "message": ["live"]},
            "slack_webhook_url": "https://127.0.0.1:9/services/T0/B0/x", "teams_webhook_url": "https://127.0.0.1:9/x",
            "quiet_hours": {"time_zone": "Europe/Berlin", "days": ["sunday"], "from": "20:00", "to": "07:00"},
        }),
        "POST /v1/notifications/{id}/snooze" => json!({"minutes": 5, "only_if_unanswered": false}),
        "POST /v1/conversations/{id}/notes" => json!({"body": "A note", "mentions": []}),
        "POST /v1/conversations/{id}/pick-up" => json!({"force": false}),
        "POST /v1/conversations/{id}/snooze" => json!({"minutes": 60}),
        "POST /v1/views" => json!({"name": "Late", "scope": "all", "filters": filters, "sort": "newest"}),
        "PATCH /v1/views/{id}" => json!({"name": "Late", "filters": filters, "sort": "newest"}),
        other => panic!("say what a good body of {other} is"),
    }
}

fn of_credits(operation: &str) -> Value {
    match operation {
        "POST /v1/credits/top-ups" => json!({
            "amount_micros": 20_000_000, "currency": "EUR", "success_url": "https://shop.example/paid",
            "cancel_url": "https://shop.example/back", "save_card": true,
        }),
        "PUT /v1/credits/auto-recharge" => json!({
            "enabled": false, "minimum_micros": 5_000_000, "amount_micros": 20_000_000,
            "monthly_cap_micros": 100_000_000, "alert_levels_micros": [2_000_000],
        }),
        "POST /v1/credits/adjustments" => {
            json!({"amount_micros": 5_000_000, "currency": "EUR", "reason": "A grant"})
        }
        "PUT /v1/credits/rates" => rate_card(),
        other => panic!("say what a good body of {other} is"),
    }
}

fn new_template(waba_id: &str) -> Value {
    json!({
        "waba_id": waba_id, "name": "order_ready", "language": "en_US", "category": "UTILITY",
        "parameter_format": "named", "message_send_ttl_seconds": 3600,
        "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Your order"},
            {
                "type": "BODY", "text": "Your order {{order}} can be collected today.",
                "example": {"body_text_named_params": [{"param_name": "order", "example": "4711"}]},
            },
            {"type": "FOOTER", "text": "The shop around the corner"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Thanks"},
                {"type": "URL", "text": "Where", "url": "https://example.org/{{1}}", "example": "4711"},
                {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+16505550100"},
            ]},
        ],
    })
}

fn rate_card() -> Value {
    json!({
        "id": "sek-2026-10", "currency": "SEK", "model": "per_message", "valid_from": "2026-10-01", "source": "Meta",
        "base": "usd-2026-10-01", "markets": {"North": ["SE", "NO"], "Rest": ["*"]},
        "rules": {
            "free_in_window": ["utility"], "free_service_messages": 1000, "free_entry_point": true,
            "like": {"marketing_lite": "marketing"},
        },
        "rates": [{"market": "North", "category": "marketing", "tier_from": 0, "rate": 0.5}],
    })
}

fn consent_settings() -> Value {
    let purpose = json!({"rule": "required", "double_opt_in": false});
    json!({
        "service": purpose, "utility": purpose, "marketing": purpose,
        "keywords": {
            "instead": false, "stop": ["Schluss"], "stop_all": ["Ganz Schluss"], "stop_marketing": ["Nix mehr"],
            "stop_updates": ["Kein Stand"], "start": ["Wieder"], "ignored": ["end"],
        },
        "confirmation": {"enabled": true, "stop": {"*": "Bye"}, "start": {"de": "Hallo"}},
        "question": {
            "text": "May we?", "yes": "Yes", "no": "No", "template": {"name": "may_we", "language": "en_US"},
            "yes_words": ["sure"], "no_words": ["never"],
        },
    })
}

fn resolve(schema: &Value) -> Value {
    match schema["$ref"].as_str() {
        Some(reference) => document().pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    }
}
