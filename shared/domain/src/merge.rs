//! Merge fields: `$[Leads.First Name]` in a text of the business stands for what is known of whom the text goes to, of who sends
//! it, or of the channel; `$[Leads.First Name|there]` says what stands there where that is not known.
//!
//! A text is read once, when it is saved or taken: each field becomes a part that names the field itself, so a label may change
//! afterwards. Guarantees: what is read is shown as it was written, with the labels of today; a value is put between the parts and
//! never read, so nothing that a customer can write becomes a field (P47); a field without a value and without a fallback is named,
//! and no text is made.
use crate::words;

mod catalog;
mod read;
mod values;

pub use catalog::{Catalog, Field};
pub use read::{Fault, Wrong};
pub use values::{Lack, Missing, Values};

words! {
    /// Whose fields they are.
    pub enum Module {
        Leads = "Leads",
        Contacts = "Contacts",
        /// Who sends the text.
        User = "User",
        Channel = "Channel",
    }
}

/// What begins a field.
const OPEN: &str = "$[";
const CLOSE: char = ']';
/// Between a field and its fallback.
const BAR: char = '|';
/// Takes the meaning off what follows: off the beginning of a field, and within one off `]`, `|` and itself.
const ESCAPE: char = '\\';

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Field(Reference),
}

/// A field as a text names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub module: Module,
    /// Which field it is, whatever its label is today.
    pub field: String,
    /// Its label when the text was read.
    pub label: String,
    pub fallback: Option<String>,
}

/// A text that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeText(pub Vec<Part>);

impl MergeText {
    /// How somebody would write it, with the labels of today.
    pub fn written(&self, catalog: &Catalog) -> String {
        let mut written = String::new();
        for (at, part) in self.0.iter().enumerate() {
            match part {
                Part::Text(text) => {
                    let is_before_field = matches!(self.0.get(at.saturating_add(1)), Some(Part::Field(_)));
                    written.push_str(&escaped_text(text, is_before_field));
                }
                Part::Field(reference) => written.push_str(&reference.written(catalog)),
            }
        }
        written
    }

    /// The text with its values; or every field that has none.
    pub fn render(&self, values: &Values) -> Result<String, Vec<Missing>> {
        let (mut text, mut missing) = (String::new(), Vec::new());
        for part in &self.0 {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Field(reference) => match values.of(reference) {
                    Ok(value) => text.push_str(&value),
                    Err(lack) => missing.push(Missing { reference: reference.clone(), lack }),
                },
            }
        }
        if missing.is_empty() { Ok(text) } else { Err(missing) }
    }

    /// The text for who decides about it: a field without a value stays as it was written.
    pub fn preview(&self, values: &Values, catalog: &Catalog) -> String {
        let part = |part: &Part| match part {
            Part::Text(own) => own.clone(),
            Part::Field(reference) => values.of(reference).unwrap_or_else(|_| reference.written(catalog)),
        };
        self.0.iter().map(part).collect()
    }

    pub fn fields(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|part| match part {
            Part::Field(reference) => Some(reference),
            Part::Text(_) => None,
        })
    }
}

impl Reference {
    /// `Leads.First Name`, by the label of today, or the last one of a field that is gone.
    pub fn name(&self, catalog: &Catalog) -> String {
        let label = catalog.find(self.module, &self.field).map_or(self.label.as_str(), |field| field.label.as_str());
        format!("{}.{label}", self.module)
    }

    fn written(&self, catalog: &Catalog) -> String {
        let fallback = self.fallback.as_ref().map(|fallback| format!("{BAR}{}", escaped_inside(fallback)));
        format!("{OPEN}{}{}{CLOSE}", escaped_inside(&self.name(catalog)), fallback.unwrap_or_default())
    }
}

fn escaped_inside(text: &str) -> String {
    let escaped = |c: char| {
        let escape = matches!(c, CLOSE | BAR | ESCAPE).then_some(ESCAPE);
        escape.into_iter().chain([c])
    };
    text.chars().flat_map(escaped).collect()
}

/// Each `$[` is escaped, and what would escape a field is doubled.
fn escaped_text(text: &str, is_before_field: bool) -> String {
    let mut pieces = text.split(OPEN).peekable();
    let mut escaped = String::new();
    while let Some(piece) = pieces.next() {
        escaped.push_str(piece);
        let is_last = pieces.peek().is_none();
        if !is_last || is_before_field {
            let slashes = trailing_escapes(piece);
            escaped.extend(std::iter::repeat_n(ESCAPE, slashes));
        }
        if !is_last {
            escaped.push(ESCAPE);
            escaped.push_str(OPEN);
        }
    }
    escaped
}

fn trailing_escapes(text: &str) -> usize {
    text.chars().rev().take_while(|c| *c == ESCAPE).count()
}

#[cfg(test)]
mod tests;
