//! Why a file did not get to the other side, and whether it may later.
use domain::Retry;
use domain::attachment::AttachmentState;
use domain::message::Fault;
use net::{AwsError, OutsideError};
use queue::Malformed;
use runtime::{Failure, SecretError, chain};
use store::StoreError;
use whatsapp::client::MediaError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names nothing that could be transferred")]
    NoId,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the access token is not to be had")]
    Secret(#[from] SecretError),
    #[error("the access token is not one that can be sent")]
    Token,
    #[error("the bucket did not do it")]
    Bucket(#[from] AwsError),
    #[error("Meta did not do it")]
    Meta(#[from] MediaError),
    #[error("the address did not give it")]
    Outside(#[from] OutsideError),
    #[error("the address answered {status}")]
    Answered { status: u16 },
    #[error("the file broke off")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the file {0}")]
    Unfit(String),
    #[error("there is no document source {source_id} any more")]
    NoSource { source_id: String },
    #[error("what the document source is asked with cannot be read")]
    OddSecret,
    #[error("the transfer took too long")]
    Slow,
    #[error("the file is larger than WhatsApp takes: {size} bytes")]
    TooBig { size: u64 },
    #[error("the size of the file is not told")]
    NoSize,
    #[error("the file cannot be used: it is {state}")]
    Unusable { state: String },
}

impl TransferError {
    /// What an attachment has come to by this; nothing if another try may end otherwise.
    pub(crate) fn verdict(&self, is_last: bool) -> Option<AttachmentState> {
        match self {
            TransferError::TooBig { .. } => Some(AttachmentState::TooBig),
            TransferError::Meta(error) if error.is_too_large() => Some(AttachmentState::TooBig),
            TransferError::Meta(error) if error.is_unknown_file() => Some(AttachmentState::Expired),
            TransferError::Unfit(_) | TransferError::NoSource { .. } => Some(AttachmentState::Failed),
            TransferError::Outside(error) if error.is_refusal() => Some(AttachmentState::Failed),
            TransferError::Answered { status } if is_final(*status) => Some(AttachmentState::Failed),
            // Nothing could be written about it either.
            TransferError::Store(_) => None,
            TransferError::Task(_)
            | TransferError::NoId
            | TransferError::Secret(_)
            | TransferError::Token
            | TransferError::Bucket(_)
            | TransferError::Meta(_)
            | TransferError::Outside(_)
            | TransferError::Answered { .. }
            | TransferError::Broken(_)
            | TransferError::OddSecret
            | TransferError::Slow
            | TransferError::NoSize
            | TransferError::Unusable { .. } => is_last.then_some(AttachmentState::Failed),
        }
    }

    /// What a message is refused for; nothing if another try may end otherwise. Nothing was sent, so that is certain.
    pub(crate) fn fault(&self, is_last: bool) -> Option<Fault> {
        let is_final = match self {
            TransferError::Unusable { .. } | TransferError::TooBig { .. } => true,
            TransferError::Meta(error) => error.retry() == Retry::Never || is_last,
            TransferError::Store(_) => false,
            TransferError::Task(_)
            | TransferError::NoId
            | TransferError::Secret(_)
            | TransferError::Token
            | TransferError::Bucket(_)
            | TransferError::Outside(_)
            | TransferError::Answered { .. }
            | TransferError::Broken(_)
            | TransferError::Unfit(_)
            | TransferError::NoSource { .. }
            | TransferError::OddSecret
            | TransferError::Slow
            | TransferError::NoSize => is_last,
        };
        let fault = || {
            if let TransferError::Meta(MediaError::Refused(error)) = self {
                return Fault::from(error);
            }
            Fault { code: 0, title: "media-upload-failed".to_owned(), details: Some(chain(self)) }
        };
        is_final.then(fault)
    }

    pub(crate) fn is_credentials(&self) -> bool {
        matches!(self, TransferError::Meta(error) if error.is_credentials())
    }
}

/// Asking again brings the same: all of 4xx but what says that it is too early.
fn is_final(status: u16) -> bool {
    !matches!(status, 408 | 425 | 429 | 500..)
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Failure {
        let never = matches!(error, TransferError::Task(_) | TransferError::NoId);
        if never { Failure::reject(error) } else { Failure::retry(error) }
    }
}
