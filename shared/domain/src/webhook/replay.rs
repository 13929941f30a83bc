//! A job that delivers the kept events of a time again, with their own ids.
use crate::Time;
use crate::event::Event;
use crate::ids::{EventId, ReplayId, WebhookId};
use crate::webhook::{Pattern, Webhook};

crate::words! {
    pub enum ReplayState {
        Running = "running",
        Done = "done",
        /// The webhook was paused or deleted.
        Cancelled = "cancelled",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    pub id: ReplayId,
    pub webhook_id: WebhookId,
    /// Events from then on, to before the other.
    pub from: Time,
    pub to: Time,
    /// Which of those that the webhook takes; none for all of them.
    pub types: Vec<Pattern>,
    pub state: ReplayState,
    /// Past the journal, and among what the webhook's log alone has.
    pub is_in_log: bool,
    /// How far it is there: the last event that was looked at.
    pub last: Option<(Time, EventId)>,
    pub looked_at: u64,
    pub asked_for: u64,
    pub requested_at: Time,
    pub settled_at: Option<Time>,
    pub revision: u32,
}

impl Replay {
    pub fn wants(&self, webhook: &Webhook, event: &Event) -> bool {
        let is_named = self.types.is_empty() || self.types.iter().any(|pattern| pattern.covers(event.kind));
        is_named && event.kind.is_passing() == self.is_in_log && webhook.wants(event)
    }

    /// After a page of the journal or the log, of which some were asked for; one without events is the last of each.
    #[must_use]
    pub fn after(&self, page: &[Event], asked_for: u64, now: Time) -> Replay {
        let last = page.last().map(|event| (event.at, event.id.clone()));
        let is_done = last.is_none() && self.is_in_log;
        Replay {
            state: if is_done { ReplayState::Done } else { self.state },
            is_in_log: self.is_in_log || last.is_none(),
            last,
            looked_at: self.looked_at.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX)),
            asked_for: self.asked_for.saturating_add(asked_for),
            settled_at: is_done.then_some(now),
            revision: self.revision.saturating_add(1),
            ..self.clone()
        }
    }

    #[must_use]
    pub fn cancelled(&self, now: Time) -> Replay {
        let revision = self.revision.saturating_add(1);
        Replay { state: ReplayState::Cancelled, settled_at: Some(now), revision, ..self.clone() }
    }
}
