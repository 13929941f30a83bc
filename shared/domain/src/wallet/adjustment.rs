//! Credit that an administrator gives or takes by hand. It counts once it is an entry of the ledger.
use super::{EntryKind, Line, Wallet};
use crate::Time;
use crate::ids::AdjustmentId;
use crate::money::{Currency, Micros};

/// The most that one adjustment may move: a bound against slips of the finger, not a business rule.
pub const ADJUSTMENT_MAX: Micros = Micros::new(1_000_000_000_000);

crate::words! {
    pub enum AdjustmentState {
        Requested = "requested",
        Booked = "booked",
        Refused = "refused",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub id: AdjustmentId,
    pub amount: Micros,
    pub currency: Currency,
    pub reason: String,
    pub requested_by: String,
    pub state: AdjustmentState,
    pub problem: Option<String>,
    pub requested_at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdjustmentRefusal {
    Nothing,
    TooLarge,
    /// A wallet has one currency for its life.
    OtherCurrency {
        wallet: Currency,
    },
    Overflow,
}

/// The entry that it becomes.
pub fn adjust(wallet: Option<&Wallet>, wanted: &Adjustment) -> Result<Line, AdjustmentRefusal> {
    if wanted.amount == Micros::ZERO {
        return Err(AdjustmentRefusal::Nothing);
    }
    if wanted.amount.get().unsigned_abs() > ADJUSTMENT_MAX.get().unsigned_abs() {
        return Err(AdjustmentRefusal::TooLarge);
    }
    if let Some(wallet) = wallet {
        if wallet.currency != wanted.currency {
            return Err(AdjustmentRefusal::OtherCurrency { wallet: wallet.currency.clone() });
        }
        wallet.posted.checked_add(wanted.amount).ok_or(AdjustmentRefusal::Overflow)?;
    }
    Ok(Line {
        kind: EntryKind::Adjustment,
        amount: wanted.amount,
        reference: wanted.id.to_string(),
        reason: Some(wanted.reason.clone()),
        by: Some(wanted.requested_by.clone()),
        about: None,
    })
}
