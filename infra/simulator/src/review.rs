//! The review process and what befalls templates after it: each step changes the template, tells its webhooks in Meta's
//! shapes, and puts on the agenda what follows from it by itself.

use std::sync::Arc;

use serde_json::json;

use crate::clock;
use crate::core::Core;
use crate::state::State;
use crate::state::deliveries::Update;
use crate::state::reviews::{Act, DAY_MS, Due, HOUR_MS, Rejection, Verdict};
use crate::state::templates::Template;
use crate::webhook::payload::Shape;
use crate::webhook::template_updates::{self as told, Notes};

const ARCHIVED_MS: i64 = 28 * DAY_MS;

/// Takes up what was still going to happen when the simulator ended.
pub(crate) fn resume(core: &Arc<Core>) {
    for due in core.read(|state| state.agenda.clone()) {
        start(core, due);
    }
}

/// A template that was created or edited is PENDING until its review.
pub(crate) fn submit(core: &Arc<Core>, state: &mut State, id: &str) {
    let Some(template) = state.templates.iter_mut().find(|template| template.id == id) else {
        return;
    };
    let name = template.name.clone();
    let plan = state.take_review(&name);
    change(core, state, id, "PENDING", "PENDING", &Notes::default());
    if let Verdict::ApproveAs { category, at_once: true } = &plan.verdict {
        edit(state, id, |template| {
            template.previous_category = Some(std::mem::replace(&mut template.category, category.clone()));
        });
    }
    let after_ms = i64::try_from(plan.after_ms).unwrap_or(i64::MAX);
    match plan.verdict {
        Verdict::Approve => later(core, state, id, after_ms, Act::Approve { category: None }),
        Verdict::ApproveAs { category, .. } => {
            later(core, state, id, after_ms, Act::Approve { category: Some(category) });
        }
        Verdict::Reject(rejection) => later(core, state, id, after_ms, Act::Reject(rejection)),
        Verdict::Wait => {}
    }
}

