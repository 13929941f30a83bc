//! A number that is also in use on the business's phone: what was written there, its history, and its contacts (P41).
use std::collections::HashMap;

use domain::Time;
use domain::channel::Channel;
use domain::event::EventKind;
use domain::identity::is_bsuid;
use domain::message::{Author, Direction, Message, Source};
use queue::Atom;
use runtime::clock;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use store::{Inserted, NewMessage, Placeholder};
use whatsapp::webhook::{self, ContactSync, Content, Kind, Person, SyncAction};

use crate::Apply;
use crate::annotations::is_annotation;
use crate::directory::Who;
use crate::error::ApplyError;
use crate::row::{Place, raw};
use crate::statuses::{EARLY_DELIVERIES_MAX, Match};

/// The field that may also tell of what we ourselves have sent.
const OF_ANY_APP: &str = "message_echoes";

/// Whom the thread of an echo or of a message of the history is with.
struct Customer {
    /// Every id that the atom gives.
    people: [Person; 2],
    who: Who,
}

impl Customer {
    fn of(atom: &Atom<'_>) -> Customer {
        let profile = atom.contact.and_then(|raw| webhook::Contact::read(raw).ok()).unwrap_or_default();
        let mut named = Person::default();
        match atom.user.as_deref() {
            Some(user) if is_bsuid(user) => named.user_id = Some(user.to_owned()),
            Some(user) => named.wa_id = Some(user.to_owned()),
            None => {}
        }
        let people = [profile.person, named];
        let who = Who::new(&[&people[0], &people[1]], profile.username.as_deref(), profile.name);
        Customer { people, who }
    }

    fn is(&self, person: &Person) -> bool {
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        self.people.iter().any(|ours| same(&ours.wa_id, &person.wa_id) || same(&ours.user_id, &person.user_id))
    }
}

impl Apply {
    /// A message that a person of the business sent elsewhere: an answer like any other, but none of ours.
    pub(crate) async fn echo(&self, atom: &Atom<'_>, received_at: Time, deliveries: u32) -> Result<(), ApplyError> {
        let message = match webhook::Message::read(atom.part) {
            Ok(message) => message,
            Err(error) => return self.keep(atom, EventKind::WebhookKept, Some(&error.to_string())).await,
        };
        let direction = |_: &Customer| Direction::Outbound;
        self.elsewhere(atom, &message, Source::Echo, direction, received_at, deliveries).await
    }

    /// A message from before we were there, of either side; or what else a chunk of the history says.
    pub(crate) async fn history(&self, atom: &Atom<'_>, received_at: Time, deliveries: u32) -> Result<(), ApplyError> {
        let Ok(message) = webhook::Message::read(atom.part) else {
            return self.keep(atom, about_history(atom), None).await;
        };
        let direction = |customer: &Customer| {
            let (from, to) = (&message.from, &message.to);
            let is_ours = if from.is_known() { !customer.is(from) } else { customer.is(to) };
            if is_ours { Direction::Outbound } else { Direction::Inbound }
        };
        self.elsewhere(atom, &message, Source::History, direction, received_at, deliveries).await
    }

    async fn elsewhere(
        &self,
        atom: &Atom<'_>,
        wire: &webhook::Message,
        source: Source,
        direction: impl Fn(&Customer) -> Direction,
        received_at: Time,
        deliveries: u32,
    ) -> Result<(), ApplyError> {
        let Some(channel) = self.channel(atom).await? else { return self.unrouted(atom).await };
        if atom.field != OF_ANY_APP {
            self.directory.note_phone(&channel).await?;
        }
        if wire.group_id.is_some() {
            return self.group_message(atom, wire).await;
        }
        let customer = Customer::of(atom);
        if !customer.who.is_known() {
            return self.medium(atom, wire, &channel, received_at).await;
        }
        let contact = self.directory.contact(&customer.who, channel.add_as, received_at).await?;
        let place = Place { channel: &channel, contact: &contact, direction: direction(&customer), source };
        if is_annotation(wire) {
            let by = match place.direction {
                Direction::Inbound => Author::Customer,
                Direction::Outbound => Author::Business,
            };
            return self.annotate(atom, wire, &place, by, deliveries).await;
        }
        if atom.field == OF_ANY_APP {
            match self.locate(&place.conversation(), &wire.wamid, Some(Direction::Outbound)).await? {
                Match::Message(ours) if ours.source == Source::Live => {
                    return self.keep(atom, EventKind::WebhookKept, Some("an echo of what we sent")).await;
                }
                Match::Later if deliveries <= EARLY_DELIVERIES_MAX => return Err(ApplyError::Early),
                Match::Message(_) | Match::Later | Match::Nothing => {}
            }
        }
        self.store_elsewhere(atom, wire, &place, received_at).await
    }

    /// A medium of the history that names no customer belongs where its placeholder is. Whichever of the two comes second
    /// finds the first.
    async fn medium(
        &self,
        atom: &Atom<'_>,
        wire: &webhook::Message,
        channel: &Channel,
        received_at: Time,
    ) -> Result<(), ApplyError> {
        if Kind::read(&atom.kind) == Kind::History {
            let raw = raw(atom)?;
            if self.fill(wire, &raw, channel, received_at).await? {
                return Ok(());
            }
            self.store.medium_keep(&channel.id, &wire.wamid, &raw, clock::now()).await?;
            if self.fill(wire, &raw, channel, received_at).await? {
                return Ok(());
            }
        }
        self.keep(atom, EventKind::WebhookKept, Some("it does not say with whom")).await
    }

