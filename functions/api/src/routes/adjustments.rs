//! Credit that an administrator gives or takes by hand, with a reason.
use axum::Json;
use axum::extract::{Extension, State};
use domain::ids;
use domain::money;
use domain::wallet::{self as entity, ADJUSTMENT_MAX, AdjustmentRefusal};
use lambda_http::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Put;
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{AdjustmentId, AdjustmentState, Currency, Identifier, Stamp, Text, Word};
use crate::input::{Input, Nothing};
use crate::problem::Problem;
use crate::{Answer, AnswerWith, App};

area! {
    ReadCredits: read;
    ManageCredits: create;
}

type Reason = Text<500>;

#[derive(Serialize, ToSchema)]
#[schema(as = Adjustment)]
struct AdjustmentView {
    id: AdjustmentId,
    amount_micros: i64,
    currency: String,
    reason: String,
    /// The key that asked for it.
    requested_by: String,
    state: AdjustmentState,
    /// Why it was refused.
    problem: Option<String>,
    requested_at: Stamp,
}

impl From<entity::Adjustment> for AdjustmentView {
    fn from(adjustment: entity::Adjustment) -> AdjustmentView {
        AdjustmentView {
            id: adjustment.id.into(),
            amount_micros: adjustment.amount.get(),
            currency: adjustment.currency.code().to_owned(),
            reason: adjustment.reason,
            requested_by: adjustment.requested_by,
            state: Word(adjustment.state),
            problem: adjustment.problem,
            requested_at: Stamp(adjustment.requested_at),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAdjustment {
    /// Millionths of the currency's unit; negative to take. Not zero.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    amount_micros: i64,
    currency: Currency,
    reason: Reason,
}

/// Gives or takes credit by hand. It is booked a moment later; `GET /v1/credits/adjustments/{id}` tells.
#[utoipa::path(post, path = "/v1/credits/adjustments", request_body = NewAdjustment, responses((status = 202, body = AdjustmentView)))]
async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, fingerprint, .. }: Input<Nothing, Nothing, NewAdjustment>,
) -> AnswerWith<AdjustmentView> {
    let currency = money::Currency::parse(&body.currency.0)
        .ok_or_else(|| Problem::field("currency", "must be a currency of ISO 4217"))?;
    let ticket = fingerprint.ticket(&app, &caller).await?;
    let adjustment = entity::Adjustment {
        id: ids::AdjustmentId::new(ticket.at, ticket.entropy),
        amount: money::Micros::new(body.amount_micros),
        currency,
        reason: body.reason.0,
        requested_by: caller.actor().to_string(),
        state: entity::AdjustmentState::Requested,
        problem: None,
        requested_at: ticket.at,
    };
    if ticket.is_repeated
        && let Some(before) = app.store.adjustment_get(&adjustment.id).await?
    {
        return Ok((StatusCode::ACCEPTED, Json(before.into())));
    }
    let wallet = app.store.wallet_get().await?;
    entity::adjust(wallet.as_ref(), &adjustment).map_err(refusal)?;
    let adjustment = match app.store.adjustment_create(&adjustment).await? {
        Put::Written => adjustment,
        Put::Exists(before) => before,
    };
    Ok((StatusCode::ACCEPTED, Json(adjustment.into())))
}

fn refusal(refusal: AdjustmentRefusal) -> Problem {
    match refusal {
        AdjustmentRefusal::Nothing | AdjustmentRefusal::TooLarge => {
            let most = ADJUSTMENT_MAX.get();
            Problem::field("amount_micros", format!("must be from -{most} to {most}, and not 0"))
        }
        AdjustmentRefusal::Overflow => Problem::field("amount_micros", "is more than the wallet can hold"),
        AdjustmentRefusal::OtherCurrency { wallet } => Problem::OtherCurrency { wallet: wallet.code().to_owned() },
    }
}

/// Reads an adjustment.
#[utoipa::path(get, path = "/v1/credits/adjustments/{id}", params(("id" = AdjustmentId, Path)), responses((status = 200, body = AdjustmentView)))]
async fn read(State(app): State<App>, Input { id, .. }: Input<ids::AdjustmentId>) -> Answer<AdjustmentView> {
    let adjustment = app.store.adjustment_get(&id).await?;
    let adjustment =
        adjustment.ok_or_else(|| Problem::NotFound { what: ids::AdjustmentId::WHAT, id: id.to_string() })?;
    Ok(Json(adjustment.into()))
}
