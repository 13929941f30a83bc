//! What can go wrong with a task, and whether trying again helps.
use domain::Retry;
use queue::Malformed;
use runtime::Failure;
use store::StoreError;

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
}

impl From<CreditError> for Failure {
    fn from(error: CreditError) -> Failure {
        let retry = match &error {
            CreditError::Task(_) | CreditError::Gone => Retry::Never,
            CreditError::Store(source) => source.retry(),
            CreditError::Raced => Retry::Now,
        };
        if retry == Retry::Never { Failure::reject(error) } else { Failure::retry(error) }
    }
}
