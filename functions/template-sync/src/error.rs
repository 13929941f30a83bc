//! What can go wrong, and what it means for a task and for an order.
use std::time::Duration;

use domain::Retry;
use domain::message::Fault;
use domain::sending::pause;
use net::AwsError;
use queue::Malformed;
use runtime::{Failure, SecretError};
use store::StoreError;
use whatsapp::client::{ClientError, MediaError};
use whatsapp::errors::Class;

#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncError {
    #[error("the task cannot be read")]
    Task(#[from] Malformed),
    #[error("the task names nothing that is there")]
    NoId,
    #[error("the table did not answer")]
    Store(#[from] StoreError),
    #[error("the access token is not to be had")]
    Secret(#[from] SecretError),
    #[error("the access token is not one that can be sent")]
    Token,
    #[error("Meta did not do it")]
    Graph(#[from] ClientError),
    #[error("Meta said nothing of {language}")]
    Silent { language: String },
    #[error("Meta's list has no end: {pages} pages")]
    Endless { pages: usize },
    /// This run was given up for dead, and another one has taken its place.
    #[error("another run has taken over")]
    Overtaken,
    #[error("the bucket did not give the file")]
    Bucket(#[from] AwsError),
    #[error("Meta did not take the file")]
    Upload(#[from] MediaError),
    #[error("the upload is {state}")]
    Unusable { state: String },
}

impl SyncError {
    /// Why an order is refused. `None`: it may succeed later.
    pub(crate) fn fault(&self) -> Option<Fault> {
        let ours = |title: &str| Some(Fault { code: 0, title: title.to_owned(), details: Some(runtime::chain(self)) });
        match self {
            // A new token may be on its way.
            SyncError::Graph(error) if error.is_about_credentials() => None,
            SyncError::Graph(ClientError::Refused(error)) => (self.is_final()).then(|| error.explained()),
            SyncError::Graph(_) | SyncError::Upload(_) if !self.is_final() => None,
            SyncError::Graph(_) => ours("Meta did not do it"),
            SyncError::Upload(MediaError::Refused(error)) => Some(error.explained()),
            SyncError::Upload(_) => ours("Meta did not take the file"),
            SyncError::Unusable { .. } => ours("The file of the header cannot be used"),
            SyncError::NoId => ours("The template is not there"),
            SyncError::Task(_)
            | SyncError::Store(_)
            | SyncError::Secret(_)
            | SyncError::Token
            | SyncError::Silent { .. }
            | SyncError::Endless { .. }
            | SyncError::Overtaken
            | SyncError::Bucket(_) => None,
        }
    }

    /// How long an order waits before its next try. Meta's limits on management calls are counted by the hour, so that these
    /// waits outlast one; other troubles pass in seconds.
    pub(crate) fn pause(&self, deliveries: u32) -> Duration {
        let is_limit = match self {
            SyncError::Graph(ClientError::Refused(error)) => error.class() == Some(Class::Rate),
            _ => false,
        };
        let pause = pause(deliveries);
        if is_limit { pause.saturating_mul(60) } else { pause }
    }

    fn is_final(&self) -> bool {
        match self {
            SyncError::Graph(error) => error.retry() == Retry::Never,
            SyncError::Upload(error) => !error.is_credentials() && error.retry() == Retry::Never,
            _ => false,
        }
    }
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Failure {
        match error {
            SyncError::Task(_) | SyncError::NoId => Failure::reject(error),
            SyncError::Store(_)
            | SyncError::Secret(_)
            | SyncError::Token
            | SyncError::Graph(_)
            | SyncError::Silent { .. }
            | SyncError::Endless { .. }
            | SyncError::Overtaken
            | SyncError::Bucket(_)
            | SyncError::Upload(_)
            | SyncError::Unusable { .. } => Failure::retry(error),
        }
    }
}
