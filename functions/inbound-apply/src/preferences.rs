//! A person stopped or allowed marketing messages in WhatsApp itself (P40): a word for the ledger of consent.
use domain::Time;
use domain::consent::{ConsentSettings, ConsentSource, Purpose, Said, Statement};
use domain::event::EventKind;
use domain::ids::{ChannelId, ContactId};
use queue::Atom;
use runtime::clock;
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
        let channel = self.channel(atom).await?.map(|channel| channel.id);
        let because = match (&contact, is_given(&preference)) {
            (Some(contact), Some(is_given)) => {
                self.prefers(atom, &preference, contact, is_given, channel.clone()).await?;
                None
            }
            (None, _) => Some("nobody is known by it"),
            (Some(_), None) => Some("it is about nothing that we know"),
        };
        self.keep_about(atom, EventKind::WebhookKept, because, About { channel, contact, ..About::default() }).await
    }

    async fn prefers(
        &self,
        atom: &Atom<'_>,
        preference: &Preference,
        contact: &ContactId,
        is_given: bool,
        channel: Option<ChannelId>,
    ) -> Result<(), ApplyError> {
        let Some(contact) = self.store.contact_get(contact).await? else { return Ok(()) };
        let at = preference.at.unwrap_or(Time::from_millis(atom.received_at));
        let statement = Statement {
            contact: contact.id.clone(),
            purpose: Purpose::Marketing,
            is_given,
            said: Said::InSecond(at),
            place: at,
            source: ConsentSource::Preference,
            origin: None,
            proof: Some(atom.part.get().to_owned()),
            channel,
            message: None,
            fact: at.to_string(),
        };
        // The person's own word is not asked about again, so no setting matters.
        self.store.consents_tell(&contact, vec![statement], &ConsentSettings::default(), clock::now()).await?;
        Ok(())
    }
}

/// `None`: it is about something else.
fn is_given(preference: &Preference) -> Option<bool> {
    let is_marketing = preference.category.as_deref().is_none_or(|category| category == "marketing_messages");
    let is_given = match preference.word {
        PreferenceWord::Stop => false,
        PreferenceWord::Resume | PreferenceWord::Signup => true,
        PreferenceWord::Unknown(_) => return None,
    };
    is_marketing.then_some(is_given)
}
