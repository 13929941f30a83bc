//! What can go wrong with a task, and whether trying again helps.
use domain::Retry;
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
    #[error("the wallet's currency changed meanwhile")]
    Raced,
    #[error("the access token is not to be had")]
    Secret(#[from] SecretError),
    #[error("the access token is not one that can be sent")]
    Token,
    #[error("Meta did not say what it charged")]
    Graph(#[from] ClientError),
    #[error("what Meta says has no end: {pages} pages")]
    Endless { pages: usize },
    #[error("the sums are larger than can be counted")]
    Overflow,
}

impl From<Overflow> for CreditError {
    fn from(_: Overflow) -> CreditError {
        CreditError::Overflow
    }
}

impl From<CreditError> for Failure {
    fn from(error: CreditError) -> Failure {
        let retry = match &error {
            CreditError::Task(_) | CreditError::Gone => Retry::Never,
            CreditError::Store(source) => source.retry(),
            CreditError::Graph(source) => source.retry(),
            CreditError::Endless { .. } | CreditError::Overflow => Retry::Never,
            CreditError::Raced | CreditError::Secret(_) | CreditError::Token => Retry::Now,
        };
        if retry == Retry::Never { Failure::reject(error) } else { Failure::retry(error) }
    }
}
