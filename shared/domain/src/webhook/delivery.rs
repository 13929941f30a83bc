//! What becomes of one event on its way to one webhook.
use std::time::Duration;

use crate::Time;
use crate::event::{Event, EventKind};
use crate::ids::{DeliveryId, WebhookId};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// How long, in seconds, before each further try.
const WAITS: [u64; 9] = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
pub const TRIES_MAX: u32 = 10;
/// No receiver puts us off for longer.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * HOUR);
/// For how long nobody else takes up a try that somebody began.
const LEASE: Duration = Duration::from_secs(60);

crate::words! {
    pub enum DeliveryState {
        /// It is about to be tried.
        Queued = "queued",
        Sending = "sending",
        /// It failed, and is tried again.
        Waiting = "waiting",
        Delivered = "delivered",
        /// All tries failed.
        Failed = "failed",
        /// The webhook was paused or deleted before it was delivered.
        Cancelled = "cancelled",
    }
}

/// What one try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub at: Time,
    pub took_ms: u32,
    /// Of the answer, if there was one.
    pub status: Option<u16>,
    /// The beginning of the answer.
    pub answer: Option<String>,
    /// Why there was none.
    pub problem: Option<String>,
}

/// Who tries at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The task by which the try was begun.
    pub holder: String,
    pub until: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub webhook_id: WebhookId,
    pub event: Event,
    pub state: DeliveryState,
    /// All of them.
    pub tries: u32,
    /// Those since it was last asked for.
    pub tries_in_a_row: u32,
    /// What asked for it last, where that was not the event itself.
    pub asked_by: Option<String>,
    pub lease: Option<Lease>,
    pub next_try_at: Option<Time>,
    pub last: Option<Attempt>,
    pub created_at: Time,
    pub settled_at: Option<Time>,
    pub revision: u32,
}

/// What whoever is handed a delivery does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Nothing is to be done, or not yet.
    Nothing,
    /// Another one may be trying.
    Busy,
    /// Write this, and try.
    Try(Box<Delivery>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// The receiver wants nothing any more.
    Gone,
    Again {
        at: Time,
    },
    Failed,
}

impl Outcome {
    /// `spread`: any number, which decides how far the next try is moved. `retry_after`: the receiver's wish.
    pub fn of(attempt: &Attempt, retry_after: Option<Duration>, tries: u32, now: Time, spread: u8) -> Outcome {
        match attempt.status {
            Some(200..=299) => Outcome::Delivered,
            Some(410) => Outcome::Gone,
            Some(_) | None => {
                let wait = usize::try_from(tries.saturating_sub(1)).ok().and_then(|place| WAITS.get(place));
                let Some(wait) = wait else { return Outcome::Failed };
                // Up to a fifth more, so that what failed together does not come again together.
                let more = wait.saturating_mul(1000).saturating_mul(u64::from(spread)) / (5 * 255);
                let planned = Duration::from_secs(*wait).saturating_add(Duration::from_millis(more));
                let wished = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
                Outcome::Again { at: now.plus(planned.max(wished)) }
            }
        }
    }
}

impl Delivery {
    /// To be tried by whoever is told of it.
    pub fn queued(webhook: &WebhookId, event: Event, asked_by: Option<String>, now: Time) -> Delivery {
        Delivery {
            id: DeliveryId::of(webhook, event.at, &event.id),
            webhook_id: webhook.clone(),
            event,
            state: DeliveryState::Queued,
            tries: 0,
            tries_in_a_row: 0,
            asked_by,
            lease: None,
            next_try_at: None,
            last: None,
            created_at: now,
            settled_at: None,
            revision: 0,
        }
    }

    /// The same task comes again only when its first one is over; another one may find the first at work.
    pub fn begin(&self, holder: &str, now: Time) -> Begin {
        let is_free = match self.state {
            DeliveryState::Delivered | DeliveryState::Failed | DeliveryState::Cancelled => return Begin::Nothing,
            // Whoever looks at what is due wakes it.
            DeliveryState::Waiting => return Begin::Nothing,
            DeliveryState::Queued => true,
            DeliveryState::Sending => {
                self.lease.as_ref().is_none_or(|lease| lease.holder == holder || lease.until <= now)
            }
        };
        if !is_free {
            return Begin::Busy;
        }
        Begin::Try(Box::new(Delivery {
            state: DeliveryState::Sending,
            tries: self.tries.saturating_add(1),
            tries_in_a_row: self.tries_in_a_row.saturating_add(1),
            lease: Some(Lease { holder: holder.to_owned(), until: now.plus(LEASE) }),
            ..self.next()
        }))
    }

    #[must_use]
    pub fn tried(&self, attempt: Attempt, outcome: Outcome, now: Time) -> Delivery {
        let (state, next_try_at) = match outcome {
            Outcome::Delivered => (DeliveryState::Delivered, None),
            Outcome::Gone | Outcome::Failed => (DeliveryState::Failed, None),
            Outcome::Again { at } => (DeliveryState::Waiting, Some(at)),
        };
        let settled_at = next_try_at.is_none().then_some(now);
        Delivery { state, next_try_at, settled_at, last: Some(attempt), lease: None, ..self.next() }
    }

    #[must_use]
    pub fn cancelled(&self, now: Time) -> Delivery {
        let state = DeliveryState::Cancelled;
        Delivery { state, lease: None, next_try_at: None, settled_at: Some(now), ..self.next() }
    }

    /// Its wait is over.
    #[must_use]
    pub fn woken(&self) -> Delivery {
        Delivery { state: DeliveryState::Queued, next_try_at: None, ..self.next() }
    }

    /// Tried anew, with all tries before it; `None` while it is under way, or where `asked_by` did so before.
    pub fn asked_again(&self, asked_by: &str) -> Option<Delivery> {
        let is_under_way = matches!(self.state, DeliveryState::Queued | DeliveryState::Sending);
        if is_under_way || self.asked_by.as_deref() == Some(asked_by) {
            return None;
        }
        let again =
            Delivery { tries_in_a_row: 0, asked_by: Some(asked_by.to_owned()), settled_at: None, ..self.woken() };
        Some(again)
    }

    /// Whether its end is told: never of what tells of webhooks, as that would tell of itself.
    pub fn is_told(&self) -> bool {
        let of_webhooks = [EventKind::WebhookDeliveryFailed, EventKind::WebhookPaused, EventKind::WebhookTested];
        self.state == DeliveryState::Failed && !of_webhooks.contains(&self.event.kind)
    }

    fn next(&self) -> Delivery {
        Delivery { revision: self.revision.saturating_add(1), ..self.clone() }
    }
}
