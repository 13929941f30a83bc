//! What can go wrong with a call to a provider and with a webhook of one.
use std::time::Duration;

use domain::Retry;
use domain::money::Micros;
use net::SendError;

const BUSY_PAUSE: Duration = Duration::from_secs(5);

/// Why an amount cannot be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountRefusal {
    #[error("the provider does not know the currency")]
    UnknownCurrency,
    #[error("an amount must be greater than zero")]
    NotPositive,
    /// It has a fraction that the currency, as the provider charges it, does not have.
    #[error("the amount is no multiple of the currency's smallest step")]
    Uneven { step: Micros },
    #[error("the amount is below the least that can be charged")]
    TooSmall { minimum: Micros },
    #[error("the amount is above the most that can be charged")]
    TooLarge { maximum: Micros },
}

/// A call that brought no outcome. A card that was declined is an outcome.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    #[error("the amount cannot be charged")]
    Amount(#[from] AmountRefusal),
    /// The call may have been carried out; the same call with the same key tells, and is not carried out twice.
    #[error("no answer from the payment provider")]
    Send(#[source] SendError),
    /// Too many calls, a lock, a call with this key in flight, or trouble of the provider's own.
    #[error("the payment provider is busy: {status} {code}")]
    Busy { status: u16, code: String },
    /// The key was used for another call. The answer to that one is not told.
    #[error("the key against repetition was used for something else: {message}")]
    KeyReused { message: String },
    /// The key of the API is wrong, over, or may not do this: somebody has to look.
    #[error("the payment provider refused the key of its API: {status} {message}")]
    Credentials { status: u16, message: String },
    #[error("the payment provider refused: {code} {message}")]
    Refused {
        code: String,
        message: String,
        /// The parameter that it is about.
        param: Option<String>,
    },
    /// No JSON, or without what such an answer always has.
    #[error("the payment provider answered in an unknown form, with status {status}")]
    Unreadable { status: u16 },
}

impl PayError {
    /// When the same call, with the same key, may be made again.
    pub fn retry(&self) -> Retry {
        match self {
            PayError::Send(_) => Retry::Now,
            PayError::Busy { .. } | PayError::Unreadable { status: 429 | 500.. } => Retry::After(BUSY_PAUSE),
            PayError::Amount(_)
            | PayError::KeyReused { .. }
            | PayError::Credentials { .. }
            | PayError::Refused { .. }
            | PayError::Unreadable { .. } => Retry::Never,
        }
    }

    /// Whether the provider has no object of an id that it was given.
    pub fn is_missing(&self) -> bool {
        matches!(self, PayError::Refused { code, .. } if code == "resource_missing")
    }

    /// Whether a new key of the API, or more rights for it, may end the failure.
    pub fn is_about_credentials(&self) -> bool {
        matches!(self, PayError::Credentials { .. })
    }
}

/// A webhook that is not taken.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("the webhook has no signature that can be read")]
    Unsigned,
    /// Also while a new secret is not known yet.
    #[error("no secret of ours signed the webhook")]
    Forged,
    /// Replayed, or one of the two clocks is wrong.
    #[error("the webhook was signed too far from now: {seconds} s")]
    Stale { seconds: i64 },
    #[error("the webhook is signed and not readable")]
    Unreadable(#[source] serde_json::Error),
}
