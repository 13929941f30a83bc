//! An agent of reach `own` or `group` sees nothing of what others have: not by its id, in no list, by no search, by no message
//! that names it (P45). What they have themselves is the control of each.
use serde_json::{Value, json};

use super::{Person, kind};
use crate::bad_input::document::{Operation, closed};
use crate::world::webhooks::{ANN, BOB};
use crate::world::{Answer, World};

/// Parameters of lists that look for nobody.
const OTHERS: &[&str] = &[
    "conversation_id",
    "user_id",
    "add_security_recommendation",
    "category",
    "channel_id",
    "code_expiration_minutes",
    "cursor",
    "from",
    "group_id",
    "industry",
    "kind",
    "language",
    "languages",
    "last_message_within",
    "limit",
    "module",
    "owner_group_id",
    "owner_role",
    "replied_within",
    "scope",
    "search",
    "shortcut",
    "snoozed",
    "sort",
    "stage",
    "status",
    "to",
    "topic",
    "unread",
    "unreplied",
    "unreplied_for",
    "usecase",
    "view",
    "waba_id",
    "window",
];

/// Parameters of lists that look for somebody, asked for what a colleague has.
fn searches(path: &str, colleague: &str) -> Vec<(&'static str, String)> {
    let mut searches = vec![
        ("assignee", colleague.to_owned()),
        ("bsuid", "US.16505550101".to_owned()),
        ("email", "ann@example.org".to_owned()),
        ("label", "vip".to_owned()),
        ("owner", colleague.to_owned()),
        ("owner_user_id", colleague.to_owned()),
        ("phone", format!("%2B{ANN}")),
        ("phone_ending", "0101".to_owned()),
        ("replied_by", colleague.to_owned()),
        ("tag", "vip".to_owned()),
    ];
    match path {
        "/v1/contacts" => searches.push(("name", "Ann".to_owned())),
        "/v1/messages" => searches.push(("state", "scheduled".to_owned())),
        "/v1/notifications" => searches.push(("state", "unopened".to_owned())),
        _ => {}
    }
    searches
}

/// A customer who wrote, with a file: all the ids that are theirs.
struct Theirs {
    wa_id: &'static str,
    name: &'static str,
    contact: String,
    conversation: String,
    message: String,
    attachment: String,
}

impl Theirs {
    async fn wrote(world: &World, wa_id: &'static str, name: &'static str) -> Theirs {
        let customer = json!({"wa_id": wa_id, "name": name});
        world.simulator().put_customer(serde_json::from_value(customer).unwrap());
        let image = json!({"from": wa_id, "message": {"type": "image", "media": {"caption": name}}});
        world.simulator().inbound(serde_json::from_value::<simulator::Inbound>(image).unwrap()).unwrap();
        world.settle().await;
        let conversations = world.conversations("").await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let found = world.get(&format!("/v1/contacts?phone=%2B{wa_id}")).await;
        let contact = text(&found["items"][0]["id"]);
        let conversation = conversations.iter().find(|each| each["contact_id"] == contact).unwrap().clone();
        let message = world.thread(&conversation).await[0].clone();
        Theirs {
            wa_id,
            name,
            contact,
            conversation: text(&conversation["id"]),
            message: text(&message["id"]),
            attachment: text(&message["attachments"][0]["id"]),
        }
    }

    /// Gives all of it to somebody.
    async fn give(&self, world: &World, to: &Value) {
        world.done("POST", &format!("/v1/conversations/{}/assign", self.conversation), to.clone()).await;
        world.done("PATCH", &format!("/v1/contacts/{}", self.contact), json!({"owner": to, "tags": ["vip"]})).await;
    }

    /// The id that stands in the path of the operation, if it is of something that somebody has.
    fn id_for(&self, operation: &Operation) -> Option<&str> {
        let unknown = operation.unknown_id();
        let ids = [&self.contact, &self.conversation, &self.message, &self.attachment];
        ids.into_iter().find(|id| id[..4] == unknown[..4]).map(String::as_str)
    }

