//! Why an atom was not applied, and whether it may be later.
use domain::Retry;
use net::AwsError;
use queue::Malformed;
use runtime::Failure;
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplyError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the stored atom is none")]
    Pointer,
    #[error("the stored atom could not be fetched")]
    Fetch(#[from] AwsError),
    #[error("the table did not take it")]
    Store(#[from] StoreError),
    #[error("the raw atom could not be written")]
    Raw(#[from] serde_json::Error),
    /// The message that it is about may be on its way to Meta at this moment.
    #[error("it is about a message that is being sent")]
    Early,
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Failure {
        let retry = match &error {
            ApplyError::Task(_) | ApplyError::Pointer | ApplyError::Raw(_) => Retry::Never,
            ApplyError::Fetch(source) => source.retry(),
            ApplyError::Store(source) => source.retry(),
            ApplyError::Early => Retry::Now,
        };
        match retry {
            Retry::Never => Failure::reject(error),
            Retry::Now | Retry::After(_) => Failure::retry(error),
        }
    }
}
