//! Auto-recharge: what the balance asks for, and what follows when the saved card does not pay.
//!
//! Guarantee: a purchase begins by one write that also makes its top-up, so that of all who see a low balance at once one
//! begins it, and a crash leaves both or neither.
use domain::ids::TopUpId;
use domain::money::Micros;
use domain::wallet::{OffReason, Payee, Payer, Plan, Recharge, RechargeState, Setback, TopUp, TopUpMethod, Wish};
use runtime::{clock, random};

use crate::error::CreditError;
use crate::{CreditDesk, TRIES_MAX};

impl CreditDesk {
    pub(crate) async fn check_balance(&self) -> Result<(), CreditError> {
        for _ in 0..TRIES_MAX {
            let Some(recharge) = self.store.recharge_get().await? else { return Ok(()) };
            let credits = self.store.credits_get().await?;
            let available = credits.and_then(|credits| credits.available()).unwrap_or_default();
            let payer = self.store.payer_get().await?.filter(|payer| payer.customer.is_some() && payer.card.is_some());
            let now = clock::now();
            let id = TopUpId::new(now, random::entropy());
            let is_kept = match (recharge.check(available, payer.is_some(), &id, now), payer) {
                (Plan::Nothing, _) => true,
                (Plan::Buy(next), Some(payer)) => {
                    let purchase = TopUp::new(purchase(&id, &next, &payer), now);
                    self.store.recharge_start(&next, &purchase).await?
                }
                (Plan::Keep(next) | Plan::Buy(next), _) => self.store.recharge_update(&next).await?,
            };
            if is_kept {
                return Ok(());
            }
        }
        Err(CreditError::Raced)
    }

    /// Ends a purchase that brought nothing: `false` if others changed something meanwhile. Where nothing more is bought because
    /// of the card, somebody gets a link to pay at.
    pub(crate) async fn give_up(&self, ended: &TopUp, setback: Setback) -> Result<bool, CreditError> {
        let now = clock::now();
        let recharge = self.store.recharge_get().await?;
        let Some(next) = recharge.and_then(|recharge| recharge.failed(&ended.id, setback, now)) else {
            return Ok(self.store.top_up_update(ended).await?);
        };
        let is_about_card =
            matches!(next.state, RechargeState::Off(OffReason::Declined | OffReason::AuthenticationRequired));
        let link = is_about_card.then(|| TopUp::new(link(ended), now));
        Ok(self.store.recharge_fail(ended, &next, link.as_ref()).await?)
    }

    pub(crate) async fn turn_off(&self, reason: OffReason) -> Result<(), CreditError> {
        for _ in 0..TRIES_MAX {
            let Some(next) = self.store.recharge_get().await?.and_then(|recharge| recharge.off(reason)) else {
                return Ok(());
            };
            if self.store.recharge_update(&next).await? {
                return Ok(());
            }
        }
        Err(CreditError::Raced)
    }
}

fn purchase(id: &TopUpId, recharge: &Recharge, payer: &Payer) -> Wish {
    Wish {
        id: id.clone(),
        method: TopUpMethod::Recharge,
        amount: recharge.in_flight.as_ref().map_or(Micros::ZERO, |attempt| attempt.amount),
        currency: recharge.settings.currency.clone(),
        keeps_card: false,
        payee: Payee { customer: payer.customer.clone(), method: payer.card.as_ref().map(|card| card.method.clone()) },
        success_url: payer.success_url.clone(),
        cancel_url: payer.cancel_url.clone(),
        makes_good: None,
        requested_by: None,
    }
}

/// The same amount, paid by somebody who is there, with a card that is kept in place of the one that did not pay.
fn link(ended: &TopUp) -> Wish {
    Wish {
        id: TopUpId::derive(&["makes good", ended.id.as_str()]),
        method: TopUpMethod::Checkout,
        amount: ended.amount,
        currency: ended.currency.clone(),
        keeps_card: true,
        payee: Payee { customer: ended.payee.customer.clone(), method: None },
        success_url: ended.success_url.clone(),
        cancel_url: ended.cancel_url.clone(),
        makes_good: Some(ended.id.clone()),
        requested_by: None,
    }
}