    fn shows_in(&self, body: &Value) -> bool {
        let text = body.to_string();
        [&self.contact, &self.conversation, &self.message, &self.attachment].iter().any(|id| text.contains(id.as_str()))
            || text.contains(self.wa_id)
            || text.contains(self.name)
    }
}

fn to_user(person: &Person) -> Value {
    json!({"user_id": person.id})
}

/// Me, of reach `own`; what a colleague has, and what I have.
async fn desk(world: &World) -> (Person, Theirs, Theirs) {
    let (me, _, hidden, mine) = desk_with_colleague(world).await;
    (me, hidden, mine)
}

async fn desk_with_colleague(world: &World) -> (Person, Person, Theirs, Theirs) {
    let me = world.hire("Me", "agent", "own", &[]).await;
    let colleague = world.hire("Colleague", "agent", "own", &[]).await;
    let hidden = Theirs::wrote(world, ANN, "Ann Hidden").await;
    let mine = Theirs::wrote(world, BOB, "Bob Mine").await;
    hidden.give(world, &to_user(&colleague)).await;
    mine.give(world, &to_user(&me)).await;
    for conversation in [&hidden.conversation, &mine.conversation] {
        world.done("PATCH", &format!("/v1/conversations/{conversation}"), json!({"labels": {"add": ["vip"]}})).await;
    }
    world.settle().await;
    (me, colleague, hidden, mine)
}

async fn send(world: &World, me: &Person, operation: &Operation, path: &str) -> Answer {
    let body = operation.takes_body().then(|| operation.body(world));
    world.call_as(&me.key, &operation.method, path, body, None).await
}