    /// Puts a medium in the place of its placeholder; `false` if there is none.
    async fn fill(
        &self,
        wire: &webhook::Message,
        raw: &str,
        channel: &Channel,
        received_at: Time,
    ) -> Result<bool, ApplyError> {
        let Some(placeholder) = self.store.placeholder_get(&channel.id, &wire.wamid).await? else { return Ok(false) };
        let Placeholder { message: id, contact, direction } = placeholder;
        let place = Place { channel, contact: &contact, direction, source: Source::History };
        let message = Message { id, ..place.message(wire, received_at, self.arrivals.next()) };
        self.store.message_insert(NewMessage { message: &message, raw }).await?;
        Ok(true)
    }

    /// Notes where the medium belongs, which may be here already.
    async fn await_medium(&self, message: &Message, wamid: &str, place: &Place<'_>) -> Result<(), ApplyError> {
        self.store.placeholder_put(message, wamid, clock::now()).await?;
        if let Some(raw) = self.store.medium_get(&message.channel_id, wamid).await? {
            let part: HashMap<&str, &RawValue> = serde_json::from_str(&raw)?;
            if let Some(wire) = part.get("message").and_then(|part| webhook::Message::read(part).ok()) {
                self.fill(&wire, &raw, place.channel, message.received_at).await?;
            }
        }
        Ok(())
    }

    async fn store_elsewhere(
        &self,
        atom: &Atom<'_>,
        wire: &webhook::Message,
        place: &Place<'_>,
        received_at: Time,
    ) -> Result<(), ApplyError> {
        let message: Message = place.message(wire, received_at, self.arrivals.next());
        let raw = raw(atom)?;
        let inserted = self.store.message_insert(NewMessage { message: &message, raw: &raw }).await?;
        let mut arrival = place.arrival(&message, wire);
        if let Inserted::Before { received_at } = inserted {
            arrival.received_at = received_at;
        }
        if place.source == Source::Echo {
            self.store.conversation_echo(&arrival, clock::now()).await?;
        } else {
            self.store.conversation_start(&arrival).await?;
            if let Content::MediaPlaceholder = wire.content {
                self.await_medium(&message, &wire.wamid, place).await?;
            }
        }
        if place.direction == Direction::Outbound {
            self.store.statuses_adopt(&message.channel_id, &wire.wamid, &message.id).await?;
        }
        Ok(())
    }

    /// The phone's names for people whom we know. What is taken out of the phone stays here.
    pub(crate) async fn contact_sync(&self, atom: &Atom<'_>, received_at: Time) -> Result<(), ApplyError> {
        let mut contact_id = None;
        if let Ok(sync) = ContactSync::read(atom.part) {
            let who = Who::new(&[&sync.person], None, None);
            contact_id = if who.is_known() { self.directory.find(&who).await? } else { None };
            let is_news = matches!(sync.action, SyncAction::Add | SyncAction::Edit);
            if let (Some(contact), Some(name), true) = (&contact_id, &sync.name, is_news) {
                self.store.contact_sync_name(contact, name, sync.at.unwrap_or(received_at)).await?;
            }
        }
        let more = json!({"contact_id": contact_id.as_ref().map(ToString::to_string)});
        self.keep_with(atom, EventKind::ContactSynced, None, more).await
    }

    /// A call of the customer opens the window as a message does; all that is told of calls is kept.
    pub(crate) async fn call(&self, atom: &Atom<'_>, received_at: Time) -> Result<(), ApplyError> {
        let call = webhook::Call::read(atom.part).ok();
        let called = call.and_then(|call| Some((call.customer_called_at()?, call.from)));
        if let (Some((at, from)), Some(channel)) = (called, self.channel(atom).await?) {
            self.called(atom, &channel, &from, at, received_at).await?;
        }
        self.keep(atom, EventKind::CallChanged, None).await
    }

    async fn called(
        &self,
        atom: &Atom<'_>,
        channel: &Channel,
        from: &Person,
        at: Time,
        received_at: Time,
    ) -> Result<(), ApplyError> {
        let profile = atom.contact.and_then(|raw| webhook::Contact::read(raw).ok()).unwrap_or_default();
        let who = Who::new(&[from, &profile.person], profile.username.as_deref(), profile.name);
        if who.is_known() {
            let contact = self.directory.contact(&who, channel.add_as, received_at).await?;
            let place = Place { channel, contact: &contact, direction: Direction::Inbound, source: Source::Live };
            let arrival = place.of_a_call(at, received_at);
            self.store.conversation_start(&arrival).await?;
            self.store.conversation_call(&arrival, clock::now()).await?;
        }
        Ok(())
    }
}

/// What a part of the history is that is no message.
fn about_history(atom: &Atom<'_>) -> EventKind {
    let part: Value = serde_json::from_str(atom.part.get()).unwrap_or_default();
    if atom.field.ends_with(".errors") || part.get("errors").is_some() {
        EventKind::HistoryDeclined
    } else if part.get("progress").is_some() || part.get("phase").is_some() {
        EventKind::HistoryProgress
    } else {
        EventKind::WebhookKept
    }
}
