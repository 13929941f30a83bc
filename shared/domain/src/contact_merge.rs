//! Two contacts that are one person. The one that goes is not lost: it stays as it was and points to the survivor, keeps the
//! names that lead to it and its threads, and comes back whole when the merge is undone. What the survivor takes over is noted
//! part by part, so that undoing takes back just that and keeps what came in between.
use std::collections::BTreeMap;

use crate::channel::Assignee;
use crate::consent::{Purpose, Word};
use crate::contact::{Contact, ContactKind};
use crate::ids::ContactId;
use crate::{Time, words};

/// As many contacts can be one.
pub const MERGED_MAX: usize = 20;

words! {
    /// Whose word counts where both say something.
    #[derive(Default)]
    pub enum Prefer {
        /// The one that stays.
        #[default]
        Survivor = "survivor",
        /// The one that goes.
        Other = "other",
    }
}

/// What people edit of a contact, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    pub before: T,
    pub after: T,
}

impl<T: Clone + PartialEq> Part<T> {
    /// What it is after the undoing, where it is `now`.
    fn undone(&self, now: &T) -> T {
        if *now == self.after { self.before.clone() } else { now.clone() }
    }

    /// What it is once an earlier change, whose outcome it may have found, is undone.
    fn without(&self, earlier: &Part<T>) -> Part<T> {
        if self.before == earlier.after {
            Part { before: earlier.before.clone(), after: self.after.clone() }
        } else {
            self.clone()
        }
    }
}

/// A merge as the table keeps it: all that undoing it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    pub survivor: ContactId,
    pub other: ContactId,
    /// Contacts that had been merged into the other.
    pub carried: Vec<ContactId>,
    pub name: Part<Option<String>>,
    pub is_named_by_hand: Part<bool>,
    pub kind: Part<ContactKind>,
    pub owner: Part<Option<Assignee>>,
    pub stage: Part<Option<String>>,
    /// Tags that the survivor did not have.
    pub tags: Vec<String>,
    pub fields: BTreeMap<String, Part<Option<String>>>,
    /// What the survivor's word was for a purpose for which the other's is the later one, and that one.
    pub words: BTreeMap<Purpose, (Option<Word>, Word)>,
    pub at: Time,
    pub by: String,
}

/// Why two contacts cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmergeable {
    Same,
    TooMany,
}

fn pick<T: Clone>(mine: &Option<T>, theirs: &Option<T>, prefer: Prefer) -> Option<T> {
    let (first, second) = if prefer == Prefer::Survivor { (mine, theirs) } else { (theirs, mine) };
    first.clone().or_else(|| second.clone())
}

/// What becomes of `survivor`, and what is noted of it.
pub fn merge(
    survivor: &Contact,
    other: &Contact,
    prefer: Prefer,
    at: Time,
    by: &str,
) -> Result<(Contact, Merge), Unmergeable> {
    if survivor.id == other.id {
        return Err(Unmergeable::Same);
    }
    let merged = survivor.merged.iter().chain([&other.id]).chain(&other.merged).cloned().collect::<Vec<_>>();
    if merged.len() > MERGED_MAX {
        return Err(Unmergeable::TooMany);
    }
    let mut next = Contact { merged, ..survivor.clone() };
    next.name = pick(&survivor.name, &other.name, prefer);
    next.is_named_by_hand = if next.name == survivor.name { survivor.is_named_by_hand } else { other.is_named_by_hand };
    next.owner = pick(&survivor.owner, &other.owner, prefer);
    next.stage = pick(&survivor.stage, &other.stage, prefer);
    // Somebody who is a contact already does not become a lead again.
    next.kind = survivor.kind.max(other.kind);
    let tags: Vec<String> = other.tags.iter().filter(|tag| !survivor.tags.contains(tag)).cloned().collect();
    next.tags.extend(tags.iter().cloned());
    let mut fields = BTreeMap::new();
    for (key, value) in &other.fields {
        let mine = survivor.fields.get(key).cloned();
        let after = pick(&mine, &Some(value.clone()), prefer);
        if after != mine {
            next.fields.insert(key.clone(), value.clone());
            fields.insert(key.clone(), Part { before: mine, after });
        }
    }
    let mut words = BTreeMap::new();
    for (purpose, word) in &other.consents.words {
        let mine = survivor.consents.words.get(purpose);
        if mine.is_none_or(|mine| mine.rank < word.rank) {
            next.consents.words.insert(*purpose, word.clone());
            words.insert(*purpose, (mine.cloned(), word.clone()));
        }
    }
    let merge = Merge {
        survivor: survivor.id.clone(),
        other: other.id.clone(),
        carried: other.merged.clone(),
        name: Part { before: survivor.name.clone(), after: next.name.clone() },
        is_named_by_hand: Part { before: survivor.is_named_by_hand, after: next.is_named_by_hand },
        kind: Part { before: survivor.kind, after: next.kind },
        owner: Part { before: survivor.owner.clone(), after: next.owner.clone() },
        stage: Part { before: survivor.stage.clone(), after: next.stage.clone() },
        tags,
        fields,
        words,
        at,
        by: by.to_owned(),
    };
    Ok((next, merge))
}

