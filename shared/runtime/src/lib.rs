//! How a function starts and what it is given.
#![doc = include_str!("../README.md")]

pub mod batch;
mod boot;
pub mod clock;
mod fatal;
mod http_event;
mod keyring;
mod log;
pub mod random;
mod runtime_api;
mod secret;
mod vault;

pub use batch::{Failure, Task};
pub use boot::{Boot, serve, start};
pub use fatal::{Fatal, chain};
pub use http_event::{HttpAnswer, HttpEvent};
pub use keyring::Keyring;
pub use secret::{Secret, SecretError};
pub use vault::{Vault, VaultError};
