//! What needs consent, and what never does (P38, P40).
use super::*;
use crate::consent::{ConsentRule, ConsentSettings, ConsentSource, PurposeSettings, Said, Statement};
use crate::template::AUTHENTICATION;

pub(super) fn consents(purposes: &[Purpose], is_given: bool) -> Consents {
    let mut consents = Consents::default();
    for purpose in purposes {
        let statement = Statement {
            contact: ContactId::derive(&["ann"]),
            purpose: *purpose,
            is_given,
            said: Said::At(NOW),
            place: NOW,
            source: ConsentSource::Api,
            origin: None,
            proof: None,
            channel: None,
            message: None,
            fact: String::new(),
        };
        consents.apply(&consents.decide(statement, false, NOW));
    }
    consents
}

#[test]
fn only_what_the_business_begins_needs_consent_and_marketing_always() {
    use Purpose::{Marketing, Service, Utility};
    let open = conversation(Some((1, WindowState::Open)));
    let [marketing, utility, code] =
        [MARKETING, UTILITY, AUTHENTICATION].map(|category| template_of("APPROVED", category));
    let (nothing, none) = (Consents::default(), TemplateUse::None);
    let (given, withdrawn) = (|purpose| consents(&[purpose], true), |purpose| consents(&[purpose], false));
    let refused = Some("no-consent");
    for (consents, conversation, template, expected) in [
        (nothing.clone(), None, &marketing, refused),
        (nothing.clone(), Some(&open), &marketing, refused),
        (nothing.clone(), None, &utility, refused),
        (nothing.clone(), Some(&open), &utility, None),
        (nothing.clone(), None, &code, None),
        (nothing.clone(), Some(&open), &none, None),
        (given(Marketing), None, &marketing, None),
        (given(Utility), None, &marketing, refused),
        (given(Marketing), None, &utility, refused),
        (given(Utility), None, &utility, None),
        (withdrawn(Marketing), Some(&open), &marketing, refused),
        (withdrawn(Utility), None, &utility, refused),
        (withdrawn(Utility), Some(&open), &utility, None),
        (withdrawn(Service), None, &code, refused),
        (withdrawn(Service), Some(&open), &code, None),
        (withdrawn(Service), Some(&open), &none, None),
    ] {
        let (well, channel) = (Reach::default(), channel(ChannelState::Active));
        let consent = Grounds { consents: &consents, message: None };
        let situation = Situation { reach: &well, consent, ..situation(&channel, conversation, template) };
        let outcome = permit(&situation);
        let line = format!("{consents:?} {:?} {template:?}", conversation.is_some());
        assert_eq!(outcome.as_ref().err().map(Refusal::code), expected, "{line}");
    }
}

#[test]
fn the_business_says_which_consent_it_needs() {
    let rule = |rule| Settings {
        consent: ConsentSettings {
            purposes: [(Purpose::Utility, PurposeSettings { rule, double_opt_in: false })].into(),
            ..ConsentSettings::default()
        },
        ..exact().clone()
    };
    let (channel, utility) = (channel(ChannelState::Active), template("APPROVED"));
    for (rule, consents, expected) in [
        (rule(ConsentRule::Required), Consents::default(), Some("no-consent")),
        (rule(ConsentRule::UnlessWithdrawn), Consents::default(), None),
        (rule(ConsentRule::UnlessWithdrawn), consents(&[Purpose::Utility], false), Some("no-consent")),
    ] {
        let consent = Grounds { consents: &consents, message: None };
        let outcome = permit(&Situation { consent, settings: &rule, ..situation(&channel, None, &utility) });
        assert_eq!(outcome.err().map(|refusal| refusal.code()), expected);
    }
}

#[test]
fn the_question_itself_needs_no_consent_while_it_is_open() {
    let (channel, marketing, asked) =
        (channel(ChannelState::Active), template_of("APPROVED", MARKETING), message(State::Queued));
    let mut pending = consents(&[Purpose::Marketing], true);
    if let Some(word) = pending.words.get_mut(&Purpose::Marketing) {
        (word.state, word.question) = (crate::consent::ConsentState::Pending, Some(asked.id.clone()));
    }
    for (consents, id, expected) in [
        (&pending, Some(&asked.id), None),
        (&pending, None, Some("no-consent")),
        (&consents(&[Purpose::Marketing], false), Some(&asked.id), Some("no-consent")),
    ] {
        let consent = Grounds { consents, message: id };
        let outcome = permit(&Situation { consent, ..situation(&channel, None, &marketing) });
        assert_eq!(outcome.err().map(|refusal| refusal.code()), expected);
    }
}

#[test]
fn metas_own_limit_on_marketing_ends_with_its_time_or_a_message() {
    let (channel, open) = (channel(ChannelState::Active), conversation(Some((1, WindowState::Open))));
    let (marketing, utility) = (template_of("APPROVED", MARKETING), template("APPROVED"));
    let paused = |until| Reach { marketing_paused_until: Some(until), ..Reach::default() };
    let later = NOW.plus(Duration::from_secs(1));
    for (reach, conversation, template, expected) in [
        (paused(later), None, &marketing, Some("marketing-cooldown")),
        (paused(later), Some(&open), &marketing, None),
        (paused(later), None, &utility, None),
        (paused(NOW), None, &marketing, None),
    ] {
        let outcome = permit(&Situation { reach: &reach, ..situation(&channel, conversation, template) });
        assert_eq!(outcome.err().map(|refusal| refusal.code()), expected);
    }
}
