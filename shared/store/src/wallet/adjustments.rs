//! Credit that an administrator gave or took by hand, and what became of it.
use domain::Time;
use domain::ids::AdjustmentId;
use domain::money::Micros;
use domain::wallet::{Adjustment, AdjustmentState};
use serde::{Deserialize, Serialize};

use super::book::{RowSide, Side};
use super::currency;
use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{s, values};
use crate::keys;
use crate::table::{Put, Store, Updated};

#[derive(Serialize, Deserialize)]
struct AdjustmentRow {
    id: String,
    amount_micros: i64,
    currency: String,
    reason: String,
    requested_by: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    requested_at: i64,
}

impl Row for AdjustmentRow {
    const ENTITY: &'static str = "adjustment";
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Adjustment, StoreError> {
    let row: AdjustmentRow = decode(operation, item)?;
    Ok(Adjustment {
        id: AdjustmentId::parse(&row.id).ok_or_else(|| StoreError::row(operation, "an adjustment's id"))?,
        amount: Micros::new(row.amount_micros),
        currency: currency(operation, &row.currency)?,
        reason: row.reason,
        requested_by: row.requested_by,
        state: AdjustmentState::parse(&row.state).ok_or_else(|| StoreError::row(operation, "an adjustment's state"))?,
        problem: row.problem,
        requested_at: Time::from_millis(row.requested_at),
    })
}

impl Side {
    /// The adjustment was asked for and has its outcome with the booking.
    pub fn adjusted(adjustment: &AdjustmentId) -> Side {
        let values = values([
            (":booked", s(AdjustmentState::Booked.word())),
            (":requested", s(AdjustmentState::Requested.word())),
        ]);
        Side::Row(RowSide {
            key: keys::adjustment(adjustment),
            expression: "SET #state = :booked".to_owned(),
            condition: "#state = :requested".to_owned(),
            values,
        })
    }
}

impl Store {
    pub async fn adjustment_create(&self, adjustment: &Adjustment) -> Result<Put<Adjustment>, StoreError> {
        const OPERATION: &str = "adjustment_create";
        let row = AdjustmentRow {
            id: adjustment.id.to_string(),
            amount_micros: adjustment.amount.get(),
            currency: adjustment.currency.code().to_owned(),
            reason: adjustment.reason.clone(),
            requested_by: adjustment.requested_by.clone(),
            state: adjustment.state.to_string(),
            problem: adjustment.problem.clone(),
            requested_at: adjustment.requested_at.millis(),
        };
        match self.put_new(OPERATION, encode(OPERATION, &keys::adjustment(&adjustment.id), None, &row)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read(OPERATION, item)?)),
        }
    }

    pub async fn adjustment_get(&self, id: &AdjustmentId) -> Result<Option<Adjustment>, StoreError> {
        const OPERATION: &str = "adjustment_get";
        self.get(OPERATION, &keys::adjustment(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// `false` if it has its outcome already.
    pub async fn adjustment_refuse(&self, id: &AdjustmentId, problem: &str) -> Result<bool, StoreError> {
        let values = values([
            (":refused", s(AdjustmentState::Refused.word())),
            (":requested", s(AdjustmentState::Requested.word())),
            (":problem", s(problem)),
        ]);
        let expression = "SET #state = :refused, #problem = :problem";
        let updated =
            self.update("adjustment_refuse", &keys::adjustment(id), expression, "#state = :requested", values).await?;
        Ok(matches!(updated, Updated::Done))
    }
}
