//! Tables of contacts: which column says what, and what a row means. A row is judged by itself; what was repaired in it is told,
//! and what could only be guessed is refused.
use std::collections::BTreeMap;

use crate::channel::Assignee;
use crate::contact::{Contact, ContactKind};
use crate::contact_field::{ContactField, FieldProblem, check, lacking};
use crate::csv::{Place, Separator};
use crate::identity::{self, Identity, IdentityKind};
use crate::ids::{AttachmentId, ContactId, ContactImportId};
use crate::pricing::Country;
use crate::text::fold;
use crate::{Time, words};

mod columns;
mod phone;

pub use columns::{Head, Target, head};
pub use phone::repair;

pub const ROWS_MAX: u32 = 100_000;
/// The largest table that is a file, in bytes.
pub const FILE_MAX: u64 = 32 * 1024 * 1024;
const NAME_MAX: usize = 200;
const VALUE_MAX: usize = 1000;
const TAG_MAX: usize = 64;
const TAGS_MAX: usize = 50;

words! {
    /// What becomes of a row whose person is there already.
    #[derive(Default)]
    pub enum OnDuplicate {
        Fail = "fail",
        #[default]
        Skip = "skip",
        Update = "update",
    }
}

words! {
    pub enum ImportState {
        Queued = "queued",
        Running = "running",
        Done = "done",
        /// Its file cannot be read: no row of it was taken, unless the file went away meanwhile.
        Failed = "failed",
    }
}

impl ImportState {
    pub fn is_over(self) -> bool {
        matches!(self, ImportState::Done | ImportState::Failed)
    }
}

words! {
    pub enum RowOutcome {
        Created = "created",
        Failed = "failed",
        Skipped = "skipped",
        Updated = "updated",
    }
}

/// What holds for all rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    pub kind: ContactKind,
    pub owner: Option<Assignee>,
    pub tags: Vec<String>,
    /// Where national numbers are from.
    pub country: Option<Country>,
    pub on_duplicate: OnDuplicate,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: u32,
    pub updated: u32,
    pub skipped: u32,
    pub failed: u32,
}

impl Counts {
    pub fn add(&mut self, outcome: RowOutcome) {
        let count = match outcome {
            RowOutcome::Created => &mut self.created,
            RowOutcome::Updated => &mut self.updated,
            RowOutcome::Skipped => &mut self.skipped,
            RowOutcome::Failed => &mut self.failed,
        };
        *count = count.saturating_add(1);
    }
}

/// A table that is read, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactImport {
    pub id: ContactImportId,
    pub state: ImportState,
    pub options: ImportOptions,
    /// What each column says.
    pub columns: Vec<Target>,
    /// The file that the table is; it came with the request where there is none.
    pub file: Option<AttachmentId>,
    pub separator: Separator,
    /// Behind the last row that has its outcome.
    pub place: Place,
    /// `None` until they are counted.
    pub rows: Option<u32>,
    pub done: u32,
    pub counts: Counts,
    /// How often it was handed on, because the time of one run was over.
    pub leg: u32,
    pub created_at: Time,
    pub by: String,
    pub ended_at: Option<Time>,
    /// Why it failed.
    pub problem: Option<String>,
}

