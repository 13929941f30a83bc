//! Every real webhook of the folder that `WHATSAPP_CORPUS` names, through the real path. What each must come to is told
//! by the readers of `whatsapp`, not by the functions under test.
use std::fs;
use std::path::PathBuf;

use futures::future::join_all;
use serde_json::{Value, json};
use simulator::Verbatim;
use whatsapp::webhook::{Atom, Contact, Content, Kind, Message, News, Person, Status, split};

use crate::world::World;

/// How many samples are on their way at a time.
const AT_A_TIME: usize = 16;

struct Sample {
    name: String,
    /// With numbers of its own, so that samples with the same ids do not meet.
    body: String,
    /// The numbers in it, each of which becomes a channel.
    numbers: Vec<String>,
}

/// `None`, with a note, if there is no corpus.
fn samples() -> Option<Vec<Sample>> {
    let Some(corpus) = std::env::var_os("WHATSAPP_CORPUS").map(PathBuf::from) else {
        eprintln!("WHATSAPP_CORPUS is not set: its webhooks are skipped");
        return None;
    };
    let mut paths: Vec<PathBuf> =
        fs::read_dir(corpus.join("webhooks")).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let sample = |(index, path): (usize, &PathBuf)| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        Sample::new(name, &fs::read_to_string(path).unwrap(), index)
    };
    Some(paths.iter().enumerate().map(sample).collect())
}

impl Sample {
    fn new(name: String, text: &str, index: usize) -> Sample {
        let mut numbers: Vec<String> = split(text.as_bytes())
            .unwrap()
            .iter()
            .filter_map(|atom| atom.phone_number_id.as_deref().map(str::to_owned))
            .collect();
        numbers.sort();
        numbers.dedup();
        let mut body = text.to_owned();
        for (place, number) in numbers.iter_mut().enumerate() {
            let own = format!("9{index:05}{place}");
            body = body.replace(&format!("\"{number}\""), &format!("\"{own}\""));
            *number = own;
        }
        Sample { name, body, numbers }
    }

