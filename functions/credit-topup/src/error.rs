//! What can go wrong with a task, and whether trying again helps.
use domain::Retry;
use domain::money::Currency;
use domain::pricing::NoRate;
use domain::wallet::Overflow;
use queue::Malformed;
use runtime::{Failure, SecretError};
use store::StoreError;
use whatsapp::client::ClientError;

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
    #[error("the access token is not to be had")]
    Secret(#[from] SecretError),
    #[error("the access token is not one that can be sent")]
    Token,
    #[error("Meta did not say what it charged")]
    Graph(#[from] ClientError),
    #[error("what Meta says has no end: {pages} pages")]
    Endless { pages: usize },
    #[error("the settlements of the batch were not booked")]
    Batch,
    #[error("the wallet is kept in {}, and the price is in another currency", wallet.code())]
    Currency { wallet: Currency },
    #[error("the amounts are larger than a wallet can count")]
    Overflow,
    #[error("there is no rate for what Meta charged: {}", .0.explain())]
    NoRate(NoRate),
}

impl From<Overflow> for CreditError {
    fn from(_: Overflow) -> CreditError {
        CreditError::Overflow
    }
}

impl From<CreditError> for Failure {
    fn from(error: CreditError) -> Failure {
        let retry = match &error {
            CreditError::Task(_)
            | CreditError::Gone
            | CreditError::Currency { .. }
            | CreditError::Overflow
            | CreditError::Endless { .. }
            | CreditError::NoRate(_) => Retry::Never,
            CreditError::Store(source) => source.retry(),
            CreditError::Graph(source) => source.retry(),
            CreditError::Raced | CreditError::Batch | CreditError::Secret(_) | CreditError::Token => Retry::Now,
        };
        if retry == Retry::Never { Failure::reject(error) } else { Failure::retry(error) }
    }
}
