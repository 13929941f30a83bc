//! Top-ups: what was asked for, how far it is, and by when the provider is to be asked.
use domain::Time;
use domain::ids::TopUpId;
use domain::money::Micros;
use domain::wallet::{Payee, Recharge, TopUp, TopUpMethod, TopUpState, Trouble};
use serde::{Deserialize, Serialize};

use super::book::{RowSide, Side};
use super::{currency, recharge};
use crate::codec::{Attributes, Row, decode, encode};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{Values, n, s, values};
use crate::keys::{self, DUE, LIST};
use crate::table::{Order, Put, Range, Store, Updated};

#[derive(Serialize, Deserialize)]
struct TopUpRow {
    id: String,
    method: String,
    amount_micros: i64,
    currency: String,
    state: String,
    keeps_card: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<String>,
    success_url: String,
    cancel_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted_micros: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dispute: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    makes_good: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by: Option<String>,
    requested_at: i64,
    look_at: i64,
    looks: u32,
    revision: u32,
    /// While it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_sk: Option<String>,
}

impl Row for TopUpRow {
    const ENTITY: &'static str = "top-up";
}

pub(super) fn item(operation: &'static str, top_up: &TopUp) -> Result<Attributes, StoreError> {
    let due = (!top_up.state.is_over()).then(|| keys::due_top_up(top_up.look_at, &top_up.id));
    let (due_pk, due_sk) = due.unzip();
    let trouble = |part: fn(&Trouble) -> &String| top_up.problem.as_ref().map(|problem| part(problem).clone());
    let row = TopUpRow {
        id: top_up.id.to_string(),
        method: top_up.method.to_string(),
        amount_micros: top_up.amount.get(),
        currency: top_up.currency.code().to_owned(),
        state: top_up.state.to_string(),
        keeps_card: top_up.keeps_card,
        customer: top_up.payee.customer.clone(),
        card: top_up.payee.method.clone(),
        success_url: top_up.success_url.clone(),
        cancel_url: top_up.cancel_url.clone(),
        checkout: top_up.checkout.clone(),
        payment: top_up.payment.clone(),
        url: top_up.url.clone(),
        problem_code: trouble(|problem| &problem.code),
        problem_message: trouble(|problem| &problem.message),
        granted_micros: top_up.granted.map(Micros::get),
        dispute: top_up.dispute.clone(),
        makes_good: top_up.makes_good.as_ref().map(ToString::to_string),
        requested_by: top_up.requested_by.clone(),
        requested_at: top_up.requested_at.millis(),
        look_at: top_up.look_at.millis(),
        looks: top_up.looks,
        revision: top_up.revision,
        due_pk,
        due_sk,
    };
    let list = keys::list_top_ups(top_up.requested_at, &top_up.id);
    encode(operation, &keys::top_up(&top_up.id), Some(&list), &row)
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<TopUp, StoreError> {
    let row: TopUpRow = decode(operation, item)?;
    let bad = |what: &str| StoreError::row(operation, what);
    let id = |text: &str| TopUpId::parse(text).ok_or_else(|| bad("a top-up's id"));
    let problem = row.problem_code.zip(row.problem_message);
    Ok(TopUp {
        id: id(&row.id)?,
        method: TopUpMethod::parse(&row.method).ok_or_else(|| bad("a top-up's method"))?,
        amount: Micros::new(row.amount_micros),
        currency: currency(operation, &row.currency)?,
        state: TopUpState::parse(&row.state).ok_or_else(|| bad("a top-up's state"))?,
        keeps_card: row.keeps_card,
        payee: Payee { customer: row.customer, method: row.card },
        success_url: row.success_url,
        cancel_url: row.cancel_url,
        checkout: row.checkout,
        payment: row.payment,
        url: row.url,
        problem: problem.map(|(code, message)| Trouble { code, message }),
        granted: row.granted_micros.map(Micros::new),
        dispute: row.dispute,
        makes_good: row.makes_good.as_deref().map(id).transpose()?,
        requested_by: row.requested_by,
        requested_at: Time::from_millis(row.requested_at),
        look_at: Time::from_millis(row.look_at),
        looks: row.looks,
        revision: row.revision,
    })
}

/// The row is the one that was changed.
pub(super) fn before(revision: u32) -> (&'static str, Values) {
    ("#revision = :seen", values([(":seen", n(revision.saturating_sub(1)))]))
}

impl Side {
    /// The top-up is paid, by this payment. What it was before does not matter: money that came always counts.
    pub fn granted(top_up: &TopUpId, payment: &str, paid: Micros, problem: Option<&Trouble>) -> Side {
        let mut values = values([
            (":granted", s(TopUpState::Granted.word())),
            (":payment", s(payment)),
            (":paid", n(paid.get())),
            (":one", n(1)),
        ]);
        let told = match problem {
            None => " REMOVE #problem_code, #problem_message, #due_pk, #due_sk",
            Some(problem) => {
                values.insert(":code".to_owned(), s(&problem.code));
                values.insert(":message".to_owned(), s(&problem.message));
                ", #problem_code = :code, #problem_message = :message REMOVE #due_pk, #due_sk"
            }
        };
        let count = "ADD #granted_micros :paid, #revision :one";
        Side::Row(RowSide {
            key: keys::top_up(top_up),
            expression: format!("SET #state = :granted, #payment = :payment{told} {count}"),
            condition: "attribute_exists(#pk)".to_owned(),
            values,
        })
    }
}

impl Store {
    pub async fn top_up_create(&self, top_up: &TopUp) -> Result<Put<TopUp>, StoreError> {
        const OPERATION: &str = "top_up_create";
        match self.put_new(OPERATION, item(OPERATION, top_up)?).await? {
            Put::Written => Ok(Put::Written),
            Put::Exists(item) => Ok(Put::Exists(read(OPERATION, item)?)),
        }
    }

    pub async fn top_up_get(&self, id: &TopUpId) -> Result<Option<TopUp>, StoreError> {
        const OPERATION: &str = "top_up_get";
        self.get(OPERATION, &keys::top_up(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// The latest first.
    pub async fn top_ups_page(&self, limit: usize, after: Option<&Cursor>) -> Result<Page<TopUp>, StoreError> {
        const OPERATION: &str = "top_ups_page";
        let range = Range { index: Some(LIST), pk: keys::TOP_UPS, range: None, order: Order::Descending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let rows = self.rows_of(OPERATION, &page.items).await?;
        let items: Result<Vec<TopUp>, StoreError> = rows.into_iter().map(|item| read(OPERATION, item)).collect();
        Ok(Page { items: items?, next: page.next })
    }

    /// Keeps what was learned; `false` if others changed it meanwhile.
    pub async fn top_up_update(&self, next: &TopUp) -> Result<bool, StoreError> {
        const OPERATION: &str = "top_up_update";
        let (condition, seen) = before(next.revision);
        self.put_where(OPERATION, item(OPERATION, next)?, condition, seen).await
    }

    /// Ends a purchase from the saved card without credit, with what follows from it: `false` if others changed either row
    /// meanwhile. `link` is the top-up by which somebody may make it good.
    pub async fn recharge_fail(
        &self,
        top_up: &TopUp,
        recharge: &Recharge,
        link: Option<&TopUp>,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "recharge_fail";
        let (condition, seen) = before(top_up.revision);
        let transaction = self.transaction(OPERATION).put_where(item(OPERATION, top_up)?, condition, seen);
        let (condition, seen) = before(recharge.revision);
        let mut transaction = transaction.put_where(recharge::item(OPERATION, recharge)?, condition, seen);
        if let Some(link) = link {
            transaction = transaction.put_new(item(OPERATION, link)?);
        }
        Ok(transaction.commit().await?.is_ok())
    }

    /// Begins a purchase from the saved card; `false` if others changed the row meanwhile.
    pub async fn recharge_start(&self, recharge: &Recharge, top_up: &TopUp) -> Result<bool, StoreError> {
        const OPERATION: &str = "recharge_start";
        let (condition, seen) = before(recharge.revision);
        let transaction = self.transaction(OPERATION);
        let transaction = transaction.put_where(recharge::item(OPERATION, recharge)?, condition, seen);
        Ok(transaction.put_new(item(OPERATION, top_up)?).commit().await?.is_ok())
    }

    /// Open top-ups that were to be asked about by `now`, the longest overdue first.
    pub async fn top_ups_due(&self, now: Time, limit: usize) -> Result<Vec<TopUp>, StoreError> {
        const OPERATION: &str = "top_ups_due";
        let until = keys::due_until(now);
        let range =
            Range { index: Some(DUE), pk: keys::TOP_UPS, range: Some(("0", &until)), order: Order::Ascending, limit };
        let entries = self.query(OPERATION, range, None).await?.items;
        let rows = self.rows_of(OPERATION, &entries).await?;
        let read = rows.into_iter().map(|item| read(OPERATION, item));
        // The index may lag behind the row.
        let is_due = |top_up: &TopUp| !top_up.state.is_over() && top_up.look_at <= now;
        read.filter(|top_up| top_up.as_ref().map_or(true, is_due)).collect()
    }

    /// Has the provider asked about it now, and again at `next`; `false` if something became known meanwhile.
    pub async fn top_up_wake(&self, top_up: &TopUp, next: Time) -> Result<bool, StoreError> {
        let values = values([
            (":seen", n(top_up.revision)),
            (":next", n(next.millis())),
            (":due", s(keys::due_top_up(next, &top_up.id).1)),
            (":one", n(1)),
        ]);
        let expression = "SET #look_at = :next, #due_sk = :due ADD #looks :one, #revision :one";
        let condition = "#revision = :seen AND attribute_exists(#due_pk)";
        let key = keys::top_up(&top_up.id);
        let updated = self.update("top_up_wake", &key, expression, condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// Whether a fact was booked.
    pub async fn is_booked(&self, fact: &str) -> Result<bool, StoreError> {
        Ok(self.get("is_booked", &keys::once(fact)).await?.is_some())
    }
}
