//! The prepaid balance, its ledger, and grants by an administrator.
use axum::Json;
use axum::extract::{Extension, State};
use domain::ids;
use domain::money;
use domain::wallet::{self as entity, GRANT_MAX, GrantRefusal};
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{Currency, EntryKind, Identifier, Stamp, Text, TopUpId, TopUpState, Word};
use crate::input::{Input, Nothing};
use crate::page::{self, Listing, PageQuery};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App};

area! {
    ReadCredits: balance, entries, read;
    GrantCredits: create;
}

const LIST: &str = "entries";

type Reason = Text<500>;

#[derive(Serialize, ToSchema)]
struct Credits {
    balance_micros: i64,
    /// Null until the first top-up decides it.
    currency: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
struct EntryView {
    top_up_id: TopUpId,
    kind: EntryKind,
    amount_micros: i64,
    currency: String,
    reason: String,
    /// The key that asked for it.
    by: String,
    at: Stamp,
}

impl From<entity::Entry> for EntryView {
    fn from(entry: entity::Entry) -> EntryView {
        EntryView {
            top_up_id: entry.top_up.into(),
            kind: Word(entry.kind),
            amount_micros: entry.amount.get(),
            currency: entry.currency.code().to_owned(),
            reason: entry.reason,
            by: entry.by,
            at: Stamp(entry.at),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = TopUp)]
struct TopUpView {
    id: TopUpId,
    amount_micros: i64,
    currency: String,
    reason: String,
    /// The key that asked for it.
    requested_by: String,
    state: TopUpState,
    /// Why it was refused.
    problem: Option<String>,
    requested_at: Stamp,
}

impl From<entity::TopUp> for TopUpView {
    fn from(top_up: entity::TopUp) -> TopUpView {
        TopUpView {
            id: top_up.id.into(),
            amount_micros: top_up.amount.get(),
            currency: top_up.currency.code().to_owned(),
            reason: top_up.reason,
            requested_by: top_up.requested_by,
            state: Word(top_up.state),
            problem: top_up.problem,
            requested_at: Stamp(top_up.requested_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTopUp {
    /// Millionths of the currency's unit.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount_micros: i64,
    currency: Currency,
    reason: Reason,
}

/// Reads the balance.
#[utoipa::path(get, path = "/v1/credits", responses((status = 200, body = Credits)))]
async fn balance(State(app): State<App>, _: Input) -> Answer<Credits> {
    let wallet = app.store.wallet_get().await?;
    Ok(Json(match wallet {
        None => Credits { balance_micros: money::Micros::ZERO.get(), currency: None },
        Some(wallet) => {
            Credits { balance_micros: wallet.balance.get(), currency: Some(wallet.currency.code().to_owned()) }
        }
    }))
}

/// Lists the ledger, the latest entry first.
#[utoipa::path(get, path = "/v1/credits/entries", params(PageQuery), responses((status = 200, body = Listing<EntryView>)))]
async fn entries(State(app): State<App>, Input { query, .. }: Input<Nothing, PageQuery>) -> Answer<Listing<EntryView>> {
    let cursor = page::cursor(query.cursor.as_ref(), LIST)?;
    let page = app.store.entries_page(query.limit.0, cursor.as_ref()).await?;
    Ok(Json(Listing::of(LIST, page, EntryView::from)))
}

/// Grants credit. It is booked a moment later; `GET /v1/credits/top-ups/{id}` tells.
#[utoipa::path(post, path = "/v1/credits/top-ups", request_body = NewTopUp, responses((status = 202, body = TopUpView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewTopUp>,
) -> AnswerWith<TopUpView> {
    let currency = money::Currency::parse(&body.currency.0)
        .ok_or_else(|| Problem::field("currency", "must be a currency of ISO 4217"))?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let top_up = entity::TopUp {
        id: ids::TopUpId::new(ticket.at, ticket.entropy),
        amount: money::Micros::new(body.amount_micros),
        currency,
        reason: body.reason.0,
        requested_by: caller.key,
        state: entity::TopUpState::Requested,
        problem: None,
        requested_at: ticket.at,
    };
    if ticket.is_repeated
        && let Some(before) = app.store.top_up_get(&top_up.id).await?
    {
        return Ok((StatusCode::ACCEPTED, Json(before.into())));
    }
    let wallet = app.store.wallet_get().await?;
    entity::grant(wallet.as_ref(), &top_up, ticket.at).map_err(refusal)?;
    let top_up = match app.store.top_up_create(&top_up).await? {
        Put::Written => top_up,
        Put::Exists(before) => before,
    };
    Ok((StatusCode::ACCEPTED, Json(top_up.into())))
}

fn refusal(refusal: GrantRefusal) -> Problem {
    match refusal {
        GrantRefusal::NotPositive | GrantRefusal::TooLarge => {
            Problem::field("amount_micros", format!("must be from 1 to {}", GRANT_MAX.get()))
        }
        GrantRefusal::Overflow => Problem::field("amount_micros", "is more than the wallet can hold"),
        GrantRefusal::OtherCurrency { wallet } => Problem::OtherCurrency { wallet: wallet.code().to_owned() },
    }
}

/// Reads a top-up.
#[utoipa::path(get, path = "/v1/credits/top-ups/{id}", params(("id" = TopUpId, Path)), responses((status = 200, body = TopUpView)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::TopUpId>) -> Answer<TopUpView> {
    let top_up = app.store.top_up_get(&id).await?;
    let top_up = top_up.ok_or_else(|| Problem::NotFound { what: ids::TopUpId::WHAT, id: id.to_string() })?;
    Ok(Json(top_up.into()))
}
