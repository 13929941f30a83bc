//! What Casement asks of a payment provider.
//!
//! Guarantees: a call that takes a key is carried out once for that key; nothing is granted by what a call answers alone, since
//! each payment is told again by webhook and can be asked for.
use domain::Time;
use domain::money::{Currency, Micros};
use net::Secrets;

use crate::decline::Decline;
use crate::error::{AmountRefusal, PayError, WebhookError};
use crate::event::{Dispute, PayEvent, Refund};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    pub amount: Micros,
    pub currency: Currency,
}

/// A link to pay at, as it is ordered.
#[derive(Clone, Debug)]
pub struct CheckoutOrder<'a> {
    /// Made by the caller and kept before the call.
    pub key: &'a str,
    /// Our id of what is bought: it comes back with every event about it.
    pub order: &'a str,
    pub amount: &'a Money,
    /// What is bought, in words for the buyer.
    pub title: &'a str,
    pub buyer: Buyer<'a>,
    /// Whether the card may be charged again when the buyer is not there.
    pub keeps_card: bool,
    /// Where the buyer comes back to. Nothing follows from that they did.
    pub success_url: &'a str,
    pub cancel_url: &'a str,
    /// From 30 minutes to a day from now.
    pub expires_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buyer<'a> {
    /// One whom the provider knows by this id.
    Known(&'a str),
    /// One whom the provider is to make, with the address that receipts go to.
    New { email: Option<&'a str> },
}

/// A link to pay at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    pub id: String,
    pub url: String,
    pub expires_at: Time,
}

/// What became of a link to pay at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutState {
    pub id: String,
    pub status: CheckoutStatus,
    /// Whether the money came: a buyer who is done may have paid by a way that takes days.
    pub is_paid: bool,
    pub payment: Option<String>,
    pub order: Option<String>,
    pub customer: Option<String>,
    pub amount: Option<Money>,
    /// While it is open.
    pub url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckoutStatus {
    Open,
    Complete,
    Expired,
    Unknown(String),
}

/// A charge of a saved card while its owner is not there.
#[derive(Clone, Debug)]
pub struct SavedCharge<'a> {
    /// Made by the caller and kept before the call; a new attempt after a decline has a new one.
    pub key: &'a str,
    /// Our id of the attempt: it comes back with every event about it.
    pub order: &'a str,
    pub amount: &'a Money,
    pub customer: &'a str,
    pub method: &'a str,
    /// What is bought, in words for the owner.
    pub title: &'a str,
}

/// What the provider says of a charge at once. What it says of it later comes by webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeOutcome {
    Succeeded {
        payment: String,
    },
    /// The bank takes its time.
    Pending {
        payment: String,
    },
    /// Also when the bank wants to see the owner ([`crate::Hardness::ActionNeeded`]).
    Declined {
        payment: Option<String>,
        decline: Decline,
    },
}

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentState {
    pub id: String,
    pub status: PaymentStatus,
    pub order: Option<String>,
    pub customer: Option<String>,
    /// What came where it succeeded, and what was asked for until then.
    pub amount: Money,
    /// Why the last try brought nothing.
    pub decline: Option<Decline>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentStatus {
    /// Nothing was paid so far: not tried, or each try was declined.
    Unpaid,
    Pending,
    /// The bank wants to see the owner.
    ActionNeeded,
    Succeeded,
    Cancelled,
    Unknown(String),
}

/// A card that may be charged while its owner is not there. None of it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCard {
    /// None once it was taken off its customer.
    pub customer: Option<String>,
    pub method: String,
    pub brand: String,
    pub last4: String,
    pub exp_month: u8,
    pub exp_year: u16,
}

#[expect(async_fn_in_trait, reason = "a function has one thread: no future of ours has to be Send")]
pub trait Provider {
    /// The provider's word in keys of the ledger: it never changes.
    const NAME: &'static str;

    /// Whether this can be charged exactly. Each call that takes an amount checks it, too.
    fn check(amount: &Money) -> Result<(), AmountRefusal>;

    async fn create_checkout(&self, order: &CheckoutOrder<'_>) -> Result<Checkout, PayError>;

    async fn charge_saved(&self, charge: &SavedCharge<'_>) -> Result<ChargeOutcome, PayError>;

    async fn checkout(&self, id: &str) -> Result<CheckoutState, PayError>;

    async fn payment(&self, id: &str) -> Result<PaymentState, PayError>;

    /// The payment that was made for an order by this customer since a time: for an attempt that is too old for its key.
    async fn payment_for(&self, order: &str, customer: &str, since: Time) -> Result<Option<PaymentState>, PayError>;

    /// The card that a payment left behind to be charged again.
    async fn saved_card(&self, payment: &str) -> Result<Option<SavedCard>, PayError>;

    /// As it is now, which an event that came late may not tell.
    async fn refund(&self, id: &str) -> Result<Refund, PayError>;

    /// As it is now.
    async fn dispute(&self, id: &str) -> Result<Dispute, PayError>;

    /// What a webhook tells, if one of the secrets signed exactly these bytes, not long ago. `header` gives the value of a header
    /// by its name in small letters.
    fn parse_webhook<'h>(
        secrets: &Secrets,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: Time,
    ) -> Result<Vec<PayEvent>, WebhookError>;
}
