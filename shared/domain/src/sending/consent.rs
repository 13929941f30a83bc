//! Whether a message needs the person's consent, and whether it has it (P38, P40).
use crate::Time;
use crate::consent::{ConsentRule, ConsentState, Consents, Purpose};
use crate::ids::MessageId;

use super::{Refusal, Situation, TemplateUse};

/// What the person allows.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    pub consents: &'a Consents,
    /// The message itself, once it has an id: the one that asks for a consent cannot have it yet.
    pub message: Option<&'a MessageId>,
}

/// Why consent is wanting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    pub purpose: Purpose,
    /// Nothing where nobody said anything.
    pub state: Option<ConsentState>,
    pub since: Option<Time>,
}

impl Lack {
    pub(super) fn explain(&self) -> String {
        let Lack { purpose, state, since } = self;
        let since = since.map(|since| format!(" since {since}")).unwrap_or_default();
        let record = "record it by POST /v1/contacts/{id}/consents";
        let rule = format!(
            "set the rule of this purpose to {} by PATCH /v1/settings (consent.{purpose}.rule)",
            ConsentRule::UnlessWithdrawn
        );
        match state {
            Some(ConsentState::Withdrawn) => format!(
                "The person has withdrawn their consent to {purpose} messages{since}. If they gave it anew, {record} with when."
            ),
            Some(ConsentState::Pending) => format!(
                "The person has not yet confirmed their consent to {purpose} messages (pending{since}). Wait for their yes, or {rule}."
            ),
            Some(ConsentState::Given) | None => {
                format!(
                    "No consent of the person to {purpose} messages is known. If they gave it, {record}; or {rule}."
                )
            }
        }
    }
}

/// A marketing template needs consent always, any other one only where no window is open; free-form messages never.
pub fn needs_consent(template: &TemplateUse, is_open: bool) -> Option<Purpose> {
    let TemplateUse::Found(template) = template else { return None };
    let purpose = Purpose::of_category(&template.category);
    (purpose == Purpose::Marketing || !is_open).then_some(purpose)
}

pub(super) fn check(situation: &Situation) -> Result<(), Refusal> {
    let Some(purpose) = needs_consent(situation.template, situation.is_open()) else { return Ok(()) };
    let Grounds { consents, message } = situation.consent;
    let word = consents.words.get(&purpose);
    let state = word.map(|word| word.state);
    let asks = |message: &MessageId| !consents.asked_by(message).is_empty();
    if situation.settings.consent.of(purpose).rule.allows(state) || message.is_some_and(asks) {
        return Ok(());
    }
    Err(Refusal::NoConsent(Lack { purpose, state, since: word.map(|word| word.at) }))
}
