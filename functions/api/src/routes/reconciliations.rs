//! What came of holding our charges against what Meta says that it charged, account by account and day by day.
use axum::Json;
use axum::extract::State;
use domain::money::Micros;
use domain::wallet as entity;
use serde::Serialize;
use utoipa::ToSchema;

use crate::area::area;
use crate::fields::{ReconciliationState, Stamp, Word};
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::{Answer, App};

area! {
    ReadCredits: list;
}

const LIST: &str = "reconciliations";

#[derive(Serialize, ToSchema)]
#[schema(as = Reconciliation)]
struct ReconciliationView {
    waba_id: String,
    /// Of the account's time zone, as `2026-10-01`.
    day: String,
    state: ReconciliationState,
    /// Why WhatsApp did not say what it charged.
    problem: Option<String>,
    /// Of the costs; null until the first credit decides it.
    currency: Option<String>,
    /// What was charged, by the ledger or by WhatsApp.
    charges: Vec<ComparedView>,
    made_at: Stamp,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Compared)]
struct ComparedView {
    market: String,
    category: String,
    /// Whether they are further apart than half a per cent.
    differs: bool,
    /// Messages that the ledger charged for on this day, and for how much.
    messages: i64,
    cost_micros: i64,
    /// The same as WhatsApp tells it; it may hide the cost, or tell it in another currency.
    whatsapp_messages: i64,
    whatsapp_cost_micros: Option<i64>,
}

impl From<entity::Reconciliation> for ReconciliationView {
    fn from(report: entity::Reconciliation) -> ReconciliationView {
        ReconciliationView {
            state: Word(report.state()),
            waba_id: report.waba_id,
            day: report.day.to_string(),
            problem: report.problem,
            currency: report.currency.map(|currency| currency.code().to_owned()),
            charges: report.compared.into_iter().map(ComparedView::from).collect(),
            made_at: Stamp(report.made_at),
        }
    }
}

impl From<entity::Compared> for ComparedView {
    fn from(compared: entity::Compared) -> ComparedView {
        ComparedView {
            differs: compared.differs(),
            market: compared.market.to_string(),
            category: compared.category.to_string(),
            messages: compared.ours.messages,
            cost_micros: compared.ours.cost.get(),
            whatsapp_messages: compared.metas_messages,
            whatsapp_cost_micros: compared.metas_cost.map(Micros::get),
        }
    }
}

/// Lists the daily reports on whether the ledger charged what WhatsApp did, the latest day first.
#[utoipa::path(get, path = "/v1/credits/reconciliations", params(PageQuery), responses((status = 200, body = Listing<ReconciliationView>)))]
async fn list(
    State(app): State<App>,
    Input { query, .. }: Input<Nothing, PageQuery>,
) -> Answer<Listing<ReconciliationView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let page = app.store.reconciliations_page(query.limit.0, cursor.as_ref()).await?;
    Ok(Json(Listing::of(LIST, page, ReconciliationView::from)))
}
