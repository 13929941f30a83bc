//! The OpenAPI document: served as it is checked in, so that nothing is built for it when the function starts. A test
//! makes it from the code and compares.
#[cfg(test)]
mod assemble;

pub(crate) const DOCUMENT: &str = include_str!("../../../infra/openapi.json");
