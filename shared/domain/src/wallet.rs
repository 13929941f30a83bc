//! The prepaid balance and its ledger: entries are only ever added, each under a key of its own, so that nothing is
//! booked twice; the balance is their sum.
use crate::Time;
use crate::ids::TopUpId;
use crate::money::{Currency, Micros};

/// The most that one grant may add: a bound against slips of the finger, not a business rule.
pub const GRANT_MAX: Micros = Micros::new(1_000_000_000_000);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    pub currency: Currency,
    pub balance: Micros,
}

crate::words! {
    pub enum EntryKind {
        /// Credit that an admin gave by hand.
        Grant = "grant",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub top_up: TopUpId,
    pub kind: EntryKind,
    pub amount: Micros,
    pub currency: Currency,
    pub reason: String,
    pub by: String,
    pub at: Time,
}

crate::words! {
    pub enum TopUpState {
        Requested = "requested",
        Granted = "granted",
        Refused = "refused",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopUp {
    pub id: TopUpId,
    pub amount: Micros,
    pub currency: Currency,
    pub reason: String,
    pub requested_by: String,
    pub state: TopUpState,
    pub problem: Option<String>,
    pub requested_at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantRefusal {
    NotPositive,
    TooLarge,
    /// A wallet has one currency for its life.
    OtherCurrency {
        wallet: Currency,
    },
    Overflow,
}

/// The ledger entry that a top-up becomes.
pub fn grant(wallet: Option<&Wallet>, top_up: &TopUp, now: Time) -> Result<Entry, GrantRefusal> {
    if top_up.amount <= Micros::ZERO {
        return Err(GrantRefusal::NotPositive);
    }
    if top_up.amount > GRANT_MAX {
        return Err(GrantRefusal::TooLarge);
    }
    if let Some(wallet) = wallet {
        if wallet.currency != top_up.currency {
            return Err(GrantRefusal::OtherCurrency { wallet: wallet.currency.clone() });
        }
        wallet.balance.checked_add(top_up.amount).ok_or(GrantRefusal::Overflow)?;
    }
    Ok(Entry {
        top_up: top_up.id.clone(),
        kind: EntryKind::Grant,
        amount: top_up.amount,
        currency: top_up.currency.clone(),
        reason: top_up.reason.clone(),
        by: top_up.requested_by.clone(),
        at: now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_booked_or_refused() {
        let euro = || Currency::parse("EUR").unwrap();
        let wallet = |balance| Wallet { currency: euro(), balance: Micros::new(balance) };
        for (held, amount, currency, refusal) in [
            (None, 5, "EUR", None),
            (Some(wallet(7)), 5, "EUR", None),
            (Some(wallet(7)), 0, "EUR", Some(GrantRefusal::NotPositive)),
            (Some(wallet(7)), -5, "EUR", Some(GrantRefusal::NotPositive)),
            (Some(wallet(7)), i64::MAX, "EUR", Some(GrantRefusal::TooLarge)),
            (Some(wallet(i64::MAX)), 5, "EUR", Some(GrantRefusal::Overflow)),
            (Some(wallet(7)), 5, "USD", Some(GrantRefusal::OtherCurrency { wallet: euro() })),
        ] {
            let top_up = TopUp {
                id: TopUpId::derive(&["t"]),
                amount: Micros::new(amount),
                currency: Currency::parse(currency).unwrap(),
                reason: "welcome".to_owned(),
                requested_by: "key".to_owned(),
                state: TopUpState::Requested,
                problem: None,
                requested_at: Time::from_seconds(1),
            };
            let outcome = grant(held.as_ref(), &top_up, Time::from_seconds(2));
            assert_eq!(outcome.err(), refusal, "{held:?} + {amount} {currency}");
        }
    }
}
