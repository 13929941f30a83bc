//! A message of a customer: contact, conversation, message, window.
use domain::Time;
use domain::channel::Channel;
use domain::conversation::Arrival;
use domain::event::EventKind;
use domain::ids::{ContactId, ConversationId, MessageId};
use domain::message::{Direction, Dispatch, Fault, Message, Source, State};
use queue::Atom;
use runtime::clock;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{Inserted, NewMessage};
use whatsapp::webhook::{self, Content};

use crate::Apply;
use crate::directory::Who;
use crate::error::ApplyError;

/// What is kept of the atom on the row that it makes: enough to apply it again.
#[derive(Serialize)]
struct Raw<'a> {
    message: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'a RawValue>,
}

impl Apply {
    pub(crate) async fn message(&self, atom: &Atom<'_>, received_at: Time) -> Result<(), ApplyError> {
        let message = match webhook::Message::read(atom.part) {
            Ok(message) => message,
            Err(error) => return self.keep(atom, EventKind::WebhookKept, Some(&error.to_string())).await,
        };
        let channel = match &atom.phone_number_id {
            Some(number) => self.directory.channel(number).await?,
            None => None,
        };
        let Some(channel) = channel else {
            return self.keep(atom, EventKind::WebhookUnrouted, Some("the number is not a channel")).await;
        };
        if message.group_id.is_some() {
            return self.keep(atom, EventKind::WebhookKept, Some("a message of a group")).await;
        }
        let contact = if let Content::System(system) = &message.content {
            self.changed(system, &channel, received_at).await?
        } else {
            let profile = atom.contact.and_then(|raw| webhook::Contact::read(raw).ok()).unwrap_or_default();
            let who = Who::new(&[&message.from, &profile.person], profile.username.as_deref(), profile.name);
            match who.is_known() {
                true => Some(self.directory.contact(&who, channel.add_as, received_at).await?),
                false => None,
            }
        };
        match contact {
            Some(contact) => self.store_message(atom, &message, &channel, contact, received_at).await,
            None => self.keep(atom, EventKind::WebhookKept, Some("it does not say who wrote")).await,
        }
    }

    async fn store_message(
        &self,
        atom: &Atom<'_>,
        wire: &webhook::Message,
        channel: &Channel,
        contact: ContactId,
        received_at: Time,
    ) -> Result<(), ApplyError> {
        let mut message = to_domain(wire, channel, contact, received_at);
        // Not when it came to the door: what waited on its way here was seen by no agent who answered meanwhile.
        message.received_at = self.arrivals.next();
        let raw = serde_json::to_string(&Raw { message: atom.part, contact: atom.contact })?;
        let new = NewMessage { message: &message, raw: &raw };
        let mut arrival = Arrival {
            conversation: message.conversation_id.clone(),
            channel: channel.id.clone(),
            contact: message.contact_id.clone(),
            message: message.id.clone(),
            at: message.at,
            received_at: message.received_at,
            assign_to: channel.assign_to.clone(),
        };
        if !counts(&wire.content) {
            let (insert, start) = (self.store.message_insert(new), self.store.conversation_start(&arrival));
            futures::future::try_join(insert, start).await?;
            return Ok(());
        }
        let now = clock::now();
        let plain = self.store.conversation_receive_plain(&arrival, now);
        let (inserted, plain) = futures::future::try_join(self.store.message_insert(new), plain).await?;
        if let Err(seen) = plain {
            // A redelivery counts from when the message first came, or an answer in between would be forgotten.
            if let Inserted::Before { received_at } = inserted {
                arrival.received_at = received_at;
            }
            self.store.conversation_receive(&arrival, seen, now).await?;
        }
        Ok(())
    }
}

/// Whether the message calls for an answer and opens the window. Reactions, edits, deletions and WhatsApp's own notes do
/// not (P43).
fn counts(content: &Content) -> bool {
    match content {
        Content::Reaction { .. } | Content::System(_) | Content::Edit { .. } | Content::Revoke { .. } => false,
        Content::Text { .. }
        | Content::Image(_)
        | Content::Audio(_)
        | Content::Video(_)
        | Content::Document(_)
        | Content::Sticker(_)
        | Content::Location(_)
        | Content::Contacts(_)
        | Content::Button { .. }
        | Content::Interactive(_)
        | Content::Order(_)
        | Content::Unsupported { .. }
        | Content::MediaPlaceholder
        | Content::Unknown(_) => true,
    }
}

fn to_domain(wire: &webhook::Message, channel: &Channel, contact_id: ContactId, received_at: Time) -> Message {
    let conversation_id = ConversationId::of(&channel.id, &contact_id);
    let at = wire.at.unwrap_or(received_at);
    let kind = if wire.kind.is_empty() { "unknown" } else { wire.kind.as_str() };
    Message {
        id: MessageId::of_wamid(&conversation_id, at, &wire.wamid),
        conversation_id,
        channel_id: channel.id.clone(),
        contact_id,
        direction: Direction::Inbound,
        kind: kind.to_owned(),
        content: wire.payload.clone(),
        context: wire.context.as_ref().and_then(|context| context.wamid.clone()),
        wamid: Some(wire.wamid.clone()),
        at,
        received_at,
        source: Source::Live,
        written_state: State::Received,
        attempt: 0,
        dispatch: Dispatch::default(),
        faults: wire.errors.iter().map(Fault::from).collect(),
        reports: Vec::new(),
    }
}
