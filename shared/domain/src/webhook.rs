//! Outgoing webhooks: who is told which events, and when telling them is given up.
//!
//! Guarantee: a webhook is never told of itself, so that what goes wrong with it makes no more of it.
use std::time::Duration;

use crate::Time;
use crate::contact::{Contact, ContactKind};
use crate::conversation::Conversation;
use crate::event::{Event, EventKind};
use crate::ids::{ChannelId, SecretId, WebhookId};
use crate::message::Direction;

mod delivery;
mod replay;
#[cfg(test)]
mod tests;

pub use delivery::{Attempt, Begin, Delivery, DeliveryState, Lease, Outcome, TRIES_MAX};
pub use replay::{Replay, ReplayState};

/// How many webhooks there may be: all of them are read for each batch of events.
pub const WEBHOOKS_MAX: usize = 50;
/// How long a secret is still signed with once another one has taken its place.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// How many of those there are at most: what each request is signed with has to be read.
const PREVIOUS_MAX: usize = 5;
/// How long events are kept that may be delivered again.
pub const EVENTS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// A webhook that answered nothing but failures for so long gets no more.
pub const FAILING_MAX: Duration = Duration::from_secs(5 * 24 * 3600);

crate::words! {
    pub enum WebhookState {
        Active = "active",
        Paused = "paused",
    }
}

crate::words! {
    pub enum PauseReason {
        /// Somebody asked for it.
        Asked = "asked",
        /// It answered 410 Gone.
        Gone = "gone",
        /// It failed for days.
        Failing = "failing",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub reason: PauseReason,
    pub at: Time,
}

/// Which types of events: one, all of a family (`message.*`), or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Only of events that there are.
    pub fn parse(text: &str) -> Option<Pattern> {
        let pattern = Pattern(text.to_owned());
        EventKind::ALL.iter().any(|kind| pattern.covers(*kind)).then_some(pattern)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn covers(&self, kind: EventKind) -> bool {
        match self.0.strip_suffix('*') {
            Some("") => true,
            Some(family) => family.ends_with('.') && kind.word().starts_with(family),
            None => self.0 == kind.word(),
        }
    }
}

/// An event that does not say what a filter asks for does not pass it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub channel: Option<ChannelId>,
    /// Of the message that an event is about.
    pub direction: Option<Direction>,
    /// What the contact of an event is when it is delivered.
    pub contact_kind: Option<ContactKind>,
    /// Which the contact of an event has when it is delivered.
    pub tag: Option<String>,
    /// Which the conversation of an event has when it is delivered.
    pub label: Option<String>,
}

impl Filter {
    pub fn asks_of_contact(&self) -> bool {
        self.contact_kind.is_some() || self.tag.is_some()
    }

    pub fn asks_of_conversation(&self) -> bool {
        self.label.is_some()
    }

    pub fn takes_contact(&self, contact: &Contact) -> bool {
        self.contact_kind.is_none_or(|kind| contact.kind == kind)
            && self.tag.as_ref().is_none_or(|tag| contact.tags.contains(tag))
    }

    pub fn takes_conversation(&self, conversation: &Conversation) -> bool {
        self.label.as_ref().is_none_or(|label| conversation.labels.contains(label))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    pub description: Option<String>,
    pub events: Vec<Pattern>,
    pub filter: Filter,
    pub paused: Option<Pause>,
    /// What its requests are signed with.
    pub secret: SecretId,
    /// What they are signed with too, each until then, the latest first.
    pub previous: Vec<(SecretId, Time)>,
    /// Since when it has answered nothing but failures.
    pub failing_since: Option<Time>,
    pub created_at: Time,
    pub revision: u32,
}

impl Webhook {
    pub fn state(&self) -> WebhookState {
        if self.paused.is_some() { WebhookState::Paused } else { WebhookState::Active }
    }

    /// Whether it is to be told of an event now, as far as the event itself says.
    pub fn wants(&self, event: &Event) -> bool {
        self.paused.is_none() && self.takes(event)
    }

    /// Whether its log is to have an event: what it is told, and while it is paused, for as long as events are kept, what no
    /// journal has, so that a replay finds it.
    pub fn logs(&self, event: &Event) -> bool {
        let is_kept = |pause: Pause| event.kind.is_passing() && event.at < pause.at.plus(EVENTS_KEPT);
        self.takes(event) && self.paused.is_none_or(is_kept)
    }

    fn takes(&self, event: &Event) -> bool {
        let direction = event.data.get("direction").and_then(serde_json::Value::as_str);
        let is_of_itself = event.data.get("webhook_id").and_then(serde_json::Value::as_str) == Some(self.id.as_str());
        !is_of_itself
            && self.events.iter().any(|pattern| pattern.covers(event.kind))
            && self.filter.channel.as_ref().is_none_or(|channel| event.channel_id.as_ref() == Some(channel))
            && self.filter.direction.is_none_or(|wanted| direction == Some(wanted.word()))
            && (!self.filter.asks_of_contact() || event.contact_id.is_some())
            && (!self.filter.asks_of_conversation() || event.conversation_id.is_some())
    }

    /// The secrets to sign with at a time, the newest first.
    pub fn secrets(&self, now: Time) -> Vec<&SecretId> {
        let previous = self.previous.iter().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        std::iter::once(&self.secret).chain(previous).collect()
    }

    /// With another secret. Each before it is good for a while from when its place was taken, however often that is: of who asks
    /// anew because an answer was lost, the receiver still goes by the first. Those that are not good any more are given back.
    pub fn rotated(&self, secret: SecretId, now: Time) -> (Webhook, Vec<SecretId>) {
        let before = (self.secret.clone(), now.plus(OVERLAP));
        let all = std::iter::once(before).chain(self.previous.iter().cloned());
        let (mut previous, mut dropped): (Vec<_>, Vec<_>) = all.partition(|(_, until)| now < *until);
        if previous.len() > PREVIOUS_MAX {
            // A receiver has one of the latest, or none of these answers and the oldest: the one beside that goes.
            dropped.push(previous.remove(PREVIOUS_MAX - 1));
        }
        let dropped = dropped.into_iter().map(|(secret, _)| secret).collect();
        (Webhook { secret, previous, ..self.next() }, dropped)
    }

    #[must_use]
    pub fn paused(&self, reason: PauseReason, at: Time) -> Webhook {
        Webhook { paused: Some(Pause { reason, at }), ..self.next() }
    }

    #[must_use]
    pub fn resumed(&self) -> Webhook {
        Webhook { paused: None, failing_since: None, ..self.next() }
    }

    /// What an answer means for the webhook as a whole; `None` if nothing that is worth a write.
    pub fn after(&self, outcome: Outcome, now: Time) -> Option<Webhook> {
        match outcome {
            Outcome::Delivered => self.failing_since.map(|_| Webhook { failing_since: None, ..self.next() }),
            Outcome::Gone => self.paused.is_none().then(|| self.paused(PauseReason::Gone, now)),
            Outcome::Again { .. } | Outcome::Failed => match self.failing_since {
                None => Some(Webhook { failing_since: Some(now), ..self.next() }),
                Some(since) if self.paused.is_none() && since.plus(FAILING_MAX) <= now => {
                    Some(self.paused(PauseReason::Failing, now))
                }
                Some(_) => None,
            },
        }
    }

    /// The same, to be written in its place.
    #[must_use]
    pub fn next(&self) -> Webhook {
        Webhook { revision: self.revision.saturating_add(1), ..self.clone() }
    }
}
