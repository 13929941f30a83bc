//! How a table of contacts begins: which column says what, by the mapping or by what people usually call it.
use std::collections::BTreeMap;

use crate::contact_field::ContactField;
use crate::csv::{Piece, Place, Separator};
use crate::text::fold;

/// What a column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Name,
    FirstName,
    LastName,
    Phone,
    Email,
    Bsuid,
    Tags,
    Stage,
    /// The value of a field, by its key.
    Field(String),
    Ignore,
}

const FIELD: &str = "field.";

impl Target {
    pub fn parse(text: &str) -> Option<Target> {
        Some(match text {
            "name" => Target::Name,
            "first_name" => Target::FirstName,
            "last_name" => Target::LastName,
            "phone" => Target::Phone,
            "email" => Target::Email,
            "bsuid" => Target::Bsuid,
            "tags" => Target::Tags,
            "stage" => Target::Stage,
            "ignore" => Target::Ignore,
            other => {
                let key = other.strip_prefix(FIELD)?;
                let is_good = !key.trim().is_empty() && key.chars().count() <= 64;
                return is_good.then(|| Target::Field(key.to_owned()));
            }
        })
    }

    pub fn text(&self) -> String {
        match self {
            Target::Name => "name".to_owned(),
            Target::FirstName => "first_name".to_owned(),
            Target::LastName => "last_name".to_owned(),
            Target::Phone => "phone".to_owned(),
            Target::Email => "email".to_owned(),
            Target::Bsuid => "bsuid".to_owned(),
            Target::Tags => "tags".to_owned(),
            Target::Stage => "stage".to_owned(),
            Target::Ignore => "ignore".to_owned(),
            Target::Field(key) => format!("{FIELD}{key}"),
        }
    }

    /// What people mean by such a heading.
    fn guess(heading: &str, defined: &[ContactField]) -> Option<Target> {
        let heading = fold(heading.trim());
        let plain = heading.replace([' ', '-', '_', '.'], "");
        let own = |field: &&ContactField| fold(&field.key) == heading || fold(&field.label) == heading;
        Some(match plain.as_str() {
            "name" | "fullname" => Target::Name,
            "firstname" | "givenname" => Target::FirstName,
            "lastname" | "surname" | "familyname" => Target::LastName,
            "phone" | "phonenumber" | "mobile" | "mobilephone" | "telephone" | "whatsapp" => Target::Phone,
            "email" | "emailaddress" | "mail" => Target::Email,
            "bsuid" => Target::Bsuid,
            "tags" | "tag" => Target::Tags,
            "stage" => Target::Stage,
            _ => Target::Field(defined.iter().find(own)?.key.clone()),
        })
    }
}

/// How a table begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub separator: Separator,
    pub columns: Vec<Target>,
    /// Behind the names of the columns.
    pub place: Place,
}

/// Reads how a table begins that starts so; `is_whole`: there is no more of it.
pub fn head(
    start: &[u8],
    is_whole: bool,
    mapping: &BTreeMap<String, Target>,
    defined: &[ContactField],
) -> Result<Head, String> {
    let separator = Separator::of(start);
    let piece = Piece::read(start, separator, Place::default(), is_whole).map_err(|wrong| wrong.to_string())?;
    let first = piece.rows.into_iter().next();
    let (headings, place) = first.map_or((Vec::new(), piece.end), |(row, place)| (row.cells, place));
    Ok(Head { separator, columns: columns(&headings, mapping, defined)?, place })
}

/// What each column of the heading says: what `mapping` says of it, else what it is usually called. `Err`: the columns that
/// nobody knows, or what is missing.
pub(super) fn columns(
    headings: &[String],
    mapping: &BTreeMap<String, Target>,
    defined: &[ContactField],
) -> Result<Vec<Target>, String> {
    let headings: Vec<&str> = headings.iter().map(|heading| heading.trim()).collect();
    if let Some(unknown) = mapping.keys().find(|column| !headings.contains(&column.trim())) {
        return Err(format!("has no column {unknown}, which mapping names"));
    }
    let mut columns = Vec::new();
    for heading in &headings {
        let mapped = mapping.iter().find(|(column, _)| column.trim() == *heading).map(|(_, target)| target.clone());
        let target = mapped.or_else(|| heading.is_empty().then_some(Target::Ignore));
        let target = target.or_else(|| Target::guess(heading, defined));
        let unknown = || format!("has a column {heading}, which is not known: name what it is, or ignore, in mapping");
        columns.push(target.ok_or_else(unknown)?);
    }
    for (index, target) in columns.iter().enumerate() {
        let is_twice = columns.iter().skip(index.saturating_add(1)).any(|other| other == target);
        if is_twice && !matches!(target, Target::Ignore | Target::Tags | Target::Phone | Target::Email) {
            return Err(format!("has more than one column for {}", target.text()));
        }
    }
    if !columns.iter().any(|target| matches!(target, Target::Phone | Target::Bsuid)) {
        return Err("has no column for phone or bsuid, of which each contact needs one".to_owned());
    }
    Ok(columns)
}
