//! Atoms that change no row of ours yet: kept raw in the journal, typed as what they are.
use std::time::Duration;

use domain::Time;
use domain::channel::Channel;
use domain::event::{Event, EventKind};
use domain::ids::{ChannelId, ContactId, EventId};
use queue::Atom;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use whatsapp::webhook::Kind;

use crate::Apply;
use crate::error::ApplyError;

/// Meta delivers for a week; its clock and ours differ by little.
const OLDEST: Duration = Duration::from_secs(7 * 24 * 3600);
const NEWEST: Duration = Duration::from_secs(3600);

/// Under which name an atom of this kind is kept.
pub(crate) fn event_kind(kind: Kind) -> EventKind {
    match kind {
        Kind::Account => EventKind::AccountChanged,
        Kind::Template => EventKind::TemplateChanged,
        Kind::Status => EventKind::StatusUnmatched,
        Kind::Flow => EventKind::FlowChanged,
        Kind::UserAction => EventKind::UserActed,
        Kind::AutomaticEvent => EventKind::ConversionReported,
        Kind::Message
        | Kind::Echo
        | Kind::History
        | Kind::ContactSync
        | Kind::UserPreference
        | Kind::Call
        | Kind::Group
        | Kind::ValueError
        | Kind::Standby
        | Kind::Handover
        | Kind::Foreign
        | Kind::Unknown => EventKind::WebhookKept,
    }
}

impl Apply {
    /// `because` says what kept the atom from being applied, where it should have been.
    pub(crate) async fn keep(&self, atom: &Atom<'_>, kind: EventKind, because: Option<&str>) -> Result<(), ApplyError> {
        let channel = self.channel_of(atom).await?;
        self.keep_about(atom, kind, because, channel.map(|channel| channel.id), None).await
    }

    /// The channel of the number that the atom names.
    pub(crate) async fn channel_of(&self, atom: &Atom<'_>) -> Result<Option<Channel>, ApplyError> {
        Ok(match &atom.phone_number_id {
            Some(number) => self.directory.channel(number).await?,
            None => None,
        })
    }

    /// As [`Apply::keep`], where it is known whom or what the atom is about.
    pub(crate) async fn keep_about(
        &self,
        atom: &Atom<'_>,
        kind: EventKind,
        because: Option<&str>,
        channel_id: Option<ChannelId>,
        contact_id: Option<ContactId>,
    ) -> Result<(), ApplyError> {
        let raw: Value = serde_json::from_str(atom.part.get())?;
        let received_at = Time::from_millis(atom.received_at);
        let told_at = told_at(atom, &raw);
        let fact = told_at.unwrap_or(received_at).sortable();
        let event = Event {
            id: EventId::derive(&[kind.word(), &atom.field, &fact, atom.part.get()]),
            kind,
            at: told_at.filter(|at| is_plausible(*at, received_at)).unwrap_or(received_at),
            channel_id,
            contact_id,
            conversation_id: None,
            data: json!({
                "kind": atom.kind, "field": atom.field, "waba_id": atom.waba_id,
                "phone_number_id": atom.phone_number_id, "because": because, "raw": raw,
                "contact": atom.contact.map(RawValue::get).and_then(|raw| serde_json::from_str::<Value>(raw).ok()),
            }),
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
