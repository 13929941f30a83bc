//! Random outages of the account: the token is revoked and replaced, the account banned and reinstated, Meta's limits hit,
//! functions killed, all drawn from one seed. What was taken arrives once, in order, or is in doubt where something of ours
//! broke; nothing is lost and nothing doubled.
use std::collections::BTreeSet;

use local::aws::{Fault, FaultAction};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng, random};
use serde_json::{Value, json};
use simulator::FaultOrder;

use super::{Seed, number as variable};
use crate::truth::people::number;
use crate::world::World;
use crate::world::webhooks::now;

const OPERATIONS: usize = 100;
const PEOPLE: usize = 4;
const FUNCTIONS: &[&str] = &["MessageSendFunction", "DueTasksFunction", "EventRelayFunction"];
const MISHAPS: &[FaultAction] = &[
    FaultAction::Throttle,
    FaultAction::ServerError,
    FaultAction::DropAfterExecuting,
    FaultAction::KillBeforeExecuting,
    FaultAction::KillAfterExecuting,
];

struct Outages<'w> {
    world: &'w World,
    random: StdRng,
    conversations: Vec<Value>,
    /// What the API took, by person, in order: text and id.
    taken: Vec<Vec<(String, Value)>>,
    token: String,
    tokens: usize,
    is_banned: bool,
    /// Meta's time of the next word about the account.
    told_at: i64,
}

#[tokio::test(flavor = "multi_thread")]
async fn after_random_outages_everything_has_arrived_once_and_in_order() {
    let seed = Seed(variable("CASEMENT_SEED").unwrap_or_else(random));
    let world = World::hasty().await;
    let mut conversations = Vec::new();
    for person in 0..PEOPLE {
        conversations.push(world.met(&number(person)).await);
    }
    let token = world.simulator().config().access_token.clone();
    let mut outages = Outages {
        world: &world,
        random: StdRng::seed_from_u64(seed.0),
        conversations,
        taken: vec![Vec::new(); PEOPLE],
        token,
        tokens: 0,
        is_banned: false,
        told_at: now() - 10_000,
    };
    for _ in 0..OPERATIONS {
        outages.operation().await;
    }
    outages.all_is_put_right().await;
    outages.check().await;
}

impl Outages<'_> {
    async fn operation(&mut self) {
        match self.random.random_range(0..20) {
            0..=9 => self.an_agent_writes().await,
            10 => {
                self.tokens += 1;
                self.token = format!("EAA{}", self.tokens);
                self.world.revoke_token(&self.token);
            }
            11 | 12 => self.world.store_token(&self.token),
            13 => self.ban(true).await,
            14 => self.ban(false).await,
            15 => {
                // Five bad tries of one message would rightly end it.
                self.world.simulator().clear_faults();
                let code = *[130_429, 131_056, 131_016].choose(&mut self.random).unwrap();
                let order = FaultOrder::from(simulator::Fault::error(code)).times(self.random.random_range(1..=2));
                self.world.simulator().add_fault(order.for_recipient(number(self.random.random_range(0..PEOPLE))));
            }
            16 => {
                let faults = self.world.stack.aws().faults();
                faults.clear();
                let (function, action) =
                    (*FUNCTIONS.choose(&mut self.random).unwrap(), *MISHAPS.choose(&mut self.random).unwrap());
                faults.add(Fault::new(function, action).nth(self.random.random_range(1..=12)));
            }
            17 => self.a_minute_passes().await,
            18 => self.somebody_asks_to_resume().await,
            _ => self.world.settle().await,
        }
    }

    async fn an_agent_writes(&mut self) {
        let person = self.random.random_range(0..PEOPLE);
        let text = format!("{:03}", self.taken[person].len());
        let answer = self.world.reply(&self.conversations[person], &text).await;
        if self.is_banned {
            assert_eq!(answer.status, 422, "{}", answer.body);
        } else {
            assert_eq!(answer.status, 202, "{}", answer.body);
            self.taken[person].push((text, answer.body["id"].clone()));
        }
    }

    async fn ban(&mut self, is_banned: bool) {
        self.told_at += 1;
        self.world.ban(self.told_at, if is_banned { "DISABLE" } else { "REINSTATE" }).await;
        self.is_banned = is_banned;
    }

    /// What a mishap keeps the run from doing, the next one does.
    async fn a_minute_passes(&mut self) {
        drop(self.world.stack.tick("due-tasks").await);
    }

    async fn somebody_asks_to_resume(&mut self) {
        let path = format!("/v1/channels/{}/resume", self.world.channel().id);
        let answer = self.world.post(&path, json!({})).await;
        assert!(answer.status == 200 || answer.status == 409, "{}", answer.body);
    }

    async fn all_is_put_right(&mut self) {
        self.world.stack.aws().faults().clear();
        self.world.store_token(&self.token);
        self.ban(false).await;
        for _ in 0..20 {
            self.world.settle().await;
            self.somebody_asks_to_resume().await;
            self.world.settle().await;
            self.a_minute_passes().await;
            self.world.settle().await;
            let mut open = 0;
            for (_, id) in self.taken.iter().flatten() {
                open += usize::from(self.world.message(id).await["state"] == "queued");
            }
            if open == 0 {
                return;
            }
        }
        panic!("what was held never goes on");
    }

    async fn check(&self) {
        let accepted = self.world.simulator().accepted();
        for (person, taken) in self.taken.iter().enumerate() {
            let to = format!("+{}", number(person));
            let arrived: Vec<&str> = accepted
                .iter()
                .filter(|send| send.body["to"] == to.as_str())
                .map(|send| send.body["text"]["body"].as_str().unwrap())
                .collect();
            assert!(arrived.is_sorted(), "in order to {to}: {arrived:?}");
            let once: BTreeSet<&&str> = arrived.iter().collect();
            assert_eq!(once.len(), arrived.len(), "none twice to {to}: {arrived:?}");
            for (text, id) in taken {
                let message = self.world.message(id).await;
                let state = if arrived.contains(&text.as_str()) { "accepted" } else { "in_doubt" };
                assert_eq!(message["state"], state, "{text} to {to}: {message}");
            }
        }
    }
}
