//! Money that goes back: refunds, disputes, and what comes back of them.
//!
//! Guarantee: each refund and each phase of a dispute is booked once. What was given back and did not arrive is two entries, so
//! that the order in which both are heard of does not matter. The balance may fall below zero by them.
use domain::ids::TopUpId;
use domain::money::Micros;
use domain::wallet::{DisputePhase, DisputeWord, EntryKind, News, OffReason, TopUp, phases};
use payments::{DisputeStatus, Money, PaymentStatus, Provider, RefundStatus};
use runtime::clock;
use store::{Booked, Booking, Side};

use crate::CreditDesk;
use crate::error::CreditError;
use crate::teller::fact;

impl CreditDesk {
    pub(crate) async fn refunded(&self, id: &str) -> Result<(), CreditError> {
        let refund = self.teller.ask(async |provider| provider.refund(id).await).await?;
        let Some(top_up) = self.bought_with(refund.payment.as_deref()).await? else { return Ok(()) };
        let back = negated(&refund.amount)?;
        self.reverse(&top_up, EntryKind::Refund, &back, id, fact(id)).await?;
        match refund.status {
            RefundStatus::Failed | RefundStatus::Cancelled => {
                let again = fact(&format!("{id}#failed"));
                self.reverse(&top_up, EntryKind::Refund, &refund.amount, id, again).await
            }
            RefundStatus::Pending | RefundStatus::ActionNeeded | RefundStatus::Succeeded | RefundStatus::Unknown(_) => {
                Ok(())
            }
        }
    }

    pub(crate) async fn disputed(&self, id: &str, word: DisputeWord) -> Result<(), CreditError> {
        let dispute = self.teller.ask(async |provider| provider.dispute(id).await).await?;
        let Some(top_up) = self.bought_with(dispute.payment.as_deref()).await? else { return Ok(()) };
        // A question of the bank's takes nothing, but the next charge would be asked about, too.
        self.turn_off(OffReason::Disputed).await?;
        self.learn(&top_up.id, &News::Disputed { dispute: id.to_owned() }, None).await?;
        let (is_won, is_lost) = (dispute.status == DisputeStatus::Won, dispute.status == DisputeStatus::Lost);
        let taken = negated(&dispute.amount)?;
        for phase in phases(word, is_won, is_lost) {
            let (kind, money) = match phase {
                DisputePhase::Withdrawn => (EntryKind::Dispute, &taken),
                DisputePhase::Reinstated => (EntryKind::Reinstatement, &dispute.amount),
            };
            self.reverse(&top_up, kind, money, id, fact(&format!("{id}#{phase}"))).await?;
        }
        Ok(())
    }

    /// The top-up of ours that a payment was for. Its credit is booked first, should that not have been heard of yet.
    async fn bought_with(&self, payment: Option<&str>) -> Result<Option<TopUp>, CreditError> {
        let Some(payment) = payment else { return Ok(None) };
        let state = self.teller.ask(async |provider| provider.payment(payment).await).await?;
        let Some(id) = state.order.as_deref().and_then(TopUpId::parse) else { return Ok(None) };
        if state.status == PaymentStatus::Succeeded {
            self.paid(&id, payment, &state.amount).await?;
        }
        Ok(self.store.top_up_get(&id).await?)
    }

    async fn reverse(
        &self,
        top_up: &TopUp,
        kind: EntryKind,
        money: &Money,
        source: &str,
        once: String,
    ) -> Result<(), CreditError> {
        let line = Some(top_up.entry(kind, money.amount, source));
        let booking = Booking { line, freed: Micros::ZERO, counted: None, sides: vec![Side::Once(once)] };
        let booked = self.store.book(&money.currency, &[booking], clock::now()).await?;
        match booked.outcomes.first() {
            Some(Booked::Now(_) | Booked::Before) => {}
            // What it reverses could not be booked either, which was told then.
            Some(Booked::OtherCurrency(_) | Booked::Overflow) | None => {
                tracing::error!(top_up.id = top_up.id.as_str(), source, "a reversal cannot be booked");
            }
        }
        Ok(())
    }
}

fn negated(money: &Money) -> Result<Money, CreditError> {
    let amount = money.amount.checked_neg().ok_or(CreditError::Gone)?;
    Ok(Money { amount, currency: money.currency.clone() })
}
