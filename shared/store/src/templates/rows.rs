//! A template's row: its content, what became of it, and beside them what a sync has staged.
//!
//! Guarantee: a row whose content was never written shows nothing, and staged content shows only once its sync's run is
//! committed.
use domain::Time;
use domain::ids::TemplateId;
use domain::template::{Course, More, Note, NoteKind, NoteSource, Template, merge};
use serde::{Deserialize, Serialize};

use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::keys;

/// What a list tells of a template; this is also what is staged, as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Content {
    meta_id: String,
    status: String,
    category: String,
    parameter_format: String,
    components: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correct_category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_tracking_off: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    library_template_name: Option<String>,
    synced_at: i64,
}

/// The attributes of [`Content`] and of the course: what a change of the content sets or removes.
pub(super) const CONTENT: [&str; 17] = [
    "meta_id",
    "status",
    "category",
    "parameter_format",
    "components",
    "quality",
    "quality_at",
    "rejected_reason",
    "sub_category",
    "previous_category",
    "correct_category",
    "ttl_seconds",
    "link_tracking_off",
    "library_template_name",
    "synced_at",
    "course",
    "revision",
];

#[derive(Serialize, Deserialize)]
struct TemplateRow {
    id: String,
    waba_id: String,
    name: String,
    language: String,
    /// Absent on a row that a sync staged and did not commit yet.
    #[serde(flatten)]
    content: Option<Content>,
    /// Notes, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    course: Option<String>,
    #[serde(default)]
    revision: u64,
    /// What a sync staged, as JSON, and the number of its run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_run: Option<u64>,
}

impl Row for TemplateRow {
    const ENTITY: &'static str = "template";
}

#[derive(Serialize, Deserialize)]
struct NoteRow {
    at: i64,
    source: String,
    kind: String,
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recommendation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_at: Option<i64>,
}

/// A row as it was read: what it shows by itself, and what a sync has staged beside that.
#[derive(Clone, Debug)]
pub struct Held {
    pub id: TemplateId,
    pub waba_id: String,
    shown: Option<Template>,
    staged: Option<(u64, Template)>,
}

impl Held {
    /// The run that staged something here.
    pub fn staged_by(&self) -> Option<u64> {
        self.staged.as_ref().map(|(run, _)| *run)
    }

    /// Whether the row shows nothing by itself.
    pub fn is_bare(&self) -> bool {
        self.shown.is_none()
    }

    pub(super) fn shown(self) -> Option<Template> {
        self.shown
    }

    /// The template as whoever reads it sees it, when `committed` is the run whose staged rows count.
    pub fn seen(&self, committed: Option<u64>) -> Option<Template> {
        match &self.staged {
            Some((run, listed)) if Some(*run) == committed => Some(merge(self.shown.as_ref(), listed)),
            Some(_) | None => self.shown.clone(),
        }
    }

    pub(super) fn revision(&self) -> u64 {
        self.shown.as_ref().map_or(0, |shown| shown.course.revision)
    }
}

fn content(template: &Template) -> Content {
    let more = &template.more;
    Content {
        meta_id: template.meta_id.clone(),
        status: template.status.clone(),
        category: template.category.clone(),
        parameter_format: template.parameter_format.clone(),
        components: template.components.to_string(),
        quality: template.quality.clone(),
        quality_at: more.quality_at.map(Time::millis),
        rejected_reason: template.rejected_reason.clone(),
        sub_category: more.sub_category.clone(),
        previous_category: more.previous_category.clone(),
        correct_category: more.correct_category.clone(),
        ttl_seconds: more.ttl_seconds,
        link_tracking_off: more.is_link_tracking_off,
        library_template_name: more.library_template_name.clone(),
        synced_at: template.synced_at.millis(),
    }
}

