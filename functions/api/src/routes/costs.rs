//! What messages cost, summed up from the ledger.
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::wallet::{self as entity, Costs, Entry, Tally};
use runtime::clock;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::area::area;
use crate::fields::{CostBy, Moment, Stamp, Word};
use crate::input::{Input, Nothing};
use crate::page::{Limit, Listing, PageQuery, Place};
use crate::problem::Problem;
use crate::{Answer, App};

area! {
    ReadCredits: costs;
}

const LIST: &str = "costs";
const DAY: Duration = Duration::from_secs(24 * 3600);
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
/// More entries than that are not summed up at once.
const ENTRIES_MAX: usize = 100_000;
const TOO_MUCH: &str = "leaves more entries than are summed up at once; ask for less time";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CostsQuery {
    /// What to sum up by; `day` if it is not given.
    #[param(inline, required = false)]
    by: Option<CostBy>,
    /// Only what was charged then or later; 30 days before `to` if it is not given.
    #[param(inline, required = false)]
    from: Option<Moment>,
    /// Only what was charged before; the end of the day (UTC) if it is not given.
    #[param(inline, required = false)]
    to: Option<Moment>,
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(inline, required = false)]
    cursor: Option<Place>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Costs)]
struct CostsView {
    by: CostBy,
    from: Stamp,
    to: Stamp,
    /// Null until the first credit decides it.
    currency: Option<String>,
    /// Of all sums together: messages that were charged and not taken back.
    messages: i64,
    cost_micros: i64,
    items: Vec<CostView>,
    /// Where the next page starts; null on the last one.
    next_cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Cost)]
struct CostView {
    /// An id, a name or a day (of the account's time zone, as `2026-10-01`). Null for messages that have nothing of the kind: no
    /// template, or nobody who sent them.
    key: Option<String>,
    messages: i64,
    cost_micros: i64,
}

impl CostView {
    fn of((key, tally): (Option<String>, Tally)) -> CostView {
        CostView { key, messages: tally.messages, cost_micros: tally.cost.get() }
    }
}

/// Sums up what messages cost: by conversation, agent (the user or key that sent them), template, day, channel, market or category.
#[utoipa::path(get, path = "/v1/credits/costs", params(CostsQuery), responses((status = 200, body = CostsView)))]
async fn costs(State(app): State<App>, Input { query, .. }: Input<Nothing, CostsQuery>) -> Answer<CostsView> {
    let to = query.to.map_or_else(|| clock::now().floor(DAY).plus(DAY), |Moment(to)| to);
    let from = query.from.map_or_else(|| to.minus(MONTH), |Moment(from)| from);
    let by = query.by.map_or(entity::CostBy::Day, |Word(by)| by);
    if to <= from {
        return Err(Problem::field("to", "must be later than from"));
    }
    let zone = app.store.settings_get().await?.billing.zone();
    let mut costs = Costs::new(by, zone);
    let each = |entry: &Entry| costs.add(entry).map_err(|_| Problem::field("to", TOO_MUCH));
    if !app.store.entries_each(from, to, ENTRIES_MAX, each).await? {
        return Err(Problem::field("to", TOO_MUCH));
    }
    let currency = app.store.wallet_get().await?.map(|wallet| wallet.currency.code().to_owned());
    let (total, sums) = (costs.total, costs.sums.into_iter().collect());
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let listing = Listing::part(LIST, sums, &page, |(key, _)| key.as_deref().unwrap_or_default(), CostView::of)?;
    Ok(Json(CostsView {
        by: Word(by),
        from: Stamp(from),
        to: Stamp(to),
        currency,
        messages: total.messages,
        cost_micros: total.cost.get(),
        items: listing.items,
        next_cursor: listing.next_cursor,
    }))
}
