//! A message of a customer: contact, conversation, message, window.
use domain::Time;
use domain::channel::Channel;
use domain::event::EventKind;
use domain::identity::{Identity, IdentityKind, phone};
use domain::ids::ContactId;
use domain::message::{Author, Direction, Source};
use queue::Atom;
use runtime::clock;
use serde_json::json;
use store::{Inserted, NewMessage};
use whatsapp::webhook::{self, Content, SharedContact};

use crate::Apply;
use crate::annotations::is_annotation;
use crate::directory::Who;
use crate::error::ApplyError;
use crate::row::{Place, raw};

impl Apply {
    pub(crate) async fn message(&self, atom: &Atom<'_>, received_at: Time, deliveries: u32) -> Result<(), ApplyError> {
        let message = match webhook::Message::read(atom.part) {
            Ok(message) => message,
            Err(error) => return self.keep(atom, EventKind::WebhookKept, Some(&error.to_string())).await,
        };
        let Some(channel) = self.channel(atom).await? else { return self.unrouted(atom).await };
        if message.group_id.is_some() {
            return self.group_message(atom, &message).await;
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
        let Some(contact) = contact else {
            return self.keep(atom, EventKind::WebhookKept, Some("it does not say who wrote")).await;
        };
        let place = Place { channel: &channel, contact: &contact, direction: Direction::Inbound, source: Source::Live };
        if is_annotation(&message) {
            return self.annotate(atom, &message, &place, Author::Customer, deliveries).await;
        }
        if let Content::Contacts(cards) = &message.content {
            self.own_number(&contact, cards).await?;
        }
        self.store_message(atom, &message, &place, received_at).await
    }

    /// What was sent in a group is in no thread of whoever sent it: neither a window nor anything unread.
    pub(crate) async fn group_message(&self, atom: &Atom<'_>, message: &webhook::Message) -> Result<(), ApplyError> {
        let person = &message.from;
        let kind = if message.kind.is_empty() { "unknown" } else { message.kind.as_str() };
        let more = json!({
            "group_id": message.group_id,
            "participant": {"wa_id": person.wa_id, "user_id": person.user_id},
            "message": {"type": kind, kind: message.payload, "wamid": message.wamid},
        });
        self.keep_with(atom, EventKind::GroupMessage, None, more).await
    }

    /// A number that the customer gave when asked for their own leads to them as the one that they write from (P32).
    async fn own_number(&self, contact: &ContactId, cards: &[SharedContact]) -> Result<(), ApplyError> {
        for given in cards.iter().filter(|card| card.is_requested).flat_map(|card| &card.phones) {
            let number = given.phone.as_deref().and_then(phone);
            let wa_id = given.wa_id.clone().or_else(|| Some(number.as_ref()?.trim_start_matches('+').to_owned()));
            let own = [(IdentityKind::WaId, wa_id), (IdentityKind::Phone, number)];
            let own = own.into_iter().filter_map(|(kind, value)| Some(Identity::new(kind, value?)));
            self.directory.link(contact, &Who { identities: own.collect(), name: None }).await?;
        }
        Ok(())
    }

    async fn store_message(
        &self,
        atom: &Atom<'_>,
        wire: &webhook::Message,
        place: &Place<'_>,
        received_at: Time,
    ) -> Result<(), ApplyError> {
        // Not when it came to the door: what waited on its way here was seen by no agent who answered meanwhile.
        let message = place.message(wire, received_at, self.arrivals.next());
        let raw = raw(atom)?;
        let new = NewMessage { message: &message, raw: &raw };
        let mut arrival = place.arrival(&message, wire);
        if let Content::System(_) = &wire.content {
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
        self.consents(&wire.content, &message).await
    }

    pub(crate) async fn channel(&self, atom: &Atom<'_>) -> Result<Option<Channel>, ApplyError> {
        Ok(match &atom.phone_number_id {
            Some(number) => self.directory.channel(number).await?,
            None => None,
        })
    }

    pub(crate) async fn unrouted(&self, atom: &Atom<'_>) -> Result<(), ApplyError> {
        self.keep(atom, EventKind::WebhookUnrouted, Some("the number is not a channel")).await
    }
}
