//! A run: draws what is done next, does it alone or beside other things, cuts some of it off, and tells the model what was
//! answered. What was cut off is done again later, and much that was not.
use std::collections::BTreeMap;
use std::time::Duration;

use domain::Time;
use domain::wallet::{Credits, PriceState};
use futures::future::join_all;
use local::aws::{Fault, FaultAction};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use store::{Accepted, Booked, StoreError, Till};
use tests::table::{CALLER, Table};

use super::check;
use super::facts::{Fact, Plan};
use super::model::Model;
use super::tasks::{Done, Settled, Shop, Task};

const TILLS: usize = 4;
/// Steps that go on at the same time, at most.
const AT_ONCE: usize = 8;
/// So many rounds lie between two looks at the table, and so many looks between two at the index of holds.
const ROUNDS_PER_LOOK: usize = 12;
const LOOKS_PER_INDEX: usize = 20;
/// More is not left undone.
const PENDING_MAX: usize = 150;
/// With more than that the run would seldom be short of credit.
const RICH: i64 = 1_500_000;
/// The beginning of 2026: long ago for the table, which forgets by the real clock what was to be kept until then.
const BEGIN: i64 = 1_767_225_600_000;
/// What every run of some length meets.
const MET: [&str; 13] = [
    "crash",
    "accepted",
    "accepted before",
    "short",
    "beyond the hold",
    "without a hold",
    "posted",
    "voided",
    "expired",
    "reversed",
    "booked before",
    "leased",
    "below zero",
];

pub(super) struct Run<'t> {
    table: &'t Table,
    random: StdRng,
    now: Time,
    plans: Vec<Plan>,
    facts: Vec<Fact>,
    tills: Vec<Till>,
    model: Model,
    /// What is to be done, or done again.
    pending: Vec<Task>,
    /// Messages of which something was told.
    unsettled: Vec<usize>,
    followed: Vec<bool>,
    rounds: usize,
    looks: usize,
    /// On the wallet's own row, at the last look.
    available: i64,
    pub(super) operations: usize,
    pub(super) met: BTreeMap<&'static str, usize>,
}

