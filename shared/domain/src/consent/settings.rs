//! The business's own rules of consent.
use std::collections::BTreeMap;

use super::keywords::KeywordLists;
use super::{ConsentState, Purpose};
use crate::words;

words! {
    /// What a business asks for before it writes first.
    pub enum ConsentRule {
        /// The person must have given it.
        Required = "required",
        /// It is enough that they have not withdrawn it.
        UnlessWithdrawn = "unless_withdrawn",
    }
}

impl ConsentRule {
    pub fn allows(self, state: Option<ConsentState>) -> bool {
        match (self, state) {
            (_, Some(ConsentState::Given)) => true,
            (_, Some(ConsentState::Withdrawn)) => false,
            (ConsentRule::UnlessWithdrawn, None | Some(ConsentState::Pending)) => true,
            (ConsentRule::Required, None | Some(ConsentState::Pending)) => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurposeSettings {
    pub rule: ConsentRule,
    /// Whether the person is asked for their own yes when somebody else says that they gave it.
    pub double_opt_in: bool,
}

/// What is written back to a word like STOP or START.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmationSettings {
    pub is_on: bool,
    /// Texts in place of ours, by language; under `*` for all languages without one of their own.
    pub stop: BTreeMap<String, String>,
    pub start: BTreeMap<String, String>,
}

impl Default for ConfirmationSettings {
    fn default() -> ConfirmationSettings {
        ConfirmationSettings { is_on: true, stop: BTreeMap::new(), start: BTreeMap::new() }
    }
}

/// The template that asks where no window is open; its first quick-reply button means yes, its second no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionTemplate {
    pub name: String,
    pub language: String,
}

/// How a person is asked for their yes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuestionSettings {
    pub text: Option<String>,
    /// The titles of the two buttons.
    pub yes: Option<String>,
    pub no: Option<String>,
    pub template: Option<QuestionTemplate>,
    /// Whole messages that mean yes beside the button, and no; in place of ours, if there are any.
    pub yes_words: Vec<String>,
    pub no_words: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentSettings {
    /// What differs from the usual.
    pub purposes: BTreeMap<Purpose, PurposeSettings>,
    pub keywords: KeywordLists,
    pub confirmation: ConfirmationSettings,
    pub question: QuestionSettings,
}

impl ConsentSettings {
    pub fn of(&self, purpose: Purpose) -> PurposeSettings {
        let rule = match purpose {
            Purpose::Service => ConsentRule::UnlessWithdrawn,
            Purpose::Utility | Purpose::Marketing => ConsentRule::Required,
        };
        self.purposes.get(&purpose).copied().unwrap_or(PurposeSettings { rule, double_opt_in: false })
    }

    /// Whether anybody is ever asked.
    pub fn asks(&self) -> bool {
        self.purposes.values().any(|purpose| purpose.double_opt_in)
    }
}
