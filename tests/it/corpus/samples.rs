//! Every real webhook of the folder that `WHATSAPP_CORPUS` names, through the real path. What each must come to is told
//! by the readers of `whatsapp`, not by the functions under test.
use std::fs;
use std::path::PathBuf;

use futures::future::join_all;
use serde_json::{Value, json};
use simulator::Verbatim;
use whatsapp::webhook::{Atom, Contact, Content, Kind, Message, News, Status, split};

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
        Kind::Message => {
            let message = Message::read(atom.part).unwrap();
            let people = people(atom, &message);
            if message.group_id.is_none() && !people.is_empty() {
                return check_message(name, &message, &people, messages);
            }
            "webhook.kept"
        }
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
        Kind::Echo
        | Kind::History
        | Kind::ContactSync
        | Kind::UserPreference
        | Kind::Call
        | Kind::Group
        | Kind::Standby
        | Kind::Handover
        | Kind::Foreign
        | Kind::Unknown => "webhook.kept",
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

/// Every id under which the message says who wrote it.
fn people(atom: &Atom<'_>, message: &Message) -> Vec<String> {
    let mut people = match &message.content {
        Content::System(system) => vec![system.previous.clone(), system.current.clone()],
        _ => vec![message.from.clone()],
    };
    people.extend(atom.contact.map(|contact| Contact::read(contact).unwrap().person));
    people.into_iter().flat_map(|person| [person.wa_id, person.user_id]).flatten().collect()
}

fn check_message(name: &str, message: &Message, people: &[String], messages: &[Value]) {
    // The numbers of the sample are its own, so all their threads are; its people are not: samples share them, and
    // contradict each other about who has which ids. Whose a message is, is tested in `identity`.
    // A sample of placeholders has two messages of one wamid; it and Meta's time are what tells messages apart.
    let at = message.at.map(|at| at.to_string());
    let is_it =
        |shown: &&Value| shown["wamid"] == message.wamid.as_str() && at.as_ref().is_none_or(|at| shown["at"] == *at);
    let found: Vec<&Value> = messages.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{name}: {} of {people:?} is there once", message.wamid);
    let shown = found[0];
    let kind = if message.kind.is_empty() { "unknown" } else { &message.kind };
    assert_eq!((&shown["type"], &shown["direction"]), (&json!(kind), &json!("inbound")), "{name}");
    assert_eq!(shown.get(kind).unwrap_or(&Value::Null), &message.payload, "{name}");
    let quoted = message.context.as_ref().and_then(|context| context.wamid.as_deref());
    assert_eq!(shown["context"]["message_id"].as_str(), quoted, "{name}");
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
