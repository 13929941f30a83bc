//! What was asked of Meta for a template, as it is shown.
use domain::message::Fault;
use domain::template::order::Order;
use serde::Serialize;
use utoipa::ToSchema;

use crate::fields::{Stamp, TemplateAction, TemplateOrderState, Word};

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateOrder)]
pub(super) struct OrderView {
    action: TemplateAction,
    state: TemplateOrderState,
    requested_at: Stamp,
    settled_at: Option<Stamp>,
    /// Why it is refused.
    problem: Option<OrderProblem>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TemplateOrderProblem)]
struct OrderProblem {
    /// Meta's; null where Meta did not say it.
    code: Option<i64>,
    title: String,
    details: Option<String>,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> OrderView {
        OrderView {
            action: Word(order.action),
            state: Word(order.state),
            requested_at: Stamp(order.requested_at),
            settled_at: order.settled_at.map(Stamp),
            problem: order.fault.map(|fault| OrderProblem {
                code: Some(fault.code).filter(|_| !Fault::is_own(&fault)),
                title: fault.title,
                details: fault.details,
            }),
        }
    }
}