impl ContactImport {
    pub fn failed(self, problem: String, at: Time) -> ContactImport {
        ContactImport { state: ImportState::Failed, problem: Some(problem), ended_at: Some(at), ..self }
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReport {
    /// The first row is 1.
    pub row: u32,
    /// The line of the table on which it begins.
    pub line: u32,
    pub outcome: RowOutcome,
    pub contact: Option<ContactId>,
    pub repaired: Vec<String>,
    pub wrong: Vec<String>,
}

/// What is wrong with a table of so many rows.
pub fn counted(rows: u32) -> Result<u32, String> {
    let is_good = (1..=ROWS_MAX).contains(&rows);
    is_good.then_some(rows).ok_or_else(|| format!("must have 1 to {ROWS_MAX} rows behind the names of the columns"))
}

/// What a row says, before it is held against what is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub name: Option<String>,
    /// What leads to the person, the strongest first, and e-mails.
    pub identities: Vec<Identity>,
    pub tags: Vec<String>,
    pub stage: Option<String>,
    pub fields: BTreeMap<String, String>,
    pub repaired: Vec<String>,
}

/// Reads a row; `Err`: all that is wrong with it, and what would have been repaired.
pub fn read(
    cells: &[String],
    columns: &[Target],
    options: &ImportOptions,
    stages: &[String],
) -> Result<Draft, (Vec<String>, Vec<String>)> {
    let (mut draft, mut wrong, mut names) = (Draft::default(), Vec::new(), (None, None));
    if cells.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
        wrong.push(format!("has {} cells, more than the {} columns", cells.len(), columns.len()));
    }
    for (cell, target) in cells.iter().zip(columns) {
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        let limit = if matches!(target, Target::Field(_)) { VALUE_MAX } else { NAME_MAX };
        if *target != Target::Ignore && *target != Target::Tags && cell.chars().count() > limit {
            wrong.push(format!("{} must have at most {limit} characters", target.text()));
            continue;
        }
        match target {
            Target::Ignore => {}
            Target::Name => draft.name = Some(cell.to_owned()),
            Target::FirstName => names.0 = Some(cell),
            Target::LastName => names.1 = Some(cell),
            Target::Phone => match repair(cell, options.country) {
                Ok((phone, note)) => {
                    draft.repaired.extend(note);
                    draft.identities.push(Identity::new(IdentityKind::Phone, phone));
                }
                Err(why) => wrong.push(format!("phone {why}")),
            },
            Target::Email if identity::is_email(cell) => {
                draft.identities.push(Identity::new(IdentityKind::Email, cell));
            }
            Target::Email => wrong.push("email must be an e-mail address".to_owned()),
            Target::Bsuid if identity::is_bsuid(cell) => {
                draft.identities.push(Identity::new(IdentityKind::Bsuid, cell));
            }
            Target::Bsuid => {
                wrong.push("bsuid must be a business-scoped user id, such as US.13491208655302741918".to_owned());
            }
            Target::Tags => draft.tags.extend(tags(cell)),
            Target::Stage => match stages.iter().find(|stage| fold(stage) == fold(cell)) {
                Some(stage) => draft.stage = Some(stage.clone()),
                None => wrong.push(format!("stage must be one of: {}", stages.join(", "))),
            },
            Target::Field(key) => {
                draft.fields.insert(key.clone(), cell.to_owned());
            }
        }
    }
    if draft.name.is_none() {
        let parts: Vec<&str> = [names.0, names.1].into_iter().flatten().collect();
        draft.name = Some(parts.join(" ")).filter(|name| !name.is_empty());
    }
    draft.tags.extend(options.tags.iter().cloned());
    dedup(&mut draft.tags);
    if draft.tags.len() > TAGS_MAX || draft.tags.iter().any(|tag| tag.chars().count() > TAG_MAX) {
        wrong.push(format!("tags must be at most {TAGS_MAX}, of at most {TAG_MAX} characters"));
    }
    draft.identities.sort();
    draft.identities.dedup();
    if wrong.is_empty() && !draft.identities.iter().any(Identity::is_alias) {
        wrong.push("has neither phone nor bsuid".to_owned());
    }
    if wrong.is_empty() { Ok(draft) } else { Err((wrong, draft.repaired)) }
}

fn tags(cell: &str) -> impl Iterator<Item = String> {
    cell.split([',', ';', '|']).map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned)
}

fn dedup(tags: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
}

fn checked(contact: &mut Contact, before: Option<&Contact>, defined: &[ContactField]) -> Result<(), Vec<String>> {
    let before = before.map(|before| &before.fields);
    check(defined, contact.kind, before, &mut contact.fields).map_err(worded)
}

fn worded(problems: Vec<FieldProblem>) -> Vec<String> {
    problems.into_iter().map(|problem| format!("{} {}", problem.key, problem.wrong)).collect()
}

/// The contact that a row makes.
pub fn create(
    draft: &Draft,
    stranger: Contact,
    (options, defined): (&ImportOptions, &[ContactField]),
    stage: Option<String>,
) -> Result<Contact, Vec<String>> {
    let mut contact = Contact {
        is_named_by_hand: draft.name.is_some(),
        name: draft.name.clone(),
        owner: options.owner.clone(),
        stage: draft.stage.clone().or(stage),
        tags: draft.tags.clone(),
        fields: draft.fields.clone(),
        ..stranger
    };
    checked(&mut contact, None, defined)?;
    Ok(contact)
}

/// What a row makes of somebody who is there: what it does not say stays.
pub fn update(
    draft: &Draft,
    seen: &Contact,
    (options, defined): (&ImportOptions, &[ContactField]),
) -> Result<Contact, Vec<String>> {
    let mut next = seen.clone();
    if let Some(name) = &draft.name {
        next.name = Some(name.clone());
        next.is_named_by_hand = true;
    }
    next.kind = seen.kind.max(options.kind);
    next.owner = options.owner.clone().or(next.owner);
    next.stage = draft.stage.clone().or(next.stage);
    next.tags.extend(draft.tags.iter().cloned());
    dedup(&mut next.tags);
    if next.tags.len() > TAGS_MAX {
        return Err(vec![format!("tags would be more than {TAGS_MAX}")]);
    }
    next.fields.extend(draft.fields.clone());
    checked(&mut next, Some(seen), defined)?;
    if next.kind != seen.kind {
        let lacking = lacking(defined, next.kind, &next.fields);
        if !lacking.is_empty() {
            return Err(worded(lacking));
        }
    }
    Ok(next)
}

#[cfg(test)]
mod tests;
