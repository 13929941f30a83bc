//! Buying by itself: its settings and where it is, one row of the wallet.
use domain::Time;
use domain::calendar::{Date, Month};
use domain::ids::TopUpId;
use domain::money::Micros;
use domain::wallet::{Attempt, OffReason, Recharge, RechargeSettings, RechargeState};
use serde::{Deserialize, Serialize};

use super::book::{RowSide, Side};
use super::currency;
use super::top_ups::before;
use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, DUE};
use crate::table::{Order, Put, Range, Store, Updated};

#[derive(Serialize, Deserialize)]
struct RechargeRow {
    is_enabled: bool,
    currency: String,
    minimum_micros: i64,
    amount_micros: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_cap_micros: Option<i64>,
    alerts: Vec<i64>,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    off_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_flight: Option<AttemptRow>,
    fails: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    spent_month: Option<String>,
    #[serde(default)]
    spent_micros: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    capped_month: Option<String>,
    starts: Vec<i64>,
    alerted: Vec<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_micros: Option<i64>,
    changed_by: String,
    changed_at: i64,
    revision: u32,
    /// While it waits for a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_sk: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct AttemptRow {
    top_up_id: String,
    amount_micros: i64,
    since: i64,
}

impl Row for RechargeRow {
    const ENTITY: &'static str = "recharge";
}

const IDLE: &str = "idle";
const BACKING_OFF: &str = "backing_off";
const OFF: &str = "off";

fn micros(amounts: &[Micros]) -> Vec<i64> {
    amounts.iter().map(|amount| amount.get()).collect()
}

pub(super) fn item(operation: &'static str, recharge: &Recharge) -> Result<Attributes, StoreError> {
    let settings = &recharge.settings;
    let (state, until, off_reason) = match recharge.state {
        RechargeState::Idle => (IDLE, None, None),
        RechargeState::BackingOff(until) => (BACKING_OFF, Some(until.millis()), None),
        RechargeState::Off(reason) => (OFF, None, Some(reason.to_string())),
    };
    let (due_pk, due_sk) = recharge.due_at().map(keys::due_recharge).unzip();
    let row = RechargeRow {
        is_enabled: settings.is_enabled,
        currency: settings.currency.code().to_owned(),
        minimum_micros: settings.minimum.get(),
        amount_micros: settings.amount.get(),
        monthly_cap_micros: settings.monthly_cap.map(Micros::get),
        alerts: micros(&settings.alerts),
        state: state.to_owned(),
        until,
        off_reason,
        in_flight: recharge.in_flight.as_ref().map(|attempt| AttemptRow {
            top_up_id: attempt.top_up.to_string(),
            amount_micros: attempt.amount.get(),
            since: attempt.since.millis(),
        }),
        fails: recharge.fails,
        spent_month: recharge.spent.map(|(month, _)| month.to_string()),
        spent_micros: recharge.spent.map_or(0, |(_, spent)| spent.get()),
        capped_month: recharge.capped.map(|month| month.to_string()),
        starts: recharge.starts.iter().map(|start| start.millis()).collect(),
        alerted: micros(&recharge.alerted),
        seen_micros: recharge.seen.map(Micros::get),
        changed_by: recharge.changed_by.clone(),
        changed_at: recharge.changed_at.millis(),
        revision: recharge.revision,
        due_pk,
        due_sk,
    };
    encode(operation, &keys::recharge(), None, &row)
}

