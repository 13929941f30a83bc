//! Bodies of creations and edits, and what is said of each.
use super::*;
mod corpus;
