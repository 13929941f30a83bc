//! What is said about canned texts and merge fields.
use domain::canned_text::{ScopeKind, TextModule};
use domain::contact::ContactKind;
use lambda_http::http::StatusCode;

use super::{FieldError, Problem};

#[derive(Debug)]
pub(crate) enum TextProblem {
    /// Fields that a text names and nobody can mean.
    FieldUnknown(Vec<FieldError>),
    /// Fields without a value and without a fallback.
    FieldMissing(Vec<FieldError>),
    /// Another text that somebody uses along with this one is called by it.
    ShortcutTaken { id: String },
    /// A canned text goes only to whom it is for.
    ForOthers { module: TextModule, kind: ContactKind },
    /// Texts for these are written by others.
    Forbidden { scope: ScopeKind },
}

impl From<TextProblem> for Problem {
    fn from(problem: TextProblem) -> Problem {
        Problem::Text(problem)
    }
}

impl TextProblem {
    pub(super) fn facts(&self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            TextProblem::FieldUnknown(_) => {
                ("merge-field-unknown", S::UNPROCESSABLE_ENTITY, "The text names a field that does not exist")
            }
            TextProblem::FieldMissing(_) => {
                ("merge-field-missing", S::UNPROCESSABLE_ENTITY, "A field of the text has no value")
            }
            TextProblem::ShortcutTaken { .. } => ("shortcut-taken", S::CONFLICT, "Another text has this shortcut"),
            TextProblem::ForOthers { .. } => {
                ("text-for-others", S::UNPROCESSABLE_ENTITY, "The canned text is not for this person")
            }
            TextProblem::Forbidden { .. } => ("forbidden", S::FORBIDDEN, "The caller may not write this text"),
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            TextProblem::FieldUnknown(errors) | TextProblem::FieldMissing(errors) => {
                let each: Vec<String> =
                    errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
                format!("{}.", each.join("; "))
            }
            TextProblem::ShortcutTaken { id } => {
                format!("It leads to {id} already, for people who would use this text too.")
            }
            TextProblem::ForOthers { module, kind } => format!("It is for {module}, and the person is a {kind}."),
            TextProblem::Forbidden { scope: ScopeKind::All } => {
                "Texts for all are written by administrators.".to_owned()
            }
            TextProblem::Forbidden { scope: ScopeKind::Group } => {
                "Texts of a group are written by its members.".to_owned()
            }
            TextProblem::Forbidden { scope: ScopeKind::Mine } => "The text is somebody else's.".to_owned(),
        }
    }

    pub(super) fn errors(&self) -> &[FieldError] {
        match self {
            TextProblem::FieldUnknown(errors) | TextProblem::FieldMissing(errors) => errors,
            TextProblem::ShortcutTaken { .. } | TextProblem::ForOthers { .. } | TextProblem::Forbidden { .. } => &[],
        }
    }

    pub(super) fn id(&self) -> Option<&str> {
        match self {
            TextProblem::ShortcutTaken { id } => Some(id),
            TextProblem::FieldUnknown(_)
            | TextProblem::FieldMissing(_)
            | TextProblem::ForOthers { .. }
            | TextProblem::Forbidden { .. } => None,
        }
    }
}