/// Both as they are when the merge is undone, and the notes of `later`: merges into the same survivor that were made after it and
/// still stand, each with the one that went. What these say of what the survivor loses is then theirs. What was said of consents
/// in between holds for both: it was said of one person, and nobody knows of which half.
pub fn unmerge(
    survivor: &Contact,
    other: &Contact,
    merge: &Merge,
    later: &[(Merge, Contact)],
) -> (Contact, Contact, Vec<Merge>) {
    let mut one = survivor.clone();
    one.merged.retain(|id| *id != merge.other && !merge.carried.contains(id));
    one.name = merge.name.undone(&one.name);
    if one.name == merge.name.before {
        one.is_named_by_hand = merge.is_named_by_hand.before;
    }
    one.kind = merge.kind.undone(&one.kind);
    one.owner = merge.owner.undone(&one.owner);
    one.stage = merge.stage.undone(&one.stage);
    one.tags.retain(|tag| !merge.tags.contains(tag));
    for (key, part) in &merge.fields {
        match part.undone(&one.fields.get(key).cloned()) {
            Some(value) => one.fields.insert(key.clone(), value),
            None => one.fields.remove(key),
        };
    }
    let two = words_undone(&mut one, other, merge, later);
    let later = later.iter().map(|(note, other)| {
        let mut note = note.without(merge);
        note.fill(&mut one, survivor, other);
        note
    });
    let later = later.collect();
    (one, two, later)
}

/// The other one, with what was said of both; the survivor has its own words back.
fn words_undone(one: &mut Contact, other: &Contact, merge: &Merge, later: &[(Merge, Contact)]) -> Contact {
    let mut two = Contact { merged_into: None, ..other.clone() };
    for (purpose, word) in one.consents.words.clone() {
        let is_a_thirds =
            later.iter().any(|(note, _)| note.words.get(&purpose).is_some_and(|(_, theirs)| *theirs == word));
        match merge.words.get(&purpose) {
            Some((before, theirs)) if *theirs == word => match before {
                Some(before) => one.consents.words.insert(purpose, before.clone()),
                None => one.consents.words.remove(&purpose),
            },
            _ => {
                // Meta tells whole seconds.
                let is_news = word.at.seconds() >= merge.at.seconds() && !is_a_thirds;
                let is_later = two.consents.words.get(&purpose).is_none_or(|held| held.rank < word.rank);
                if is_news && is_later { two.consents.words.insert(purpose, word) } else { None }
            }
        };
    }
    two
}

impl Merge {
    /// The note as it is once a merge from before it is undone: what it found had come from that.
    fn without(&self, earlier: &Merge) -> Merge {
        let mut note = Merge {
            name: self.name.without(&earlier.name),
            is_named_by_hand: self.is_named_by_hand.without(&earlier.is_named_by_hand),
            kind: self.kind.without(&earlier.kind),
            owner: self.owner.without(&earlier.owner),
            stage: self.stage.without(&earlier.stage),
            ..self.clone()
        };
        for (key, part) in &mut note.fields {
            if let Some(earlier) = earlier.fields.get(key) {
                *part = part.without(earlier);
            }
        }
        for (purpose, (before, _)) in &mut note.words {
            let found = earlier.words.get(purpose).filter(|(_, theirs)| before.as_ref() == Some(theirs));
            if let Some((found, _)) = found {
                before.clone_from(found);
            }
        }
        note
    }

    /// Where `one` has lost what it `had`, the one that went by this merge may say it too.
    fn fill(&mut self, one: &mut Contact, had: &Contact, other: &Contact) {
        if refill(&mut one.name, &had.name, &other.name, &mut self.name) {
            self.is_named_by_hand = Part { before: one.is_named_by_hand, after: other.is_named_by_hand };
            one.is_named_by_hand = other.is_named_by_hand;
        }
        refill(&mut one.owner, &had.owner, &other.owner, &mut self.owner);
        refill(&mut one.stage, &had.stage, &other.stage, &mut self.stage);
        if one.kind != had.kind && one.kind < other.kind {
            self.kind = Part { before: one.kind, after: other.kind };
            one.kind = other.kind;
        }
        for tag in &other.tags {
            if had.tags.contains(tag) && !one.tags.contains(tag) {
                one.tags.push(tag.clone());
                self.tags.push(tag.clone());
            }
        }
        for (key, value) in &other.fields {
            if had.fields.contains_key(key) && !one.fields.contains_key(key) {
                one.fields.insert(key.clone(), value.clone());
                self.fields.insert(key.clone(), Part { before: None, after: Some(value.clone()) });
            }
        }
        for (purpose, word) in &other.consents.words {
            let held = one.consents.words.get(purpose).cloned();
            let is_lost = held.as_ref() != had.consents.words.get(purpose);
            if is_lost && held.as_ref().is_none_or(|held| held.rank < word.rank) {
                one.consents.words.insert(*purpose, word.clone());
                self.words.insert(*purpose, (held, word.clone()));
            }
        }
    }
}

/// Whether it was lost and is there again.
fn refill<T: Clone + PartialEq>(
    now: &mut Option<T>,
    had: &Option<T>,
    theirs: &Option<T>,
    part: &mut Part<Option<T>>,
) -> bool {
    let is_lost = now.is_none() && had.is_some() && theirs.is_some();
    if is_lost {
        *part = Part { before: None, after: theirs.clone() };
        now.clone_from(theirs);
    }
    is_lost
}

#[cfg(test)]
mod tests;
