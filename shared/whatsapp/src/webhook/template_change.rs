//! Changes of templates. What a change is follows from its members: Meta's own samples are mislabelled.
use domain::Time;
use domain::template::{Note, NoteKind, NoteSource, language};
use serde_json::Value;

use crate::loose::Loose;
use crate::templates::{Category, QualityScore, TemplateStatus};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateChange {
    Status(StatusChange),
    Quality(QualityChange),
    Category(CategoryChange),
    /// Meta thinks that the category is wrong; nothing has changed.
    CategoryGuess(CategoryGuess),
    /// The text or the buttons changed: a hint to read the template again, not a copy of it.
    Components(TemplateRef),
    /// It names a template, and nothing else that is known.
    Unknown(TemplateRef),
}

/// Which template. Its id is unique per language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateRef {
    pub id: Option<String>,
    pub name: Option<String>,
    pub language: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    pub template: TemplateRef,
    pub status: TemplateStatus,
    pub category: Option<Category>,
    /// Why it was rejected or disabled, in Meta's words.
    pub reason: Option<String>,
    /// As `FIRST_PAUSE`.
    pub title: Option<String>,
    /// The reason in a sentence.
    pub details: Option<String>,
    pub recommendation: Option<String>,
    pub disabled_at: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualityChange {
    pub template: TemplateRef,
    pub previous: Option<QualityScore>,
    pub current: QualityScore,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryChange {
    pub template: TemplateRef,
    pub previous: Option<Category>,
    /// The category that counts now.
    pub current: Option<Category>,
    /// The category that it will have from `at` on.
    pub upcoming: Option<Category>,
    pub at: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryGuess {
    pub template: TemplateRef,
    pub current: Option<Category>,
    pub suggested: Category,
}

impl TemplateChange {
    /// `None` if the value names no template.
    pub(super) fn read(value: &Value) -> Option<TemplateChange> {
        let template = TemplateRef {
            id: value.text("message_template_id"),
            name: value.text("message_template_name"),
            language: value.text("message_template_language").map(|code| language(&code)),
        };
        let is_scored = value.get("new_quality_score").is_some();
        if template.id.is_none() && template.name.is_none() && !is_scored {
            return None;
        }
        let category = |name: &str| value.text(name).map(|word| Category::read(&word));
        if let Some(score) = value.text("new_quality_score") {
            let previous = value.text("previous_quality_score").map(|score| QualityScore::read(&score));
            return Some(TemplateChange::Quality(QualityChange {
                template,
                previous,
                current: QualityScore::read(&score),
            }));
        }
        if let Some(word) = value.text("event") {
            return Some(TemplateChange::Status(StatusChange::read(template, &word, value)));
        }
        // `new_category` is what the template has now, also in the notice that it will change.
        if let Some(current) = category("new_category") {
            return Some(TemplateChange::Category(CategoryChange {
                template,
                previous: category("previous_category"),
                current: Some(current),
                upcoming: category("correct_category"),
                at: value.time("category_update_timestamp"),
            }));
        }
        if let Some(suggested) = category("suggested_category").or_else(|| category("correct_category")) {
            let current = category("current_category").or_else(|| category("category"));
            return Some(TemplateChange::CategoryGuess(CategoryGuess { template, current, suggested }));
        }
        let components = ["message_template_element", "message_template_buttons", "message_template_title"];
        let is_about_components = components.iter().any(|name| value.get(*name).is_some());
        Some(if is_about_components { TemplateChange::Components(template) } else { TemplateChange::Unknown(template) })
    }

    pub fn template(&self) -> &TemplateRef {
        match self {
            TemplateChange::Status(change) => &change.template,
            TemplateChange::Quality(change) => &change.template,
            TemplateChange::Category(change) => &change.template,
            TemplateChange::CategoryGuess(guess) => &guess.template,
            TemplateChange::Components(template) | TemplateChange::Unknown(template) => template,
        }
    }
}

impl TemplateChange {
    /// What became of the template at Meta's time `at`.
    pub fn notes(&self, at: Time) -> Vec<Note> {
        let note = |kind: NoteKind, value: &str| Note::new(kind, NoteSource::Webhook, value, at);
        let word = |category: &Option<Category>| category.as_ref().map(|category| category.word().to_owned());
        match self {
            TemplateChange::Status(change) => {
                let status = Note {
                    reason: change.reason.clone(),
                    title: change.title.clone(),
                    description: change.details.clone(),
                    recommendation: change.recommendation.clone(),
                    effective_at: change.disabled_at,
                    ..note(NoteKind::Status, change.status.word())
                };
                // Approved under another category than was asked for.
                let category = change.category.as_ref().map(|category| note(NoteKind::Category, category.word()));
                std::iter::once(status).chain(category).collect()
            }
            TemplateChange::Quality(change) => {
                let before = change.previous.as_ref().map(|score| score.word().to_owned());
                vec![Note { before, ..note(NoteKind::Quality, change.current.word()) }]
            }
            TemplateChange::Category(change) => match (&change.current, &change.upcoming) {
                (current, Some(upcoming)) => {
                    let announced = note(NoteKind::CategoryAnnounced, upcoming.word());
                    vec![Note { before: word(current), effective_at: change.at, ..announced }]
                }
                (Some(current), None) => {
                    vec![Note { before: word(&change.previous), ..note(NoteKind::Category, current.word()) }]
                }
                (None, None) => Vec::new(),
            },
            TemplateChange::CategoryGuess(guess) => {
                let suggested = note(NoteKind::CategorySuggested, guess.suggested.word());
                vec![Note { before: word(&guess.current), ..suggested }]
            }
            TemplateChange::Components(_) => vec![note(NoteKind::Components, "changed")],
            TemplateChange::Unknown(_) => Vec::new(),
        }
    }
}

impl StatusChange {
    fn read(template: TemplateRef, word: &str, value: &Value) -> StatusChange {
        let within = |object: &str, name: &str| value.object(object).and_then(|inner| inner.text(name));
        let reason = value.text("reason").filter(|reason| reason != "NONE");
        let in_words = within("rejection_info", "reason");
        let date = value.object("disable_info");
        StatusChange {
            template,
            status: TemplateStatus::read(word),
            category: value.text("message_template_category").map(|word| Category::read(&word)),
            reason: reason.or_else(|| in_words.clone()),
            title: within("other_info", "title"),
            details: within("other_info", "description").or(in_words),
            recommendation: within("rejection_info", "recommendation"),
            disabled_at: date.and_then(|date| date.time("disable_date").or_else(|| date.date("disable_date"))),
        }
    }
}
