//! What can go wrong with a task or a webhook, and whether trying again helps.
use std::time::Duration;

use domain::Retry;
use domain::money::Currency;
use domain::pricing::NoRate;
use domain::wallet::Overflow;
use payments::{PayError, WebhookError};
use queue::{Malformed, SendFailure};
use runtime::{Failure, SecretError};
use store::StoreError;
use whatsapp::client::ClientError;

/// How soon the parameters of a deployment that is being set up are looked for again.
const SET_UP_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub(crate) enum CreditError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names nothing that exists")]
    Gone,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("others changed it at the same time")]
    Raced,
    #[error("the access token is not one that can be sent")]
    Token,
    #[error("Meta did not say what it charged")]
    Graph(#[from] ClientError),
    #[error("what Meta says has no end: {pages} pages")]
    Endless { pages: usize },
    #[error("a person could not be told")]
    Alarm(#[from] SendFailure),
    #[error("the settlements of the batch were not booked")]
    Batch,
    #[error("the wallet is kept in {}, and the price is in another currency", wallet.code())]
    Currency { wallet: Currency },
    #[error("the amounts are larger than a wallet can count")]
    Overflow,
    #[error("there is no rate for what Meta charged: {}", .0.explain())]
    NoRate(NoRate),
    #[error("the payment provider did not do it")]
    Pay(#[from] PayError),
    #[error("the webhook is not taken")]
    Webhook(#[from] WebhookError),
    #[error("a secret is not to be had")]
    Secret(#[from] SecretError),
    #[error("the parameter holds no key of the payment provider")]
    NoKey,
    #[error("the parameter holds no secret of the payment provider's webhooks")]
    NoSecrets,
}

impl From<Overflow> for CreditError {
    fn from(_: Overflow) -> CreditError {
        CreditError::Overflow
    }
}

impl CreditError {
    /// Payments are not set up, as opposed to not working at the moment.
    pub(crate) fn is_set_up_missing(&self) -> bool {
        match self {
            CreditError::NoKey => true,
            CreditError::Secret(error) => error.is_missing(),
            CreditError::Task(_)
            | CreditError::Gone
            | CreditError::Store(_)
            | CreditError::Raced
            | CreditError::Batch
            | CreditError::Currency { .. }
            | CreditError::Overflow
            | CreditError::NoRate(_)
            | CreditError::Pay(_)
            | CreditError::Webhook(_)
            | CreditError::NoSecrets
            | CreditError::Token
            | CreditError::Alarm(_)
            | CreditError::Graph(_)
            | CreditError::Endless { .. } => false,
        }
    }

    pub(crate) fn retry(&self) -> Retry {
        match self {
            CreditError::Task(_)
            | CreditError::Gone
            | CreditError::Currency { .. }
            | CreditError::Overflow
            | CreditError::Endless { .. }
            | CreditError::NoRate(_)
            | CreditError::Webhook(_) => Retry::Never,
            CreditError::Store(source) => source.retry(),
            CreditError::Pay(source) => source.retry(),
            CreditError::Graph(source) => source.retry(),
            CreditError::Raced | CreditError::Batch | CreditError::Token | CreditError::Alarm(_) => Retry::Now,
            CreditError::Secret(_) | CreditError::NoKey | CreditError::NoSecrets => Retry::After(SET_UP_PAUSE),
        }
    }
}

impl From<CreditError> for Failure {
    fn from(error: CreditError) -> Failure {
        if error.retry() == Retry::Never { Failure::reject(error) } else { Failure::retry(error) }
    }
}
