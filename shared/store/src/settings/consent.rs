//! The section `consent` of the settings' row.
use std::collections::{BTreeMap, BTreeSet};

use domain::consent::{
    ConfirmationSettings, ConsentRule, ConsentSettings, KeywordLists, Purpose, PurposeSettings, QuestionSettings,
    QuestionTemplate,
};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
pub(super) struct ConsentRow {
    #[serde(default)]
    purposes: BTreeMap<String, PurposeRow>,
    #[serde(default)]
    keywords: KeywordsRow,
    confirmation: Option<ConfirmationRow>,
    #[serde(default)]
    question: QuestionRow,
}

#[derive(Serialize, Deserialize)]
struct PurposeRow {
    rule: String,
    double_opt_in: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct KeywordsRow {
    instead: bool,
    stop: BTreeSet<String>,
    stop_all: BTreeSet<String>,
    stop_marketing: BTreeSet<String>,
    stop_updates: BTreeSet<String>,
    start: BTreeSet<String>,
    ignored: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
struct ConfirmationRow {
    on: bool,
    stop: BTreeMap<String, String>,
    start: BTreeMap<String, String>,
}

#[derive(Default, Serialize, Deserialize)]
struct QuestionRow {
    text: Option<String>,
    yes: Option<String>,
    no: Option<String>,
    template: Option<(String, String)>,
    yes_words: Vec<String>,
    no_words: Vec<String>,
}

impl ConsentRow {
    pub(super) fn of(settings: &ConsentSettings) -> ConsentRow {
        let ConsentSettings { purposes, keywords, confirmation, question } = settings.clone();
        let purpose = |(purpose, settings): (Purpose, PurposeSettings)| {
            let row = PurposeRow { rule: settings.rule.to_string(), double_opt_in: settings.double_opt_in };
            (purpose.to_string(), row)
        };
        let KeywordLists { is_instead, stop, stop_all, stop_marketing, stop_updates, start, ignored } = keywords;
        let keywords =
            KeywordsRow { instead: is_instead, stop, stop_all, stop_marketing, stop_updates, start, ignored };
        let ConfirmationSettings { is_on, stop, start } = confirmation;
        let QuestionSettings { text, yes, no, template, yes_words, no_words } = question;
        let template = template.map(|template| (template.name, template.language));
        ConsentRow {
            purposes: purposes.into_iter().map(purpose).collect(),
            keywords,
            confirmation: Some(ConfirmationRow { on: is_on, stop, start }),
            question: QuestionRow { text, yes, no, template, yes_words, no_words },
        }
    }

    pub(super) fn read(self) -> ConsentSettings {
        let purpose = |(purpose, row): (String, PurposeRow)| {
            let settings = PurposeSettings { rule: ConsentRule::parse(&row.rule)?, double_opt_in: row.double_opt_in };
            Some((Purpose::parse(&purpose)?, settings))
        };
        let KeywordsRow { instead, stop, stop_all, stop_marketing, stop_updates, start, ignored } = self.keywords;
        let keywords =
            KeywordLists { is_instead: instead, stop, stop_all, stop_marketing, stop_updates, start, ignored };
        let confirmation = self.confirmation.map_or_else(ConfirmationSettings::default, |row| ConfirmationSettings {
            is_on: row.on,
            stop: row.stop,
            start: row.start,
        });
        let QuestionRow { text, yes, no, template, yes_words, no_words } = self.question;
        let template = template.map(|(name, language)| QuestionTemplate { name, language });
        ConsentSettings {
            purposes: self.purposes.into_iter().filter_map(purpose).collect(),
            keywords,
            confirmation,
            question: QuestionSettings { text, yes, no, template, yes_words, no_words },
        }
    }
}
