//! Bad input: every route of `infra/openapi.json` answers it with a 4xx problem that names what is wrong, and changes
//! nothing; a start that cannot be is one clear message.
mod bodies;
pub(crate) mod document;
mod keys;
mod paths;
mod repeats;
pub(crate) mod requests;
mod start;
mod values;
