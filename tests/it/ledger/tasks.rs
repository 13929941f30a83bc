//! What the functions do with the ledger, each as one step that may end anywhere and is then done again from its start.
use domain::Time;
use domain::message::Message;
use domain::money::Micros;
use domain::pricing::{Quote, Told, told};
use domain::wallet::{
    Adjustment, AdjustmentState, Charged, EntryKind, Expiry, Line, Price, PriceState, Verdict, expiry, verdict,
};
use store::{Accepted, Booked, Booking, Outcome, Side, Store, StoreError, Till};

use super::facts::{Fact, Plan, Sending, euro, free, quote};

/// Overdue holds looked at in one go.
const PAGE: usize = 25;

/// Numbers are places in the run's lists.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// A request for messages that may cost something.
    Accept {
        till: usize,
        plans: Vec<usize>,
    },
    /// A request for a message that nobody expects to cost anything.
    Queue(usize),
    /// How the attempt to send it ended.
    Sent(usize),
    Cancel(usize),
    Report {
        plan: usize,
        report: usize,
    },
    Settle(Vec<usize>),
    Expire,
    Book(Vec<usize>),
    /// Purses whose lease is over, or all of them.
    Return {
        all: bool,
    },
}

impl Task {
    /// Each hold, settlement and booking counts.
    pub(super) fn operations(&self) -> usize {
        match self {
            Task::Accept { plans, .. } | Task::Settle(plans) => plans.len(),
            Task::Book(facts) => facts.len(),
            Task::Queue(_)
            | Task::Sent(_)
            | Task::Cancel(_)
            | Task::Report { .. }
            | Task::Expire
            | Task::Return { .. } => 1,
        }
    }
}

#[derive(Debug)]
pub(super) enum Done {
    Accepted(Accepted),
    Settled(Vec<Settled>),
    Booked(Vec<Booked>),
    Otherwise,
}

/// What became of a message's price.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) message: Message,
    pub(super) freed: i64,
    pub(super) to: PriceState,
    pub(super) booked: Booked,
}

/// What a step works with.
pub(super) struct Shop<'a> {
    pub(super) store: &'a Store,
    pub(super) plans: &'a [Plan],
    pub(super) facts: &'a [Fact],
    pub(super) tills: &'a [Till],
}

impl Shop<'_> {
    pub(super) async fn perform(&self, task: &Task, now: Time) -> Result<Done, StoreError> {
        match task {
            Task::Accept { till, plans } => {
                let messages: Vec<Message> = plans.iter().map(|plan| self.plans[*plan].message.clone()).collect();
                return Ok(Done::Accepted(self.tills[*till].accept(self.store, &messages, now).await?));
            }
            Task::Settle(plans) => return self.settle(plans, now).await,
            Task::Expire => return self.expire(now).await,
            Task::Book(facts) => return self.book(facts, now).await,
            Task::Queue(plan) => drop(self.store.message_queue(&self.plans[*plan].message).await?),
            Task::Sent(plan) => {
                let Plan { message, sending, .. } = &self.plans[*plan];
                let outcome = match sending {
                    Sending::Accepted => Outcome::Accepted { wamid: "wamid.X".to_owned() },
                    Sending::Refused => Outcome::Refused {
                        fault: domain::message::Fault { code: 131_026, title: "no".to_owned(), details: None },
                    },
                    Sending::InDoubt | Sending::Cancelled => Outcome::InDoubt,
                };
                self.store.message_settle(&message.id, 1, &outcome).await?;
            }
            Task::Cancel(plan) => drop(self.store.message_resolve(&self.plans[*plan].message.id, 1, false).await?),
            Task::Report { plan, report } => {
                let Plan { message, reports, .. } = &self.plans[*plan];
                self.store.status_insert(&message.id, &reports[*report], "{}").await?;
            }
            Task::Return { all } => drop(self.store.purses_return((!all).then_some(now)).await?),
        }
        Ok(Done::Otherwise)
    }

    async fn settle(&self, plans: &[usize], now: Time) -> Result<Done, StoreError> {
        let mut asked = Vec::new();
        for plan in plans {
            let Some(message) = self.store.message_get(&self.plans[*plan].message.id).await? else { continue };
            if let Some((booking, to)) = booking(&message, now) {
                asked.push((message, booking, to));
            }
        }
        self.make(asked, now).await
    }

    async fn expire(&self, now: Time) -> Result<Done, StoreError> {
        let mut asked = Vec::new();
        for found in self.store.messages_holding(Some(now), PAGE).await? {
            let message = self.store.message_get(&found.id).await?.unwrap();
            match expiry(&message, now) {
                Expiry::Nothing => {}
                Expiry::Extend(until) => drop(self.store.hold_extend(&message, until).await?),
                Expiry::Expire => {
                    let price = message.price.clone().unwrap();
                    let booking = free_hold(&message, &price, PriceState::Expired);
                    asked.push((message, booking, PriceState::Expired));
                }
            }
        }
        self.make(asked, now).await
    }

    async fn make(&self, asked: Vec<(Message, Booking, PriceState)>, now: Time) -> Result<Done, StoreError> {
        let bookings: Vec<Booking> = asked.iter().map(|(_, booking, _)| booking.clone()).collect();
        let outcomes = self.store.book(&euro(), &bookings, now).await?.outcomes;
        assert_eq!(outcomes.len(), asked.len());
        let settled = asked.into_iter().zip(outcomes).map(|((message, booking, to), booked)| Settled {
            message,
            freed: booking.freed.get(),
            to,
            booked,
        });
        Ok(Done::Settled(settled.collect()))
    }

    async fn book(&self, facts: &[usize], now: Time) -> Result<Done, StoreError> {
        let mut bookings = Vec::new();
        for fact in facts.iter().map(|fact| &self.facts[*fact]) {
            let side = match &fact.adjustment {
                None => Side::Once(fact.reference.clone()),
                Some(id) => {
                    self.store.adjustment_create(&adjustment(fact, id.clone(), now)).await?;
                    Side::adjusted(id)
                }
            };
            bookings.push(Booking { line: Some(line(fact)), freed: Micros::ZERO, sides: vec![side], counted: None });
        }
        Ok(Done::Booked(self.store.book(&euro(), &bookings, now).await?.outcomes))
    }
}

