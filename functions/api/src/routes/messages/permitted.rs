//! Whether the rules let a message out now, with the consent that came with it.
use domain::Time;
use domain::channel::Channel;
use domain::consent::{ConsentSource, ConsentState, Consents, Purpose, Said, Statement};
use domain::contact::Contact;
use domain::message::Message;
use domain::sending::{Grounds, Refusal, Situation, TemplateUse, needs_phone, permit};
use domain::settings::Settings;
use whatsapp::send::fits;

use super::compose::{GivenConsent, field_errors};
use super::send::Recipient;
use crate::App;
use crate::problem::Problem;
use crate::routes::consents::past;

/// A message that asks to be let out.
pub(super) struct Case<'a> {
    pub(super) app: &'a App,
    pub(super) channel: &'a Channel,
    pub(super) message: &'a Message,
    pub(super) now: Time,
}

/// A consent that came with a message and is news.
pub(super) struct Agreed {
    statement: Statement,
    settings: Settings,
}

pub(super) enum Verdict {
    Permitted(Option<Agreed>),
    /// The person must say yes themselves: it is recorded, so that they are asked, and the message is refused.
    Asked(Agreed, Refusal),
}

impl Case<'_> {
    pub(super) async fn permitted(
        &self,
        recipient: &Recipient,
        consent: Option<&GivenConsent>,
    ) -> Result<Verdict, Problem> {
        let Case { app, channel, message, now } = *self;
        let contact = recipient.contact();
        let conversation = app.store.conversation_get(&message.conversation_id).await?;
        let template = app.store.template_used(&channel.waba_id, &message.kind, &message.content).await?;
        let health = app.store.health_of(channel).await?;
        let settings = settings(app, &template).await?;
        let at = past(consent.and_then(|consent| consent.at), now, "consent.at")?;
        let told =
            consent.zip(purpose(&template)).map(|(consent, purpose)| self.statement(contact, consent, purpose, at));
        let mut consents = contact.consents.clone();
        let agreed = told.filter(|statement| self.is_news(&mut consents, statement, &settings));
        let situation = Situation {
            channel,
            health: &health,
            reach: &contact.reach,
            consent: Grounds { consents: &consents, settings: &settings.consent, message: None },
            conversation: conversation.as_ref(),
            template: &template,
            now,
        };
        if let Err(refusal) = permit(&situation) {
            return match (refusal, agreed) {
                (Refusal::NoConsent(lack), Some(statement)) if lack.state == Some(ConsentState::Pending) => {
                    Ok(Verdict::Asked(Agreed { statement, settings }, Refusal::NoConsent(lack)))
                }
                (refusal, _) => Err(Problem::SendRefused(refusal)),
            };
        }
        if let TemplateUse::Found(template) = &template {
            fits(template, &message.content).map_err(|wrong| Problem::TemplateParameters(field_errors(wrong)))?;
        }
        if let Some(name) = needs_phone(&template).filter(|_| !contact.has_phone()) {
            return Err(Problem::SendRefused(Refusal::PhoneNeeded { name: name.to_owned() }));
        }
        Ok(Verdict::Permitted(agreed.map(|statement| Agreed { statement, settings })))
    }

    /// Takes the statement's word for what is decided here; `false` if another one holds.
    fn is_news(&self, consents: &mut Consents, statement: &Statement, settings: &Settings) -> bool {
        let double_opt_in = settings.consent.of(statement.purpose).double_opt_in;
        let entry = consents.decide(statement.clone(), double_opt_in, self.now);
        let before = consents.clone();
        consents.apply(&entry);
        *consents != before
    }

    fn statement(&self, contact: &Contact, consent: &GivenConsent, purpose: Purpose, at: Option<Time>) -> Statement {
        Statement {
            contact: contact.id.clone(),
            purpose,
            is_given: true,
            // Without a time it never undoes anything that the person said.
            said: at.map_or(Said::Sometime(self.now), Said::At),
            place: at.unwrap_or(contact.created_at),
            source: ConsentSource::Message,
            origin: Some(consent.source.0.clone()),
            proof: consent.proof.as_ref().map(|proof| proof.0.clone()),
            channel: Some(self.channel.id.clone()),
            message: Some(self.message.id.clone()),
            fact: format!("{} {}", at.map(|at| at.to_string()).unwrap_or_default(), consent.source.0),
        }
    }
}

impl Agreed {
    pub(super) async fn record(self, app: &App, contact: &Contact, now: Time) -> Result<(), Problem> {
        app.store.consents_tell(contact, vec![self.statement], &self.settings.consent, now).await?;
        Ok(())
    }
}

/// Read for templates alone: nothing else needs consent.
pub(super) async fn settings(app: &App, template: &TemplateUse) -> Result<Settings, Problem> {
    match template {
        TemplateUse::Found(_) => Ok(app.store.settings_get().await?),
        TemplateUse::None | TemplateUse::Missing { .. } => Ok(Settings::default()),
    }
}

fn purpose(template: &TemplateUse) -> Option<Purpose> {
    match template {
        TemplateUse::Found(template) => Some(Purpose::of_category(&template.category)),
        TemplateUse::None | TemplateUse::Missing { .. } => None,
    }
}
