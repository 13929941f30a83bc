//! A message template as Meta lists it, what became of it, and the mirror of an account's list.
use crate::Time;
use crate::ids::TemplateId;

mod course;
mod fallbacks;
mod listing;
pub mod order;
mod sync;

pub use course::{Course, NOTES_MAX, Note, NoteKind, NoteSource, Outlook};
pub use fallbacks::Fallbacks;
pub use listing::{SyncPlan, merge, sync};
pub use sync::{GATHER, SyncState, TemplateSync, Turn, WAIT_AFTER_HINT};

/// The one status in which a template can be sent; Meta's other words are kept as they come.
pub const APPROVED: &str = "APPROVED";
/// Our word for a template that Meta no longer lists.
pub const DELETED: &str = "DELETED";

/// The categories that rules of ours depend on, in Meta's words.
pub const MARKETING: &str = "MARKETING";
pub const UTILITY: &str = "UTILITY";
pub const AUTHENTICATION: &str = "AUTHENTICATION";

/// Meta writes one language as `en-US` and as `en_US`.
pub fn language(code: &str) -> String {
    code.replace('-', "_")
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub id: TemplateId,
    pub waba_id: String,
    /// Meta's id; one per language.
    pub meta_id: String,
    pub name: String,
    pub language: String,
    pub status: String,
    pub category: String,
    /// POSITIONAL or NAMED.
    pub parameter_format: String,
    pub components: serde_json::Value,
    pub quality: Option<String>,
    pub rejected_reason: Option<String>,
    pub more: More,
    pub course: Course,
    /// When the list was read that this stands in.
    pub synced_at: Time,
}

impl Template {
    /// The template once Meta has said that it is deleted.
    #[must_use]
    pub fn deleted(&self, at: Time) -> Template {
        if self.status == DELETED {
            return self.clone();
        }
        let note = Note::new(NoteKind::Status, NoteSource::Sync, DELETED, at);
        let course = self.course.clone().with(Note { before: Some(self.status.clone()), ..note });
        Template { status: DELETED.to_owned(), synced_at: at, course, ..self.clone() }
    }
}

/// What else Meta lists of a template; no rule of ours depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct More {
    pub sub_category: Option<String>,
    pub previous_category: Option<String>,
    /// The category that Meta holds to be right; the template gets it later.
    pub correct_category: Option<String>,
    /// How long Meta tries to deliver, in seconds; -1 is 30 days.
    pub ttl_seconds: Option<i64>,
    pub is_link_tracking_off: Option<bool>,
    pub library_template_name: Option<String>,
    pub quality_at: Option<Time>,
}