/// Lets something happen to a template. Refused where its status does not allow it.
pub(crate) fn play(core: &Arc<Core>, state: &mut State, id: &str, act: Act) -> Result<(), String> {
    let template = state.templates.iter().find(|template| template.id == id).cloned();
    let template = template.ok_or("there is no such template")?;
    let is = |allowed: &[&str]| {
        let refused = || format!("a template that is {} cannot do that", template.status);
        allowed.contains(&template.status.as_str()).then_some(()).ok_or_else(refused)
    };
    match act {
        Act::Approve { category } => approve(core, state, &template, category),
        Act::Reject(rejection) => reject(core, state, id, &rejection),
        Act::Pause { for_ms, by_rate } => {
            is(&["APPROVED"])?;
            pause(core, state, id, for_ms, by_rate);
        }
        Act::Unpause => {
            is(&["PAUSED"])?;
            let words = "Your WhatsApp message template has been unpaused.".to_owned();
            let notes = Notes { other: Some(("UNPAUSE", words)), ..Notes::default() };
            change(core, state, id, "APPROVED", "APPROVED", &notes);
        }
        Act::Disable => disable(core, state, id),
        Act::Reinstate => change(core, state, id, "APPROVED", "REINSTATED", &Notes::default()),
        Act::Flag => {
            tell(core, state, id, |form, one| told::status(&core.config, form, one, "FLAGGED", &Notes::default()))
        }
        Act::Quality { score } => {
            edit(state, id, |one| one.quality_score = Some(json!({"score": score, "date": clock::now_s()})));
            tell(core, state, id, |form, one| told::quality(&core.config, form, one, template.score()));
        }
        Act::Category { category, in_ms } => categorise(core, state, &template, category, in_ms),
        Act::Archive { for_ms } => {
            state.course(id).before_archive = Some(template.status.clone());
            change(core, state, id, "ARCHIVED", "ARCHIVED", &Notes::default());
            later(core, state, id, for_ms.unwrap_or(at_speed(core, ARCHIVED_MS)), Act::Delete);
        }
        Act::Unarchive => {
            is(&["ARCHIVED"])?;
            let before = state.course(id).before_archive.take().unwrap_or_else(|| "APPROVED".to_owned());
            change(core, state, id, &before, "UNARCHIVED", &Notes::default());
        }
        Act::Appeal => {
            is(&["REJECTED", "DISABLED", "PAUSED"])?;
            appeal(core, state, &template);
        }
        Act::Lock => change(core, state, id, "LOCKED", "LOCKED", &Notes::default()),
        Act::LimitExceeded => change(core, state, id, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED", &Notes::default()),
        Act::PendingDeletion => change(core, state, id, "PENDING_DELETION", "PENDING_DELETION", &Notes::default()),
        Act::Delete => delete(core, state, id, Some(&template.language)),
        Act::Vanish => state.templates.retain(|template| template.id != id),
        Act::Components { components } => {
            edit(state, id, |one| one.components = components);
            tell(core, state, id, |form, one| told::edited(&core.config, form, one));
        }
    }
    Ok(())
}

/// Removes a template; its name stays taken for a while, in this language or in all.
pub(crate) fn delete(core: &Arc<Core>, state: &mut State, id: &str, language: Option<&str>) {
    tell(core, state, id, |form, one| told::deleted(&core.config, form, one));
    if let Some(at) = state.templates.iter().position(|template| template.id == id) {
        let gone = state.templates.remove(at);
        state.block_name(&gone.name, language, core.config.speed);
    }
    state.courses.remove(id);
}

fn approve(core: &Arc<Core>, state: &mut State, before: &Template, category: Option<String>) {
    edit(state, &before.id, |template| {
        template.rejected_reason = None;
        if let Some(category) = category {
            template.category = category;
        }
        if template.category != before.category {
            template.previous_category = Some(before.category.clone());
        }
    });
    change(core, state, &before.id, "APPROVED", "APPROVED", &Notes::default());
    let is_changed = state.templates.iter().any(|one| one.id == before.id && one.category != before.category);
    if is_changed {
        let previous = &before.category;
        tell(core, state, &before.id, |form, one| told::recategorised(&core.config, form, one, previous));
    }
}

fn reject(core: &Arc<Core>, state: &mut State, id: &str, rejection: &Rejection) {
    edit(state, id, |template| template.rejected_reason = Some(rejection.reason.clone()));
    let words = format!("The template was rejected: {}.", rejection.reason.to_lowercase().replace('_', " "));
    let told = rejection.recommendation.clone().map(|recommendation| (words, recommendation));
    let notes = Notes { reason: Some(rejection.reason.clone()), rejection: told, ..Notes::default() };
    change(core, state, id, "REJECTED", "REJECTED", &notes);
}

fn pause(core: &Arc<Core>, state: &mut State, id: &str, for_ms: Option<i64>, by_rate: bool) {
    if by_rate {
        let words =
            "Your WhatsApp message template has been paused because of early feedback from customers.".to_owned();
        let notes = Notes { other: Some(("RATE_LIMITING_PAUSE", words)), ..Notes::default() };
        return change(core, state, id, "PAUSED", "PAUSED", &notes);
    }
    let course = state.course(id);
    course.pauses += 1;
    let (title, hours) = match course.pauses {
        1 => ("FIRST_PAUSE", 3),
        2 => ("SECOND_PAUSE", 6),
        _ => return disable(core, state, id),
    };
    let after_ms = for_ms.unwrap_or(at_speed(core, hours * HOUR_MS));
    let until = jiff::Timestamp::from_millisecond(clock::now_ms().saturating_add(after_ms));
    let until = until.map_or_else(|_| String::new(), |until| until.strftime("%b %-d at %-I:%M %p UTC").to_string());
    let words = format!(
        "Your WhatsApp message template has been paused for {hours} hours until {until} because it had issues reported by users."
    );
    change(core, state, id, "PAUSED", "PAUSED", &Notes { other: Some((title, words)), ..Notes::default() });
    later(core, state, id, after_ms, Act::Unpause);
}

fn disable(core: &Arc<Core>, state: &mut State, id: &str) {
    let words = "Your WhatsApp message template has been disabled for repeated issues reported by users.".to_owned();
    let notes = Notes {
        other: Some(("DISABLED", words)),
        disabled_s: Some(clock::now_s()),
        reason: Some("PROMOTIONAL".into()),
        ..Notes::default()
    };
    change(core, state, id, "DISABLED", "DISABLED", &notes);
}

fn categorise(core: &Arc<Core>, state: &mut State, before: &Template, category: String, in_ms: Option<i64>) {
    let in_ms = in_ms.unwrap_or(at_speed(core, DAY_MS));
    if in_ms > 0 {
        edit(state, &before.id, |template| template.correct_category = Some(category.clone()));
        let at_s = clock::now_ms().saturating_add(in_ms) / 1000;
        tell(core, state, &before.id, |form, one| told::impending(&core.config, form, one, &category, at_s));
        let act = Act::Category { category, in_ms: Some(0) };
        return schedule(core, state, &before.id, in_ms, act, None);
    }
    edit(state, &before.id, |template| {
        (template.previous_category, template.correct_category) = (Some(before.category.clone()), None);
        template.category = category;
    });
    tell(core, state, &before.id, |form, one| told::recategorised(&core.config, form, one, &before.category));
}

fn appeal(core: &Arc<Core>, state: &mut State, template: &Template) {
    let plan = state.take_review(&template.name);
    change(core, state, &template.id, "IN_APPEAL", "IN_APPEAL", &Notes::default());
    let after_ms = i64::try_from(plan.after_ms).unwrap_or(i64::MAX);
    let act = match plan.verdict {
        Verdict::Approve | Verdict::ApproveAs { .. } => Act::Reinstate,
        Verdict::Reject(rejection) => Act::Reject(rejection),
        Verdict::Wait => return,
    };
    later(core, state, &template.id, after_ms, act);
}

/// Gives a template another status and tells the event of it.
fn change(core: &Arc<Core>, state: &mut State, id: &str, status: &str, event: &str, notes: &Notes) {
    state.course(id).turn += 1;
    edit(state, id, |template| template.status = status.to_owned());
    tell(core, state, id, |form, one| told::status(&core.config, form, one, event, notes));
}

fn edit(state: &mut State, id: &str, with: impl FnOnce(&mut Template)) {
    if let Some(template) = state.templates.iter_mut().find(|template| template.id == id) {
        with(template);
    }
}

/// Puts a webhook about a template on its way.
pub(crate) fn tell(
    core: &Arc<Core>,
    state: &mut State,
    id: &str,
    write: impl FnOnce(crate::state::settings::TemplateWebhooks, &Template) -> Update,
) {
    let form = state.settings.template_webhooks;
    if let Some(update) = state.templates.iter().find(|template| template.id == id).map(|one| write(form, one)) {
        core.send_webhook(state, vec![update], clock::now_ms(), Shape::Changes);
    }
}

fn at_speed(core: &Core, ms: i64) -> i64 {
    ms / i64::from(core.config.speed.max(1))
}

/// Something happens after a while, unless the template has another status by then.
fn later(core: &Arc<Core>, state: &mut State, id: &str, after_ms: i64, act: Act) {
    let turn = state.course(id).turn;
    schedule(core, state, id, after_ms, act, Some(turn));
}

fn schedule(core: &Arc<Core>, state: &mut State, id: &str, after_ms: i64, act: Act, turn: Option<u64>) {
    let at_ms = clock::now_ms().saturating_add(after_ms);
    let due = Due { id: state.next_id(), at_ms, template: id.to_owned(), act, turn };
    state.agenda.push(due.clone());
    start(core, due);
}

/// A task that waits until something is due.
fn start(core: &Arc<Core>, due: Due) {
    let core = Arc::clone(core);
    tokio::spawn(async move {
        tokio::select! {
            () = core.stopped() => return,
            () = tokio::time::sleep(clock::until(due.at_ms)) => {}
        }
        core.write(|state| {
            let before = state.agenda.len();
            state.agenda.retain(|one| one.id != due.id);
            let is_planned = state.agenda.len() < before;
            let is_current =
                due.turn.is_none_or(|turn| state.courses.get(&due.template).is_some_and(|one| one.turn == turn));
            // A template that is gone by now has no future.
            if is_planned && is_current && play(&core, state, &due.template, due.act.clone()).is_err() {
                tracing::debug!(
                    template = due.template,
                    "simulator: what was planned for a template is not possible now"
                );
            }
        });
    });
}
