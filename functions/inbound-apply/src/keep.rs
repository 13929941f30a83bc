//! Atoms that make no row of their own: kept raw in the journal, typed as what they are.
use std::time::Duration;

use domain::Time;
use domain::event::{Event, EventKind};
use domain::ids::{ChannelId, ContactId, EventId};
use queue::Atom;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::Apply;
use crate::error::ApplyError;

/// Meta delivers for a week; its clock and ours differ by little.
const OLDEST: Duration = Duration::from_secs(7 * 24 * 3600);
const NEWEST: Duration = Duration::from_secs(3600);

/// A thread that another responder owns: what is said in it is told, its statuses are kept.
pub(crate) fn of_standby(atom: &Atom<'_>) -> EventKind {
    let part: Value = serde_json::from_str(atom.part.get()).unwrap_or_default();
    let is_message = part.get("id").is_some() && part.get("status").is_none();
    if is_message { EventKind::StandbyMessage } else { EventKind::WebhookKept }
}

/// Whom or what an atom is about, and what we made of it.
#[derive(Default)]
pub(crate) struct About {
    pub(crate) channel: Option<ChannelId>,
    pub(crate) contact: Option<ContactId>,
    /// Further members of the event's data.
    pub(crate) more: Value,
}

impl Apply {
    /// `because` says what kept the atom from being applied, where it should have been.
    pub(crate) async fn keep(&self, atom: &Atom<'_>, kind: EventKind, because: Option<&str>) -> Result<(), ApplyError> {
        let channel = self.channel(atom).await?.map(|channel| channel.id);
        self.keep_about(atom, kind, because, About { channel, ..About::default() }).await
    }

    /// As [`Apply::keep`], with what we made of the atom.
    pub(crate) async fn keep_with(
        &self,
        atom: &Atom<'_>,
        kind: EventKind,
        because: Option<&str>,
        more: Value,
    ) -> Result<(), ApplyError> {
        let channel = self.channel(atom).await?.map(|channel| channel.id);
        self.keep_about(atom, kind, because, About { channel, contact: None, more }).await
    }

    /// As [`Apply::keep`], where it is known whom or what the atom is about.
    pub(crate) async fn keep_about(
        &self,
        atom: &Atom<'_>,
        kind: EventKind,
        because: Option<&str>,
        about: About,
    ) -> Result<(), ApplyError> {
        let raw: Value = serde_json::from_str(atom.part.get())?;
        let received_at = Time::from_millis(atom.received_at);
        let told_at = told_at(atom, &raw);
        let fact = told_at.unwrap_or(received_at).sortable();
        let mut data = json!({
            "kind": atom.kind, "field": atom.field, "waba_id": atom.waba_id,
            "phone_number_id": atom.phone_number_id, "because": because, "raw": raw,
            "contact": atom.contact.map(RawValue::get).and_then(|raw| serde_json::from_str::<Value>(raw).ok()),
        });
        if let (Some(data), Value::Object(more)) = (data.as_object_mut(), about.more) {
            data.extend(more);
        }
        let event = Event {
            id: EventId::derive(&[kind.word(), &atom.field, &fact, atom.part.get()]),
            kind,
            at: told_at.filter(|at| is_plausible(*at, received_at)).unwrap_or(received_at),
            channel_id: about.channel,
            contact_id: about.contact,
            conversation_id: None,
            data,
        };
        self.store.event_add(&event).await?;
        Ok(())
    }
}

/// Meta's time where it gives one, so that the same atom delivered again is the same event.
fn told_at(atom: &Atom<'_>, raw: &Value) -> Option<Time> {
    let own = &raw["timestamp"];
    let own = own.as_i64().or_else(|| own.as_str().and_then(|text| text.parse().ok()));
    own.or(atom.entry_time).map(Time::from_seconds)
}

/// The journal keeps and finds an event by its time: one from long ago, or from the future, would be lost in it.
fn is_plausible(at: Time, received_at: Time) -> bool {
    received_at.minus(OLDEST) <= at && at <= received_at.plus(NEWEST)
}
