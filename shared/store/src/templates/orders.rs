//! Orders: what is asked of Meta for a template. A row beside the template's own, so that a list that is written meanwhile
//! does not touch it.
use domain::Time;
use domain::ids::TemplateId;
use domain::message::Fault;
use domain::template::order::{Action, Order, OrderState, REFUSED, REQUESTED};
use domain::template::{DELETED, Template};
use serde::{Deserialize, Serialize};

use super::{Part, rows};
use crate::codec::{Attributes, Row, decode, encode};
use crate::error::StoreError;
use crate::expression::{Values, n, s, values};
use crate::keys;
use crate::table::{Store, Updated};

#[derive(Serialize, Deserialize)]
struct OrderRow {
    template_id: String,
    waba_id: String,
    name: String,
    language: String,
    number: u32,
    action: String,
    state: String,
    wish: String,
    all_languages: bool,
    is_counted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_category: Option<String>,
    requested_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultRow>,
    edits: Vec<i64>,
}

#[derive(Serialize, Deserialize)]
struct FaultRow {
    code: i64,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<String>,
}

impl Row for OrderRow {
    const ENTITY: &'static str = "template-order";
}

fn to_item(operation: &'static str, order: &Order) -> Result<Attributes, StoreError> {
    let row = OrderRow {
        template_id: order.template_id.to_string(),
        waba_id: order.waba_id.clone(),
        name: order.name.clone(),
        language: order.language.clone(),
        number: order.number,
        action: order.action.to_string(),
        state: order.state.to_string(),
        wish: order.wish.to_string(),
        all_languages: order.all_languages,
        is_counted: order.is_counted,
        asked_category: order.asked_category.clone(),
        requested_at: order.requested_at.millis(),
        settled_at: order.settled_at.map(Time::millis),
        fault: order.fault.clone().map(|Fault { code, title, details }| FaultRow { code, title, details }),
        edits: order.edits.iter().map(|at| at.millis()).collect(),
    };
    encode(operation, &keys::template_order(&order.template_id), None, &row)
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Order, StoreError> {
    let row: OrderRow = decode(operation, item)?;
    let bad = |what: &str| StoreError::row(operation, what);
    Ok(Order {
        template_id: TemplateId::parse(&row.template_id).ok_or_else(|| bad("a template's id"))?,
        waba_id: row.waba_id,
        name: row.name,
        language: row.language,
        number: row.number,
        action: Action::parse(&row.action).ok_or_else(|| bad("an order's action"))?,
        state: OrderState::parse(&row.state).ok_or_else(|| bad("an order's state"))?,
        wish: serde_json::from_str(&row.wish).map_err(|error| StoreError::row(operation, error))?,
        all_languages: row.all_languages,
        is_counted: row.is_counted,
        asked_category: row.asked_category,
        requested_at: Time::from_millis(row.requested_at),
        settled_at: row.settled_at.map(Time::from_millis),
        fault: row.fault.map(|FaultRow { code, title, details }| Fault { code, title, details }),
        edits: row.edits.into_iter().map(Time::from_millis).collect(),
    })
}

/// An order that is to be given.
#[derive(Clone, Debug)]
pub struct Placement {
    pub order: Order,
    /// The row of a template that does not exist yet.
    pub template: Option<Template>,
}

/// The order is the one after that which was seen.
fn is_next(order: &Order) -> (&'static str, Values) {
    match order.number.checked_sub(1).filter(|seen| *seen > 0) {
        None => ("attribute_not_exists(#pk)", Values::new()),
        Some(seen) => ("#number = :seen", values([(":seen", n(seen))])),
    }
}

impl Store {
    /// Gives orders, all or none; `false` if something else was ordered or made meanwhile.
    pub async fn template_orders_place(&self, placements: &[Placement]) -> Result<bool, StoreError> {
        const OPERATION: &str = "template_orders_place";
        let mut transaction = self.transaction(OPERATION);
        for Placement { order, template } in placements {
            let (condition, seen) = is_next(order);
            transaction = transaction.put_where(to_item(OPERATION, order)?, condition, seen);
            if let Some(template) = template {
                let vacant = values([(":deleted", s(DELETED)), (":refused", s(REFUSED)), (":requested", s(REQUESTED))]);
                // What a sync stages meanwhile is made good by the next one.
                let condition = "attribute_not_exists(#status) OR #status IN (:deleted, :refused, :requested)";
                transaction = transaction.put_where(rows::item(OPERATION, template)?, condition, vacant);
            }
        }
        Ok(transaction.commit().await?.is_ok())
    }

    pub async fn template_order_get(&self, id: &TemplateId) -> Result<Option<Order>, StoreError> {
        const OPERATION: &str = "template_order_get";
        self.get(OPERATION, &keys::template_order(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// The last orders of some templates, in any order; most have none.
    pub async fn template_orders(&self, ids: &[&TemplateId]) -> Result<Vec<Order>, StoreError> {
        const OPERATION: &str = "template_orders";
        let keys: Vec<_> = ids.iter().map(|id| keys::template_order(id)).collect();
        let items = self.get_many(OPERATION, &keys).await?;
        items.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// The templates of a name in all languages, each with its last order.
    pub async fn templates_named(
        &self,
        waba_id: &str,
        name: &str,
        now: Time,
    ) -> Result<Vec<(Template, Option<Order>)>, StoreError> {
        let (low, high) = keys::list_templates_named(waba_id, name);
        let range = Some((low.as_str(), high.as_str()));
        let part = Part { operation: "templates_named", range, limit: 100 };
        let mut templates = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.templates_seen(part, after.as_deref(), now).await?;
            templates.extend(page.items);
            match page.next {
                Some(next) => after = Some(next.0),
                None => break,
            }
        }
        let ids: Vec<&TemplateId> = templates.iter().map(|template| &template.id).collect();
        let orders = self.template_orders(&ids).await?;
        let last = |id: &TemplateId| orders.iter().find(|order| order.template_id == *id).cloned();
        Ok(templates.into_iter().map(|template| (template.clone(), last(&template.id))).collect())
    }

    /// Meta is asked from now on. `false`: another order has taken this one's place, or it is settled.
    pub async fn template_order_sent(&self, order: &Order) -> Result<bool, StoreError> {
        let values = values([
            (":number", n(order.number)),
            (":queued", s(OrderState::Queued.word())),
            (":sent", s(OrderState::Sent.word())),
        ]);
        let condition = "#number = :number AND #state IN (:queued, :sent)";
        let key = keys::template_order(&order.template_id);
        let sent = self.update("template_order_sent", &key, "SET #state = :sent", condition, values).await?;
        Ok(matches!(sent, Updated::Done))
    }

    /// What came of an order. One that is settled, or followed by another, stays as it is.
    pub async fn template_order_settle(&self, order: &Order) -> Result<(), StoreError> {
        const OPERATION: &str = "template_order_settle";
        let values = values([
            (":number", n(order.number)),
            (":queued", s(OrderState::Queued.word())),
            (":sent", s(OrderState::Sent.word())),
        ]);
        let condition = "#number = :number AND #state IN (:queued, :sent)";
        self.put_where(OPERATION, to_item(OPERATION, order)?, condition, values).await.map(drop)
    }

    /// A template that Meta would not make. What is there by now stays.
    pub async fn template_unmade(&self, id: &TemplateId, reason: &str) -> Result<(), StoreError> {
        let values =
            values([(":refused", s(REFUSED)), (":requested", s(REQUESTED)), (":reason", s(reason)), (":one", n(1))]);
        let expression = "SET #status = :refused, #rejected_reason = :reason, #revision = #revision + :one";
        let key = keys::template(id);
        self.update("template_unmade", &key, expression, "#status = :requested", values).await.map(drop)
    }
}
