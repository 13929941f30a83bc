//! The endpoint as a function meets it: over the wire, signed with AWS's own signer.

pub(in crate::aws) mod support;

mod faults;
mod policy;
mod presigned;
mod services;
mod signature;
mod state;
