//! The row that a message of Meta's makes.
use domain::Time;
use domain::channel::Channel;
use domain::conversation::{Arrival, Referral};
use domain::ids::{ContactId, ConversationId, MessageId};
use domain::message::{Direction, Dispatch, Fault, Message, Source, State, Told};
use queue::Atom;
use serde::Serialize;
use serde_json::value::RawValue;
use whatsapp::webhook;

use crate::error::ApplyError;

/// What is kept of the atom on the row that it makes: enough to apply it again.
#[derive(Serialize)]
struct Raw<'a> {
    message: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'a RawValue>,
}

pub(crate) fn raw(atom: &Atom<'_>) -> Result<String, ApplyError> {
    Ok(serde_json::to_string(&Raw { message: atom.part, contact: atom.contact })?)
}

/// Whose thread a message stands in, and how it came there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) channel: &'a Channel,
    pub(crate) contact: &'a ContactId,
    pub(crate) direction: Direction,
    pub(crate) source: Source,
}

impl Place<'_> {
    pub(crate) fn conversation(&self) -> ConversationId {
        ConversationId::of(&self.channel.id, self.contact)
    }

    /// `came_at` stands for a time that Meta did not tell, `stored_at` is our own.
    pub(crate) fn message(&self, wire: &webhook::Message, came_at: Time, stored_at: Time) -> Message {
        let conversation_id = self.conversation();
        let at = wire.at.unwrap_or(came_at);
        let kind = if wire.kind.is_empty() { "unknown" } else { wire.kind.as_str() };
        Message {
            id: MessageId::of_wamid(&conversation_id, at, &wire.wamid),
            conversation_id,
            channel_id: self.channel.id.clone(),
            contact_id: self.contact.clone(),
            direction: self.direction,
            kind: kind.to_owned(),
            content: wire.payload.clone(),
            options: serde_json::Value::Null,
            context: wire.context.as_ref().and_then(|context| context.wamid.clone()),
            told: Told::default(),
            wamid: Some(wire.wamid.clone()),
            at,
            received_at: stored_at,
            source: self.source,
            written_state: match self.direction {
                Direction::Inbound => State::Received,
                Direction::Outbound => State::Accepted,
            },
            attempt: 0,
            dispatch: Dispatch::default(),
            price: None,
            faults: wire.errors.iter().map(Fault::from).collect(),
            reports: Vec::new(),
            annotations: Vec::new(),
            media: Default::default(),
        }
    }

    /// A call is no message, but its conversation knows it by the same facts.
    pub(crate) fn of_a_call(&self, at: Time, received_at: Time) -> Arrival {
        let conversation = self.conversation();
        Arrival {
            message: MessageId::of_wamid(&conversation, at, ""),
            conversation,
            channel: self.channel.id.clone(),
            contact: self.contact.clone(),
            at,
            received_at,
            assign_to: self.channel.assign_to.clone(),
            referral: None,
        }
    }

    /// What the message is to its conversation. Only what the customer writes now goes to whom the channel says.
    pub(crate) fn arrival(&self, message: &Message, wire: &webhook::Message) -> Arrival {
        let is_theirs = self.direction == Direction::Inbound && self.source == Source::Live;
        let referral = |referral: &webhook::Referral| Referral {
            kind: referral.source_type.clone(),
            id: referral.source_id.clone(),
            url: referral.source_url.clone(),
            headline: referral.headline.clone(),
            click_id: referral.click_id.clone(),
            at: message.at,
        };
        Arrival {
            conversation: message.conversation_id.clone(),
            channel: message.channel_id.clone(),
            contact: message.contact_id.clone(),
            message: message.id.clone(),
            at: message.at,
            received_at: message.received_at,
            assign_to: self.channel.assign_to.clone().filter(|_| is_theirs),
            referral: wire.referral.as_ref().filter(|_| is_theirs).map(referral),
        }
    }
}
