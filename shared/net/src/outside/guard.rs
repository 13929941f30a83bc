//! The resolver of outside calls: what it does not give out is not connected to.
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::dns::Name;
use tower::Service;

use crate::outside::address::Allowed;

type Source = Box<dyn Error + Send + Sync>;

/// Why an outside call was not made or brought nothing. Each can be shown to whoever gave the address.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    #[error("this is no address of the form https://host/path")]
    Form,
    #[error("an address has at most {most} characters")]
    TooLong { most: usize },
    #[error("only addresses that begin with https:// are called")]
    NotHttps,
    #[error("an address with a user name or a password in it is not called")]
    Credentials,
    #[error("{host} is no name in the public DNS")]
    Host { host: String },
    #[error("{host} leads to {address}, which is not an address of the public internet")]
    Refused { host: String, address: IpAddr },
    #[error("the name {host} leads nowhere")]
    Unresolved {
        host: String,
        #[source]
        source: io::Error,
    },
    #[error("no connection to {host}")]
    NotSent {
        host: String,
        #[source]
        source: Source,
    },
    #[error("{host} broke off before it answered")]
    Unanswered {
        host: String,
        #[source]
        source: Source,
    },
    #[error("{host} took longer than {seconds} seconds")]
    Slow { host: String, seconds: u64 },
    #[error("it redirects in a way that is not followed")]
    Redirect,
}

impl OutsideError {
    /// Whether the address itself is at fault: nothing was called, and the same is said of it until it or its name changes.
    pub fn is_refusal(&self) -> bool {
        match self {
            OutsideError::Form
            | OutsideError::TooLong { .. }
            | OutsideError::NotHttps
            | OutsideError::Credentials
            | OutsideError::Host { .. }
            | OutsideError::Refused { .. } => true,
            OutsideError::Unresolved { .. }
            | OutsideError::NotSent { .. }
            | OutsideError::Unanswered { .. }
            | OutsideError::Slow { .. }
            | OutsideError::Redirect => false,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Guard {
    allowed: Allowed,
}

impl Guard {
    pub(super) fn new(allowed: Allowed) -> Guard {
        Guard { allowed }
    }

    /// All addresses of a host, each of which may be called. One that may not refuses the whole name: whoever points a name
    /// both ways means harm.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, OutsideError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = tokio::net::lookup_host((bare, 0)).await;
        let found = found.map_err(|source| OutsideError::Unresolved { host: host.to_owned(), source })?;
        admit(host, found.collect(), self.allowed)
    }
}

pub(super) fn admit(host: &str, found: Vec<SocketAddr>, allowed: Allowed) -> Result<Vec<SocketAddr>, OutsideError> {
    match found.iter().find(|address| !allowed.admits(address.ip())) {
        Some(address) => Err(OutsideError::Refused { host: host.to_owned(), address: address.ip() }),
        None => Ok(found),
    }
}

impl Service<Name> for Guard {
    type Response = IntoIter<SocketAddr>;
    type Error = OutsideError;
    type Future = Pin<Box<dyn Future<Output = Result<IntoIter<SocketAddr>, OutsideError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OutsideError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let guard = self.clone();
        Box::pin(async move { Ok(guard.addresses(name.as_str()).await?.into_iter()) })
    }
}

/// What the client's error means; the guard's own word, where it was the one to refuse.
pub(super) fn told(error: legacy::Error, host: String) -> OutsideError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        match inner.downcast_ref() {
            Some(OutsideError::Refused { address, .. }) => return OutsideError::Refused { host, address: *address },
            Some(OutsideError::Unresolved { source, .. }) => {
                let source = io::Error::new(source.kind(), source.to_string());
                return OutsideError::Unresolved { host, source };
            }
            Some(_) | None => cause = inner.source(),
        }
    }
    if error.is_connect() {
        OutsideError::NotSent { host, source: error.into() }
    } else {
        OutsideError::Unanswered { host, source: error.into() }
    }
}
