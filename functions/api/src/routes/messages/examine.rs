//! All that speaks against sending what is planned now; on the way the first message is completed.
use domain::Time;
use domain::health::Health;
use domain::message::Message;
use domain::sending::limits::{Started, messaging_limit};
use domain::sending::{Grounds, Refusal, Situation, TemplateUse, needs_phone, permit};
use domain::template::{DELETED, Fallbacks, Template};
use serde_json::{Value, json};
use store::StoreError;
use whatsapp::send::{Filled, fill, fits};

use super::agreed::Agreed;
use super::attach;
use super::compose::{Draft, field_errors};
use super::plan::Plan;
use super::price;
use crate::App;
use crate::problem::{FieldError, Problem};
use crate::routes::consents::past;

/// Completes the first message, and says all that speaks against sending it now. The error is one of our own.
pub(super) async fn examine(app: &App, draft: &Draft, plan: &mut Plan, now: Time) -> Result<Vec<Problem>, Problem> {
    let mut problems = Vec::new();
    let Some(mut message) = plan.messages.first().cloned() else { return Ok(problems) };
    let goes_at = plan.schedule().map_or(now, |schedule| schedule.send_at);
    note(permitted(app, draft, plan, &message, (now, goes_at)).await, &mut problems)?;
    if let TemplateUse::Found(template) = &plan.template {
        let filled = complete(app, template, &message.content).await?;
        message.content = filled.payload;
        plan.filled = filled.fields;
        if let Err(wrong) = fits(template, &message.content) {
            problems.push(Problem::TemplateParameters(field_errors(wrong)));
        }
    }
    if let Some(name) = needs_phone(&plan.template).filter(|_| !plan.recipient.contact().has_phone()) {
        problems.push(Problem::SendRefused(Refusal::PhoneNeeded { name: name.to_owned() }));
    }
    note(refer(app, draft, &mut message, now).await, &mut problems)?;
    note(attach::resolve(app, &draft.caller, &draft.files, &mut message).await, &mut problems)?;
    if let Some(first) = plan.messages.first_mut() {
        *first = message;
    }
    note(fallback(app, plan).await, &mut problems)?;
    plan.priced = price::price(app, plan, goes_at).await?;
    problems.extend(price::refusal(app, plan).await?);
    if plan.schedule().is_some() {
        (plan.doubts, problems) = problems.into_iter().partition(is_of_its_time);
    }
    Ok(problems)
}

/// Whether it may be another matter when the message is to go.
fn is_of_its_time(problem: &Problem) -> bool {
    matches!(problem, Problem::SendRefused(refusal) if refusal.passes())
}

/// Completes the template that is to go where no window is open, and holds the message against it.
async fn fallback(app: &App, plan: &mut Plan) -> Result<(), Problem> {
    let waba_id = plan.channel.waba_id.clone();
    let schedule = plan.messages.first_mut().and_then(|message| message.dispatch.schedule.as_mut());
    let Some(payload) = schedule.and_then(|schedule| schedule.fallback.as_mut()) else { return Ok(()) };
    match app.store.template_used(&waba_id, "template", payload).await? {
        TemplateUse::Found(template) => {
            *payload = complete(app, &template, payload).await?.payload;
            fits(&template, payload).map_err(|wrong| {
                let beneath = |mut error: FieldError| {
                    error.field = format!("fallback.{}", error.field);
                    error
                };
                Problem::TemplateParameters(field_errors(wrong).into_iter().map(beneath).collect())
            })
        }
        TemplateUse::Missing { name, language } => {
            Err(Problem::SendRefused(Refusal::TemplateUnknown { name, language, others: Vec::new() }))
        }
        TemplateUse::None => Ok(()),
    }
}

/// Tells what the caller can do something about from what they cannot.
fn note(outcome: Result<(), Problem>, problems: &mut Vec<Problem>) -> Result<(), Problem> {
    match outcome {
        Err(error @ (Problem::Unavailable(_) | Problem::Internal(_) | Problem::ChangedMeanwhile)) => Err(error),
        Err(problem) => {
            problems.push(problem);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Whether the rules let the message out when it is to go.
async fn permitted(
    app: &App,
    draft: &Draft,
    plan: &mut Plan,
    message: &Message,
    (now, goes_at): (Time, Time),
) -> Result<(), Problem> {
    let channel = &plan.channel;
    plan.conversation = app.store.conversation_get(&message.conversation_id).await?;
    plan.template = app.store.template_used(&channel.waba_id, &message.kind, &message.content).await?;
    plan.settings = app.store.settings_get().await?;
    let health = app.store.health_of(channel).await?;
    let started = started(app, &health, &plan.template, now).await?;
    let contact = plan.recipient.contact();
    let mut consents = contact.consents.clone();
    if let Some(given) = &draft.consent {
        let at = past(given.at, now, "consent.at")?;
        let about = (message, contact, &plan.template);
        plan.agreed = Agreed::of((given, at), about, &plan.settings, &mut consents, now);
    }
    let situation = Situation {
        channel,
        health: &health,
        reach: &contact.reach,
        consent: Grounds { consents: &consents, message: None },
        conversation: plan.conversation.as_ref(),
        ahead: None,
        template: &plan.template,
        settings: &plan.settings,
        sends: &contact.sends,
        started: &started,
        now: goes_at,
    };
    match permit(&situation) {
        Err(Refusal::TemplateUnknown { name, language, .. }) => {
            let named = app.store.templates_named(&channel.waba_id, &name).await?;
            let others = named.into_iter().map(|(template, _)| template).filter(|template| template.status != DELETED);
            let others = others.map(|template| template.language).collect();
            Err(Problem::SendRefused(Refusal::TemplateUnknown { name, language, others }))
        }
        outcome => outcome.map_err(Problem::SendRefused),
    }
}

/// Whom the portfolio wrote to first, where that matters.
pub(super) async fn started(
    app: &App,
    health: &Health,
    template: &TemplateUse,
    now: Time,
) -> Result<Started, StoreError> {
    match (template, messaging_limit(health)) {
        (TemplateUse::Found(_), Some(_)) => app.store.started(now).await,
        _ => Ok(Started::default()),
    }
}

/// What the business set for the template is read only where the message lacks something.
async fn complete(app: &App, template: &Template, payload: &Value) -> Result<Filled, Problem> {
    let filled = fill(template, payload, &Fallbacks::default());
    if fits(template, &filled.payload).is_ok() {
        return Ok(filled);
    }
    Ok(fill(template, payload, &app.store.template_fallbacks(&template.id).await?))
}

/// Puts Meta's ids in the place of what the caller named.
async fn refer(app: &App, draft: &Draft, message: &mut Message, now: Time) -> Result<(), Problem> {
    if let Some(quoted) = &draft.context {
        message.context = Some(quoted.quoted(app, &message.conversation_id).await?);
    }
    if let Some(target) = &draft.reacts_to {
        message.content["message_id"] = json!(target.reacted_to(app, &message.conversation_id, now).await?);
    }
    Ok(())
}
