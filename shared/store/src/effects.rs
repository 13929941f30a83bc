//! What an error of Meta's changes beside the message that met it.
use domain::Time;
use domain::consent::{ConsentSettings, ConsentSource, Purpose, Said, Statement};
use domain::effect::{Effect, MARKETING_PAUSE};
use domain::health::{BlockReason, Change, Subject};
use domain::ids::{ChannelId, ContactId};

use crate::error::StoreError;
use crate::table::Store;

/// Where an error struck.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a> {
    pub channel: &'a ChannelId,
    pub waba_id: &'a str,
    /// Nobody, where the error is about no single message.
    pub contact: Option<&'a ContactId>,
    /// Meta's time of a webhook, ours of an answer.
    pub at: Time,
    /// What Meta said.
    pub detail: &'a str,
}

impl Store {
    /// Twice is once: everything moves by the time of the error.
    pub async fn effect_apply(&self, effect: Effect, met: &Met<'_>) -> Result<(), StoreError> {
        match (effect, met.contact) {
            (Effect::StopMarketing, Some(contact)) => {
                self.marketing_stopped(contact, met).await?;
            }
            (Effect::PauseMarketing, Some(contact)) => {
                let contact = self.contact_survivor(contact).await?;
                self.contact_pause_marketing(&contact, met.at.plus(MARKETING_PAUSE)).await?;
            }
            (Effect::Unreachable, Some(contact)) => {
                let contact = self.contact_survivor(contact).await?;
                self.contact_unreachable(&contact, met.at).await?;
            }
            (Effect::StopMarketing | Effect::PauseMarketing | Effect::Unreachable, None) => {}
            (Effect::Brake, _) => self.strike(BlockReason::SpamBrake, met).await?,
            (Effect::Stop(reason), _) => self.strike(reason, met).await?,
            (Effect::StaleTemplates, _) => {
                self.template_sync_request(met.waba_id, met.at, false, met.at).await?;
            }
        }
        Ok(())
    }

    /// Whose row holds what is known of the person.
    pub(crate) async fn contact_survivor(&self, id: &ContactId) -> Result<ContactId, StoreError> {
        Ok(self.contact_get(id).await?.map_or_else(|| id.clone(), |contact| contact.id))
    }

    /// Meta refuses marketing to a person who has stopped it there.
    async fn marketing_stopped(&self, id: &ContactId, met: &Met<'_>) -> Result<(), StoreError> {
        let Some(contact) = self.contact_get(id).await? else { return Ok(()) };
        let statement = Statement {
            contact: contact.id.clone(),
            purpose: Purpose::Marketing,
            is_given: false,
            said: Said::InSecond(met.at),
            place: met.at,
            source: ConsentSource::Error,
            origin: None,
            proof: Some(met.detail.to_owned()),
            channel: Some(met.channel.clone()),
            message: None,
            fact: format!("{} {}", met.channel, met.at),
        };
        self.consents_tell(&contact, vec![statement], &ConsentSettings::default(), met.at).await?;
        Ok(())
    }

    /// A message of this channel was refused for `reason`.
    pub async fn strike(&self, reason: BlockReason, met: &Met<'_>) -> Result<(), StoreError> {
        let change = Change::Struck { reason, at: met.at, detail: Some(met.detail.to_owned()) };
        self.health_change(&Subject::Number(met.channel.clone()), &[change]).await?;
        Ok(())
    }
}
