//! A top-up: credit that is bought, by a link to pay at or from the saved card.
//!
//! Guarantee: whatever becomes known of it, in any order and however often, it ends in the same state. Money that came always
//! counts: nothing that was heard before or comes after takes that back, but a refund or a dispute, which are entries of
//! their own.
use std::time::Duration;

use super::{EntryKind, Line};
use crate::Time;
use crate::ids::TopUpId;
use crate::money::{Currency, Micros};

/// The most that one top-up may bring: a bound against slips of the finger. Providers have their own.
pub const TOP_UP_MAX: Micros = Micros::new(1_000_000_000_000);

/// The code of the trouble that no provider is set up.
pub const NOT_CONFIGURED: &str = "payments-not-configured";

/// How long a link can be paid at. Providers take up to a day from when they make it.
const LINK_LIFETIME: Duration = Duration::from_secs(23 * 3600);
/// A link that would be over sooner is not made any more.
const LINK_LIFETIME_MIN: Duration = Duration::from_secs(45 * 60);
/// How long an answer is waited for before the provider is asked.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// After the end of a link, the provider's own word on it comes first.
const GRACE: Duration = Duration::from_secs(5 * 60);
/// Providers forget keys against repetition after a day: from then on a payment is looked for and not asked for again.
const KEY_LIFETIME: Duration = Duration::from_secs(20 * 3600);
/// A charge of which the provider knows nothing by then was never made.
const CHARGE_LIFETIME: Duration = Duration::from_secs(24 * 3600);

crate::words! {
    pub enum TopUpMethod {
        /// Somebody pays at a link.
        Checkout = "checkout",
        /// The saved card is charged.
        Recharge = "recharge",
    }
}

crate::words! {
    pub enum TopUpState {
        /// The provider was not asked yet, or did not answer yet.
        Requested = "requested",
        /// There is a link to pay at.
        AwaitingPayment = "awaiting_payment",
        /// The buyer is done, and the money takes its time.
        Processing = "processing",
        /// It was paid and is an entry of the ledger.
        Granted = "granted",
        /// It was paid and cannot be booked: somebody has to look at it.
        Stuck = "stuck",
        /// The payment did not come about.
        Failed = "failed",
        /// Nobody paid in time.
        Expired = "expired",
        /// The provider did not take it.
        Refused = "refused",
    }
}

impl TopUpState {
    /// Nothing more is expected.
    pub fn is_over(self) -> bool {
        match self {
            TopUpState::Requested | TopUpState::AwaitingPayment | TopUpState::Processing => false,
            TopUpState::Granted
            | TopUpState::Stuck
            | TopUpState::Failed
            | TopUpState::Expired
            | TopUpState::Refused => true,
        }
    }

    fn is_paid(self) -> bool {
        matches!(self, TopUpState::Granted | TopUpState::Stuck)
    }
}

/// Why it is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The provider's word where it has one, such as `insufficient_funds`.
    pub code: String,
    /// Said to people.
    pub message: String,
}

/// The card, or at least the customer, that the provider knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payee {
    pub customer: Option<String>,
    pub method: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopUp {
    pub id: TopUpId,
    pub method: TopUpMethod,
    pub amount: Micros,
    pub currency: Currency,
    pub state: TopUpState,
    /// Whether the buyer lets the card be charged again.
    pub keeps_card: bool,
    /// As it was when it was asked for: what is asked of the provider twice must be the same.
    pub payee: Payee,
    /// Where the buyer comes back to.
    pub success_url: String,
    pub cancel_url: String,
    /// The provider's ids.
    pub checkout: Option<String>,
    pub payment: Option<String>,
    /// Where to pay.
    pub url: Option<String>,
    pub problem: Option<Trouble>,
    /// What came, once it is booked.
    pub granted: Option<Micros>,
    /// The dispute about it, once there is one.
    pub dispute: Option<String>,
    /// The charge that failed and that somebody is to make good by paying at this link.
    pub makes_good: Option<TopUpId>,
    /// The key that asked for it; none where we did.
    pub requested_by: Option<String>,
    pub requested_at: Time,
    /// When the provider is to be asked, unless it is over by then.
    pub look_at: Time,
    /// How often it was asked for since.
    pub looks: u32,
    /// Counts the changes.
    pub revision: u32,
}

/// What becomes known of a top-up, but that money came, which is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The link was made.
    Linked { checkout: String, url: String },
    /// The charge of the card was made, or the buyer is done; the money takes its time.
    Pending { payment: Option<String> },
    /// A try with a card brought nothing. The buyer of a link may try again unless it `is_over`.
    Failed { payment: Option<String>, problem: Trouble, is_over: bool },
    /// The link is over.
    Expired,
    /// The provider does not take the order.
    Refused(Trouble),
    /// The money came and the ledger cannot take it.
    Stuck { payment: String, problem: Trouble },
    /// The card's owner asks for the money back, by their bank.
    Disputed { dispute: String },
}

/// What to ask the provider for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Make a link that is over at that time.
    Link(Time),
    /// Charge the card. To ask again with the same key is to ask once.
    Charge,
    /// Look for the payment among those that were made; where there is none, it was never made if `is_late`.
    Find { is_late: bool },
    /// Ask what became of the link.
    AskLink,
    /// Ask what became of the payment.
    AskPayment,
    /// It is too late for a link.
    Expire,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Wish {
    pub id: TopUpId,
    pub method: TopUpMethod,
    pub amount: Micros,
    pub currency: Currency,
    pub keeps_card: bool,
    pub payee: Payee,
    pub success_url: String,
    pub cancel_url: String,
    pub makes_good: Option<TopUpId>,
    pub requested_by: Option<String>,
}