fn month(operation: &'static str, text: &str) -> Result<Month, StoreError> {
    let first = Date::parse(&format!("{text}-01"));
    first.map(Date::month).ok_or_else(|| StoreError::row(operation, "a month"))
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Recharge, StoreError> {
    let row: RechargeRow = decode(operation, item)?;
    let bad = |what: &str| StoreError::row(operation, what);
    let amounts = |micros: Vec<i64>| micros.into_iter().map(Micros::new).collect();
    let state = match (row.state.as_str(), row.until, row.off_reason.as_deref().and_then(OffReason::parse)) {
        (IDLE, ..) => RechargeState::Idle,
        (BACKING_OFF, Some(until), _) => RechargeState::BackingOff(Time::from_millis(until)),
        (OFF, _, Some(reason)) => RechargeState::Off(reason),
        _ => return Err(bad("the state of auto-recharge")),
    };
    let attempt = |row: AttemptRow| {
        Ok(Attempt {
            top_up: TopUpId::parse(&row.top_up_id).ok_or_else(|| bad("a top-up's id"))?,
            amount: Micros::new(row.amount_micros),
            since: Time::from_millis(row.since),
        })
    };
    let spent = row.spent_month.map(|text| Ok((month(operation, &text)?, Micros::new(row.spent_micros))));
    Ok(Recharge {
        settings: RechargeSettings {
            is_enabled: row.is_enabled,
            currency: currency(operation, &row.currency)?,
            minimum: Micros::new(row.minimum_micros),
            amount: Micros::new(row.amount_micros),
            monthly_cap: row.monthly_cap_micros.map(Micros::new),
            alerts: amounts(row.alerts),
        },
        state,
        in_flight: row.in_flight.map(attempt).transpose()?,
        fails: row.fails,
        spent: spent.transpose()?,
        capped: row.capped_month.map(|text| month(operation, &text)).transpose()?,
        starts: row.starts.into_iter().map(Time::from_millis).collect(),
        alerted: amounts(row.alerted),
        seen: row.seen_micros.map(Micros::new),
        changed_by: row.changed_by,
        changed_at: Time::from_millis(row.changed_at),
        revision: row.revision,
    })
}

impl Side {
    /// Auto-recharge is as it was seen, and becomes what a purchase that succeeded made of it.
    pub fn recharged(next: &Recharge) -> Side {
        let (condition, mut values) = before(next.revision);
        let spent = next.spent.map(|(month, spent)| (month.to_string(), spent.get())).unwrap_or_default();
        values.extend(self::values([
            (":fails", n(next.fails)),
            (":month", s(spent.0)),
            (":spent", n(spent.1)),
            (":revision", n(next.revision)),
        ]));
        let mut expression =
            "SET #fails = :fails, #spent_month = :month, #spent_micros = :spent, #revision = :revision".to_owned();
        let mut gone = Vec::new();
        if next.state == RechargeState::Idle {
            values.insert(":idle".to_owned(), s(IDLE));
            expression.push_str(", #state = :idle");
            gone.extend(["#until", "#off_reason", "#due_pk", "#due_sk"]);
        }
        if next.in_flight.is_none() {
            gone.push("#in_flight");
        }
        if !gone.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&gone.join(", "));
        }
        Side::Row(RowSide { key: keys::recharge(), expression, condition: condition.to_owned(), values })
    }
}

impl Store {
    pub async fn recharge_get(&self) -> Result<Option<Recharge>, StoreError> {
        const OPERATION: &str = "recharge_get";
        self.get(OPERATION, &keys::recharge()).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// Keeps it in place of the one before; `false` if others changed it meanwhile.
    pub async fn recharge_update(&self, next: &Recharge) -> Result<bool, StoreError> {
        const OPERATION: &str = "recharge_update";
        let item = item(OPERATION, next)?;
        if next.revision == 1 {
            return Ok(matches!(self.put_new(OPERATION, item).await?, Put::Written));
        }
        let (condition, seen) = before(next.revision);
        self.put_where(OPERATION, item, condition, seen).await
    }

    /// Auto-recharge, if the time that it waits for has come by `now`.
    pub async fn recharge_due(&self, now: Time) -> Result<Option<Recharge>, StoreError> {
        const OPERATION: &str = "recharge_due";
        let until = keys::due_until(now);
        let range = Range {
            index: Some(DUE),
            pk: keys::RECHARGE,
            range: Some(("0", &until)),
            order: Order::Ascending,
            limit: 1,
        };
        let entries = self.query(OPERATION, range, None).await?.items;
        let row = self.rows_of(OPERATION, &entries).await?.pop();
        row.map(|item| read(OPERATION, item)).transpose()
    }

    /// Has the balance looked at, and again at `next` should nothing come of it; `false` if others changed it meanwhile.
    pub async fn recharge_wake(&self, recharge: &Recharge, next: Time) -> Result<bool, StoreError> {
        let values = values([(":seen", n(recharge.revision)), (":due", s(keys::due_recharge(next).1)), (":one", n(1))]);
        let expression = "SET #due_sk = :due ADD #revision :one";
        let condition = "#revision = :seen AND attribute_exists(#due_pk)";
        let updated = self.update("recharge_wake", &keys::recharge(), expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
