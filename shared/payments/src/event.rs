//! What a provider tells by webhook: at least once, in any order.
use domain::Time;

use crate::decline::Decline;
use crate::provider::{Money, SavedCard};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayEvent {
    /// The provider's id: the same whenever it tells the same again.
    pub id: String,
    /// By the provider's clock.
    pub at: Time,
    pub fact: Fact,
}

/// `order` is ours, as it was given with the checkout or the charge; none where it is not about an order of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Money came. One purchase tells it up to three times; `payment` is what is granted once.
    Paid {
        payment: String,
        checkout: Option<String>,
        order: Option<String>,
        amount: Money,
    },
    /// The buyer is done and the money is on its way, or the bank wants more of the owner first.
    Pending {
        payment: Option<String>,
        checkout: Option<String>,
        order: Option<String>,
    },
    /// A try that brought nothing. With `checkout` the buyer is done and there will be no other try; without it, the buyer of a
    /// checkout may try again with another card, and a charge of a saved card is over.
    Failed {
        payment: String,
        checkout: Option<String>,
        order: Option<String>,
        decline: Decline,
    },
    /// The link to pay at is over and nothing was paid.
    Expired {
        checkout: String,
        order: Option<String>,
    },
    /// Money goes back, or has gone back: what it paid for is reversed once for its id.
    Refunded(Refund),
    /// A refund did not come about: what was reversed for its id is owed again.
    RefundFailed(Refund),
    /// The buyer's bank asks for the money; it may be no more than a question ([`DisputeStatus::is_inquiry`]).
    Disputed(Dispute),
    /// The bank has taken the money of the dispute.
    Withdrawn(Dispute),
    /// The bank has given it back.
    Reinstated(Dispute),
    DisputeClosed(Dispute),
    /// The bank issued the card anew; it goes on being charged under the same id.
    CardRenewed(SavedCard),
    CardDetached {
        method: String,
    },
    CustomerDeleted {
        customer: String,
    },
    /// Something else, by the provider's own name for it.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    pub id: String,
    /// None where the payment was not one of ours to make.
    pub payment: Option<String>,
    pub amount: Money,
    pub status: RefundStatus,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    Pending,
    ActionNeeded,
    Succeeded,
    Failed,
    Cancelled,
    Unknown(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    pub id: String,
    pub payment: Option<String>,
    /// What is disputed, which may be a part of what was paid.
    pub amount: Money,
    pub status: DisputeStatus,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisputeStatus {
    /// An inquiry: a question of the bank's, for which no money is taken.
    InquiryOpen,
    InquiryUnderReview,
    InquiryClosed,
    Open,
    UnderReview,
    Won,
    Lost,
    /// Settled with the bank before it became a dispute.
    Prevented,
    Unknown(String),
}

impl DisputeStatus {
    pub fn is_inquiry(&self) -> bool {
        matches!(self, Self::InquiryOpen | Self::InquiryUnderReview | Self::InquiryClosed)
    }
}
