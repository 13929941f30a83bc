//! What makes no row of its own: kept in the journal as it came, under what it is, and without any effect on threads.
use serde_json::{Value, json};

use super::fixtures::{pricing, text, with};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, contact, now, webhook};

struct Case {
    field: &'static str,
    /// The change; null where the case only names further parts of another one's.
    value: Value,
    event: &'static str,
    kind: &'static str,
    /// The parts that are kept, each by itself.
    parts: Vec<Value>,
}

/// A change that is one fact.
fn whole(field: &'static str, event: &'static str, kind: &'static str, value: Value) -> Case {
    Case { field, parts: vec![value.clone()], value, event, kind }
}

fn account(field: &'static str, event: &'static str, value: Value) -> Case {
    whole(field, event, "account", value)
}

fn template(field: &'static str, mut value: Value) -> Case {
    value["message_template_id"] = json!(594_425_479_261_596_i64);
    value["message_template_name"] = json!("hello_world");
    value["message_template_language"] = json!("en_US");
    whole(field, "template.changed", "template", value)
}

/// A change of this world's number with a list, each of whose items is a fact.
fn listed(
    world: &World,
    field: &'static str,
    event: &'static str,
    kind: &'static str,
    list: &str,
    items: &[Value],
) -> Case {
    let value = world.value(json!({list: items}));
    Case { field, value, event, kind, parts: items.to_vec() }
}

fn stamped(mut part: Value) -> Value {
    part["id"] = json!(format!("wamid.{}", part.to_string().len()));
    part["timestamp"] = json!(now().to_string());
    part
}

/// P41: what the business's phone tells beside its messages.
fn of_the_phone(world: &World) -> Vec<Case> {
    let progress = json!({"phase": 1, "chunk_order": 2, "progress": 40});
    let declined = json!({"errors": [{"code": 2_593_109, "title": "History sharing is turned off"}]});
    let odd = json!({"id": ANN, "note": "a thread without messages"});
    let mut chunk = listed(world, "history", "history.declined", "history", "history", std::slice::from_ref(&declined));
    chunk.value["history"] = json!([{"metadata": progress, "threads": [odd]}, declined]);
    let part_of = |field, event, part: &Value| Case {
        field,
        event,
        kind: "history",
        value: json!(null),
        parts: vec![part.clone()],
    };
    let add = json!({"type": "contact", "action": "add", "contact": {"full_name": "Dan Dale", "phone_number": BOB}, "metadata": {"timestamp": "1795000000"}});
    let remove = json!({"type": "contact", "action": "remove", "contact": {"user_id": "US.77"}, "metadata": {"timestamp": "1795000001"}});
    vec![
        chunk,
        part_of("history.metadata", "history.progress", &progress),
        part_of("history.threads", "webhook.kept", &odd),
        listed(world, "smb_app_state_sync", "contact.synced", "contact_sync", "state_sync", &[add, remove]),
    ]
}

/// Threads that are not, or not only, between one person and us.
fn of_others(world: &World) -> Vec<Case> {
    let in_group = with(with(stamped(text("Hi all")), "from", json!(ANN)), "group_id", json!("group-1"));
    let created = json!({"type": "group_create", "group_id": "group-1", "timestamp": "1795000000", "request_id": "r"});
    let standby = with(stamped(text("For the other one")), "from", json!(ANN));
    let handover = json!({
        "messaging_product": "whatsapp", "sender": {"phone_number": ANN}, "timestamp": "1795000000",
        "recipient": {"phone_number_id": world.channel().phone_number_id}, "control_passed": {"new_owner_role": "primary"},
    });
    let mut standing_by =
        listed(world, "standby", "standby.message", "standby", "standby", std::slice::from_ref(&standby));
    standing_by.value = world.value(json!({"standby": {"contacts": [contact(ANN, "Ann")], "messages": [standby]}}));
    vec![
        listed(world, "messages", "group.message", "message", "messages", &[in_group]),
        listed(world, "group_lifecycle_update", "group.changed", "group", "groups", std::slice::from_ref(&created)),
        listed(
            world,
            "group_participants_update",
            "group.changed",
            "group",
            "groups",
            &[with(created.clone(), "type", json!("group_participants_add"))],
        ),
        listed(
            world,
            "group_settings_update",
            "group.changed",
            "group",
            "groups",
            &[with(created.clone(), "type", json!("group_settings_update"))],
        ),
        listed(
            world,
            "group_status_update",
            "group.changed",
            "group",
            "groups",
            &[with(created, "type", json!("group_suspend"))],
        ),
        standing_by,
        whole("messaging_handovers", "handover.changed", "handover", handover),
    ]
}