fn note_row(note: &Note) -> NoteRow {
    NoteRow {
        at: note.at.millis(),
        source: note.source.to_string(),
        kind: note.kind.to_string(),
        value: note.value.clone(),
        before: note.before.clone(),
        reason: note.reason.clone(),
        title: note.title.clone(),
        description: note.description.clone(),
        recommendation: note.recommendation.clone(),
        effective_at: note.effective_at.map(Time::millis),
    }
}

fn note(row: NoteRow) -> Option<Note> {
    Some(Note {
        at: Time::from_millis(row.at),
        source: NoteSource::parse(&row.source)?,
        kind: NoteKind::parse(&row.kind)?,
        value: row.value,
        before: row.before,
        reason: row.reason,
        title: row.title,
        description: row.description,
        recommendation: row.recommendation,
        effective_at: row.effective_at.map(Time::from_millis),
    })
}

/// What is staged of a template.
pub(super) fn staged(operation: &'static str, template: &Template) -> Result<String, StoreError> {
    serde_json::to_string(&content(template)).map_err(|error| StoreError::row(operation, error))
}

/// A template as an item of the table, with nothing staged.
pub(super) fn item(operation: &'static str, template: &Template) -> Result<Attributes, StoreError> {
    let notes: Vec<NoteRow> = template.course.notes.iter().map(note_row).collect();
    let course = serde_json::to_string(&notes).map_err(|error| StoreError::row(operation, error))?;
    let row = TemplateRow {
        id: template.id.to_string(),
        waba_id: template.waba_id.clone(),
        name: template.name.clone(),
        language: template.language.clone(),
        content: Some(content(template)),
        course: (!notes.is_empty()).then_some(course),
        revision: template.course.revision,
        next: None,
        next_run: None,
    };
    let list = keys::list_templates(&template.waba_id, &template.name, &template.language);
    encode(operation, &keys::template(&template.id), Some(&list), &row)
}

pub(super) fn held(operation: &'static str, item: Attributes) -> Result<Held, StoreError> {
    let row: TemplateRow = decode(operation, item)?;
    let id = TemplateId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "a template's id"))?;
    let notes: Vec<NoteRow> = match &row.course {
        Some(course) => serde_json::from_str(course).map_err(|error| StoreError::row(operation, error))?,
        None => Vec::new(),
    };
    // What a later version notes by a word that is not known here is left alone.
    let course = Course { notes: notes.into_iter().filter_map(note).collect(), revision: row.revision };
    let named = |content: Content, course: Course| template(operation, &row, &id, content, course);
    let shown = row.content.clone().map(|content| named(content, course)).transpose()?;
    let staged = match (&row.next, row.next_run) {
        (Some(next), Some(run)) => {
            let content: Content = serde_json::from_str(next).map_err(|error| StoreError::row(operation, error))?;
            Some((run, named(content, Course::default())?))
        }
        _ => None,
    };
    Ok(Held { waba_id: row.waba_id.clone(), shown, staged, id })
}

fn template(
    operation: &'static str,
    row: &TemplateRow,
    id: &TemplateId,
    content: Content,
    course: Course,
) -> Result<Template, StoreError> {
    Ok(Template {
        id: id.clone(),
        waba_id: row.waba_id.clone(),
        meta_id: content.meta_id,
        name: row.name.clone(),
        language: row.language.clone(),
        status: content.status,
        category: content.category,
        parameter_format: content.parameter_format,
        components: serde_json::from_str(&content.components).map_err(|error| StoreError::row(operation, error))?,
        quality: content.quality,
        rejected_reason: content.rejected_reason,
        more: More {
            sub_category: content.sub_category,
            previous_category: content.previous_category,
            correct_category: content.correct_category,
            ttl_seconds: content.ttl_seconds,
            is_link_tracking_off: content.link_tracking_off,
            library_template_name: content.library_template_name,
            quality_at: content.quality_at.map(Time::from_millis),
        },
        course,
        synced_at: Time::from_millis(content.synced_at),
    })
}
