//! Holds what `/v1` shows and what Meta received against the model.
use serde_json::{Value, json};

use super::model::{Person, Reply};
use crate::world::World;
use crate::world::webhooks::now;

pub(super) async fn person(world: &World, person: &Person) {
    let wa_id = &person.wa_id;
    let Some(conversation) = world.find_conversation(wa_id).await else {
        assert!(person.thread.is_empty(), "{wa_id} wrote, and there is no conversation");
        return;
    };
    let thread = whole_thread(world, &conversation).await;
    let inbound: Vec<&Value> = thread.iter().filter(|message| message["direction"] == "inbound").collect();
    let texts: Vec<(&str, &str)> =
        inbound.iter().map(|message| (text(&message["wamid"]), text(&message["text"]["body"]))).collect();
    assert_eq!(texts, person.texts(), "every message of {wa_id} once, in order");
    assert_eq!(thread.len(), inbound.len() + person.replies.len(), "every answer to {wa_id} once");
    for reply in &person.replies {
        let shown = thread.iter().find(|message| message["id"] == reply.id.as_str());
        answer(world, person, reply, shown.unwrap_or_else(|| panic!("{} is lost", reply.body)));
    }
    inbox(person, &conversation);
}

/// One send at most, and what is shown of it is what Meta knows.
fn answer(world: &World, person: &Person, reply: &Reply, shown: &Value) {
    assert_eq!(shown["text"]["body"], reply.body.as_str());
    let accepted = world.simulator().accepted();
    let ours: Vec<_> =
        accepted.iter().filter(|send| send.body["biz_opaque_callback_data"] == reply.id.as_str()).collect();
    assert!(ours.len() <= 1, "{} was sent {} times", reply.body, ours.len());
    let state = text(&shown["state"]);
    let statuses: Vec<&str> = shown["statuses"].as_object().unwrap().keys().map(String::as_str).collect();
    let Some(send) = ours.first() else {
        assert_eq!(state, "in_doubt", "{} never reached Meta: {shown}", reply.body);
        assert!(reply.may_be_in_doubt && statuses.is_empty(), "{} is in doubt for no reason: {shown}", reply.body);
        return;
    };
    assert_eq!(send.body["to"], format!("+{}", person.wa_id));
    assert!(statuses.iter().eq(&reply.statuses), "{}: {shown} and not {:?}", reply.body, reply.statuses);
    assert_eq!(shown["status"], json!(reply.status()), "{}: {shown}", reply.body);
    if reply.statuses.is_empty() && reply.may_be_in_doubt {
        assert!(["accepted", "in_doubt"].contains(&state), "{}: {shown}", reply.body);
    } else {
        assert_eq!(state, "accepted", "{}: {shown}", reply.body);
        assert_eq!(shown["wamid"].as_str(), send.wamid(), "{}", reply.body);
    }
}

fn inbox(person: &Person, conversation: &Value) {
    let wa_id = &person.wa_id;
    assert_eq!(conversation["unread"], person.unread(), "unread of {wa_id}");
    assert_eq!(seconds(&conversation["waiting_since"]), person.waiting_since, "wait of {wa_id}");
    assert_eq!(seconds(&conversation["last_inbound_at"]), person.last_inbound, "last message of {wa_id}");
    assert_eq!(conversation["status"], if person.is_closed { "closed" } else { "open" }, "status of {wa_id}");
    assert_eq!(seconds(&conversation["window"]["closes_at"]), person.window_closes, "window of {wa_id}");
    let is_open = person.window_left(now()) > 0;
    assert_eq!(conversation["window"]["state"], if is_open { "open" } else { "closed" }, "window of {wa_id}");
}

/// Nobody else was made, and the list of those who wait is that of the model.
pub(super) async fn nothing_else(world: &World, people: &[Person]) {
    let met = people.iter().filter(|person| !person.thread.is_empty()).count();
    assert_eq!(world.get("/v1/contacts?limit=100").await["items"].as_array().unwrap().len(), met);
    assert_eq!(world.conversations("?limit=100").await.len(), met);
    let mut waiting: Vec<i64> = people.iter().filter_map(|person| person.waiting_since).collect();
    waiting.sort_unstable();
    let shown = world.conversations("?view=unreplied&limit=100").await;
    let shown: Vec<i64> = shown.iter().filter_map(|conversation| seconds(&conversation["waiting_since"])).collect();
    assert_eq!(shown, waiting, "those who wait, the longest first");
    assert!(world.events("status.unmatched").await.is_empty());
    assert!(world.events("webhook.kept").await.is_empty());
    let known: Vec<&str> = people.iter().flat_map(|person| &person.replies).map(|reply| reply.id.as_str()).collect();
    for send in world.sends() {
        assert!(known.contains(&text(&send.body["biz_opaque_callback_data"])), "nobody asked for {:?}", send.body);
    }
}

/// All pages, the earliest message first.
async fn whole_thread(world: &World, conversation: &Value) -> Vec<Value> {
    let mut thread = Vec::new();
    let mut path = format!("/v1/conversations/{}/messages?limit=20", text(&conversation["id"]));
    loop {
        let page = world.get(&path).await;
        thread.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/conversations/{}/messages?limit=20&cursor={}", text(&conversation["id"]), escaped(cursor));
    }
    thread.reverse();
    thread
}

/// Cursors hold `#`.
fn escaped(cursor: &str) -> String {
    cursor.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn seconds(value: &Value) -> Option<i64> {
    Some(domain::Time::parse(value.as_str()?).unwrap().seconds())
}
