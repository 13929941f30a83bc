//! What can go wrong on the wire, told by what the peer may have done.
use std::path::PathBuf;
use std::time::Duration;

use domain::Retry;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the CA bundle {path} cannot be read")]
    CaBundle {
        path: PathBuf,
        #[source]
        source: Source,
    },
    #[error("TLS cannot be set up")]
    Tls(#[source] Source),
}

/// A request that brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// No connection came about: nothing reached the peer, sending again is safe.
    #[error("no connection to {host}")]
    NotSent {
        host: String,
        #[source]
        source: Source,
    },
    /// The connection broke or time ran out after the request may have been read: the peer may have acted.
    #[error("no answer from {host}")]
    Unanswered {
        host: String,
        #[source]
        source: Source,
    },
}

/// A body that passes through broke off.
#[derive(Debug, thiserror::Error)]
#[error("the body broke off")]
pub struct BodyError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A signed call to AWS that failed.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    #[error("{operation} got no answer")]
    Send {
        operation: &'static str,
        #[source]
        source: SendError,
    },
    #[error("{operation} was refused: {code}: {message}")]
    Refused { operation: &'static str, status: u16, code: String, message: String },
    #[error("{operation} could not be signed")]
    Sign {
        operation: &'static str,
        #[source]
        source: Source,
    },
    #[error("{operation} was answered in an unknown form")]
    Decode {
        operation: &'static str,
        #[source]
        source: Source,
    },
}

impl AwsError {
    /// Throttling, server trouble and lost answers pass; a refusal does not.
    pub fn retry(&self) -> Retry {
        match self {
            AwsError::Send { .. } => Retry::Now,
            AwsError::Refused { status, code, .. } if *status >= 500 || is_throttle(code) => {
                Retry::After(Duration::from_millis(100))
            }
            AwsError::Refused { .. } | AwsError::Sign { .. } | AwsError::Decode { .. } => Retry::Never,
        }
    }
}

fn is_throttle(code: &str) -> bool {
    code.contains("Throttl") || code.contains("TooManyRequests") || code == "SlowDown" || code == "RequestThrottled"
}
