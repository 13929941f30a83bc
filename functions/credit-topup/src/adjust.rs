//! Adjustments by an administrator, into the ledger.
use domain::ids::AdjustmentId;
use domain::money::Micros;
use domain::wallet::{AdjustmentRefusal, AdjustmentState, adjust};
use runtime::clock;
use store::{Booked, Booking, Side};

use crate::CreditDesk;
use crate::error::CreditError;

impl CreditDesk {
    pub(crate) async fn adjust(&self, id: &AdjustmentId) -> Result<(), CreditError> {
        let adjustment = self.store.adjustment_get(id).await?.ok_or(CreditError::Gone)?;
        if adjustment.state != AdjustmentState::Requested {
            return Ok(());
        }
        let wallet = self.store.wallet_get().await?;
        let line = match adjust(wallet.as_ref(), &adjustment) {
            Ok(line) => line,
            Err(refusal) => {
                self.store.adjustment_refuse(id, &explain(&refusal)).await?;
                return Ok(());
            }
        };
        let booking = Booking { line: Some(line), freed: Micros::ZERO, sides: vec![Side::adjusted(id)], counted: None };
        let booked = self.store.book(&adjustment.currency, &[booking], clock::now()).await?;
        match booked.outcomes.first() {
            Some(Booked::Now(_) | Booked::Before) => Ok(()),
            // Decided once more, it is refused.
            Some(Booked::OtherCurrency(_) | Booked::Overflow) | None => Err(CreditError::Raced),
        }
    }
}

fn explain(refusal: &AdjustmentRefusal) -> String {
    match refusal {
        AdjustmentRefusal::Nothing => "The amount must not be zero.".to_owned(),
        AdjustmentRefusal::TooLarge => "The amount is above what one adjustment may move.".to_owned(),
        AdjustmentRefusal::OtherCurrency { wallet } => format!("The wallet is kept in {}.", wallet.code()),
        AdjustmentRefusal::Overflow => "The balance would be larger than a wallet can hold.".to_owned(),
    }
}