impl Run<'_> {
    pub(super) fn new(table: &Table, seed: u64) -> Run<'_> {
        Run {
            table,
            random: StdRng::seed_from_u64(seed),
            now: Time::from_millis(BEGIN),
            plans: Vec::new(),
            facts: Vec::new(),
            tills: (0..TILLS).map(|number| Till::new(format!("till-{number}"))).collect(),
            model: Model::default(),
            pending: Vec::new(),
            unsettled: Vec::new(),
            followed: Vec::new(),
            rounds: 0,
            looks: 0,
            available: 0,
            operations: 0,
            met: BTreeMap::new(),
        }
    }

    pub(super) fn missing(&self) -> Vec<&'static str> {
        MET.into_iter().filter(|what| !self.met.contains_key(what)).collect()
    }

    fn meet(&mut self, what: &'static str) {
        *self.met.entry(what).or_default() += 1;
    }

    /// One step alone, or some at once, each perhaps cut off.
    pub(super) async fn round(&mut self) {
        let count = if self.random.random_bool(0.4) { 1 } else { self.random.random_range(2..=AT_ONCE) };
        let mut tasks: Vec<Task> = (0..count).map(|_| self.draw()).collect();
        if count > 1 && self.random.random_bool(0.3) {
            tasks.push(tasks[0].clone());
        }
        self.fault();
        self.perform(tasks, true).await;
        self.rounds += 1;
        if self.rounds.is_multiple_of(ROUNDS_PER_LOOK) {
            self.look().await;
        }
        match self.random.random_range(0..1_000) {
            // A process ends, and leaves its purse behind.
            0..10 => {
                let place = self.random.random_range(0..TILLS);
                self.tills[place] = Till::new(format!("till-{place}-{}", self.rounds));
            }
            10..15 => drop(self.table.aws.sweep_expired_items().unwrap()),
            15..35 => self.now = self.now.plus(Duration::from_secs(1_800)),
            _ => self.now = self.now.plus(Duration::from_secs(self.random.random_range(0..60))),
        }
    }

    /// All that is still to be told is told, and what follows from it done.
    pub(super) async fn end(&mut self) {
        while !self.pending.is_empty() || !self.unsettled.is_empty() {
            let mut tasks: Vec<Task> = Vec::new();
            while tasks.len() < AT_ONCE && !self.pending.is_empty() {
                tasks.push(self.pending.swap_remove(0));
            }
            if tasks.is_empty() {
                tasks.push(Task::Settle(self.unsettled.drain(..self.unsettled.len().min(40)).collect()));
            }
            self.perform(tasks, false).await;
        }
        self.look().await;
        check::everything(&self.table.store, &self.model, &self.plans, self.now).await;
    }

    fn fault(&mut self) {
        use FaultAction::{DropAfterExecuting, DropBeforeExecuting, ServerError, Throttle, TransactionConflict};
        if self.random.random_bool(0.7) {
            return;
        }
        let actions =
            [DropBeforeExecuting, DropAfterExecuting, DropAfterExecuting, ServerError, Throttle, TransactionConflict];
        let action = *actions.choose(&mut self.random).unwrap();
        let mut fault = Fault::new(CALLER, action).nth(self.random.random_range(1..=4));
        if action == TransactionConflict || self.random.random_bool(0.5) {
            fault = fault.on("TransactWriteItems").nth(self.random.random_range(1..=2));
        }
        if action == TransactionConflict {
            fault = fault.times(*[1, 2, 3, 100].choose(&mut self.random).unwrap());
        }
        self.table.aws.faults().add(fault);
    }

    fn draw(&mut self) -> Task {
        let is_old = self.pending.len() + self.unsettled.len() > PENDING_MAX || self.random.random_bool(0.7);
        if is_old && !self.unsettled.is_empty() && (self.pending.is_empty() || self.random.random_bool(0.3)) {
            return self.settle();
        }
        if is_old && !self.pending.is_empty() {
            let place = self.random.random_range(0..self.pending.len());
            return self.pending.swap_remove(place);
        }
        match self.random.random_range(0..100) {
            0..70 => self.request(),
            70..84 => self.tell(),
            84..90 => Task::Expire,
            90..97 => Task::Return { all: false },
            _ => Task::Return { all: true },
        }
    }

    fn request(&mut self) -> Task {
        let count = *[0, 0, 1, 1, 2, 3, 4, 5].choose(&mut self.random).unwrap();
        let first = self.plans.len();
        for _ in 0..count.max(1) {
            let plan = Plan::draw(&mut self.random, count > 0, self.now);
            self.model.plan(&plan);
            self.plans.push(plan);
            self.followed.push(false);
        }
        if count == 0 {
            return Task::Queue(first);
        }
        Task::Accept { till: self.random.random_range(0..TILLS), plans: (first..self.plans.len()).collect() }
    }

    /// Some of what moves money by itself; often with something that was told before.
    fn tell(&mut self) -> Task {
        let first = self.facts.len();
        for _ in 0..self.random.random_range(1..=4) {
            let fact = Fact::draw(&mut self.random, &self.facts, self.model.available() > RICH, self.now);
            self.model.fact(&fact);
            self.facts.push(fact);
        }
        let mut facts: Vec<usize> = (first..self.facts.len()).collect();
        if self.random.random_bool(0.4) {
            facts.push(self.random.random_range(0..self.facts.len()));
        }
        Task::Book(facts)
    }

    fn settle(&mut self) -> Task {
        let count = self.random.random_range(1..=30).min(self.unsettled.len());
        let mut plans: Vec<usize> = (0..count)
            .map(|_| {
                let place = self.random.random_range(0..self.unsettled.len());
                self.unsettled.swap_remove(place)
            })
            .collect();
        // The queue may deliver twice within one batch.
        if self.random.random_bool(0.2) {
            plans.push(plans[0]);
        }
        Task::Settle(plans)
    }

    async fn perform(&mut self, tasks: Vec<Task>, repeats: bool) {
        tasks.iter().for_each(|task| self.ask(task));
        let shop = Shop { store: &self.table.store, plans: &self.plans, facts: &self.facts, tills: &self.tills };
        // Clocks differ.
        let times: Vec<Time> =
            tasks.iter().map(|_| self.now.plus(Duration::from_secs(self.random.random_range(0..3)))).collect();
        let steps = tasks.iter().zip(times).map(|(task, now)| shop.perform(task, now));
        let outcomes = join_all(steps).await;
        self.table.aws.faults().clear();
        self.operations += tasks.iter().map(Task::operations).sum::<usize>();
        let is_alone = tasks.len() == 1;
        for (task, outcome) in tasks.into_iter().zip(outcomes) {
            match outcome {
                Err(error) => {
                    self.doubt(&task, &error);
                    self.pending.push(task);
                }
                Ok(done) => {
                    self.learn(&task, done, is_alone).await;
                    if repeats && self.random.random_bool(0.1) {
                        self.pending.push(task);
                    }
                }
            }
        }
    }

    /// What may be in the table from now on.
    fn ask(&mut self, task: &Task) {
        match task {
            Task::Book(facts) => {
                facts.iter().for_each(|fact| self.model.ask(&self.facts[*fact].reference));
            }
            Task::Report { plan, report } => {
                let report = &self.plans[*plan].reports[*report];
                self.model.bills[*plan].hear(&report.status, report.pricing.as_ref());
            }
            _ => {}
        }
    }

    /// The step ended without an answer.
    fn doubt(&mut self, task: &Task, error: &StoreError) {
        assert!(!matches!(error, StoreError::Refused { .. } | StoreError::Row { .. }), "{task:?}: {error:?}");
        self.meet("crash");
        match task {
            Task::Accept { plans, .. } | Task::Settle(plans) => {
                plans.iter().for_each(|plan| self.model.bills[*plan].is_doubtful = true);
            }
            Task::Queue(plan) => self.model.bills[*plan].is_doubtful = true,
            Task::Expire => {
                let open = self.model.bills.iter_mut().filter(|bill| bill.is_open);
                open.for_each(|bill| bill.is_doubtful = true);
            }
            Task::Sent(_) | Task::Cancel(_) | Task::Report { .. } | Task::Book(_) | Task::Return { .. } => {}
        }
    }

    async fn learn(&mut self, task: &Task, done: Done, is_alone: bool) {
        match (task, done) {
            (Task::Accept { plans, .. }, Done::Accepted(accepted)) => self.accepted(plans, accepted, is_alone).await,
            (Task::Queue(plan), _) => {
                self.model.bills[*plan].is_there = true;
                self.follow(*plan);
            }
            (Task::Sent(plan), _) => {
                if self.plans[*plan].sending == super::facts::Sending::Cancelled {
                    self.pending.push(Task::Cancel(*plan));
                }
                self.unsettled.push(*plan);
            }
            (Task::Cancel(plan) | Task::Report { plan, .. }, _) => self.unsettled.push(*plan),
            (_, Done::Settled(all)) => all.into_iter().for_each(|settled| self.settled(&settled)),
            (Task::Book(facts), Done::Booked(outcomes)) => {
                assert_eq!(facts.len(), outcomes.len());
                for (fact, booked) in facts.iter().zip(outcomes) {
                    match booked {
                        Booked::Now(Some(_)) => self.meet("booked"),
                        Booked::Before => self.meet("booked before"),
                        odd => panic!("{odd:?}"),
                    }
                    self.model.is_booked(&self.facts[*fact].reference);
                }
            }
            (_, Done::Otherwise) => {}
            odd => panic!("{odd:?}"),
        }
    }

    async fn accepted(&mut self, plans: &[usize], accepted: Accepted, is_alone: bool) {
        match accepted {
            Accepted::New => {
                self.meet("accepted");
                for plan in plans {
                    let bill = &mut self.model.bills[*plan];
                    assert!(!bill.is_there, "accepted twice: {bill:?}");
                    (bill.is_there, bill.is_open, bill.is_doubtful) = (true, true, false);
                }
            }
            Accepted::Before => {
                self.meet("accepted before");
                let new = plans.iter().filter(|plan| !self.model.bills[**plan].is_there).copied().collect::<Vec<_>>();
                new.into_iter().for_each(|plan| self.model.bills[plan].is_doubtful = true);
            }
            Accepted::Short { credits } => {
                self.meet("short");
                if is_alone {
                    self.is_short(plans, credits.as_ref()).await;
                }
                return;
            }
        }
        plans.iter().for_each(|plan| self.follow(*plan));
    }

    /// Nobody else was there: it must be true, and the amounts too.
    async fn is_short(&mut self, plans: &[usize], credits: Option<&Credits>) {
        self.look().await;
        let wanted: i64 = plans.iter().map(|plan| self.model.bills[*plan].held).sum();
        assert!(plans.iter().all(|plan| !self.model.bills[*plan].is_there), "refused what is there");
        assert!(self.model.available() < wanted, "refused {wanted} though there is {}", self.model.available());
        let told = credits.map_or(0, |credits| credits.available().unwrap().get());
        assert_eq!(told, self.model.available(), "{credits:?}");
    }

    /// What will be told of a message that is there.
    fn follow(&mut self, plan: usize) {
        if std::mem::replace(&mut self.followed[plan], true) {
            return;
        }
        self.pending.push(Task::Sent(plan));
        for report in 0..self.plans[plan].reports.len() {
            let times = if self.random.random_bool(0.2) { 2 } else { 1 };
            self.pending.extend(vec![Task::Report { plan, report }; times]);
        }
    }

    fn settled(&mut self, settled: &Settled) {
        let Settled { message, freed, to, booked } = settled;
        let bill = self.model.bill(message.id.as_str());
        let charged = match booked {
            Booked::Now(entry) => entry.as_ref().map(|entry| -entry.line.amount.get()),
            Booked::Before => {
                bill.is_doubtful = true;
                return self.meet("settled before");
            }
            odd => panic!("{odd:?}"),
        };
        bill.free(*freed, charged.filter(|_| *to == PriceState::Posted));
        let was = message.price.as_ref().map(|price| price.state);
        match (to, was) {
            (PriceState::Posted, None) => self.meet("without a hold"),
            (PriceState::Posted, Some(PriceState::Expired)) => self.meet("after expiry"),
            (PriceState::Posted, _) if charged > Some(*freed) => self.meet("beyond the hold"),
            _ => {}
        }
        self.meet(to.word());
    }

    async fn look(&mut self) {
        let Table { store, .. } = self.table;
        let found = check::look(store, &mut self.model, &self.plans, self.available).await;
        self.looks += 1;
        if self.looks.is_multiple_of(LOOKS_PER_INDEX) {
            check::holds(store, &self.model, &self.plans).await;
        }
        let Some((wallet, leased)) = found else { return };
        self.available = wallet.available.get();
        if leased > 0 {
            self.meet("leased");
        }
        if self.available < 0 {
            self.meet("below zero");
        }
    }
}
