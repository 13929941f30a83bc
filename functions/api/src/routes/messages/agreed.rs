//! The consent that comes with a message.
use domain::Time;
use domain::consent::{ConsentSettings, ConsentSource, Consents, Purpose, Said, Statement};
use domain::message::Message;
use domain::template::Template;

use super::compose::GivenConsent;
use crate::problem::Problem;
use crate::routes::consents::past;

/// What it says about the recipient, who is known since `known_since`; nothing, if another word holds. `consents` takes its
/// word, so that the message is judged by it; nothing is recorded yet.
pub(super) fn agreed(
    given: &GivenConsent,
    template: &Template,
    message: &Message,
    known_since: Time,
    settings: &ConsentSettings,
    consents: &mut Consents,
    now: Time,
) -> Result<Option<Statement>, Problem> {
    let at = past(given.at, now, "consent.at")?;
    let purpose = Purpose::of_category(&template.category);
    let statement = Statement {
        contact: message.contact_id.clone(),
        purpose,
        is_given: true,
        // Without a time it never undoes anything that the person said.
        said: at.map_or(Said::Sometime(now), Said::At),
        place: at.unwrap_or(known_since),
        source: ConsentSource::Message,
        origin: Some(given.source.0.clone()),
        proof: given.proof.as_ref().map(|proof| proof.0.clone()),
        channel: Some(message.channel_id.clone()),
        message: Some(message.id.clone()),
        fact: format!("{} {}", at.map(|at| at.to_string()).unwrap_or_default(), given.source.0),
    };
    let before = consents.clone();
    consents.apply(&consents.decide(statement.clone(), settings.of(purpose).double_opt_in, now));
    Ok((*consents != before).then_some(statement))
}