/// Routes that a person of role agent is let through to at all.
async fn open_to(world: &World, me: &Person) -> Vec<Operation> {
    let mut open = Vec::new();
    for operation in closed() {
        let surprise = (operation.method != "GET").then(|| json!({"surprise": 1}));
        let answer = world.call_as(&me.key, &operation.method, &operation.to_nothing(), surprise, None).await;
        if answer.status != 403 {
            open.push(operation);
        }
    }
    open
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_has_is_not_there_by_its_id() {
    let world = World::start().await;
    let (me, hidden, mine) = desk(&world).await;
    let mut walked = 0;
    for operation in open_to(&world, &me).await.iter().filter(|operation| operation.has_id()) {
        let what = operation.name();
        let (Some(theirs), Some(own)) = (hidden.id_for(operation), mine.id_for(operation)) else { continue };
        let answer = send(&world, &me, operation, &operation.with_id(theirs)).await;
        let nothing = send(&world, &me, operation, &operation.to_nothing()).await;
        assert_eq!((answer.status, nothing.status), (404, 404), "{what}: {} {}", answer.body, nothing.body);
        let told = answer.body.to_string().replace(theirs, &operation.unknown_id());
        assert_eq!(told, nothing.body.to_string(), "{what} tells apart what is hidden from what is not there");
        // The control: mine is there. What it changes is put back.
        let control = send(&world, &me, operation, &operation.with_id(own)).await;
        assert!(control.status != 404 && control.status < 500, "{what} of my own: {} {}", control.status, control.body);
        mine.give(&world, &to_user(&me)).await;
        walked += 1;
    }
    assert!(walked >= 16, "{walked} routes");
    world.settle().await;
    let conversation = world.get(&format!("/v1/conversations/{}", hidden.conversation)).await;
    assert_eq!(
        (&conversation["status"], &conversation["unread"]),
        (&json!("open"), &json!(1)),
        "nothing was done to it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_has_is_in_no_list_and_found_by_no_search() {
    let world = World::start().await;
    let (me, colleague, hidden, mine) = desk_with_colleague(&world).await;
    let mut shows_mine = Vec::new();
    for operation in open_to(&world, &me).await {
        if operation.method != "GET" || operation.has_id() {
            continue;
        }
        let path = operation.path.clone();
        let mut queries = vec![String::new()];
        let searches = searches(&path, &colleague.id);
        for parameter in operation.query_parameters() {
            match searches.iter().find(|(name, _)| *name == parameter) {
                Some((name, value)) => queries.push(format!("?{name}={value}")),
                None if path == "/v1/templates" && parameter == "name" => {}
                None => assert!(OTHERS.contains(&parameter.as_str()), "say what {parameter} of {path} looks for"),
            }
        }
        for query in queries {
            let answer = me.get(&world, &format!("{path}{query}")).await;
            assert!(answer.status < 500, "{path}{query}: {}", answer.body);
            assert!(query.is_empty() || answer.status == 200, "{path}{query} finds nothing: {}", answer.body);
            assert!(!hidden.shows_in(&answer.body), "{path}{query} shows a colleague's: {}", answer.body);
            if mine.shows_in(&answer.body) {
                shows_mine.push(format!("{path}{query}"));
            }
        }
    }
    for path in ["/v1/contacts", "/v1/contacts?tag=vip", "/v1/conversations", "/v1/conversations?label=vip"] {
        assert!(shows_mine.iter().any(|shown| shown == path), "the control: {path} of {shows_mine:?}");
    }
    let found = me.get(&world, &format!("/v1/contacts?phone=%2B{}", mine.wa_id)).await;
    assert!(mine.shows_in(&found.body), "the control: {}", found.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_to_whom_they_do_not_see() {
    let world = World::start().await;
    let (me, hidden, mine) = desk(&world).await;
    let channel = &world.channel().id;
    let text = |to: Value| json!({"channel_id": channel, "to": to, "type": "text", "text": {"body": "Hello"}});
    let image = |to: &str, file: &str| json!({"channel_id": channel, "to": {"contact_id": to}, "type": "image", "image": {"attachment_id": file}});
    let phone = |wa_id: &str| json!({"phone": format!("+{wa_id}")});
    let quoting = |quoted: &str| {
        let mut message = text(json!({"contact_id": mine.contact}));
        message["context"] = json!({"message_id": quoted});
        message
    };
    for (what, message) in [
        ("by its id", text(json!({"contact_id": hidden.contact}))),
        ("by phone", text(phone(hidden.wa_id))),
        ("with a file of a colleague's", image(&mine.contact, &hidden.attachment)),
        ("quoting a colleague's", quoting(&hidden.message)),
    ] {
        let sent = me.post(&world, "/v1/messages", message.clone()).await;
        assert_eq!((sent.status, kind(&sent)), (422, "unknown-reference"), "{what}: {}", sent.body);
        let shown = me.post(&world, "/v1/messages/preview", message).await;
        assert!(!hidden.shows_in(&without_named(&shown.body, &hidden)), "{what}: {}", shown.body);
    }
    for message in
        [text(json!({"contact_id": mine.contact})), text(phone(mine.wa_id)), image(&mine.contact, &mine.attachment)]
    {
        let sent = me.post(&world, "/v1/messages", message).await;
        assert_eq!(sent.status, 202, "the control: {}", sent.body);
    }
    let sent = me.post(&world, "/v1/messages", quoting(&mine.message)).await;
    assert_eq!(sent.status, 202, "the control: {}", sent.body);
    world.settle().await;
    assert!(world.sends().iter().all(|record| record.body["to"] != hidden.wa_id), "nothing went to the other");
}

/// Without the field that the caller named themselves.
fn without_named(body: &Value, hidden: &Theirs) -> Value {
    let text =
        body.to_string().replace(&hidden.attachment, "").replace(&hidden.message, "").replace(&hidden.contact, "");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_says_anything_of_whom_they_do_not_see() {
    let world = World::start().await;
    let (me, hidden, mine) = desk(&world).await;
    let taken = me.post(&world, "/v1/contacts", json!({"phone": format!("+{}", hidden.wa_id), "kind": "lead"})).await;
    assert_eq!((taken.status, kind(&taken)), (422, "unknown-reference"), "{}", taken.body);
    assert!(!hidden.shows_in(&taken.body), "{}", taken.body);
    let own = me.post(&world, "/v1/contacts", json!({"phone": format!("+{}", mine.wa_id), "kind": "lead"})).await;
    assert_eq!((own.status, &own.body["id"]), (409, &json!(mine.contact)), "the control: {}", own.body);
    let row = |whom: Value| {
        let mut row = json!({"purpose": "marketing", "state": "withdrawn", "source": "Shop"});
        row.as_object_mut().unwrap().extend(whom.as_object().unwrap().clone());
        row
    };
    let rows = json!([
        row(json!({"contact_id": hidden.contact})),
        row(json!({"phone": format!("+{}", hidden.wa_id)})),
        row(json!({"contact_id": mine.contact})),
    ]);
    let imported = me.post(&world, "/v1/consents/import", json!({"consents": rows})).await;
    let outcomes: Vec<&Value> = imported.body["rows"].as_array().unwrap().iter().map(|row| &row["outcome"]).collect();
    assert_eq!(outcomes, ["refused", "refused", "recorded"], "{}", imported.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_begins_is_ones_own() {
    let world = World::start().await;
    let me = world.hire("Me", "agent", "own", &[]).await;
    let added = me.post(&world, "/v1/contacts", json!({"phone": "+16505559301", "kind": "lead", "name": "Cleo"})).await;
    assert_eq!((added.status, &added.body["owner"]), (201, &to_user(&me)), "{}", added.body);
    let path = format!("/v1/contacts/{}", added.body["id"].as_str().unwrap());
    assert_eq!(me.get(&world, &path).await.status, 200);

    let template = simulator::Template::text("hello", "en_US", "UTILITY", "Hello");
    world.simulator().put_template(template.into());
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    world.settle().await;
    let sent = me
        .post(
            &world,
            "/v1/messages",
            json!({
                "channel_id": world.channel().id, "to": {"phone": "+16505559302"}, "type": "template",
                "template": {"name": "hello", "language": {"code": "en_US"}}, "consent": {"source": "Shop"},
            }),
        )
        .await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.settle().await;
    let message = me.get(&world, &format!("/v1/messages/{}", sent.body["id"].as_str().unwrap())).await;
    assert_eq!((message.status, &message.body["state"]), (200, &json!("accepted")), "{}", message.body);
    let conversation =
        me.get(&world, &format!("/v1/conversations/{}", sent.body["conversation_id"].as_str().unwrap())).await;
    assert_eq!((conversation.status, &conversation.body["assignee"]), (200, &to_user(&me)), "{}", conversation.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_sees_what_it_and_its_members_have() {
    let world = World::start().await;
    let (sales, service) = (world.found_team("Sales").await, world.found_team("Service").await);
    let me = world.hire("Me", "agent", "group", &[&sales]).await;
    let mate = world.hire("Mate", "agent", "own", &[&sales]).await;
    let other = world.hire("Other", "agent", "own", &[&service]).await;
    let ann = Theirs::wrote(&world, ANN, "Ann").await;
    let path = format!("/v1/conversations/{}", ann.conversation);
    let sees = async |person: &Person| person.get(&world, &path).await.status == 200;
    for (given, is_seen) in [
        (to_user(&me), true),
        (to_user(&mate), true),
        (json!({"group_id": sales}), true),
        (to_user(&other), false),
        (json!({"group_id": service}), false),
        (json!({"user_id": null}), false),
    ] {
        ann.give(&world, &given).await;
        assert_eq!(sees(&me).await, is_seen, "{given}");
    }
    ann.give(&world, &to_user(&mate)).await;
    assert!(sees(&mate).await && sees(&me).await);
    world.done("PATCH", &format!("/v1/users/{}", mate.id), json!({"groups": [service]})).await;
    assert!(sees(&mate).await && !sees(&me).await, "who left the group took their work along");
    world.done("PATCH", &format!("/v1/users/{}", me.id), json!({"reach": "all"})).await;
    assert!(sees(&me).await, "reach is looked at with every call");
}
