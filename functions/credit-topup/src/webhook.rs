//! The provider's webhooks: verified over the exact bytes, applied, and only then answered with 200.
//!
//! What they tell may come twice and in any order. The course of a top-up does not depend on the order; of refunds and disputes
//! it is asked how they are by now.
use domain::Retry;
use domain::ids::TopUpId;
use domain::wallet::{Card, DisputeWord, News, OffReason, TopUpMethod};
use payments::{Fact, PayEvent};
use runtime::{HttpAnswer, chain};

use crate::CreditDesk;
use crate::error::CreditError;
use crate::event::Webhook;
use crate::top_ups::{setback, trouble};

/// What a webhook says of an order that is none of ours is another system's that uses the same account.
fn ours(order: Option<&str>) -> Option<TopUpId> {
    order.and_then(TopUpId::parse)
}

impl CreditDesk {
    pub(crate) async fn webhook(&self, event: &Webhook) -> HttpAnswer {
        let Some(bytes) = event.bytes() else { return HttpAnswer::empty(400) };
        match self.take(event, &bytes).await {
            Ok(()) => HttpAnswer::empty(200),
            Err(CreditError::Webhook(error)) => {
                tracing::warn!(error = chain(&error), "a webhook was refused");
                HttpAnswer::empty(400)
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "a webhook was not applied; the provider will send it again");
                HttpAnswer::empty(500)
            }
        }
    }

    async fn take(&self, event: &Webhook, body: &[u8]) -> Result<(), CreditError> {
        for PayEvent { id, fact, .. } in self.teller.read(event, body).await? {
            match self.learn_of(fact).await {
                // It would not go better another time.
                Err(error @ (CreditError::Pay(_) | CreditError::Gone)) if error.retry() == Retry::Never => {
                    tracing::error!(
                        event.id = id,
                        error = chain(&error),
                        "an event of the provider's cannot be applied"
                    );
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    async fn learn_of(&self, fact: Fact) -> Result<(), CreditError> {
        match fact {
            Fact::Paid { payment, checkout: _, order, amount } => match ours(order.as_deref()) {
                Some(id) => self.paid(&id, &payment, &amount).await,
                None => Ok(()),
            },
            Fact::Pending { payment, checkout, order } => {
                let Some(top_up) = self.find(order.as_deref()).await? else { return Ok(()) };
                // A bank that wants to see the buyer of a link: they are not done.
                if checkout.is_none() && top_up.method == TopUpMethod::Checkout {
                    return Ok(());
                }
                self.learn(&top_up.id, &News::Pending { payment }, None).await
            }
            Fact::Failed { payment, checkout, order, decline } => {
                let Some(top_up) = self.find(order.as_deref()).await? else { return Ok(()) };
                let is_over = checkout.is_some() || top_up.method == TopUpMethod::Recharge;
                let news = News::Failed { payment: Some(payment), problem: trouble(&decline), is_over };
                self.learn(&top_up.id, &news, Some(setback(&decline))).await
            }
            Fact::Expired { checkout: _, order } => match ours(order.as_deref()) {
                Some(id) => self.learn(&id, &News::Expired, None).await,
                None => Ok(()),
            },
            Fact::Refunded(refund) | Fact::RefundFailed(refund) => self.refunded(&refund.id).await,
            Fact::Disputed(dispute) => self.disputed(&dispute.id, DisputeWord::Opened).await,
            Fact::Withdrawn(dispute) => self.disputed(&dispute.id, DisputeWord::Withdrawn).await,
            Fact::Reinstated(dispute) => self.disputed(&dispute.id, DisputeWord::Reinstated).await,
            Fact::DisputeClosed(dispute) => self.disputed(&dispute.id, DisputeWord::Closed).await,
            Fact::CardRenewed(card) => {
                let (exp_month, exp_year) = (card.exp_month, card.exp_year);
                let card = Card { method: card.method, brand: card.brand, last4: card.last4, exp_month, exp_year };
                self.store.payer_renew(&card).await?;
                Ok(())
            }
            Fact::CardDetached { method } => match self.store.payer_forget_card(&method).await? {
                true => self.turn_off(OffReason::NoCard).await,
                false => Ok(()),
            },
            Fact::CustomerDeleted { customer } => match self.store.payer_forget(&customer).await? {
                true => self.turn_off(OffReason::NoCard).await,
                false => Ok(()),
            },
            Fact::Other(_) => Ok(()),
        }
    }

    async fn find(&self, order: Option<&str>) -> Result<Option<domain::wallet::TopUp>, CreditError> {
        let Some(id) = ours(order) else { return Ok(None) };
        Ok(self.store.top_up_get(&id).await?)
    }
}
