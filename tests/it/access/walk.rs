//! Every route with every role, reach and scope. A route that nobody listed here fails.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::bad_input::document::{closed, operations};
use crate::bad_input::requests::{Client, is_unchanged, state};
use crate::world::World;

/// What each route asks for: all of these scopes.
const ROUTES: &[(&str, &[&str])] = &[
    ("", &["GET /v1/me"]),
    ("attachments:judge", &["POST /v1/attachments/{id}/verdict"]),
    ("audit:read", &["GET /v1/audit"]),
    (
        "credits:read",
        &[
            "GET /v1/credits",
            "GET /v1/credits/adjustments/{id}",
            "GET /v1/credits/auto-recharge",
            "GET /v1/credits/costs",
            "GET /v1/credits/entries",
            "GET /v1/credits/rates",
            "GET /v1/credits/reconciliations",
            "GET /v1/credits/top-ups",
            "GET /v1/credits/top-ups/{id}",
        ],
    ),
    (
        "credits:write",
        &[
            "POST /v1/credits/adjustments",
            "POST /v1/credits/top-ups",
            "PUT /v1/credits/auto-recharge",
            "PUT /v1/credits/rates",
        ],
    ),
    ("events:read", &["GET /v1/events"]),
    (
        "inbox:read",
        &[
            "GET /v1/attachments/{id}",
            "GET /v1/canned-texts",
            "GET /v1/canned-texts/{id}",
            "GET /v1/contacts",
            "GET /v1/contacts/duplicates",
            "GET /v1/contacts/imports",
            "GET /v1/contacts/imports/{id}",
            "GET /v1/contacts/imports/{id}/rows",
            "GET /v1/contacts/{id}",
            "GET /v1/contacts/{id}/consents",
            "GET /v1/contacts/{id}/timeline",
            "GET /v1/conversations",
            "GET /v1/conversations/{id}",
            "GET /v1/conversations/{id}/attachments",
            "GET /v1/conversations/{id}/messages",
            "GET /v1/conversations/{id}/notes",
            "GET /v1/groups",
            "GET /v1/groups/{id}",
            "GET /v1/messages",
            "GET /v1/messages/{id}",
            "GET /v1/notification-rules",
            "GET /v1/notifications",
            "GET /v1/notifications/{id}",
            "GET /v1/users",
            "GET /v1/users/{id}",
            "GET /v1/views",
            "GET /v1/views/{id}/count",
            "POST /v1/live/tickets",
        ],
    ),
    (
        "inbox:write",
        &[
            "DELETE /v1/canned-texts/{id}",
            "DELETE /v1/conversations/{id}/snooze",
            "DELETE /v1/views/{id}",
            "PATCH /v1/canned-texts/{id}",
            "PATCH /v1/contacts/{id}",
            "PATCH /v1/conversations/{id}",
            "PATCH /v1/views/{id}",
            "POST /v1/attachments",
            "POST /v1/attachments/{id}/retry",
            "POST /v1/canned-texts",
            "POST /v1/consents/import",
            "POST /v1/contacts",
            "POST /v1/contacts/duplicates/dismiss",
            "POST /v1/contacts/imports",
            "POST /v1/contacts/{id}/consents",
            "POST /v1/contacts/{id}/convert",
            "POST /v1/contacts/{id}/merge",
            "POST /v1/contacts/{id}/unmerge",
            "POST /v1/conversations/{id}/assign",
            "POST /v1/conversations/{id}/close",
            "POST /v1/conversations/{id}/hand-over",
            "POST /v1/conversations/{id}/notes",
            "POST /v1/conversations/{id}/pick-up",
            "POST /v1/conversations/{id}/read",
            "POST /v1/conversations/{id}/reopen",
            "POST /v1/conversations/{id}/snooze",
            "POST /v1/conversations/{id}/typing",
            "POST /v1/messages",
            "POST /v1/messages/preview",
            "POST /v1/messages/{id}/cancel",
            "POST /v1/messages/{id}/resolve",
            "POST /v1/notifications/{id}/dismiss",
            "POST /v1/notifications/{id}/open",
            "POST /v1/notifications/{id}/snooze",
            "POST /v1/views",
            "PUT /v1/notification-rules",
        ],
    ),
    (
        "setup:read",
        &[
            "GET /v1/channels",
            "GET /v1/channels/{id}",
            "GET /v1/contact-fields",
            "GET /v1/document-sources",
            "GET /v1/document-sources/{id}",
            "GET /v1/settings",
            "GET /v1/templates",
            "GET /v1/templates/authentication-preview",
            "GET /v1/templates/library",
            "GET /v1/templates/syncs",
            "GET /v1/templates/{id}",
            "GET /v1/templates/{id}/fallbacks",
        ],
    ),
    (
        "setup:write",
        &[
            "DELETE /v1/api-keys/{id}",
            "DELETE /v1/channels/{id}",
            "DELETE /v1/contact-fields/{id}",
            "DELETE /v1/groups/{id}",
            "GET /v1/api-keys",
            "PATCH /v1/channels/{id}",
            "PATCH /v1/contact-fields/{id}",
            "PATCH /v1/groups/{id}",
            "PATCH /v1/settings",
            "PATCH /v1/users/{id}",
            "POST /v1/api-keys",
            "POST /v1/channels",
            "POST /v1/channels/{id}/resume",
            "POST /v1/contact-fields",
            "POST /v1/groups",
            "POST /v1/users",
        ],
    ),
    ("templates:sync", &["POST /v1/templates/sync", "PUT /v1/templates/{id}/fallbacks"]),
    (
        "templates:write",
        &[
            "DELETE /v1/templates/{id}",
            "PATCH /v1/templates/{id}",
            "POST /v1/templates",
            "POST /v1/templates/{id}/unpause",
        ],
    ),
    (
        "webhooks:write",
        &[
            "DELETE /v1/document-sources/{id}",
            "DELETE /v1/webhooks/{id}",
            "GET /v1/webhooks",
            "GET /v1/webhooks/{id}",
            "PATCH /v1/document-sources/{id}",
            "POST /v1/document-sources",
            "POST /v1/webhooks/{id}/rotate-secret",
            "POST /v1/webhooks/{id}/test",
        ],
    ),
    (
        "webhooks:write events:read",
        &[
            "GET /v1/webhooks/deliveries/{id}",
            "GET /v1/webhooks/replays/{id}",
            "GET /v1/webhooks/{id}/deliveries",
            "PATCH /v1/webhooks/{id}",
            "POST /v1/webhooks",
            "POST /v1/webhooks/deliveries/{id}/retry",
            "POST /v1/webhooks/{id}/replay",
        ],
    ),
];

