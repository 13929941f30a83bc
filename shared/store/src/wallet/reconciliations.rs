//! What came of holding our charges against Meta's, a report for each account and day.
use domain::Time;
use domain::calendar::Date;
use domain::money::Micros;
use domain::pricing::{Category, Market};
use domain::wallet::{Compared, Reconciliation, Tally};
use serde::{Deserialize, Serialize};

use super::currency;
use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::keys;
use crate::table::{Order, Range, Store};

#[derive(Serialize, Deserialize)]
struct ReconciliationRow {
    waba_id: String,
    day: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    compared: Vec<ComparedRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    made_at: i64,
}

impl Row for ReconciliationRow {
    const ENTITY: &'static str = "reconciliation";
}

#[derive(Serialize, Deserialize)]
struct ComparedRow {
    market: String,
    category: String,
    messages: i64,
    cost_micros: i64,
    metas_messages: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    metas_cost_micros: Option<i64>,
}

impl From<&Compared> for ComparedRow {
    fn from(compared: &Compared) -> ComparedRow {
        ComparedRow {
            market: compared.market.to_string(),
            category: compared.category.to_string(),
            messages: compared.ours.messages,
            cost_micros: compared.ours.cost.get(),
            metas_messages: compared.metas_messages,
            metas_cost_micros: compared.metas_cost.map(Micros::get),
        }
    }
}

impl From<ComparedRow> for Compared {
    fn from(row: ComparedRow) -> Compared {
        Compared {
            market: Market::new(&row.market),
            category: Category::read(&row.category),
            ours: Tally { messages: row.messages, cost: Micros::new(row.cost_micros) },
            metas_messages: row.metas_messages,
            metas_cost: row.metas_cost_micros.map(Micros::new),
        }
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Reconciliation, StoreError> {
    let row: ReconciliationRow = decode(operation, item)?;
    Ok(Reconciliation {
        day: Date::parse(&row.day).ok_or_else(|| StoreError::row(operation, "the day of a report"))?,
        waba_id: row.waba_id,
        currency: row.currency.map(|code| currency(operation, &code)).transpose()?,
        compared: row.compared.into_iter().map(Compared::from).collect(),
        problem: row.problem,
        made_at: Time::from_millis(row.made_at),
    })
}

impl Store {
    /// Keeps a report in place of an earlier one of its day. One that failed takes the place of none.
    pub async fn reconciliation_put(&self, report: &Reconciliation) -> Result<(), StoreError> {
        const OPERATION: &str = "reconciliation_put";
        let row = ReconciliationRow {
            waba_id: report.waba_id.clone(),
            day: report.day.to_string(),
            currency: report.currency.as_ref().map(|currency| currency.code().to_owned()),
            compared: report.compared.iter().map(ComparedRow::from).collect(),
            problem: report.problem.clone(),
            made_at: report.made_at.millis(),
        };
        let item = encode(OPERATION, &keys::reconciliation(report.day, &report.waba_id), None, &row)?;
        match report.problem {
            Some(_) => self.put_new(OPERATION, item).await.map(|_| ()),
            None => self.put(OPERATION, item).await,
        }
    }

    /// The latest day first.
    pub async fn reconciliations_page(
        &self,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Reconciliation>, StoreError> {
        const OPERATION: &str = "reconciliations_page";
        let order = Order::Descending;
        let range = Range { index: None, pk: keys::RECONCILIATIONS, range: None, order, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let items = page.items.into_iter().map(|item| read(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }
}
