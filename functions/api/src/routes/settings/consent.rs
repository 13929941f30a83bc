//! The section `consent` of the settings: which consent is asked for, by which words people stop and start messages, what is
//! written back, and how people are asked for their own yes.
use std::collections::{BTreeMap, BTreeSet};

use domain::consent::{
    self as entity, Effect, KeywordLists, LANGUAGES, PurposeSettings, QuestionSettings, QuestionTemplate, normal,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fields::{ConsentRule, Members, Text, Word, given, nullable};
use crate::problem::Problem;

const WORDS_MAX: usize = 100;
const LANGUAGES_MAX: usize = 100;

type Keyword = Text<60>;
type Confirmation = Text<1024>;
type Question = Text<1024>;
/// WhatsApp's limit of a button's title.
type Title = Text<20>;
type TemplateName = Text<512>;
type Language = Text<16>;

#[derive(Serialize, ToSchema)]
#[schema(as = ConsentSettings)]
pub(super) struct ConsentSettingsView {
    service: PurposeView,
    utility: PurposeView,
    marketing: PurposeView,
    keywords: KeywordsView,
    confirmation: ConfirmationView,
    question: QuestionView,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PurposeSettings)]
struct PurposeView {
    /// `required`: nobody is written to first who has not given it; `unless_withdrawn`: only those who took it back are left out.
    rule: ConsentRule,
    /// Whether the person is asked for their own yes when somebody else says that they gave it.
    double_opt_in: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = KeywordSettings)]
struct KeywordsView {
    /// These words count in place of the built-in ones, not beside them.
    instead: bool,
    /// No marketing and no news.
    stop: Vec<String>,
    /// Nothing at all unless they write.
    stop_all: Vec<String>,
    stop_marketing: Vec<String>,
    stop_updates: Vec<String>,
    /// What was stopped by a keyword goes on.
    start: Vec<String>,
    /// Words that do nothing, though they are built in.
    ignored: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ConfirmationSettings)]
struct ConfirmationView {
    enabled: bool,
    /// Texts in place of the built-in ones, by the language of the keyword; `*` for all others.
    stop: BTreeMap<String, String>,
    start: BTreeMap<String, String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QuestionSettings)]
struct QuestionView {
    /// Asked where a window is open, with two buttons; null: a built-in text that names the purposes.
    text: Option<String>,
    yes: Option<String>,
    no: Option<String>,
    /// Asks where none is open; its first quick reply means yes, its second no.
    template: Option<TemplateView>,
    /// Whole messages that mean yes, in place of the built-in ones unless empty.
    yes_words: Vec<String>,
    no_words: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = QuestionTemplate)]
struct TemplateView {
    name: String,
    language: String,
}

impl From<entity::ConsentSettings> for ConsentSettingsView {
    fn from(settings: entity::ConsentSettings) -> ConsentSettingsView {
        let purpose = |purpose| {
            let PurposeSettings { rule, double_opt_in } = settings.of(purpose);
            PurposeView { rule: Word(rule), double_opt_in }
        };
        let (service, utility) = (purpose(entity::Purpose::Service), purpose(entity::Purpose::Utility));
        let marketing = purpose(entity::Purpose::Marketing);
        let list = |words: BTreeSet<String>| words.into_iter().collect();
        let KeywordLists { is_instead, stop, stop_all, stop_marketing, stop_updates, start, ignored } =
            settings.keywords;
        let keywords = KeywordsView {
            instead: is_instead,
            stop: list(stop),
            stop_all: list(stop_all),
            stop_marketing: list(stop_marketing),
            stop_updates: list(stop_updates),
            start: list(start),
            ignored: list(ignored),
        };
        let entity::ConfirmationSettings { is_on, stop, start } = settings.confirmation;
        let QuestionSettings { text, yes, no, template, yes_words, no_words } = settings.question;
        let template = template.map(|QuestionTemplate { name, language }| TemplateView { name, language });
        ConsentSettingsView {
            service,
            utility,
            marketing,
            keywords,
            confirmation: ConfirmationView { enabled: is_on, stop, start },
            question: QuestionView { text, yes, no, template, yes_words, no_words },
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsentSettingsPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<PurposePatch>, nullable = false)]
    service: Option<Members<PurposePatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<PurposePatch>, nullable = false)]
    utility: Option<Members<PurposePatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<PurposePatch>, nullable = false)]
    marketing: Option<Members<PurposePatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<KeywordsPatch>, nullable = false)]
    keywords: Option<Members<KeywordsPatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ConfirmationPatch>, nullable = false)]
    confirmation: Option<Members<ConfirmationPatch>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<QuestionPatch>, nullable = false)]
    question: Option<Members<QuestionPatch>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PurposePatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    rule: Option<ConsentRule>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    double_opt_in: Option<bool>,
}

/// Each list takes the place of the one that is set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeywordsPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    instead: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    stop: Option<Vec<Keyword>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    stop_all: Option<Vec<Keyword>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    stop_marketing: Option<Vec<Keyword>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    stop_updates: Option<Vec<Keyword>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    start: Option<Vec<Keyword>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    ignored: Option<Vec<Keyword>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmationPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    stop: Option<BTreeMap<Language, Confirmation>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    start: Option<BTreeMap<Language, Confirmation>>,
}

/// Null takes a member away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionPatch {
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Question>)]
    text: Option<Option<Question>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Title>)]
    yes: Option<Option<Title>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Title>)]
    no: Option<Option<Title>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<QuestionTemplateInput>)]
    template: Option<Option<Members<QuestionTemplateInput>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    yes_words: Option<Vec<Keyword>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    no_words: Option<Vec<Keyword>>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionTemplateInput {
    #[schema(inline)]
    name: TemplateName,
    #[schema(inline)]
    language: Language,
}

