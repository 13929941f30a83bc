//! A person stopped or allowed marketing messages in WhatsApp itself (P40): a member of the contact, moved by Meta's time.
use domain::Time;
use domain::event::EventKind;
use domain::reach::{Marketing, MarketingSource, MarketingState};
use queue::Atom;
use whatsapp::webhook::{Change, Preference, PreferenceWord};

use crate::Apply;
use crate::directory::Who;
use crate::error::ApplyError;
use crate::keep::About;

impl Apply {
    /// Nobody is made for a preference: of somebody whom we do not know it is kept only.
    pub(crate) async fn preference(&self, atom: &Atom<'_>) -> Result<(), ApplyError> {
        let Change::Preference(preference) = Change::read(&atom.field, atom.part) else {
            return self.keep(atom, EventKind::WebhookKept, Some("it is no preference")).await;
        };
        let who = Who::new(&[&preference.person], None, None);
        let contact = if who.is_known() { self.directory.find(&who).await? } else { None };
        let choice = choice(&preference, Time::from_millis(atom.received_at));
        let because = match (&contact, choice) {
            (Some(contact), Some(choice)) => {
                self.store.contact_set_marketing(contact, &choice).await?;
                None
            }
            (None, _) => Some("nobody is known by it"),
            (Some(_), None) => Some("it is about nothing that we know"),
        };
        let channel = self.channel(atom).await?.map(|channel| channel.id);
        self.keep_about(atom, EventKind::WebhookKept, because, About { channel, contact, ..About::default() }).await
    }
}

fn choice(preference: &Preference, received_at: Time) -> Option<Marketing> {
    let is_marketing = preference.category.as_deref().is_none_or(|category| category == "marketing_messages");
    let state = match preference.word {
        PreferenceWord::Stop => MarketingState::Stopped,
        PreferenceWord::Resume | PreferenceWord::Signup => MarketingState::Allowed,
        PreferenceWord::Unknown(_) => return None,
    };
    let at = preference.at.unwrap_or(received_at);
    is_marketing.then_some(Marketing { state, at, source: MarketingSource::Preference })
}
