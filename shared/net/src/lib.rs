//! One HTTP client for everything that leaves a function, and signed calls to AWS on top of it.
//!
//! Guarantees: a failed request says whether the peer can have seen it ([`SendError`]), which is what decides between
//! "try again" and "in doubt"; TLS roots are compiled in, so a cold start reads no certificate store.
#![doc = include_str!("../README.md")]

mod aws;
mod error;
mod http_client;
mod outside;
mod sdk;
mod secrets;

pub use aws::{Aws, Mail, Presigned, Reached, Service};
pub use error::{AwsError, BodyError, SendError, SetupError};
pub use http_client::{Http, Stream, begun, enclosed, escape, observed, whole};
pub use outside::{Allowed, Bounds, Outside, OutsideError, check_form};
pub use secrets::{NoSecrets, Secrets, Token};