const AGENT: &[&str] = &["inbox:read", "inbox:write", "setup:read"];
const INTEGRATION: &[&str] = &[
    "attachments:judge",
    "credits:read",
    "events:read",
    "inbox:read",
    "inbox:write",
    "setup:read",
    "templates:sync",
    "templates:write",
    "webhooks:write",
];

fn all() -> Vec<&'static str> {
    let all: BTreeSet<&str> = ROUTES.iter().flat_map(|(scopes, _)| scopes.split_whitespace()).collect();
    all.into_iter().collect()
}

/// Each caller: what stands for it, what it may, its key.
async fn callers(world: &World) -> Vec<(String, Vec<&'static str>, String)> {
    let mut callers = vec![("the deployment's key".to_owned(), all(), world.stack.admin_key().to_owned())];
    for (role, may) in [("admin", all()), ("integration", INTEGRATION.to_vec()), ("agent", AGENT.to_vec())] {
        let key = world.new_key(json!({"name": role, "role": role})).await;
        callers.push((format!("a key of role {role}"), may.clone(), key));
        for reach in ["own", "group", "all"] {
            let person = world.hire(&format!("{role}-{reach}"), role, reach, &[]).await;
            callers.push((format!("a user of role {role} and reach {reach}"), may.clone(), person.key));
        }
    }
    for scope in INTEGRATION {
        let key = world.new_key(json!({"name": *scope, "role": "integration", "scopes": [scope]})).await;
        callers.push((format!("an integration of scope {scope}"), vec![scope], key));
    }
    callers
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_for_those_who_may_and_for_nobody_else() {
    let world = World::start().await;
    let client = Client::new(&world);
    let mut asked: BTreeMap<&str, &str> = BTreeMap::new();
    for (scopes, routes) in ROUTES {
        asked.extend(routes.iter().map(|route| (*route, *scopes)));
    }
    let unlisted: Vec<String> =
        closed().iter().map(|operation| operation.name()).filter(|name| !asked.contains_key(name.as_str())).collect();
    assert_eq!(unlisted, Vec::<String>::new(), "say in ROUTES what these ask for");
    let gone = asked.keys().filter(|name| !operations().iter().any(|operation| operation.name() == **name));
    assert_eq!(gone.collect::<Vec<_>>(), Vec::<&&str>::new(), "these are no routes any more");
    let callers = callers(&world).await;
    let before = state(&world).await;
    for (who, may, key) in callers {
        let lack = format!(
            "Role {} may not",
            who.split(' ').find(|word| ["agent", "integration"].contains(word)).unwrap_or("?")
        );
        for operation in closed() {
            let name = operation.name();
            let lacking: Vec<&str> =
                asked[name.as_str()].split_whitespace().filter(|scope| !may.contains(scope)).collect();
            let what = format!("{name} by {who}");
            let reply = client.as_role(&key, &operation.method, &operation.to_nothing()).await;
            if lacking.is_empty() {
                assert!(![401, 403].contains(&reply.status) && reply.status < 500, "{what}: {reply:?}");
            } else {
                reply.is(403, &what);
                let detail = reply.body["detail"].as_str().unwrap();
                let is_named = lacking.iter().any(|scope| detail.contains(*scope));
                assert!(detail.contains(&lack) || is_named, "{what}: {detail}");
            }
        }
    }
    is_unchanged(&world, &before).await;
}
