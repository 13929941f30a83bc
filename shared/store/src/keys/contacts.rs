//! Keys of contacts and of what stands beside them: their consents, the terms that they are found by, their turns, merges, pairs
//! and imports.
use domain::Time;
use domain::contact_search::Term;
use domain::ids::{ConsentId, ContactId, ContactImportId, EventId};

use super::{IndexKey, Key, key};
use crate::channels::assignee_text;

/// Sorts behind every text that begins the same.
const LAST: char = '\u{10ffff}';

pub(crate) fn contact(id: &ContactId) -> Key {
    key(id.as_str(), "contact")
}

/// The ledger of a contact's consents, in the order in which they were said.
pub(crate) fn consent(contact: &ContactId, place: Time, id: &ConsentId) -> Key {
    key(contact.as_str(), format!("consent#{}#{id}", place.sortable()))
}

pub(crate) const CONSENTS: (&str, &str) = ("consent#", "consent#~");

pub(crate) fn list_contacts(at: Time, id: &ContactId) -> IndexKey {
    ("contacts".to_owned(), format!("{}#{id}", at.sortable()))
}

/// The definitions of contacts' fields.
pub(crate) fn contact_fields() -> Key {
    key("contact-fields", "contact-fields")
}

/// What a term is about, and what it says.
fn parts(term: &Term) -> (&'static str, &str) {
    match term {
        Term::Name(word) => ("name", word),
        Term::Phone(digits) => ("phone", digits),
        Term::Email(email) => ("email", email),
        Term::Tag(tag) => ("tag", tag),
        Term::Owner(assignee) => ("owner", assignee_text(assignee.as_ref())),
        Term::Given(assignee) => ("given", assignee_text(Some(assignee))),
        Term::Stage(stage) => ("stage", stage),
        Term::Kind(kind) => ("kind", kind.word()),
    }
}

fn reversed(digits: &str) -> String {
    digits.chars().rev().collect()
}

/// A term stands beside its contact.
pub(crate) fn contact_term(contact: &ContactId, term: &Term) -> Key {
    let (what, value) = parts(term);
    key(contact.as_str(), format!("term#{what}#{value}"))
}

pub(crate) const CONTACT_TERMS: (&str, &str) = ("term#", "term#\u{10ffff}");

/// Contacts that are found by a term. Words of names lie by their first letter and numbers by their last four digits, so that
/// a part of them is a range.
pub(crate) fn contacts_by(term: &Term) -> String {
    let (what, value) = parts(term);
    let value = match term {
        Term::Name(word) => word.chars().take(1).collect(),
        Term::Phone(digits) => reversed(digits).chars().take(domain::contact_search::ENDING_MIN).collect(),
        Term::Email(_) | Term::Tag(_) | Term::Owner(_) | Term::Given(_) | Term::Stage(_) | Term::Kind(_) => {
            value.to_owned()
        }
    };
    format!("contacts-by#{what}#{value}")
}

/// Where a contact lies among them: by the word, by the number from its end, else by its age.
pub(crate) fn list_contact_by(term: &Term, at: Time, id: &ContactId) -> IndexKey {
    let age = format!("{}#{id}", at.sortable());
    let place = match term {
        Term::Name(word) => format!("{word}#{age}"),
        Term::Phone(digits) => format!("{}#{age}", reversed(digits)),
        Term::Email(_) | Term::Tag(_) | Term::Owner(_) | Term::Given(_) | Term::Stage(_) | Term::Kind(_) => age,
    };
    (contacts_by(term), place)
}

/// Where those lie whose word begins, or whose number ends so; `None`: all of the partition are meant.
pub(crate) fn contacts_beginning(term: &Term) -> Option<(String, String)> {
    let range = |start: String| (start.clone(), format!("{start}{LAST}"));
    match term {
        Term::Name(word) => Some(range(word.clone())),
        Term::Phone(digits) => Some(range(reversed(digits))),
        Term::Email(_) | Term::Tag(_) | Term::Owner(_) | Term::Given(_) | Term::Stage(_) | Term::Kind(_) => None,
    }
}

/// What happened to a contact, or to a conversation, in order of time.
pub(crate) fn turn(of: &str, at: Time, id: &EventId) -> Key {
    key(of, format!("turn#{}#{id}", at.sortable()))
}

pub(crate) const TURNS: (&str, &str) = ("turn#", "turn#~");

/// Before every turn, and every consent, of that time.
pub(crate) fn first_turn(at: Time) -> String {
    format!("turn#{}", at.sortable())
}

pub(crate) fn first_consent(at: Time) -> String {
    format!("consent#{}", at.sortable())
}

/// What a contact took over from another that was merged into it.
pub(crate) fn merge(survivor: &ContactId, other: &ContactId) -> Key {
    key(survivor.as_str(), format!("merge#{other}"))
}

pub(crate) const MERGES: (&str, &str) = ("merge#", "merge#~");

/// Two contacts that may be one, whichever is named first.
pub(crate) fn pair(one: &ContactId, other: &ContactId) -> Key {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    key(format!("pair#{first}#{second}"), "pair")
}

pub(crate) const PAIRS: &str = "contact-pairs";

pub(crate) fn list_pair(at: Time, one: &ContactId, other: &ContactId) -> IndexKey {
    (PAIRS.to_owned(), format!("{}#{}", at.sortable(), pair(one, other).pk))
}

pub(crate) fn contact_import(id: &ContactImportId) -> Key {
    key(id.as_str(), "import")
}

/// The table that an import reads.
pub(crate) fn contact_import_table(id: &ContactImportId) -> Key {
    key(id.as_str(), "table")
}

/// What became of a row, in order.
pub(crate) fn contact_import_row(id: &ContactImportId, row: u32) -> Key {
    key(id.as_str(), format!("row#{row:08}"))
}

pub(crate) const CONTACT_IMPORT_ROWS: (&str, &str) = ("row#", "row#~");
pub(crate) const CONTACT_IMPORTS: &str = "contact-imports";

pub(crate) fn list_contact_imports(at: Time, id: &ContactImportId) -> IndexKey {
    (CONTACT_IMPORTS.to_owned(), format!("{}#{id}", at.sortable()))
}