impl ConsentSettingsPatch {
    pub(super) fn apply(&self, settings: &mut entity::ConsentSettings) -> Result<(), Problem> {
        for (purpose, patch) in [
            (entity::Purpose::Service, &self.service),
            (entity::Purpose::Utility, &self.utility),
            (entity::Purpose::Marketing, &self.marketing),
        ] {
            let Some(Members(patch)) = patch else { continue };
            let PurposeSettings { rule, double_opt_in } = settings.of(purpose);
            let rule = patch.rule.map_or(rule, |rule| rule.0);
            let double_opt_in = patch.double_opt_in.unwrap_or(double_opt_in);
            settings.purposes.insert(purpose, PurposeSettings { rule, double_opt_in });
        }
        if let Some(Members(keywords)) = &self.keywords {
            keywords.apply(&mut settings.keywords)?;
        }
        if let Some(Members(confirmation)) = &self.confirmation {
            confirmation.apply(&mut settings.confirmation)?;
        }
        match &self.question {
            Some(Members(question)) => question.apply(&mut settings.question),
            None => Ok(()),
        }
    }
}

/// Words that are letters and not only signs, each once.
fn words(list: &[Keyword], field: &str) -> Result<Vec<String>, Problem> {
    if list.len() > WORDS_MAX {
        return Err(Problem::field(field, format!("must have at most {WORDS_MAX} words")));
    }
    for (index, word) in list.iter().enumerate() {
        if normal(&word.0).is_none() {
            return Err(Problem::field(format!("{field}[{index}]"), "must have letters or digits"));
        }
    }
    Ok(list.iter().map(|word| word.0.trim().to_owned()).collect())
}

impl KeywordsPatch {
    fn apply(&self, keywords: &mut KeywordLists) -> Result<(), Problem> {
        if let Some(instead) = self.instead {
            keywords.is_instead = instead;
        }
        for (name, list, target) in [
            ("stop", &self.stop, &mut keywords.stop),
            ("stop_all", &self.stop_all, &mut keywords.stop_all),
            ("stop_marketing", &self.stop_marketing, &mut keywords.stop_marketing),
            ("stop_updates", &self.stop_updates, &mut keywords.stop_updates),
            ("start", &self.start, &mut keywords.start),
            ("ignored", &self.ignored, &mut keywords.ignored),
        ] {
            if let Some(list) = list {
                *target = words(list, &format!("consent.keywords.{name}"))?.into_iter().collect();
            }
        }
        let mut seen: BTreeMap<String, Effect> = BTreeMap::new();
        for (effect, word) in
            keywords.lists().into_iter().flat_map(|(effect, list)| list.iter().map(move |word| (effect, word)))
        {
            let Some(normal) = normal(word) else { continue };
            if let Some(other) = seen.insert(normal, effect).filter(|other| *other != effect) {
                let wrong = format!("must not have {word}, which is in {other} too");
                return Err(Problem::field(format!("consent.keywords.{effect}"), wrong));
            }
        }
        Ok(())
    }
}

impl ConfirmationPatch {
    fn apply(&self, confirmation: &mut entity::ConfirmationSettings) -> Result<(), Problem> {
        if let Some(enabled) = self.enabled {
            confirmation.is_on = enabled;
        }
        for (name, texts, target) in
            [("stop", &self.stop, &mut confirmation.stop), ("start", &self.start, &mut confirmation.start)]
        {
            let Some(texts) = texts else { continue };
            let field = format!("consent.confirmation.{name}");
            let is_known = |code: &str| code == "*" || LANGUAGES.iter().any(|language| language.code == code);
            if let Some(Text(unknown)) = texts.keys().find(|code| !is_known(&code.0)) {
                let codes: Vec<&str> = LANGUAGES.iter().map(|language| language.code).collect();
                let expected = format!("is no language of a keyword, expected * or one of: {}", codes.join(", "));
                return Err(Problem::field(format!("{field}.{unknown}"), expected));
            }
            if texts.len() > LANGUAGES_MAX {
                return Err(Problem::field(field, format!("must have at most {LANGUAGES_MAX} languages")));
            }
            *target = texts.iter().map(|(code, text)| (code.0.clone(), text.0.clone())).collect();
        }
        Ok(())
    }
}

impl QuestionPatch {
    fn apply(&self, question: &mut QuestionSettings) -> Result<(), Problem> {
        fn set<const MAX: usize>(target: &mut Option<String>, text: Option<&Option<Text<MAX>>>) {
            if let Some(text) = text {
                *target = text.as_ref().map(|text| text.0.clone());
            }
        }
        set(&mut question.text, self.text.as_ref());
        set(&mut question.yes, self.yes.as_ref());
        set(&mut question.no, self.no.as_ref());
        if question.yes.is_some() && question.yes == question.no {
            return Err(Problem::field("consent.question.no", "must differ from yes"));
        }
        if let Some(template) = &self.template {
            let template = template.as_ref().map(|Members(template)| template);
            question.template = template.map(|template| QuestionTemplate {
                name: template.name.0.clone(),
                language: template.language.0.clone(),
            });
        }
        if let Some(list) = &self.yes_words {
            question.yes_words = words(list, "consent.question.yes_words")?;
        }
        if let Some(list) = &self.no_words {
            question.no_words = words(list, "consent.question.no_words")?;
        }
        Ok(())
    }
}
