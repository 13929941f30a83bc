//! Tasks of the business's own webhooks: an event to deliver, a delivery to try, a job that asks for events again.
use domain::Time;
use domain::event::{Event, EventKind};
use domain::ids::{ChannelId, ContactId, ConversationId, DeliveryId, EventId, ReplayId, WebhookId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Malformed;
use crate::producer::Entry;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum WebhookTask {
    /// Deliver an event of which there is no row yet.
    #[serde(rename = "deliver_event_v1")]
    Event { webhook_id: String, event: EventBody },
    /// Try a delivery that waits for it; the revision tells this wish from others.
    #[serde(rename = "deliver_again_v1")]
    Again { delivery_id: String, revision: u32 },
    /// Go on with a replay from where it is.
    #[serde(rename = "replay_events_v1")]
    Replay { replay_id: String, revision: u32 },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBody {
    id: String,
    kind: String,
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    data: Value,
}

impl EventBody {
    fn of(event: &Event) -> EventBody {
        EventBody {
            id: event.id.to_string(),
            kind: event.kind.to_string(),
            at: event.at.millis(),
            channel_id: event.channel_id.as_ref().map(ToString::to_string),
            contact_id: event.contact_id.as_ref().map(ToString::to_string),
            conversation_id: event.conversation_id.as_ref().map(ToString::to_string),
            data: event.data.clone(),
        }
    }

    pub fn read(&self) -> Option<Event> {
        Some(Event {
            id: EventId::parse(&self.id)?,
            kind: EventKind::parse(&self.kind)?,
            at: Time::from_millis(self.at),
            channel_id: self.channel_id.as_deref().and_then(ChannelId::parse),
            contact_id: self.contact_id.as_deref().and_then(ContactId::parse),
            conversation_id: self.conversation_id.as_deref().and_then(ConversationId::parse),
            data: self.data.clone(),
        })
    }
}

impl WebhookTask {
    pub fn event(webhook: &WebhookId, event: &Event) -> WebhookTask {
        WebhookTask::Event { webhook_id: webhook.to_string(), event: EventBody::of(event) }
    }

    pub fn again(delivery: &DeliveryId, revision: u32) -> WebhookTask {
        WebhookTask::Again { delivery_id: delivery.to_string(), revision }
    }

    pub fn replay(replay: &ReplayId, revision: u32) -> WebhookTask {
        WebhookTask::Replay { replay_id: replay.to_string(), revision }
    }

    pub fn parse(body: &str) -> Result<WebhookTask, Malformed> {
        serde_json::from_str(body).map_err(|source| Malformed { expected: "webhook", source })
    }

    pub fn entry(&self) -> Entry {
        Entry { body: serde_json::json!(self).to_string(), group: None, once: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhook_tasks_read_back_and_others_are_refused() {
        let event = Event {
            id: EventId::derive(&["e"]),
            kind: EventKind::MessageReceived,
            at: Time::from_seconds(5),
            channel_id: Some(ChannelId::of_number("1")),
            contact_id: None,
            conversation_id: None,
            data: serde_json::json!({"direction": "inbound"}),
        };
        let webhook = WebhookId::derive(&["w"]);
        let task = WebhookTask::parse(&WebhookTask::event(&webhook, &event).entry().body).unwrap();
        let WebhookTask::Event { webhook_id, event: body } = task else { panic!("{task:?}") };
        assert_eq!((webhook_id.as_str(), body.read()), (webhook.as_str(), Some(event.clone())));
        let again = WebhookTask::again(&DeliveryId::of(&webhook, event.at, &event.id), 3);
        assert_eq!(WebhookTask::parse(&again.entry().body).unwrap(), again);
        for body in [r#"{"type":"deliver_again_v2","delivery_id":"x","revision":1}"#, "{}", "[]", ""] {
            assert!(WebhookTask::parse(body).is_err(), "{body}");
        }
    }
}
