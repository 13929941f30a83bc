//! Errors of the Cloud API: what Meta says, and what follows from it.
//!
//! Guarantees: only a code that says "refused before anything was done" leads to sending again; whatever may have been
//! carried out is in doubt; everything else is refused (P19, P25).
mod table;

use domain::message::Fault;
use serde_json::Value;

pub use table::{Class, class, meaning};

use crate::loose::{self, Loose};

/// An error as Meta writes it, in an answer (`error`) or in a webhook (`errors[]`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphError {
    pub code: Option<i64>,
    pub subcode: Option<i64>,
    /// The shortest text: unstable and sometimes translated, for people only.
    pub title: Option<String>,
    /// What exactly was wrong.
    pub details: Option<String>,
    /// Meta's own hint that the failure passes; often missing.
    pub is_transient: bool,
    /// What Meta's support asks for.
    pub trace_id: Option<String>,
}

/// What to do with the message that met an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It was not taken: send again, later.
    RetryLater,
    /// It may have been sent: wait for its status (P19).
    InDoubt,
    /// It was not sent and will not be.
    Refuse,
    /// As `Refuse`; and the customer service window is closed, whatever we believed (P24).
    CloseWindow,
}

const UNKNOWN_ERROR: i64 = 1;
const SERVICE_DOWN: i64 = 2;
const SOMETHING_WENT_WRONG: i64 = 131_000;
const SERVICE_UNAVAILABLE: i64 = 131_016;
const WINDOW_CLOSED: i64 = 131_047;
const ACCOUNT_IN_MAINTENANCE: i64 = 131_057;
const SERVER_UNAVAILABLE: i64 = 133_004;
const MAINTENANCE: i64 = 2_494_100;

/// What follows from a code. `is_transient` counts only where the table knows nothing certain, and then does not say that
/// nothing was done.
pub fn reaction(code: i64, subcode: Option<i64>, is_transient: bool) -> Reaction {
    match code {
        SERVICE_DOWN | SERVICE_UNAVAILABLE | ACCOUNT_IN_MAINTENANCE | SERVER_UNAVAILABLE | MAINTENANCE => {
            Reaction::RetryLater
        }
        UNKNOWN_ERROR | SOMETHING_WENT_WRONG => Reaction::InDoubt,
        WINDOW_CLOSED => Reaction::CloseWindow,
        _ => match class(code, subcode) {
            Some(Class::Rate) => Reaction::RetryLater,
            Some(Class::Service) | None if is_transient => Reaction::InDoubt,
            Some(
                Class::Service
                | Class::Permanent
                | Class::Template
                | Class::Account
                | Class::Recipient
                | Class::Credentials,
            )
            | None => Reaction::Refuse,
        },
    }
}

/// As it stands on the message that it befell.
impl From<&GraphError> for Fault {
    fn from(error: &GraphError) -> Fault {
        Fault {
            code: error.code.unwrap_or_default(),
            title: error.title.clone().unwrap_or_default(),
            details: error.details.clone(),
        }
    }
}

impl GraphError {
    /// Reads the body of an answer; `None` if it is not JSON or holds no error.
    pub fn read(body: &[u8]) -> Option<GraphError> {
        let value = loose::object(std::str::from_utf8(body).ok()?).ok()?;
        value.object("error").map(GraphError::from_value)
    }

    /// The `errors` of a part of a webhook.
    pub(crate) fn read_list(part: &Value) -> Vec<GraphError> {
        part.list("errors").into_iter().filter(|error| error.is_object()).map(GraphError::from_value).collect()
    }

    /// Old webhooks have `details` beside the code, answers have user texts.
    pub(crate) fn from_value(value: &Value) -> GraphError {
        let first = |names: [&str; 3]| names.iter().find_map(|name| value.text(name));
        let details = value.object("error_data").and_then(|data| data.text("details"));
        GraphError {
            code: value.number("code"),
            subcode: value.number("error_subcode"),
            title: first(["title", "message", "error_user_title"]),
            details: details.or_else(|| first(["details", "error_user_msg", "message"])),
            is_transient: value.flag("is_transient").unwrap_or_default(),
            trace_id: value.text("fbtrace_id"),
        }
    }

    pub fn class(&self) -> Option<Class> {
        class(self.code?, self.subcode)
    }

    /// What follows for the message. The closed window is also known by its text, as its code has not been the same in
    /// all versions (P24).
    pub fn reaction(&self) -> Reaction {
        let says_window = |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains("Re-engagement"));
        match self.code {
            _ if says_window(&self.title) || says_window(&self.details) => Reaction::CloseWindow,
            Some(code) => reaction(code, self.subcode, self.is_transient),
            None if self.is_transient => Reaction::InDoubt,
            None => Reaction::Refuse,
        }
    }
}

#[cfg(test)]
mod tests;
