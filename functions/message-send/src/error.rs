//! Why a message was not sent in this delivery of its task, and whether the task comes again.
use domain::Retry;
use queue::Malformed;
use runtime::{Failure, SecretError};
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names no message")]
    NoMessageId,
    #[error("the message, its channel or its contact does not exist")]
    Gone,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the access token is not to be had")]
    Secret(#[from] SecretError),
    #[error("the access token is not one that can be sent")]
    Token,
    #[error("the contact has neither a phone nor a user id")]
    NoRecipient,
    #[error("the conversation changed while the send was decided")]
    Changed,
    #[error("Meta put it off: {reason}")]
    PutOff { reason: String },
}

impl SendError {
    fn retry(&self) -> Retry {
        match self {
            SendError::Task(_) | SendError::NoMessageId | SendError::Gone | SendError::NoRecipient => Retry::Never,
            SendError::Store(source) => source.retry(),
            SendError::Secret(_) | SendError::Token | SendError::Changed | SendError::PutOff { .. } => Retry::Now,
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Failure {
        if error.retry() == Retry::Never { Failure::reject(error) } else { Failure::retry(error) }
    }
}