fn line(fact: &Fact) -> Line {
    let (amount, reference) = (Micros::new(fact.amount), fact.reference.clone());
    Line { kind: fact.kind, amount, reference, reason: None, by: None, about: None }
}

fn adjustment(fact: &Fact, id: domain::ids::AdjustmentId, now: Time) -> Adjustment {
    Adjustment {
        id,
        amount: Micros::new(fact.amount),
        currency: euro(),
        reason: "by hand".to_owned(),
        requested_by: "key".to_owned(),
        state: AdjustmentState::Requested,
        problem: None,
        requested_at: now,
    }
}

/// The booking that settles a message, and the state that its price comes to.
fn booking(message: &Message, now: Time) -> Option<(Booking, PriceState)> {
    let word = message.pricing().and_then(told);
    let is_charged = word.as_ref().map(|word| matches!(word, Told::Charged { .. }));
    let price = message.price.clone();
    match (verdict(message, is_charged), price, word) {
        (Verdict::Charge, price, Some(Told::Charged { category: Some(category) })) => {
            let to = Price {
                state: PriceState::Posted,
                quote: quote(category.as_str()),
                ..price.clone().unwrap_or_else(|| Price::hold(free("service"), None, now))
            };
            let held = price.as_ref().map_or(Micros::ZERO, |price| price.held);
            let line = charge(message, EntryKind::Charge, to.quote.amount.checked_neg()?, &to.quote);
            let side = Side::Price {
                message: message.id.clone(),
                from: price.as_ref().map(|price| price.state),
                to: Price { held, ..to },
            };
            let freed = price.map_or(Micros::ZERO, |price| price.open());
            Some((Booking { line: Some(line), freed, sides: vec![side], counted: None }, PriceState::Posted))
        }
        (Verdict::Void, Some(price), _) => Some((free_hold(message, &price, PriceState::Voided), PriceState::Voided)),
        (Verdict::Reverse, Some(price), _) => {
            let line = charge(message, EntryKind::Reversal, price.quote.amount, &price.quote);
            let to = Price { state: PriceState::Reversed, ..price };
            let side = Side::Price { message: message.id.clone(), from: Some(PriceState::Posted), to };
            Some((
                Booking { line: Some(line), freed: Micros::ZERO, sides: vec![side], counted: None },
                PriceState::Reversed,
            ))
        }
        (Verdict::Nothing, ..) => None,
        odd => panic!("{odd:?}"),
    }
}

fn free_hold(message: &Message, price: &Price, state: PriceState) -> Booking {
    let to = Price { state, ..price.clone() };
    let side = Side::Price { message: message.id.clone(), from: Some(PriceState::Held), to };
    Booking { line: None, freed: price.open(), sides: vec![side], counted: None }
}

fn charge(message: &Message, kind: EntryKind, amount: Micros, quote: &Quote) -> Line {
    let about = Charged {
        message: message.id.clone(),
        channel: message.channel_id.clone(),
        contact: message.contact_id.clone(),
        wamid: message.wamid().map(str::to_owned),
        template: None,
        agent: None,
        quote: quote.clone(),
    };
    Line { kind, amount, reference: message.id.to_string(), reason: None, by: None, about: Some(about) }
}
