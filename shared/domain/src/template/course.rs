//! What became of a template: statuses, qualities and categories as webhooks tell them and as lists show them.
//!
//! Guarantee: the course, and the status, quality and category that follow from it, depend on what was told and on Meta's
//! times, and not on the order or the number of tellings.
use std::time::Duration;

use super::{APPROVED, DELETED, Template};
use crate::Time;

/// How many notes are kept. The latest of each kind stays in any case.
pub const NOTES_MAX: usize = 20;

/// Meta's times are whole seconds: what happened at one may have happened up to its end.
const SECOND: Duration = Duration::from_millis(999);
const FIRST_PAUSE: Duration = Duration::from_secs(3 * 3600);
const SECOND_PAUSE: Duration = Duration::from_secs(6 * 3600);
/// An archived template is deleted after so long.
const ARCHIVED_FOR: Duration = Duration::from_secs(28 * 24 * 3600);

crate::words! {
    pub enum NoteKind {
        Status = "status",
        Quality = "quality",
        Category = "category",
        /// It will have another category from `effective_at` on.
        CategoryAnnounced = "category_announced",
        /// Meta thinks that another category would be right.
        CategorySuggested = "category_suggested",
        /// Its text or its buttons were changed.
        Components = "components",
    }
}

crate::words! {
    pub enum NoteSource {
        Webhook = "webhook",
        Sync = "sync",
    }
}

/// Something that happened to a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub at: Time,
    pub source: NoteSource,
    pub kind: NoteKind,
    /// The event, score or category, in Meta's words.
    pub value: String,
    /// The score or category that it had before, or still has where another one is announced.
    pub before: Option<String>,
    pub reason: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub recommendation: Option<String>,
    /// When the category changes, or since when the template is disabled.
    pub effective_at: Option<Time>,
}

/// The latest note first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    pub notes: Vec<Note>,
    /// Counts the changes of the template, so that two of them never meet unseen.
    pub revision: u64,
}

/// What a template's state means for whoever wants to use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Of a rejected one: why, and what to do.
    pub rejection: Option<Note>,
    /// Of a paused one: why, and until when; without an end it must be unpaused.
    pub pause: Option<(Note, Option<Time>)>,
    pub disabled: Option<(Note, Time)>,
    /// Since when it is archived, and when it will be deleted.
    pub archived: Option<(Time, Time)>,
    /// The category that it will have, and from when on.
    pub upcoming_category: Option<(String, Option<Time>)>,
}

impl Note {
    pub fn new(kind: NoteKind, source: NoteSource, value: &str, at: Time) -> Note {
        Note {
            at,
            source,
            kind,
            value: value.to_owned(),
            before: None,
            reason: None,
            title: None,
            description: None,
            recommendation: None,
            effective_at: None,
        }
    }

    /// The end of the time in which it can have happened.
    pub fn until(&self) -> Time {
        match self.source {
            NoteSource::Webhook => self.at.plus(SECOND),
            NoteSource::Sync => self.at,
        }
    }

    /// What the note makes of the status, if anything: some events only tell.
    fn status(&self) -> Option<&str> {
        match (self.kind, self.value.as_str()) {
            (NoteKind::Status, "FLAGGED") => None,
            (NoteKind::Status, "REINSTATED" | "UNARCHIVED" | "UNPAUSED") => Some(APPROVED),
            (NoteKind::Status, status) => Some(status),
            _ => None,
        }
    }

    fn category(&self) -> Option<&str> {
        match self.kind {
            NoteKind::Category => Some(&self.value),
            NoteKind::CategoryAnnounced => self.before.as_deref(),
            NoteKind::Status | NoteKind::Quality | NoteKind::CategorySuggested | NoteKind::Components => None,
        }
    }

    /// A category that is told beside a status, and is news only where it is another one.
    fn is_aside(&self) -> bool {
        self.kind == NoteKind::Category && self.before.is_none()
    }

    fn quality(&self) -> Option<&str> {
        (self.kind == NoteKind::Quality).then_some(self.value.as_str())
    }

    /// Notes in the order of what they tell. Within a second a review ends after it began, and nothing follows a deletion.
    fn place(&self) -> (Time, u8, &str, NoteKind) {
        let rank = match self.value.as_str() {
            "PENDING" => 0,
            "IN_APPEAL" => 1,
            DELETED => 4,
            APPROVED => 2,
            _ => 3,
        };
        (self.until(), rank, &self.value, self.kind)
    }
}

impl Course {
    /// Whether this is known. A status that comes twice is one, whatever else it carries.
    fn knows(&self, note: &Note) -> bool {
        let is_same = |one: &Note| (one.at, one.kind, &one.value) == (note.at, note.kind, &note.value);
        self.notes.iter().any(is_same)
    }

    fn add(&mut self, note: Note) {
        self.notes.push(note);
        self.notes.sort_by(|one, other| other.place().cmp(&one.place()));
        while self.notes.len() > NOTES_MAX {
            let is_latest = |at: usize, note: &Note| !self.notes.iter().take(at).any(|later| later.kind == note.kind);
            let spare = self.notes.iter().enumerate().rev().find(|(at, note)| !is_latest(*at, note)).map(|(at, _)| at);
            match spare {
                Some(at) => drop(self.notes.remove(at)),
                None => return,
            }
        }
    }

