//! Why work on a task stopped. A receiver's failure is none of these: it is written down with the delivery.
use queue::Malformed;
use runtime::{Failure, SecretError};
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliverError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names nothing that could be delivered")]
    NoId,
    #[error("another one may be at it")]
    Busy,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the secret is not to be had")]
    Secret(#[from] SecretError),
    #[error("the secret is none to sign with")]
    OddSecret,
    #[error("the request cannot be built")]
    Request(#[from] http::Error),
}

impl From<DeliverError> for Failure {
    fn from(error: DeliverError) -> Failure {
        match error {
            DeliverError::Task(_) | DeliverError::NoId => Failure::reject(error),
            DeliverError::Busy
            | DeliverError::Store(_)
            | DeliverError::Secret(_)
            | DeliverError::OddSecret
            | DeliverError::Request(_) => Failure::retry(error),
        }
    }
}
