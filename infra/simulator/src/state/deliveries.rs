//! Webhooks on their way: what each holds, when it is due, and how every attempt to deliver it went.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::State;
use crate::clock;
use crate::config::Retry;
use crate::webhook::payload::{self, Shape};

/// One change that Meta would tell, before it is put into a body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Update {
    pub(crate) entry_id: String,
    /// Unix seconds; account-level fields have it.
    pub(crate) entry_time: Option<i64>,
    pub(crate) field: String,
    pub(crate) value: Value,
}

/// One webhook body and its attempts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    pub id: u64,
    /// The exact body, ASCII as Meta writes it.
    pub body: String,
    pub state: DeliveryState,
    /// Unix milliseconds from which the next attempt may be made.
    pub due_ms: i64,
    pub attempts: Vec<Attempt>,
    /// What the body was made of, while it may still be put together with others.
    pub(crate) updates: Vec<Update>,
    /// Who tells it.
    #[serde(default)]
    pub peer: Peer,
    /// The delivery that has to be tried before this one is.
    #[serde(default)]
    pub(crate) after: Option<u64>,
}

/// Each has a webhook of its own, and signs in its own way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    #[default]
    Meta,
    Stripe,
}

impl Peer {
    /// Whether an answer of this status ends the repetitions.
    fn is_content(self, status: Option<u16>) -> bool {
        match self {
            Peer::Meta => status == Some(200),
            Peer::Stripe => status.is_some_and(|status| (200..300).contains(&status)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Waiting,
    /// Answered as its peer wants it.
    Delivered,
    /// Every attempt failed.
    GivenUp,
}

/// One POST to the webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Unix milliseconds at which it began.
    pub at_ms: i64,
    pub duration_ms: u64,
    /// HTTP status of the answer; absent when none came.
    pub status: Option<u16>,
    pub error: Option<String>,
    /// Beginning of the answer's body.
    pub answer: String,
}

/// What a delivery's task does next.
pub(crate) enum Step {
    Post {
        uri: http::Uri,
        body: String,
        peer: Peer,
    },
    /// Not before this time (unix milliseconds); without one, not before something changes.
    Wait(Option<i64>),
    Done,
}

impl Delivery {
    fn new(id: u64, body: String, due_ms: i64, peer: Peer) -> Self {
        let (state, attempts, updates) = (DeliveryState::Waiting, Vec::new(), Vec::new());
        Self { id, body, state, due_ms, attempts, updates, peer, after: None }
    }

    pub(crate) fn is_finished(&self) -> bool {
        match self.state {
            DeliveryState::Waiting => false,
            DeliveryState::Delivered | DeliveryState::GivenUp => true,
        }
    }
}

impl State {
    /// Puts updates on their way as one body, and takes note of what customers say in them.
    pub(crate) fn enqueue(&mut self, updates: Vec<Update>, due_ms: i64, shape: Shape) -> u64 {
        for update in updates.iter().filter(|update| update.field == "messages") {
            self.observe(&update.value);
        }
        self.add_delivery(updates, due_ms, shape)
    }

    fn add_delivery(&mut self, updates: Vec<Update>, due_ms: i64, shape: Shape) -> u64 {
        let id = self.next_id();
        let body = payload::body(&updates, shape);
        self.insert(Delivery { updates, ..Delivery::new(id, body, due_ms, Peer::Meta) })
    }

    /// Puts one of Stripe's events on its way.
    pub(crate) fn add_event(&mut self, body: String, due_ms: i64) -> u64 {
        let id = self.next_id();
        self.insert(Delivery::new(id, body, due_ms, Peer::Stripe))
    }

    fn insert(&mut self, delivery: Delivery) -> u64 {
        let id = delivery.id;
        self.deliveries.insert(id, delivery);
        id
    }

    /// Keeps the record of a body that was posted outside the queue.
    pub(crate) fn add_finished(&mut self, body: String, attempts: Vec<Attempt>) {
        let delivered = attempts.iter().any(|attempt| attempt.status == Some(200));
        let state = if delivered { DeliveryState::Delivered } else { DeliveryState::GivenUp };
        let (id, due_ms) = (self.next_id(), clock::now_ms());
        self.insert(Delivery { state, attempts, ..Delivery::new(id, body, due_ms, Peer::Meta) });
    }

    pub(crate) fn next_step(&self, id: u64) -> Step {
        let Some(delivery) = self.deliveries.get(&id).filter(|delivery| !delivery.is_finished()) else {
            return Step::Done;
        };
        let peer = delivery.peer;
        let (webhook, paused) = match peer {
            Peer::Meta => (&self.webhook, self.paused),
            Peer::Stripe => (&self.stripe.endpoint, self.stripe.paused),
        };
        let before = delivery.after.and_then(|before| self.deliveries.get(&before));
        match webhook {
            None => Step::Wait(None),
            Some(_) if paused => Step::Wait(None),
            Some(_) if before.is_some_and(|before| before.attempts.is_empty()) => Step::Wait(None),
            Some(_) if delivery.due_ms > clock::now_ms() => Step::Wait(Some(delivery.due_ms)),
            Some(uri) => Step::Post { uri: uri.clone(), body: delivery.body.clone(), peer },
        }
    }

    /// Takes note of an attempt, and of when the next one is due.
    pub(crate) fn record_attempt(&mut self, id: u64, attempt: Attempt, retry: &Retry) {
        let Some(delivery) = self.deliveries.get_mut(&id) else {
            return;
        };
        let delivered = delivery.peer.is_content(attempt.status);
        delivery.attempts.push(attempt);
        delivery.updates.clear();
        let failed = delivery.attempts.len();
        if delivered {
            delivery.state = DeliveryState::Delivered;
        } else if u32::try_from(failed).is_ok_and(|failed| failed < retry.attempts) {
            let pause = i64::try_from(retry.pause(failed).as_millis()).unwrap_or(i64::MAX);
            delivery.due_ms = clock::now_ms().saturating_add(pause);
        } else {
            delivery.state = DeliveryState::GivenUp;
        }
    }

    /// Puts everything that is due and was never tried into bodies of up to `size` updates. Returns the new deliveries.
    pub(crate) fn merge_due(&mut self, size: usize, shape: Shape) -> Vec<u64> {
        let now = clock::now_ms();
        let held: Vec<u64> = (self.deliveries.values())
            .filter(|one| !one.is_finished() && one.attempts.is_empty() && one.due_ms <= now && !one.updates.is_empty())
            .map(|one| one.id)
            .collect();
        let updates: Vec<Update> =
            held.iter().filter_map(|id| self.deliveries.remove(id)).flat_map(|one| one.updates).collect();
        updates.chunks(size.max(1)).map(|chunk| self.add_delivery(chunk.to_vec(), now, shape)).collect()
    }

    /// Deliveries that are neither done nor given up, late ones included.
    pub(crate) fn pending(&self) -> usize {
        self.deliveries.values().filter(|delivery| !delivery.is_finished()).count()
    }
}