    /// The latest note that says something of one aspect.
    fn latest<'a, T>(&'a self, says: impl Fn(&'a Note) -> Option<T>) -> Option<(&'a Note, T)> {
        self.notes.iter().find_map(|note| Some((note, says(note)?)))
    }

    pub(super) fn latest_status(&self) -> Option<&Note> {
        self.latest(Note::status).map(|(note, _)| note)
    }

    pub(super) fn latest_quality(&self) -> Option<&Note> {
        self.latest(Note::quality).map(|(note, _)| note)
    }

    pub(super) fn latest_category(&self) -> Option<&Note> {
        self.latest(Note::category).map(|(note, _)| note)
    }

    pub(super) fn with(mut self, note: Note) -> Course {
        if !self.knows(&note) {
            self.add(note);
        }
        self
    }
}

impl Template {
    /// Takes over what webhooks tell. A list that was read to its end after it is later, and so is what a later webhook said;
    /// then it is only noted. `None`: all of it is known.
    pub fn told(&self, notes: &[Note], listed_at: Option<Time>) -> Option<Template> {
        let mut next = self.clone();
        let mut is_news = false;
        for note in notes.iter().filter(|note| !self.course.knows(note)) {
            let is_past = note.until() < self.synced_at || listed_at.is_some_and(|listed| note.until() < listed);
            if note.is_aside() && (is_past || !next.is_moved_by(note)) {
                continue;
            }
            is_news = true;
            next.course.add(note.clone());
            if !is_past {
                next.follow(note);
            }
        }
        if !is_news {
            return None;
        }
        next.course.revision = next.course.revision.saturating_add(1);
        Some(next)
    }

    /// Whether the category would be another one.
    fn is_moved_by(&self, note: &Note) -> bool {
        let is_latest = self.course.latest_category().is_none_or(|latest| latest.place() < note.place());
        is_latest && note.value != self.category
    }

    /// What a note that is the latest of its aspect makes of the template.
    fn follow(&mut self, note: &Note) {
        if let Some(status) = note.status().filter(|_| self.course.latest_status() == Some(note)) {
            self.status = status.to_owned();
            self.rejected_reason = note.reason.clone().filter(|_| status == "REJECTED");
        }
        if let Some(quality) = note.quality().filter(|_| self.course.latest_quality() == Some(note)) {
            (self.quality, self.more.quality_at) = (Some(quality.to_owned()), Some(note.at));
        }
        if let Some(category) = note.category().filter(|_| self.course.latest_category() == Some(note)) {
            if self.category != category {
                self.more.previous_category = Some(std::mem::replace(&mut self.category, category.to_owned()));
            }
            self.more.correct_category = (note.kind == NoteKind::CategoryAnnounced).then(|| note.value.clone());
        }
    }

    pub fn outlook(&self) -> Outlook {
        let latest = self.course.latest_status().filter(|note| note.status() == Some(self.status.as_str())).cloned();
        let is = |status: &str| latest.clone().filter(|_| self.status == status);
        Outlook {
            rejection: is("REJECTED"),
            pause: is("PAUSED").map(|note| {
                let length = match note.title.as_deref().or(note.reason.as_deref()) {
                    Some("FIRST_PAUSE") => Some(FIRST_PAUSE),
                    Some("SECOND_PAUSE") => Some(SECOND_PAUSE),
                    _ => None,
                };
                let until = length.map(|length| note.at.plus(length));
                (note, until)
            }),
            disabled: is("DISABLED").map(|note| {
                let at = note.effective_at.unwrap_or(note.at);
                (note, at)
            }),
            archived: is("ARCHIVED").map(|note| (note.at, note.at.plus(ARCHIVED_FOR))),
            upcoming_category: self.upcoming_category(),
        }
    }

    /// An announcement holds until the category has changed.
    fn upcoming_category(&self) -> Option<(String, Option<Time>)> {
        let announced = self.course.latest_category().filter(|note| note.kind == NoteKind::CategoryAnnounced);
        let told = announced.map(|note| (note.value.clone(), note.effective_at));
        let listed = || self.more.correct_category.clone().map(|category| (category, None));
        told.or_else(listed).filter(|(category, _)| *category != self.category)
    }

    /// The status with what is known of it, for whoever cannot send the template.
    pub fn standing(&self) -> String {
        let outlook = self.outlook();
        let paused = outlook.pause.map(|(note, until)| (note, until.map(|until| format!("until {until}"))));
        let told = paused.or_else(|| {
            outlook
                .disabled
                .or_else(|| outlook.rejection.map(|note| (note.clone(), note.at)))
                .map(|(note, _)| (note, None))
        });
        let Some((note, until)) = told else {
            return self.status.clone();
        };
        let words = [note.title.or(note.reason), until, note.description];
        let words: Vec<String> = words.into_iter().flatten().collect();
        if words.is_empty() { self.status.clone() } else { format!("{} ({})", self.status, words.join("; ")) }
    }
}

#[cfg(test)]
mod tests;
