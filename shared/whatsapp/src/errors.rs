//! Errors of the Cloud API: what Meta says, and what follows from it.
//!
//! Guarantees: only a code that says "refused before anything was done" leads to sending again; whatever may have been
//! carried out is in doubt; everything else is refused (P19, P25).
mod reaction;
mod table;

use domain::effect::Effect;
use domain::health::BlockReason;
use domain::message::Fault;
use serde_json::Value;

pub use reaction::Reaction;
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
    /// What management calls say to people, beside the rest.
    pub user: Option<Box<ForPeople>>,
    /// What Meta's support asks for.
    pub trace_id: Option<String>,
}

/// Meta's words for people, perhaps in their language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForPeople {
    pub title: Option<String>,
    pub message: Option<String>,
}

impl ForPeople {
    fn of(error: &Value) -> Option<Box<ForPeople>> {
        let (title, message) = (error.text("error_user_title"), error.text("error_user_msg"));
        (title.is_some() || message.is_some()).then(|| Box::new(ForPeople { title, message }))
    }
}

/// What follows from a code. `is_transient` counts only where the table knows nothing certain, and then does not say that
/// nothing was done.
pub fn reaction(code: i64, subcode: Option<i64>, is_transient: bool) -> Reaction {
    match table::row(code, subcode) {
        Some(row) if is_transient && row.class == Class::Service && row.reaction == Reaction::Refuse => {
            Reaction::InDoubt
        }
        Some(row) => row.reaction,
        None if is_transient => Reaction::InDoubt,
        None => Reaction::Refuse,
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

    /// Reads an item of `errors` of a webhook; `None` if it is no object.
    pub fn read_item(raw: &serde_json::value::RawValue) -> Option<GraphError> {
        loose::object(raw.get()).ok().map(|value| GraphError::from_value(&value))
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
            user: ForPeople::of(value),
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

    /// As it is told to people, in Meta's own words for them where it has some.
    pub fn explained(&self) -> Fault {
        let plain = Fault::from(self);
        let ForPeople { title, message } = self.user.as_deref().cloned().unwrap_or_default();
        Fault { title: title.unwrap_or(plain.title), details: message.or(plain.details), ..plain }
    }

    /// In one line, for people.
    pub fn summary(&self) -> String {
        let code = self.code.unwrap_or_default();
        let words = self.details.as_deref().or(self.title.as_deref()).unwrap_or_default();
        format!("{code} {words}").trim_end().to_owned()
    }

    /// What the error changes beside the message that met it: the same whether it came as an answer or by webhook.
    pub fn effect(&self) -> Option<Effect> {
        match self.reaction() {
            Reaction::SuppressMarketing => Some(Effect::StopMarketing),
            Reaction::Cooldown => Some(Effect::PauseMarketing),
            Reaction::Unreachable => Some(Effect::Unreachable),
            Reaction::Brake => Some(Effect::Brake),
            Reaction::StopChannel => Some(Effect::Stop(self.block())),
            Reaction::TemplateStale => Some(Effect::StaleTemplates),
            Reaction::RetryLater
            | Reaction::RetryPair
            | Reaction::InDoubt
            | Reaction::Refuse
            | Reaction::CloseWindow
            | Reaction::NewToken
            | Reaction::OtherEdge => None,
        }
    }

    /// Why a channel stops that met this error.
    pub fn block(&self) -> BlockReason {
        match self.code {
            Some(131_042) => BlockReason::Payment,
            Some(131_045 | 133_010 | 133_016) => BlockReason::Registration,
            Some(131_037) => BlockReason::DisplayName,
            Some(131_048) => BlockReason::SpamBrake,
            _ if self.class() == Some(Class::Credentials) => BlockReason::Token,
            _ => BlockReason::Policy,
        }
    }
}

#[cfg(test)]
mod tests;