fn of_people(world: &World) -> Vec<Case> {
    let stop = json!({"wa_id": ANN, "category": "marketing_messages", "value": "stop", "timestamp": now()});
    let resume = json!({"user_id": "US.5", "category": "marketing_messages", "value": "resume", "timestamp": now()});
    let call = json!({"id": "wacid.1", "from": ANN, "to": "15550100200", "event": "terminate", "direction": "USER_INITIATED", "timestamp": "1795000000"});
    let rings =
        json!({"id": "wacid.1", "type": "call", "status": "RINGING", "recipient_id": ANN, "timestamp": "1795000001"});
    let click = json!({"action_type": "marketing_messages_link_click", "timestamp": "1795000000"});
    let lead = json!({"id": "wamid.L", "event_name": "LeadSubmitted", "timestamp": 1_795_000_000});
    vec![
        listed(world, "user_preferences", "webhook.kept", "user_preference", "user_preferences", &[stop, resume]),
        listed(world, "calls", "call.changed", "call", "calls", &[call]),
        listed(world, "calls", "call.changed", "call", "statuses", &[rings]),
        listed(world, "messages", "user.acted", "user_action", "user_actions", &[click]),
        listed(world, "automatic_events", "conversion.reported", "automatic_event", "automatic_events", &[lead]),
    ]
}

fn of_the_channel(world: &World) -> Vec<Case> {
    let error = json!({"code": 130_429, "title": "Rate limit hit", "error_data": {"details": "Too many"}});
    let flow = json!({"event": "FLOW_STATUS_CHANGE", "flow_id": "f", "old_status": "DRAFT", "new_status": "PUBLISHED"});
    vec![
        listed(world, "messages", "channel.error", "value_error", "errors", &[error]),
        whole("flows", "flow.changed", "flow", flow),
        whole("telepathy", "webhook.kept", "unknown", json!({"thought": "of a field to come"})),
        whole("messages", "webhook.kept", "unknown", world.value(json!({"novelties": [{"of": "2031"}]}))),
    ]
}

