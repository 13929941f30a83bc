//! What can go wrong between us and the table. A failed condition is not among it: that is an outcome.
use std::time::Duration;

use domain::Retry;

type Source = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The table could not be reached or would not serve: throttling, a timeout, trouble on AWS's side.
    #[error("{operation} did not get through")]
    Unavailable {
        operation: &'static str,
        #[source]
        source: Source,
    },
    /// The request itself was refused: a missing permission, a malformed expression.
    #[error("{operation} was refused")]
    Refused {
        operation: &'static str,
        #[source]
        source: Source,
    },
    /// A row is not of the form that this version writes and reads.
    #[error("{operation} met a row that cannot be read")]
    Row {
        operation: &'static str,
        #[source]
        source: Source,
    },
    /// Others changed the row at each of our tries.
    #[error("{operation} lost to concurrent changes")]
    Contended { operation: &'static str },
}

impl StoreError {
    pub fn retry(&self) -> Retry {
        match self {
            StoreError::Unavailable { .. } => Retry::After(Duration::from_millis(200)),
            StoreError::Contended { .. } => Retry::Now,
            StoreError::Refused { .. } | StoreError::Row { .. } => Retry::Never,
        }
    }

    pub(crate) fn row(operation: &'static str, source: impl Into<Source>) -> StoreError {
        StoreError::Row { operation, source: source.into() }
    }
}
