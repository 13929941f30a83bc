//! The keys of the wallet, of what is bought, and of messages that hold credit.
use domain::Time;
use domain::calendar::Date;
use domain::ids::{AdjustmentId, MessageId, TopUpId};

use super::{IndexKey, Key, key};

/// The partition of the wallet, its entries and its purses.
pub(crate) const WALLET: &str = "wallet";

pub(crate) fn wallet() -> Key {
    key(WALLET, "wallet")
}

/// Entries in the order of their numbers, which is that of their times.
pub(crate) fn entry(seq: u64) -> Key {
    key(WALLET, format!("entry#{seq:020}"))
}

pub(crate) fn purse(id: &str) -> Key {
    key(WALLET, format!("purse#{id}"))
}

pub(crate) const PURSES: (&str, &str) = ("purse#", "purse#~");

/// The partition of the reports about what Meta charged.
pub(crate) const RECONCILIATIONS: &str = "reconciliations";

pub(crate) fn reconciliation(day: Date, waba_id: &str) -> Key {
    key(RECONCILIATIONS, format!("{day}#{waba_id}"))
}

/// What the last proof of the ledger found.
pub(crate) fn proof() -> Key {
    key(WALLET, "proof")
}

/// The mark of a fact that is booked once.
pub(crate) fn once(fact: &str) -> Key {
    key(format!("once#{fact}"), "once")
}

/// Spreads the messages that hold credit over several partitions.
pub(crate) const HOLD_SHARDS: u8 = 4;

pub(crate) fn holds(shard: u8) -> String {
    format!("holds#{shard}")
}

/// Where a message that holds credit until then is found.
pub(crate) fn hold(until: Time, id: &MessageId) -> IndexKey {
    (holds(id.as_str().bytes().last().unwrap_or_default() % HOLD_SHARDS), format!("{}#{id}", until.sortable()))
}

pub(crate) fn adjustment(id: &AdjustmentId) -> Key {
    key(id.as_str(), "adjustment")
}

/// The partition of top-ups in the indexes.
pub(crate) const TOP_UPS: &str = "top-ups";

pub(crate) fn top_up(id: &TopUpId) -> Key {
    key(id.as_str(), "top-up")
}

pub(crate) fn list_top_ups(at: Time, id: &TopUpId) -> IndexKey {
    (TOP_UPS.to_owned(), format!("{}#{id}", at.sortable()))
}

/// Open top-ups, by when the provider is to be asked about them.
pub(crate) fn due_top_up(at: Time, id: &TopUpId) -> IndexKey {
    (TOP_UPS.to_owned(), format!("{}#{id}", at.sortable()))
}

pub(crate) fn recharge() -> Key {
    key(WALLET, RECHARGE)
}

pub(crate) const RECHARGE: &str = "recharge";

/// Auto-recharge while it waits for a time.
pub(crate) fn due_recharge(at: Time) -> IndexKey {
    (RECHARGE.to_owned(), format!("{}#{RECHARGE}", at.sortable()))
}

pub(crate) fn payer() -> Key {
    key(WALLET, "payer")
}
