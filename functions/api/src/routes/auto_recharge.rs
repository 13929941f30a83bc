//! Buying by itself when the balance is low, and saying that it is low.
use axum::Json;
use axum::extract::{Extension, State};
use domain::money::Micros;
use domain::wallet::{self as entity, ALERTS_MAX, Recharge, RechargeSettings, RechargeState, SettingsRefusal};
use runtime::clock;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::area::area;
use crate::auth::Caller;
use crate::fields::{OffReason, RechargePhase, Stamp, TopUpId, Word};
use crate::input::{Input, Nothing};
use crate::problem::Problem;
use crate::routes::top_ups::chargeable;
use crate::{Answer, App, EDIT_TRIES_MAX};

area! {
    ReadCredits: read;
    ManageCredits: set_up;
}

/// Where auto-recharge is not set up yet, what is about it is null.
#[derive(Serialize, ToSchema)]
#[schema(as = AutoRecharge)]
struct AutoRechargeView {
    enabled: bool,
    state: Option<RechargePhase>,
    /// Why it is off. Setting it up anew tries again.
    off_reason: Option<OffReason>,
    /// Nothing is bought before that time.
    until: Option<Stamp>,
    /// The purchase under way.
    top_up_id: Option<TopUpId>,
    minimum_micros: Option<i64>,
    amount_micros: Option<i64>,
    monthly_cap_micros: Option<i64>,
    alert_levels_micros: Vec<i64>,
    /// What was added in this month, by Coordinated Universal Time, with what is under way.
    spent_this_month_micros: i64,
    currency: Option<String>,
    /// The card that is charged.
    card: Option<CardView>,
    changed_at: Option<Stamp>,
    /// The key that set it up.
    changed_by: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SavedCard)]
struct CardView {
    brand: String,
    last4: String,
    exp_month: u8,
    exp_year: u16,
    /// When its owner agreed to its being charged again.
    agreed_at: Stamp,
    /// The purchase with which they did.
    agreed_with: TopUpId,
}

fn card_view(payer: entity::Payer) -> Option<CardView> {
    let card = payer.card?;
    Some(CardView {
        brand: card.brand,
        last4: card.last4,
        exp_month: card.exp_month,
        exp_year: card.exp_year,
        agreed_at: Stamp(payer.agreed_at),
        agreed_with: payer.agreed_with.into(),
    })
}

fn view(recharge: Option<Recharge>, payer: Option<entity::Payer>) -> AutoRechargeView {
    let of = recharge.as_ref();
    let settings = of.map(|recharge| &recharge.settings);
    let (off_reason, until) = match of.map(|recharge| recharge.state) {
        Some(RechargeState::Off(reason)) => (Some(Word(reason)), None),
        Some(RechargeState::BackingOff(until)) => (None, Some(Stamp(until))),
        Some(RechargeState::Idle) | None => (None, None),
    };
    AutoRechargeView {
        enabled: settings.is_some_and(|settings| settings.is_enabled),
        state: of.map(|recharge| Word(recharge.phase())),
        off_reason,
        until,
        top_up_id: of.and_then(|recharge| Some(recharge.in_flight.as_ref()?.top_up.clone().into())),
        minimum_micros: settings.map(|settings| settings.minimum.get()),
        amount_micros: settings.map(|settings| settings.amount.get()),
        monthly_cap_micros: settings.and_then(|settings| settings.monthly_cap).map(Micros::get),
        alert_levels_micros: settings.iter().flat_map(|of| of.alerts.iter().map(|level| level.get())).collect(),
        spent_this_month_micros: of.map_or(0, |recharge| recharge.spent_in(clock::now()).get()),
        currency: settings.map(|settings| settings.currency.code().to_owned()),
        card: payer.and_then(card_view),
        changed_at: of.map(|recharge| Stamp(recharge.changed_at)),
        changed_by: of.map(|recharge| recharge.changed_by.clone()),
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AutoRechargeInput {
    /// Needs a saved card.
    enabled: bool,
    /// Credit is bought when the balance falls below it.
    #[schema(minimum = 0)]
    minimum_micros: i64,
    /// What is bought then: at least the minimum.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount_micros: i64,
    /// The most that a month adds, by Coordinated Universal Time; no cap if absent.
    #[schema(minimum = 1)]
    monthly_cap_micros: Option<i64>,
    /// Balances below which the event `credits.low` is told: each once until the balance was above it again.
    #[serde(default)]
    #[schema(max_items = 10)]
    alert_levels_micros: Vec<i64>,
}

impl AutoRechargeInput {
    fn settings(&self, currency: &domain::money::Currency) -> Result<RechargeSettings, Problem> {
        let settings = RechargeSettings {
            is_enabled: self.enabled,
            currency: currency.clone(),
            minimum: Micros::new(self.minimum_micros),
            amount: Micros::new(self.amount_micros),
            monthly_cap: self.monthly_cap_micros.map(Micros::new),
            alerts: self.alert_levels_micros.iter().copied().map(Micros::new).collect(),
        };
        settings.check().map_err(refusal)?;
        chargeable("amount_micros", settings.amount, currency)?;
        Ok(settings)
    }
}

fn refusal(refusal: SettingsRefusal) -> Problem {
    match refusal {
        SettingsRefusal::MinimumNegative => Problem::field("minimum_micros", "must not be below 0"),
        SettingsRefusal::AmountNotPositive => Problem::field("amount_micros", "must be more than 0"),
        SettingsRefusal::AmountBelowMinimum => {
            Problem::field("amount_micros", "must be at least minimum_micros, or one purchase would not be enough")
        }
        SettingsRefusal::CapBelowAmount => {
            Problem::field("monthly_cap_micros", "must be at least amount_micros, or nothing would ever be bought")
        }
        SettingsRefusal::TooManyAlerts => {
            Problem::field("alert_levels_micros", format!("must be at most {ALERTS_MAX}"))
        }
        SettingsRefusal::AlertTwice => Problem::field("alert_levels_micros", "must differ from each other"),
    }
}

/// Reads auto-recharge: its settings, where it is, the card.
#[utoipa::path(get, path = "/v1/credits/auto-recharge", responses((status = 200, body = AutoRechargeView)))]
async fn read(State(app): State<App>, _: Input) -> Answer<AutoRechargeView> {
    Ok(Json(view(app.store.recharge_get().await?, app.store.payer_get().await?)))
}

/// Sets auto-recharge up anew, in place of all that was set. What was off is tried again; a purchase under way goes on.
#[utoipa::path(
    put,
    path = "/v1/credits/auto-recharge",
    request_body = AutoRechargeInput,
    responses((status = 200, body = AutoRechargeView))
)]
async fn set_up(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Input { body, .. }: Input<Nothing, Nothing, AutoRechargeInput>,
) -> Answer<AutoRechargeView> {
    let wallet = app.store.wallet_get().await?.ok_or(Problem::NoWallet)?;
    let settings = body.settings(&wallet.currency)?;
    let payer = app.store.payer_get().await?;
    if settings.is_enabled && payer.as_ref().is_none_or(|payer| payer.card.is_none()) {
        return Err(Problem::NoSavedCard);
    }
    for _ in 0..EDIT_TRIES_MAX {
        let (now, by) = (clock::now(), caller.actor().to_string());
        let next = match app.store.recharge_get().await? {
            None => Recharge::new(settings.clone(), by, now),
            Some(seen) => seen.set_up(settings.clone(), by, now),
        };
        if app.store.recharge_update(&next).await? {
            return Ok(Json(view(Some(next), payer)));
        }
    }
    Err(Problem::ChangedMeanwhile)
}
