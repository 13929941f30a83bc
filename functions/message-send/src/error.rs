//! Why a message was not sent in this delivery of its task, and whether the task comes again.
use std::time::Duration;

use domain::Retry;
use domain::sending::pause;
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
    #[error("it is not its turn yet")]
    TooFast { pause: Duration },
}

impl SendError {
    /// How long the task waits before it comes again.
    pub(crate) fn pause(&self, deliveries: u32) -> Duration {
        match self {
            SendError::TooFast { pause } => *pause,
            SendError::Task(_)
            | SendError::NoMessageId
            | SendError::Gone
            | SendError::Store(_)
            | SendError::Secret(_)
            | SendError::Token
            | SendError::NoRecipient
            | SendError::Changed
            | SendError::PutOff { .. } => pause(deliveries),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            SendError::Task(_) | SendError::NoMessageId | SendError::Gone | SendError::NoRecipient => Retry::Never,
            SendError::Store(source) => source.retry(),
            SendError::Secret(_) | SendError::Token | SendError::Changed => Retry::Now,
            SendError::PutOff { .. } | SendError::TooFast { .. } => Retry::Now,
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Failure {
        if error.retry() == Retry::Never { Failure::reject(error) } else { Failure::retry(error) }
    }
}
