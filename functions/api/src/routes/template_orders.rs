//! Creating, changing, deleting and unpausing templates: checked by Meta's rules, then ordered. The order is carried out
//! soon after, and what came of it stands on the template.
use axum::Json;
use axum::extract::{Extension, State};
use domain::ids;
use domain::template::order::{Action, Denied, Order, OrderState, may_delete, may_edit, may_unpause};
use domain::template::{APPROVED, DELETED, Template};
use lambda_http::http::StatusCode;
use runtime::clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Placement;
use utoipa::{IntoParams, ToSchema};
use whatsapp::authoring::{Existing, check_create, check_edit};
use whatsapp::templates::{Category, ParameterFormat, TemplateStatus};

use super::templates::TemplateView;
use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Identifier, TemplateId};
use crate::input::{Input, Nothing};
use crate::page::Listing;
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App, EDIT_TRIES_MAX};

mod account;
mod body;
mod create;
mod files;

pub(super) use account::of_query;
use body::{NewTemplate, TemplatePatch};

area! {
    ManageTemplates: create, change, delete, unpause;
}

/// One template, or a list where several languages were asked for.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Ordered {
    One(Box<TemplateView>),
    Several(Listing<TemplateView>),
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeleteQuery {
    /// Deletes the name in all its languages.
    #[serde(default)]
    #[param(required = false)]
    all_languages: bool,
}

/// Orders a template, or one of Meta's library. Everything that WhatsApp would refuse is named at once.
#[utoipa::path(post, path = "/v1/templates", request_body = NewTemplate, responses((status = 202, body = Ordered)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewTemplate>,
) -> AnswerWith<Ordered> {
    let checked = check_create(body.template);
    let files = files::check(&app, &checked.value.components).await?;
    refuse(checked.violations, files)?;
    let waba_id = account::of_body(&app, body.waba_id, body.channel_id).await?;
    let draft = checked.value;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let placed = create::place(&app, &waba_id, &draft, &ticket).await?;
    let mut views = placed.into_iter().map(|(template, order)| TemplateView::of(template, Some(order)));
    let ordered = if draft.is_bulk {
        Ordered::Several(Listing { items: views.collect(), next_cursor: None })
    } else {
        let view = views.next().ok_or_else(|| Problem::Internal("an order without a language".into()))?;
        Ordered::One(Box::new(view))
    };
    Ok((StatusCode::ACCEPTED, Json(ordered)))
}

/// Orders a change. Components replace all that are there.
#[utoipa::path(
    patch,
    path = "/v1/templates/{id}",
    params(("id" = TemplateId, Path)),
    request_body = TemplatePatch,
    responses((status = 200, body = TemplateView))
)]
async fn change(
    State(app): State<App>,
    Input { id, body, .. }: Input<ids::TemplateId, Nothing, TemplatePatch>,
) -> Answer<TemplateView> {
    let template = app.store.template_get(&id).await?;
    let existing = template.as_ref().map(|template| Existing {
        status: TemplateStatus::read(&template.status),
        category: Category::read(&template.category),
        parameter_format: ParameterFormat::read(&template.parameter_format),
    });
    let checked = check_edit(body.template, existing.as_ref());
    let files = files::check(&app, checked.value.get("components").unwrap_or(&Value::Null)).await?;
    refuse(checked.violations, files)?;
    if template.is_none() {
        return Err(unknown(&id));
    }
    let wish = Wish { action: Action::Edit, body: checked.value, all_languages: false };
    give(&app, &id, &wish, |template, order| may_edit(template, order, clock::now())).await
}

/// Orders the deletion of this language, or of the name. WhatsApp takes the name again after 30 days.
#[utoipa::path(
    delete,
    path = "/v1/templates/{id}",
    params(("id" = TemplateId, Path), DeleteQuery),
    responses((status = 200, body = TemplateView))
)]
async fn delete(
    State(app): State<App>,
    Input { id, query, .. }: Input<ids::TemplateId, DeleteQuery>,
) -> Answer<TemplateView> {
    let (template, order) = load(&app, &id).await?;
    if template.status == DELETED && !query.all_languages {
        return Ok(Json(TemplateView::of(template, order)));
    }
    let wish = Wish { action: Action::Delete, body: Value::Null, all_languages: query.all_languages };
    give(&app, &id, &wish, |_, order| may_delete(order, clock::now())).await
}

/// Orders that a paused template goes on.
#[utoipa::path(
    post,
    path = "/v1/templates/{id}/unpause",
    params(("id" = TemplateId, Path)),
    responses((status = 200, body = TemplateView))
)]
async fn unpause(State(app): State<App>, Input { id, .. }: Input<ids::TemplateId>) -> Answer<TemplateView> {
    let wish = Wish { action: Action::Unpause, body: Value::Null, all_languages: false };
    give(&app, &id, &wish, |template, order| may_unpause(template, order, clock::now())).await
}

fn unknown(id: &ids::TemplateId) -> Problem {
    Problem::NotFound { what: ids::TemplateId::WHAT, id: id.to_string() }
}

/// Nothing is ordered of which anything is wrong.
fn refuse(violations: Vec<whatsapp::send::Violation>, files: Vec<crate::problem::FieldError>) -> Result<(), Problem> {
    let errors: Vec<_> = violations.into_iter().map(Into::into).chain(files).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::TemplateRules(errors)) }
}

async fn load(app: &App, id: &ids::TemplateId) -> Result<(Template, Option<Order>), Problem> {
    let template = app.store.template_get(id).await?.ok_or_else(|| unknown(id))?;
    Ok((template, app.store.template_order_get(id).await?))
}

/// What is wanted of a template that is there.
struct Wish {
    action: Action,
    body: Value,
    all_languages: bool,
}

impl Wish {
    /// Asking again for what is under way is asking once.
    fn is_that_of(&self, order: &Order) -> bool {
        order.is_under_way(clock::now())
            && (order.action, &order.wish, order.all_languages) == (self.action, &self.body, self.all_languages)
    }
}

async fn give(
    app: &App,
    id: &ids::TemplateId,
    wish: &Wish,
    may: impl Fn(&Template, Option<&Order>) -> Result<(), Denied>,
) -> Answer<TemplateView> {
    for _ in 0..EDIT_TRIES_MAX {
        let (template, seen) = load(app, id).await?;
        if seen.as_ref().is_some_and(|seen| wish.is_that_of(seen)) {
            return Ok(Json(TemplateView::of(template, seen)));
        }
        may(&template, seen.as_ref()).map_err(Problem::TemplateDenied)?;
        let order = Order {
            template_id: id.clone(),
            waba_id: template.waba_id.clone(),
            name: template.name.clone(),
            language: template.language.clone(),
            number: next_number(seen.as_ref()),
            action: wish.action,
            state: OrderState::Queued,
            wish: wish.body.clone(),
            all_languages: wish.all_languages,
            is_counted: wish.action == Action::Edit && template.status == APPROVED,
            asked_category: wish.body["category"]
                .as_str()
                .map(str::to_owned)
                .or_else(|| seen.as_ref().and_then(|seen| seen.asked_category.clone())),
            requested_at: clock::now(),
            settled_at: None,
            fault: None,
            edits: seen.map(|seen| seen.edits).unwrap_or_default(),
        };
        let placement = Placement { order: order.clone(), template: None };
        if app.store.template_orders_place(&[placement]).await? {
            return Ok(Json(TemplateView::of(template, Some(order))));
        }
    }
    Err(Problem::ChangedMeanwhile)
}

fn next_number(seen: Option<&Order>) -> u32 {
    seen.map_or(0, |seen| seen.number).saturating_add(1)
}
