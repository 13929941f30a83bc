//! What changes of an account's health, of its templates and of a person's consents mean for others.
use domain::Time;
use domain::consent::ConsentState;
use domain::contact::Contact;
use domain::event::{Event, EventKind};
use domain::health::{Block, BlockReason, Health, Subject};
use domain::ids::EventId;
use domain::pricing::Loaded;
use domain::settings::Settings;
use domain::template::Template;
use serde_json::{Value, json};

fn event(kind: EventKind, fact: &[&str], at: Time, data: Value) -> Event {
    let fact: Vec<&str> = std::iter::once(kind.word()).chain(fact.iter().copied()).collect();
    Event { id: EventId::derive(&fact), kind, at, channel_id: None, contact_id: None, conversation_id: None, data }
}

/// `channel.blocked` when a block begins, `channel.resumed` when it is lifted.
pub(crate) fn blocks(subject: &Subject, old: Option<&Health>, new: &Health) -> Vec<Event> {
    // One that had run out before the new word was no block any more.
    let was_set = |reason: &BlockReason, at: Time| {
        let before = old.and_then(|old| old.blocks.get(reason)).filter(|block| block.is_set);
        before.is_some_and(|block| block.until.is_none_or(|until| until >= at))
    };
    let told = |(reason, block): (&BlockReason, &Block)| {
        let kind = match (was_set(reason, block.at), block.is_set) {
            (false, true) => EventKind::ChannelBlocked,
            (true, false) => EventKind::ChannelResumed,
            (true, true) | (false, false) => return None,
        };
        let whose = match subject {
            Subject::Account(waba_id) => waba_id.as_str(),
            Subject::Number(channel) => channel.as_str(),
        };
        let data = json!({
            "reason": reason.word(), "scope": reason.scope().word(), "detail": block.detail,
            "since": block.since.to_string(), "until": block.until.map(|until| until.to_string()),
            "waba_id": match subject { Subject::Account(waba_id) => Some(waba_id), Subject::Number(_) => None },
        });
        let mut event = event(kind, &[whose, reason.word(), &block.at.sortable()], block.at, data);
        if let Subject::Number(channel) = subject {
            event.channel_id = Some(channel.clone());
        }
        Some(event)
    };
    new.blocks.iter().filter_map(told).collect()
}

/// What Meta changed about a template, whether a webhook told it or a list.
pub(crate) fn template(old: &Template, new: &Template, at: Time) -> Vec<Event> {
    let text = |quality: &Option<String>| quality.clone().unwrap_or_default();
    let upcoming = |template: &Template| template.outlook().upcoming_category;
    let category = |upcoming: &Option<(String, Option<Time>)>| {
        upcoming.as_ref().map(|(category, _)| category.clone()).unwrap_or_default()
    };
    let (due, outlook) = (upcoming(new), new.outlook());
    // An announcement that comes true, or is taken back, is told as what it becomes.
    let announced = if due.is_some() { category(&due) } else { category(&upcoming(old)) };
    let members = [
        (EventKind::TemplateStatusChanged, old.status.clone(), new.status.clone()),
        (EventKind::TemplateQualityChanged, text(&old.quality), text(&new.quality)),
        (EventKind::TemplateCategoryChanged, old.category.clone(), new.category.clone()),
        (EventKind::TemplateCategoryAnnounced, category(&upcoming(old)), announced),
    ];
    let changed = members.into_iter().filter(|(_, before, after)| before != after);
    let told = changed.map(|(kind, before, after)| {
        let is_announced = kind == EventKind::TemplateCategoryAnnounced;
        let before = if is_announced { new.category.clone() } else { before };
        let note = outlook.pause.as_ref().map(|(note, _)| note);
        let note = note.or(outlook.disabled.as_ref().map(|(note, _)| note)).or(outlook.rejection.as_ref());
        let note = note.filter(|_| kind == EventKind::TemplateStatusChanged);
        let until = outlook.pause.as_ref().and_then(|(_, until)| *until).filter(|_| note.is_some());
        let effective = due.as_ref().and_then(|(_, at)| *at).filter(|_| is_announced);
        let data = json!({
            "template_id": new.id.as_str(), "meta_id": new.meta_id, "waba_id": new.waba_id, "name": new.name,
            "language": new.language, "before": before, "after": after, "reason": new.rejected_reason,
            "title": note.and_then(|note| note.title.as_deref()),
            "description": note.and_then(|note| note.description.as_deref()),
            "until": until.map(|until| until.to_string()), "effective_at": effective.map(|at| at.to_string()),
        });
        event(kind, &[new.id.as_str(), &before, &after, &at.sortable()], at, data)
    });
    told.collect()
}

/// Which sections of the settings the business changed; those of an event are as they are from then on.
pub(crate) fn settings(old: Option<Settings>, new: &Settings) -> Option<Event> {
    let (old, changed) = (old.unwrap_or_default(), new.changed.as_ref()?);
    let sections = [
        ("window", old.window != new.window),
        ("limits", old.limits != new.limits),
        ("consent", old.consent != new.consent),
        ("billing", old.billing != new.billing),
        ("notifications", old.notifications != new.notifications),
        ("contacts", old.contacts != new.contacts),
    ];
    let sections: Vec<&str> = sections.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect();
    let data = json!({"sections": sections, "by": changed.by});
    Some(event(EventKind::SettingsUpdated, &[&new.revision.to_string()], changed.at, data))
}

/// `rates.updated` for each card that is loaded, and for each that takes its place.
pub(crate) fn rates(loaded: &Loaded) -> Event {
    let data = json!({
        "card": loaded.id.as_str(), "currency": loaded.currency.code(), "model": loaded.model.word(),
        "valid_from": loaded.valid_from.to_string(), "source": loaded.source, "by": loaded.by, "revision": loaded.revision,
    });
    event(EventKind::RatesUpdated, &[loaded.id.as_str(), &loaded.revision.to_string()], loaded.at, data)
}

/// `consent.changed` for each purpose for which another word holds than before. It is told as of when it changed here: what
/// an import says may be years old.
pub(crate) fn consents(old: &Contact, new: &Contact, at: Time) -> Vec<Event> {
    let before = |purpose| old.consents.state(purpose);
    let changed = new.consents.words.iter().filter(|(purpose, word)| before(**purpose) != Some(word.state));
    let told = changed.map(|(purpose, word)| {
        let data = json!({
            "purpose": purpose.word(), "state": word.state.word(), "before": before(*purpose).map(ConsentState::word),
            "at": word.at.to_string(), "source": word.source.word(), "entry_id": word.entry.as_str(),
        });
        let event = event(EventKind::ConsentChanged, &[new.id.as_str(), word.entry.as_str()], at, data);
        Event { contact_id: Some(new.id.clone()), ..event }
    });
    told.collect()
}
