//! Why somebody was not told, and whether another try may help.
use domain::Retry;
use net::AwsError;
use queue::Malformed;
use runtime::Failure;
use store::StoreError;

use crate::chat::ChatError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum NotifyError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names nothing that there could be")]
    NoId,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the conversation is not there yet")]
    Early,
    #[error("others kept changing the notification")]
    Contended,
    #[error("the e-mail did not go out")]
    Mail(#[from] AwsError),
    #[error("a chat was not told")]
    Chat(#[from] ChatError),
}

impl NotifyError {
    /// Whether it is certain that nobody was told, so that another try tells nobody twice.
    pub(crate) fn is_untold(&self) -> bool {
        match self {
            NotifyError::Mail(AwsError::Send { source: net::SendError::Unanswered { .. }, .. }) => false,
            NotifyError::Mail(error) => !matches!(error, AwsError::Decode { .. }),
            NotifyError::Chat(error) => error.is_untold(),
            NotifyError::Task(_)
            | NotifyError::NoId
            | NotifyError::Store(_)
            | NotifyError::Early
            | NotifyError::Contended => true,
        }
    }

    /// What nobody's trying again makes better.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            NotifyError::Mail(error) => error.retry() == Retry::Never,
            NotifyError::Chat(error) => error.is_final(),
            NotifyError::Task(_) | NotifyError::NoId => true,
            NotifyError::Store(_) | NotifyError::Early | NotifyError::Contended => false,
        }
    }
}

impl From<NotifyError> for Failure {
    fn from(error: NotifyError) -> Failure {
        if error.is_final() { Failure::reject(error) } else { Failure::retry(error) }
    }
}
