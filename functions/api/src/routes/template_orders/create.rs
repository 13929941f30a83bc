//! The orders and rows of a creation: all languages or none.
use domain::Time;
use domain::ids;
use domain::template::order::{Action, Denied, Order, OrderState, REQUESTED, is_vacant, may_create};
use domain::template::{Course, More, Template};
use store::Placement;
use whatsapp::authoring::Draft;

use super::next_number;
use crate::idempotent::Ticket;
use crate::problem::Problem;
use crate::{App, EDIT_TRIES_MAX};

type Placed = (Template, Order);

pub(super) async fn place(app: &App, waba_id: &str, draft: &Draft, ticket: &Ticket) -> Result<Vec<Placed>, Problem> {
    for _ in 0..EDIT_TRIES_MAX {
        let named = app.store.templates_named(waba_id, &draft.name, ticket.at).await?;
        if let Some(before) = repeated(draft, &named, ticket) {
            return Ok(before);
        }
        let mut placements = Vec::with_capacity(draft.languages.len());
        for language in &draft.languages {
            placements.push(placement(waba_id, draft, language, &named, ticket.at)?);
        }
        if app.store.template_orders_place(&placements).await? {
            let shown = |placement: Placement| {
                let there = named.iter().find(|(template, _)| template.id == placement.order.template_id);
                let template = placement.template.or_else(|| there.map(|(template, _)| template.clone()))?;
                Some((template, placement.order))
            };
            return Ok(placements.into_iter().filter_map(shown).collect());
        }
    }
    Err(Problem::ChangedMeanwhile)
}

/// What the first request with this key made.
fn repeated(draft: &Draft, named: &[(Template, Option<Order>)], ticket: &Ticket) -> Option<Vec<Placed>> {
    if !ticket.is_repeated {
        return None;
    }
    let made = |language: &String| {
        let (template, order) = named.iter().find(|(template, _)| template.language == *language)?;
        let order = order.clone().filter(|order| order.requested_at >= ticket.at)?;
        Some((template.clone(), order))
    };
    draft.languages.iter().map(made).collect()
}

fn placement(
    waba_id: &str,
    draft: &Draft,
    language: &str,
    named: &[(Template, Option<Order>)],
    now: Time,
) -> Result<Placement, Problem> {
    let there = named.iter().find(|(template, _)| template.language == language);
    let replaces = draft.is_bulk && there.is_some_and(|(template, _)| !is_vacant(template));
    let id = ids::TemplateId::of(waba_id, &draft.name, language);
    match may_create(language, named, now) {
        Err(Denied::Exists) if replaces => {}
        Err(Denied::Exists) => return Err(Problem::AlreadyExists { what: "template", id: id.to_string() }),
        outcome => outcome.map_err(Problem::TemplateDenied)?,
    }
    let seen = there.and_then(|(_, order)| order.as_ref());
    let order = Order {
        template_id: id.clone(),
        waba_id: waba_id.to_owned(),
        name: draft.name.clone(),
        language: language.to_owned(),
        number: next_number(seen),
        action: if draft.is_bulk { Action::Upsert } else { Action::Create },
        state: OrderState::Queued,
        wish: draft.body.clone(),
        all_languages: false,
        is_counted: false,
        asked_category: Some(draft.category.clone()),
        requested_at: now,
        settled_at: None,
        fault: None,
        edits: seen.map(|seen| seen.edits.clone()).unwrap_or_default(),
    };
    let template = Template {
        id,
        waba_id: waba_id.to_owned(),
        meta_id: String::new(),
        name: draft.name.clone(),
        language: language.to_owned(),
        status: REQUESTED.to_owned(),
        category: draft.category.clone(),
        parameter_format: draft.parameter_format.clone(),
        components: draft.components.clone(),
        quality: None,
        rejected_reason: None,
        more: More::default(),
        course: Course {
            revision: there.map_or(0, |(template, _)| template.course.revision).saturating_add(1),
            ..Course::default()
        },
        synced_at: now,
    };
    Ok(Placement { order, template: (!replaces).then_some(template) })
}