impl TopUp {
    pub fn new(wish: Wish, now: Time) -> TopUp {
        TopUp {
            id: wish.id,
            method: wish.method,
            amount: wish.amount,
            currency: wish.currency,
            state: TopUpState::Requested,
            keeps_card: wish.keeps_card,
            payee: wish.payee,
            success_url: wish.success_url,
            cancel_url: wish.cancel_url,
            checkout: None,
            payment: None,
            url: None,
            problem: None,
            granted: None,
            dispute: None,
            makes_good: wish.makes_good,
            requested_by: wish.requested_by,
            requested_at: now,
            look_at: now.plus(PATIENCE),
            looks: 0,
            revision: 1,
        }
    }

    /// Until when a link of it can be paid at: the same however often it is asked for.
    pub fn expires_at(&self) -> Time {
        self.requested_at.plus(LINK_LIFETIME)
    }

    /// What to do about it now; nothing where it is over.
    pub fn errand(&self, now: Time) -> Option<Errand> {
        if self.state.is_over() {
            return None;
        }
        Some(match (self.method, &self.checkout, &self.payment) {
            (TopUpMethod::Checkout, Some(_), _) => Errand::AskLink,
            (TopUpMethod::Checkout, None, _) if now.plus(LINK_LIFETIME_MIN) > self.expires_at() => Errand::Expire,
            (TopUpMethod::Checkout, None, _) => Errand::Link(self.expires_at()),
            (TopUpMethod::Recharge, _, Some(_)) => Errand::AskPayment,
            (TopUpMethod::Recharge, _, None) if now < self.requested_at.plus(KEY_LIFETIME) => Errand::Charge,
            (TopUpMethod::Recharge, _, None) => {
                Errand::Find { is_late: now >= self.requested_at.plus(CHARGE_LIFETIME) }
            }
        })
    }

    /// When to ask again: less often the longer nothing is heard, but right after the end of a link.
    pub fn next_look(&self, now: Time) -> Time {
        let age = u64::try_from(now.millis().saturating_sub(self.requested_at.millis())).unwrap_or(0);
        let next = now.plus(PATIENCE.max(Duration::from_millis(age)));
        let end = self.expires_at().plus(GRACE);
        if now < end { next.min(end) } else { now.plus(PATIENCE) }
    }

    /// With what became known; none if that is no news.
    pub fn learn(&self, news: &News) -> Option<TopUp> {
        let mut next = self.clone();
        let is_over = self.state.is_over();
        match news {
            News::Linked { checkout, url } => {
                next.checkout = next.checkout.or_else(|| Some(checkout.clone()));
                next.url = next.url.or_else(|| Some(url.clone()));
                if self.state == TopUpState::Requested {
                    next.state = TopUpState::AwaitingPayment;
                }
            }
            News::Pending { payment } => {
                next.payment = next.payment.or_else(|| payment.clone());
                if !is_over {
                    next.state = TopUpState::Processing;
                }
            }
            News::Failed { payment, problem, is_over: ends } => {
                next.payment = next.payment.or_else(|| payment.clone());
                if !is_over {
                    next.problem = Some(problem.clone());
                    if *ends {
                        next.state = TopUpState::Failed;
                    }
                }
            }
            News::Expired if self.state == TopUpState::Processing => {}
            News::Expired if !is_over => next.state = TopUpState::Expired,
            News::Refused(problem) if self.state == TopUpState::Requested => {
                next.state = TopUpState::Refused;
                next.problem = Some(problem.clone());
            }
            News::Expired | News::Refused(_) => {}
            News::Stuck { payment, problem } if !self.state.is_paid() => {
                next.state = TopUpState::Stuck;
                next.payment = Some(payment.clone());
                next.problem = Some(problem.clone());
            }
            News::Stuck { .. } => {}
            News::Disputed { dispute } => next.dispute = Some(dispute.clone()),
        }
        (next != *self).then(|| TopUp { revision: self.revision.saturating_add(1), ..next })
    }

    /// What is said of a payment that is not what was asked for. It counts as it was paid: money is never lost.
    pub fn mismatch(&self, paid: Micros, currency: &Currency) -> Option<Trouble> {
        let is_as_asked = paid == self.amount && *currency == self.currency;
        (!is_as_asked).then(|| Trouble {
            code: "other-amount".to_owned(),
            message: format!(
                "{} {} were asked for and {paid} {} were paid.",
                self.amount,
                self.currency.code(),
                currency.code()
            ),
        })
    }

    /// The entry that it becomes: what was paid.
    pub fn line(&self, paid: Micros, payment: &str) -> Line {
        let kind = match self.method {
            TopUpMethod::Checkout => EntryKind::TopUp,
            TopUpMethod::Recharge => EntryKind::Recharge,
        };
        self.entry(kind, paid, payment)
    }

    /// An entry about what was bought; `source` is the provider's id of what it follows from.
    pub fn entry(&self, kind: EntryKind, amount: Micros, source: &str) -> Line {
        Line {
            kind,
            amount,
            reference: self.id.to_string(),
            reason: Some(source.to_owned()),
            by: self.requested_by.clone(),
            about: None,
        }
    }
}

#[cfg(test)]
mod tests;