    fn atoms(&self) -> Vec<Atom<'_>> {
        split(self.body.as_bytes()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_webhook_of_the_corpus_is_applied_and_nothing_of_it_is_lost() {
    let Some(samples) = samples() else { return };
    let world = World::start().await;
    for some in samples.chunks(AT_A_TIME) {
        join_all(some.iter().flat_map(|sample| &sample.numbers).map(|number| connect(&world, number))).await;
        join_all(some.iter().map(|sample| post(&world, sample))).await;
    }
    world.settle().await;

    let events = all_events(&world).await;
    for sample in &samples {
        let messages = messages(&world, sample).await;
        for atom in sample.atoms() {
            check(&sample.name, &atom, &messages, &events);
        }
    }
    no_errors(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_the_corpus_to_a_number_that_is_no_channel_is_unrouted() {
    let Some(samples) = samples() else { return };
    let world = World::start().await;
    let is_message = |sample: &&Sample| sample.atoms().iter().all(|atom| atom.kind == Kind::Message);
    let sample = samples.iter().find(is_message).unwrap();
    post(&world, sample).await;
    world.settle().await;
    let events = all_events(&world).await;
    for atom in sample.atoms() {
        assert!(is_kept(&atom, "webhook.unrouted", &events), "{}", sample.name);
    }
    no_errors(&world);
}

async fn connect(world: &World, number: &str) {
    let channel = json!({
        "phone_number_id": number, "waba_id": world.channel().waba_id, "display_phone_number": number,
        "nickname": number, "add_as": "lead",
    });
    let answer = world.post("/v1/channels", channel).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

async fn post(world: &World, sample: &Sample) {
    assert_eq!(world.post_webhook(Verbatim::new(sample.body.clone())).await, [200], "{}", sample.name);
}

/// Every event of the journal, page by page.
async fn all_events(world: &World) -> Vec<Value> {
    let mut events = Vec::new();
    let mut page = world.get("/v1/events?limit=100").await;
    loop {
        events.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => page = world.get(&format!("/v1/events?limit=100&cursor={cursor}")).await,
            None => return events,
        }
    }
}

/// All messages in the threads of the sample's numbers.
async fn messages(world: &World, sample: &Sample) -> Vec<Value> {
    let mut messages = Vec::new();
    for number in &sample.numbers {
        let channel = domain::ids::ChannelId::of_number(number);
        for conversation in world.conversations(&format!("?limit=100&channel_id={channel}")).await {
            messages.extend(world.thread(&conversation).await);
        }
    }
    messages
}

fn check(name: &str, atom: &Atom<'_>, messages: &[Value], events: &[Value]) {
    let kept_as = match atom.kind {
        Kind::Message | Kind::Echo | Kind::History => match Message::read(atom.part) {
            Ok(message) => match check_message(name, atom, &message, messages) {
                Some(kept_as) => kept_as,
                None => return,
            },
            Err(_) if atom.field == "history.metadata" => "history.progress",
            Err(_) if atom.part.get().contains("errors") => "history.declined",
            Err(_) => "webhook.kept",
        },
        Kind::Status => {
            let status = Status::read(atom.part).unwrap();
            assert!(status.word.is_known(), "{name}: {status:?}");
            "status.unmatched"
        }
        Kind::Account => News::read(&atom.field, atom.part, domain::Time::from_millis(0)).kind.word(),
        Kind::Flow => "flow.changed",
        Kind::UserAction => "user.acted",
        Kind::AutomaticEvent => "conversion.reported",
        Kind::ValueError => "channel.error",
        Kind::Template => "template.changed",
        Kind::ContactSync => "contact.synced",
        Kind::Call => "call.changed",
        Kind::Group => "group.changed",
        Kind::Handover => "handover.changed",
        Kind::Standby => {
            let part: Value = serde_json::from_str(atom.part.get()).unwrap();
            let is_message = part["id"].is_string() && part["status"].is_null();
            if is_message { "standby.message" } else { "webhook.kept" }
        }
        Kind::UserPreference | Kind::Foreign | Kind::Unknown => "webhook.kept",
    };
    assert!(is_kept(atom, kept_as, events), "{name}: {} is not kept as {kept_as}: {}", atom.field, atom.part.get());
}

fn is_kept(atom: &Atom<'_>, event: &str, events: &[Value]) -> bool {
    let raw: Value = serde_json::from_str(atom.part.get()).unwrap();
    events.iter().any(|kept| {
        let data = &kept["data"];
        kept["type"] == event
            && data["kind"] == atom.kind.word()
            && data["field"] == atom.field.as_ref()
            && data["raw"] == raw
    })
}

/// Every id under which the message says whose thread it belongs to.
fn people(atom: &Atom<'_>, message: &Message) -> Vec<String> {
    let mut people = match &message.content {
        Content::System(system) => vec![system.previous.clone(), system.current.clone()],
        _ if atom.kind == Kind::Message => vec![message.from.clone()],
        _ => vec![Person { wa_id: atom.user.as_deref().map(str::to_owned), ..Person::default() }],
    };
    people.extend(atom.contact.and_then(|contact| Contact::read(contact).ok()).map(|contact| contact.person));
    people.into_iter().flat_map(|person| [person.wa_id, person.user_id]).flatten().collect()
}

/// Where the message is not in the thread: as what it is kept.
fn check_message(name: &str, atom: &Atom<'_>, message: &Message, messages: &[Value]) -> Option<&'static str> {
    let people = people(atom, message);
    if atom.phone_number_id.is_none() {
        return Some("webhook.unrouted");
    }
    if message.group_id.is_some() {
        return Some("group.message");
    }
    if people.is_empty() {
        return Some("webhook.kept");
    }
    let by_wamid = |wamid: &str| messages.iter().filter(|shown| shown["wamid"] == wamid).collect::<Vec<_>>();
    let (Content::Reaction { message_id: target, .. }
    | Content::Edit { message_id: target, .. }
    | Content::Revoke { message_id: target }) = &message.content
    else {
        check_shown(name, atom, message, &by_wamid(&message.wamid));
        return None;
    };
    let at = message.at.map(|at| json!(at.to_string())).unwrap_or_default();
    let target = by_wamid(target).into_iter().next();
    if target.is_none_or(|target| target["wamid"] == message.wamid.as_str()) {
        return Some("annotation.unmatched");
    }
    let target = target.unwrap();
    match &message.content {
        Content::Edit { .. } => assert_eq!(target["edited"]["at"], at, "{name}"),
        Content::Revoke { .. } => assert_eq!(target["revoked_at"], at, "{name}"),
        Content::Reaction { emoji, .. } => {
            let emoji = emoji.as_ref().map(|emoji| json!(emoji)).unwrap_or_default();
            assert_eq!(target["reactions"][0]["emoji"], emoji, "{name}");
        }
        _ => unreachable!(),
    }
    None
}

fn check_shown(name: &str, atom: &Atom<'_>, message: &Message, shown: &[&Value]) {
    // The numbers of the sample are its own, so all their threads are; its people are not: samples share them, and
    // contradict each other about who has which ids. Whose a message is, is tested in `identity`.
    // A sample of placeholders has two messages of one wamid; it and Meta's time are what tells messages apart.
    let at = message.at.map(|at| at.to_string());
    let is_it = |shown: &&&Value| at.as_ref().is_none_or(|at| shown["at"] == *at);
    let found: Vec<&&Value> = shown.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{name}: {} is there once", message.wamid);
    let shown = found[0];
    let kind = if message.kind.is_empty() { "unknown" } else { &message.kind };
    assert_eq!(shown["type"], kind, "{name}");
    let mut content = shown.get(kind).cloned().unwrap_or_default();
    super::fixtures::without_answer(&mut content);
    assert_eq!(content, message.payload, "{name}");
    let source = match atom.kind {
        Kind::Echo => "echo",
        Kind::History => "history",
        _ => "live",
    };
    assert_eq!(shown["source"], source, "{name}");
    let is_theirs = message.from.wa_id.as_deref() == atom.user.as_deref() || atom.kind == Kind::Message;
    if atom.kind != Kind::Echo {
        assert_eq!(shown["direction"], if is_theirs { "inbound" } else { "outbound" }, "{name}");
    }
    let context = message.context.clone().unwrap_or_default();
    assert_eq!(shown["context"]["message_id"].as_str(), context.wamid.as_deref(), "{name}");
    assert_eq!(shown["context"]["forwarded"].as_bool().unwrap_or_default(), context.forwarded, "{name}");
    let product = &shown["context"]["referred_product"];
    assert_eq!(product["product_retailer_id"].as_str(), context.product_retailer_id.as_deref(), "{name}");
    let raw: Value = serde_json::from_str(atom.part.get()).unwrap();
    assert_eq!(shown["referral"], raw["referral"], "{name}");
    if let Some(word) = raw["history_context"]["status"].as_str() {
        assert_eq!(shown["status"], word.to_lowercase(), "{name}");
    }
    assert_eq!(shown["errors"].as_array().unwrap().len(), message.errors.len(), "{name}");
}

/// No function has written of a warning or an error.
fn no_errors(world: &World) {
    for function in world.stack.template().functions.keys() {
        let lines = world.stack.lambda().output(function);
        let bad: Vec<&String> = lines.iter().filter(|line| line.contains("ERROR") || line.contains("WARN")).collect();
        assert!(bad.is_empty(), "{function}: {bad:#?}");
    }
}
