//! What is told to the business's own webhooks: the events of the journal, and facts about messages that are kept nowhere else
//! but in the messages and in the logs of the webhooks that take them. They cost nothing at all while no webhook does.
use std::collections::HashMap;

use domain::Time;
use domain::conversation::Conversation;
use domain::event::{Event, EventKind};
use domain::ids::{ConversationId, EventId, MessageId};
use domain::message::{Direction, Message, Source, State, StatusReport};
use domain::webhook::{Delivery, DeliveryState, Replay, ReplayState, Webhook};
use queue::{Entry, WebhookTask};
use runtime::clock;
use serde_json::{Value, json};

use crate::tell::Telling;
use crate::{Relay, RelayError};

impl Telling {
    /// What a change of a message means to those who follow threads from outside.
    pub(crate) fn passing(&mut self, old: Option<&Message>, new: &Message, at: Time) {
        let is_new = old.is_none();
        let was_accepted = old.is_some_and(|old| old.written_state == State::Accepted);
        let is_accepted = new.written_state == State::Accepted && !was_accepted;
        let (kind, at) = match (new.direction, new.source) {
            (Direction::Inbound, Source::Live) if is_new => (EventKind::MessageReceived, new.at),
            (Direction::Outbound, Source::Echo) if is_new => (EventKind::MessageEchoed, new.at),
            (Direction::Outbound, Source::Live) if is_accepted => (EventKind::MessageAccepted, at),
            (Direction::Inbound | Direction::Outbound, _) => return,
        };
        self.passing.push(Event {
            id: EventId::derive(&[kind.word(), new.id.as_str(), &new.attempt.to_string()]),
            kind,
            at,
            channel_id: Some(new.channel_id.clone()),
            contact_id: Some(new.contact_id.clone()),
            conversation_id: Some(new.conversation_id.clone()),
            data: json!({
                "message_id": new.id.as_str(), "direction": new.direction.word(), "type": new.kind,
                "at": new.at.to_string(),
            }),
        });
    }

    pub(crate) fn status(&mut self, message: &MessageId, report: &StatusReport) {
        let kind = EventKind::of_status(&report.status);
        let participant = report.participant.as_deref().unwrap_or_default();
        let faults: Vec<Value> =
            report.faults.iter().map(|fault| json!({"code": fault.code, "title": fault.title})).collect();
        self.statuses.push(Event {
            id: EventId::derive(&["message.status", message.as_str(), &report.status, participant]),
            kind,
            at: report.at,
            channel_id: None,
            contact_id: None,
            conversation_id: Some(message.conversation()),
            data: json!({
                "message_id": message.as_str(), "direction": Direction::Outbound.word(), "status": report.status,
                "errors": faults,
            }),
        });
    }

    /// `webhook.paused`, for whatever reason.
    pub(crate) fn webhook(&mut self, old: Option<&Webhook>, new: &Webhook) {
        self.webhooks_changed = true;
        let Some(pause) = new.paused.filter(|pause| old.is_none_or(|old| old.paused != Some(*pause))) else { return };
        let kind = EventKind::WebhookPaused;
        self.events.push(Event {
            id: EventId::derive(&[kind.word(), new.id.as_str(), &pause.at.sortable()]),
            kind,
            at: pause.at,
            channel_id: None,
            contact_id: None,
            conversation_id: None,
            data: json!({
                "webhook_id": new.id.as_str(), "description": new.description, "reason": pause.reason.word(),
                "failing_since": new.failing_since.map(|since| since.to_string()),
            }),
        });
    }

    pub(crate) fn delivery(&mut self, old: Option<&Delivery>, new: &Delivery) {
        if old.is_some_and(|old| old.revision == new.revision) {
            return;
        }
        if new.state == DeliveryState::Queued {
            self.hooks.push(WebhookTask::again(&new.id, new.revision).entry());
        }
        if let Some(at) = new.settled_at.filter(|_| new.is_told()) {
            let kind = EventKind::WebhookDeliveryFailed;
            let last = new.last.as_ref();
            self.events.push(Event {
                id: EventId::derive(&[kind.word(), new.id.as_str(), &new.revision.to_string()]),
                kind,
                at,
                channel_id: None,
                contact_id: None,
                conversation_id: None,
                data: json!({
                    "webhook_id": new.webhook_id.as_str(), "delivery_id": new.id.as_str(), "tries": new.tries,
                    "event_id": new.event.id.as_str(), "event_type": new.event.kind.word(),
                    "status": last.and_then(|last| last.status), "problem": last.and_then(|last| last.problem.as_deref()),
                }),
            });
        }
    }

    pub(crate) fn replay(&mut self, new: &Replay) {
        if new.state == ReplayState::Running {
            self.hooks.push(WebhookTask::replay(&new.id, new.revision).entry());
        }
    }
}

impl Relay {
    /// The tasks of the webhooks whose logs are to have what is in this batch.
    pub(crate) async fn hooks(&self, telling: &Telling) -> Result<Vec<Entry>, RelayError> {
        if telling.webhooks_changed {
            self.webhooks.forget();
        }
        let mut tasks = telling.hooks.clone();
        if telling.passing.is_empty() && telling.statuses.is_empty() {
            return Ok(tasks);
        }
        let webhooks = self.webhooks.get(clock::now()).await.map_err(RelayError::Webhooks)?;
        let mut tell = |event: &Event| {
            let wanted = webhooks.iter().filter(|webhook| webhook.logs(event));
            tasks.extend(wanted.map(|webhook| WebhookTask::event(&webhook.id, event).entry()));
        };
        telling.passing.iter().for_each(&mut tell);
        let mut known: HashMap<ConversationId, Option<Conversation>> = HashMap::new();
        for event in &telling.statuses {
            let covers = |webhook: &Webhook| webhook.events.iter().any(|pattern| pattern.covers(event.kind));
            let Some(id) = event.conversation_id.clone().filter(|_| webhooks.iter().any(covers)) else { continue };
            if !known.contains_key(&id) {
                let found = self.store.conversation_get(&id).await.map_err(RelayError::Webhooks)?;
                known.insert(id.clone(), found);
            }
            // A status does not say whose it is.
            let whose = known.get(&id).and_then(Option::as_ref);
            tell(&Event {
                channel_id: whose.map(|conversation| conversation.channel_id.clone()),
                contact_id: whose.map(|conversation| conversation.contact_id.clone()),
                ..event.clone()
            });
        }
        Ok(tasks)
    }
}
