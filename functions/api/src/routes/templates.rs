//! Message templates as Meta lists them, and the mirroring of that list.
use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Extension, State};
use domain::channel::ChannelState;
use domain::ids;
use domain::template as entity;
use domain::template::order::Order;
use lambda_http::http::StatusCode;
use runtime::clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TemplateFilter;
use utoipa::{IntoParams, ToSchema};

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Identifier, MetaId, Stamp, TemplateId, Text};
use crate::idempotent::Ticket;
use crate::input::{Input, Nothing};
use crate::page::{self, Limit, Listing, PageQuery, Place};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App};

area! {
    ReadSetup: list, read, syncs;
    SyncTemplates: sync;
}

mod order;
mod views;

use order::OrderView;
use views::{OutlookView, SyncView, TemplateDetail};

const LIST: &str = "templates";

#[derive(Serialize, ToSchema)]
#[schema(as = Template)]
pub(super) struct TemplateView {
    id: TemplateId,
    waba_id: String,
    /// Meta's id; one per language. Empty while Meta has none.
    meta_id: String,
    name: String,
    language: String,
    /// Meta's word; only APPROVED ones can be sent. Three are ours. DELETED: Meta lists it no more. REQUESTED: Meta was not
    /// asked for it yet. REFUSED: Meta would not make it, see `order`.
    status: String,
    category: String,
    /// The category that was asked for here, which Meta may have changed.
    asked_category: Option<String>,
    sub_category: Option<String>,
    previous_category: Option<String>,
    /// The category that Meta holds to be right; `upcoming_category` says when the template gets it.
    correct_category: Option<String>,
    /// POSITIONAL or NAMED.
    parameter_format: String,
    #[schema(value_type = Vec<Object>)]
    components: Value,
    /// GREEN, YELLOW, RED or UNKNOWN.
    quality: Option<String>,
    quality_at: Option<Stamp>,
    rejected_reason: Option<String>,
    message_send_ttl_seconds: Option<i64>,
    cta_url_link_tracking_opted_out: Option<bool>,
    library_template_name: Option<String>,
    #[serde(flatten)]
    outlook: OutlookView,
    synced_at: Stamp,
    /// What was asked of Meta last, and what came of it.
    order: Option<OrderView>,
}

impl TemplateView {
    pub(super) fn of(template: entity::Template, order: Option<Order>) -> TemplateView {
        let outlook = template.outlook().into();
        TemplateView {
            asked_category: order.as_ref().and_then(|order| order.asked_category.clone()),
            order: order.map(OrderView::from),
            id: template.id.into(),
            waba_id: template.waba_id,
            meta_id: template.meta_id,
            name: template.name,
            language: template.language,
            status: template.status,
            category: template.category,
            sub_category: template.more.sub_category,
            previous_category: template.more.previous_category,
            correct_category: template.more.correct_category,
            parameter_format: template.parameter_format,
            components: template.components,
            quality: template.quality,
            quality_at: template.more.quality_at.map(Stamp),
            rejected_reason: template.rejected_reason,
            message_send_ttl_seconds: template.more.ttl_seconds,
            cta_url_link_tracking_opted_out: template.more.is_link_tracking_off,
            library_template_name: template.more.library_template_name,
            outlook,
            synced_at: Stamp(template.synced_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SyncRequest {
    /// Only this account; otherwise those of all active channels.
    waba_id: Option<MetaId>,
}

type Filter = Text<512>;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TemplatesQuery {
    #[param(inline)]
    waba_id: Option<MetaId>,
    #[param(inline)]
    name: Option<Filter>,
    #[param(inline)]
    language: Option<Filter>,
    /// Meta's word, or one of ours.
    #[param(inline)]
    status: Option<Filter>,
    #[param(inline)]
    category: Option<Filter>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Place>,
}

/// Lists templates by account, name and language.
#[utoipa::path(get, path = "/v1/templates", params(TemplatesQuery), responses((status = 200, body = Listing<TemplateView>)))]
async fn list(
    State(app): State<App>,
    Input { query, .. }: Input<Nothing, TemplatesQuery>,
) -> Answer<Listing<TemplateView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let text = |given: Option<Filter>| given.map(|Text(text)| text);
    let filter = TemplateFilter {
        waba_id: query.waba_id.map(|MetaId(waba_id)| waba_id),
        name: text(query.name),
        language: text(query.language).map(|code| entity::language(&code)),
        status: text(query.status),
        category: text(query.category),
    };
    let page = app.store.templates_filtered(&filter, query.limit.0, cursor.as_ref(), clock::now()).await?;
    let ids: Vec<&ids::TemplateId> = page.items.iter().map(|template| &template.id).collect();
    let orders = app.store.template_orders(&ids).await?;
    let last = |id: &ids::TemplateId| orders.iter().find(|order| order.template_id == *id).cloned();
    Ok(Json(Listing::of(LIST, page, |template| {
        let order = last(&template.id);
        TemplateView::of(template, order)
    })))
}

/// Reads a template, with what became of it.
#[utoipa::path(get, path = "/v1/templates/{id}", params(("id" = TemplateId, Path)), responses((status = 200, body = TemplateDetail)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::TemplateId>) -> Answer<TemplateDetail> {
    let template = app.store.template_get(&id).await?;
    let template = template.ok_or_else(|| Problem::NotFound { what: ids::TemplateId::WHAT, id: id.to_string() })?;
    Ok(Json(TemplateDetail::of(template, app.store.template_order_get(&id).await?)))
}

/// Asks for the templates of one or all accounts to be read from Meta.
#[utoipa::path(
    post,
    path = "/v1/templates/sync",
    request_body = SyncRequest,
    responses((status = 202, body = Listing<SyncView>))
)]
async fn sync(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, SyncRequest>,
) -> AnswerWith<Listing<SyncView>> {
    let channels = app.store.channels_all().await?;
    let accounts: BTreeSet<String> = match body.waba_id {
        None => {
            channels.into_iter().filter(|channel| channel.state == ChannelState::Active).map(|c| c.waba_id).collect()
        }
        Some(MetaId(wanted)) => channels.into_iter().map(|c| c.waba_id).filter(|waba_id| *waba_id == wanted).collect(),
    };
    if accounts.is_empty() {
        return Err(Problem::unknown("waba_id", "is not the account of a channel"));
    }
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let mut items = Vec::with_capacity(accounts.len());
    for waba_id in accounts {
        items.push(request(&app, waba_id, &ticket).await?.into());
    }
    Ok((StatusCode::ACCEPTED, Json(Listing { items, next_cursor: None })))
}

/// A repeated request wishes at the time of the first one, and shows what came of it.
async fn request(app: &App, waba_id: String, ticket: &Ticket) -> Result<entity::TemplateSync, Problem> {
    let asked = app.store.template_sync_request(&waba_id, ticket.at, true, clock::now()).await?;
    Ok(asked.unwrap_or_else(|| entity::TemplateSync::new(&waba_id, ticket.at)))
}

/// How the last sync of each account went, or how far the one is that runs now.
#[utoipa::path(get, path = "/v1/templates/syncs", params(PageQuery), responses((status = 200, body = Listing<SyncView>)))]
async fn syncs(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<SyncView>> {
    let accounts: BTreeSet<String> = app.store.channels_all().await?.into_iter().map(|c| c.waba_id).collect();
    let mut syncs = Vec::with_capacity(accounts.len());
    for waba_id in accounts {
        syncs.extend(app.store.template_sync_get(&waba_id).await?);
    }
    Ok(Json(Listing::part("syncs", syncs, &query, |sync| sync.waba_id.as_str(), SyncView::from)?))
}