fn of_accounts() -> Vec<Case> {
    let limits = json!({"max_daily_conversations_per_business": "TIER_2K", "max_phone_numbers_per_business": 25});
    let alert = json!({"alert_severity": "INFORMATIONAL", "alert_status": "NONE", "alert_type": "OBA_APPROVED"});
    let number = "15550100200";
    vec![
        account(
            "account_update",
            "account.restricted",
            json!({"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1_796_000_000}]}),
        ),
        account(
            "account_update",
            "account.connection_changed",
            json!({"event": "PARTNER_ADDED", "waba_info": {"waba_id": "5", "owner_business_id": "6"}}),
        ),
        account("account_update", "account.changed", json!({"event": "SOMETHING_LATER"})),
        account(
            "account_alerts",
            "account.alerted",
            json!({"entity_type": "WABA", "entity_id": "5", "alert_info": alert}),
        ),
        account("account_review_update", "account.reviewed", json!({"decision": "APPROVED"})),
        account(
            "account_settings_update",
            "channel.settings_changed",
            json!({"type": "phone_number_settings", "timestamp": "1795000000", "phone_number_settings": {"phone_number_id": "1"}}),
        ),
        account("business_capability_update", "account.capability_changed", limits),
        account("business_status_update", "account.changed", json!({"status": "of no known shape"})),
        account(
            "business_username_updates",
            "channel.username_changed",
            json!({"display_phone_number": number, "username": "shop", "status": "approved"}),
        ),
        account(
            "phone_number_name_update",
            "channel.name_changed",
            json!({"display_phone_number": number, "decision": "APPROVED", "requested_verified_name": "Shop"}),
        ),
        account(
            "phone_number_quality_update",
            "channel.quality_changed",
            json!({"display_phone_number": number, "event": "FLAGGED", "current_limit": "TIER_10K"}),
        ),
        account("security", "channel.security", json!({"display_phone_number": number, "event": "PIN_CHANGED"})),
        account(
            "partner_solutions",
            "account.partner_changed",
            json!({"event": "SOLUTION_CREATED", "solution_id": "7", "solution_status": "INITIATED"}),
        ),
        account(
            "payment_configuration_update",
            "account.payments_changed",
            json!({"configuration_name": "pay", "provider_name": "upi", "status": "ACTIVE"}),
        ),
        template("message_template_status_update", json!({"event": "APPROVED", "reason": null})),
        template(
            "message_template_quality_update",
            json!({"previous_quality_score": "GREEN", "new_quality_score": "YELLOW"}),
        ),
        template("message_template_components_update", json!({"message_template_element": "Hi {{1}}"})),
        template("template_category_update", json!({"previous_category": "UTILITY", "new_category": "MARKETING"})),
        template(
            "template_correct_category_detection",
            json!({"category": "UTILITY", "correct_category": "MARKETING"}),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_follows_from_yet_is_kept_raw_under_what_it_is() {
    let world = World::start().await;
    let mut cases = of_the_phone(&world);
    cases.extend(of_others(&world));
    cases.extend(of_people(&world));
    cases.extend(of_the_channel(&world));
    cases.extend(of_accounts());
    let at = now() - 30;
    let entries: Vec<Value> = cases
        .iter()
        .filter(|case| !case.value.is_null())
        .map(|case| {
            let change = json!({"field": case.field, "value": case.value});
            json!({"id": world.channel().waba_id, "time": at, "changes": [change]})
        })
        .collect();
    world.deliver_and_settle(&webhook(&entries)).await;

    let mut events = Vec::new();
    let kinds: std::collections::BTreeSet<&str> = cases.iter().map(|case| case.event).collect();
    for kind in kinds {
        events.extend(world.events(kind).await);
    }
    for case in &cases {
        for part in &case.parts {
            let is_it = |event: &&Value| event["data"]["raw"] == *part && event["data"]["field"] == case.field;
            let event = events.iter().find(is_it).unwrap_or_else(|| panic!("{}: {part} is not kept", case.field));
            assert_eq!(
                (&event["type"], &event["data"]["kind"]),
                (&json!(case.event), &json!(case.kind)),
                "{}",
                case.field
            );
            assert_eq!(event["data"]["waba_id"], world.channel().waba_id.as_str(), "{}", case.field);
            let is_of_channel = case.value["metadata"].is_object()
                || case.value["display_phone_number"].is_string()
                || case.kind == "history";
            assert_eq!(event["channel_id"].is_string(), is_of_channel, "{}: {event}", case.field);
            if part.get("timestamp").is_none() {
                assert_eq!(event["at"], domain::Time::from_seconds(at).to_string(), "{}: Meta's time", case.field);
            }
        }
    }
    assert_eq!(events.len(), cases.iter().map(|case| case.parts.len()).sum::<usize>(), "and nothing else");
    assert!(world.conversations("").await.is_empty(), "no thread");
    assert!(world.get("/v1/contacts").await["items"].as_array().unwrap().is_empty(), "no contact");
    let syncs = world.get("/v1/templates/syncs").await;
    assert_eq!(syncs["items"][0]["state"], "done", "the webhooks about templates led to a sync: {syncs}");
}

/// A status in a thread of another responder is none of ours, whatever it says.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_standby_touches_what_is_ours() {
    let world = World::start().await;
    world.simulator().set_default_plan(simulator::StatusPlan::none());
    world.deliver_and_settle(&world.text_webhook(ANN, "wamid.1", "Hello")).await;
    let ours = world.reply_and_settle(&world.conversation_with(ANN).await, "Hi").await;
    let status = json!({
        "id": ours["wamid"], "status": "read", "timestamp": now().to_string(), "recipient_id": ANN, "pricing": pricing("regular", "service"),
    });
    let change = json!({"field": "standby", "value": world.value(json!({"standby": {"statuses": [status]}}))});
    world.deliver_and_settle(&webhook(&[json!({"id": world.channel().waba_id, "changes": [change]})])).await;
    assert_eq!(world.message(&ours["id"]).await["status"], Value::Null);
    assert_eq!(world.events("webhook.kept").await[0]["data"]["raw"], status);
}

/// P41: Meta's time may be of years ago or of the next century. What is kept stays in sight for its thirty days.
#[tokio::test(flavor = "multi_thread")]
async fn what_bears_an_absurd_time_is_kept_where_it_is_found() {
    let world = World::start().await;
    let times = [
        json!("0"),
        json!("1"),
        json!(1_600_000_000),
        json!("1795321800000"),
        json!(i64::MAX),
        json!(-5),
        json!("soon"),
    ];
    let events: Vec<Value> =
        times.iter().map(|time| json!({"id": "wamid.T", "event_name": "Purchase", "timestamp": time})).collect();
    let change = json!({"field": "automatic_events", "value": world.value(json!({"automatic_events": events}))});
    world.deliver_and_settle(&webhook(&[json!({"id": world.channel().waba_id, "changes": [change]})])).await;
    let kept = world.events("conversion.reported").await;
    for event in &events {
        assert!(kept.iter().any(|kept| kept["data"]["raw"] == *event), "{event}");
    }
    assert_eq!(kept.len(), events.len());
}

/// A number that is no channel yet: what comes for it is told, and kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_a_number_that_is_no_channel_is_unrouted() {
    let world = World::start().await;
    let mut value = world.value(
        json!({"contacts": [contact(ANN, "Ann")], "messages": [stamped(with(text("Hello?"), "from", json!(ANN)))]}),
    );
    value["metadata"]["phone_number_id"] = json!("of-nobody");
    world.deliver_and_settle(&world.messages_webhook(value.clone())).await;
    let events = world.events("webhook.unrouted").await;
    assert_eq!(events.len(), 1);
    let data = &events[0]["data"];
    assert_eq!((&data["raw"], &data["phone_number_id"]), (&value["messages"][0], &json!("of-nobody")));
    assert_eq!(data["contact"], value["contacts"][0]);
    assert!(world.conversations("").await.is_empty());
}
