//! Payment providers: what Casement asks of one, and what it is told.
#![doc = include_str!("../README.md")]

mod decline;
mod error;
mod event;
mod provider;
pub mod stripe;

pub use decline::{Decline, Hardness};
pub use error::{AmountRefusal, PayError, WebhookError};
pub use event::{Dispute, DisputeStatus, Fact, PayEvent, Refund, RefundStatus};
pub use provider::{
    Buyer, ChargeOutcome, Checkout, CheckoutOrder, CheckoutState, CheckoutStatus, Money, PaymentState, PaymentStatus,
    Provider, SavedCard, SavedCharge,
};
