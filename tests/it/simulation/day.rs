//! One day: draws what happens next, makes it happen in the world, and tells the model.
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use simulator::Verbatim;

use super::check;
use super::model::{Person, Reply, Written};
use super::weather;
use crate::truth::people::number;
use crate::world::webhooks::{contact, now, text};
use crate::world::{Answer, World};

const DAY: i64 = 24 * 3600;
const PEOPLE: usize = 5;
/// The first of them writes with times of almost a day ago, so that windows close within the run.
const LATECOMER: usize = 0;
/// Nothing is done about a window that closes within so many seconds: nobody could tell what comes first.
const TOO_CLOSE: i64 = 12;
/// A caller asks so often before giving up.
const TRIES_MAX: usize = 12;

/// A webhook, and what it says of whom.
struct Body {
    json: Value,
    written: Vec<(usize, Written)>,
}

pub(super) struct Day<'w> {
    world: &'w World,
    random: StdRng,
    people: Vec<Person>,
    /// Bodies that Meta has delivered, and may deliver again.
    delivered: Vec<Value>,
    /// Bodies that are late: others overtake them.
    late: Vec<Body>,
    counter: i64,
    began: i64,
}

impl Day<'_> {
    pub(super) fn new(world: &World, seed: u64) -> Day<'_> {
        let people = (0..PEOPLE).map(|index| Person::new(number(index))).collect();
        let random = StdRng::seed_from_u64(seed);
        Day { world, random, people, delivered: Vec::new(), late: Vec::new(), counter: 0, began: now() }
    }

    pub(super) async fn operation(&mut self) {
        match self.random.random_range(0..100) {
            0..40 => self.somebody_writes().await,
            40..48 => self.meta_repeats_itself().await,
            48..55 => self.the_late_arrive().await,
            55..73 => self.an_agent_answers().await,
            73..78 => self.an_agent_reads().await,
            78..83 => self.an_agent_closes().await,
            83..95 => self.something_breaks(),
            95..97 => self.windows_are_looked_at().await,
            _ => self.world.settle().await,
        }
    }

    pub(super) async fn end(mut self) {
        self.the_late_arrive().await;
        self.world.stack.aws().faults().clear();
        self.world.settle().await;
        // A window that is about to close does so before it is looked at.
        let soon = self.people.iter().map(|person| person.window_left(now())).filter(|left| *left < 30).max();
        tokio::time::sleep(std::time::Duration::from_secs(soon.unwrap_or_default() as u64 + 1)).await;
        self.world.stack.tick("window-expiry").await.unwrap();
        self.world.settle().await;
        for person in &self.people {
            check::person(self.world, person).await;
        }
        check::nothing_else(self.world, &self.people).await;
        let count = |of: fn(&Person) -> usize| -> usize { self.people.iter().map(of).sum() };
        let (messages, answers) = (count(|person| person.thread.len()), count(|person| person.replies.len()));
        println!("{messages} messages, {answers} answers, {} sends", self.world.sends().len());
    }

    fn anybody(&mut self) -> usize {
        self.random.random_range(0..PEOPLE)
    }

    /// Meta's time of the next message, another one for each.
    fn next_time(&mut self, writer: usize) -> i64 {
        self.counter += 1;
        let almost_a_day_ago = self.began - DAY + 15 + self.counter / 4;
        let is_unclear = (almost_a_day_ago + DAY - now()).abs() <= TOO_CLOSE;
        let is_taken = self.counter % 4 != 0;
        match self.random.random_range(0..20) {
            0 => self.began - 3 * DAY + self.counter,
            _ if writer != LATECOMER => self.began - 3600 + self.counter,
            _ if is_unclear || is_taken => self.began - 2 * DAY + self.counter,
            _ => almost_a_day_ago,
        }
    }

    /// One to three messages of one or two people in a body, which comes now or later.
    async fn somebody_writes(&mut self) {
        let (mut messages, mut written) = (Vec::new(), Vec::new());
        for _ in 0..self.random.random_range(1..=3) {
            let writer = self.anybody();
            let at = self.next_time(writer);
            let (wamid, body) = (format!("wamid.{}", self.counter), format!("message {}", self.counter));
            messages.push(text(&self.people[writer].wa_id, &wamid, at, &body));
            written.push((writer, Written { at, wamid, body }));
        }
        let contacts: Vec<Value> = self.people.iter().map(|person| contact(&person.wa_id, &person.wa_id)).collect();
        let value = self.world.value(json!({"contacts": contacts, "messages": messages}));
        let body = Body { json: self.world.messages_webhook(value), written };
        let is_clear = body.written.iter().all(|(writer, _)| *writer != LATECOMER);
        if is_clear && self.random.random_bool(0.15) {
            self.late.push(body);
        } else {
            let times = [1, 1, 1, 2, 4][self.random.random_range(0..5)];
            self.comes(body, times).await;
        }
    }

    async fn comes(&mut self, body: Body, times: u32) {
        self.tell(body.json, times).await;
        for (writer, written) in body.written {
            self.people[writer].writes(written, now());
        }
    }

    /// Meta comes again until it is told 200.
    async fn tell(&mut self, body: Value, times: u32) {
        for _ in 0..TRIES_MAX {
            let webhook = Verbatim::new(body.clone()).times(times);
            let attempts = self.world.simulator().deliver(webhook).await.unwrap();
            if attempts.iter().any(|attempt| attempt.status == Some(200)) {
                self.delivered.push(body);
                return;
            }
        }
        panic!("the webhook is never taken");
    }

    async fn meta_repeats_itself(&mut self) {
        if self.delivered.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.delivered.len());
        let mut body = self.delivered[index].clone();
        // An entry's time makes the queue take for new what it would know as a duplicate.
        body["entry"][0]["time"] = json!(self.random.random::<u32>());
        self.tell(body, 1).await;
    }

    async fn the_late_arrive(&mut self) {
        for body in std::mem::take(&mut self.late) {
            self.comes(body, 1).await;
        }
    }

    /// What an agent sees is what there is: everything that came before has been applied.
    async fn conversation(&mut self) -> Option<(usize, Value)> {
        self.the_late_arrive().await;
        self.world.settle().await;
        let index = self.anybody();
        let wa_id = self.people[index].wa_id.clone();
        let contacts = self.ask("GET", &format!("/v1/contacts?phone=%2B{wa_id}"), None).await.body;
        let contact = contacts["items"].get(0)?["id"].clone();
        let list = self.ask("GET", "/v1/conversations?limit=100", None).await.body;
        let mut all = list["items"].as_array().unwrap().iter();
        let conversation = all.find(|conversation| conversation["contact_id"] == contact)?;
        Some((index, conversation.clone()))
    }

    /// A caller of the API repeats what was not answered, with the same key.
    async fn ask(&mut self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let key = (method == "POST").then(|| format!("key-{}", self.random.random::<u64>()));
        for _ in 0..TRIES_MAX {
            let answer =
                self.world.call_as(self.world.stack.admin_key(), method, path, body.clone(), key.as_deref()).await;
            if answer.status < 500 {
                return answer;
            }
        }
        panic!("{method} {path} is never answered");
    }

    async fn an_agent_answers(&mut self) {
        let Some((index, conversation)) = self.conversation().await else { return };
        let left = self.people[index].window_left(now());
        if (1..=TOO_CLOSE).contains(&left) {
            return;
        }
        self.counter += 1;
        let body = format!("answer {}", self.counter);
        let (plan, statuses) = weather::statuses(&mut self.random);
        let to = format!("+{}", self.people[index].wa_id);
        let is_troubled = left > 0 && self.random.random_bool(0.3);
        if is_troubled {
            self.world.simulator().add_fault(weather::trouble_at_meta(&mut self.random).for_recipient(to.clone()));
        }
        self.world.simulator().set_default_plan(plan);
        let message = json!({
            "channel_id": conversation["channel_id"], "to": {"contact_id": conversation["contact_id"]},
            "type": "text", "text": {"body": body},
        });
        let answer = self.ask("POST", "/v1/messages", Some(message)).await;
        if left == 0 {
            assert_eq!(answer.status, 422, "the window is closed: {}", answer.body);
            return;
        }
        assert_eq!(answer.status, 202, "{}", answer.body);
        // What was armed may strike message-send before its answer is written.
        let may_be_in_doubt = is_troubled || !self.world.stack.aws().faults().pending().is_empty();
        self.world.settle().await;
        // What did not strike this send must not strike another.
        self.world.simulator().clear_faults();
        let id = answer.body["id"].as_str().unwrap().to_owned();
        self.people[index].is_answered(Reply { id, body, statuses, may_be_in_doubt });
    }

    async fn an_agent_reads(&mut self) {
        let Some((index, conversation)) = self.conversation().await else { return };
        let path = format!("/v1/conversations/{}/read", conversation["id"].as_str().unwrap());
        assert_eq!(self.ask("POST", &path, None).await.status, 200);
        self.people[index].is_read();
    }

    async fn an_agent_closes(&mut self) {
        let Some((index, conversation)) = self.conversation().await else { return };
        let path = format!("/v1/conversations/{}/close", conversation["id"].as_str().unwrap());
        assert_eq!(self.ask("POST", &path, None).await.status, 200);
        self.people[index].is_closed_by_agent();
    }

    /// At most two mishaps wait at a time: five bad tries of one message would rightly end it.
    fn something_breaks(&mut self) {
        let faults = self.world.stack.aws().faults();
        if faults.pending().len() >= 2 {
            faults.clear();
        }
        faults.add(weather::mishap(&mut self.random));
    }

    async fn windows_are_looked_at(&mut self) {
        self.world.stack.tick("window-expiry").await.unwrap();
    }
}
