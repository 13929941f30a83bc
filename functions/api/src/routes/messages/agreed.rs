//! The consent that came with a message: what it adds to what is known of the person.
use domain::Time;
use domain::consent::{ConsentSource, Consents, Purpose, Said, Statement};
use domain::contact::Contact;
use domain::message::Message;
use domain::sending::TemplateUse;
use domain::settings::Settings;

use super::compose::GivenConsent;
use crate::App;
use crate::problem::Problem;

/// A consent that is news.
pub(super) struct Agreed {
    statement: Statement,
    settings: Settings,
}

impl Agreed {
    /// Takes the word of what was given for what is decided here; nothing, if another one holds or nothing is asked.
    pub(super) fn of(
        given: (&GivenConsent, Option<Time>),
        (message, contact, template): (&Message, &Contact, &TemplateUse),
        settings: &Settings,
        consents: &mut Consents,
        now: Time,
    ) -> Option<Agreed> {
        let statement = statement(given, message, contact, purpose(template)?, now);
        let double_opt_in = settings.consent.of(statement.purpose).double_opt_in;
        let entry = consents.decide(statement.clone(), double_opt_in, now);
        let before = consents.clone();
        consents.apply(&entry);
        (*consents != before).then(|| Agreed { statement, settings: settings.clone() })
    }

    pub(super) async fn record(self, app: &App, contact: &Contact, now: Time) -> Result<(), Problem> {
        app.store.consents_tell(contact, vec![self.statement], &self.settings.consent, now).await?;
        Ok(())
    }
}

fn statement(
    (consent, at): (&GivenConsent, Option<Time>),
    message: &Message,
    contact: &Contact,
    purpose: Purpose,
    now: Time,
) -> Statement {
    Statement {
        contact: contact.id.clone(),
        purpose,
        is_given: true,
        // Without a time it never undoes anything that the person said.
        said: at.map_or(Said::Sometime(now), Said::At),
        place: at.unwrap_or(contact.created_at),
        source: ConsentSource::Message,
        origin: Some(consent.source.0.clone()),
        proof: consent.proof.as_ref().map(|proof| proof.0.clone()),
        channel: Some(message.channel_id.clone()),
        message: Some(message.id.clone()),
        fact: format!("{} {}", at.map(|at| at.to_string()).unwrap_or_default(), consent.source.0),
    }
}

fn purpose(template: &TemplateUse) -> Option<Purpose> {
    match template {
        TemplateUse::Found(template) => Some(Purpose::of_category(&template.category)),
        TemplateUse::None | TemplateUse::Missing { .. } => None,
    }
}
