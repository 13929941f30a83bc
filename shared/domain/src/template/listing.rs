//! A list of Meta's against what is held: what each template becomes, and which rows have to be written.
use std::collections::BTreeMap;

use super::order::is_ours;
use super::{DELETED, Note, NoteKind, NoteSource, Template};
use crate::Time;
use crate::ids::TemplateId;

/// What one complete list means for what we hold: the rows to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncPlan {
    /// As they are listed, also those that are listed for the first time.
    pub changed: Vec<Template>,
    /// How many of the changed ones were not held before, or were deleted.
    pub added: usize,
    /// Held, but no longer listed; already marked.
    pub deleted: Vec<Template>,
}

/// Compares a list that was read to its end, from `read_at` on, with what is held. A half list must never come here.
pub fn sync(held: &[Template], listed: &[Template], read_at: Time) -> SyncPlan {
    let by_id: BTreeMap<&TemplateId, &Template> = held.iter().map(|held| (&held.id, held)).collect();
    let mut plan = SyncPlan::default();
    let mut seen: BTreeMap<&TemplateId, ()> = BTreeMap::new();
    for listed in listed {
        // A page that moves while the list is read shows a template twice.
        if seen.insert(&listed.id, ()).is_some() {
            continue;
        }
        match by_id.get(&listed.id) {
            Some(held) if !differs(held, &merge(Some(held), listed)) => continue,
            Some(held) if held.status != DELETED => {}
            Some(_) | None => plan.added = plan.added.saturating_add(1),
        }
        plan.changed.push(listed.clone());
    }
    // What was made, or told of, after the list was begun is not missing from it.
    let is_gone = |held: &&Template| {
        let told_at = held.course.latest_status().map(|note| note.until());
        held.status != DELETED
            && !is_ours(&held.status)
            && !seen.contains_key(&held.id)
            && held.synced_at <= read_at
            && told_at.is_none_or(|at| at < read_at)
    };
    let gone = held.iter().filter(is_gone);
    plan.deleted =
        gone.map(|held| Template { status: DELETED.to_owned(), synced_at: read_at, ..held.clone() }).collect();
    plan
}

/// Whether anything but the moment of the sync is new.
fn differs(held: &Template, next: &Template) -> bool {
    let same = Template { synced_at: held.synced_at, course: held.course.clone(), ..next.clone() };
    same != *held
}

/// What a template is once a list is applied. What webhooks told after the list was read stays.
pub fn merge(held: Option<&Template>, listed: &Template) -> Template {
    let mut next = listed.clone();
    let Some(held) = held else {
        let first = Note::new(NoteKind::Status, NoteSource::Sync, &listed.status, listed.synced_at);
        next.course = next.course.with(Note { reason: listed.rejected_reason.clone(), ..first });
        return next;
    };
    // What was asked of Meta for this template alone after the list was begun is later than the list.
    if held.synced_at > listed.synced_at {
        return held.clone();
    }
    next.course = held.course.clone();
    next.synced_at = next.synced_at.max(held.synced_at);
    if next.meta_id.is_empty() {
        next.meta_id = held.meta_id.clone();
    }
    let is_later = |note: Option<&Note>| {
        note.is_some_and(|note| note.source == NoteSource::Webhook && note.until() >= listed.synced_at)
    };
    let note = |kind: NoteKind, value: &str, before: &str| {
        let note = Note::new(kind, NoteSource::Sync, value, listed.synced_at);
        Note { before: (!before.is_empty()).then(|| before.to_owned()), ..note }
    };
    if is_later(held.course.latest_status()) {
        (next.status, next.rejected_reason) = (held.status.clone(), held.rejected_reason.clone());
    } else if next.status != held.status {
        let told = Note { reason: next.rejected_reason.clone(), ..note(NoteKind::Status, &next.status, &held.status) };
        next.course = next.course.with(told);
    }
    if is_later(held.course.latest_quality()) {
        (next.quality, next.more.quality_at) = (held.quality.clone(), held.more.quality_at);
    } else if next.quality.is_none() {
        // Meta leaves out what it has not rated anew; what it rated before stays.
        (next.quality, next.more.quality_at) = (held.quality.clone(), held.more.quality_at);
    } else if next.quality != held.quality {
        let text = |quality: &Option<String>| quality.clone().unwrap_or_default();
        next.course = next.course.with(note(NoteKind::Quality, &text(&next.quality), &text(&held.quality)));
    } else if next.more.quality_at.is_none() {
        next.more.quality_at = held.more.quality_at;
    }
    if is_later(held.course.latest_category()) {
        next.category = held.category.clone();
        next.more.previous_category = held.more.previous_category.clone();
        next.more.correct_category = held.more.correct_category.clone();
    } else if next.category != held.category {
        next.course = next.course.with(note(NoteKind::Category, &next.category, &held.category));
    }
    next
}

#[cfg(test)]
mod tests;
